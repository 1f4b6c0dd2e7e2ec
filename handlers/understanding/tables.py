"""The tables of words beside this file, read once."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

STRENGTHS = ("weak", "plain", "strong")  # a phrase that stands twice by mistake counts as the stronger


@dataclass(frozen=True, slots=True)
class DangerPair:
    """A thing and a trouble that make a danger together; `unless` one of these words is there too."""

    name: str
    things: Sequence[str]
    troubles: Sequence[str]
    unless: Sequence[str] = ()
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Tables:
    """Phrases by what they tell; written with accents, in lower case."""

    categories: Mapping[str, str]  # phrase -> category
    faint: frozenset[str]  # phrases of a category that mostly go along with another
    where: frozenset[str]  # words that make what follows a place
    defects: Mapping[str, str]  # phrase -> weak, plain or strong
    complaints: Mapping[str, str]  # the same
    chatter: Mapping[str, str]  # phrase -> what sort of chatter
    requests: Mapping[str, str]  # phrase -> asks, asks_near, improvements or repairs
    intents: Mapping[str, Sequence[str]]
    danger: Mapping[str, Sequence[str]]  # certain, likely, hurt, alarm
    danger_pairs: Sequence[DangerPair]
    ambiguous: frozenset[str]


def bundled_tables() -> Tables:
    """The tables that come with congich. Raises tomllib.TOMLDecodeError where one is broken."""
    danger, beside = _read("danger"), _read("beside")
    return Tables(
        categories=_inverted(_read("categories")),
        faint=frozenset(beside["faint"]),
        where=frozenset(beside["where"]),
        defects=_by_strength(_read("defects")),
        complaints=_by_strength(_read("complaints")),
        chatter=_inverted(_read("chatter")),
        requests=_inverted(_read("requests")),
        intents=_read("intents"),
        danger={name: danger[name] for name in ("certain", "likely", "hurt", "alarm")},
        danger_pairs=[DangerPair(**pair) for pair in danger["pairs"]],
        ambiguous=frozenset(_read("ambiguous")["words"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "tables" / f"{name}.toml").read_text("utf-8"))


def _inverted(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {phrase: name for name, phrases in table.items() for phrase in phrases}


def _by_strength(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {phrase: strength for strength in STRENGTHS for phrase in table[strength]}
