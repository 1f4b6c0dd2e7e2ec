"""What PTB raises, in the four words that the sender knows.

PTB maps 401 and also 404 to InvalidToken, and hides httpx's error as the cause of its own.
"""

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from handlers.ports import Ambiguous, DeliveryError, NotSent, PlatformDown, Refused

_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LATER = ("internal server error", "too many requests")


def outcome(error: TelegramError) -> DeliveryError:
    """What an error says about the call that raised it. The text holds no address, so no token."""
    match error:
        case RetryAfter():
            return NotSent("Telegram asks to wait", retry_after(error))
        case ChatMigrated():
            return Refused("the group has a new id", moved_to=str(error.new_chat_id))
        case InvalidToken():
            return PlatformDown("Telegram refuses the bot's token")
        case BadRequest() | Forbidden():
            return Refused(error.message)
        case NetworkError() if isinstance(error.__cause__, _NOTHING_LEFT):
            return NotSent("Telegram can't be reached")
        case NetworkError() if error.message.lower().startswith(_LATER):
            return NotSent(f"Telegram: {error.message}")
        case _:
            return Ambiguous(f"no clear answer from Telegram ({type(error).__name__})")


def retry_after(error: RetryAfter) -> timedelta:
    """How long Telegram asks to wait."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
