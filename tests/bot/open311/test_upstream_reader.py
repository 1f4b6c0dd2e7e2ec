"""What a city system above us says of our tickets, asked round after round."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.open311.upstream import PATIENCE, Memory, UpstreamPlatform
from bot.platforms.calls import Calls
from handlers.events import StatusTold
from handlers.ports import Ambiguous, Incoming, Refused
from handlers.status_told import NOTE_KEPT
from storage.dispatches import Followed
from tests.bot.open311.conftest import System, endpoint

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
pytestmark = pytest.mark.sqlite_only


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

    reader: UpstreamPlatform
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

    reader = UpstreamPlatform(endpoint(system), Calls(), table.memory(), lambda: NOW, tell, seconds=0.01)
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

    reader = UpstreamPlatform(endpoint(system), Calls(), table.memory(), lambda: NOW, tell, seconds=0.01)
    following = Round(reader, table)
    system.answers.append((200, [record("r4", "closed")]))
    await following.reader.round(following.commit)
    assert [query["service_request_id"] for _, query in system.asked] == ["r4"]
    assert [one.payload["reference"] for one in following.committed] == ["r4"]
    await following.reader.close()


@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        ("tắt \ud800 rồi\0", "tắt \ufffd rồi\ufffd"),
        ("xong\u202e\n#PA1002 đã đóng", "xong #PA1002 đã đóng"),
        ("x" * 2_000_000, "x" * (NOTE_KEPT - 1) + "…"),
    ],
)
async def test_no_note_ends_a_round_or_fills_the_inbox(
    system: System, following: Round, notes: str, kept: str
) -> None:
    system.answers.append((200, [record("r2", "open", notes=notes)]))
    system.answers += [(200, []), (200, [])]
    await following.reader.round(following.commit)
    assert [one.payload["note"] for one in following.committed] == [kept]
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
        reader = UpstreamPlatform(
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


@pytest.mark.parametrize("refusal", [400, 403, 404, 410, 422, 500])
async def test_a_request_that_is_refused_there_takes_no_other_along(
    system: System, following: Round, refusal: int
) -> None:
    system.gone, system.refusal = {"r1", "r30"}, refusal
    await following.reader.round(following.commit)
    asked = [query["service_request_id"] for _, query in system.asked if query.get("service_request_id")]
    answered = [one for names in asked if not system.gone & {*names.split(",")} for one in names.split(",")]
    assert {*answered} == {f"r{number}" for number in range(1, 53)} - system.gone
    assert following.table.cursor == "0"
    await following.reader.close()


async def test_a_system_that_refuses_all_is_not_asked_for_each_and_one_that_lives_is_found(
    system: System, following: Round
) -> None:
    following.table.rows = following.table.rows[:52]
    system.gone = {row.reference for row in following.table.rows}
    for _ in range(2):
        before = len(system.asked)
        with pytest.raises(Refused, match="404"):  # a wrong address answers so, too
            await following.reader.round(following.commit)
        assert len(system.asked) - before <= 6
    system.gone -= {"r20"}
    for _ in range(50):
        with suppress(Refused):
            await following.reader.round(following.commit)
    assert any(query["service_request_id"] == "r20" for _, query in system.asked)
    await following.reader.close()


async def test_what_is_gone_there_is_looked_for_by_halves_and_once_an_hour(
    system: System, following: Round
) -> None:
    now = [NOW]
    reader = UpstreamPlatform(
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
    assert counts[0] - 1 == counts[2] <= 25  # at first it is also seen whether anything is answered
    assert counts[1] == 1
    assert system.asked[counts[0]][1]["service_request_id"].count(",") == 47
    await reader.close()
    await following.reader.close()


async def test_a_system_that_fails_is_asked_where_it_was_and_moderators_hear(
    system: System, following: Round
) -> None:
    system.gone, system.refusal = {row.reference for row in following.table.rows}, 500
    task = asyncio.create_task(following.reader.receive(following.commit))
    async with asyncio.timeout(10):
        while len(system.asked) < 4 * (PATIENCE + 2):
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert following.told == ["open311:city the system answers 500"]  # once a day
    await following.reader.close()


async def test_a_system_that_falls_over_in_mid_round_is_left_alone_until_it_is_up(
    system: System, following: Round
) -> None:
    following.table.rows = [Followed(number, f"r{number}") for number in range(1, 301)]
    system.answers += [(200, []), *[(500, [])] * 500]
    with pytest.raises(Ambiguous, match="500"):
        await following.reader.round(following.commit)
    assert len(system.asked) < 20
    assert following.table.cursor == "50"
    system.answers.clear()
    system.gone, system.refusal = {f"r{number}" for number in range(60, 75)}, 500
    await following.reader.round(following.commit)
    assert any("r76" in query["service_request_id"] for _, query in system.asked)
    assert following.table.cursor == "0"
    await following.reader.close()
