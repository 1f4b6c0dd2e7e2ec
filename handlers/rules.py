"""By which rules tickets are handed out here: what was said in commands, then what the configuration says."""

from collections.abc import Sequence

from handlers import routing
from handlers.context import Turn
from handlers.routing import RoutingCase, Rule
from storage import routes, tickets
from storage.models import RouteOverride


async def whose(turn: Turn, category: str, ward: str, *, urgent: bool) -> str | None:
    """The department that a ticket is handed to; None for nobody's."""
    working = turn.policy.work.holds(turn.at.astimezone(turn.policy.work.zone))
    rules = [*await by_command(turn), *await configured(turn)]
    case = RoutingCase(category, ward, urgent, working)
    return routing.route(rules, case, turn.policy.default_department).department


async def by_command(turn: Turn) -> list[Rule]:
    """What moderators said, the newest first; of a department that there is no more nobody would hear."""
    said = await routes.overrides(turn.session)
    return [from_row(row) for row in said if turn.policy.has_department(row.department)]


async def configured(turn: Turn) -> list[Rule]:
    """The configuration's special rules, then those of the departments' own categories and wards."""
    own = [Rule(row.department, row.category, row.ward) for row in await tickets.routes(turn.session)]
    return [*turn.policy.routes, *own]


def from_row(row: RouteOverride) -> Rule:
    """A rule as it is kept."""
    return Rule(row.department, row.category, row.ward, row.urgent or None)


def still_holding(rules: Sequence[Rule], said: Sequence[Rule]) -> list[Rule]:
    """Those in whose place nothing was said."""
    gone = {_named(rule) for rule in said}
    return [rule for rule in rules if _named(rule) not in gone]


def _named(rule: Rule) -> tuple[object, ...]:
    return (rule.category, rule.ward, rule.urgent, rule.hours)
