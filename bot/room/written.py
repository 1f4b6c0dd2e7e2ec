"""Whether a form changed anything: an order that is refused leaves its message and its record, no more."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.sql import Delete, Insert, Update

from storage.models import Attachment, Audit, Message

_OF_EVERY_FORM = frozenset({Message.__tablename__, Attachment.__tablename__, Audit.__tablename__})


class Written:
    """What was written to, by then."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.is_refused = False  # by the table of rights

    @property
    def is_a_change(self) -> bool:
        return not self.is_refused and not self.tables <= _OF_EVERY_FORM


@contextmanager
def watched(session: AsyncSession) -> Iterator[Written]:
    """Watch what a session writes until the end of the block; flush before that."""
    written = Written()

    def flushed(sync: Session, _: UOWTransaction) -> None:
        changed = [one for one in sync.dirty if sync.is_modified(one)]
        for one in (*sync.new, *sync.deleted, *changed):
            written.tables.add(one.__tablename__)
            written.is_refused |= isinstance(one, Audit) and not one.allowed

    def executed(state: ORMExecuteState) -> None:
        if isinstance(state.statement, Insert | Update | Delete):
            written.tables.add(str(state.statement.table))

    listeners = (("after_flush", flushed), ("do_orm_execute", executed))
    for name, listener in listeners:
        event.listen(session.sync_session, name, listener)
    try:
        yield written
    finally:
        for name, listener in listeners:
            event.remove(session.sync_session, name, listener)
