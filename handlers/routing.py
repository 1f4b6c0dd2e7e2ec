"""Whose a ticket is: rules by category, ward, urgency and hours, the most exact first; a pure decision.

A rule that names more holds before one that names less; of two that name as much, the one told first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Hours(StrEnum):
    """When a rule holds: always, in working hours, or outside of them."""

    ALWAYS = ""
    WORKING = "working"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Rule:
    """Hands what it names to a department; what is empty or None is anything."""

    department: str
    category: str = ""
    ward: str = ""
    urgent: bool | None = None
    hours: Hours = Hours.ALWAYS

    @property
    def exactness(self) -> int:
        """How much it names."""
        return sum((bool(self.category), bool(self.ward), self.urgent is not None, bool(self.hours)))

    def holds(self, case: "RoutingCase") -> bool:
        """Whether it is about this ticket."""
        return (
            self.category in ("", case.category)
            and self.ward in ("", case.ward)
            and self.urgent in (None, case.urgent)
            and self.hours in (Hours.ALWAYS, Hours.WORKING if case.working else Hours.OFF)
        )

    def words(self) -> str:
        """As an operator reads it."""
        urgency = {None: "", True: "urgent", False: "not urgent"}[self.urgent]
        hours = {Hours.WORKING: "in working hours", Hours.OFF: "outside working hours"}.get(self.hours, "")
        named = [part for part in (self.category, self.ward and f"in {self.ward}", urgency, hours) if part]
        return f"{', '.join(named) or 'anything'} -> {self.department}"


@dataclass(frozen=True, slots=True)
class RoutingCase:
    """What is known of a ticket when it is handed out."""

    category: str
    ward: str
    urgent: bool
    working: bool  # whether it is said in working hours


@dataclass(frozen=True, slots=True)
class Routed:
    """Whose it is, None for nobody's; by which rule, and which others would have held."""

    department: str | None
    rule: Rule | None
    others: tuple[Rule, ...] = ()


def route(rules: Sequence[Rule], case: RoutingCase, default: str = "") -> Routed:
    """Whose a ticket is."""
    holding = sorted((rule for rule in rules if rule.holds(case)), key=lambda rule: -rule.exactness)
    if holding:
        return Routed(holding[0].department, holding[0], tuple(holding[1:]))
    return Routed(default or None, None)


def explained(case: RoutingCase, routed: Routed, names: dict[str, str]) -> list[str]:
    """Why, in lines for an operator."""
    urgency, hours = ("urgent" if case.urgent else "not urgent"), ("working" if case.working else "off")
    lines = [f"category {case.category}, ward {case.ward or 'unknown'}, {urgency}, {hours} hours"]
    if routed.department is None:
        return [*lines, "no rule holds and there is no routing.default: moderators hand it over"]
    name = names.get(routed.department, routed.department)
    by = f"by the rule: {routed.rule.words()}" if routed.rule else "by routing.default: no rule holds"
    return [
        *lines,
        f"goes to {routed.department} ({name}), {by}",
        *(f"rather than: {one.words()}" for one in routed.others),
    ]
