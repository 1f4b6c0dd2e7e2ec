"""`/xuat` and `/xuatten`: tickets as a file, by an address that is good for a day."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import export_links, periods
from handlers.context import Turn
from handlers.export_links import ExportRequest
from handlers.exports import Format, Names
from handlers.listing import several, wanted_by
from handlers.orders import Answer, Order
from handlers.understanding import fold
from storage.states import TicketStatus

_READ, _LONGEST = 40, 8  # words of a command that may name a period, and of a period's name


async def export(turn: Turn, order: Order) -> Answer:
    """Tickets as a file: CSV, XLSX, JSONL or GeoJSON, of a period, filtered as a list is."""
    return await _export(turn, order, Names.PSEUDONYMS)


async def export_names(turn: Turn, order: Order) -> Answer:
    """Tickets as a file with reporters' names, words as they were written, and links to the posts."""
    return await _export(turn, order, Names.WRITTEN)


async def _export(turn: Turn, order: Order, names: Names) -> Answer:
    address = turn.services.address
    if not address:
        return order.answer("export.nowhere")
    if names_of := await several(turn, order):
        return order.answer("export.one_of", names=", ".join(names_of))
    wanted = await wanted_by(turn, order, otherwise=tuple(TicketStatus))
    period = period_in(order.words, turn.now, ZoneInfo(order.chat.time_zone))
    if period is not None:
        wanted = replace(wanted, opened_from=period.start, opened_until=period.end)
    kind = next((one for one in Format if one in fold(order.words).split()), Format.XLSX)
    asked = ExportRequest(kind, wanted, order.chat.language, names)
    link = address + export_links.path(turn.services.seal.key, asked, turn.now)
    key = "export.ready_names" if names is Names.WRITTEN else "export.ready"
    return order.answer(key, link=link, hours=int(export_links.LIFETIME.total_seconds() // 3600))


def period_in(said: str, now: datetime, zone: ZoneInfo) -> periods.Period | None:
    """The longest run of words that names a period: "xlsx chiếu sáng tháng 10" means October."""
    today, words = now.astimezone(zone).date(), said.split()[:_READ]
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            found = periods.meant(" ".join(words[first : first + length]), today, zone)
            if found is not None:
                return found
    return None
