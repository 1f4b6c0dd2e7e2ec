"""Systems outside that hear of tickets, and what each hears of."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from storage.models import Ticket, TicketEvent
from storage.states import TicketStatus
from storage.tickets import UNDONE

ERASED = "erased"
TOLD_BY = "told_by"  # in a history row's detail: the receiver that told us
# Nobody outside hears of these unless they ask.
QUIET = frozenset({"reaction", "hidden", "shown", "photos_shown", "photos_hidden", "photos_unjudged"})
# All that a row of history may say happened; the catalogues have words for each (`history.opened`).
ACTIONS = (
    "opened", "voice", "reaction", "accept", "start", "assigned", "declined", "promised", "pause", "resume",
    "deadline", "resolve", "reject", "reopen", "close", "merge", "absorbed", "released", "reclassified",
    "urgent", "calm", "placed", "located", "added", "amended", "comment", "split", UNDONE, "overdue",
    "satisfied", "dissatisfied", "withdrawn", ERASED, "hidden", "shown", "photos_shown", "photos_hidden",
    "photos_unjudged",
)  # fmt: skip
_TAKEN_UP = (TicketStatus.ACCEPTED, TicketStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A receiver, and what it hears of: of all where a set is empty.

    `actions` such as "undone:status": only where that field changed by it.
    """

    name: str
    actions: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    department: str | None = None
    once: bool = False  # a ticket is told to it once, whatever happens to it later
    only: Callable[[Ticket], bool] | None = None  # of tickets that are so

    def wants(self, event: TicketEvent, ticket: Ticket) -> bool:
        """Whether it hears of this; whose ticket it was hears that it is not theirs any more."""
        if self._is_quiet(event):
            return False
        whose = _now_and_before(event, ticket, "department")
        if self.department is not None and self.department not in whose:
            return False
        return self._has(event, ticket) and (self.only is None or self.only(ticket) or self._had(event))

    def _is_quiet(self, event: TicketEvent) -> bool:
        """Whether such things are no news to it."""
        if not self.actions:
            return event.action in QUIET
        exact = (f"{event.action}:{field}" for field in event.detail.get("changes", {}))
        return self.actions.isdisjoint({event.action, *exact})

    def _has(self, event: TicketEvent, ticket: Ticket) -> bool:
        """Whether it is, or was until this happened, of a category that it hears of."""
        if not self.categories:
            return True
        category = _now_and_before(event, ticket, "category")
        return not self.categories.isdisjoint(category[:1] if self.once else category)

    def _had(self, event: TicketEvent) -> bool:
        """Whether it had the ticket until somebody took that back."""
        return not self.once and event.action == UNDONE and event.from_status in _TAKEN_UP


def is_taken_up(ticket: Ticket) -> bool:
    """Whether somebody has said that it is to be worked."""
    return ticket.status in _TAKEN_UP


def is_handed_over(ticket: Ticket) -> bool:
    """Whether its department is to see it: once somebody took it on, or at once where a life is in danger."""
    return ticket.status != TicketStatus.NEW or ticket.urgent


def _now_and_before(event: TicketEvent, ticket: Ticket, field: str) -> tuple[str | None, ...]:
    """What a field is, and what it was until this happened."""
    before, _ = event.detail.get("changes", {}).get(field, (None, None))
    return getattr(ticket, field), before


def hearing(
    subscribers: Iterable[Subscriber],
    ticket: Ticket,
    event: TicketEvent,
    source: str = "",
    had: Collection[str] = (),
) -> list[Subscriber]:
    """Who hears of a row of history; what a receiver told us itself is not told back to it.

    `source`: the system that reported the ticket, which has it already. `had`: who was told of it before:
    once is enough for some, and all of them hear that its words are to be forgotten.
    """
    tellers = {event.detail.get(TOLD_BY), source}
    return [one for one in subscribers if one.name not in tellers and _hears(one, ticket, event, had)]


def _hears(one: Subscriber, ticket: Ticket, event: TicketEvent, had: Collection[str]) -> bool:
    if one.once:
        return one.name not in had and one.wants(event, ticket)
    return one.wants(event, ticket) or (event.action == ERASED and one.name in had)
