"""Builds the aiohttp application out of its parts, and runs it."""

import errno
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError

from bot.web import guard, patience
from bot.web.patience import Patience, Runner
from storage.database import is_no_text
from storage.images import ImageStore, StoreError

STATIC = Path(__file__).parent / "static"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
IsReady = Callable[[], bool]
log = structlog.get_logger(__name__)
Keep = Callable[[web.Request], Awaitable[str | None]]
"""How a browser may keep a photo (its Cache-Control); None: it is not for whoever asks."""
FOR_LONG = "private, max-age=31536000, immutable"
NEVER = "no-store"  # where others use the browser next
SHUTDOWN_SECONDS = 5.0  # aiohttp waits 60 s by default, and streams would make it


def build(
    *,
    page_routes: Sequence[web.RouteDef],
    webhooks: Sequence[web.RouteDef],
    hosts: Collection[str],
    is_ready: IsReady,
    body_limit: int,
) -> web.Application:
    """The application: health for everybody, webhooks by their proof, pages for our own origin."""
    health = _health(is_ready)
    open_paths = {route.path for route in (*health, *webhooks)}  # as they are written, with their fields
    application = web.Application(
        client_max_size=body_limit,
        middlewares=[light, patience.whole_bodies, guard.refuse_foreign(hosts, open_paths), known],
    )
    application.on_response_prepare.append(guard.set_headers)
    application.add_routes([*health, *webhooks, *page_routes, web.static("/static", STATIC)])
    return application


@web.middleware
async def light(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A refusal holds the frames that it was raised through, and so whatever was sent; aiohttp holds it until
    the next request of its connection, which may never come."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        refusal.__context__ = None
        raise refusal.with_traceback(None) from None


@web.middleware
async def known(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A store of photos that can't be used just now is nobody's mistake: 503, to be asked again. What
    PostgreSQL can't keep as a text, such as a NUL, is the caller's: 400."""
    try:
        return await handler(request)
    except StoreError as error:
        log.warning("no photos", action="web.store_down", error=str(error))
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}, text="photos are away") from None
    except DBAPIError as error:
        if not is_no_text(error):
            raise
        raise web.HTTPBadRequest(text="a character in it is no text") from None


def _health(is_ready: IsReady) -> list[web.RouteDef]:
    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"ready": is_ready()}, status=200 if is_ready() else 503)

    return [web.get("/healthz", alive), web.get("/readyz", ready)]


def file_route(path: Path) -> web.RouteDef:
    """One file under its own name, as a service asks for it to see that the address is ours."""

    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return web.get(f"/{path.name}", serve)


def redirect(path: str, to: str) -> web.RouteDef:
    """One path that leads to another one."""

    async def lead(_: web.Request) -> web.Response:
        raise web.HTTPFound(to)

    return web.get(path, lead)


def photos(images: ImageStore, keep: Keep) -> web.RouteDef:
    """Photos by content hash, re-encoded and without metadata, for those who are signed in."""

    async def photo(request: web.Request) -> web.Response:
        kept = await keep(request)
        if kept is None:
            raise web.HTTPNotFound(text="no such photo")
        size = "thumb" if request.query.get("size") == "thumb" else "served"
        return await picture(images, request.match_info["hash"], size, kept)

    return web.get("/photos/{hash}", photo)


async def picture(images: ImageStore, content_hash: str, size: str, keep: str) -> web.Response:
    """A rendition of a photo as an answer; `keep`: its Cache-Control. Raises HTTPNotFound."""
    try:
        data = await images.get(content_hash, size)
    except ValueError:
        data = None
    if data is None:
        raise web.HTTPNotFound(text="no such photo")
    return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": keep})


def is_hosts_fault(error: OSError) -> bool:
    """Whether nobody can listen there because of the host, whatever the port."""
    return isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL


def why_refused(error: OSError) -> str:
    """The system's own words for it, of which asyncio makes a sentence with the address and the number."""
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)


async def start(
    application: web.Application, host: str, port: int, patient: Patience = patience.USUAL
) -> web.AppRunner:
    """Listen. Raises OSError when the port is taken."""
    runner = Runner(application, patient, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
