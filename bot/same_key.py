"""The processes of one city seal with one key: what one of them posts, another one opens.

The database knows which key it is, not the key. Another one is taken while nobody else is at work.
"""

import hmac
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot import opening
from bot.config import ConfigError
from storage import cursors

NAME = "buttons.key"


async def expect(session: AsyncSession, key: bytes, data: Path, now: datetime) -> None:
    """Raises ConfigError where processes with other data folders are at work with another key."""
    ours = hmac.digest(key, b"which key is this", "sha256").hex()[:16]
    known = await cursors.get(session, NAME)
    if known == ours:
        return
    others = await opening.elsewhere(session, data, now) if known else ()
    if others:
        raise ConfigError(
            f"{others[0].owner} seals buttons and addresses with another key: give all processes of this city"
            f" the same CONGICH_BUTTONS_KEY, or stop the others (seen until {opening.until(others)} UTC)"
        )
    await cursors.put(session, NAME, ours)
