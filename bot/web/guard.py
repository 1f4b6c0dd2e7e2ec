"""What every answer carries and every request must meet, whatever its route."""

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a browser posts our own forms with Origin: null
    "Cross-Origin-Opener-Policy": "same-origin",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def same_origin(method: str, host: str, origin: str | None, fetch_site: str | None) -> bool:
    """Whether a request that changes something comes from our own page, or from no browser at all."""
    if method in _READING:
        return True
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    return origin is None or _netloc(origin) == host


def known_host(host: str, expected: Collection[str]) -> bool:
    """Whether a request names us: a page elsewhere may resolve its own name to this machine."""
    try:
        return urlsplit(f"//{host}").hostname in expected
    except ValueError:  # such as "["
        return False


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the protective headers on an answer before it starts."""
    if request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-cache")  # else old and new modules meet in a browser
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def refuse_foreign(hosts: Collection[str], open_paths: Collection[str]) -> Middleware:
    """Middleware for the pages and their API; `open_paths` prove themselves in another way."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        resource = request.match_info.route.resource
        if resource is not None and resource.canonical in open_paths:
            return await handler(request)
        if not known_host(request.host, hosts):
            raise web.HTTPMisdirectedRequest(text="unknown host")
        if not same_origin(
            request.method, request.host, headers.get("Origin"), headers.get("Sec-Fetch-Site")
        ):
            raise web.HTTPForbidden(text="a request from another site")
        return await handler(request)

    return middleware
