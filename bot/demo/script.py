"""The sample week's people and steps, read from the files beside this one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class DemoMember:
    """One person of the sample."""

    name: str
    role: str  # member, moderator or department
    department: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does: posts, edits or presses.

    `on` names the message whose ticket a press, or the `{code}` in a command, is about.
    """

    key: str
    at: datetime
    chat: str  # community or moderation
    by: str
    text: str = ""
    photos: tuple[tuple[str, int], ...] = ()  # (scene, variant)
    reply_to: str | None = None
    location: tuple[float, float] | None = None
    edit_of: str | None = None
    press: str | None = None
    on: str | None = None
    expect_kind: str | None = None


def load_members() -> dict[str, DemoMember]:
    """The people, by id."""
    rows = json.loads(_text("members.json"))
    return {
        person: DemoMember(row["name"], row["role"], row.get("department")) for person, row in rows.items()
    }


def load_steps(monday: date, zone: ZoneInfo) -> list[Step]:
    """The steps of the week that begins on a Monday. Raises ValueError naming a bad line."""
    return list(_steps(_text("week.jsonl"), monday, zone))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _steps(text: str, monday: date, zone: ZoneInfo) -> Iterator[Step]:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            yield _step(json.loads(line), monday, zone)
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"week.jsonl, line {number}: {type(error).__name__}: {error}") from None


def _step(row: Mapping[str, Any], monday: date, zone: ZoneInfo) -> Step:
    location = row.get("location")
    return Step(
        key=row["key"],
        at=_moment(row["at"], monday, zone),
        chat=row.get("chat", "community"),
        by=row["by"],
        text=row.get("text", ""),
        photos=tuple(_photo(name) for name in row.get("photos", ())),
        reply_to=row.get("reply_to"),
        location=(location[0], location[1]) if location else None,
        edit_of=row.get("edit_of"),
        press=row.get("press"),
        on=row.get("on"),
        expect_kind=row.get("expect", {}).get("kind"),
    )


def _photo(name: str) -> tuple[str, int]:
    scene, _, variant = name.partition(":")
    return scene, int(variant or 0)


def _moment(said: str, monday: date, zone: ZoneInfo) -> datetime:
    day, _, clock = said.partition(" ")
    return datetime.combine(monday + timedelta(days=DAYS.index(day)), time.fromisoformat(clock), zone)
