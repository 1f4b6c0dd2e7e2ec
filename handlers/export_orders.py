"""`/xuat` and `/xuatten`: tickets as a file, by an address that is good for a day.

A file that holds other tickets than were asked for looks like any other, so the answer says what is in it,
and which words it was not filtered by.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import export_links, periods
from handlers.context import Turn
from handlers.export_links import ExportRequest
from handlers.exports import Format, Names
from handlers.listing import MINE, OVERDUE, several, wanted_by
from handlers.numbers import figure
from handlers.orders import Answer, Order
from handlers.shown import short
from handlers.understanding import fold
from storage import exports
from storage.lists import Filter
from storage.states import TicketStatus

_READ, _LONGEST = 40, 10  # words of a command that may name something, and of one name
_SHOWN = 80  # letters of what is said back
_LIKE_A_PERIOD = re.compile(
    r"\d/\d|\b(?:tuan|thang|quy|nam|ngay|week|month|quarter|year|w) ?\d|\d ?(?:tuan|thang|quy|nam|ngay)\b"
    r"|\b(?:dau|cuoi) (?:tuan|thang|quy|nam)\b|\bnam (?:nay|ngoai|truoc|roi|qua)\b|\b(?:this|last) year\b"
)
_MERE = ("va", "cua", "o", "tai", "trong", "cac", "phieu", "tat ca", "file", "excel", "and", "of", "in")


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
        return order.answer("list.one_of", names=", ".join(names_of))
    period, words = period_in(order.words, turn.now, ZoneInfo(order.chat.time_zone))
    if _LIKE_A_PERIOD.search(fold(words)):
        return order.answer("export.which", words=short(order.words, _SHOWN))
    wanted = await wanted_by(turn, replace(order, words=words), otherwise=tuple(TicketStatus))
    if period is not None:
        wanted = replace(wanted, opened_from=period.start, opened_until=period.end)
    kind = next((one for one in Format if one in fold(words).split()), Format.XLSX)
    asked = ExportRequest(kind, wanted, order.chat.language, names)
    link = address + export_links.path(turn.services.seal.key, asked, turn.now)
    key = "export.ready_names" if names is Names.WRITTEN else "export.ready"
    ready = order.say(key, link=link, hours=int(export_links.LIFETIME.total_seconds() // 3600))
    return Answer("\n".join([ready, *await _told(turn, order, asked, period, words)]))


async def _told(
    turn: Turn, order: Order, asked: ExportRequest, period: periods.Period | None, words: str
) -> list[str]:
    """What the file holds, and the words that it is not filtered by."""
    filters = _filters(turn, order, asked.wanted, words)
    days = periods.written(period) if period else order.say("export.ever")
    count = figure(await exports.count(turn.session, asked.wanted), order.chat.language)
    told = [order.say("export.holds", count=count, what=" · ".join((days, *filters)))]
    known = [name for names in filters.values() for name in names]
    if unread := _without(words, [*known, *_MERE, asked.kind]):
        told.append(order.say("export.unread", words=short(unread, _SHOWN)))
    return told


def _filters(turn: Turn, order: Order, wanted: Filter, words: str) -> Mapping[str, Iterable[str]]:
    """What is filtered by, as people call it, each with the words that may have asked for it."""
    found: dict[str, Iterable[str]] = {}
    if wanted.category:
        label = order.say(f"category.{wanted.category}")
        found[label] = (wanted.category, label)
    if wanted.ward:
        place = turn.services.understand(words).place.text or ""
        found[wanted.ward] = fold(f"phường xã {wanted.ward} {place}").split()
    for one in order.departments:
        if one.key == wanted.department:
            found[one.name] = (one.key, one.name, fold(one.name).split(" va ")[0])
    if set(wanted.statuses) != set(TicketStatus):
        labels = {order.say(f"status.{one}"): one.replace("_", " ") for one in wanted.statuses}
        found |= {label: (word, label) for label, word in labels.items()}
    if wanted.overdue_at:
        found[order.say("chart.overdue")] = OVERDUE
    if wanted.taken_by:
        found[order.say("export.mine")] = MINE
    return found


def period_in(said: str, now: datetime, zone: ZoneInfo) -> tuple[periods.Period | None, str]:
    """The longest run of words that names a period, and the other words.

    "xlsx chiếu sáng tháng 10" means October.
    """
    words = said.split()
    # Of runs alike in length a date's: "phường 2 ngày 5/11" is of no two days.
    for run in sorted(_runs(words), key=lambda run: (run.start - run.stop, "/" not in " ".join(words[run]))):
        named = " ".join(words[run])
        if fold(named) and (found := periods.meant_at(named, now, zone)) is not None:
            return found, " ".join([*words[: run.start], *words[run.stop :]])
    return None, said


def _without(said: str, names: Iterable[str]) -> str:
    """Words without these names, however they are spaced, and without mere marks."""
    known, words = {_letters(name) for name in names} | {""}, said.split()
    left = dict(enumerate(words[:_READ]))
    for run in _runs(words):
        places = range(run.start, run.stop)
        if all(place in left for place in places) and _letters(" ".join(words[run])) in known:
            left = {place: word for place, word in left.items() if place not in places}
    return " ".join(left.values()).strip(" ,;.")


def _letters(name: str) -> str:
    return fold(name).replace(" ", "")


def _runs(words: list[str]) -> Iterator[slice]:
    """Words that stand together, the longest first."""
    count = min(len(words), _READ)
    for length in range(min(_LONGEST, count), 0, -1):
        yield from (slice(first, first + length) for first in range(count - length + 1))
