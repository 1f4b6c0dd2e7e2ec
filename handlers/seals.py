"""Seals on buttons: what a button asks for can't be made up, moved to another chat, or kept for ever.

t:1042:accept~2683.3q9WmA_x2LcB      data ~ day of expiry in hexadecimal . first letters of an HMAC-SHA256
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

LIFETIME = timedelta(days=60)
MOST_BYTES = 64  # of a button's data, Bot API "InlineKeyboardButton"
_MAC_LETTERS = 12  # 72 bits; a guess costs a press that is on record
_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class BrokenSeal(Exception):
    """The data was not written by us for this chat."""


class ExpiredSeal(Exception):
    """The button is older than it may be."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs what buttons ask for; all processes of a city share the key."""

    key: bytes

    def close(self, data: str, chat_id: int, now: datetime) -> str:
        """Data with its seal, for buttons in one chat."""
        expiry = f"{(now + LIFETIME - _FIRST_DAY).days:x}"
        sealed = f"{data}~{expiry}.{self._mac(data, chat_id, expiry)}"
        assert len(sealed.encode()) <= MOST_BYTES, f"{data!r} is too long for a button"
        return sealed

    def open(self, sealed: str, chat_id: int, now: datetime) -> str:
        """The data of a pressed button. Raises BrokenSeal, ExpiredSeal."""
        data, _, seal = sealed.rpartition("~")
        expiry, _, mac = seal.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(data, chat_id, expiry).encode()):
            raise BrokenSeal
        if now > _FIRST_DAY + timedelta(days=int(expiry, 16) + 1):
            raise ExpiredSeal
        return data

    @staticmethod
    def opened(sealed: str) -> str:
        """The data of a button in a row of ours, which nobody pressed: it is to be sealed anew."""
        return sealed.rpartition("~")[0]

    def _mac(self, data: str, chat_id: int, expiry: str) -> str:
        digest = hmac.digest(self.key, f"{chat_id}|{data}|{expiry}".encode(), sha256)
        return urlsafe_b64encode(digest)[:_MAC_LETTERS].decode()
