"""`/tonghop`: the digest of any period, for whoever may ask; it takes no period's place."""

from zoneinfo import ZoneInfo

from handlers import digest, periods
from handlers.authority import Verdict
from handlers.chart import to_json
from handlers.context import Turn
from handlers.orders import Answer, Order
from storage import chats
from storage.states import ChatRole, MemberRole


async def digest_now(turn: Turn, order: Order) -> Answer:
    """The week so far or any period summed up, with a picture.

    In a group of that group, in a department's chat of its own, elsewhere of each group.
    """
    is_desk = order.chat.role is ChatRole.DEPARTMENT
    if order.who.role == MemberRole.DEPARTMENT and not is_desk:
        return order.answer(Verdict.CHAT.value)  # an officer's is their department's, for its own chat
    period = periods.meant_at(order.words, turn.now, ZoneInfo(order.chat.time_zone))
    if period is None:
        return order.answer("digest.which")
    if period.start > turn.now:
        return order.answer("digest.to_come", days=periods.written(period))
    period = period.until(turn.now)
    about = [order.chat]
    if order.chat.role is not ChatRole.COMMUNITY and not is_desk:
        about = list(await chats.with_role(turn.session, ChatRole.COMMUNITY))
    made = [await digest.of_chat(turn, period, about=one, reader=order.chat) for one in about]
    if not made:
        return order.answer("list.none")
    text = "\n\n".join(one.text for one in made)
    return Answer(text, chart=to_json(made[0].chart) if len(made) == 1 else None)
