"""What is done about people: roles, muting, a flood taken back, and data erased at their own wish."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers import announce, bulk, buttons, cards, desks, history, limits, listing
from handlers.context import Turn
from handlers.department_words import department_in, keys_written
from handlers.orders import Answer, Order
from handlers.outgoing import edit, say
from handlers.posts import Content, Edit, Keyboard, Post, from_json
from handlers.redact import HIDDEN
from handlers.understanding import fold
from storage import erasure, members, messages, outbox, prompts, tickets
from storage.models import Chat, Member, Outbox, Prompt, Ticket, row_id
from storage.states import MemberRole, OutboxState

ERASE = "erase"
# What we write of a ticket where everybody reads: what it is and where, none of its reporter's words.
_WITHOUT_WORDS = (
    announce.ACKNOWLEDGEMENT,
    announce.ACKNOWLEDGEMENTS,
    "joined",
    "reminder",
    "private",
    "reaction",
)
_ANSWERS = "reply:"  # how `announce.reply_key` begins
# How the keys of posts begin that say who is called or who judged, beside words of others.
_SAYING_WHO = ("alarm:", "question:", "held:")
_IN_CHATS = (OutboxState.SENT, OutboxState.SENDING)
_ROLES = {
    "quan tri": MemberRole.ADMINISTRATOR,
    "administrator": MemberRole.ADMINISTRATOR,
    "dieu phoi": MemberRole.MODERATOR,
    "dieu hanh": MemberRole.MODERATOR,
    "moderator": MemberRole.MODERATOR,
    "can bo": MemberRole.DEPARTMENT,
    "officer": MemberRole.DEPARTMENT,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role as written, and the words after it."""

    role: MemberRole
    rest: str


def read_grant(words: str) -> Grant | None:
    """The role that words begin with: "điều phối", "can bo chieusang"."""
    said = fold(words)
    for name, role in _ROLES.items():
        if said == name or said.startswith(f"{name} "):
            return Grant(role, said[len(name) :].strip())
    return None


async def grant(turn: Turn, order: Order) -> Answer:
    """Give somebody a role: as a reply to them, `/capquyen điều phối` or `/capquyen cán bộ chieusang`."""
    member, words = await _whom(turn, order)
    given = read_grant(words)
    if member is None or given is None:
        return order.answer("grant.how")
    department = (await department_in(turn, given.rest))[0] if given.role is MemberRole.DEPARTMENT else None
    if given.role is MemberRole.DEPARTMENT and department is None:
        return order.answer("grant.department", departments=await keys_written(turn))
    member.role, member.role_source, member.department = given.role, members.GRANTED, department
    return order.answer_of(member, "grant.done", role=order.say(f"role.{given.role.value}"))


async def revoke(turn: Turn, order: Order) -> Answer:
    """Somebody is a member like others again."""
    member = await _alone(turn, order)
    if isinstance(member, Answer):
        return member
    if member.role_source == members.CONFIG:
        return order.answer_of(member, "revoke.config")
    member.role, member.role_source, member.department = MemberRole.MEMBER, members.GRANTED, None
    return order.answer_of(member, "grant.done", role=order.say("role.member"))


async def mute(turn: Turn, order: Order) -> Answer:
    """What somebody posts opens no tickets any more; they chat as before."""
    member = await _alone(turn, order)
    if isinstance(member, Answer):
        return member
    member.muted = True
    return order.answer_of(member, "mute.done")


async def unmute(turn: Turn, order: Order) -> Answer:
    """What somebody posts opens tickets again."""
    member = await _alone(turn, order)
    if isinstance(member, Answer):
        return member
    member.muted = False
    return order.answer_of(member, "unmute.done")


async def undo_flood(turn: Turn, order: Order) -> Answer:
    """Turn down all that somebody opened within the last day, after a confirmation."""
    member = await _alone(turn, order)
    return member if isinstance(member, Answer) else await bulk.flood(turn, order, member)


async def _alone(turn: Turn, order: Order) -> Member | Answer:
    """Who is meant where nothing else is said; what to answer where that is nobody, or may be two."""
    replied = await _replied_to(turn, order)
    named, _ = await _named(turn, order)
    if replied is not None and named is not None and named.id != replied.id:
        both = order.answer_of(replied, "mute.two", other=named.name)
        return replace(both, names=(*both.names, row_id(named)))
    return replied or named or order.answer("mute.how")


async def _whom(turn: Turn, order: Order) -> tuple[Member | None, str]:
    """Who is meant: the author replied to, a card's reporter, or a name or id that the words begin with."""
    replied = await _replied_to(turn, order)
    return (replied, order.words) if replied is not None else await _named(turn, order)


async def _replied_to(turn: Turn, order: Order) -> Member | None:
    """The author of the post replied to; of a card, its reporter."""
    if order.message.reply_to is None:
        return None
    replied = await messages.find(turn.session, row_id(order.chat), order.message.reply_to)
    if replied is not None:
        return await turn.session.get_one(Member, replied.member_id)
    if order.replied is not None:
        return await turn.session.get_one(Member, order.replied.reporter_id)
    return None


async def _named(turn: Turn, order: Order) -> tuple[Member | None, str]:
    """The one member whose name or id a command's words begin with, and the words after it."""
    words = order.words.split()
    for length in range(min(len(words), 6), 0, -1):
        name = " ".join(words[:length]).lstrip("@")
        found = await members.named(turn.session, order.chat.platform, name)
        if len(found) == 1:
            return found[0], " ".join(words[length:])
    return None, order.words


async def ask_to_erase(turn: Turn, order: Order) -> Answer:
    """Whoever asks may have their own data erased; one press more, because it can't be undone."""
    prompt = await prompts.ask(turn.session, order.chat, order.member, ERASE, {}, turn.now)
    keyboard = buttons.confirm_keyboard(order.say, row_id(prompt), order.say("erase.button"))
    return Answer(order.say("erase.confirm"), keyboard)


async def carry_out(turn: Turn, chat: Chat, prompt: Prompt, member: Member) -> str:
    """Do what was confirmed."""
    if prompt.purpose == ERASE:
        await erase(turn, member)
        return say(turn, chat, "erase.done")
    flooder = await turn.session.get_one(Member, int(prompt.detail["member"]))
    note = say(turn, chat, "flood.note")
    count = await limits.undo_flood(turn, flooder, member, note)
    return say(turn, chat, "flood.done", name=flooder.name, count=count)


async def erase(turn: Turn, member: Member) -> None:
    """Texts, photos and name go; counts and history stay, and posts of ours that quote them are edited."""
    answers = await _answers_about(turn, member)
    name = member.name
    standing = [row for row in answers if row.target_key is None and row.state in _IN_CHATS]
    about = {row_id(post): post for post in await erasure.posts_about(turn.session, member)}
    posts = about | {row_id(post): post for post in standing}
    shown = [await _shown(turn, post) for post in posts.values()]
    theirs = await erasure.erase(turn.session, member, turn.at)
    for ticket in theirs:
        ticket.version += 1
        await history.note(turn, ticket, erasure.ERASED)
        await announce.changed(turn, ticket)
    for post, content in shown:
        if post.purpose in _WITHOUT_WORDS or not isinstance(content, Post):
            continue
        is_named = member.id in content.names  # else it is a word like others: "đội Mai Thanh Thế"
        nameless = replace(content, text=_nameless(content.text, name)) if is_named else content
        if row_id(post) in about or not post.idempotency_key.startswith(_SAYING_WHO):
            await _strip(turn, post, nameless, member)
        elif post.state != OutboxState.PENDING and nameless.text != content.text:
            await _unname(turn, post, nameless, member)
    for row in answers:
        await _empty(turn, row, name)
    await erasure.empty_copies(turn.session, member)  # of edits, too, that will not leave now


async def _shown(turn: Turn, post: Outbox) -> tuple[Outbox, Content]:
    """A post, and what it is with the words that it has by its newest edit."""
    content, newest = from_json(post.payload), from_json(await outbox.newest(turn.session, post))
    if isinstance(content, Post) and isinstance(newest, Post | Edit):
        content = replace(content, text=newest.text, buttons=newest.buttons)
    return post, content


def _nameless(text: str, name: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text) if name else text


async def _answers_about(turn: Turn, member: Member) -> Sequence[Outbox]:
    """Lists, histories and answers that show their words, and what names them, with all pages and parts."""
    reported, touched = await erasure.traces(turn.session, member)
    said = await outbox.said_under(turn.session, _ANSWERS, row_id(member))
    quoting = {
        _answer(one) for one in said if member.id in one.names or listing.quotes(one.text, reported, touched)
    }
    return await outbox.by_ids(turn.session, [one.id for one in said if _answer(one) in quoting])


def _answer(said: outbox.PostedWords) -> str:
    """The answer of which something was said: what did not fit into its post has its key and a number."""
    return re.sub(r"\+\d+$", "", said.post)


async def _empty(turn: Turn, row: Outbox, name: str) -> None:
    """Our copy of an answer loses its words, that of what says who did it their name; one that has not left
    leaves so."""
    chat = await turn.session.get_one(Chat, row.chat_id)
    leaves = row.state == OutboxState.PENDING
    text = say(turn, chat, "erase.removed") if leaves else ""
    if (row.target_key or row.idempotency_key).startswith((announce.END, *_SAYING_WHO)):
        text = _nameless(row.payload["text"], name)
    row.payload = {**row.payload, "text": text}
    if row.payload.get("calls"):
        row.payload = {**row.payload, "calls": [one for one in row.payload["calls"] if one[1] != name]}


async def _unname(turn: Turn, row: Outbox, nameless: Post, member: Member) -> None:
    """A post with words of others says […] for their name, and has the buttons that it had."""
    chat = await turn.session.get_one(Chat, row.chat_id)
    keyboard = tuple(
        tuple(replace(one, data=turn.services.seal.opened(one.data)) for one in line)
        for line in nameless.buttons
    )
    await edit(turn, chat, row, _key_of(turn, row, member), Edit(nameless.text, keyboard))


def _key_of(turn: Turn, row: Outbox, member: Member) -> str:
    return f"{row.idempotency_key}@erased:{member.id}:{turn.at.isoformat()}"  # another may follow


async def _strip(turn: Turn, row: Outbox, content: Post, member: Member) -> None:
    """A post that quotes them or shows their photos does so no more; one that waits leaves without them."""
    chat = await turn.session.get_one(Chat, row.chat_id)
    ticket = await tickets.get(turn.session, row.ticket_id) if row.ticket_id else None
    said = await _without_them(turn, chat, row, content, ticket, member)
    if said is None:
        return
    if row.state != OutboxState.PENDING:
        await edit(turn, chat, row, _key_of(turn, row, member), said, ticket=ticket)
        return
    row.payload = row.payload | {"text": said.text} | ({} if said.buttons else {"buttons": []})


async def _without_them(
    turn: Turn, chat: Chat, row: Outbox, content: Post, ticket: Ticket | None, member: Member
) -> Edit | None:
    """What a post says without their words and photos; None where it has neither."""
    shows = {cards.CARD: cards, desks.CARD: desks}.get(row.purpose)
    if shows is desks and ticket is not None and not desks.is_shown(chat, ticket):
        return Edit(content.text, bare=True)  # it was taken away from them
    if shows is not None and ticket is not None:
        text, keyboard = await shows.text_of(turn, chat, ticket), shows.keyboard_of(turn, chat, ticket)
        return Edit(text, keyboard, bare=True)
    if row.purpose not in (announce.SETTLED, announce.ELSEWHERE):
        return Edit(say(turn, chat, "erase.removed"), bare=True)
    asked: Keyboard = ()
    if content.buttons and ticket is not None and ticket.reporter_id != member.id:
        asked = announce.satisfaction(turn, chat, ticket)
    is_shown = content.photos and row.state != OutboxState.PENDING  # no erased photo leaves
    is_named = member.id in content.names
    return Edit(content.text, asked, bare=bool(content.photos)) if is_shown or is_named else None
