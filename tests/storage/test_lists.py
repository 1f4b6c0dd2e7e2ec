"""Lists and searches find what a look at each ticket finds, on both databases, by whichever index they go."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select

from handlers.understanding import fold
from storage import board, lists
from storage.database import Database
from storage.lists import Filter
from storage.models import Ticket
from storage.states import OPEN, TicketStatus
from tests.bench import city

MANY = 400
DONE = (TicketStatus.RESOLVED, TicketStatus.CLOSED)
WORDS = ("hai ba trung", "rac", "rac hung vuong", "9, le duan")
NOTHING = ("khong co gi", "%", "'\\", "|")
WARDS = (None, city.WARDS[0], board.NOWHERE, "Phường 'lạ'\\", "w | c")


def has_words(ticket: Ticket, words: str) -> bool:
    told = set(ticket.folded.replace(",", " ").split())
    return set(words.replace(",", " ").split()) <= told


def by_hand(tickets: Sequence[Ticket], wanted: Filter) -> list[int]:
    """The numbers of those that a filter lets through, the newest first."""
    ward = {None: None, board.NOWHERE: None}.get(wanted.ward, wanted.ward)
    return [
        one.number
        for one in sorted(tickets, key=lambda one: -(one.id or 0))
        if one.status in wanted.statuses
        and wanted.category in (None, one.category)
        and (wanted.ward is None or one.place["ward"] == ward)
        and has_words(one, wanted.words)
    ]


@pytest.mark.parametrize("near", [5, 10_000])
async def test_a_search_finds_the_newest_that_have_all_that_is_asked(
    database: Database, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    """`near`: of how many tickets the text is looked at before the index is asked."""
    monkeypatch.setattr(lists, "LOOKED_THROUGH", near)
    await city.write(database, MANY)
    async with database.read() as session:
        everything = (await session.scalars(select(Ticket))).all()
        found = 0
        for words, category, ward, statuses in product(
            WORDS, (None, "waste"), WARDS, (board.SHOWN, DONE, OPEN)
        ):
            wanted = Filter(statuses=statuses, category=category, ward=ward, words=fold(words))
            page = [one.number for one in await board.page(session, wanted, 11)]
            assert page == by_hand(everything, wanted)[:11], wanted
            found += len(page)
            if ward is None:
                listed = [one.number for one in await lists.listed(session, replace(wanted, hidden=False), 7)]
                assert listed == page[:7], wanted
    assert found > 100


async def test_nothing_that_is_searched_for_is_more_than_words(database: Database) -> None:
    await city.write(database, 20)
    async with database.read() as session:
        assert await board.page(session, board.ALL, 11) != []
        for words, ward in product(NOTHING, WARDS):
            wanted = Filter(statuses=board.SHOWN, ward=ward, words=words)
            assert await board.page(session, wanted, 11) == []
