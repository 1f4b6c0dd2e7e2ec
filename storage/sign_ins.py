"""Links to sign in by, and browsers that are signed in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Member, SignInLink, WebSession, row_id

NOTICED = timedelta(minutes=1)  # how exactly it is known when a browser was last seen


async def link(session: AsyncSession, link_id: int) -> SignInLink | None:
    """A link, held by this transaction until it ends."""
    found = await session.scalars(select(SignInLink).where(col(SignInLink.id) == link_id).with_for_update())
    return found.one_or_none()


def is_good(found: SignInLink, now: datetime) -> bool:
    """Whether somebody may still sign in by it."""
    return found.uses_left > 0 and now < found.expires_at


async def invitations(session: AsyncSession, now: datetime) -> Sequence[SignInLink]:
    """Invitations that are still good, the newest first."""
    found = await session.scalars(
        select(SignInLink)
        .where(
            col(SignInLink.member_id).is_(None),
            col(SignInLink.uses_left) > 0,
            col(SignInLink.expires_at) > now,
        )
        .order_by(col(SignInLink.id).desc())
    )
    return found.all()


async def withdraw(session: AsyncSession, found: SignInLink) -> None:
    """Nobody signs in by a link any more; whoever did stays."""
    found.uses_left = 0
    await session.flush()


async def signed_in(
    session: AsyncSession, token_hash: str, now: datetime
) -> tuple[WebSession, Member] | None:
    """The browser of a cookie and whose it is, unless it has rested too long or is too old."""
    rows = await session.execute(
        select(WebSession, Member)
        .join(Member, col(Member.id) == col(WebSession.member_id))
        .where(
            col(WebSession.token_hash) == token_hash,
            col(WebSession.expires_at) > now,
            col(Member.erased).is_(False),
        )
    )
    found = rows.one_or_none()
    if found is None or now > found[0].seen_at + timedelta(seconds=found[0].idle_seconds) + NOTICED:
        return None
    return found[0], found[1]


async def seen(session: AsyncSession, browser: WebSession, now: datetime) -> None:
    """A browser was at work."""
    await session.execute(update(WebSession).where(col(WebSession.id) == row_id(browser)).values(seen_at=now))


async def of_member(session: AsyncSession, member_id: int, now: datetime) -> Sequence[WebSession]:
    """The browsers of a member, the one seen last first."""
    found = await session.scalars(
        select(WebSession)
        .where(col(WebSession.member_id) == member_id, col(WebSession.expires_at) > now)
        .order_by(col(WebSession.seen_at).desc())
    )
    return found.all()


async def end(session: AsyncSession, token_hash: str) -> None:
    """A browser is signed out."""
    await session.execute(delete(WebSession).where(col(WebSession.token_hash) == token_hash))


async def end_all(session: AsyncSession, member_id: int) -> None:
    """All browsers of a member are signed out."""
    await session.execute(delete(WebSession).where(col(WebSession.member_id) == member_id))


async def forget_expired(session: AsyncSession, now: datetime) -> None:
    """Browsers that can't come back need no row."""
    await session.execute(delete(WebSession).where(col(WebSession.expires_at) < now))
