"""The migrated schema is the one that the tables say, on both databases, and guards its history."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col

from storage import chats, digests, members, migrations, tickets
from storage.database import Database, DatabaseError
from storage.digests import Slot
from storage.migrations import stepping
from storage.models import Ticket, TicketEvent, row_id
from tests.template import back_to

NOW = datetime(2026, 11, 16, tzinfo=UTC)


def _is_described(name: str | None, kind: str, _: object) -> bool:
    """All but the full-text index, which each database keeps in a way of its own."""
    return not (name or "").startswith(("tickets_fts", "ix_tickets_search"))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
async def test_the_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    async with database.connect() as connection:
        difference = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync, opts={"include_name": _is_described}), SQLModel.metadata
            )
        )
    assert difference == []
    assert await migrations.current(database) == migrations.head()


def test_the_files_are_named_after_the_versions_in_their_order() -> None:
    steps = ScriptDirectory.from_config(stepping.config()).walk_revisions()
    assert migrations.known() == [step.revision for step in steps][::-1]


async def test_a_schema_of_a_newer_congich_is_refused(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(DatabaseError, match="newer congich"):
        await migrations.ensure(database)


async def test_digests_of_an_earlier_congich_are_weeks(database: Database) -> None:
    week = NOW, NOW + timedelta(days=7)
    async with database.write() as session:
        chat = await chats.ensure(session, "telegram", "-1", "Công ích", NOW)
        for span in ("week", "day"):
            assert await digests.reserve(session, Slot(row_id(chat), span, *week), NOW, figures={})
    await back_to("0007", database)
    with pytest.raises(DatabaseError, match="db upgrade"):
        await migrations.ensure(database)
    await migrations.upgrade(database)
    async with database.write() as session:
        assert await digests.exists(session, Slot(row_id(chat), "week", *week))
        assert not await digests.reserve(session, Slot(row_id(chat), "week", *week), NOW, figures={})
        assert await digests.reserve(session, Slot(row_id(chat), "month", *week), NOW, figures={})


async def test_a_city_that_had_the_index_of_kinds_a_day_early_is_upgraded(database: Database) -> None:
    await back_to("0014", database)
    async with database.write() as session:
        await session.execute(text("CREATE INDEX ix_tickets_kind ON tickets (kind)"))
    await migrations.upgrade(database)
    assert await migrations.current(database) == migrations.head()


async def _ticket_with_history(database: Database) -> int:
    async with database.write() as session:
        chat = await chats.ensure(session, "telegram", "-1", "Công ích", NOW)
        member = await members.ensure(session, "telegram", "7", "Hoa", NOW)
        ticket = Ticket(
            number=1001,
            code="PA1001",
            chat_id=row_id(chat),
            origin="5",
            reporter_id=row_id(member),
            kind="report",
            category="lighting",
            opened_at=NOW,
        )
        session.add(ticket)
        await session.flush()
        await tickets.note(session, ticket, "opened", NOW, member=member)
        return row_id(ticket)


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_history_is_never_changed(database: Database, verb: str) -> None:
    ticket_id = await _ticket_with_history(database)
    statement = update(TicketEvent).values(action="x") if verb == "update" else delete(TicketEvent)
    with pytest.raises(DBAPIError, match="never changed"):
        async with database.write() as session:
            await session.execute(statement.where(col(TicketEvent.ticket_id) == ticket_id))
    async with database.read() as session:
        assert [entry.event.action for entry in await tickets.history(session, ticket_id)] == ["opened"]


@pytest.mark.sqlite_only
async def test_a_second_process_on_the_same_file_is_told_so(tmp_path: Path) -> None:
    first = Database(f"sqlite:///{tmp_path / 'one.db'}")
    second = Database(f"sqlite:///{tmp_path / 'one.db'}")
    first.acquire()
    with pytest.raises(DatabaseError, match="already running"):
        second.acquire()
    await first.close()
    second.acquire()
    await second.close()
