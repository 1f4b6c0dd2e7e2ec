"""The body of a request, or of an answer to one of ours, read no further than it may be long."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientResponse, web
from aiohttp.http_exceptions import BadHttpMessage
from multidict import MultiDictProxy

SMALL = 65_536  # bytes: so many of anybody are no burden
AT_ONCE = 2  # large ones of nobody we know yet
AGAIN = "5"  # seconds until somebody may come again

# What aiohttp says of a form that is none, or of one that broke off.
MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    RuntimeError,
    ConnectionError,
    BadHttpMessage,
    web.RequestPayloadError,
)


async def read(request: web.Request, limit: int) -> bytes:
    """The body. Raises HTTPRequestEntityTooLarge, also where its length was not told; HTTPBadRequest."""
    check(request, limit)
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(65_536):
            body += chunk
            if len(body) > limit:
                raise web.HTTPRequestEntityTooLarge(limit, len(body))
    except (web.RequestPayloadError, BadHttpMessage):
        raise web.HTTPBadRequest(text="a broken body") from None
    return bytes(body)


class Unproven:
    """Bodies that prove only as a whole who sends them, and so are read before that is known. A large one
    needs a place, of which a door has few: strangers may keep others waiting, but not fill the memory."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = places

    async def read(self, request: web.Request, limit: int) -> bytes:
        """The body, as `read` has it. Raises HTTPServiceUnavailable where all places are taken."""
        check(request, limit)
        if request.content_length is not None and request.content_length <= SMALL:
            return await read(request, limit)
        with self._place():
            return await read(request, limit)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._free:
            raise web.HTTPServiceUnavailable(text="too much at once", headers={"Retry-After": AGAIN})
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


async def answered(response: ClientResponse, limit: int) -> bytes:
    """The body of an answer, or its first `limit` bytes. Raises aiohttp.ClientError where it breaks off.

    A network brings it in pieces, and aiohttp's own `content.read(limit)` gives back the first of them.
    """
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


async def json_object(request: web.Request, limit: int) -> dict[str, Any]:
    """A body that is one object of JSON. Raises HTTPRequestEntityTooLarge, HTTPBadRequest."""
    return parsed(await read(request, limit))


def parsed(body: bytes) -> dict[str, Any]:
    """The object of JSON that a body is. Raises HTTPBadRequest."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(text="not JSON") from None
    if not isinstance(found, dict):
        raise web.HTTPBadRequest(text="not an object")
    return found


def has_secret(request: web.Request, header: str, secret: bytes) -> bool:
    """Whether a header shows our secret; compared in constant time, and any bytes may stand there."""
    given = request.headers.get(header, "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, secret)


async def fields(request: web.Request, limit: int) -> dict[str, str]:
    """The fields of a short form without files. Raises HTTPRequestEntityTooLarge, HTTPBadRequest."""
    body = (await read(request, limit)).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))


async def begun(request: web.Request, limit: int) -> tuple[list[tuple[str, str]], bool]:
    """The fields of a form of nobody we know, up to its first file, and whether it has one. Nothing of a form
    that is broken, or too long without its files."""
    try:
        if request.content_type.startswith("multipart/"):
            return await _before_a_file(request, limit)
        body = (await read(request, limit)).decode(errors="replace")
        return parse_qsl(body, keep_blank_values=True), False
    except (*MALFORMED, web.HTTPException):
        return [], False


async def _before_a_file(request: web.Request, limit: int) -> tuple[list[tuple[str, str]], bool]:
    found: list[tuple[str, str]] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.filename:
            return found, True
        data = bytearray()
        while not part.at_eof():
            data += await part.read_chunk()
            if len(data) > limit:
                return [], False
        limit -= len(data)
        if part.filename is None:
            found.append((part.name or "", data.decode(errors="replace")))
    return found, False


async def form(request: web.Request) -> MultiDictProxy[Any]:
    """The fields and files of a form. Raises HTTPRequestEntityTooLarge, HTTPBadRequest."""
    try:
        return await request.post()
    except MALFORMED:
        raise web.HTTPBadRequest(text="a broken form") from None


def check(request: web.Request, limit: int) -> None:
    """Look at the length that was told. Raises HTTPRequestEntityTooLarge."""
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
