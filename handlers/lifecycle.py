"""The ticket's allowed moves. Nothing else changes a status."""

from enum import StrEnum

from storage.models import Ticket
from storage.states import OPEN
from storage.states import TicketStatus as Status


class Move(StrEnum):
    ACCEPT = "accept"
    START = "start"
    RESOLVE = "resolve"
    CLOSE = "close"
    REJECT = "reject"
    MERGE = "merge"
    REOPEN = "reopen"


class NotAllowed(Exception):
    """A move that a ticket's status does not allow."""

    def __init__(self, ticket: Ticket, move: Move) -> None:
        super().__init__(f"{ticket.code} is {ticket.status}, which does not allow {move}")
        self.ticket = ticket
        self.move = move


_MOVES: dict[tuple[Status, Move], Status] = {
    (Status.NEW, Move.ACCEPT): Status.ACCEPTED,
    (Status.NEW, Move.START): Status.IN_PROGRESS,
    (Status.ACCEPTED, Move.START): Status.IN_PROGRESS,
    (Status.RESOLVED, Move.CLOSE): Status.CLOSED,
    (Status.RESOLVED, Move.REOPEN): Status.IN_PROGRESS,
    (Status.CLOSED, Move.REOPEN): Status.IN_PROGRESS,
    (Status.REJECTED, Move.REOPEN): Status.NEW,
    **{(status, Move.RESOLVE): Status.RESOLVED for status in OPEN},
    **{(status, Move.REJECT): Status.REJECTED for status in OPEN},
    **{(status, Move.MERGE): Status.MERGED for status in OPEN},
}


def after(status: Status, move: Move) -> Status | None:
    """The status that a move leads to, or None where the move is not allowed."""
    return _MOVES.get((status, move))


def moves_from(status: Status) -> tuple[Move, ...]:
    """The moves that a status allows, in the order of a ticket's life."""
    return tuple(move for move in Move if (status, move) in _MOVES)
