"""A city system above us, as the tests of what goes there and of what it says want it."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.open311.upstream import Endpoint
from tests.serving import serving


@dataclass
class System:
    """A city system that answers as it is told."""

    root: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: deque[tuple[int, Any]] = field(default_factory=deque)
    gone: set[str] = field(default_factory=set)  # one of them, and the answer is a refusal
    refusal: int = 404

    async def answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.path, {**request.query, **form}))
        names = request.query.get("service_request_id", "").split(",")
        usual: tuple[int, Any] = (self.refusal, []) if self.gone.intersection(names) else (200, [])
        status, body = self.answers.popleft() if self.answers else usual
        return web.json_response(body, status=status)


@pytest.fixture
async def system() -> AsyncIterator[System]:
    made = System()
    application = web.Application()
    application.add_routes([web.route("*", "/{path:.*}", made.answer)])
    async with serving(application) as port:
        made.root = f"http://127.0.0.1:{port}"
        yield made


def endpoint(system: System) -> Endpoint:
    return Endpoint("city", system.root, "key", "city.gov", {"lighting": "033"}, "Sóc Trăng")
