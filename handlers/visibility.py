"""What of a ticket the public board shows: moderators hide it whole, and let each photo be seen or not.

Nobody can tell from a picture for certain whether somebody is in it, so a photo is public only when a
moderator has said so.
"""

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


async def set_hidden(turn: Turn, ticket: Ticket, actor: Member, *, hidden: bool) -> bool:
    """Take a ticket off the board or put it back; whether that changed anything."""
    if ticket.hidden == hidden:
        return False
    await change(turn, ticket, "hidden" if hidden else "shown", actor, hidden=hidden)
    return True


async def judge_photos(
    turn: Turn, ticket: Ticket, photos: Sequence[Attachment], actor: Member, *, on_board: bool
) -> int:
    """Let everybody see photos of a ticket, or nobody; how many that changed."""
    changed = [photo for photo in photos if photo.on_board is not on_board]
    for photo in changed:
        photo.on_board = on_board
    if changed:
        detail = {"photos": [row_id(photo) for photo in changed]}
        action = "photos_shown" if on_board else "photos_hidden"
        await history.note(turn, ticket, action, member=actor, detail=detail)
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
    """Let everybody see a ticket's photos on the board, or take them off: `/anh 1042`, `/anh 1042 thôi`."""
    found = await messages.photos_of_ticket(turn.session, row_id(order.about))
    stored = [photo for photo, _ in found if photo.state == AttachmentState.STORED]
    if not stored:
        return order.answer("board.no_photos", code=order.about.code)
    on_board = fold(order.words) not in _OFF
    await judge_photos(turn, order.about, stored, order.member, on_board=on_board)
    key = "board.photos_shown" if on_board else "board.photos_hidden"
    return order.answer(key, code=order.about.code, count=len(stored))
