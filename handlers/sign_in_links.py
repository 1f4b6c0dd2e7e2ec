"""Addresses to sign in by: the number of a row and its seal, so that only the chat that was told knows one.

/sign-in/<number>-<HMAC-SHA256>     opening it does nothing yet, because messengers open what is posted
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.context import Turn
from handlers.seals import BrokenSeal
from storage.models import Member, SignInLink, row_id

PREFIX = "/sign-in/"
LIFETIME = timedelta(minutes=10)  # of a link for one person
_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Invitation:
    """How many people may join the built-in chat by it, for how long; `shared`: at a kiosk."""

    uses: int = 30
    lasts: timedelta = timedelta(days=7)
    title: str = ""
    shared: bool = False


async def for_member(turn: Turn, member: Member) -> str:
    """A path by which one member signs in, once."""
    return await kept(turn.session, turn.services.seal.key, personal(member, turn.now))


async def for_newcomers(turn: Turn, maker: Member | None, invitation: Invitation) -> str:
    """A path by which people join the built-in chat."""
    return await kept(turn.session, turn.services.seal.key, open_to_all(maker, invitation, turn.now))


def personal(member: Member, now: datetime) -> SignInLink:
    """One member's link."""
    return SignInLink(
        member_id=row_id(member), made_by_id=row_id(member), created_at=now, expires_at=now + LIFETIME
    )


def open_to_all(maker: Member | None, invitation: Invitation, now: datetime) -> SignInLink:
    """An invitation's link."""
    return SignInLink(
        made_by_id=maker.id if maker else None,
        title=invitation.title,
        shared=invitation.shared,
        created_at=now,
        expires_at=now + invitation.lasts,
        uses_left=invitation.uses,
    )


async def kept(session: AsyncSession, key: bytes, made: SignInLink) -> str:
    """Write a link down; its path."""
    session.add(made)
    await session.flush()
    return path(key, row_id(made))


def path(key: bytes, number: int) -> str:
    """The path of a link."""
    return f"{PREFIX}{number}-{_mac(key, str(number))}"


def read(key: bytes, token: str) -> int:
    """The number of a link, from what stands in its address. Raises BrokenSeal."""
    number, _, mac = token.partition("-")
    is_ours = hmac.compare_digest(mac.encode(), _mac(key, number).encode())
    if not is_ours or not number.isascii() or not number.isdecimal():
        raise BrokenSeal
    return int(number)


def _mac(key: bytes, number: str) -> str:
    return hmac.digest(key, f"sign-in|{number}".encode(), sha256)[:_MAC_BYTES].hex()
