"""A photo has come whose likeness another ticket holds: moderators are asked whether both are one.

A photo is looked at only after its message was handled, so this comes after the ticket was opened. The
photo alone never says so: the category must be the same and nothing in the places may disagree.
"""

from collections.abc import Sequence
from datetime import timedelta

from handlers import buttons, cards
from handlers.context import Turn
from handlers.shown import quoted
from handlers.understanding import Candidate, Place, likeliest, photos_alike
from storage import corrections, pictured
from storage.models import Attachment, Ticket, row_id
from storage.states import OPEN

WORDS_SHOWN = 80


async def handle(turn: Turn, photo: Attachment) -> None:
    """Compare a stored photo's ticket with those that hold a photo like it."""
    ticket = await pictured.ticket_of(turn.session, photo)
    if ticket is None or ticket.status not in OPEN or photo.perceptual_hash is None:
        return
    since = ticket.opened_at - timedelta(days=turn.policy.twin_days)
    others = await pictured.lately(turn.session, ticket, since)
    mine = (int(photo.perceptual_hash, 16),)
    alike = [(other, hashes) for other, hashes in others if photos_alike(mine, hashes)]
    twin = likeliest(_told(ticket, mine), [_told(other, hashes) for other, hashes in alike])
    if twin is not None:
        into = next(other for other, _ in alike if row_id(other) == twin.ticket_id)
        await _ask(turn, ticket, into)


def _told(ticket: Ticket, hashes: Sequence[int]) -> Candidate:
    return Candidate(
        ticket_id=row_id(ticket),
        folded=ticket.folded,
        category=ticket.category,
        place=Place(**ticket.place),
        opened_at=ticket.opened_at,
        photo_hashes=tuple(hashes),
    )


async def _ask(turn: Turn, ticket: Ticket, into: Ticket) -> None:
    await cards.tell_moderators(
        turn,
        f"lookalike:{ticket.id}:{into.id}",
        "notice.lookalike",
        ticket,
        keyboard=lambda label: buttons.merge_keyboard(label, row_id(ticket), into.code, row_id(into)),
        submission=await corrections.of_ticket(turn.session, row_id(into)),
        code=ticket.code,
        other=into.code,
        words=quoted(into.summary, WORDS_SHOWN),
    )
