"""Addresses to sign in by: the number of a row and its seal, so that only the chat that was told knows one.

/sign-in/<number>-<HMAC-SHA256>     opening it does nothing yet, because messengers open what is posted

The seal is over what is the row's own too, as a number is not: SQLite gives that of a purged row out again,
and after a restore both databases those given since the backup, so that an old address would be another's.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.context import Turn
from storage.columns import row_number
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
    return path(key, made)


def path(key: bytes, link: SignInLink) -> str:
    """The path of a link."""
    return PREFIX + _token(key, link)


def number(token: str) -> int | None:
    """The number that stands in an address; whether its row is meant, `is_of` says."""
    return row_number(token.partition("-")[0])


def is_of(key: bytes, token: str, link: SignInLink) -> bool:
    """Whether an address is that of a link."""
    return hmac.compare_digest(token.encode(), _token(key, link).encode())


def _token(key: bytes, link: SignInLink) -> str:
    made = link.created_at.astimezone(UTC).isoformat()
    own = f"sign-in|{row_id(link)}|{link.member_id}|{made}"
    return f"{link.id}-{hmac.digest(key, own.encode(), sha256)[:_MAC_BYTES].hex()}"
