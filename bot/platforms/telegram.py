"""Telegram, by python-telegram-bot's Bot as a plain API client and a loop of our own.

| hears everything      | edits | buttons | reactions | tells repeats | limit                |
| privacy off, or admin | yes   | yes     | yes       | no            | 20 posts a minute    |

PTB's Updater confirms updates before its handlers ran; here an update is confirmed by the next
getUpdates, after `commit` has returned. An offset is sent until it has confirmed its batch and then
forgotten, while running and across restarts: update ids may start anew, and an old offset would then
confirm what nobody has seen. The inbox key absorbs what comes again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from httpx import create_ssl_context
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
    User,
)
from telegram.error import BadRequest, Conflict, TelegramError
from telegram.request import HTTPXRequest

from bot.loops import backoff
from bot.platforms import telegram_errors as errors
from bot.platforms import telegram_updates as updates
from bot.platforms.albums import Album
from bot.steps import Step, nothing
from handlers import lengths
from handlers.events import Event
from handlers.ports import (
    Abilities,
    Commit,
    DeliveryError,
    FetchError,
    JsonObject,
    NotSent,
    Outgoing,
    PlatformDown,
    Receipt,
    Refused,
)
from handlers.posts import Edit, Keyboard, Post, React, Toast
from storage import pictures

NAME = "telegram"
TEXT_LIMIT = 4096  # UTF-16 units, Bot API "sendMessage"
CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10
POLL_SECONDS = 25
BATCH = 100
PATIENCE = 5  # refused calls in a row, about half a minute, before the account is said to hear nothing
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
ALLOWED = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "chat_member")

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Telegram:
    """One bot's account on Telegram, or on whatever stands at `api_root`."""

    name = NAME
    source = NAME
    abilities = Abilities(
        hears_everything=True,
        edits=True,
        buttons=True,
        reactions=True,
        text_limit=TEXT_LIMIT,
        caption_limit=CAPTION_LIMIT,
        posts_per_minute=20,
        tells_repeats=False,
        album_buttons=False,
    )

    def __init__(
        self,
        token: str,
        *,
        api_root: str,
        webhook: tuple[str, str] | None = None,
        step: Step = nothing,
        sleep: Sleep = asyncio.sleep,
        luck: Callable[[], float] = random.random,
        poll_seconds: int = POLL_SECONDS,
    ) -> None:
        """`webhook`: (address, secret) to be told of updates instead of asking for them."""
        root = api_root.rstrip("/")
        trust = {"verify": create_ssl_context()}  # once for both: everybody's certificates are read for it
        self._calls = HTTPXRequest(
            connection_pool_size=16,
            connect_timeout=10,
            read_timeout=30,
            write_timeout=30,
            media_write_timeout=30,
            pool_timeout=10,
            httpx_kwargs=trust,
        )
        self._polls = HTTPXRequest(
            connection_pool_size=2,
            connect_timeout=10,
            read_timeout=poll_seconds + 10,
            write_timeout=10,
            pool_timeout=5,
            httpx_kwargs=trust,
        )
        self._bot = Bot(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._name = ""  # ours among a group's bots, in small letters, once Telegram has told it
        self._refused = 0  # calls in a row that Telegram refused, by which we would hear
        self._webhook = webhook
        self._step = step
        self._sleep = sleep
        self._luck = luck
        self._poll_seconds = poll_seconds

    async def introduce(self) -> None:
        """Learn our own name, to tell our orders from those to other bots of a group."""
        try:
            await self._learn_name()
        except errors.CALL_ERRORS as error:
            raise await self._outcome(error) from None

    async def _learn_name(self) -> None:
        self._name = ((await self._bot.get_me()).username or "").lower()

    async def receive(self, commit: Commit) -> None:
        await self._persist(self._learn_name)
        if self._webhook is None:
            await self._persist(lambda: self._bot.delete_webhook(drop_pending_updates=False))
            await self._poll(commit)
        else:
            address, secret = self._webhook
            await self._persist(
                lambda: self._bot.set_webhook(address, secret_token=secret, allowed_updates=list(ALLOWED))
            )
            self._refused = 0
            await asyncio.Event().wait()

    async def _persist(self, call: Callable[[], Awaitable[object]]) -> None:
        """Repeat a call until it succeeds. Raises PlatformDown for one that is refused, as `_pause` does."""
        failures = 0
        while True:
            try:
                await call()
            except errors.CALL_ERRORS as error:
                await self._pause(error, failures)
                failures += 1
            else:
                return

    async def _poll(self, commit: Commit) -> None:
        offset: int | None = None
        failures = 0
        while True:
            try:
                batch = await self._ask(offset)
            except errors.CALL_ERRORS as error:
                await self._pause(error, failures)
                failures += 1
                continue
            failures = self._refused = 0
            if offset is not None:
                self._step("confirmed")
            if batch:
                await self._keep(batch, commit)
            offset = updates.next_offset(batch)

    async def _ask(self, offset: int | None) -> list[JsonObject]:
        """The raw updates: one malformed one must not hold up the others, so none is parsed here.

        Raises one of CALL_ERRORS, also for an answer that could never be confirmed.
        """
        arguments: dict[str, Any] = {
            "timeout": self._poll_seconds,
            "limit": BATCH,
            "allowed_updates": list(ALLOWED),
        }
        if offset is not None:
            arguments["offset"] = offset
        result = await self._bot.do_api_request(
            "getUpdates", api_kwargs=arguments, read_timeout=self._poll_seconds + 10
        )
        if not isinstance(result, list):
            raise TelegramError("getUpdates gave no list")
        batch = [update if isinstance(update, dict) else {"update": update} for update in result]
        if batch and updates.next_offset(batch) is None:
            raise TelegramError("getUpdates gave no numbers")
        return batch

    async def _keep(self, batch: list[JsonObject], commit: Commit) -> None:
        """Commit, again and again: what is not committed is not confirmed."""
        events = [updates.incoming(one) for one in batch]
        failures = 0
        while True:
            try:
                await commit(events)
            except Exception:
                log.exception("updates not stored", action="telegram.not_stored", count=len(events))
                await self._sleep(self.wait(failures))
                failures += 1
            else:
                return

    async def _pause(self, error: Exception, failures: int) -> None:
        """Before the next try. Raises PlatformDown for a token that is refused, and where Telegram says no
        again and again: another program asks with the same token, or the webhook can't be set."""
        outcome, said = await self._outcome(error), errors.refusal(error)
        if isinstance(outcome, PlatformDown):
            raise outcome from None
        self._refused = self._refused + 1 if said else 0
        if self._refused >= PATIENCE:
            raise PlatformDown(said, for_good=False) from None
        wait = self.wait(failures)
        if isinstance(outcome, NotSent) and outcome.retry_after is not None:
            wait += outcome.retry_after.total_seconds()
        action = "telegram.conflict" if isinstance(error, Conflict) else "telegram.unreachable"
        error_name, wait_for = type(error).__name__, round(wait, 1)
        log.warning("updates not fetched", action=action, error=error_name, said=said, wait=wait_for)
        await self._sleep(wait)

    def wait(self, failures: int) -> float:
        """Seconds until the next try, spread so that nobody knocks in step."""
        return (0.2 + 0.8 * self._luck()) * backoff(failures, FIRST_WAIT, LONGEST_WAIT)

    def parse(self, payload: JsonObject) -> Event | None:
        return updates.parse(payload, self._name)

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        try:
            return await self._deliver(outgoing)
        except errors.CALL_ERRORS as error:
            raise await self._outcome(error) from None

    async def _outcome(self, error: Exception) -> DeliveryError:
        """What became of a call. One that is refused as by a bad token says nothing about the others: an
        older server knows not every method. The account is asked before the platform is given up."""
        found = errors.outcome(error)
        if not isinstance(found, PlatformDown):
            return found
        try:
            await self._bot.get_me()
        except errors.CALL_ERRORS as asked:
            is_down = isinstance(errors.outcome(asked), PlatformDown)
            return found if is_down else NotSent("Telegram refuses the bot's token, or is away")
        log.warning("one call refused", action="telegram.call_refused", error=type(error).__name__)
        return errors.refused_alone(error)

    async def _deliver(self, outgoing: Outgoing) -> Receipt:
        match outgoing.content:
            case Post() as content:
                return await self._post(outgoing, content)
            case Edit() as content:
                await self._edit(outgoing, content)
            case React() as content:
                reaction = [ReactionTypeEmoji(content.emoji)]
                await self._bot.set_message_reaction(outgoing.chat, _number(content.message), reaction)
            case Toast() as content:
                await self._bot.answer_callback_query(content.press, text=lengths.cut(content.text, 200))
        return Receipt()

    async def _post(self, outgoing: Outgoing, content: Post) -> Receipt:
        """One call a post, so that it arrives whole or not at all.

        A caption holds 1,024 units; a longer text goes without its photos rather than being cut. So does one
        whose photos are refused: nothing was posted then.
        """
        if not outgoing.pictures or lengths.utf16_length(content.text) > CAPTION_LIMIT:
            return await self._post_words(outgoing.chat, content)
        try:
            return await self._post_pictures(outgoing, content)
        except BadRequest as error:
            if not errors.refuses_pictures(error):
                raise
            log.warning("sent without pictures", action="telegram.no_pictures", error=error.message)
            return await self._post_words(outgoing.chat, content)

    async def _post_words(self, chat: str, content: Post) -> Receipt:
        message = await self._bot.send_message(
            chat,
            lengths.cut(content.text, TEXT_LIMIT),
            entities=_mentions(content),
            disable_notification=content.quiet,
            reply_parameters=_reply(content),
            reply_markup=_markup(content.buttons),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return Receipt(str(message.message_id), has_pictures=False)

    async def _post_pictures(self, outgoing: Outgoing, content: Post) -> Receipt:
        if len(outgoing.pictures) == 1 or content.buttons:
            message = await self._bot.send_photo(
                outgoing.chat,
                outgoing.pictures[0],
                caption=content.text,
                caption_entities=_mentions(content),
                disable_notification=content.quiet,
                reply_parameters=_reply(content),
                reply_markup=_markup(content.buttons),
            )
            return Receipt(str(message.message_id), has_pictures=True)
        album = await self._bot.send_media_group(
            outgoing.chat,
            [InputMediaPhoto(picture) for picture in outgoing.pictures[:ALBUM_LIMIT]],
            caption=content.text,
            caption_entities=_mentions(content),
            disable_notification=content.quiet,
            reply_parameters=_reply(content),
        )
        first, *rest = (str(one.message_id) for one in album)
        return Album(first, has_pictures=True, rest=tuple(rest))

    async def _edit(self, outgoing: Outgoing, content: Edit) -> None:
        chat, message = outgoing.chat, _number(outgoing.message)
        markup = _markup(content.buttons)
        try:
            if outgoing.message_has_pictures and content.bare:
                blank = InputMediaPhoto(pictures.blank(), caption=lengths.cut(content.text, CAPTION_LIMIT))
                await self._bot.edit_message_media(blank, chat, message, reply_markup=markup)
            elif outgoing.message_has_pictures:
                await self._bot.edit_message_caption(
                    chat, message, caption=lengths.cut(content.text, CAPTION_LIMIT), reply_markup=markup
                )
            else:
                await self._bot.edit_message_text(
                    lengths.cut(content.text, TEXT_LIMIT),
                    chat,
                    message,
                    reply_markup=markup,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise

    async def fetch(self, ref: str, limit: int) -> bytes:
        try:
            file = await self._bot.get_file(ref)
        except errors.CALL_ERRORS as error:
            raise errors.not_found(error) from None
        _check_size(file.file_size or 0, limit)
        try:
            data = bytes(await file.download_as_bytearray())
        except errors.DOWNLOAD_ERRORS as error:
            raise errors.not_downloaded(error) from None
        _check_size(len(data), limit)
        return data

    async def administrators(self, chat: str) -> frozenset[str]:
        try:
            found = await self._bot.get_chat_administrators(chat)
        except errors.CALL_ERRORS as error:
            raise errors.outcome(error) from None
        return frozenset(str(one.user.id) for one in found if not one.user.is_bot)

    def link(self, chat: str, message: str) -> str | None:
        has_one = chat.startswith("-100") and message  # none of a ticket whose post stayed in a former group
        return f"https://t.me/c/{chat.removeprefix('-100')}/{message}" if has_one else None

    async def close(self) -> None:
        await self._polls.shutdown()
        await self._calls.shutdown()


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise FetchError(f"the photo has {size} bytes, more than {limit}", permanent=True)


def _number(message: str | None) -> int:
    if message is None or not message.isdecimal():
        raise Refused(f"{message!r} is no message of Telegram's")
    return int(message)


def _reply(content: Post) -> ReplyParameters | None:
    if content.reply_to is None or not content.reply_to.isdecimal():
        return None
    return ReplyParameters(int(content.reply_to), allow_sending_without_reply=True)


def _mentions(content: Post) -> list[MessageEntity]:
    """Names in a text that call their people; offsets are in UTF-16 units.

    From the last name backwards: one that ends another's would else be found within it.
    """
    entities, end = [], len(content.text)
    for call in reversed(content.calls):
        at = content.text.rfind(call.name, 0, end)
        end = at if at >= 0 else end
        if at >= 0 and call.id.isdigit():
            person = User(int(call.id), call.name, is_bot=False)
            offset, length = lengths.utf16_length(content.text[:at]), lengths.utf16_length(call.name)
            entities.append(MessageEntity(MessageEntity.TEXT_MENTION, offset, length, user=person))
    return entities[::-1]


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(button.text, callback_data=button.data) for button in row] for row in keyboard
    ]
    return InlineKeyboardMarkup(rows) if rows else None
