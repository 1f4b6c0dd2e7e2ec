"""What Telegram says of a bot's account and of its place in a group. Nothing is changed.

Groups and memberships are read raw: python-telegram-bot refuses a whole answer for one field that
it misses.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import Bot
from telegram.request import HTTPXRequest

from bot.platforms import telegram_errors as errors
from handlers.ports import JsonObject

SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class BotUser:
    """getMe (Bot API "User")."""

    id: int
    username: str
    hears_everything: bool  # privacy mode is off
    may_join: bool


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """getWebhookInfo (Bot API "WebhookInfo"); an empty address: updates are asked for."""

    address: str
    waiting: int
    error: str = ""
    error_at: datetime | None = None


class TelegramAccount:
    """Asks about one bot's account. Everything raises DeliveryError."""

    def __init__(self, token: str, api_root: str) -> None:
        root = api_root.rstrip("/")
        calls = HTTPXRequest(
            connection_pool_size=8,
            connect_timeout=SECONDS,
            read_timeout=SECONDS,
            write_timeout=SECONDS,
            pool_timeout=2 * SECONDS,
        )
        self._calls = calls
        self._bot = Bot(token, base_url=f"{root}/bot", request=calls, get_updates_request=calls)

    async def me(self) -> BotUser:
        try:
            user = await self._bot.get_me()
        except errors.CALL_ERRORS as error:
            raise errors.outcome(error) from None
        return BotUser(
            user.id, user.username or "", bool(user.can_read_all_group_messages), bool(user.can_join_groups)
        )

    async def webhook(self) -> WebhookInfo:
        try:
            info = await self._bot.get_webhook_info()
        except errors.CALL_ERRORS as error:
            raise errors.outcome(error) from None
        return WebhookInfo(
            info.url, info.pending_update_count, info.last_error_message or "", info.last_error_date
        )

    async def group(self, chat: str) -> JsonObject:
        """Bot API "ChatFullInfo"; `permissions` are what every member may do."""
        return await self._raw("getChat", {"chat_id": chat})

    async def membership(self, chat: str, member: int) -> JsonObject:
        """Bot API "ChatMember"; `status` says how somebody is in a group."""
        return await self._raw("getChatMember", {"chat_id": chat, "user_id": member})

    async def close(self) -> None:
        """Give back connections."""
        await self._calls.shutdown()

    async def _raw(self, method: str, arguments: dict[str, Any]) -> JsonObject:
        try:
            found = await self._bot.do_api_request(method, api_kwargs=arguments)
        except errors.CALL_ERRORS as error:
            raise errors.outcome(error) from None
        return found if isinstance(found, dict) else {}
