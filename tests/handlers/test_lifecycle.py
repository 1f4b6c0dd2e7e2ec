"""The ticket's allowed moves, and that nothing else is allowed."""

import pytest

from handlers.lifecycle import Move, after, moves_from
from storage.states import OPEN
from storage.states import TicketStatus as Status

ALLOWED = {
    Status.NEW: {Move.ACCEPT, Move.START, Move.RESOLVE, Move.REJECT, Move.MERGE},
    Status.ACCEPTED: {Move.START, Move.RESOLVE, Move.REJECT, Move.MERGE},
    Status.IN_PROGRESS: {Move.RESOLVE, Move.REJECT, Move.MERGE},
    Status.RESOLVED: {Move.CLOSE, Move.REOPEN},
    Status.CLOSED: {Move.REOPEN},
    Status.REJECTED: {Move.REOPEN},
    Status.MERGED: set(),
}


@pytest.mark.parametrize("status", Status)
def test_exactly_these_moves_are_allowed(status: Status) -> None:
    assert set(moves_from(status)) == ALLOWED[status]
    for move in Move:
        assert (after(status, move) is not None) == (move in ALLOWED[status])


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED, Status.REJECTED])
def test_what_was_settled_can_be_taken_up_again(status: Status) -> None:
    assert after(status, Move.REOPEN) in OPEN
