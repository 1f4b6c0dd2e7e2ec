"""Labelled messages: a file of them, one JSON object a line, and what a model is shown of each."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from handlers.understanding.classifier import FeatureReader
from handlers.understanding.learning.fit import Example
from handlers.understanding.learning.noise import COPIES, Luck
from handlers.understanding.values import Kind

CORPUS = "corpus"
LEARNED, HELD_BACK = "learned.jsonl", "held_back.jsonl"


class BadLine(Exception):
    """A line that is no labelled message; the text names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message and what a person says of it; None where nobody said."""

    text: str
    kind: str | None = None
    category: str | None = None
    place: str | None = None
    urgent: bool | None = None
    intent: str | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Head -> class, for the heads that it is labelled for."""
        named = {"kind": self.kind, "category": self.category, "intent": self.intent}
        if self.urgent is not None:
            named["urgent"] = "yes" if self.urgent else "no"
        return {name: value for name, value in named.items() if value is not None}


def read(lines: Sequence[str]) -> list[Labelled]:
    """The messages of a file's lines; empty lines are skipped. Raises BadLine."""
    return [_labelled(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def bundled(name: str) -> list[Labelled]:
    """A file of the corpus that comes with congich."""
    return read((files("handlers.understanding") / CORPUS / name).read_text("utf-8").splitlines())


def digest(rows: Sequence[Labelled]) -> str:
    """What a model learned from, in 16 hex digits."""
    whole = json.dumps([[row.text, row.labels] for row in rows], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def typings(
    rows: Sequence[tuple[str, Mapping[str, str]]], reader: FeatureReader, luck: Luck
) -> Iterator[Example]:
    """Each message as it is, and as it might be typed: without accents, in a hurry, both.

    Messages of the same words are one group: else a fold would be asked what it has learned by heart.
    """
    groups: dict[tuple[str, ...], int] = {}
    for text, labels in rows:
        words, _, views = reader.views(text)
        group = groups.setdefault(words.bare, len(groups))
        yield Example(views, labels, group)
        for typed in COPIES:
            yield Example(reader.views(typed(text, luck))[2], labels, group, typed=True)


def _labelled(number: int, line: str) -> Labelled:
    try:
        row: Any = json.loads(line)
    except ValueError:
        raise BadLine(f"line {number}: no JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadLine(f'line {number}: no object with a "text"')
    kind = row.get("kind")
    if kind is not None and kind not in list(Kind):
        raise BadLine(f"line {number}: {kind!r} is no kind; one of {', '.join(Kind)}")
    known = {name: row.get(name) for name in ("kind", "category", "place", "urgent", "intent")}
    return Labelled(text=row["text"], **known)
