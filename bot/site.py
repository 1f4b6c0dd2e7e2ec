"""What people look at, built of an App's parts: sign-in, built-in chat, moderators' room, public board."""

from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from bot import understanding
from bot.board import built as public_board
from bot.board.server import Board
from bot.platforms.webchat import WebChat
from bot.room import served as room
from bot.room.uploads import Uploads
from bot.web import server
from bot.web.chat_page import ChatPage
from bot.web.pace import Burden, Pace
from bot.web.pages import Look, Pages
from bot.web.reading import PageReader
from bot.web.room_api import RoomApi, Surroundings, body_limit
from bot.web.sessions import Sessions
from bot.web.sign_in import SignIn
from bot.web.tickets_api import TicketsApi
from bot.web.visitors import Visitors
from handlers.veil import Veil

if TYPE_CHECKING:
    from bot.app import App

CHAT, ROOM, BOARD = "/", "/room", "/board"


class Site:
    """The pages of one congich: which there are follows from its configuration."""

    def __init__(self, app: "App", database_url: str) -> None:
        """Raises ConfigError."""
        config = app.config
        self._app = app
        self._config = config
        self._say = partial(app.texts.say, config.language)
        look = Look(config.web.title, config.language, ZoneInfo(config.time_zone))
        self._pages = Pages(app.texts.say, look)
        self._browsers = Sessions(app.database, app.clock, secure=app.address.startswith("https://"))
        self._board = self._built_board(database_url) if config.board.enabled else None

    def routes(self) -> list[web.RouteDef]:
        """All of them; `/` is the chat, where there is one, else the board or the room."""
        app, config = self._app, self._config
        entrance = SignIn(
            app.database, app.seal.key, self._browsers, self._pages, app.clock, has_room=config.room.enabled
        )
        routes = [*entrance.routes(), server.photos(app.images, self._keep())]
        if app.webchat is not None:
            routes += self._chat(app.webchat, entrance)
        if config.room.enabled:
            routes += self._room()
        if self._board is not None:
            routes += self._board.routes()
        first = BOARD if self._board is not None else ROOM if config.room.enabled else None
        if app.webchat is None and first is not None:
            routes.append(server.redirect(CHAT, first))
        return routes

    def _chat(self, chat: WebChat, entrance: SignIn) -> list[web.RouteDef]:
        """The built-in chat's page and what it asks for."""
        app, config = self._app, self._config
        asked = self._browsers if config.webchat.sign_in == "invitation" else None
        visitors = Visitors(asked, self._say)
        rooms = RoomApi(
            app.database,
            chat,
            visitors,
            reader=PageReader(self._say, config.photos.max_bytes),
            pace=Pace(app.clock),
            burden=Burden(body_limit(config.photos.max_bytes)),
            around=Surroundings(
                config.web.title, config.language, board=config.board.enabled, room=config.room.enabled
            ),
            way_back=entrance.way_back,
        )
        tickets = TicketsApi(
            app.database,
            visitors,
            app.texts.say,
            app.clock,
            language=config.language,
            departments={one.key: one.name for one in config.departments},
            veil=Veil(understanding.gazetteer(config).names()),
        )
        page = ChatPage(asked, self._pages, has_room=config.room.enabled, has_board=config.board.enabled)
        return [*page.routes(), *rooms.routes(), *tickets.routes()]

    def _room(self) -> list[web.RouteDef]:
        app = self._app
        uploads = Uploads(app.images, app.decoder, self._config.photos.max_bytes)
        return room.routes(
            app.database,
            app.services,
            self._browsers,
            self._pages,
            app.clock,
            app.pipeline.written,
            uploads,
        )

    def _built_board(self, database_url: str) -> Board:
        app = self._app
        return public_board.board(
            self._config,
            app.database,
            database_url,
            news=app.board_news,
            pages=self._pages,
            say=app.texts.say,
            images=app.images,
            clock=app.clock,
        )

    def _keep(self) -> server.Keep:
        """Whoever is signed in sees photos; where everybody may be anybody, everybody does."""
        is_open = self._app.webchat is not None and self._config.webchat.sign_in == "none"

        async def keep(request: web.Request) -> str | None:
            if is_open:
                return server.FOR_LONG
            signed = await self._browsers.of(request)
            if signed is None:
                return None
            return server.NEVER if signed.at_kiosk else server.FOR_LONG

        return keep
