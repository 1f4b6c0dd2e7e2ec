"""Writes what is said into the outbox: texts from the catalogue, buttons with their seals."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from handlers import choices
from handlers.context import Services, Turn
from handlers.posts import Button, Content, Edit, Keyboard, Post, to_json
from storage import outbox
from storage.models import Chat, Outbox, Submission, Ticket, row_id
from storage.states import ChatRole

MORE = "more"  # what did not fit into a post
ANEW = "anew"  # what would be an edit elsewhere


async def send(
    turn: Turn,
    chat: Chat,
    purpose: str,
    key: str,
    content: Content,
    *,
    ticket: Ticket | None = None,
    submission: Submission | None = None,
    ordering_key: str = "",
    not_before: datetime | None = None,
) -> None:
    """Write one delivery; the same key is written once. History that is taken in says nothing, and
    nothing is posted to a system.

    At night nobody's phone rings for a post, unless it calls somebody.
    """
    if turn.silent or chat.role is ChatRole.SYSTEM:
        return
    delivery = outbox.NewDelivery(
        key=key,
        purpose=purpose,
        chat_id=row_id(chat),
        payload={},
        ticket_id=ticket.id if ticket else None,
        submission_id=submission.id if submission else None,
        ordering_key=ordering_key,
        not_before=not_before,
    )
    hint = _how_to_choose(turn, chat, ticket, submission)
    for place, part in enumerate(_parts(turn, chat, content, hint, not_before or turn.now)):
        payload = to_json(sealed(turn.services, chat, part, turn.now))
        written = replace(delivery, payload=payload)
        if place:
            written = replace(written, key=f"{key}+{place}", purpose=MORE)
        await outbox.add(turn.session, written, turn.now)


def _how_to_choose(turn: Turn, chat: Chat, ticket: Ticket | None, submission: Submission | None) -> str:
    """What stands under numbered choices: to answer the post, or by what to name it."""
    about = str(ticket.number) if ticket else f"h{submission.id}" if submission else ""
    if turn.services.abilities(chat.platform).tells_replies or not about:
        return say(turn, chat, "choices.how")
    return say(turn, chat, "choices.how_by_name", about=about)


def _parts(turn: Turn, chat: Chat, content: Content, hint: str, at: datetime) -> Sequence[Content]:
    """A content as this platform takes it at this hour."""
    if not isinstance(content, Post):
        return [content]
    if not content.calls and turn.policy.quiet.holds(at):
        content = replace(content, quiet=True)
    return choices.parts(content, turn.services.abilities(chat.platform), hint)


async def edit(
    turn: Turn,
    chat: Chat,
    post: Outbox | None,
    key: str,
    content: Edit,
    *,
    ticket: Ticket | None = None,
    anew: bool = False,
    names: Sequence[int] = (),
) -> None:
    """Write a new text for a post of ours, if it says anything new; it goes out in that post's order.

    `post`: None where it was never written. `names`: the members whom it names by now. `anew`: it tells
    people something, so where nothing can be edited it is a post of its own.
    """
    if turn.silent or post is None:
        return
    if not turn.services.abilities(chat.platform).edits:
        if anew:
            await _send_anew(turn, chat, post, key, content, ticket, names)
        return
    payload = to_json(sealed(turn.services, chat, content, turn.now))
    if await outbox.says(turn.session, post, payload):
        return
    if names:
        post.payload = post.payload | {"names": sorted({*post.payload.get("names", ()), *names})}
    delivery = outbox.NewDelivery(
        key=key,
        purpose="edit",
        chat_id=row_id(chat),
        payload=payload,
        ticket_id=ticket.id if ticket else None,
        submission_id=post.submission_id,
        target_key=post.idempotency_key,
        ordering_key=post.ordering_key,
    )
    await outbox.add(turn.session, delivery, turn.now)


async def _send_anew(
    turn: Turn,
    chat: Chat,
    post: Outbox,
    key: str,
    content: Edit,
    ticket: Ticket | None,
    names: Sequence[int],
) -> None:
    """A post in the place of an edit: about the same, and naming whom that one names."""
    known = tuple(sorted({*post.payload.get("names", ()), *names}))
    told = await turn.session.get(Submission, post.submission_id) if post.submission_id else None
    reply = Post(content.text, post.platform_message_id, buttons=content.buttons, names=known)
    await send(turn, chat, ANEW, key, reply, ticket=ticket, submission=told)


def sealed(services: Services, chat: Chat, content: Content, now: datetime) -> Content:
    """A content whose buttons can be pressed in this chat, for a while."""
    if not isinstance(content, Post | Edit):
        return content

    def close(button: Button) -> Button:
        return replace(button, data=services.seal.close(button.data, row_id(chat), now))

    keyboard: Keyboard = tuple(tuple(close(button) for button in row) for row in content.buttons)
    return replace(content, buttons=keyboard)


def say(turn: Turn, chat: Chat, key: str, /, **values: object) -> str:
    """A text of the catalogue in a chat's language."""
    return turn.services.say(chat.language, key, **values)


def label(turn: Turn, chat: Chat, family: str, word: str) -> str:
    """What people call a kind, a category or a status."""
    return say(turn, chat, f"{family}.{word}")


def moment(turn: Turn, chat: Chat, at: datetime | None) -> str:
    """A moment as people there write it."""
    return moment_seen(turn.now, ZoneInfo(chat.time_zone), at) if at else ""


def moment_seen(now: datetime, zone: tzinfo | None, at: datetime) -> str:
    """A moment as people there write it now: with its year where that is another."""
    local = at.astimezone(zone)
    is_far = local.year != now.astimezone(zone).year
    return f"{local:%H:%M %d/%m/%Y}" if is_far else f"{local:%H:%M %d/%m}"
