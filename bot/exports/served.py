"""Serves exports by their signed addresses: written when they are asked for, and not kept."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from aiohttp import web

from bot.exports.writing import write
from bot.web.patience import taken
from handlers import export_links
from handlers.exports import Format, Names, Style
from handlers.ports import Clock
from handlers.seals import BrokenSeal, ExpiredSeal
from storage.database import Database

PATH = r"/exports/{token:[A-Za-z0-9_-]{1,4000}}.{mac:[0-9a-f]{32}}/phieu.{kind:csv|xlsx|jsonl|geojson}"
TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSONL: "application/x-ndjson; charset=utf-8",
    Format.GEOJSON: "application/geo+json; charset=utf-8",
}

CHUNK = 262_144  # bytes

StyleOf = Callable[[str, Names], Style]  # a language -> how an export speaks in it, and whom it names


class Exports:
    """Whoever has an address may read what it names until it is a day old; `expired`: what they read then."""

    def __init__(
        self, database: Database, key: bytes, style: StyleOf, clock: Clock, folder: Path, expired: str
    ) -> None:
        self._database = database
        self._key = key
        self._style = style
        self._clock = clock
        self._folder = folder
        self._expired = expired
        self._turn = asyncio.Lock()  # one at a time: a large one costs a core for seconds

    def route(self) -> web.RouteDef:
        return web.get(PATH, self.serve, allow_head=False)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        info = request.match_info
        try:
            asked = export_links.read(
                self._key, info["token"], info["mac"], Format(info["kind"]), self._clock()
            )
        except BrokenSeal:
            raise web.HTTPNotFound(text="no such export") from None
        except ExpiredSeal:
            raise web.HTTPGone(text=self._expired) from None
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".served-") as folder:
            path = Path(folder) / f"{export_links.NAME}.{asked.kind}"
            style = self._style(asked.language, asked.names)
            async with self._turn:
                await write(self._database, asked.wanted, style, asked.kind, path, lambda *_: None)
            size = (await asyncio.to_thread(path.stat)).st_size
            return await _sent(request, path, size, _headers(asked.kind))


async def _sent(
    request: web.Request, path: Path, size: int, headers: Mapping[str, str]
) -> web.StreamResponse:
    """A file as an answer, all of it; aiohttp's own would look at the file once more when it is gone."""
    answer = web.StreamResponse(headers=headers)
    answer.content_length = size
    with contextlib.suppress(ConnectionError), path.open("rb") as file:  # whoever asked may be gone
        await answer.prepare(request)
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            await taken(request, answer.write(chunk))
        await taken(request, answer.write_eof())
    return answer


def _headers(kind: Format) -> dict[str, str]:
    return {
        "Content-Type": TYPES[kind],
        "Content-Disposition": f'attachment; filename="{export_links.NAME}.{kind}"',
        "Cache-Control": "no-store",
    }
