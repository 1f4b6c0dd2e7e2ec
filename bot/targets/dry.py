"""Targets for trying things out: one that writes down what would be told, one that never answers."""

import asyncio

import structlog

from handlers.ports import Ambiguous, Dispatched

SECONDS = 20.0  # for how long a receiver is waited for
NOOP, BLACKHOLE = "noop", "blackhole"

log = structlog.get_logger(__name__)


class Noop:
    """Counts everything as told, and writes to the log what it was; none of a member's words."""

    repeats = True

    def __init__(self, name: str) -> None:
        self.name = f"{NOOP}:{name}"

    async def deliver(self, dispatched: Dispatched) -> str | None:
        data = dispatched.payload["data"]
        log.info(
            "would be told", action="dispatch.noop", target=self.name, type=dispatched.payload["type"],
            ticket=dispatched.code, event_id=data["event"]["id"], status=data["ticket"]["status"],
            attempt=dispatched.attempt,
        )  # fmt: skip
        return None

    async def close(self) -> None:
        """There is nothing to close."""


class Blackhole:
    """Takes everything and never answers: how it looks here when a receiver is dead."""

    repeats = True

    def __init__(self, name: str, seconds: float = SECONDS) -> None:
        self.name = f"{BLACKHOLE}:{name}"
        self._seconds = seconds

    async def deliver(self, dispatched: Dispatched) -> str | None:
        await asyncio.sleep(self._seconds)
        raise Ambiguous("nothing answers")

    async def close(self) -> None:
        """There is nothing to close."""
