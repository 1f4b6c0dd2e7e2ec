"""Most of what a group says is talk, from which nothing follows but a message kept: that of a batch is kept
together, with a few statements for all of it.

What is decided here is only that the usual way (`intake`) would keep a message and do nothing else. Whoever
said something else before it in the same batch, or wherever anything is open that it might touch, goes the
usual way, in order.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handlers import assemble, choices, commands, feedback, loopmarks
from handlers.context import Services
from handlers.events import Event, MessagePosted
from storage import members, names
from storage import talk as tables
from storage.models import Chat, Member, row_id
from storage.names import Name
from storage.states import ChatRole


@dataclass(frozen=True, slots=True)
class Told:
    """One event, and the platform that tells of it."""

    platform: str
    event: Event


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a run, and where the usual way would put it if nothing of its author were open."""

    place: int
    platform: str
    event: MessagePosted
    alone: assemble.Placement | None  # None: it needs a look that is not taken here

    @property
    def sounds_plain(self) -> bool:
        """Whether its words ask for nothing."""
        return isinstance(self.alone, assemble.Leave)

    @property
    def may_wait(self) -> bool:
        """Whether it may begin to wait for its words."""
        return self.alone == assemble.Start(waiting=True)

    @property
    def who(self) -> Name:
        return self.platform, self.event.sender.id

    @property
    def where(self) -> Name:
        return self.platform, self.event.chat


def runs(services: Services, told: Sequence[Told]) -> Iterator[range]:
    """The places of a batch, cut behind whatever may change more than what its own author said."""
    begun = 0
    for place, one in enumerate(told, start=1):
        if place == len(told) or not _is_post(services, one):
            yield range(begun, place)
            begun = place


def posts(services: Services, told: Sequence[Told], run: range) -> list[Post]:
    """The posts of a run; empty where none of them sounds plain."""
    found = []
    for place in run:
        one = told[place]
        if isinstance(one.event, MessagePosted) and _is_post(services, one):
            found.append(Post(place, one.platform, one.event, _alone(services, one)))
    return found if any(post.sounds_plain for post in found) else []


async def keep(session: AsyncSession, services: Services, run: Sequence[Post], now: datetime) -> set[int]:
    """Keep what is plain talk; the places of that, for which nothing is left to be done."""
    facts = await _facts(session, services, run)
    plain = Decision(services, facts).plain(run)
    ids = await _member_ids(session, facts, plain, now)
    rows = [_row(post, row_id(facts.chats[post.where]), ids[post.who], now) for post in plain]
    if rows:
        await tables.keep(session, rows)
    return {post.place for post in plain}


def _is_post(services: Services, told: Told) -> bool:
    """What no command, press or change of an earlier message can be."""
    event = told.event
    if not isinstance(event, MessagePosted) or event.edited or event.to_bot:
        return False
    chooses = not services.abilities(told.platform).buttons and choices.read(event.text) is not None
    return not chooses and not commands.is_command(event.text)


def _alone(services: Services, told: Told) -> assemble.Placement | None:
    event = told.event
    assert isinstance(event, MessagePosted)
    is_mute = event.sender.is_bot or loopmarks.code_in(services.seal, event.text) is not None
    if is_mute or not services.abilities(told.platform).hears_everything:
        return None
    has_photos, policy = bool(event.photos), services.policy
    seen = services.understand(event.text, has_photo=has_photos)
    heard = assemble.Heard(
        has_text=bool(event.text.strip()),
        has_photos=has_photos,
        seen=seen,
        perhaps=seen.feedback >= policy.unsure,
        sure=seen.feedback >= policy.sure,
    )
    placed = assemble.place(heard, [])
    is_more = event.photos or event.album or event.location  # a message is all that is kept here
    return None if is_more and isinstance(placed, assemble.Leave) else placed


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables hold of the chats and people of a run."""

    chats: dict[Name, Chat]
    renamed: Collection[Name]  # chats whose title is a new one
    members: dict[Name, Member]
    messages: dict[tuple[int, str], tables.KnownMessage]
    own_posts: Collection[tuple[int, str]]
    begun: Sequence[tables.Begun]
    unplaced: Mapping[tuple[int, int], Sequence[tables.Words]]  # by chat and member
    waiting: dict[int, datetime]


async def _facts(session: AsyncSession, services: Services, run: Sequence[Post]) -> Facts:
    chats = await names.find_all(session, Chat, {post.where for post in run})
    people = await names.find_all(session, Member, {post.who for post in run})
    chat_ids = {row_id(chat) for chat in chats.values() if chat.role == ChatRole.COMMUNITY}
    member_ids = {row_id(people[post.who]) for post in run if post.sounds_plain and post.who in people}
    replied = {post.event.reply_to for post in run if post.event.reply_to is not None}
    first, last = min(post.event.at for post in run), max(post.event.at for post in run)
    window = services.policy.assemble_window
    return Facts(
        chats=chats,
        renamed={post.where for post in run if _renames(chats.get(post.where), post.event)},
        members=people,
        messages=await tables.messages(session, chat_ids, replied | {post.event.id for post in run}),
        own_posts=await tables.own_posts(session, chat_ids, replied),
        begun=await tables.begun(session, chat_ids, member_ids, first, last + window),
        unplaced=await tables.unplaced(session, chat_ids, member_ids, first - window, last),
        waiting=await tables.waiting(session, chat_ids),
    )


def _renames(chat: Chat | None, event: MessagePosted) -> bool:
    return chat is not None and bool(event.chat_title) and event.chat_title != chat.title


class Decision:
    """Which posts of a run are plain talk, one after the other: pure, over what the tables hold."""

    def __init__(self, services: Services, facts: Facts) -> None:
        self._services = services
        self._window = services.policy.assemble_window
        self._facts = facts
        self._found: list[Post] = []
        self._busy: set[Name] = set()  # people whose turn comes the usual way
        self._waiting: dict[Name, datetime] = {}  # chats in which photos may wait, since when
        self._authors: dict[tuple[Name, str], Name] = {}  # of the messages passed already

    def plain(self, run: Sequence[Post]) -> Sequence[Post]:
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

    def _is_plain(self, post: Post) -> bool:
        chat, member = self._facts.chats.get(post.where), self._facts.members.get(post.who)
        if chat is None or chat.role != ChatRole.COMMUNITY or post.where in self._facts.renamed:
            return False
        if post.who in self._busy or self._is_renamed(post, member) or self._is_known(post, chat):
            return False
        if member is not None and member.muted:
            return True
        if self._is_due(post, chat) or self._is_answer(post, chat):
            return False
        if member is not None and self._may_join(post, chat, member):
            return False
        return post.event.reply_to is not None or not self._completes(post, chat, member)

    def _is_renamed(self, post: Post, member: Member | None) -> bool:
        """Whether `members.ensure` would take over another name."""
        said = post.event.sender.name
        if member is not None:
            return said not in ("", member.name) and not member.erased
        earlier = {one.event.sender.name for one in self._found if one.who == post.who}
        return bool(earlier - {said})

    def _is_known(self, post: Post, chat: Chat) -> bool:
        passed = (post.where, post.event.id) in self._authors
        return passed or (chat.id, post.event.id) in self._facts.messages

    def _is_due(self, post: Post, chat: Chat) -> bool:
        """Whether photos there may have waited long enough for their words (`intake.settle_waiting`)."""
        until, since = self._facts.waiting.get(row_id(chat)), self._waiting.get(post.where)
        at = post.event.at
        return (until is not None and until < at) or (since is not None and since + self._window < at)

    def _is_answer(self, post: Post, chat: Chat) -> bool:
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

    def _may_join(self, post: Post, chat: Chat, member: Member) -> bool:
        """Whether `submissions.recent` has anything for it."""
        at = post.event.at
        return any(
            (one.chat_id, one.member_id) == (chat.id, member.id)
            and one.open_until >= at
            and one.opened_at <= at + self._window
            for one in self._facts.begun
        )

    def _completes(self, post: Post, chat: Chat, member: Member | None) -> bool:
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
        return feedback.together(self._services, words[-feedback.FRAGMENTS :]) is not None


def _is_word(event: MessagePosted) -> bool:
    """Whether `messages.unplaced` has it."""
    return event.reply_to is None and event.text != "" and not event.text.startswith("/")


async def _member_ids(
    session: AsyncSession, facts: Facts, plain: Sequence[Post], now: datetime
) -> dict[Name, int]:
    """Our ids of those who talk; the new ones among them are made."""
    known = dict(facts.members)
    new = {post.who: post.event.sender.name for post in plain if post.who not in known}
    if new:
        await members.create(session, new, now)
        known |= await names.find_all(session, Member, new)
    return {who: row_id(member) for who, member in known.items()}


def _row(post: Post, chat_id: int, member_id: int, now: datetime) -> dict[str, Any]:
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
