"""The built-in chat's page, for those who are signed in, and what makes it an app on a phone."""

import re
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from bot.platforms.webchat import NAME
from bot.web.pages import Pages
from bot.web.sessions import Sessions

STATIC = Path(__file__).parent / "static"
FRESH = {"Cache-Control": "no-cache"}  # kept, and asked for again each time
ROOM = "/room"
_TO_BOARD = re.compile(' <a href="/board">.*?</a>')  # for whoever's browser runs no scripts
RELEASE = "Congich-Release"  # a header, by which the service worker knows of which release the page is


class ChatPage:
    """The page itself, its service worker and its manifest."""

    def __init__(self, browsers: Sessions | None, pages: Pages, *, has_room: bool, has_board: bool) -> None:
        """`browsers` None: nobody signs in. `has_room`: moderators have a room of their own on the web.
        `has_board`: everybody may read the tickets there."""
        self._browsers = browsers
        self._pages = pages
        self._has_room = has_room
        self._has_board = has_board
        self.release = release(STATIC)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.page),
            web.get("/sw.js", self.worker),
            web.get("/manifest.webmanifest", self.manifest),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The chat; for a stranger, how to get in; for a moderator from elsewhere, the way to the room."""
        if self._browsers is None:
            return self._chat()
        signed = await self._browsers.of(request)
        if signed is None:
            return self._pages.page(request, "webchat_door.html", {}, status=401)
        if signed.member.platform != NAME:
            if self._has_room and signed.moderates:
                raise web.HTTPFound(ROOM)
            return self._pages.page(request, "webchat_door.html", {}, status=403)
        return self._chat()

    async def worker(self, _: web.Request) -> web.Response:
        """Served from the root, because a service worker may only do for what lies below it. A browser takes
        it for a new one where one letter differs, so the release stands in it."""
        code = (STATIC / "sw.js").read_text("utf-8").replace('"RELEASE"', f'"{self.release}"')
        return web.Response(text=code, content_type="text/javascript", charset="utf-8", headers=FRESH)

    async def manifest(self, _: web.Request) -> web.Response:
        """What a phone's home screen shows."""
        icons = [
            {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            *(
                {
                    "src": f"/static/icon-{size}.png",
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": "any maskable",
                }
                for size in (192, 512)
            ),
        ]
        look = self._pages.look
        told = {
            "name": look.title,
            "short_name": look.title[:12].strip() if len(look.title) > 20 else look.title,
            "lang": look.language,
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "theme_color": "#0057d6",
            "background_color": "#e9eef5",
            "icons": icons,
        }
        return web.json_response(told, content_type="application/manifest+json", headers=FRESH)

    def _chat(self) -> web.StreamResponse:
        """The page as it is; without its link to the board where there is none."""
        if self._has_board:
            return self._file("index.html")
        text = _TO_BOARD.sub("", (STATIC / "index.html").read_text("utf-8"))
        headers = FRESH | {RELEASE: self.release}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)

    def _file(self, name: str) -> web.FileResponse:
        return web.FileResponse(STATIC / name, headers=FRESH | {RELEASE: self.release})


def release(folder: Path) -> str:
    """A short word for the page's parts as they are: another one as soon as any of them is."""
    seen = sha256()
    for path in sorted(folder.iterdir()):
        seen.update(f"{path.name} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return seen.hexdigest()[:16]
