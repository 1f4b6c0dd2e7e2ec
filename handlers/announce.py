"""What the group and the reporter hear of a ticket.

The group hears of it once, by an acknowledgement that is edited as the ticket lives, and once more when
it is resolved or rejected. Where many are opened at once, or at night, one post tells of several.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from handlers import buttons, cards, desks
from handlers.context import Turn
from handlers.outgoing import edit, label, moment, say, send
from handlers.policy import Acknowledge
from handlers.ports import Abilities
from handlers.posts import Edit, Keyboard, Post, React, from_json, to_json
from handlers.redact import redacted
from handlers.shown import quoted
from storage import chats, messages, outbox, tickets, twins
from storage.models import Chat, Member, Message, Outbox, Ticket, row_id
from storage.states import OPEN, ChatRole, OutboxState, TicketStatus

ACKNOWLEDGEMENT = "acknowledgement"
ACKNOWLEDGEMENTS = "acknowledgements"  # one post that tells of several tickets
SETTLED = "settled"
END = "settled:"  # how the keys of ends begin
WITHDRAWN = "withdrawn"  # marks the row of an end that is none any more; platforms see nothing of it
UNTOLD = "untold"  # in the row of history of an end of which no group was told
ELSEWHERE = "settled_elsewhere"  # the same end, told in another group where somebody told of it
LATELY = timedelta(minutes=1)
MOST_TOGETHER = 10
NOTE_SHOWN = 280


async def welcome(turn: Turn, chat: Chat) -> None:
    """Where only mentions are heard, the group is told once how to report."""
    if not turn.services.abilities(chat.platform).hears_everything:
        post = Post(say(turn, chat, "welcome.mentions_only"))
        await send(turn, chat, "welcome", f"welcome:{chat.id}", post)


async def acknowledge(turn: Turn, chat: Chat, ticket: Ticket, message: Message) -> None:
    """Tell the group that a ticket was opened, as the policy says."""
    unheard = turn.silent or chat.role is ChatRole.SYSTEM
    if unheard or turn.policy.acknowledge is Acknowledge.NONE:
        return
    reacts = turn.services.abilities(chat.platform).reactions
    if turn.policy.acknowledge is Acknowledge.REACTION and reacts:
        await thank(turn, chat, ticket, message)
        return
    most = turn.policy.coalesce_from + MOST_TOGETHER
    lately = await tickets.shown_since(turn.session, row_id(chat), turn.at - LATELY, most)
    if turn.policy.quiet.holds(turn.now) or len(lately) > turn.policy.coalesce_from:
        await thank(turn, chat, ticket, message)
        await _acknowledge_together(turn, chat, ticket, lately)
        return
    key = f"ack:{ticket.id}"
    await tickets.show_in(turn.session, ticket, key)
    post = Post(await status_text(turn, chat, ticket), reply_to=message.external_id)
    await send(turn, chat, ACKNOWLEDGEMENT, key, post, ticket=ticket)


async def _acknowledge_together(turn: Turn, chat: Chat, ticket: Ticket, lately: Sequence[str | None]) -> None:
    """Add a ticket to the post that tells of several, or begin one."""
    abilities = turn.services.abilities(chat.platform)
    row = await _open_list(turn, lately, abilities) if not turn.policy.quiet.holds(turn.now) else None
    row = row or await outbox.waiting(turn.session, row_id(chat), ACKNOWLEDGEMENTS)
    if row is not None and len(await tickets.shown_in(turn.session, row.idempotency_key)) < MOST_TOGETHER:
        await tickets.show_in(turn.session, ticket, row.idempotency_key)
        await _show_together(turn, chat, row, ticket)
        return
    key = f"acks:{ticket.id}"
    await tickets.show_in(turn.session, ticket, key)
    order, later = _by_night(turn, chat)
    text = await list_text(turn, chat, [ticket])
    await send(turn, chat, ACKNOWLEDGEMENTS, key, Post(text), ordering_key=order, not_before=later)


async def _open_list(turn: Turn, lately: Sequence[str | None], abilities: Abilities) -> Outbox | None:
    newest = next((key for key in lately if key and key.startswith("acks:")), None)
    row = await outbox.by_key(turn.session, newest) if newest else None
    can_grow = row is not None and (row.state == OutboxState.PENDING or abilities.edits)
    return row if can_grow else None


async def _show_together(turn: Turn, chat: Chat, row: Outbox, ticket: Ticket) -> None:
    """Bring a post that tells of several up to date: before it leaves, or by an edit."""
    text = await list_text(turn, chat, await tickets.shown_in(turn.session, row.idempotency_key))
    if row.state == OutboxState.PENDING:
        row.payload = to_json(Post(text))
    else:
        key = f"{row.idempotency_key}@{ticket.id}.{ticket.version}"
        await edit(turn, chat, row, key, Edit(text))


async def thank(turn: Turn, chat: Chat, ticket: Ticket, message: Message) -> None:
    """A reaction on somebody's message: heard, without a sound."""
    if turn.services.abilities(chat.platform).reactions:
        react = React(message.external_id, turn.policy.reaction)
        await send(turn, chat, "reaction", f"thank:{message.id}", react, ticket=ticket)


async def changed(turn: Turn, ticket: Ticket) -> None:
    """Bring the posts that show a ticket up to date, without a sound."""
    row = await outbox.by_key(turn.session, ticket.shown_in) if ticket.shown_in else None
    if row is not None:
        chat = await turn.session.get_one(Chat, row.chat_id)
        if row.purpose == ACKNOWLEDGEMENTS:
            await _show_together(turn, chat, row, ticket)
        else:
            key = f"{row.idempotency_key}@{ticket.version}"
            text = Edit(await status_text(turn, chat, ticket))
            await edit(turn, chat, row, key, text, ticket=ticket)
    await cards.refresh(turn, ticket)
    await desks.refresh(turn, ticket)


async def more_photos(turn: Turn, ticket: Ticket, message: Message) -> None:
    """Photos of after that came once the end was told: with its post while it has not left, else under it."""
    photos = [row_id(photo) for photo in await messages.photos_of_message(turn.session, row_id(message))]
    if not photos or ticket.status != TicketStatus.RESOLVED:
        return
    for row in (await outbox.cards(turn.session, SETTLED, row_id(ticket)))[-1:]:
        content = from_json(row.payload)
        if row.state == OutboxState.PENDING and isinstance(content, Post):
            row.payload = row.payload | {"photos": [*content.photos, *photos]}
            return
        chat = await turn.session.get_one(Chat, row.chat_id)
        words = say(turn, chat, "card.photos", code=f"#{ticket.code}")
        post = Post(words, reply_to=row.platform_message_id or ticket.origin or None, photos=tuple(photos))
        await send(turn, chat, "photos", f"after:{message.id}:{chat.id}", post, ticket=ticket)


async def settled(
    turn: Turn, ticket: Ticket, actor: Member | None, note: str, photos: Sequence[int] = ()
) -> None:
    """Tell the end under the original post: what was done, by whom, before and after side by side."""
    chat = await turn.session.get_one(Chat, ticket.chat_id)
    is_resolved = ticket.status == TicketStatus.RESOLVED
    before = await messages.first_photo(turn.session, row_id(ticket)) if photos else None
    shown = [before, *photos] if before is not None and before not in photos else list(photos)
    is_asked = is_resolved and chat.role == ChatRole.COMMUNITY  # of one that is no more, a press is refused
    asked = satisfaction(turn, chat, ticket) if is_asked else ()
    key, compared = f"{END}{ticket.id}:{ticket.version}", len(shown) > len(photos)
    names = (row_id(actor),) if actor else ()

    async def tell(where: Chat, purpose: str, key: str, reply_to: str, asked: Keyboard = ()) -> None:
        text = settled_text(turn, where, ticket, actor.name if actor else "", note, compared=compared)
        post = Post(text, reply_to or None, asked, tuple(shown), beside=len(shown) > 1, names=names)
        await _tell_end(turn, where, ticket, purpose, key, post)

    await tell(chat, SETTLED, key, ticket.origin, asked)
    for chat_id, message in await twins.told_elsewhere(turn.session, ticket):
        other = await turn.session.get_one(Chat, chat_id)
        await tell(other, ELSEWHERE, f"{key}:{chat_id}", message)


async def _tell_end(turn: Turn, chat: Chat, ticket: Ticket, purpose: str, key: str, post: Post) -> None:
    """One group hears of an end, in the morning where it is night."""
    order, later = _by_night(turn, chat)
    await send(turn, chat, purpose, key, post, ticket=ticket, ordering_key=order, not_before=later)


def _by_night(turn: Turn, chat: Chat) -> tuple[str, datetime | None]:
    """The ordering key of what a chat hears only in the morning, and when that is; by day neither."""
    over = turn.policy.quiet.over(turn.now)
    return (f"quiet:{chat.id}", over) if over > turn.now else ("", None)


async def joined(turn: Turn, chat: Chat, ticket: Ticket, message: Message) -> None:
    """A group in which somebody tells of another group's ticket hears of it once, too."""
    if chat.id != ticket.chat_id and turn.policy.acknowledge is not Acknowledge.NONE:
        post = Post(await standing_text(turn, chat, ticket), reply_to=message.external_id)
        await _tell_end(turn, chat, ticket, "joined", f"joined:{ticket.id}:{chat.id}", post)


def settled_text(turn: Turn, chat: Chat, ticket: Ticket, by: str, note: str, *, compared: bool) -> str:
    """What the end post says."""
    lines = [say(turn, chat, f"settled.{ticket.status.value}", code=ticket.code, by=by)]
    lines += [say(turn, chat, "settled.note", note=quoted(redacted(note), NOTE_SHOWN))] if note else []
    lines += [say(turn, chat, "settled.compared")] if compared else []
    return "\n".join(lines)


def satisfaction(turn: Turn, chat: Chat, ticket: Ticket) -> Keyboard:
    """The question whether it is good, unless its reporter has said so already."""
    if ticket.satisfied is not None:
        return ()
    return buttons.satisfaction_keyboard(partial(say, turn, chat), row_id(ticket))


async def rated(turn: Turn, ticket: Ticket, *, satisfied: bool, reopened: bool) -> None:
    """The end post says what the reporter thinks of it, and asks why where it is not good."""
    key = "rated.good" if satisfied else ("rated.reopened" if reopened else "rated.bad")
    await _replace_end(turn, ticket, key)


async def reopened(turn: Turn, ticket: Ticket) -> None:
    """The end that was told is none: its post says so, and asks nobody any more whether it is good."""
    is_new = ticket.status == TicketStatus.NEW  # it was turned down, and nobody works on it yet
    await _replace_end(turn, ticket, "settled.reconsidered" if is_new else "settled.reopened", anew=True)


async def withdraw(turn: Turn, ticket: Ticket) -> None:
    """A moderator took the end back: its post says so, or never leaves."""
    await _replace_end(turn, ticket, "settled.withdrawn", anew=True)


async def _replace_end(turn: Turn, ticket: Ticket, key: str, *, anew: bool = False) -> None:
    """Say something else where the last end was told; what has not left yet never leaves."""
    rows = await outbox.cards(turn.session, SETTLED, row_id(ticket))
    rows = [*rows, *await outbox.cards(turn.session, ELSEWHERE, row_id(ticket))]
    told = [row for row in rows if not row.payload.get(WITHDRAWN)]
    newest = {row.chat_id: row for row in sorted(told, key=row_id)}
    for row in newest.values():
        if row.state == OutboxState.PENDING:
            row.state = OutboxState.SUPERSEDED
            continue
        chat = await turn.session.get_one(Chat, row.chat_id)
        text = say(turn, chat, key, code=ticket.code)
        edit_key = f"{row.idempotency_key}@{ticket.version}:{key}"  # one change may write it twice
        await edit(turn, chat, row, edit_key, Edit(text), ticket=ticket, anew=anew)


async def tell_reporters(turn: Turn, ticket: Ticket, note: str = "") -> None:
    """Who talks with the bot in private hears there when their ticket, or what it is part of, moves."""
    told: set[int | None] = set()
    for theirs in (ticket, *await tickets.merged_into(turn.session, row_id(ticket))):
        private = await chats.private_of(turn.session, theirs.reporter_id)
        if private is not None and private.id not in told:
            told.add(private.id)
            await _tell_reporter(turn, private, ticket, theirs, note)


async def _tell_reporter(turn: Turn, private: Chat, ticket: Ticket, theirs: Ticket, note: str) -> None:
    status = label(turn, private, "status", ticket.status.value)
    lines = [say(turn, private, "private.moved", code=theirs.code, status=status)]
    lines += [say(turn, private, "settled.note", note=quoted(note, NOTE_SHOWN))] if note else []
    key = f"moved:{ticket.id}:{ticket.version}:{private.id}"
    post = Post("\n".join(lines))
    await send(turn, private, "private", key, post, ticket=theirs)


async def reply(turn: Turn, chat: Chat, message: str, text: str, *, edit_number: int = 0) -> None:
    """Answer somebody under their message, once more when they have edited it."""
    await answer(turn, chat, message, Post(text), edit_number=edit_number)


async def answer(turn: Turn, chat: Chat, message: str, post: Post, *, edit_number: int = 0) -> None:
    """Answer a command under it."""
    key = reply_key(chat, message, edit_number)
    await send(turn, chat, "reply", key, replace(post, reply_to=message))


def reply_key(chat: Chat, message: str, edit_number: int = 0) -> str:
    """The key of the answer to a command, or to what an edit made of it."""
    return f"reply:{chat.id}:{message}" + (f":edit{edit_number}" if edit_number else "")


async def status_text(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """The acknowledgement: what it was taken for, where, and how it stands."""
    what = _what(turn, chat, ticket)
    lines = [say(turn, chat, "ticket.acknowledged", code=ticket.code, what=what)]
    if ticket.voices > 1:
        lines.append(say(turn, chat, "ticket.voices", voices=ticket.voices))
    if ticket.status != TicketStatus.NEW:
        status = await _status(turn, chat, ticket)
        lines.append(say(turn, chat, "ticket.status", status=status))
    return "\n".join(lines)


async def standing_text(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """The answer to whoever asks how a ticket stands."""
    due_at = ticket.due_at if ticket.status in OPEN and ticket.paused_at is None else None
    due = say(turn, chat, "ticket.stands_due", due=moment(turn, chat, due_at)) if due_at else ""
    return say(
        turn,
        chat,
        "ticket.stands",
        code=ticket.code,
        what=_what(turn, chat, ticket),
        status=await _status(turn, chat, ticket),
        opened=moment(turn, chat, ticket.opened_at),
        due=due,
    )


async def _status(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """How it stands, in words; where it was merged into, its code."""
    into = await tickets.get(turn.session, ticket.merged_into_id) if ticket.merged_into_id else None
    if into is not None:
        return say(turn, chat, "status.merged_into", code=into.code)
    return label(turn, chat, "status", ticket.status.value)


async def list_text(turn: Turn, chat: Chat, several: Sequence[Ticket]) -> str:
    """The acknowledgement of several at once, a line each."""
    if len(several) == 1:
        return await status_text(turn, chat, several[0])
    lines = [say(turn, chat, "ticket.acknowledged_several", count=len(several))]
    for ticket in several:
        line = f"• #{ticket.code}: {_what(turn, chat, ticket)}"
        if ticket.status != TicketStatus.NEW:
            line += f" ({label(turn, chat, 'status', ticket.status.value)})"
        lines.append(line)
    return "\n".join(lines)


def _what(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    parts = [label(turn, chat, "kind", ticket.kind), label(turn, chat, "category", ticket.category)]
    if ticket.place.get("text"):
        parts.append(str(ticket.place["text"]))
    return " · ".join(parts)
