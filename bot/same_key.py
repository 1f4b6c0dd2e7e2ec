"""The processes of one city seal with one key: what one of them posts, another one opens.

The database knows which key it is, not the key. Another one is taken while nobody else is at work.
"""

import hmac
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import opening
from bot.config import ConfigError
from storage import cursors, leases

NAME = "buttons.key"


async def expect(session: AsyncSession, key: bytes, owner: str, now: datetime) -> None:
    """Let this key be the city's; `owner`: our process. Raises ConfigError where others work with another."""
    ours = hmac.digest(key, b"which key is this", "sha256").hex()[:16]
    known = await cursors.get(session, NAME)
    if known == ours:
        return
    others = [one for one in await leases.running(session, now) if one.owner != owner]
    if known and others:
        raise ConfigError(
            f"{others[0].owner} seals buttons and addresses with another key: give all processes of this city"
            f" the same CONGICH_BUTTONS_KEY, or stop the others (seen until {opening.until(others)} UTC)"
        )
    await cursors.put(session, NAME, ours)
