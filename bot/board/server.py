"""The board's routes: pages for people, feeds and open data for programs. All GET, nobody signs in."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.board import answers, asked, feeds, open_data
from bot.board.asked import STATUSES, BadQuestion, BoardQuery
from bot.board.figures import Counting
from bot.board.kept import Busy
from bot.board.news import News
from bot.board.places import Places
from bot.board.reading import Reading
from bot.board.words import BoardTexts
from bot.web.pages import Pages
from bot.web.patience import taken
from bot.web.server import picture
from handlers import periods
from handlers.exports import Style
from handlers.periods import Period
from handlers.ports import Clock, Say
from storage.board import NOWHERE
from storage.images import ImageStore

PHOTO = "public, max-age=300"  # a moderator may take it off again
DOTS = 300  # tickets that are dots on the map
JSON_PAGE = 100
DOWNLOADS = 4  # of the whole at a time
PERIODS = ("this week", "last week", "this month", "last month")


@dataclass(frozen=True, slots=True)
class City:
    """What the board knows of its city."""

    categories: tuple[str, ...]
    departments: Mapping[str, str]
    places: Places
    address: str  # of our web, where that is known; else as the reader asked


class Board:
    """Everybody may ask; what they may see is decided in `handlers.public`."""

    def __init__(
        self,
        reading: Reading,
        counting: Counting,
        news: News,
        *,
        pages: Pages,
        say: Say,
        images: ImageStore,
        clock: Clock,
        city: City,
    ) -> None:
        self._reading = reading
        self._counting = counting
        self._news = news
        self._pages = pages
        self._say = say
        self._images = images
        self._clock = clock
        self._city = city
        self._downloads = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/board", self.listed),
            web.get("/board/stats", self.statistics),
            web.get("/board/map", self.map),
            web.get("/board/feed.atom", self.feed),
            web.get("/board/tickets.json", self.as_json),
            web.get("/board/tickets.csv", self.as_csv, allow_head=False),
            web.get("/board/stream", self._news.stream, allow_head=False),
            web.get("/board/photos/{hash}", self.photo),
            web.get("/board/{code}", self.one),
        ]

    async def listed(self, request: web.Request) -> web.Response:
        """The newest tickets that the filters let through."""
        try:
            wanted = await self._asked(request)
        except BadQuestion as bad:
            return self._wrong(request, bad)
        sheet, counts = await self._reading.sheet(wanted), await self._reading.counts()
        values = {
            "sheet": sheet,
            "counts": counts,
            "asked": wanted,
            "categories": self._city.categories,
            "wards": [*sorted(await self._wards()), NOWHERE],
            "statuses": STATUSES,
        }
        return self._page(request, "board_list.html", values)

    async def one(self, request: web.Request) -> web.Response:
        """One ticket; what is part of another one leads there."""
        code = request.match_info["code"].lstrip("#").upper()
        told = await self._reading.told(code)
        if told is None:
            return self._page(request, "board_missing.html", {}, status=404)
        if told.ticket.code != request.match_info["code"]:
            raise web.HTTPFound(f"/board/{told.ticket.code}")
        return self._page(request, "board_ticket.html", {"ticket": told.ticket, "lines": told.lines})

    async def statistics(self, request: web.Request) -> web.Response:
        """A period's numbers; this week's where none is named."""
        said = request.query.get("period", "").strip()
        now = self._clock().astimezone(self._pages.look.zone)
        period = periods.meant(said, now.date(), self._pages.look.zone)
        if period is None or period.start > now:
            return self._wrong(request, BadQuestion("board.no_period"))
        try:
            values = await self._figures(request, period)
        except Busy:
            return self._busy(request)
        shown = values | {"said": said, "period": period, "periods": PERIODS}
        return self._page(request, "board_stats.html", shown)

    async def _figures(self, request: web.Request, period: Period) -> dict[str, Any]:
        language = self._pages.language(request)
        figures = await self._counting.of(period, period.until(self._clock()), language)
        waiting = await self._reading.by_ids(figures.found.waiting)
        return {"figures": figures, "found": figures.found, "waiting": waiting}

    async def map(self, request: web.Request) -> web.Response:
        """Open tickets by ward."""
        places, counts = self._city.places, await self._reading.counts()
        dots = await self._reading.spots(DOTS) if places.areas or places.tiles else ()
        values = {"drawing": places.drawing(counts.by_ward, dots), "counts": counts, "places": places}
        response = self._page(request, "board_map.html", values)
        response.headers.update(places.headers())
        return response

    async def photo(self, request: web.Request) -> web.Response:
        """A photo that a moderator has released, of a ticket that everybody may see."""
        content_hash = request.match_info["hash"]
        if not await self._reading.may_see_photo(content_hash):
            raise web.HTTPNotFound(text="no such photo")
        size = "thumb" if request.query.get("size") == "thumb" else "served"
        return await picture(self._images, content_hash, size, PHOTO)

    async def feed(self, request: web.Request) -> web.Response:
        """What changed last, as Atom."""
        wanted = await self._asked_by_program(request)
        entries = await self._reading.lately(wanted, feeds.LENGTH)
        here = f"/board/feed.atom{wanted.query(lang=request.query.get('lang', ''))}"
        title, words = self._pages.look.title, self._words(self._program_language(request))
        text = feeds.atom(entries, words, self._link(request), here, title, self._clock())
        return answers.data(text, "application/atom+xml")

    async def as_json(self, request: web.Request) -> web.Response:
        """The newest tickets, and where the next ones are."""
        wanted = await self._asked_by_program(request)
        sheet = await self._reading.sheet(wanted, JSON_PAGE)
        following = f"/board/tickets.json{wanted.query(before=sheet.before or '')}"
        text = feeds.page(sheet, self._link(request), following, self._pages.look.zone)
        return answers.data(text, "application/json")

    async def as_csv(self, request: web.Request) -> web.StreamResponse:
        """All tickets as one file."""
        wanted = await self._asked_by_program(request)
        if self._downloads >= DOWNLOADS:
            raise web.HTTPServiceUnavailable(text="too many downloads", headers={"Retry-After": "30"})
        self._downloads += 1
        try:
            return await self._send_csv(request, wanted)
        finally:
            self._downloads -= 1

    async def _send_csv(self, request: web.Request, wanted: BoardQuery) -> web.StreamResponse:
        headers = {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="phieu.csv"',
        }
        response = web.StreamResponse(headers=headers | answers.open_headers())
        response.enable_compression()
        style = self._style(self._program_language(request))
        address = self._link(request)("/board")
        with suppress(ConnectionResetError):  # the reader has gone; aiohttp ends the answer
            await response.prepare(request)
            await taken(request, response.write(open_data.head(style)))
            async for tickets in self._reading.everything(wanted):
                rows = await asyncio.to_thread(open_data.rows, tickets, style, address)
                await taken(request, response.write(rows))
        return response

    async def _asked(self, request: web.Request) -> BoardQuery:
        return asked.read(request.query, self._city.categories, await self._wards())

    async def _asked_by_program(self, request: web.Request) -> BoardQuery:
        """The same for feeds and data. Raises HTTPBadRequest."""
        try:
            return await self._asked(request)
        except BadQuestion as bad:
            raise web.HTTPBadRequest(text=self._say(self._program_language(request), bad.key)) from None

    async def _wards(self) -> set[str]:
        """The city's, and those of which there are tickets."""
        counts = await self._reading.counts()
        return {*self._city.places.wards, *counts.by_ward, *(one.name for one in self._city.places.areas)} - {
            ""
        }

    def _page(
        self, request: web.Request, name: str, values: Mapping[str, Any], *, status: int = 200
    ) -> web.Response:
        words = self._words(self._pages.language(request))
        response = self._pages.page(request, name, {"w": words, **values}, status=status)
        return answers.answer(request, response)

    def _wrong(self, request: web.Request, bad: BadQuestion) -> web.Response:
        return self._page(request, "board_wrong.html", {"key": bad.key}, status=400)

    def _busy(self, request: web.Request) -> web.Response:
        response = self._page(request, "board_wrong.html", {"key": "board.busy"}, status=503)
        response.headers["Retry-After"] = "30"
        return response

    def _words(self, language: str) -> BoardTexts:
        return BoardTexts(self._say, language, self._city.departments)

    def _style(self, language: str) -> Style:
        names = self._city.departments
        return Style(self._say, language, self._pages.look.zone, names, lambda *_: None)

    def _program_language(self, request: web.Request) -> str:
        """Of what is fetched by an address alone: no cookie tells."""
        asked_for = request.query.get("lang", "")
        return asked_for if asked_for in ("vi", "en") else self._pages.look.language

    def _link(self, request: web.Request) -> feeds.Link:
        root = self._city.address or str(request.url.origin())
        return lambda path: root + path
