"""What every handler is handed: the services of the process, and the turn of one event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.cameras import Camera
from handlers.policy import Policy
from handlers.ports import Abilities, Crowded, Say
from handlers.seals import Seal
from handlers.subscribers import Subscriber
from handlers.understanding import Understand

WEB = "web"  # the source of a turn that the moderators' room on the web takes


@dataclass(frozen=True, slots=True)
class Services:
    """What stays the same from event to event."""

    policy: Policy
    understand: Understand
    say: Say
    link: Callable[[str, str, str], str | None]  # platform, chat, message -> address
    abilities: Callable[[str], Abilities]  # platform -> what it can do
    seal: Seal
    subscribers: Sequence[Subscriber] = ()  # systems outside that hear of tickets
    cameras: Sequence[Camera] = ()  # the city's
    address: str = ""  # where our web is for people, without the last slash; empty: nowhere
    has_webchat: bool = False  # the built-in chat is open to whoever is invited


@dataclass(frozen=True, slots=True)
class Turn:
    """One event's turn: its transaction, the platform's moment, ours, and whether we may speak."""

    services: Services
    session: AsyncSession
    platform: str
    source: str
    at: datetime  # the platform's time: what a replay sees too
    now: datetime
    silent: bool = False  # history that is taken in says nothing to anyone
    alone: bool = True  # nobody else changes tickets meanwhile

    def insist(self) -> None:
        """Go on only while no other process changes tickets. Raises Crowded where one may: the transaction is
        undone, and repeated when we are alone."""
        if not self.alone:
            raise Crowded

    @property
    def policy(self) -> Policy:
        return self.services.policy

    @property
    def is_web(self) -> bool:
        """Asked for on a page of the room: the answer is shown there, and nothing is posted for it."""
        return self.source == WEB

    @property
    def mark(self) -> dict[str, str]:
        """How a record tells that it was asked for on the web."""
        return {"from": WEB} if self.is_web else {}
