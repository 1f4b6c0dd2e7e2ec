"""`/xuat` and `/xuatten`: tickets as a file, by an address that is good for a day."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from handlers import export_links, periods
from handlers.context import Turn
from handlers.export_links import Asked
from handlers.exports import Format, Names
from handlers.listing import wanted_by
from handlers.orders import Answer, Order
from handlers.understanding import fold
from storage.states import TicketStatus

_WORDS = re.compile(r"\S+")


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
    wanted = await wanted_by(turn, order, otherwise=tuple(TicketStatus))
    period = _period(turn, order)
    if period is not None:
        wanted = replace(wanted, opened_from=period.start, opened_until=period.end)
    kind = next((one for one in Format if one in fold(order.words).split()), Format.XLSX)
    asked = Asked(kind, wanted, order.chat.language, names)
    link = address + export_links.path(turn.services.seal.key, asked, turn.now)
    key = "export.ready_names" if names is Names.WRITTEN else "export.ready"
    return order.answer(key, link=link, hours=int(export_links.LIFETIME.total_seconds() // 3600))


def _period(turn: Turn, order: Order) -> periods.Period | None:
    """The longest run of words that names a period: "xlsx chiếu sáng tháng 10" means October."""
    zone = ZoneInfo(order.chat.time_zone)
    today = turn.now.astimezone(zone).date()
    spans = [found.span() for found in _WORDS.finditer(order.words)]
    runs = [(first, last) for first, _ in spans for _, last in spans if first < last]
    for first, last in sorted(runs, key=lambda run: run[0] - run[1]):
        found = periods.meant(order.words[first:last], today, zone)
        if found is not None:
            return found
    return None
