"""What is due by the clock: reminders, what is overdue, what may be closed. The tables say what.

Each is told once, because its timer is cleared in the transaction that tells it; never at night.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from handlers import cards, deadlines, delivery, history, ticketing
from handlers.context import Turn
from handlers.lifecycle import Move
from handlers.outgoing import label, moment, say, send
from handlers.posts import Post
from storage import chats, outbox, tickets
from storage.models import Chat, Ticket
from storage.states import ChatRole

CLOSED = 50  # at once
TOLD = 200  # at once, so that one notice has the whole number of what fell due meanwhile
_POSTED_TO = (ChatRole.COMMUNITY, ChatRole.MODERATION, ChatRole.DEPARTMENT)
SHOWN = 10  # tickets of one notice; the rest is counted


async def run(turn: Turn) -> int:
    """Tell and do what is due; how many tickets it was about."""
    done = await _close(turn)
    if turn.policy.quiet.holds(turn.now):
        return done
    await _tell_quotas(turn)
    return done + await _remind(turn) + await _escalate(turn)


async def _tell_quotas(turn: Turn) -> None:
    """Moderators hear once a month where a platform's messages are nearly used up."""
    posted_to = await chats.with_role(turn.session, *_POSTED_TO)
    for name in sorted({chat.platform for chat in posted_to}):
        month = turn.services.abilities(name).posts_per_month
        if month is None:
            continue
        since = delivery.month_of(turn.now, turn.policy.quiet.zone)
        used = await outbox.sent_by(turn.session, name, since)
        if used >= month * delivery.QUOTA_TOLD_FROM:
            key = f"quota:{name}:{since:%Y-%m}"
            await cards.tell_moderators(turn, key, "notice.quota", platform=name, used=used, month=month)


async def _close(turn: Turn) -> int:
    due = await tickets.to_close(turn.session, turn.now, CLOSED)
    for ticket in due:
        await ticketing.apply(turn, ticket, Move.CLOSE, None)
    return len(due)


async def _remind(turn: Turn) -> int:
    """Whoever has it hears of it in their own chat; where they have none, the moderators.

    What became late meanwhile, at night or while we were down, is not due soon: who has it hears that it is
    late, and moderators hear so by its escalation.
    """
    due = await tickets.to_remind(turn.session, turn.now, TOLD)
    by_department: dict[str | None, list[Ticket]] = {}
    for ticket in due:
        ticket.remind_at = None
        by_department.setdefault(ticket.department, []).append(ticket)
    for department, theirs in by_department.items():
        late = [one for one in theirs if deadlines.is_late(one, turn.now)]
        for chat in await _desks(turn, department):
            await _tell(turn, chat, "remind", [one for one in theirs if one not in late])
            if chat.role is ChatRole.DEPARTMENT:
                await _tell(turn, chat, "overdue", late)
    return len(due)


async def _desks(turn: Turn, department: str | None) -> Sequence[Chat]:
    desks = await chats.with_role(turn.session, ChatRole.DEPARTMENT)
    own = [chat for chat in desks if department and chat.department == department]
    return own or await chats.with_role(turn.session, ChatRole.MODERATION)


async def _escalate(turn: Turn) -> int:
    due = await tickets.to_escalate(turn.session, turn.now, TOLD)
    for ticket in due:
        ticket.escalate_at = None
        await history.note(turn, ticket, "overdue", at=turn.now)
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        await _tell(turn, room, "overdue", due)
    return len(due)


async def _tell(turn: Turn, chat: Chat, what: str, about: Sequence[Ticket]) -> None:
    """One post for all of them, if there are any."""
    if not about:
        return
    lines = [say(turn, chat, f"{what}.title", count=len(about))]
    lines += [line(turn, chat, ticket) for ticket in about[:SHOWN]]
    if len(about) > SHOWN:
        lines.append(say(turn, chat, "list.and_more", count=len(about) - SHOWN))
    key = f"{what}:{chat.id}:{_ids(about)}"
    await send(
        turn, chat, "reminder", key, Post("\n".join(lines)), ticket=about[0] if len(about) == 1 else None
    )


def _ids(about: Iterable[Ticket]) -> str:
    """A key that is the same for the same tickets at the same deadlines, and short however many."""
    said = ",".join(f"{ticket.id}@{ticket.version}" for ticket in about)
    return sha256(said.encode()).hexdigest()[:32]


def line(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """A ticket in one line: code, what, where, until when; nobody's words, which could not be erased here."""
    parts = [
        f"#{ticket.code}",
        label(turn, chat, "category", ticket.category),
        str(ticket.place.get("text") or ""),
        say(turn, chat, "list.due", due=moment(turn, chat, ticket.due_at)),
    ]
    return "• " + " · ".join(part for part in parts if part)
