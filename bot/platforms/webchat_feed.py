"""The open pages of the built-in chat, which are told that there is something new."""

import asyncio
from collections.abc import Callable

from handlers.ports import JsonObject

Share = Callable[[str, JsonObject], None]
Heard = asyncio.Queue[tuple[str, JsonObject]]

SHARED = ("changed", "toast")  # what pages of other processes are to hear too
LISTENERS = 500  # pages of one process at a time: each asks the tables for what is new
EACH = 8  # of them of one member
ELSEWHERE = "elsewhere"  # said to one that has to go: the member listens in so many places


class TooManyListeners(Exception):
    """As many listen as may."""


class Feed:
    """Wakes the pages that listen, and passes on what is said once and not kept."""

    def __init__(self, share: Share, most: int = LISTENERS) -> None:
        """`share` tells the pages of other processes; `most` listen here at a time."""
        self._share = share
        self._most = most
        self._listeners: dict[Heard, int | None] = {}  # the longest there first, each with whose it is

    def listen(self, member_id: int | None = None) -> Heard:
        """A new listener's queue of (event name, data); a slow listener loses hints, never posts. Of a
        member's the newest ends the oldest. Raises TooManyListeners."""
        theirs = [queue for queue, who in self._listeners.items() if who == member_id]
        for queue in theirs[: max(len(theirs) + 1 - EACH, 0)] if member_id is not None else ():
            self._dismiss(queue)
        if len(self._listeners) >= self._most:
            raise TooManyListeners
        queue = asyncio.Queue(maxsize=200)
        self._listeners[queue] = member_id
        return queue

    def leave(self, queue: Heard) -> None:
        """This listener is gone."""
        self._listeners.pop(queue, None)

    def _dismiss(self, queue: Heard) -> None:
        """What it has not heard yet, it fetches when it comes back."""
        self.leave(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait((ELSEWHERE, {}))

    def say(self, event: str, data: JsonObject) -> None:
        """Tell everybody who listens, wherever their page is served."""
        self.hear(event, data)
        if event in SHARED:
            self._share(event, data)

    def hear(self, event: str, data: JsonObject) -> None:
        """Tell everybody who listens here."""
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait((event, data))
