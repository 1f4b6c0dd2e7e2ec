"""A city with a long past: as many tickets as one likes, over three years, each with its message, its
history and the post that told of it. Written once, by bulk insert; drawn from a seed."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.understanding import fold
from storage import migrations
from storage.database import Database
from storage.models import (
    Chat,
    Department,
    Member,
    Message,
    Outbox,
    Submission,
    Ticket,
    TicketEvent,
    TicketSpot,
)
from storage.states import ChatRole, MemberRole, OutboxState, SubmissionState
from tests.bench.stream import GROUP, ROOM, STREETS

Row = dict[str, Any]

END = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)  # a Monday, 07:00 there: the week before is summed up
PAST = timedelta(days=3 * 365)
PEOPLE = 20_000
AT_ONCE = 10_000  # tickets in one transaction

WARDS = (
    "Phú Lợi",
    "Sóc Trăng",
    "Mỹ Xuyên",
    "Vĩnh Phước",
    "Vĩnh Châu",
    "Khánh Hòa",
    "Ngã Năm",
    "Mỹ Quới",
    None,
)
# category: how often, whose it is, what people say
CATEGORIES: Mapping[str, tuple[int, str, str]] = {
    "waste": (26, "moitruong", "Rác chất đống {place}, bốc mùi mấy hôm nay chưa ai gom"),
    "lighting": (18, "chieusang", "Đèn đường {place} hư mấy bữa nay, tối thui"),
    "road": (16, "giaothong", "Ổ gà to {place}, xe máy té hoài"),
    "drainage": (12, "giaothong", "Cống nghẹt {place}, mưa là ngập tới gối"),
    "tree": (8, "chieusang", "Cây xanh {place} nghiêng, nhánh khô sắp rớt"),
    "water": (6, "moitruong", "Nước máy yếu {place}, chiều không có nước xài"),
    "encroachment": (6, "giaothong", "Lấn chiếm vỉa hè buôn bán {place}, đi bộ phải xuống lòng đường"),
    "noise": (5, "moitruong", "Karaoke kẹo kéo {place} ồn tới khuya"),
    "other": (3, "moitruong", "Nhờ anh chị xem giúp chỗ {place}"),
}
_EXTRA = (
    "",
    " nguy hiểm quá",
    ", nhờ anh chị xử lý giúp bà con",
    ", báo hoài không thấy ai xuống",
    ", có hình kèm theo",
)


async def ensure(url: str, tickets: int) -> None:
    """Make the city where it is not yet, and bring it to the schema of today."""
    database = Database(url)
    try:
        if await migrations.current(database) is not None:
            await migrations.upgrade(database)
            return
        await write(database, tickets)
    finally:
        await database.close()


async def write(database: Database, tickets: int) -> None:
    await migrations.upgrade(database)
    async with database.connect() as connection:
        await _people(connection)
    luck = Random(1)
    for first in range(1, tickets + 1, AT_ONCE):
        cases = [_Case(luck, n, tickets) for n in range(first, min(first + AT_ONCE, tickets + 1))]
        async with database.connect() as connection:
            for table, rows in _rows(cases).items():
                await connection.execute(insert(table), rows)
    if not database.is_sqlite:
        async with database.connect() as connection:
            await _number_on(connection)
            await connection.exec_driver_sql("ANALYZE")  # as its own daemon does; SQLite is left as it is


async def _people(connection: AsyncConnection) -> None:
    began = END - PAST
    chats = (
        (str(GROUP), ChatRole.COMMUNITY, None),
        (str(ROOM), ChatRole.MODERATION, None),
        ("-1003001", ChatRole.DEPARTMENT, "moitruong"),
    )
    await connection.execute(
        insert(Chat),
        [
            {"id": place, "platform": "telegram", "external_id": number, "role": role, "title": role.value,
             "language": "vi", "time_zone": "Asia/Ho_Chi_Minh", "department": theirs, "created_at": began}
            for place, (number, role, theirs) in enumerate(chats, start=1)
        ],
    )  # fmt: skip
    await connection.execute(
        insert(Member),
        [
            {"id": n, "platform": "telegram", "external_id": str(10_000 + n - 1), "name": f"Người {n - 1}",
             "role": MemberRole.MODERATOR if n <= 5 else MemberRole.MEMBER, "role_source": "", "muted": False,
             "erased": False, "created_at": began}
            for n in range(1, PEOPLE + 1)
        ],
    )  # fmt: skip
    names = {"moitruong": "Môi trường", "chieusang": "Chiếu sáng", "giaothong": "Giao thông"}
    await connection.execute(
        insert(Department), [{"key": key, "name": name, "days": 3} for key, name in names.items()]
    )


async def _number_on(connection: AsyncConnection) -> None:
    """PostgreSQL's own numbers go on after those that were written."""
    for table in (Chat, Member, Message, Submission, Ticket, TicketEvent, Outbox):
        name = str(table.__tablename__)
        await connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"
        )


class _Case:
    """What became of one report: drawn once, written into every table that tells of it."""

    def __init__(self, luck: Random, number: int, of: int) -> None:
        self.number = number
        step = PAST / of
        self.at = (END - PAST + step * (number - 1) + step * luck.random()).replace(microsecond=0)
        self.reporter = luck.randint(6, PEOPLE)
        self.category = luck.choices(list(CATEGORIES), [often for often, _, _ in CATEGORIES.values()])[0]
        self.department = CATEGORIES[self.category][1]
        self.kind = luck.choices(("report", "complaint", "suggestion"), (80, 15, 5))[0]
        self.urgent = luck.random() < 0.03
        self.street, self.house = luck.choice(_streets()), str(luck.randint(1, 600))
        self.ward = luck.choice(WARDS)
        self.is_located = luck.random() < 0.3
        self.spot = (9.6 + luck.random() / 10, 105.95 + luck.random() / 10)
        place = f"trước số {self.house} {self.street}"
        self.text = CATEGORIES[self.category][2].format(place=place) + luck.choice(_EXTRA)
        self.place = {
            "text": f"số {self.house} {self.street}", "street": self.street, "number": self.house,
            "alley": None, "ward": self.ward, "old_ward": None, "landmark": None,
            "latitude": None, "longitude": None,
        }  # fmt: skip
        self.due = self.at + timedelta(days=3)
        self.steps = self._life(luck)
        self.status = self.steps[-1][2]

    def _life(self, luck: Random) -> list[tuple[str, datetime, str]]:
        """(action, when, status afterwards), as far as it has come until the end."""
        answered = self.at + timedelta(hours=luck.expovariate(1 / 8))
        done = answered + timedelta(hours=luck.expovariate(1 / 50))
        life = [("opened", self.at, "new")]
        if luck.random() < 0.004:  # forgotten
            return life
        drawn = luck.random()
        if drawn < 0.06:
            life.append(("reject", answered, "rejected"))
        elif drawn < 0.1:
            life.append(("merge", answered, "merged"))
        else:
            life += [("accept", answered, "accepted"), ("resolve", done, "resolved")]
            life += [("close", done + timedelta(days=7), "closed")]
        return [step for step in life if step[1] < END]

    def moment(self, action: str) -> datetime | None:
        return next((at for done, at, _ in self.steps if done == action), None)


@lru_cache
def _streets() -> Sequence[str]:
    """Those of the stream, and some more of no city's."""
    return (*STREETS, *(f"Đường số {n}" for n in range(1, 60)))


def _rows(cases: Sequence[_Case]) -> dict[type[Any], list[Row]]:
    return {
        Ticket: [_ticket(one) for one in cases],
        TicketSpot: [_spot(one) for one in cases],
        Submission: [_submission(one) for one in cases],
        Message: [_message(one) for one in cases],
        TicketEvent: [event for one in cases for event in _events(one)],
        Outbox: [_post(one) for one in cases],
    }


def _ticket(one: _Case) -> Row:
    is_open = one.status in ("new", "accepted")
    return {
        "id": one.number, "number": 1000 + one.number, "code": f"PA{1000 + one.number}", "chat_id": 1,
        "origin": str(one.number), "reporter_id": one.reporter, "kind": one.kind, "category": one.category,
        "urgent": one.urgent, "status": one.status, "summary": one.text, "folded": _fold(one.text),
        "place": one.place, "latitude": one.spot[0] if one.is_located else None,
        "longitude": one.spot[1] if one.is_located else None, "department": one.department,
        "merged_into_id": max(1, one.number - 7) if one.status == "merged" else None,
        "voices": 1, "version": len(one.steps), "opened_at": one.at, "due_at": one.due,
        "resolved_at": one.moment("resolve") or one.moment("reject"), "closed_at": one.moment("close"),
        "first_answer_at": one.steps[1][1] if len(one.steps) > 1 else None, "pause_reason": "",
        "hidden": False, "shown_in": f"ack:{one.number}",
        "remind_at": None, "escalate_at": one.due if is_open and one.due > END else None, "close_at": None,
    }  # fmt: skip


@lru_cache(1000)
def _fold(text: str) -> str:
    return fold(text)


def _spot(one: _Case) -> Row:
    return {"chat_id": 1, "spot": f"street:{_fold(one.street)}", "ticket_id": one.number}


def _submission(one: _Case) -> Row:
    return {
        "id": one.number, "chat_id": 1, "member_id": one.reporter, "ticket_id": one.number,
        "state": SubmissionState.TICKETED, "opened_at": one.at, "open_until": one.at + timedelta(minutes=2),
        "text": one.text, "kind": one.kind, "kind_confidence": 0.93, "feedback": 0.97,
        "category": one.category, "category_confidence": 0.9, "intent": "new", "urgent": one.urgent,
        "place": one.place, "model": "bench",
    }  # fmt: skip


def _message(one: _Case) -> Row:
    return {
        "id": one.number, "chat_id": 1, "external_id": str(one.number), "member_id": one.reporter,
        "sent_at": one.at, "received_at": one.at, "text": one.text, "edit_number": 0,
        "submission_id": one.number,
    }  # fmt: skip


def _events(one: _Case) -> Iterator[Row]:
    """Its history, of the size that a real one has."""
    status: str | None = None
    for action, at, after in one.steps:
        changes: Row = {"status": [status, after]}
        detail: Row = {"changes": changes}
        if action == "opened":
            detail |= {"confidence": 0.93, "model": "bench"}
            changes |= _first(one)
        elif status == "new":
            changes["first_answer_at"] = [None, at.isoformat()]
        if action in ("resolve", "reject"):
            changes["resolved_at"] = [None, at.isoformat()]
        if action == "close":
            changes["closed_at"] = [None, at.isoformat()]
        yield {
            "ticket_id": one.number, "at": at, "action": action, "detail": detail,
            "member_id": one.reporter if action == "opened" else 1 + one.number % 5,
            "from_status": status, "to_status": after if status else None,
            "message_id": one.number if action == "opened" else None,
        }  # fmt: skip
        status = after


def _first(one: _Case) -> Row:
    values = {
        "kind": one.kind, "category": one.category, "urgent": one.urgent, "department": one.department,
        "place": one.place, "voices": 1, "pause_reason": "", "hidden": False, "due_at": one.due.isoformat(),
    }  # fmt: skip
    return {name: [None, value] for name, value in values.items()}


def _post(one: _Case) -> Row:
    return {
        "id": one.number, "idempotency_key": f"ack:{one.number}", "purpose": "acknowledgement", "chat_id": 1,
        "ticket_id": one.number, "ordering_key": "chat:1",
        "payload": {"type": "post", "text": f"Đã ghi nhận #PA{1000 + one.number}"},
        "state": OutboxState.SENT, "attempts": 1, "created_at": one.at, "next_attempt_at": one.at, "fence": 1,
        "platform_message_id": str(10_000_000 + one.number), "sent_at": one.at + timedelta(seconds=1),
    }  # fmt: skip


def made(tickets: int, folder: Path) -> Path:
    """The file of a city with so many tickets, written if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    there, unfinished = folder / f"bench-{tickets}.db", folder / f"bench-{tickets}.part"
    if not there.exists():
        unfinished.unlink(missing_ok=True)
        asyncio.run(ensure(f"sqlite:///{unfinished}", tickets))
        unfinished.rename(there)
    asyncio.run(ensure(f"sqlite:///{there}", tickets))
    return there
