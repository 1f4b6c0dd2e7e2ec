"""A city system above this one, all of whose fields are one text: its names, how things stand, and why."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.open311.upstream import PREFIX, UpstreamPlatform
from tests.bot.room.site import Site

NAME = "above"
ENVIRON = {"CONGICH_UPSTREAM_ABOVE_KEY": "the-key-that-the-other-system-gave"}


class OtherSystem:
    """It has taken whatever it was told, under a name with this text in it."""

    def __init__(self) -> None:
        self.text = ""
        self.root = ""
        self.told = 0

    def section(self) -> dict[str, Any]:
        """How a configuration names it."""
        return {"name": NAME, "url": self.root, "allow_private": True, "when": "opened", "idempotent": True}

    async def take(self, request: web.Request) -> web.Response:
        """What is posted to it: each third is refused, with the text."""
        await request.post()
        self.told += 1
        if self.told % 3 == 0:
            return _said(400, [{"code": 400, "description": self.text}])
        return _said(201, [{"service_request_id": f"{self.told} {self.text}"}])

    async def tell(self, request: web.Request) -> web.Response:
        """How it stands with what it took last, of all that is asked for."""
        asked = request.query["service_request_id"]
        note = f"{self.told} {self.text}"
        status = "closed" if self.told % 2 else self.text
        record = {"status": status, "status_notes": note, "updated_datetime": self.text}
        return _said(200, [{"service_request_id": one, **record} for one in asked.split(",")[-2:]])

    async def hear_and_speak(self, site: Site, text: str) -> None:
        """It is told of one more report, and says how it stands with that."""
        self.text = text
        await site.say(f"r{self.told}", f"Ổ gà sâu trước số {self.told + 10} Trần Hưng Đạo, phường 1")
        while await site.app.pipeline.dispatch():
            pass
        reader = next(one for one in site.app.platforms if one.name == f"{PREFIX}{NAME}")
        assert isinstance(reader, UpstreamPlatform)
        await reader.round(site.app.pipeline.commit_for(reader))


@asynccontextmanager
async def other_system() -> AsyncIterator[OtherSystem]:
    """One that answers at its `root`."""
    system, application = OtherSystem(), web.Application()
    application.add_routes([web.post("/requests.json", system.take), web.get("/requests.json", system.tell)])
    async with TestServer(application) as server:
        system.root = str(server.make_url("")).rstrip("/")
        yield system


def _said(status: int, rows: list[dict[str, Any]]) -> web.Response:
    """As JSON escapes it: what is no text on the wire may be one between quotes."""
    return web.Response(status=status, body=json.dumps(rows).encode(), content_type="application/json")
