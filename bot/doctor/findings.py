"""A finding, and what a list of them comes to: order, exit code, summary, JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

INDENT = " " * 8


class Level(StrEnum):
    """How bad it is, the worst first."""

    WRONG = "wrong"  # the bot does not do its work like this
    ADVICE = "advice"  # it works, and could work better
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `code` is its name in docs/doctor.md: the subject, a dot, the matter."""

    level: Level
    code: str
    says: str
    remedy: str = ""

    @property
    def subject(self) -> str:
        """Whose finding it is: `telegram` of `telegram.privacy`."""
        return self.code.partition(".")[0]

    @property
    def headline(self) -> str:
        return f"{self.subject}: {self.says}"


def ok(code: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, code, says)


def advice(code: str, says: str, remedy: str) -> Finding:
    """It works, and could work better."""
    return Finding(Level.ADVICE, code, says, remedy)


def wrong(code: str, says: str, remedy: str) -> Finding:
    """It does not work like this."""
    return Finding(Level.WRONG, code, says, remedy)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; within a level as they came."""
    ranks = list(Level)
    return sorted(findings, key=lambda one: ranks.index(one.level))


def exit_code(findings: Iterable[Finding]) -> int:
    """0 where nothing is wrong, else 1."""
    return int(any(one.level is Level.WRONG for one in findings))


def summary(findings: Iterable[Finding]) -> str:
    """The last line."""
    counts = _counts(findings)
    said = f"{counts['wrong']} wrong, {counts['advice']} to consider, {counts['ok']} ok"
    return f"{said}: congich can work" if not counts["wrong"] else said


def as_json(findings: Sequence[Finding]) -> str:
    """One object: every finding with its remedy, and how many there are of each level."""
    rows = [
        {"level": one.level, "code": one.code, "subject": one.subject, "says": one.says, "remedy": one.remedy}
        for one in findings
    ]
    return json.dumps({"findings": rows, **_counts(findings)}, ensure_ascii=False, indent=2)


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    found = Counter(one.level for one in findings)
    return {level.value: found[level] for level in Level}
