"""What one transaction reads once: the few rows that hardly ever change, and that every message asks for."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
_KEPT = "once"


async def once(
    session: AsyncSession,
    question: Hashable,
    query: Callable[[], Select[T]],
    values: Mapping[str, Any] | None = None,
) -> Sequence[T]:
    """What a query finds: read from the tables the first time, then as it was. Whoever changes which rows
    it finds forgets the question.

    A savepoint begins anew, and so does what comes after it: nothing is kept of what was undone.
    """
    kept = _kept(session)
    if question not in kept:
        found = (await session.scalars(query(), values)).all()
        kept = _kept(session)  # a transaction begins with its first statement
        kept[question] = found
    return cast(Sequence[T], kept[question])


def keep(session: AsyncSession, question: Hashable, found: Sequence[Any]) -> None:
    """What a question would find, where it was read together with others."""
    _kept(session)[question] = found


def forget(session: AsyncSession, *questions: Hashable) -> None:
    """Read the answers to these questions anew, or all of them where none is named."""
    kept = _kept(session)
    for question in questions or list(kept):
        kept.pop(question, None)


def _kept(session: AsyncSession) -> dict[Hashable, Any]:
    """The answers of the innermost transaction."""
    current = session.sync_session.get_nested_transaction() or session.sync_session.get_transaction()
    of, kept = session.info.get(_KEPT, (None, {}))
    if of is not current or current is None:
        kept = {}
        session.info[_KEPT] = current, kept
    return cast(dict[Hashable, Any], kept)
