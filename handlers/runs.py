"""A run of posts, and what the tables hold of those who posted: each question asked once for all of them.

`talk` decides upon it what is plain talk, and what goes the usual way is spared what is known already.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers import assemble, choices, commands, loopmarks, mistakes, slips
from handlers.context import Services
from handlers.events import Event, MessagePosted
from storage import messages, names, submissions
from storage import talk as tables
from storage.models import Chat, Member, row_id
from storage.names import Name
from storage.states import ChatRole


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """One event, and the platform that tells of it."""

    platform: str
    event: Event


@dataclass(frozen=True, slots=True)
class RunPost:
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


def cut(services: Services, told: Sequence[PlatformEvent]) -> Iterator[range]:
    """The places of a batch, cut behind whatever may change more than what its own author said."""
    begun = 0
    for place, one in enumerate(told, start=1):
        if place == len(told) or not _is_post(services, one):
            yield range(begun, place)
            begun = place


def posts(services: Services, told: Sequence[PlatformEvent], run: range) -> list[RunPost]:
    """The posts of a run; empty where none of them sounds plain."""
    found = []
    for place in run:
        one = told[place]
        if isinstance(one.event, MessagePosted) and _is_post(services, one):
            found.append(RunPost(place, one.platform, one.event, _alone(services, one)))
    return found if any(post.sounds_plain for post in found) else []


def _is_post(services: Services, told: PlatformEvent) -> bool:
    """What no command, press or change of an earlier message can be."""
    event = told.event
    if not isinstance(event, MessagePosted) or event.edited or event.to_bot:
        return False
    chooses = not services.abilities(told.platform).buttons and choices.read(event.text) is not None
    return not chooses and not commands.is_command(event.text)


def _alone(services: Services, told: PlatformEvent) -> assemble.Placement | None:
    event = told.event
    assert isinstance(event, MessagePosted)
    is_mute = event.sender.is_bot or loopmarks.code_in(services.seal, event.text) is not None
    # "em báo nhầm" and "lộn, hẻm 21" are about what their author told last.
    is_of_a_ticket = mistakes.says(event.text) or slips.says(event.text)
    if is_mute or is_of_a_ticket or not services.abilities(told.platform).hears_everything:
        return None
    has_photos, policy = bool(event.photos), services.policy
    seen = services.understand(event.text, has_photo=has_photos)
    heard = assemble.NewMessage(
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
    begun: Sequence[tables.OpenSubmission]
    unplaced: Mapping[tuple[int, int], Sequence[tables.SentText]]  # by chat and member
    waiting: dict[int, datetime]
    joinable: Collection[tuple[int, int]]  # chats and members with a submission that a post may join
    first: datetime  # when the earliest of the posts was said
    last: datetime

    def is_heard(self, post: RunPost) -> bool:
        """Whether the usual way would keep it: it is new, and of a person in a group that we listen to."""
        chat = self.chats.get(post.where)
        return (
            chat is not None
            and chat.role == ChatRole.COMMUNITY
            and not post.event.sender.is_bot
            and (row_id(chat), post.event.id) not in self.messages
        )


async def facts_of(session: AsyncSession, services: Services, run: Sequence[RunPost]) -> Facts:
    """Ask all that is to be known of a run; of who does not sound plain, only whether anything is open."""
    chats = await names.find_all(session, Chat, {post.where for post in run})
    people = await names.find_all(session, Member, {post.who for post in run})
    chat_ids = {row_id(chat) for chat in chats.values() if chat.role == ChatRole.COMMUNITY}
    talkers = {row_id(people[post.who]) for post in run if post.sounds_plain and post.who in people}
    others = {row_id(member) for member in people.values()} - talkers
    replied = {post.event.reply_to for post in run if post.event.reply_to is not None}
    first, last = min(post.event.at for post in run), max(post.event.at for post in run)
    window = services.policy.assemble_window
    begun = await tables.begun(session, chat_ids, talkers, first, last + window)
    joinable = await tables.joinable(session, chat_ids, others, first, last + window)
    return Facts(
        chats=chats,
        renamed={post.where for post in run if _renames(chats.get(post.where), post.event)},
        members=people,
        messages=await tables.messages(session, chat_ids, replied | {post.event.id for post in run}),
        own_posts=await tables.own_posts(session, chat_ids, replied),
        begun=begun,
        unplaced=await tables.unplaced(session, chat_ids, talkers, first - window, last),
        waiting=await tables.waiting(session, chat_ids),
        joinable=joinable | {(one.chat_id, one.member_id) for one in begun},
        first=first,
        last=last,
    )


def pass_on(session: AsyncSession, facts: Facts, rest: Sequence[RunPost], ids: Mapping[Name, int]) -> None:
    """Spare the posts that go the usual way what is known already; `ids` are our own of who posted."""
    for post in rest:
        if not facts.is_heard(post):
            continue
        chat_id, member_id = row_id(facts.chats[post.where]), ids[post.who]
        messages.note_unknown(session, chat_id, post.event.id)
        if chat_id not in facts.waiting:
            submissions.note_none_waits(session, chat_id)
        if (chat_id, member_id) not in facts.joinable:
            submissions.note_none_open(session, chat_id, member_id, facts.first, facts.last)


def _renames(chat: Chat | None, event: MessagePosted) -> bool:
    return chat is not None and bool(event.chat_title) and event.chat_title != chat.title
