"""The groups and their people: is there who listens, who is told, who may decide."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.doctor.case import Case
from bot.doctor.findings import Finding, Level, advice, ok, wrong
from bot.looking import ERRORS, NoDatabase, opened
from bot.opening import database_url
from bot.platforms import webchat
from bot.sections import PLATFORMS
from storage import chats, members, messages, migrations
from storage.database import Database
from storage.models import row_id
from storage.states import ChatRole

UNHEARD = (
    "write there while congich runs; still nothing: see that the id is right, then take the bot out and add"
    " it again"
)
INVITE = "invite people: congich invite, or /moi in the moderators' room"  # of which the bot is no member
MOST_SHOWN = 5  # groups that nobody configured


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """What the database knows. Chats are (platform, id)."""

    spoken: frozenset[tuple[str, str]] = frozenset()  # somebody wrote in these
    unknown: Mapping[tuple[str, str], str] = field(default_factory=dict)  # not configured; their titles
    moderators: Mapping[str, int] = field(default_factory=dict)  # how many each platform has


async def examine(case: Case) -> list[Finding]:
    said = [*platforms(case), *rooms(case)]
    try:
        heard = await _heard(case)
    except ERRORS:  # of which the store's examination tells; who was made a moderator nobody knows then
        return [*said, *(one for one in moderators(case, ChatFacts()) if one.level is Level.OK)]
    said += moderators(case, heard or ChatFacts())
    if heard is not None:
        said += [*silent(case, heard), *strangers(heard.unknown)]
    return said


async def _heard(case: Case) -> ChatFacts | None:
    """None before the first start. Raises ERRORS where the database can't tell."""
    try:
        async with opened(database_url(case.config, case.environ)) as database:
            if await migrations.current(database) is None:
                return None
            await migrations.expect(database)
            return await _read(database, case.platforms)
    except NoDatabase:
        return None


async def _read(database: Database, names: Collection[str]) -> ChatFacts:
    async with database.read() as session:
        known = await chats.everywhere(session)
        last = await messages.last_heard(session)
        counts = {name: len(await members.moderators(session, name, 100)) for name in names}
    return ChatFacts(
        frozenset((chat.platform, chat.external_id) for chat in known if row_id(chat) in last),
        {(one.platform, one.external_id): one.title for one in known if one.role is ChatRole.UNKNOWN},
        counts,
    )


def platforms(case: Case) -> list[Finding]:
    """Whether any is on, and whether each group's is."""
    if not case.platforms:
        remedy = f"set one of these to true: {', '.join(f'{name}.enabled' for name in PLATFORMS)}"
        return [wrong("chats.platform", "no platform is on", remedy)]
    return [
        advice(
            "chats.platform_off",
            f"the group {chat.id} is on {chat.platform}, which is switched off",
            f"set {chat.platform}.enabled to true, or take the group out of [[chats]]",
        )
        for chat in case.config.chats
        if chat.platform not in case.platforms
    ]


def rooms(case: Case) -> list[Finding]:
    """Whether there is a community to listen to and a room in which moderators are told."""
    on = [chat for chat in case.config.chats if chat.platform in case.platforms]
    said, count = list[Finding](), {role: sum(one.role == role for one in on) for role in _ROLES}
    if not count["community"]:
        says = "no group is named whose people are listened to"
        said.append(wrong("chats.community", says, _name_one(case, "community")))
    if not count["moderation"]:
        says = "no room is named in which moderators see tickets, questions and dangers"
        said.append(wrong("chats.moderation", says, _name_one(case, "moderation")))
    if not said:
        told = ", ".join(f"{number} {role}" for role, number in count.items() if number)
        said.append(ok("chats.rooms", f"groups named: {told}"))
    return said


_ROLES = ("community", "moderation", "department")


def _name_one(case: Case, role: str) -> str:
    if set(case.platforms) == {webchat.NAME}:  # whose rooms are there once they are named
        return f'add [[chats]] with platform = "{webchat.NAME}", an id of your choice and role = "{role}"'
    return (
        "write something in the group while congich runs, read its id from: congich chats, "
        f'and add [[chats]] with platform, id and role = "{role}"'
    )


def moderators(case: Case, heard: ChatFacts) -> list[Finding]:
    """Whether somebody may work the tickets, on each platform whose groups are named."""
    said, well = list[Finding](), list[str]()
    for name in case.platforms:
        if case.chats_on(name):
            (well.append(name) if _has_moderators(case, heard, name) else said.append(_nobody(name)))
    if well:
        said.append(ok("chats.moderators", f"somebody may work the tickets on {', '.join(well)}"))
    return said


def _has_moderators(case: Case, heard: ChatFacts, platform: str) -> bool:
    """Named, granted before, or read from the group's own administrators when congich runs."""
    roles = case.config.roles
    named = any(one.startswith(f"{platform}:") for one in (*roles.administrators, *roles.moderators))
    community = any(chat.role == "community" for chat in case.chats_on(platform))
    read = platform == "telegram" and case.config.telegram.platform_administrators and community
    return named or read or heard.moderators.get(platform, 0) > 0


def _nobody(platform: str) -> Finding:
    says = f"nobody is a moderator on {platform}, so nobody can work a ticket there"
    remedy = f'add "{platform}:<their id>" to roles.moderators'
    return wrong("chats.moderators", says, remedy)


def silent(case: Case, heard: ChatFacts) -> list[Finding]:
    """Communities in which nothing was heard yet."""
    return [
        advice(
            "chats.silent",
            f"nothing was heard yet in the community {chat.id} on {chat.platform}",
            INVITE if chat.platform == webchat.NAME else UNHEARD,
        )
        for chat in case.config.chats
        if chat.role == "community"
        and chat.platform in case.platforms
        and (chat.platform, chat.id) not in heard.spoken
    ]


def strangers(unknown: Mapping[tuple[str, str], str]) -> list[Finding]:
    """Groups that the bot hears and never answers, with the lines that would change it."""
    return [
        advice(
            "chats.unknown",
            f"heard in a group that is not named: {title or 'without a title'} ({number} on {platform})",
            "to answer there add [[chats]] and below it, each on a line of its own, "
            f'platform = "{platform}", id = "{number}" and its role: "community", or "moderation" where '
            'moderators talk, or "department" with whose it is; else take the bot out of it',
        )
        for (platform, number), title in list(unknown.items())[:MOST_SHOWN]
    ]
