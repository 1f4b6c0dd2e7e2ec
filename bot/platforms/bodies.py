"""A request's body, read no further than it may be long."""

from aiohttp import web


async def read(request: web.Request, limit: int) -> bytes:
    """The body. Raises HTTPRequestEntityTooLarge, also where its length was not told."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > limit:
            raise web.HTTPRequestEntityTooLarge(limit, len(body))
    return bytes(body)
