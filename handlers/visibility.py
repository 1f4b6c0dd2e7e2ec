"""What of a ticket the public board shows: moderators hide it whole, and let each photo be seen or not.

Nobody can tell from a picture for certain whether somebody is in it, so a photo is public only when a
moderator has said so.
"""

import re
from collections.abc import Sequence

from handlers import history
from handlers.changes import change
from handlers.context import Turn
from handlers.orders import Answer, Order
from handlers.understanding import fold
from storage import messages
from storage.models import Attachment, Member, Ticket, row_id
from storage.states import AttachmentState

_OFF = ("thoi", "an", "go", "off", "no", "khong")
_LATER = ("xem lai", "chua", "later")
_ID, _PLACE = re.compile(r"\bid ?(\d{1,12})\b"), re.compile(r"\b(\d{1,2})\b")


async def set_hidden(turn: Turn, ticket: Ticket, actor: Member, *, hidden: bool) -> bool:
    """Take a ticket off the board or put it back; whether that changed anything."""
    if ticket.hidden == hidden:
        return False
    await change(turn, ticket, "hidden" if hidden else "shown", actor, hidden=hidden)
    return True


async def judge_photos(
    turn: Turn, ticket: Ticket, photos: Sequence[Attachment], actor: Member, *, on_board: bool | None
) -> int:
    """Let everybody see photos of a ticket, or nobody, or leave it open again; how many that changed."""
    changed = [photo for photo in photos if photo.on_board is not on_board]
    for photo in changed:
        photo.on_board = on_board
    if changed:
        detail = {"photos": [row_id(photo) for photo in changed]}
        await history.note(turn, ticket, _HISTORY[on_board], member=actor, detail=detail)
    return len(changed)


async def hide(turn: Turn, order: Order) -> Answer:
    """Take a ticket off the public board."""
    await set_hidden(turn, order.about, order.member, hidden=True)
    return order.answer("board.hidden", code=order.about.code)


async def show(turn: Turn, order: Order) -> Answer:
    """Put a ticket back on the public board."""
    await set_hidden(turn, order.about, order.member, hidden=False)
    return order.answer("board.shown", code=order.about.code)


async def photos(turn: Turn, order: Order) -> Answer:
    """Let everybody see a ticket's photos on the board, or take them off: `/anh 1042`, `/anh 1042 2 thôi`."""
    found = await messages.photos_of_ticket(turn.session, row_id(order.about))
    stored = [photo for photo, _ in found if photo.state == AttachmentState.STORED]
    if not stored:
        return order.answer("board.no_photos", code=order.about.code)
    chosen, verdict = read_photos(order.words, stored)
    if not chosen:
        return order.answer("board.no_such_photo", code=order.about.code, count=len(stored))
    await judge_photos(turn, order.about, chosen, order.member, on_board=verdict)
    return order.answer(_ANSWERS[verdict], code=order.about.code, count=len(chosen))


def read_photos(words: str, stored: Sequence[Attachment]) -> tuple[list[Attachment], bool | None]:
    """Which photos are meant, all where none is named, and what is said of them.

    By their place, `1 3`, or by their number in the tables, `id57`, which stays theirs when more come.
    """
    said = fold(words)
    ids = {int(number) for number in _ID.findall(said)}
    left = _ID.sub(" ", said)
    places = {int(number) for number in _PLACE.findall(left)}
    verdict = " ".join(_PLACE.sub(" ", left).split())
    meant = [
        photo
        for place, photo in enumerate(stored, start=1)
        if not (ids or places) or photo.id in ids or place in places
    ]
    return meant, None if verdict in _LATER else verdict not in _OFF


_HISTORY = {True: "photos_shown", False: "photos_hidden", None: "photos_unjudged"}
_ANSWERS = {True: "board.photos_shown", False: "board.photos_hidden", None: "board.photos_unjudged"}
