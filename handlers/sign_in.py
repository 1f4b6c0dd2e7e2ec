"""`/dangnhap`: a moderator's way into the web; `/moi`: a link by which people join the built-in chat."""

import re
from datetime import timedelta

from handlers import sign_in_links
from handlers.context import Turn
from handlers.orders import Answer, Order
from handlers.sign_in_links import Invitation
from handlers.understanding import fold
from storage import sign_ins
from storage.states import ChatRole

MOST_PEOPLE, MOST_DAYS = 1000, 366
_PEOPLE = re.compile(r"\b(\d{1,4}) ?(?:nguoi|people|luot)\b")
_DAYS = re.compile(r"\b(\d{1,3}) ?(?:ngay|days?)\b")
_WITHDRAWN = re.compile(r"(?:thu(?: lai| hoi)?|huy|withdraw) (\d{1,12})")
_SHARED = re.compile(r"\b(?:may chung|kiosk)\b")


async def sign_in(turn: Turn, order: Order) -> Answer:
    """A link to the moderators' room on the web, good for ten minutes and once."""
    if not turn.services.address:
        return order.answer("signin.nowhere")
    if order.chat.role is not ChatRole.PRIVATE:
        return order.answer("signin.private")
    link = turn.services.address + await sign_in_links.for_member(turn, order.member)
    minutes = int(sign_in_links.LIFETIME.total_seconds() // 60)
    return order.answer("signin.ready", link=link, minutes=minutes)


async def invite(turn: Turn, order: Order) -> Answer:
    """A link by which people join the built-in chat: `/moi 20 người 7 ngày phường Phú Lợi`."""
    if not turn.services.address or not turn.services.has_webchat:
        return order.answer("invite.nowhere")
    withdrawn = _WITHDRAWN.fullmatch(fold(order.words))
    if withdrawn is not None:
        return await _withdraw(turn, order, int(withdrawn[1]))
    first = "" if order.number is None else f"{order.number} "  # which was read as a ticket's
    asked = read_invitation(first + order.words)
    link = turn.services.address + await sign_in_links.for_newcomers(turn, order.member, asked)
    key = "invite.shared" if asked.shared else "invite.ready"
    return order.answer(key, link=link, count=asked.uses, days=asked.lasts.days)


async def _withdraw(turn: Turn, order: Order, number: int) -> Answer:
    """Nobody joins by an invitation any more: `/moi thu 12`."""
    found = await sign_ins.link(turn.session, number)
    if found is None or found.member_id is not None or not sign_ins.is_good(found, turn.now):
        return order.answer("invite.no_such", number=number)
    await sign_ins.withdraw(turn.session, found)
    return order.answer("invite.withdrawn", number=number)


def read_invitation(words: str) -> Invitation:
    """What is asked for: how many people, how many days, a kiosk ("máy chung"), and what it is for."""
    usual, said = Invitation(), fold(words)
    people, days = _PEOPLE.search(said), _DAYS.search(said)
    left = said
    for asked in (_PEOPLE, _DAYS, _SHARED):
        left = asked.sub(" ", left)
    kept = set(left.split())
    return Invitation(
        uses=min(max(int(people[1]), 1), MOST_PEOPLE) if people else usual.uses,
        lasts=timedelta(days=min(max(int(days[1]), 1), MOST_DAYS)) if days else usual.lasts,
        title=" ".join(word for word in words.split() if set(fold(word).split()) <= kept)[:80],
        shared=bool(_SHARED.search(said)),
    )
