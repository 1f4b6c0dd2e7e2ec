"""The records of a file (CSV or JSON lines), read whole and checked before the first is taken in."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.config import ConfigError
from bot.imports.mapping import ELSE, Columns, ImportMap
from handlers.periods import can_be_asked

MOST_WORDS = 20_000
AHEAD = timedelta(days=1)  # of us, as a clock of theirs may be, or an offset that is missing

Cell = Callable[[str], str]  # a column's name -> what stands there


@dataclass(frozen=True, slots=True)
class ImportedRecord:
    """One thing that was reported to the other system. `person` is not to be kept, see `history`."""

    id: str
    at: datetime
    words: str
    latitude: float | None
    longitude: float | None
    category: str
    kind: str
    closed_at: datetime | None
    note: str
    name: str
    person: str
    photo: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that can't be taken in, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def read(
    path: Path, mapping: ImportMap, zone: ZoneInfo, now: datetime
) -> tuple[list[ImportedRecord], list[Fault]]:
    """All rows, those that can be taken in and those that can't. Raises ConfigError for no such file."""
    latest = now + AHEAD
    records: dict[str, ImportedRecord] = {}
    faults: list[Fault] = []
    for line, row in _rows(path, mapping):
        try:
            record = _record(row, mapping, zone, latest)
            if record.id in records:
                raise ValueError(f"the id {record.id!r} is there twice")
            records[record.id] = record
        except ValueError as error:
            faults.append(Fault(line, str(error)))
    return sorted(records.values(), key=lambda one: (one.at, one.id)), faults


def _rows(path: Path, mapping: ImportMap) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = path.read_text(mapping.encoding)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from None
    except (ValueError, LookupError) as error:
        reason = type(error).__name__
        raise ConfigError(f"{path} can't be read ({reason}): see the mapping's encoding") from None
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        yield from _objects(text)
        return
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=mapping.delimiter)
    _check_columns(path, mapping, rows.fieldnames or ())
    try:
        for row in rows:
            yield rows.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        line = rows.line_num
        raise ConfigError(
            f"{path} can't be read behind line {line} ({error}): is a quote left open?"
        ) from None


def _objects(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            found = json.loads(written)
        except (ValueError, RecursionError):
            found = None
        plain = found if isinstance(found, dict) else {}
        yield line, {name: "" if value is None else str(value) for name, value in plain.items()}


def _check_columns(path: Path, mapping: ImportMap, there: Iterable[str]) -> None:
    named = mapping.columns.model_dump(exclude={"text"}).values()
    wanted = [one for one in (*named, *mapping.columns.text) if one]
    missing = [one for one in wanted if one not in set(there)]
    if missing:
        raise ConfigError(f"{path} has no column {missing[0]!r}: see [columns] and delimiter in the mapping")


def _record(row: Mapping[str, str], mapping: ImportMap, zone: ZoneInfo, latest: datetime) -> ImportedRecord:
    """One row; nothing in it may be after `latest`. Raises ValueError with the reason."""
    columns, of = mapping.columns, partial(_cell, row)
    if not of(columns.id):
        raise ValueError("it has no id")
    words = _words(of, columns)
    at, closed_at = _moments(of, mapping, zone)
    if (last := max(at, closed_at or at)) > latest:
        raise ValueError(f"{last:%Y-%m-%d} has not come yet")
    latitude, longitude = _spot(of(columns.latitude), of(columns.longitude))
    return ImportedRecord(
        id=of(columns.id)[:200],
        at=at,
        words=words[:MOST_WORDS],
        latitude=latitude,
        longitude=longitude,
        category=_meant(mapping.categories, of(columns.category), "categories", "other"),
        kind=_meant(mapping.kinds, of(columns.kind), "kinds", ""),
        closed_at=closed_at,
        note=of(columns.note),
        name=of(columns.name)[:100],
        person=of(columns.person),
        photo=of(columns.photo),
    )


def _cell(row: Mapping[str, str], name: str) -> str:
    """What stands in a column, as a database takes it; empty where no column is named."""
    said = row.get(name, "") if name else ""
    return said.encode("utf-8", "replace").decode().replace("\x00", "").strip()


def _words(of: Cell, columns: Columns) -> str:
    """All that was said, with the place where nothing of it names that. Raises ValueError."""
    place = of(columns.place)
    words = [part for name in columns.text if (part := of(name))]
    if place and not any(place in part for part in words):
        words.append(place)
    if not words:
        raise ValueError("it has no words")
    return "\n".join(words)


def _moments(of: Cell, mapping: ImportMap, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """When it was reported, and when it ended: at once where it has ended and nobody says when."""
    columns = mapping.columns
    at, ended = _moment(mapping, of(columns.at), zone, "at"), of(columns.closed_at)
    usual = "closed" if ended and not columns.status else "open"
    if _meant(mapping.statuses, of(columns.status), "statuses", usual) != "closed":
        return at, None
    return at, _moment(mapping, ended, zone, "closed_at") if ended else at


def _moment(mapping: ImportMap, written: str, zone: ZoneInfo, name: str) -> datetime:
    try:
        moment = mapping.moment(written, zone)
        if not can_be_asked(moment.date()):  # .NET's empty date is the first day of the year 1
            raise ValueError(written)
        return moment
    except (ValueError, OverflowError):
        shape = mapping.time or "ISO 8601"
        raise ValueError(f"{name} {written!r} is no moment as the mapping's time has it ({shape})") from None


def _meant(words: Mapping[str, str], word: str, section: str, default: str) -> str:
    """What a word of the other system means here."""
    if not words or not word:
        return words.get(ELSE, default)
    if word not in words and ELSE not in words:
        raise ValueError(f"{word!r} is not in [{section}] of the mapping; {ELSE!r} there would take it")
    return words.get(word, words.get(ELSE, default))


def _spot(latitude: str, longitude: str) -> tuple[float | None, float | None]:
    if not latitude and not longitude:
        return None, None
    try:
        spot = float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    except ValueError:
        raise ValueError(f"{latitude!r}, {longitude!r} are no latitude and longitude") from None
    if not (-90 <= spot[0] <= 90 and -180 <= spot[1] <= 180):
        raise ValueError(f"{latitude!r}, {longitude!r} are no place on earth")
    return spot
