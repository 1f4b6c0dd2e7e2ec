"""Reads a conversation: who said or did what and when, and what came of it, line by line."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 16)
GROUP, ROOM, DESK, PRIVATE = "", "điều hành", "đơn vị", "riêng"

_TITLE = re.compile(r"#+\s*(?P<title>.+)")
_DAY = re.compile(r"--\s*(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}))?")
_ACTED = re.compile(r"(?P<clock>\d{2}:\d{2}(?::\d{2})?)\s+(?P<what>.+)")
_WHERE = r"(?P<who>[^\s(:]+)(?: \((?P<where>[^)]+)\))?"
_REACTED = re.compile(_WHERE + r" thả (?P<emoji>\S+) cho (?P<target>.+)")
_PRESSED = re.compile(_WHERE + r' bấm "(?P<label>[^"]+)" ở (?P<target>\[đ?\d+\])')
_EDITED = re.compile(_WHERE + r" sửa: (?P<text>.+)")
_SAID = re.compile(_WHERE + r"(?: trả lời (?P<target>[^:]+))?: ?(?P<text>.*)")
_PHOTOS = re.compile(r"\[(?P<count>\d+) hình\]\s*")
_LOCATION = re.compile(r"\[vị trí (?P<latitude>[\d.]+), (?P<longitude>[\d.]+)\]\s*")
WAIT = "(chờ)"
TICKETS = "Phiếu:"
NEEDS = "Cần: "


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody posts. `target`: whose last message, or which post of the bot, it replies to."""

    who: str
    where: str
    text: str
    photos: int = 0
    target: str | None = None
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody changes the words of their last message."""

    who: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class ReactedTo:
    who: str
    where: str
    emoji: str
    target: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody presses a button by its words."""

    who: str
    where: str
    label: str
    target: str


@dataclass(frozen=True, slots=True)
class Waited:
    """Time goes by."""


Action = Said | Edited | ReactedTo | Pressed | Waited


@dataclass
class Step:
    """One line of what people did, and the lines of what was to be seen then."""

    line: int
    at: datetime
    written: str
    action: Action
    seen: list[str] = field(default_factory=list)


@dataclass
class Conversation:
    """One conversation with everything that it expects."""

    title: str
    file: str
    steps: list[Step] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    needs: frozenset[str] = frozenset()  # what a platform must be able to do for exactly this
    options: list[str] = field(default_factory=list)  # "> key = value": what this city has set
    days: dict[int, str] = field(default_factory=dict)  # a step's place -> the day as written before it


class Unreadable(Exception):
    """A line that says nothing we know."""


def read(path: Path) -> list[Conversation]:
    """The conversations of a file. Raises Unreadable with the line."""
    found: list[Conversation] = []
    day, in_tickets = MONDAY, False
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if title := _TITLE.fullmatch(line):
            found.append(Conversation(title["title"], path.name))
            day, in_tickets = MONDAY, False
        elif not line or not found:
            continue
        elif line.startswith(NEEDS):
            found[-1].needs = frozenset(line.removeprefix(NEEDS).split(", "))
        elif line.startswith("> "):
            found[-1].options.append(line.removeprefix("> "))
        elif jump := _DAY.fullmatch(line):
            day = date(int(jump["year"] or day.year), int(jump["month"]), int(jump["day"]))
            found[-1].days[len(found[-1].steps)] = line
        elif line == TICKETS:
            in_tickets = True
        elif in_tickets:
            found[-1].tickets.append(line)
        elif raw.startswith(" "):
            found[-1].steps[-1].seen.append(line)
        else:
            found[-1].steps.append(_step(path, number, line, day))
    return found


def options(conversation: Conversation) -> dict[str, Any]:
    """The settings of a conversation's city, as its configuration has them."""
    return tomllib.loads("\n".join(conversation.options))


def _step(path: Path, number: int, line: str, day: date) -> Step:
    acted = _ACTED.fullmatch(line)
    action = _action(acted["what"]) if acted else None
    if acted is None or action is None:
        raise Unreadable(f"{path.name}:{number}: {line!r}")
    local = datetime.combine(day, time.fromisoformat(acted["clock"]), ZONE)
    return Step(number, local.astimezone(UTC), line, action)


def _action(what: str) -> Action | None:
    if what == WAIT:
        return Waited()
    if found := _PRESSED.fullmatch(what):
        return Pressed(found["who"], found["where"] or GROUP, found["label"], found["target"])
    if found := _REACTED.fullmatch(what):
        return ReactedTo(found["who"], found["where"] or GROUP, found["emoji"], found["target"])
    if found := _EDITED.fullmatch(what):
        return Edited(found["who"], found["where"] or GROUP, _lines(found["text"]))
    found = _SAID.fullmatch(what)
    return _said(found) if found else None


def _said(found: re.Match[str]) -> Said:
    text, photos, location = found["text"], 0, None
    if shown := _PHOTOS.match(text):
        photos, text = int(shown["count"]), text[shown.end() :]
    if shared := _LOCATION.match(text):
        location = float(shared["latitude"]), float(shared["longitude"])
        text = text[shared.end() :]
    return Said(found["who"], found["where"] or GROUP, _lines(text), photos, found["target"], location)


def _lines(text: str) -> str:
    return text.replace(" ⏎ ", "\n")
