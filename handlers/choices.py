"""Where a platform has no buttons: the same choices as numbered lines, and what an answer chooses.

"2" as a reply to the post, or, where nobody but the bot is spoken to, "2" alone or "1042 2" with a
ticket's number, or "h7 2" with that of a question or a notice. On every platform a reporter may answer in a
choice's own words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from handlers.context import Turn
from handlers.events import ButtonPressed, MessagePosted
from handlers.lengths import pieces
from handlers.ports import Abilities
from handlers.posts import Button, Content, Edit, Keyboard, Mention, Post, from_json
from handlers.understanding import fold
from storage import members, outbox, tickets
from storage.models import Chat, Outbox, row_id
from storage.states import SETTLED, ChatRole

LATELY = timedelta(hours=24)  # how far back a bare number may choose
LOOKED_AT = 20  # posts
_IN_NAME = "\ue000"  # a letter of nobody's, for the spaces at which a text is not to be broken
_ABOUT = r"(?:[hH](?P<question>\d{1,9})|#?[A-Za-z]{0,6}(?P<code>\d{3,9}))\s+"
_LONGEST = 80  # letters of a choice, with the name of whom it is said to
_NAMED_IN = 8  # words, of which two or three name a button
_AROUND = re.compile(r"^(?:(?:da|vang|thua|anh|chi|oi) )+|(?: (?:a|nha|nhe|roi|em|anh|chi|ad|oi))+$")
_CHOSEN = re.compile(rf"\s*(?:@\S+\s+)?(?:{_ABOUT})?(?P<number>\d{{1,2}})\s*[.)]?\s*")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The number of a choice, from one, and the number of the ticket or question where it was named."""

    number: int
    ticket: int | None = None
    question: int | None = None


def numbered(text: str, keyboard: Keyboard, hint: str) -> str:
    """A text with its choices as lines, and how to choose."""
    choices = [button.text for row in keyboard for button in row]
    if not choices:
        return text
    lines = [f"{place}. {words}" for place, words in enumerate(choices, start=1)]
    return "\n".join([text, *lines, hint])


def read(text: str) -> Chosen | None:
    """What a message chooses; None where it says anything else."""
    found = _CHOSEN.fullmatch(text.strip()) if len(text) < _LONGEST else None
    if found is None:
        return None
    ticket, question = found["code"], found["question"]
    return Chosen(int(found["number"]), int(ticket) if ticket else None, int(question) if question else None)


async def pressed(turn: Turn, chat: Chat, event: MessagePosted) -> ButtonPressed | None:
    """The press that a message means: a number where there are no buttons, or a reporter's word on an end."""
    abilities = turn.services.abilities(chat.platform)
    chosen = None if abilities.buttons else read(event.text)
    if chosen is None:
        return await _rated(turn, chat, event)
    alone = chat.role == ChatRole.COMMUNITY and abilities.hears_everything and event.reply_to is None
    post = None if alone else await _post(turn, chat, event.reply_to, chosen)
    button = _button(post, chosen.number) if post is not None else None
    return None if post is None or button is None else _press(event, post, button)


async def _rated(turn: Turn, chat: Chat, event: MessagePosted) -> ButtonPressed | None:
    """The button that the reporter names under the end of their report: "dạ, chưa được ạ"."""
    if chat.role != ChatRole.COMMUNITY or event.reply_to is None or len(event.text.split()) > _NAMED_IN:
        return None
    post = await outbox.of_post(turn.session, row_id(chat), event.reply_to)
    button = named(from_json(post.payload), event.text) if post is not None else None
    if post is None or button is None or post.ticket_id is None:
        return None
    ticket = await tickets.get(turn.session, post.ticket_id)
    sender = await members.find(turn.session, chat.platform, event.sender.id)
    is_asked = ticket is not None and ticket.status in SETTLED and ticket.satisfied is None
    is_reporter = ticket is not None and sender is not None and ticket.reporter_id == sender.id
    return _press(event, post, button) if is_asked and is_reporter else None


def _press(event: MessagePosted, post: Outbox, button: Button) -> ButtonPressed:
    return ButtonPressed(
        chat=event.chat,
        message=post.platform_message_id or "",
        sender=event.sender,
        at=event.at,
        press=event.id,
        data=button.data,
        written=True,
    )


async def _post(turn: Turn, chat: Chat, reply_to: str | None, chosen: Chosen) -> Outbox | None:
    """The post that is answered: the one replied to, else the newest that offers something."""
    if reply_to is not None:
        return await outbox.of_post(turn.session, row_id(chat), reply_to)
    if chosen.question is not None:
        asked = await outbox.by_key(turn.session, f"question:{chosen.question}:{chat.id}")
        if asked is not None:
            return asked
    since = turn.now - LATELY
    for post in await outbox.lately_sent(turn.session, row_id(chat), since, LOOKED_AT):
        content = from_json(post.payload)
        offers = isinstance(content, Post | Edit) and any(content.buttons)
        if offers and await _is_meant(turn, post, chosen):
            return post
    return None


async def _is_meant(turn: Turn, post: Outbox, chosen: Chosen) -> bool:
    """Whether a post is about what was named, if anything was; a notice is named as a question is."""
    if chosen.question is not None:
        return post.ticket_id is None and post.submission_id == chosen.question
    if chosen.ticket is None:
        return True
    ticket = await tickets.by_number(turn.session, chosen.ticket)
    return ticket is not None and ticket.id == post.ticket_id


def _button(post: Outbox, number: int) -> Button | None:
    buttons = _buttons(from_json(post.payload))
    return buttons[number - 1] if 1 <= number <= len(buttons) else None


def named(content: Content, words: str) -> Button | None:
    """The button of a post that words name, whatever courtesy is around it."""
    said = _AROUND.sub("", fold(words))
    return next((button for button in _buttons(content) if fold(button.text) == said), None)


def _buttons(content: Content) -> list[Button]:
    return [button for row in content.buttons for button in row] if isinstance(content, Post | Edit) else []


def parts(content: Post, abilities: Abilities, hint: str) -> list[Post]:
    """A post as a platform can take it: choices as lines where it has no buttons, in parts where it is long.

    Photos and the reply stay with the first part, the choices with the last, each name that is called with
    the part in which it stands, at the end of the text. A quiet post is quiet in all its parts.
    """
    text = content.text if abilities.buttons else numbered(content.text, content.buttons, hint)
    whole = pieces(_with_whole_names(text, content.calls), abilities.text_limit)
    first, *more = (piece.replace(_IN_NAME, " ") for piece in whole)
    if not more:
        return [replace(content, text=first)]
    posts = [replace(content, text=first, buttons=()), *(Post(one, quiet=content.quiet) for one in more)]
    posts[-1] = replace(posts[-1], buttons=content.buttons)
    return _calling(posts, content.calls)


def _with_whole_names(text: str, calls: Sequence[Mention]) -> str:
    """A text that no part ends within a name of: nobody hears who is called by half a name."""
    left, done = text, ""
    for call in reversed(calls):
        before, name, after = left.rpartition(call.name)
        if name:
            left, done = before, name.replace(" ", _IN_NAME) + after + done
    return left + done


def _calling(posts: Sequence[Post], calls: Sequence[Mention]) -> list[Post]:
    """Parts with those that each one calls, found from the last name backwards."""
    left, found = list(calls), []
    for post in reversed(posts):
        end, here = len(post.text), []
        while left and (end := post.text.rfind(left[-1].name, 0, end)) >= 0:
            here.append(left.pop())
        found.append(replace(post, calls=tuple(reversed(here))))
    return found[::-1]
