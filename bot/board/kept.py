"""What takes long to find is found once in a while, and by one at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from handlers.ports import Clock

Found = TypeVar("Found")

_MOST = 64  # answers that are kept
WAITING = 8  # readers that may wait for what takes seconds


class Busy(Exception):
    """Too many are waiting; ask again in a while."""


class AnswerCache(Generic[Found]):
    """Answers by their questions, each as old as it may be at most."""

    def __init__(self, clock: Clock, most: timedelta, waiting: int | None = None) -> None:
        """`waiting`: so many may wait for one; None: as many as come, where it takes a moment."""
        self._clock = clock
        self._most = most
        self._may_wait = waiting
        self._answers: dict[Hashable, tuple[datetime, Found]] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def get(self, question: Hashable, find: Callable[[], Awaitable[Found]]) -> Found:
        """The answer that is kept, or a new one. Raises Busy."""
        if (fresh := self._fresh(question)) is not None:
            return fresh
        if self._may_wait is not None and self._waiting >= self._may_wait:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                if (fresh := self._fresh(question)) is not None:
                    return fresh
                found = await find()
        finally:
            self._waiting -= 1
        self._keep(question, found)
        return found

    def _fresh(self, question: Hashable) -> Found | None:
        at, answer = self._answers.get(question, (None, None))
        age = abs(self._clock() - at) if at else None
        return answer if age is not None and age < self._most else None

    def _keep(self, question: Hashable, answer: Found) -> None:
        self._answers.pop(question, None)
        if len(self._answers) >= _MOST:
            del self._answers[next(iter(self._answers))]  # the oldest
        self._answers[question] = (self._clock(), answer)
