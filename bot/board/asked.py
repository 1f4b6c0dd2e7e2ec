"""What a reader of the board asks for, from the address: each value is a known one, or a clear sentence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from handlers.understanding import fold
from storage.board import NOWHERE, SHOWN
from storage.lists import Filter
from storage.states import OPEN, TicketStatus

LONGEST = 100  # letters of what is searched for
FILTERS = ("q", "category", "ward", "status")
GROUPS: Mapping[str, tuple[TicketStatus, ...]] = {
    "open": OPEN,
    "overdue": OPEN,
    "done": (TicketStatus.RESOLVED, TicketStatus.CLOSED),
}
STATUSES = (*GROUPS, *(status.value for status in SHOWN))
_DIGITS = 18  # of an id, which both databases hold in 64 bits


class BadQuestion(Exception):
    """A value that can't be; `key` names the sentence that says so."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Filters as the form has them, and where the page begins."""

    q: str = ""
    category: str = ""
    ward: str = ""
    status: str = ""
    before: int | None = None
    after: int | None = None

    @property
    def words(self) -> str:
        return fold(self.q)

    @property
    def narrows(self) -> bool:
        """Whether anything but the newest of all is asked for."""
        return any(getattr(self, name) for name in FILTERS)

    def wanted(self, now: datetime) -> Filter:
        """As the tables are asked."""
        known = TicketStatus(self.status) if self.status in set(TicketStatus) else None
        statuses = (known,) if known else GROUPS.get(self.status, SHOWN)
        return Filter(
            statuses=statuses,
            category=self.category or None,
            ward=self.ward or None,
            words=self.words,
            overdue_at=now if self.status == "overdue" else None,
        )

    def query(self, **more: int | str) -> str:
        """The same filters as the end of an address; empty where there are none."""
        values = {name: getattr(self, name) for name in FILTERS} | more
        said = urlencode({name: value for name, value in values.items() if value})
        return f"?{said}" if said else ""


def read(query: Mapping[str, str], categories: Collection[str], wards: Collection[str]) -> BoardQuery:
    """Check an address's values. Raises BadQuestion."""
    q, category, ward, status = (query.get(name, "").strip() for name in FILTERS)
    before, after = _number(query.get("before", "")), _number(query.get("after", ""))
    asked = BoardQuery(q, category, ward, status, before, after)
    if len(asked.q) > LONGEST:
        raise BadQuestion("board.too_long")
    if asked.q and not asked.words:
        raise BadQuestion("board.no_words")
    if asked.category and asked.category not in categories:
        raise BadQuestion("board.no_category")
    if asked.ward and asked.ward not in (*wards, NOWHERE):
        raise BadQuestion("board.no_ward")
    if asked.status and asked.status not in STATUSES:
        raise BadQuestion("board.no_status")
    return asked


def _number(said: str) -> int | None:
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= _DIGITS):
        raise BadQuestion("board.no_page")
    return int(said)
