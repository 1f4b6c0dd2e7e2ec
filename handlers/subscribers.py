"""Systems outside that hear of tickets, and what each hears of."""

from collections.abc import Iterable
from dataclasses import dataclass

from storage.models import Ticket, TicketEvent
from storage.states import TicketStatus

TOLD_BY = "told_by"  # in a history row's detail: the receiver that told us
_TAKEN_UP = (TicketStatus.ACCEPTED, TicketStatus.IN_PROGRESS)
QUIET = frozenset({"reaction"})  # nobody outside hears of these unless they ask


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A receiver, and what it hears of: of all where a set is empty."""

    name: str
    actions: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    department: str | None = None
    once: bool = False  # a ticket is told to it once, whatever happens to it later
    taken_up: bool = False  # only of tickets that somebody has said are to be worked

    def wants(self, action: str, ticket: Ticket) -> bool:
        """Whether it hears of this."""
        heard = action in self.actions if self.actions else action not in QUIET
        ours = not self.categories or ticket.category in self.categories
        worked = ticket.status in _TAKEN_UP or not self.taken_up
        return heard and ours and worked and self.department in (None, ticket.department)


def hearing(
    subscribers: Iterable[Subscriber], ticket: Ticket, event: TicketEvent, source: str = ""
) -> list[Subscriber]:
    """Who hears of a row of history; what a receiver told us itself is not told back to it.

    `source`: the system that reported the ticket, which has it already.
    """
    tellers = {event.detail.get(TOLD_BY), source}
    return [one for one in subscribers if one.name not in tellers and one.wants(event.action, ticket)]
