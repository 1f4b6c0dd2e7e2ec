"""How much one member may do at a time in the built-in chat: a page that runs wild is told to wait."""

from collections import Counter, deque
from datetime import datetime, timedelta

from bot.platforms.bodies import SMALL
from handlers.ports import Clock

MINUTE = timedelta(minutes=1)
A_MINUTE = 20  # posts; a queue that was offline for long goes out at this pace
TOUCHES = 120  # presses, reactions and edits: a moderator who goes through a list presses fast
LARGE_AT_ONCE = 3  # posts as large as may be, of which no photo is looked at yet


class Burden:
    """Bytes that are held for posts on their way: of one member no more than one post may have, and of all of
    them so many times that. So a phone that lost its network and comes again finds room, and a small post is
    no burden."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._held: Counter[int | None] = Counter()

    def add(self, member_id: int | None, size: int | None) -> int | None:
        """How many bytes are held for a post of this size (None: nobody has said), None where they can't
        be. Where nobody signs in, members are not told apart."""
        if size is not None and size <= SMALL:
            return 0
        bytes_held = self._each if size is None else min(size, self._each)
        most = self._each * LARGE_AT_ONCE
        theirs = self._each if member_id is not None else most
        if self._held[member_id] + bytes_held > theirs or self._held.total() + bytes_held > most:
            return None
        self._held[member_id] += bytes_held
        return bytes_held

    def remove(self, member_id: int | None, held: int) -> None:
        """They are not held any more."""
        self._held[member_id] -= held
        self._held += Counter()  # forgets whoever holds none


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
