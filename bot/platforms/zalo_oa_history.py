"""What a group said while nobody listened, read from its history through the same inbox keys.

A mark in the database says up to which moment of a group everything is in the inbox. It moves only when
what came after it has been stored, so a crash reads the same again. A group that is new begins now.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from bot.platforms import zalo_oa_events as events
from bot.platforms.zalo_oa_api import ZaloOaApi
from handlers.ports import Clock, Commit, DeliveryError, JsonObject

OVERLAP = timedelta(minutes=2)  # read again before the mark: what is said at once may be listed late

ReadMark = Callable[[str], Awaitable[str | None]]
WriteMark = Callable[[str, str], Awaitable[None]]


class GapFiller:
    """Fills gaps of an account's groups."""

    def __init__(self, api: ZaloOaApi, read: ReadMark, write: WriteMark, clock: Clock) -> None:
        """`read` and `write` keep a mark by its name."""
        self._clock = clock
        self._api = api
        self._read = read
        self._write = write

    async def fill(self, group: str, commit: Commit) -> int:
        """Store what was said since the mark; how many messages were read. Raises DeliveryError."""
        name = f"zalo_oa:{group}"
        mark = _number(await self._read(name))  # 0: none, also where an earlier congich saw nothing at first
        since = mark - int(OVERLAP.total_seconds() * 1000) if mark else None
        missed: list[JsonObject] = []
        newest = mark
        async for page in self._api.history(group):
            newest = max(newest, *(_said_at(item) for item in page))
            missed += after(page, since)
            if since is None or _said_at(page[-1]) < since:
                break
        if missed:
            missed.reverse()
            missed.sort(key=_said_at)
            kept = [events.incoming({"group_id": group, **item}) for item in missed]
            await commit([one for one in kept if one.key.startswith("m:")])
        if not newest:  # nothing is shown yet
            newest = int(self._clock().timestamp() * 1000)
        if newest != mark:
            await self._write(name, str(newest))
        return len(missed)

    async def photo(self, group: str, message: str) -> str | None:
        """The present address of a message's photo, None where it can't be had any more."""
        try:
            async for page in self._api.history(group):
                for item in page:
                    if str(item.get("message_id")) == message:
                        found = item.get("url")
                        return found if isinstance(found, str) else None
        except DeliveryError:
            return None
        return None


def after(page: Sequence[JsonObject], since: int | None) -> list[JsonObject]:
    """What people said from a moment on (milliseconds); nothing where it is None."""
    if since is None:
        return []
    return [item for item in page if not events.is_the_accounts(item) and _said_at(item) >= since]


def _said_at(item: JsonObject) -> int:
    return _number(item.get("time"))


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0
