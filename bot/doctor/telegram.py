"""Telegram: the token, privacy mode, the webhook, and the bot's place in each named group."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.doctor import keys
from bot.doctor.case import Case
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.platforms.telegram_account import BotUser, TelegramAccount, WebhookInfo
from bot.sections import ChatSection
from handlers.ports import DeliveryError, JsonObject, PlatformDown, Refused

MANY_WAITING = 100
RECENT = timedelta(hours=1)
_OUTSIDE = ("left", "kicked")


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """How the bot is in one group; `problem` where Telegram would not say."""

    chat: ChatSection
    status: str = ""  # Bot API "ChatMember"
    may_write: bool = True
    may_send_photos: bool = True
    problem: str = ""
    is_unclear: bool = False  # it may say so at another time
    moved_to: str = ""
    real_id: str = ""  # Telegram's own, where another one is configured

    @property
    def named(self) -> str:
        return f"the {self.chat.role} group {self.chat.title or self.chat.id}"

    @property
    def is_administrator(self) -> bool:
        return self.status in ("administrator", "creator")

    @property
    def is_inside(self) -> bool:
        return self.status not in ("", *_OUTSIDE)


async def examine(case: Case) -> list[Finding]:
    token = keys.token(case, keys.TELEGRAM) if case.config.telegram.enabled else None
    if token is None:
        return []
    asked = TelegramAccount(token.reveal(), case.config.telegram.api_root)
    try:
        account = await asked.me()
        groups = case.chats_on("telegram")
        places = await asyncio.gather(*(_place(asked, account, chat) for chat in groups))
        hook = await asked.webhook()
    except DeliveryError as error:
        return [unusable(error)]
    finally:
        await asked.close()
    return [
        ok("telegram.token", f"Telegram knows the bot as @{account.username}"),
        privacy(account, places),
        *joining(account, places),
        *(finding for place in places for finding in standing(place)),
        *webhook(hook, _expected(case), case.clock()),
    ]


def _expected(case: Case) -> str:
    """The address that Telegram is to tell of messages; empty where it is asked."""
    settings = case.config.telegram
    if settings.receive == "poll":
        return ""
    return case.config.web.public_url.rstrip("/") + settings.webhook_path


async def _place(asked: TelegramAccount, account: BotUser, chat: ChatSection) -> GroupFacts:
    try:
        return placed(chat, await asked.group(chat.id), await asked.membership(chat.id, account.id))
    except Refused as error:
        return GroupFacts(chat, problem=str(error), moved_to=error.moved_to or "")
    except DeliveryError as error:
        return GroupFacts(chat, problem=str(error), is_unclear=True)


def placed(chat: ChatSection, group: JsonObject, member: JsonObject) -> GroupFacts:
    """What ChatFullInfo and ChatMember say together; what they leave out is allowed."""
    status = str(member.get("status", ""))
    if status == "restricted" and member.get("is_member") is False:
        status = "left"
    allowed = group.get("permissions")
    rights = {"restricted": [member], "member": []}.get(status)
    rights = [] if rights is None else [*rights, allowed if isinstance(allowed, dict) else {}]
    return GroupFacts(
        chat,
        status,
        may_write=all(one.get("can_send_messages", True) for one in rights),
        may_send_photos=all(one.get("can_send_photos", True) for one in rights),
        real_id=real_id if (real_id := str(group.get("id", chat.id))) != chat.id else "",
    )


def unusable(error: DeliveryError) -> Finding:
    """The account could not be asked."""
    if isinstance(error, PlatformDown):
        remedy = "copy the token anew from @BotFather (/token), or take a new one (/revoke)"
        return wrong("telegram.token", "Telegram refuses the bot's token", remedy)
    says = f"Telegram could not be asked: {error}"
    remedy = "see that this machine reaches telegram.api_root (network, firewall, proxy), then repeat"
    return wrong("telegram.unreachable", says, remedy)


def privacy(account: BotUser, places: Sequence[GroupFacts]) -> Finding:
    """With privacy mode on a bot hears only commands and answers, except where it is administrator."""
    if account.hears_everything:
        return ok("telegram.privacy", "privacy mode is off: it hears what people write")
    communities = [place for place in places if place.chat.role == "community"]
    if communities and all(place.is_administrator for place in communities):
        says = "privacy mode is on, but as an administrator of each community it hears everything"
        return ok("telegram.privacy", says)
    return wrong(
        "telegram.privacy",
        "privacy mode is on: it hears only commands and answers to itself, none of what people report",
        "tell @BotFather /setprivacy, choose the bot, Disable; then take the bot out of each group and add "
        "it again, because groups keep what was so when it came in",
    )


def joining(account: BotUser, places: Sequence[GroupFacts]) -> list[Finding]:
    """Whether it may be added to groups; those in which it is already keep it."""
    if account.may_join:
        return []
    says = "the bot may not be added to groups"
    remedy = "tell @BotFather /setjoingroups, choose the bot, Enable"
    inside = places and all(place.is_inside for place in places)
    return [(advice if inside else wrong)("telegram.groups", says, remedy)]


def standing(place: GroupFacts) -> list[Finding]:
    """What it may do in one group."""
    if place.moved_to:
        says = f"{place.named} has a new id, {place.moved_to}"
        return [advice("telegram.moved", says, f'write id = "{place.moved_to}" under [[chats]]')]
    if place.real_id:
        says = (
            f"{place.named} is {place.real_id} to Telegram: what is said there is not taken as that group's"
        )
        return [wrong("telegram.id", says, f'write id = "{place.real_id}" under [[chats]]')]
    if place.is_unclear:
        says = f"Telegram told nothing of {place.named}: {place.problem}"
        return [wrong("telegram.unreachable", says, "repeat in a minute")]
    if place.problem:
        says = f"Telegram does not show {place.named} to the bot: {place.problem}"
        return [
            wrong("telegram.group", says, f'add the bot to it, and see that id = "{place.chat.id}" is right')
        ]
    if not place.is_inside:
        return [wrong("telegram.group", f"the bot is not in {place.named}", "add it there")]
    if not place.may_write:
        says = f"the bot may not write in {place.named}"
        return [
            wrong("telegram.write", says, "allow members to send messages there, or make it an administrator")
        ]
    said = [ok("telegram.group", f"it is in {place.named}")] if place.may_send_photos else [_no_photos(place)]
    if place.chat.role == "community" and not place.is_administrator:
        says = f"as a plain member of {place.named} it hears no reactions, which count as voices"
        said.append(
            advice("telegram.administrator", says, "make it an administrator; it needs no right beyond that")
        )
    return said


def _no_photos(place: GroupFacts) -> Finding:
    says = f"the bot may not send photos in {place.named}"
    return wrong("telegram.photos", says, "allow members to send photos there, or make it an administrator")


def webhook(found: WebhookInfo, expected: str, now: datetime) -> list[Finding]:
    """`expected`: our address, empty where messages are asked for."""
    said = [_address(found.address, expected)]
    if expected and found.error and found.error_at and now - found.error_at < RECENT:
        says = f"Telegram could not tell us of messages at {found.error_at:%H:%M} UTC: {found.error}"
        said.append(wrong("telegram.webhook_error", says, _remedy(found.error)))
    if found.waiting > MANY_WAITING:
        says = f"{found.waiting} messages wait at Telegram, which keeps them for 24 hours"
        said.append(advice("telegram.waiting", says, "see that congich runs, and what its log says"))
    return said


def _address(found: str, expected: str) -> Finding:
    if found == expected:
        says = "the webhook is ours" if expected else "no webhook stands in the way of asking for messages"
        return ok("telegram.webhook", says)
    if not found:
        return advice("telegram.webhook", "no webhook is set", "start congich, which sets it")
    host = urlsplit(found).hostname
    says = f"Telegram tells another address of the messages, at {host}"
    remedy = "start congich, which changes that; if it comes back, another program has the token: /revoke it"
    return advice("telegram.webhook", says, remedy)


def _remedy(error: str) -> str:
    """What helps against Telegram's own words."""
    words = error.lower()
    for sign, remedy in _REMEDIES.items():
        if sign in words:
            return remedy
    return "see what is said of web.public_url above, and the log of the server before congich"


_REMEDIES = {
    "401": "the secret was changed: restart congich, which tells Telegram the new one",
    "404": "let the server before congich pass telegram.webhook_path on",
    "certificate": "mend the certificate of web.public_url: whole chain, right name, not expired",
    "ssl": "mend the certificate of web.public_url: whole chain, right name, not expired",
    "timed out": "open ports 443 or 8443 of web.public_url to Telegram's network",
    "refused": "see that the server before congich runs and listens on the port of web.public_url",
    "resolve": "see that the name of web.public_url is in the DNS",
}
