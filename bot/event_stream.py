"""Server-sent events to a reader who may have gone before the first of them."""

from aiohttp.abc import AbstractStreamWriter
from aiohttp.web import BaseRequest
from aiohttp_sse import EventSourceResponse


class EventStream(EventSourceResponse):
    """The library's, but a reader who is gone is a ConnectionResetError, as aiohttp's own answers have it.

    aiohttp prepares what a handler returns, too, and keeps quiet about that error alone.
    """

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is None and not self.prepared:
            raise ConnectionResetError("the reader is gone")
        return await super().prepare(request)
