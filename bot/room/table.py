"""The table of tickets: its filter stands in the address, so that it can be kept and sent to somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.room.door import Visit
from bot.room.forms import MANY
from handlers import buttons, periods
from handlers.understanding import fold
from storage import desk, members, messages, states, tickets
from storage.desk import Sort, TicketQuery
from storage.lists import Filter
from storage.models import row_id
from storage.states import TicketStatus

PAGE = 50  # at most as many as one command takes (handlers/bulk.py)
OPEN, ALL, NOBODY = "open", "all", "-"
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What the address asks for; `fields` are its words, to be shown in the form again."""

    wanted: TicketQuery
    page: int
    fields: Mapping[str, str]

    @property
    def narrows(self) -> bool:
        """Whether more than words is asked for."""
        return self.wanted != TicketQuery(Filter(words=self.wanted.filter.words))


def read(query: Mapping[str, str], zone: ZoneInfo, now: datetime, ward: str) -> TableQuery:
    """The filter of an address; what it can't mean is left out. `ward` is the one its words name."""
    fields = {name: value.replace("\0", "").strip() for name, value in query.items()}
    department = fields.get("department", "")
    from_day, until_day = _day(fields.get("from", "")), _day(fields.get("until", ""))
    wanted = Filter(
        statuses=_statuses(fields.get("status", "")),
        category=fields.get("category") or None,
        department=department if department not in ("", NOBODY) else None,
        overdue_at=now if fields.get("overdue") else None,
        ward=ward or None,
        words=fold(fields.get("words", "")),
        opened_from=_midnight(from_day, zone) if from_day else None,
        opened_until=_midnight(until_day + timedelta(days=1), zone) if until_day else None,
    )
    sort = fields.get("sort", "")
    return TableQuery(
        TicketQuery(
            wanted,
            urgent=bool(fields.get("urgent")),
            unassigned=department == NOBODY,
            sort=Sort(sort) if sort in set(Sort) else Sort.URGENT,
        ),
        page=_page(fields.get("page", "")),
        fields=fields,
    )


async def show(visit: Visit) -> web.StreamResponse:
    """One page of the table."""
    query = visit.request.query
    asked = read(query, ZoneInfo(visit.chat.time_zone), visit.now, query.get("ward", "").replace("\0", ""))
    async with visit.desk.database.read() as session:
        number = await desk.counted(session, asked.wanted)
        last = max(1, -(-number // PAGE))
        page = min(asked.page, last)
        values = {
            "asked": asked,
            "number": number,
            "page": page,
            "last": last,
            "statuses": list(TicketStatus),
            "sorts": list(Sort),
            "categories": visit.desk.services.policy.categories,
            "wards": await desk.wards(session),
            "departments": await tickets.department_names(session),
            "there": visit.desk.services.policy.has_department,
            "reasons": {word: visit.say(f"reason.{word}") for word in buttons.REASONS},
            "acts": MANY,
            "pulse": await desk.pulse(session),
            **await _rows(session, asked.wanted, page),
        }
    values["address"] = {
        one: str(visit.request.rel_url.without_query_params("said").update_query(page=one))
        for one in (page - 1, page + 1)
    }
    return visit.page("room_tickets.html", values)


async def _rows(session: AsyncSession, wanted: TicketQuery, page: int) -> dict[str, object]:
    found = await desk.listed(session, wanted, PAGE, offset=(page - 1) * PAGE)
    ids = [row_id(ticket) for ticket in found]
    return {
        "found": found,
        "names": await members.names(session, {ticket.reporter_id for ticket in found}),
        "thumbs": await messages.first_photos(session, ids),
    }


def _statuses(word: str) -> tuple[TicketStatus, ...]:
    if word == ALL:
        return tuple(TicketStatus)
    return (TicketStatus(word),) if word in set(TicketStatus) else states.OPEN


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if periods.can_be_asked(day) else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _page(written: str) -> int:
    is_number = written.isascii() and written.isdecimal() and len(written) <= 5
    return min(max(int(written), 1), MOST_PAGES) if is_number else 1
