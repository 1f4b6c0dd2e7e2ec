"""How fast one member may post and press in the built-in chat: a page that runs wild is told to wait."""

from collections import deque
from datetime import datetime, timedelta

from handlers.ports import Clock

MINUTE = timedelta(minutes=1)
A_MINUTE = 20  # posts; a queue that was offline for long goes out at this pace
TOUCHES = 120  # presses, reactions and edits: a moderator who goes through a list presses fast


class Pace:
    """Counts what was done in the last minute, in this process alone: a restart loses only patience."""

    def __init__(self, clock: Clock, most: int = A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._done: dict[int, deque[datetime]] = {}

    def beside(self, most: int) -> "Pace":
        """Another count by the same clock."""
        return Pace(self._clock, most)

    def allows(self, member_id: int) -> bool:
        """Whether a member may do it now, which counts as done."""
        now = self._clock()
        self._forget(now)
        lately = self._done.setdefault(member_id, deque())
        if len(lately) >= self._most:
            return False
        lately.append(now)
        return True

    def _forget(self, now: datetime) -> None:
        for member_id, lately in list(self._done.items()):
            while lately and lately[0] <= now - MINUTE:
                lately.popleft()
            if not lately:
                del self._done[member_id]
