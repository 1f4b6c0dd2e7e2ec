"""The tables of words beside this file, read once."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

STRENGTHS = {"strong": 1.7, "plain": 1.1, "weak": 0.5}
AGAINST = {"questions": 1.5, "adverts": 1.5, "notices": 1.7, "news": 1.6, "talk": 1.3, "answers": 1.7}


@dataclass(frozen=True, slots=True)
class Tables:
    """Phrases by what they tell; written with accents, in lower case."""

    categories: Mapping[str, str]  # phrase -> category
    faint: frozenset[str]  # phrases of a category that mostly go along with another
    where: frozenset[str]  # words that make what follows a place
    defects: Mapping[str, float]  # phrase -> how much it tells, like those below
    complaints: Mapping[str, float]
    chatter: Mapping[str, float]
    requests: Mapping[str, str]  # phrase -> asks, asks_near, improvements or repairs
    intents: Mapping[str, Sequence[str]]
    danger: Sequence[str]
    danger_pairs: Sequence[tuple[Sequence[str], Sequence[str], Sequence[str]]]  # things, troubles, unless
    ambiguous: frozenset[str]


def bundled_tables() -> Tables:
    """The tables that come with congich. Raises tomllib.TOMLDecodeError where one is broken."""
    danger, beside = _read("danger"), _read("beside")
    return Tables(
        categories=_inverted(_read("categories")),
        faint=frozenset(beside["faint"]),
        where=frozenset(beside["where"]),
        defects=_weighed(_read("defects")),
        complaints=_weighed(_read("complaints")),
        chatter={phrase: AGAINST[name] for phrase, name in _inverted(_read("chatter")).items()},
        requests=_inverted(_read("requests")),
        intents=_read("intents"),
        danger=danger["always"],
        danger_pairs=[(pair["things"], pair["troubles"], pair.get("unless", ())) for pair in danger["pairs"]],
        ambiguous=frozenset(_read("ambiguous")["words"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "tables" / f"{name}.toml").read_text("utf-8"))


def _inverted(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {phrase: name for name, phrases in table.items() for phrase in phrases}


def _weighed(table: Mapping[str, Sequence[str]]) -> dict[str, float]:
    # The strong are read last: a phrase that stands twice by mistake counts as the stronger.
    return {
        phrase: STRENGTHS[strength] for strength in ("weak", "plain", "strong") for phrase in table[strength]
    }
