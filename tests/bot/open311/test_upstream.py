"""Another city system above us: what goes there, what comes back, and what is asked of moderators."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.open311.upstream import PATIENCE, Endpoint, Memory, Reader, Upstream
from bot.platforms.calls import Calls
from handlers.events import StatusTold
from handlers.lifecycle import Move
from handlers.ports import Ambiguous, Incoming, NotSent, PlatformDown, Refused
from handlers.status_told import Verdict, decide, past
from handlers.subscribers import TOLD_BY, Subscriber, is_taken_up
from storage.dispatches import Followed
from storage.models import Ticket, TicketEvent
from storage.states import TicketStatus
from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import running
from tests.bot.targets.test_webhook import TOLD
from tests.serving import serving

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
pytestmark = pytest.mark.sqlite_only


def above(root: str, **more: object) -> dict[str, Any]:
    """The configuration of a system above."""
    return {
        "name": "city", "url": f"{root}/v2", "allow_private": True, "poll_seconds": 0.2, "when": "opened",
        "idempotent": True, **more,
    }  # fmt: skip


async def test_a_ticket_goes_up_once_and_its_end_comes_back(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    async with (
        running(tmp_path / "up") as up,
        running(tmp_path / "down", upstreams=[above(up.root)]) as down,
    ):
        await down.post({**LAMP, "description": "Đèn tắt ba bữa nay"})

        async def is_there() -> bool:
            return await up.ticket("PA1001") is not None

        await up.until(is_there)
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
            "open311:city",
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
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    async with (
        running(tmp_path / "up") as up,
        running(tmp_path / "down", upstreams=[above(up.root)]) as down,
    ):
        await down.post(LAMP)

        async def is_there() -> bool:
            return await up.ticket("PA1001") is not None

        await up.until(is_there)
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
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    async with (
        running(tmp_path / "up") as up,
        running(tmp_path / "down", upstreams=[above(up.root)]) as down,
    ):
        await down.post(LAMP)

        async def is_there() -> bool:
            return await up.ticket("PA1001") is not None

        await up.until(is_there)
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
        (TicketStatus.NEW, last("opened", minutes=-9), True, "", Verdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("start", minutes=3), True, "", Verdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=3), True, "", Verdict.ASK),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=0), True, "", Verdict.ASK),
        (TicketStatus.ACCEPTED, last("undone", minutes=3), True, "", Verdict.ASK),
        (TicketStatus.ACCEPTED, last("undone", minutes=-3), True, "", Verdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=-3), True, "", Verdict.RESOLVE),
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=3, by="open311:city"), True, "", Verdict.RESOLVE),
        (TicketStatus.RESOLVED, last("resolve", minutes=-3), True, "", Verdict.NOTHING),
        (TicketStatus.NEW, last("opened", minutes=-9), False, "", Verdict.NOTHING),
        (TicketStatus.NEW, last("opened", minutes=-9), False, "thứ ba", Verdict.NOTE),
        (TicketStatus.RESOLVED, last("resolve", minutes=-3), False, "", Verdict.ASK),
        (TicketStatus.RESOLVED, last("resolve", minutes=-3, by="open311:city"), False, "", Verdict.REOPEN),
        (TicketStatus.REJECTED, last("reject", minutes=-3), False, "", Verdict.ASK),
        (TicketStatus.CLOSED, None, False, "", Verdict.ASK),
    ],
)  # fmt: skip
def test_what_follows_from_what_was_told(
    status: TicketStatus, event: TicketEvent | None, *, closed: bool, note: str, verdict: Verdict
) -> None:
    told = StatusTold("", "7", closed, note, NOW)
    assert decide(status, past([event] if event else [], "open311:city"), told, "open311:city") is verdict


def test_a_status_that_is_told_again_resolves_nothing() -> None:
    again = StatusTold("", "7", is_closed=True, note="", at=NOW, is_repeated=True)
    for status, event, verdict in (
        (TicketStatus.IN_PROGRESS, last("reopen", minutes=-3), Verdict.ASK),
        (TicketStatus.NEW, last("opened", minutes=-9), Verdict.ASK),  # another one was merged into it
        (TicketStatus.RESOLVED, last("resolve", minutes=-3), Verdict.NOTHING),
    ):
        assert decide(status, past([event], "open311:city"), again, "open311:city") is verdict


def test_what_was_taken_back_and_worked_since_is_not_ended_by_the_old_word() -> None:
    told = StatusTold("", "7", is_closed=True, note="", at=NOW)
    since = [
        last("resolve", minutes=0, by="open311:city"),
        last("undone", minutes=3),
        last("start", minutes=5),
    ]
    before = past(since, "open311:city")
    assert decide(TicketStatus.IN_PROGRESS, before, told, "open311:city") is Verdict.ASK
    newer = replace(told, at=NOW + timedelta(minutes=4))
    assert decide(TicketStatus.IN_PROGRESS, before, newer, "open311:city") is Verdict.RESOLVE


def test_only_what_somebody_took_up_is_told_where_that_is_wanted() -> None:
    subscriber = Subscriber("open311:city", once=True, only=is_taken_up)
    ticket = Ticket(
        number=1, code="PA1", chat_id=1, origin="1", reporter_id=1, kind="report", category="waste",
        opened_at=NOW, status=TicketStatus.NEW,
    )  # fmt: skip
    assert not subscriber.wants(last("opened", minutes=0), ticket)
    ticket.status = TicketStatus.ACCEPTED
    assert subscriber.wants(last("accept", minutes=0), ticket)
    ticket.status = TicketStatus.REJECTED
    assert not subscriber.wants(last("reject", minutes=0), ticket)


@dataclass
class System:
    """A city system that answers as it is told."""

    root: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: deque[tuple[int, Any]] = field(default_factory=deque)
    gone: set[str] = field(default_factory=set)  # one of them, and the answer is 404

    async def answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.path, {**request.query, **form}))
        names = request.query.get("service_request_id", "").split(",")
        usual: tuple[int, Any] = (404, []) if self.gone.intersection(names) else (200, [])
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
    placed = replace(TOLD, latitude=9.6, longitude=105.9, place="Lê Lợi", category="waste", words="x" * 9000)
    assert await target.deliver(placed) == "token:t9"
    form = system.asked[1][1]
    assert (form["lat"], form["long"], form["address_string"], form["service_code"]) == (
        "9.600000", "105.900000", "Lê Lợi", "waste",
    )  # fmt: skip
    assert len(form["description"]) < 4000


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


@dataclass
class Table:
    """What a reader knows, in memory."""

    rows: list[Followed]
    cursor: str | None = None

    def memory(self) -> Memory:
        async def followed(after: int, limit: int) -> Sequence[Followed]:
            return [row for row in self.rows if row.id > after][:limit]

        async def named(number: int, reference: str) -> None:
            self.rows = [one._replace(reference=reference) if one.id == number else one for one in self.rows]

        async def read() -> str | None:
            return self.cursor

        async def move(value: str) -> None:
            self.cursor = value

        async def saw(seen: Mapping[int, str]) -> None:
            self.rows = [one._replace(seen=seen.get(one.id, one.seen)) for one in self.rows]

        return Memory(followed, named, read, move, saw)


@dataclass
class Round:
    """A reader with what it committed and told."""

    reader: Reader
    table: Table
    committed: list[Incoming] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def commit(self, events: Sequence[Incoming]) -> None:
        self.committed += events


@pytest.fixture
def following(system: System) -> Round:
    table = Table([Followed(number, f"r{number}") for number in range(1, 53)] + [Followed(60, "token:t9")])
    told: list[str] = []

    async def tell(name: str, error: str) -> None:
        told.append(f"{name} {error}")

    reader = Reader(endpoint(system), Calls(), table.memory(), lambda: NOW, tell, seconds=0.01)
    return Round(reader, table, told=told)


def record(
    reference: str, status: str, updated: str = "2026-11-24T07:00:00Z", notes: str = ""
) -> dict[str, str]:
    return {
        "service_request_id": reference, "status": status, "status_notes": notes, "updated_datetime": updated,
    }  # fmt: skip


async def test_all_are_asked_in_batches_and_tokens_become_ids(system: System, following: Round) -> None:
    system.answers += [
        (200, [record("r2", "closed", notes=" xong ")]),
        (200, [{"service_request_id": "r60", "token": "t9"}]),
        (200, [record("r60", "open"), record("stranger", "closed")]),
    ]
    await following.reader.round(following.commit)
    assert [path for path, _ in system.asked] == ["/requests.json", "/tokens/t9.json", "/requests.json"]
    assert system.asked[0][1]["service_request_id"].count(",") == 49
    assert system.asked[2][1]["service_request_id"] == "r51,r52,r60"
    events = [following.reader.parse(one.payload) for one in following.committed]
    assert events == [
        StatusTold("", "r2", True, "xong", datetime(2026, 11, 24, 7, tzinfo=UTC)),
        StatusTold("", "r60", False, "", datetime(2026, 11, 24, 7, tzinfo=UTC)),
    ]
    await following.reader.close()


async def test_what_can_not_be_asked_for_spoils_nothing_for_the_others(system: System) -> None:
    table = Table(
        [Followed(1, "1,2"), Followed(2, "x" * 9000), Followed(3, f"token:{'x' * 9000}"), Followed(4, "r4")]
    )

    async def tell(*_: str) -> None: ...

    reader = Reader(endpoint(system), Calls(), table.memory(), lambda: NOW, tell, seconds=0.01)
    following = Round(reader, table)
    system.answers.append((200, [record("r4", "closed")]))
    await following.reader.round(following.commit)
    assert [query["service_request_id"] for _, query in system.asked] == ["r4"]
    assert [one.payload["reference"] for one in following.committed] == ["r4"]
    await following.reader.close()


async def test_half_a_character_in_a_note_ends_no_round(system: System, following: Round) -> None:
    system.answers.append((200, [record("r2", "open", notes="tắt \ud800 rồi\0")]))
    system.answers += [(200, []), (200, [])]
    await following.reader.round(following.commit)
    assert [one.payload["note"] for one in following.committed] == ["tắt \ufffd rồi\ufffd"]
    await following.reader.close()


async def test_the_same_standing_is_told_once_and_a_new_one_has_another_key(
    system: System, following: Round
) -> None:
    asked = [
        record("r1", "open"), record("r1", "open"), record("r1", "closed"), record("r1", "open"),
        record("r1", "closed", "2026-11-25T07:00:00Z"), record("r1", "open", notes="thứ ba"),
        record("r1", "Closed", "no moment"),
    ]  # fmt: skip
    for one in asked:
        system.answers += [(200, [one]), (200, []), (200, [])]
        await following.reader.round(following.commit)
    keys = [one.key for one in following.committed]
    assert (len(keys), len(set(keys))) == (6, 6)
    assert following.committed[-1].payload["at"] == NOW.isoformat()
    await following.reader.close()


async def test_what_only_says_more_is_told_as_the_same_status(system: System, following: Round) -> None:
    for one in (
        record("r1", "open"), record("r1", "open", notes="thứ ba"), record("r1", "closed"),
        record("r1", "Closed", "2026-11-25T07:00:00Z", "đã thay bóng"), record("r1", "open"),
    ):  # fmt: skip
        system.answers += [(200, [one]), (200, []), (200, [])]
        await following.reader.round(following.commit)
    told = [following.reader.parse(one.payload) for one in following.committed]
    assert [isinstance(one, StatusTold) and one.is_repeated for one in told] == [
        False, True, False, True, False,
    ]  # fmt: skip
    await following.reader.close()


async def test_a_standing_that_an_earlier_congich_kept_learns_its_status(
    system: System, following: Round
) -> None:
    system.answers += [(200, [record("r1", "closed")]), (200, []), (200, [])]
    await following.reader.round(following.commit)
    row, *others = following.table.rows
    following.table.rows = [row._replace(seen=row.seen.rpartition(":")[0]), *others]
    for notes in ("", "đã thay bóng"):
        system.answers += [(200, [record("r1", "closed", notes=notes)]), (200, []), (200, [])]
        await following.reader.round(following.commit)
    assert [one.payload["repeated"] for one in following.committed] == [False, True]
    await following.reader.close()


@pytest.mark.parametrize("updated", ["2026-11-24T07:00:00Z", ""])
async def test_after_a_start_only_what_is_new_since_is_told(
    system: System, following: Round, updated: str
) -> None:
    standings = ["open", "closed", "closed", "open", "open"]  # before each of which it is started anew
    for status in standings:
        reader = Reader(
            endpoint(system), following.reader._calls, following.table.memory(), lambda: NOW,
            following.reader._tell, seconds=0.01,
        )  # fmt: skip
        system.answers += [(200, [record("r1", status, updated)]), (200, []), (200, [])]
        await reader.round(following.commit)
    assert [one.payload["closed"] for one in following.committed] == [False, True, False]
    assert len({one.key for one in following.committed}) == 3
    await following.reader.close()


async def test_what_may_be_an_old_word_is_not_taken_for_a_new_one(system: System, following: Round) -> None:
    for status in ("closed", "open"):
        system.answers += [(200, [record("r1", status, "")]), (200, []), (200, [])]
        await following.reader.round(following.commit)
    moments = [datetime.fromisoformat(one.payload["at"]) for one in following.committed]
    assert moments == [datetime.min.replace(tzinfo=UTC), NOW]
    await following.reader.close()


async def test_a_request_that_is_gone_there_takes_no_other_along(system: System, following: Round) -> None:
    following.table.rows = [*following.table.rows[:2], Followed(60, "token:a/b?")]
    system.answers += [
        (200, [{"service_request_id": "r60"}]),
        (404, [{"code": 404, "description": "service_request_id was not found"}]),
        (404, []), (400, []), (200, [record("r2", "closed")]), (400, []),
    ]  # fmt: skip
    await following.reader.round(following.commit)
    assert [one.payload["reference"] for one in following.committed] == ["r2"]
    assert [query.get("service_request_id") for _, query in system.asked] == [
        None, "r1,r2,r60", "r1", "r2,r60", "r2", "r60",
    ]  # fmt: skip
    assert system.asked[0][0] == "/tokens/a/b?.json"
    assert following.table.cursor == "0"
    system.answers.append((404, []))  # a wrong address answers so, too
    with pytest.raises(Refused, match="404"):
        await following.reader.round(following.commit)
    assert following.table.cursor == "0"
    await following.reader.close()


async def test_what_is_gone_there_is_looked_for_by_halves_and_once_an_hour(
    system: System, following: Round
) -> None:
    now = [NOW]
    reader = Reader(
        endpoint(system), Calls(), following.table.memory(), lambda: now[0], following.reader._tell,
        seconds=0.01,
    )  # fmt: skip
    following.table.rows = following.table.rows[:50]
    system.gone = {"r7", "r31"}
    counts = []
    for minutes in (0, 5, 61):
        now[0] = NOW + timedelta(minutes=minutes)
        before = len(system.asked)
        await reader.round(following.commit)
        counts.append(len(system.asked) - before)
    assert counts[0] == counts[2] <= 25
    assert counts[1] == 1
    assert system.asked[counts[0]][1]["service_request_id"].count(",") == 47
    await reader.close()
    await following.reader.close()


async def test_a_system_that_fails_is_asked_where_it_was_and_moderators_hear(
    system: System, following: Round
) -> None:
    system.answers += [(500, {})] * (PATIENCE + 1)
    task = asyncio.create_task(following.reader.receive(following.commit))
    async with asyncio.timeout(10):
        while len(system.asked) < PATIENCE + 3:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert following.told == ["open311:city the system answers 500"]
    await following.reader.close()
