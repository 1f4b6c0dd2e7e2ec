"""The classifier that the tests of this folder share, and the labelled messages."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from handlers.understanding import Candidate, Intent, Kind, RuleClassifier

READ = RuleClassifier.bundled()
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of messages.jsonl, written by hand for this project."""

    text: str
    kind: Kind
    category: str | None
    intent: Intent
    urgent: bool
    street: str | None


def labelled() -> list[Labelled]:
    """The labelled messages, in the order of their file."""
    lines = Path(__file__).with_name("messages.jsonl").read_text("utf-8").splitlines()
    return [_labelled(line) for line in lines]


def _labelled(line: str) -> Labelled:
    row = json.loads(line)
    return Labelled(
        row["text"],
        Kind(row["kind"]),
        row["category"],
        Intent(row["intent"]),
        row["urgent"],
        row.get("street"),
    )


def candidate(text: str, age: timedelta = timedelta(days=1), photos: tuple[int, ...] = ()) -> Candidate:
    """A ticket opened by a text some time ago."""
    seen = READ(text)
    return Candidate(1, text, seen.category, seen.place, NOW - age, photos)
