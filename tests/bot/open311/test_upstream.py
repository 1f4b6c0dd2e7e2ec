"""Another city system above us: what goes there, what comes back, and what is asked of moderators."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.open311.upstream import Upstream
from bot.platforms.calls import Calls
from handlers.events import StatusTold
from handlers.lifecycle import Move
from handlers.ports import Ambiguous, NotSent, PlatformDown, Refused
from handlers.status_told import StatusVerdict, decide, past
from handlers.subscribers import TOLD_BY, Subscriber, is_taken_up
from storage.models import Ticket, TicketEvent
from storage.states import TicketStatus
from tests.bot.open311.conftest import System, endpoint
from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import Town, running
from tests.bot.targets.test_webhook import TOLD

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
pytestmark = pytest.mark.sqlite_only


def above(root: str, **more: object) -> dict[str, Any]:
    """The configuration of a system above."""
    return {
        "name": "city", "url": f"{root}/v2", "allow_private": True, "poll_seconds": 0.2, "when": "opened",
        "idempotent": True, **more,
    }  # fmt: skip


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[Town, Town]]:
    """A city, and one whose tickets go up to it."""
    for name in ("up", "down"):
        (folder / name).mkdir()
    async with running(folder / "up") as up, running(folder / "down", upstreams=[above(up.root)]) as down:
        yield up, down


async def gone_up(up: Town, down: Town, told: Mapping[str, str]) -> None:
    """What the lower city is told has a ticket in the upper one."""
    await down.post(told)

    async def is_there() -> bool:
        return await up.ticket("PA1001") is not None

    await up.until(is_there)


async def test_a_ticket_goes_up_once_and_its_end_comes_back(tmp_path: Path) -> None:
    async with two(tmp_path) as (up, down):
        await gone_up(up, down, {**LAMP, "description": "Đèn tắt ba bữa nay"})
        theirs = await up.ticket("PA1001")
        assert theirs is not None
        assert theirs.summary.startswith("Đèn tắt ba bữa nay")
        assert "[congich:PA1001-" in theirs.summary
        await up.move("PA1001", Move.RESOLVE, "đã thay bóng")

        async def is_done() -> bool:
            ours = await down.ticket("PA1001")
            return ours is not None and ours.status is TicketStatus.RESOLVED

        await down.until(is_done)
        last = (await down.history("PA1001"))[-1]
        assert (last.action, last.detail["note"], last.detail[TOLD_BY]) == (
            "resolve",
            "đã thay bóng",
            CITY,
        )
        await up.move("PA1001", Move.REOPEN, "còn chớp")

        async def is_open_again() -> bool:
            ours = await down.ticket("PA1001")
            return ours is not None and ours.status is TicketStatus.IN_PROGRESS

        await down.until(is_open_again)
        assert [event.action for event in await down.history("PA1001")] == ["opened", "resolve", "reopen"]
        assert [event.action for event in await up.history("PA1001")] == ["opened", "resolve", "reopen"]
        assert await up.ticket("PA1002") is None


async def test_an_old_end_that_only_says_more_ends_nothing_anew(tmp_path: Path) -> None:
    async with two(tmp_path) as (up, down):
        await gone_up(up, down, LAMP)
        await up.move("PA1001", Move.RESOLVE, "đã thay bóng")

        async def is_done() -> bool:
            ours = await down.ticket("PA1001")
            return ours is not None and ours.status is TicketStatus.RESOLVED

        await down.until(is_done)
        await down.move("PA1001", Move.REOPEN)
        await asyncio.sleep(1)  # moments are told in seconds
        await up.move("PA1001", Move.CLOSE)  # `closed` to others, as before

        async def is_asked() -> bool:
            return any("city báo #PA1001 đã xong" in text for text in await down.told("notice"))

        await down.until(is_asked)
        assert [event.action for event in await down.history("PA1001")] == ["opened", "resolve", "reopen"]


async def test_what_contradicts_us_is_asked_and_nothing_is_overwritten(tmp_path: Path) -> None:
    async with two(tmp_path) as (up, down):
        await gone_up(up, down, LAMP)
        await down.move("PA1001", Move.RESOLVE)
        await asyncio.sleep(0.5)
        await up.move("PA1001", Move.START)
        await up.move("PA1001", Move.REJECT, "trùng")
        await asyncio.sleep(0.5)
        await up.move("PA1001", Move.REOPEN, "chưa xong")

        async def is_asked() -> bool:
            return any(
                "City báo" in text or "city báo #PA1001 chưa xong" in text
                for text in await down.told("notice")
            )

        await down.until(is_asked)
        ours = await down.ticket("PA1001")
        assert ours is not None
        assert ours.status is TicketStatus.RESOLVED


async def test_what_a_system_reported_is_not_posted_back_to_it(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    async with (
        running(tmp_path / "up") as up,
        running(tmp_path / "down", upstreams=[above(up.root, name="app")]) as down,
    ):
        await down.post(LAMP)
        await asyncio.sleep(0.5)
        assert await up.ticket("PA1001") is None


CITY = "open311:city"  # how we name it
MOVED = {
    "start": (TicketStatus.NEW, TicketStatus.IN_PROGRESS),
    "resolve": (TicketStatus.NEW, TicketStatus.RESOLVED),
    "reject": (TicketStatus.NEW, TicketStatus.REJECTED),
    "reopen": (TicketStatus.RESOLVED, TicketStatus.IN_PROGRESS),
    "undone": (TicketStatus.RESOLVED, TicketStatus.ACCEPTED),
}


def last(action: str, *, minutes: int, by: str = "") -> TicketEvent:
    before, after = MOVED.get(action, (None, None))
    return TicketEvent(
        ticket_id=1, at=NOW + timedelta(minutes=minutes), action=action, from_status=before,
        to_status=after, detail={TOLD_BY: by} if by else {},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "event", "closed", "note", "verdict"),
    [
        (TicketStatus.NEW, last("opened", minutes=-9), True, "", StatusVerdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("start", minutes=3), True, "", StatusVerdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=3), True, "", StatusVerdict.ASK),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=0), True, "", StatusVerdict.ASK),
        (TicketStatus.ACCEPTED, last("undone", minutes=3), True, "", StatusVerdict.ASK),
        (TicketStatus.ACCEPTED, last("undone", minutes=-3), True, "", StatusVerdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=-3), True, "", StatusVerdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=3, by=CITY), True, "", StatusVerdict.RESOLVE),
        (TicketStatus.RESOLVED, last("resolve", minutes=-3), True, "", StatusVerdict.NOTHING),
        (TicketStatus.NEW, last("opened", minutes=-9), False, "", StatusVerdict.NOTHING),
        (TicketStatus.NEW, last("opened", minutes=-9), False, "thứ ba", StatusVerdict.NOTE),
        (TicketStatus.RESOLVED, last("resolve", minutes=-3), False, "", StatusVerdict.ASK),
        (TicketStatus.RESOLVED, last("resolve", minutes=-3, by=CITY), False, "", StatusVerdict.REOPEN),
        (TicketStatus.REJECTED, last("reject", minutes=-3), False, "", StatusVerdict.ASK),
        (TicketStatus.CLOSED, None, False, "", StatusVerdict.ASK),
    ],
)  # fmt: skip
def test_what_follows_from_what_was_told(
    status: TicketStatus, event: TicketEvent | None, *, closed: bool, note: str, verdict: StatusVerdict
) -> None:
    told = StatusTold("", "7", closed, note, NOW)
    assert decide(status, past([event] if event else [], CITY), told, CITY) is verdict


def test_a_status_that_is_told_again_resolves_nothing() -> None:
    again = StatusTold("", "7", is_closed=True, note="", at=NOW, is_repeated=True)
    for status, event, verdict in (
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=-3), StatusVerdict.ASK),
        (TicketStatus.NEW, last("opened", minutes=-9), StatusVerdict.ASK),  # another one was merged into it
        (TicketStatus.RESOLVED, last("resolve", minutes=-3), StatusVerdict.NOTHING),
    ):
        assert decide(status, past([event], CITY), again, CITY) is verdict


def test_what_was_taken_back_and_worked_since_is_not_ended_by_the_old_word() -> None:
    told = StatusTold("", "7", is_closed=True, note="", at=NOW)
    since = [
        last("resolve", minutes=0, by=CITY),
        last("undone", minutes=3),
        last("start", minutes=5),
    ]
    before = past(since, CITY)
    assert decide(TicketStatus.IN_PROGRESS, before, told, CITY) is StatusVerdict.ASK
    newer = replace(told, at=NOW + timedelta(minutes=4))
    assert decide(TicketStatus.IN_PROGRESS, before, newer, CITY) is StatusVerdict.RESOLVE


def test_only_what_somebody_took_up_is_told_where_that_is_wanted() -> None:
    subscriber = Subscriber(CITY, once=True, only=is_taken_up)
    ticket = Ticket(
        number=1, code="PA1", chat_id=1, origin="1", reporter_id=1, kind="report", category="waste",
        opened_at=NOW, status=TicketStatus.NEW,
    )  # fmt: skip
    assert not subscriber.wants(last("opened", minutes=0), ticket)
    ticket.status = TicketStatus.ACCEPTED
    assert subscriber.wants(last("accept", minutes=0), ticket)
    ticket.status = TicketStatus.REJECTED
    assert not subscriber.wants(last("reject", minutes=0), ticket)


@pytest.fixture
async def target(system: System) -> AsyncIterator[Upstream]:
    made = Upstream(
        endpoint(system), Calls(), lambda code: f"[{code}]", lambda photo: f"https://x/{photo}.jpg",
        idempotent=False,
    )  # fmt: skip
    yield made
    await made.close()


async def test_what_is_posted(system: System, target: Upstream) -> None:
    system.answers.append((201, [{"service_request_id": 7}]))
    assert await target.deliver(TOLD) == "7"
    path, form = system.asked[0]
    assert (path, form) == (
        "/requests.json",
        {
            "jurisdiction_id": "city.gov", "api_key": "key", "service_code": "033",
            "description": "đèn hư\n[PA1001]", "address_string": "Sóc Trăng",
            "media_url": "https://x/ab.jpg",
        },
    )  # fmt: skip
    system.answers.append((200, [{"token": "t9"}]))
    placed = replace(
        TOLD, latitude=9.6, longitude=105.9, place="Lê Lợi", category="waste", words="0912345678 x" * 900
    )
    assert await target.deliver(placed) == "token:t9"
    form = system.asked[1][1]
    assert (form["lat"], form["long"], form["address_string"], form["service_code"]) == (
        "9.600000", "105.900000", "Lê Lợi", "waste",
    )  # fmt: skip
    assert len(form["description"]) < 4000
    assert "0912" not in form["description"]


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (403, [{"description": "bad key"}], PlatformDown, "bad key: is its API key right"),
        (400, [{"code": 400, "description": "no service"}], Refused, "answers 400: no service"),
        (429, [], NotSent, "429"),
        (500, {"a": 1}, Ambiguous, "500"),
        (200, [], Ambiguous, "neither an id nor a token"),
        (302, "x", Refused, "302"),
    ],
)
async def test_what_each_answer_means(
    system: System, target: Upstream, status: int, body: object, error: type[Exception], said: str
) -> None:
    system.answers.append((status, body))
    with pytest.raises(error, match=said):
        await target.deliver(TOLD)


@pytest.mark.parametrize("name", ["1,2", "x" * 101, "ế" * 12])
async def test_what_is_called_by_no_name_has_arrived_and_is_not_followed(
    system: System, target: Upstream, name: str
) -> None:
    """Fifty names go into one address, with commas between them: one such would spoil it for all."""
    system.answers += [(201, [{"service_request_id": name}]), (201, [{"token": name}])]
    assert [await target.deliver(TOLD), await target.deliver(TOLD)] == [None, None]
