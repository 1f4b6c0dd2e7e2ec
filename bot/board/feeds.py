"""The board for programs: an Atom feed of what changed (RFC 4287), and JSON page by page."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from bot.board.reading import Sheet
from bot.board.words import BoardTexts
from handlers.exports import Value
from handlers.public import Public, PublicPhoto

ATOM = "http://www.w3.org/2005/Atom"
LENGTH = 50
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Link = Callable[[str], str]  # a path -> its whole address


def atom(
    entries: Sequence[tuple[Public, datetime]],
    words: BoardTexts,
    link: Link,
    here: str,
    title: str,
    now: datetime,
) -> str:
    """A feed whose entries come again when their ticket moves on; `here`: its path and query."""
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": words.language})
    _put(feed, "id", link(here))
    _put(feed, "title", title)
    _put(feed, "updated", (entries[0][1] if entries else now).isoformat())
    ET.SubElement(feed, "author").append(_named(title))
    ET.SubElement(feed, "link", {"rel": "self", "href": link(here)})
    ET.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": link("/board")})
    for ticket, at in entries:
        feed.append(_entry(ticket, at, words, link))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode")


def page(sheet: Sheet, link: Link, following: str, zone: ZoneInfo) -> str:
    """A page of tickets as JSON; `next` is the address of the one after it."""
    tickets = [_json(ticket, link, zone) for ticket in sheet.tickets]
    more = link(following) if sheet.before else None
    return json.dumps({"tickets": tickets, "next": more}, ensure_ascii=False, indent=1)


def _entry(ticket: Public, at: datetime, words: BoardTexts, link: Link) -> ET.Element:
    entry = ET.Element("entry")
    address = link(f"/board/{ticket.code}")
    status = words.name("status", ticket.status.value)
    _put(entry, "id", address)
    _put(entry, "title", f"#{ticket.code} {words.title(ticket)} ({status})")
    _put(entry, "updated", at.isoformat())
    _put(entry, "published", ticket.opened_at.isoformat())
    ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
    ET.SubElement(
        entry, "category", {"term": ticket.category, "label": words.name("category", ticket.category)}
    )
    _put(entry, "summary", ticket.summary or words.title(ticket))
    return entry


def _put(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _xml(text)


def _named(title: str) -> ET.Element:
    name = ET.Element("name")
    name.text = _xml(title)
    return name


def _xml(text: str) -> str:
    """Without what XML 1.0 has no way to write."""
    return _UNWRITABLE.sub("", text)


def _json(ticket: Public, link: Link, zone: ZoneInfo) -> dict[str, object]:
    row = {name: _plain(value, zone) for name, value in ticket.row().items()}
    photos = {
        name: [_address(one, link) for one in pictures]
        for name, pictures in (("photos", ticket.before), ("photos_after", ticket.after))
    }
    return {**row, **photos, "link": link(f"/board/{ticket.code}")}


def _address(picture: PublicPhoto, link: Link) -> str:
    return link(f"/board/photos/{picture.content_hash}")


def _plain(value: Value, zone: ZoneInfo) -> object:
    return value.astimezone(zone).isoformat() if isinstance(value, datetime) else value
