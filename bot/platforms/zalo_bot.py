"""Zalo's Bot Platform, by its HTTP API.

| hears                    | edits | buttons | reactions | upload     | reply | names | limit         |
| mentions, replies to us  | no    | no      | no        | by address | no    | yes   | 3,000 a month |

What is documented and what was only measured by others stands in `docs/zalo.md`. Updates may come twice and
may never come: the inbox key absorbs the one, nothing can mend the other.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.loops import backoff
from bot.platforms import zalo_bot_updates as updates
from bot.platforms.calls import ApiAnswer, Calls
from bot.platforms.media import Media
from handlers.events import Event
from handlers.ports import (
    Abilities,
    Ambiguous,
    Commit,
    DeliveryError,
    Incoming,
    JsonObject,
    NotSent,
    Outgoing,
    PlatformDown,
    Receipt,
    Refused,
)
from handlers.posts import Post

NAME = "zalo_bot"
TEXT_LIMIT = 2000  # UTF-16 units, counted the careful way: the docs only say "1..2000"
POLL_SECONDS = 30
BETWEEN_POLLS = 1.0  # consumed updates were seen to come back at once, twelve times a second
PHOTO_SECONDS = 55.0  # Zalo fetches the photo before it answers
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0

log = structlog.get_logger(__name__)

Offer = Callable[[bytes], Awaitable[str | None]]
Sleep = Callable[[float], Awaitable[None]]


class ZaloBot:
    """One bot's account."""

    name = NAME
    source = NAME

    def __init__(
        self,
        token: str,
        *,
        api_root: str,
        offer: Offer,
        media: Media,
        posts_per_month: int,
        webhook: tuple[str, str] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`offer`: an address for a picture. `webhook`: (address, secret) to be told instead of asking."""
        self.abilities = Abilities(
            hears_everything=False,
            edits=False,
            buttons=False,
            reactions=False,
            text_limit=TEXT_LIMIT,
            caption_limit=TEXT_LIMIT,
            posts_per_minute=20,
            tells_repeats=False,
            album_buttons=False,
            albums=False,
            posts_per_month=posts_per_month,
            tells_replies=False,
        )
        self._root = f"{api_root.rstrip('/')}/bot{token}"
        self.offer = offer
        self.between_polls = BETWEEN_POLLS
        self._media = media
        self._webhook = webhook
        self._sleep = sleep
        self._calls = Calls()
        self._own_names: tuple[str, ...] = ()

    async def receive(self, commit: Commit) -> None:
        """Listen until cancelled. Raises PlatformDown."""
        await self.introduce()
        if self._webhook is None:
            await self._insist("deleteWebhook", {})
            await self._poll(commit)
        address, secret = self._webhook or ("", "")
        await self._insist("setWebhook", {"url": address, "secret_token": secret})
        await asyncio.Event().wait()

    def parse(self, payload: JsonObject) -> Event | None:
        return updates.parse(payload, self._own_names)

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        content = outgoing.content
        if not isinstance(content, Post):
            raise Refused("Zalo's bots can neither edit nor react")
        picture = await self.offer(outgoing.pictures[0]) if outgoing.pictures else None
        if picture is not None:
            body = {"chat_id": outgoing.chat, "photo": picture, "caption": content.text}
            try:
                return Receipt(await self._send("sendPhoto", body, PHOTO_SECONDS), has_pictures=True)
            except Refused as error:  # as a whole: nothing was posted
                log.warning("sent without its picture", action="zalo_bot.no_picture", error=str(error))
        sent = await self._send("sendMessage", {"chat_id": outgoing.chat, "text": content.text})
        return Receipt(sent, has_pictures=False)

    async def fetch(self, ref: str, limit: int) -> bytes:
        return await self._media.fetch(ref, limit)

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> str | None:
        return None

    async def close(self) -> None:
        await self._calls.close()
        await self._media.close()

    async def account(self) -> JsonObject:
        """What Zalo says of this bot: `can_join_groups` among it. Raises DeliveryError."""
        answer = await self._call("getMe", {})
        return answer if isinstance(answer, dict) else {}

    async def webhook_address(self) -> str:
        """Where Zalo tells of messages, empty where it is asked for them. Raises DeliveryError."""
        try:
            answer = await self._call("getWebhookInfo", {})
        except Refused:  # 404 for a bot that never had one (measured by others)
            return ""
        found = answer.get("url") if isinstance(answer, dict) else None
        return found if isinstance(found, str) else ""

    async def introduce(self) -> None:
        """Learn our own names, which stand before what is said to us."""
        found = await self._insist("getMe", {})
        account = found if isinstance(found, dict) else {}
        names = (account.get("display_name"), account.get("account_name"))
        self._own_names = tuple(name for name in names if isinstance(name, str) and name)
        if account.get("can_join_groups") is False:
            log.warning("this bot may not be in groups yet", action="zalo_bot.no_groups")

    async def _poll(self, commit: Commit) -> None:
        """Ask for one update after the other; nothing confirms them, so they may come again."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                found = await self._call("getUpdates", {"timeout": POLL_SECONDS}, seconds=POLL_SECONDS + 10.0)
                await self._keep(found, commit)
            except PlatformDown:
                raise
            except DeliveryError as error:
                await self._pause(error, failures)
                failures += 1
                continue
            failures = 0
            left = self.between_polls - (asyncio.get_running_loop().time() - began)
            await self._sleep(max(left, 0.0))

    async def _keep(self, found: object, commit: Commit) -> None:
        """Store what came, again and again until it is stored: it may not come a second time."""
        each = found if isinstance(found, list) else [found]
        events: list[Incoming] = [updates.incoming(one) for one in each if isinstance(one, dict) and one]
        failures = 0
        while events:
            try:
                await commit(events)
            except Exception:
                log.exception("updates not stored", action="zalo_bot.not_stored", count=len(events))
                await self._sleep(backoff(failures, FIRST_WAIT, LONGEST_WAIT))
                failures += 1
            else:
                return

    async def _insist(self, method: str, body: JsonObject) -> object:
        """Call until it is answered. Raises PlatformDown."""
        failures = 0
        while True:
            try:
                return await self._call(method, body)
            except PlatformDown:
                raise
            except DeliveryError as error:
                await self._pause(error, failures)
                failures += 1

    async def _pause(self, error: DeliveryError, failures: int) -> None:
        wait = backoff(failures, FIRST_WAIT, LONGEST_WAIT)
        log.warning("Zalo not reached", action="zalo_bot.unreachable", error=str(error), wait=wait)
        await self._sleep(wait)

    async def _send(self, method: str, body: JsonObject, seconds: float = 30.0) -> str | None:
        """The new message's id; None where Zalo took it and told none."""
        result = await self._call(method, body, seconds)
        found = result.get("message_id") if isinstance(result, dict) else None
        return str(found) if found else None

    async def _call(self, method: str, body: JsonObject, seconds: float = 30.0) -> object:
        """The result of a method; None for a poll that heard nothing. Raises DeliveryError."""
        answer = await self._calls.post(f"{self._root}/{method}", body=body, seconds=seconds)
        if answer.body is not None and answer.body.get("ok") is True:
            return answer.body.get("result")
        if method == "getUpdates" and 408 in (answer.status, _code(answer)):
            return None
        raise outcome(answer)


def outcome(answer: ApiAnswer) -> DeliveryError:
    """What an answer that is not ok says about its call (error codes: Zalo's error page).

    403 is Zalo's own "internal server error", transient by its docs.
    """
    if answer.body is None:
        return Ambiguous(f"something before Zalo answered {answer.status}")
    code = _code(answer)
    said = f"Zalo: {code} {str(answer.body.get('description', ''))[:200]}"
    if code == 401:
        return PlatformDown("Zalo refuses the bot's token")
    if code == 408:
        return Ambiguous(said)
    if code in (403, 429) or code >= 500:
        return NotSent(said)
    return Refused(said)


def _code(answer: ApiAnswer) -> int:
    told = (answer.body or {}).get("error_code")
    return told if isinstance(told, int) and told else answer.status
