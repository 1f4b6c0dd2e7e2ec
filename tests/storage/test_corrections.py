"""What moderators corrected is kept, the last word of each counting; tickets are found at their spots."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.feedback import AT_SPOT, LATELY
from handlers.understanding import Candidate, Place, find_twin, fold, one_valued, spots
from handlers.understanding.twins import place_agreement
from storage import chats, corrections, members, twins
from storage.database import Database
from storage.models import Chat, Member, Submission, Ticket, TicketSpot, row_id
from storage.states import MemberRole, SubmissionState, TicketStatus
from tests.handlers.understanding.reader import READ

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
MANY = 10_000


async def people(session: AsyncSession) -> tuple[Chat, Member]:
    chat = await chats.ensure(session, "telegram", "-1", "", NOW)
    member = await members.ensure(session, "telegram", "1", "Hoa", NOW)
    await session.flush()
    return chat, member


async def submission(session: AsyncSession, words: str) -> Submission:
    chat, member = await people(session)
    told = Submission(
        chat_id=row_id(chat),
        member_id=row_id(member),
        state=SubmissionState.QUESTION,
        opened_at=NOW,
        open_until=NOW,
        text=words,
        kind="complaint",
        category="road",
    )
    session.add(told)
    await session.flush()
    return told


async def test_the_last_word_counts_and_texts_without_words_teach_nothing(database: Database) -> None:
    async with database.write() as session:
        _, member = await people(session)
        lamp, photo = await submission(session, "đèn hư"), await submission(session, "")
        await corrections.note(session, lamp, member, NOW, kind="report")
        await corrections.note(session, lamp, member, NOW, category="lighting")
        await corrections.note(session, photo, member, NOW, kind="report")
    async with database.read() as session:
        (found,) = await corrections.all_of_them(session)
    assert (found.text, found.kind, found.category) == ("đèn hư", "report", "lighting")


async def test_moderators_are_called_by_name_and_no_more_than_asked_for(database: Database) -> None:
    async with database.write() as session:
        for name in ("c", "a", "b"):
            member = await members.ensure(session, "telegram", name, name, NOW)
            member.role = MemberRole.MODERATOR
        await members.ensure(session, "telegram", "d", "d", NOW)
        await session.flush()
        assert [one.name for one in await members.moderators(session, "telegram", 2)] == ["a", "b"]
        assert await members.moderators(session, "webchat", 5) == []


async def fill(session: AsyncSession) -> int:
    """Open tickets on a few hundred streets, as many as a large city has; the chat's number."""
    chat, member = await people(session)
    streets = [f"đường số {number}" for number in range(400)]
    rows = [_ticket(number, row_id(chat), row_id(member), streets[number % 400]) for number in range(MANY)]
    await session.execute(insert(Ticket), rows)
    await session.execute(
        insert(TicketSpot),
        [
            {"chat_id": row_id(chat), "spot": spot, "ticket_id": number + 1}
            for number in range(MANY)
            for spot in spots(Place(street=streets[number % 400]))
        ],
    )
    return row_id(chat)


def _ticket(number: int, chat: int, member: int, street: str) -> dict[str, Any]:
    words = f"đèn trước số {number} {street} tắt mấy hôm nay"
    return {
        "id": number + 1,
        "number": number,
        "code": f"PA{number}",
        "chat_id": chat,
        "origin": str(number),
        "reporter_id": member,
        "kind": "report",
        "category": "lighting" if number % 3 else "waste",
        "urgent": False,
        "status": TicketStatus.NEW,
        "summary": words,
        "folded": fold(words),
        "place": {"street": street, "number": str(number), "text": f"{number} {street}"},
        "voices": 1,
        "version": 1,
        "opened_at": NOW - timedelta(minutes=number % 10_000),
    }


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (Place(street="Hai Bà Trưng", number="45"), ["45", "alley 7", "bare", "somewhere", "street"]),
        (Place(street="Hai Bà Trưng"), ["45", "47", "alley 7", "bare", "somewhere", "street"]),
        (
            Place(street="Hai Bà Trưng", number="45", ward="Phú Lợi"),
            ["alley 7", "bare", "somewhere", "street"],
        ),
        (Place(), ["45", "47", "Lê Lợi", "alley 7", "bare", "somewhere", "street"]),
    ],
)
async def test_what_surely_lies_elsewhere_is_not_read(
    database: Database, told: Place, left: list[str]
) -> None:
    places = {
        "45": Place(street="Hai Bà Trưng", number="45", ward="Ninh Kiều"),
        "47": Place(street="Hai Bà Trưng", number="47"),
        "street": Place(street="Hai Bà Trưng", number=""),
        "bare": Place(street="HAI BA TRUNG"),
        "alley 7": Place(street="Hai Bà Trưng", alley="7"),
        "Lê Lợi": Place(street="Lê Lợi", number="45"),
        "somewhere": Place(),
    }
    async with database.write() as session:
        chat, member = await people(session)
        for number, (name, place) in enumerate(places.items(), start=1):
            ticket = _ticket(number, row_id(chat), row_id(member), "")
            session.add(Ticket(**ticket | {"folded": name, "place": asdict(place), "category": "other"}))
        session.add(Ticket(**_ticket(98, row_id(chat), row_id(member), "") | {"folded": "old", "place": {}}))
        await session.flush()
        found = await twins.alike(
            session,
            row_id(chat),
            NOW - timedelta(days=14),
            spots=spots(told),
            categories=["lighting", "other"],
            named=one_valued(told),
            at_spots=AT_SPOT,
            lately=LATELY,
        )
    assert sorted(one.folded for one in found if one.folded != "old") == sorted(left)
    assert "old" in [one.folded for one in found]  # whose place has no such names at all
    dismissed = [place for name, place in places.items() if name not in left]
    assert all(place_agreement(told, place) == -1 for place in dismissed)
    assert all(place_agreement(told, places[name]) >= 0 for name in left)


def _candidates(found: Sequence[twins.ComparedTicket]) -> list[Candidate]:
    return [
        Candidate(one.ticket_id, one.folded, one.category, Place(**one.place), one.opened_at) for one in found
    ]


@pytest.mark.timeout(300)
async def test_twins_among_ten_thousand_open_tickets(database: Database) -> None:
    """`pytest -s tests/storage/test_corrections.py -k twins` prints the median for each database."""
    async with database.write() as session:
        chat = await fill(session)
        await session.execute(text("ANALYZE"))  # both databases do so by themselves after a while
    words = "đèn trước số 4001 đường số 1 tắt hai bữa rồi"
    seen, since = READ(words), NOW - timedelta(days=14)
    place = Place(street="đường số 1", number="4001")
    spent, compared = [], []
    async with database.read() as session:
        dialect = session.get_bind().dialect.name
        for _ in range(30):
            begun = perf_counter()
            found = await twins.alike(
                session,
                chat,
                since,
                spots=spots(place),
                categories=["lighting", "other"],
                named=one_valued(place),
                at_spots=AT_SPOT,
                lately=LATELY,
            )
            candidates = _candidates(found)
            looked_up = perf_counter()
            twin = find_twin(words, seen, NOW, candidates)
            compared.append(perf_counter() - looked_up)
            spent.append(perf_counter() - begun)
    print(
        f"\ntwins among {MANY} ({dialect}): {median(spent) * 1000:.2f} ms, "
        f"of which compared {median(compared) * 1000:.2f} ms with {len(candidates)} candidates"
    )
    assert 0 < len(candidates) <= 100
    assert twin is None or twin.ticket_id in {one.ticket_id for one in candidates}
    assert median(compared) <= 0.02
    assert median(spent) <= 0.2
