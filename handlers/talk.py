"""Most of what a group says is talk, from which nothing follows but a message kept: that of a batch is kept
together, with a few statements for all of it.

What is decided here is only that the usual way (`intake`) would keep a message and do nothing else. Whoever
said something else before it in the same batch, or wherever anything is open that it might touch, goes the
usual way, in order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers import fragments
from handlers.context import Services
from handlers.events import MessagePosted
from handlers.runs import Facts, RunPost, facts_of, pass_on
from storage import members, names
from storage import talk as tables
from storage.models import Chat, Member, row_id
from storage.names import Name
from storage.states import ChatRole


async def keep(session: AsyncSession, services: Services, run: Sequence[RunPost], now: datetime) -> set[int]:
    """Keep what is plain talk; the places of that, for which nothing is left to be done."""
    facts = await facts_of(session, services, run)
    plain = Decision(services, facts).plain(run)
    ids = await _member_ids(session, facts, run, now)
    rows = [_row(post, row_id(facts.chats[post.where]), ids[post.who], now) for post in plain]
    if rows:
        await tables.keep(session, rows)
    kept = {(post.where, post.event.id) for post in plain}
    pass_on(session, facts, [post for post in run if (post.where, post.event.id) not in kept], ids)
    return {post.place for post in plain}


class Decision:
    """Which posts of a run are plain talk, one after the other: pure, over what the tables hold."""

    def __init__(self, services: Services, facts: Facts) -> None:
        self._services = services
        self._window = services.policy.assemble_window
        self._facts = facts
        self._found: list[RunPost] = []
        self._busy: set[Name] = set()  # people whose turn comes the usual way
        self._waiting: dict[Name, datetime] = {}  # chats in which photos may wait, since when
        self._authors: dict[tuple[Name, str], Name] = {}  # of the messages passed already

    def plain(self, run: Sequence[RunPost]) -> Sequence[RunPost]:
        """Decide about each; `run` is in the order in which it was said."""
        for post in run:
            if post.sounds_plain and self._is_plain(post):
                self._found.append(post)
            else:
                self._busy.add(post.who)
                if post.may_wait:
                    since = self._waiting.get(post.where, post.event.at)
                    self._waiting[post.where] = min(since, post.event.at)
            self._authors.setdefault((post.where, post.event.id), post.who)
        return self._found

    def _is_plain(self, post: RunPost) -> bool:
        chat, member = self._facts.chats.get(post.where), self._facts.members.get(post.who)
        if chat is None or chat.role != ChatRole.COMMUNITY or post.where in self._facts.renamed:
            return False
        if post.who in self._busy or self._is_renamed(post, member) or self._is_known(post, chat):
            return False
        if member is not None and member.erased:
            return False  # what history brings back of them is not kept
        if member is not None and member.muted:
            return True
        if self._is_due(post, chat) or self._is_answer(post, chat):
            return False
        if member is not None and self._may_join(post, chat, member):
            return False
        return post.event.reply_to is not None or not self._completes(post, chat, member)

    def _is_renamed(self, post: RunPost, member: Member | None) -> bool:
        """Whether `members.ensure` would take over another name."""
        said = post.event.sender.name
        if member is not None:
            return said not in ("", member.name) and not member.erased
        earlier = {one.event.sender.name for one in self._found if one.who == post.who}
        return bool(earlier - {said})

    def _is_known(self, post: RunPost, chat: Chat) -> bool:
        passed = (post.where, post.event.id) in self._authors
        return passed or (chat.id, post.event.id) in self._facts.messages

    def _is_due(self, post: RunPost, chat: Chat) -> bool:
        """Whether photos there may have waited long enough for their words (`intake.settle_waiting`)."""
        until, since = self._facts.waiting.get(row_id(chat)), self._waiting.get(post.where)
        at = post.event.at
        return (until is not None and until < at) or (since is not None and since + self._window < at)

    def _is_answer(self, post: RunPost, chat: Chat) -> bool:
        """Whether it replies to a post of ours, or to something told, or to what may become that first."""
        reply_to = post.event.reply_to
        if reply_to is None:
            return False
        replied = self._facts.messages.get((row_id(chat), reply_to))
        author = self._authors.get((post.where, reply_to))
        busy_ids = {self._facts.members[who].id for who in self._busy if who in self._facts.members}
        return (
            (chat.id, reply_to) in self._facts.own_posts
            or author in self._busy
            or (replied is not None and (replied.submission_id is not None or replied.member_id in busy_ids))
        )

    def _may_join(self, post: RunPost, chat: Chat, member: Member) -> bool:
        """Whether `submissions.recent` has anything for it."""
        at = post.event.at
        return any(
            (one.chat_id, one.member_id) == (chat.id, member.id)
            and one.open_until >= at
            and one.opened_at <= at + self._window
            for one in self._facts.begun
        )

    def _completes(self, post: RunPost, chat: Chat, member: Member | None) -> bool:
        """Whether it makes feedback of the short messages that its author sent just before."""
        at = post.event.at
        known = [] if member is None else self._facts.unplaced.get((row_id(chat), row_id(member)), [])
        passed = [
            (one.event.at, one.event.text)
            for one in (*self._found, post)
            if (one.who, one.where) == (post.who, post.where) and _is_word(one.event)
        ]
        lately = sorted([*known, *passed], key=lambda one: one[0])
        words = [text for sent_at, text in lately if at - self._window <= sent_at <= at]
        return fragments.together(self._services, words[-fragments.MOST :]) is not None


def _is_word(event: MessagePosted) -> bool:
    """Whether `messages.unplaced` has it."""
    return event.reply_to is None and event.text != "" and not event.text.startswith("/")


async def _member_ids(
    session: AsyncSession, facts: Facts, run: Sequence[RunPost], now: datetime
) -> dict[Name, int]:
    """Our ids of those who are heard; the new ones among them are made, each by the first name they said."""
    known = dict(facts.members)
    heard = [post for post in reversed(run) if facts.is_heard(post)]
    new = {post.who: post.event.sender.name for post in heard if post.who not in known}
    if new:
        await members.create(session, new, now)
        known |= await names.find_all(session, Member, new)
    return {who: row_id(member) for who, member in known.items()}


def _row(post: RunPost, chat_id: int, member_id: int, now: datetime) -> dict[str, Any]:
    event = post.event
    return {
        "chat_id": chat_id,
        "external_id": event.id,
        "member_id": member_id,
        "reply_to": event.reply_to,
        "sent_at": event.at,
        "received_at": now,
        "text": event.text,
    }
