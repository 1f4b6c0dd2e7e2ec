"""How the board answers: asked for again each time, sent again only when it is another, pressed together."""

import hashlib

from aiohttp import web

HTML = "no-cache"  # a browser asks each time; what a moderator took off is off
DATA = "public, max-age=60"
_OPEN = {"Access-Control-Allow-Origin": "*"}  # open data is for pages of others too


def answer(request: web.Request, response: web.Response) -> web.Response:
    """A page with its mark; nothing but the mark for whoever has it already."""
    body = response.body
    assert isinstance(body, bytes)
    mark = hashlib.sha256(body).hexdigest()[:20]
    headers = {"Cache-Control": HTML, "ETag": f'W/"{mark}"', "Vary": "Accept-Encoding, Cookie"}
    known = request.if_none_match or ()
    if response.status == 200 and any(one.value == mark for one in known):
        return web.Response(status=304, headers=headers)
    response.headers.update(headers)
    response.enable_compression()
    return response


def data(text: str, content_type: str) -> web.Response:
    """Open data, which may be kept for a minute."""
    response = web.Response(text=text, content_type=content_type, charset="utf-8", headers=open_headers())
    response.enable_compression()
    return response


def open_headers() -> dict[str, str]:
    return {**_OPEN, "Cache-Control": DATA, "Vary": "Accept-Encoding"}
