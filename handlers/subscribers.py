"""Systems outside that hear of tickets, and what each hears of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.models import Ticket, TicketEvent
from storage.states import TicketStatus

TOLD_BY = "told_by"  # in a history row's detail: the receiver that told us
# Nobody outside hears of these unless they ask.
QUIET = frozenset({"reaction", "hidden", "shown", "photos_shown", "photos_hidden"})


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A receiver, and what it hears of: of all where a set is empty."""

    name: str
    actions: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    department: str | None = None
    once: bool = False  # a ticket is told to it once, whatever happens to it later
    only: Callable[[Ticket], bool] | None = None  # of tickets that are so

    def wants(self, event: TicketEvent, ticket: Ticket) -> bool:
        """Whether it hears of this; whose ticket it was hears that it is not theirs any more."""
        if event.action not in self.actions if self.actions else event.action in QUIET:
            return False
        if self.department is not None and self.department not in _departments(event, ticket):
            return False
        ours = not self.categories or ticket.category in self.categories
        return ours and (self.only is None or self.only(ticket))


def is_taken_up(ticket: Ticket) -> bool:
    """Whether somebody has said that it is to be worked."""
    return ticket.status in (TicketStatus.ACCEPTED, TicketStatus.IN_PROGRESS)


def is_handed_over(ticket: Ticket) -> bool:
    """Whether its department is to see it: once somebody took it on, or at once where a life is in danger."""
    return ticket.status != TicketStatus.NEW or ticket.urgent


def _departments(event: TicketEvent, ticket: Ticket) -> tuple[str | None, ...]:
    """Whose it is, and whose it was until this happened."""
    before, _ = event.detail.get("changes", {}).get("department", (None, None))
    return ticket.department, before


def hearing(
    subscribers: Iterable[Subscriber], ticket: Ticket, event: TicketEvent, source: str = ""
) -> list[Subscriber]:
    """Who hears of a row of history; what a receiver told us itself is not told back to it.

    `source`: the system that reported the ticket, which has it already.
    """
    tellers = {event.detail.get(TOLD_BY), source}
    return [one for one in subscribers if one.name not in tellers and one.wants(event, ticket)]
