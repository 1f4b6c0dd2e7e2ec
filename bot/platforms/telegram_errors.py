"""What a call of PTB's raises, in the four words that the sender knows.

PTB maps 401 and also 404 to InvalidToken, and hides httpx's error as the cause of its own. An answer
that is not Telegram's JSON (a proxy's page) it judges by the status alone, with the whole page, which
may show the address and so the token, in its message; the failure to read it is the cause.
"""

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from handlers.ports import Ambiguous, DeliveryError, FetchError, NotSent, PlatformDown, Refused

CALL_ERRORS = (TelegramError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""All that a call may raise: PTB lets an answer of an unknown shape end in one of the plain ones."""

DOWNLOAD_ERRORS = (*CALL_ERRORS, OSError, RuntimeError)
"""All that a download may raise: PTB reads a local server's file; RuntimeError where none is named."""

_NOTHING_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LONGEST = timedelta(hours=12)  # that we are told to wait
_OF_PICTURES = ("photo", "image", "media", "file", "group send failed")
_LATER = ("internal server error", "too many requests")


def outcome(error: Exception) -> DeliveryError:
    """What one of CALL_ERRORS says about its call. The text holds no address, so no token."""
    if not isinstance(error, TelegramError) or _unreadable(error):
        return _unclear(error)
    match error:
        case RetryAfter():
            return NotSent("Telegram asks to wait", _retry_after(error))
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
            return _unclear(error)


def refused_alone(error: Exception) -> DeliveryError:
    """What a call says that was refused as by a bad token while the token is good: nothing was done.

    404 is for a method that this server does not know, whenever it is asked; 401 passes. PTB has both in one
    error, and "Not Found" only in the words.
    """
    if isinstance(error, InvalidToken) and "not found" in error.message.lower():
        return Refused("this Bot API server does not know the method")
    return NotSent("Telegram refused the token, this once")


def refusal(error: Exception) -> str:
    """Why Telegram refuses a call, in its own words; empty where these are not its own."""
    if isinstance(error, BadRequest | Conflict | Forbidden) and not _unreadable(error):
        return error.message
    return ""


def refuses_pictures(error: BadRequest) -> bool:
    """Whether a post was refused for its photos: their form, their bytes, or that the group takes none.

    An album is refused as a whole, in words that need not name the photo.
    """
    said = error.message.lower()
    return not _unreadable(error) and any(word in said for word in _OF_PICTURES)


def not_found(error: Exception) -> FetchError:
    """Why getFile gave no file: a bad token or a proxy's page says nothing about the photo."""
    refused = isinstance(error, BadRequest) and not _unreadable(error)
    return FetchError(f"Telegram: {type(error).__name__}", permanent=refused)


def not_downloaded(error: Exception) -> FetchError:
    """Why a file that getFile had just named did not come; for InvalidToken read 404."""
    gone = isinstance(error, BadRequest | InvalidToken)
    return FetchError(f"Telegram: {type(error).__name__}", permanent=gone)


def _unclear(error: Exception) -> Ambiguous:
    return Ambiguous(f"no clear answer from Telegram ({type(error).__name__})")


def _unreadable(error: BaseException | None) -> bool:
    """Whether the answer was no JSON: PTB then has a bare TelegramError among the causes."""
    return error is not None and (type(error) is TelegramError or _unreadable(error.__cause__))


def _retry_after(error: RetryAfter) -> timedelta:
    wait = error.retry_after
    return min(wait if isinstance(wait, timedelta) else timedelta(seconds=wait), _LONGEST)
