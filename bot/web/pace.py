"""How fast one member may post in the built-in chat: a page that runs wild is told to wait."""

from collections import deque
from datetime import datetime, timedelta

from handlers.ports import Clock

MINUTE = timedelta(minutes=1)
A_MINUTE = 20  # posts; a queue that was offline for long goes out at this pace


class Pace:
    """Counts posts of the last minute, in this process alone: nothing is lost by a restart but patience."""

    def __init__(self, clock: Clock, most: int = A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._posts: dict[int, deque[datetime]] = {}

    def allows(self, member_id: int) -> bool:
        """Whether a member may post now, which counts as a post."""
        now = self._clock()
        self._forget(now)
        lately = self._posts.setdefault(member_id, deque())
        if len(lately) >= self._most:
            return False
        lately.append(now)
        return True

    def _forget(self, now: datetime) -> None:
        for member_id, lately in list(self._posts.items()):
            while lately and lately[0] <= now - MINUTE:
                lately.popleft()
            if not lately:
                del self._posts[member_id]
