"""A cache for one transaction: rows that hardly ever change and that every message asks for, and what a batch
has found out for all of its messages."""

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
    """The rows that a query finds: read the first time, then taken from the cache under `question`.

    Whoever changes which rows it finds calls `forget`. A savepoint begins with an empty cache, and so does
    what comes after it: nothing is kept of what was undone.
    """
    found = kept(session, question)
    if found is None:
        found = (await session.scalars(query(), values)).all()
        keep(session, question, found)  # now: a transaction begins with its first statement
    return cast(Sequence[T], found)


def keep(session: AsyncSession, question: Hashable, found: Any) -> None:
    """Put an answer into the cache, for a question that was answered together with others."""
    _answers(session)[question] = found


def kept(session: AsyncSession, question: Hashable) -> Any | None:
    """What was kept of a question; None where it has to be asked."""
    return _answers(session).get(question)


def forget(session: AsyncSession, *questions: Hashable) -> None:
    """Read the answers to these questions anew, or all of them where none is named."""
    answers = _answers(session)
    for question in questions or list(answers):
        answers.pop(question, None)


def _answers(session: AsyncSession) -> dict[Hashable, Any]:
    """The answers of the innermost transaction."""
    current = session.sync_session.get_nested_transaction() or session.sync_session.get_transaction()
    of, answers = session.info.get(_KEPT, (None, {}))
    if of is not current or current is None:
        answers = {}
        session.info[_KEPT] = current, answers
    return cast(dict[Hashable, Any], answers)
