"""Systems outside that hear of tickets, and what each hears of."""

from collections.abc import Iterable
from dataclasses import dataclass

from storage.models import Ticket, TicketEvent

TOLD_BY = "told_by"  # in a history row's detail: the receiver that told us
QUIET = frozenset({"reaction"})  # nobody outside hears of these unless they ask


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A receiver, and what it hears of: of all where a set is empty."""

    name: str
    actions: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    department: str | None = None
    once: bool = False  # a ticket is told to it once, whatever happens to it later

    def wants(self, action: str, ticket: Ticket) -> bool:
        """Whether it hears of this."""
        heard = action in self.actions if self.actions else action not in QUIET
        ours = not self.categories or ticket.category in self.categories
        return heard and ours and self.department in (None, ticket.department)


def hearing(subscribers: Iterable[Subscriber], ticket: Ticket, event: TicketEvent) -> list[Subscriber]:
    """Who hears of a row of history; what a receiver told us itself is not told back to it."""
    teller = event.detail.get(TOLD_BY)
    return [one for one in subscribers if one.name != teller and one.wants(event.action, ticket)]
