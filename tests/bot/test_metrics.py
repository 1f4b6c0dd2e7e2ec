"""What an operator watches: counted where it happens, asked of the tables, and told to nobody else."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web

from bot import logs
from bot.clock import real
from bot.metrics import PATIENCE, Metrics, MetricsPage
from bot.secrets import Secret
from bot.steps import nothing
from storage import chats, inbox, outbox
from storage.database import Database
from storage.models import row_id
from storage.states import OutboxState
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, Desk
from tests.serving import serving
from tests.silent import way_to

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana.json"


@asynccontextmanager
async def served(
    database: Database, metrics: Metrics, token: str = "", patience: timedelta = PATIENCE
) -> AsyncIterator[str]:
    """A page of figures; its address."""
    secret = Secret(token) if token else None
    application = web.Application()
    page = MetricsPage(metrics, database, real, lambda: True, secret, ["telegram", "webhook:ioc"], patience)
    application.add_routes([page.route()])
    async with serving(application) as port:
        yield f"http://127.0.0.1:{port}/metrics"


async def asked(address: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(address, headers=headers) as answer:
        return answer.status, await answer.text()


def value(said: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", said, re.MULTILINE)
    assert found is not None, said
    return float(found[1])


async def test_what_was_done_and_what_waits(database: Database) -> None:
    metrics, desk = Metrics(), Desk(database, MEANINGS)
    await desk.open()
    await desk.say("hoa", "đèn hư Hai Bà Trưng", photos=1)
    await desk.say("minh", "hình như đèn hư")
    step = metrics.counting(nothing)
    for name in ("stored", "stored", "delivered"):
        step(name)
    metrics.said("outbox.failed", "info")
    async with database.write() as session:
        chat = await chats.ensure(session, "telegram", GROUP, "", desk.now)
        toast = outbox.NewDelivery("toast", outbox.TOAST, row_id(chat), {"type": "toast"})
        await outbox.add(session, toast, desk.now)
        late = await outbox.by_key(session, "toast")
        assert late is not None
        late.state = OutboxState.DEAD
        await inbox.store(session, "telegram", "telegram", [inbox.NewEvent("u1", {})], desk.now)
        (row,) = await inbox.claim(session, ["telegram"], desk.now, 1)
        await inbox.mark_failed(session, row_id(row), "broke", None)
    async with served(database, metrics) as address:
        status, said = await asked(address)
    assert status == 200
    assert value(said, 'congich_steps_total{step="stored"}') == 2
    assert value(said, 'congich_log_lines_total{action="outbox.failed",level="info"}') == 1
    assert value(said, 'congich_tickets{status="new"}') == 1
    assert value(said, 'congich_waiting{queue="questions"}') == 1
    assert value(said, 'congich_waiting{queue="photos"}') == 1
    assert value(said, 'congich_waiting{queue="outbox"}') > 0
    assert value(said, 'congich_oldest_seconds{queue="outbox"}') > 0
    assert value(said, 'congich_stuck{target="inbox"}') == 1
    assert value(said, 'congich_stuck{target="telegram"}') == 0
    assert value(said, 'congich_stuck{target="webhook:ioc"}') == 0  # nothing was ever called there
    assert value(said, "congich_ready") == 1


async def test_while_the_database_is_away_it_is_told_that_nothing_is_ready(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    metrics = Metrics()
    metrics.counting(nothing)("stored")
    for away in ("postgresql://u@127.0.0.1:1/d", f"sqlite:///{tmp_path / 'folder'}"):
        database = Database(away)
        async with served(database, metrics) as address:
            status, said = await asked(address)
        await database.close()
        assert (status, value(said, "congich_ready")) == (200, 0)
        assert value(said, 'congich_steps_total{step="stored"}') == 1
        assert "congich_waiting" not in said


async def test_a_database_that_says_nothing_is_away(postgresql: str) -> None:
    async with way_to(postgresql) as (there, way):
        database = Database(there)
        async with served(database, Metrics(), patience=timedelta(seconds=0.5)) as address:
            way.is_silent = True
            said = await asyncio.wait_for(asked(address), 10)
            way.is_silent = False
        await database.close()
    assert (said[0], value(said[1], "congich_ready")) == (200, 0)


async def test_strangers_see_nothing(database: Database) -> None:
    async with served(database, Metrics()) as address:
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            assert (await asked(address, {name: "203.0.113.7"}))[0] == 404
        assert (await asked(address, {"Host": "congich.example.vn"}))[0] == 404
        assert (await asked(address, {"Host": "localhost:8080"}))[0] == 200
    async with served(database, Metrics(), token="a long token") as address:
        assert (await asked(address))[0] == 404
        assert (await asked(address, {"Authorization": "Bearer another"}))[0] == 404
        assert (await asked(address, {"Authorization": "Bearer a long token"}))[0] == 200


def test_every_line_of_the_log_is_counted_by_its_action() -> None:
    metrics, before = Metrics(), logging.getLogger().handlers[:]
    try:
        logs.configure("info", as_json=True, stream=StringIO(), said=metrics.said)
        structlog.get_logger("x").warning("it failed", action="loop.failed")
        structlog.get_logger("x").debug("too quiet", action="loop.quiet")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = before
    counted = metrics.registry.get_sample_value
    assert counted("congich_log_lines_total", {"action": "loop.failed", "level": "warning"}) == 1
    assert counted("congich_log_lines_total", {"action": "loop.quiet", "level": "debug"}) is None


@pytest.mark.sqlite_only
async def test_the_dashboard_asks_for_figures_that_are_there(database: Database) -> None:
    metrics = Metrics()
    metrics.said("x", "info")
    metrics.counting(nothing)("stored")
    async with served(database, metrics) as address:
        _, said = await asked(address)
    there = set(re.findall(r"^(congich_\w+)", said, re.MULTILINE))
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    wanted = set(re.findall(r"congich_\w+", json.dumps([panel["targets"] for panel in panels])))
    assert wanted <= there
    assert len(wanted) >= 6


def test_the_dashboard_sees_that_nobody_tells_anything() -> None:
    ready = next(one for one in json.loads(DASHBOARD.read_text("utf-8"))["panels"] if one["title"] == "Ready")
    assert ready["targets"][0]["expr"] == "min(congich_ready) or vector(0)"
    steps = ready["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(one["color"], one["value"]) for one in steps] == [("red", None), ("green", 1)]


def test_what_every_process_tells_alike_is_not_added_up() -> None:
    asked_for = re.findall(r'"expr": "(.+)"', DASHBOARD.read_text("utf-8"))
    alike = r"congich_(tickets|stuck|waiting|oldest_seconds)"
    assert [one for one in asked_for if re.search(rf"sum( by \(\w+\))? ?\({alike}", one)] == []
    assert sum("sum(max by" in one for one in asked_for) == 2
