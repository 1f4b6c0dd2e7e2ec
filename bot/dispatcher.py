"""Tells systems outside what the dispatches hold: of each ticket in order, of several side by side.

As the sender does for chats: a row is committed as `sending` before its call leaves, and its outcome,
decided by `handlers.delivery`, is written with the fence of that claim. Each receiver has a loop of its
own, so that a slow one keeps nobody waiting; one that fails again and again is left alone for a while.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices
from bot.loops import backoff, recorded
from bot.steps import Step
from handlers import delivery, unreachable
from handlers.cameras import nearest
from handlers.context import Services, Turn
from handlers.ports import Ambiguous, Clock, DeliveryError, Dispatched, NotSent, Target
from storage import claiming, dispatches, messages
from storage.database import Database
from storage.locks import alone
from storage.models import Chat, Dispatch, Ticket, row_id
from storage.states import AttachmentState, OutboxState

IN_FLIGHT = 8  # to one receiver
LEASE = timedelta(minutes=2)
CALL_TIMEOUT = timedelta(seconds=60)
PATIENCE = 3  # failures in a row, from which on a receiver is left alone
PHOTO_PATIENCE, PHOTO_LOOK = timedelta(seconds=20), timedelta(milliseconds=500)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    row: Dispatch
    dispatched: Dispatched


@dataclass(slots=True)
class _Health:
    """How a receiver has answered lately."""

    failures: int = 0
    alone_until: datetime | None = None

    def may_be_asked(self, now: datetime) -> bool:
        return self.alone_until is None or self.alone_until <= now

    def failed(self, now: datetime, error: DeliveryError) -> None:
        """It is left alone for as long as it says, and where it fails again and again."""
        self.failures += 1
        if self.failures >= PATIENCE:
            self.alone_until = now + backoff(self.failures - PATIENCE, FIRST_PAUSE, LONGEST_PAUSE)
        if isinstance(error, NotSent) and error.retry_after is not None:
            self.alone_until = max(self.alone_until or now, now + error.retry_after)

    def answered(self) -> None:
        self.failures, self.alone_until = 0, None


class Dispatcher:
    """The way to the given targets."""

    def __init__(
        self,
        database: Database,
        services: Services,
        targets: Mapping[str, Target],
        clock: Clock,
        step: Step,
        *,
        owner: Callable[[], str],
        luck: Callable[[], float],
    ) -> None:
        """`targets` by name; `owner` names this process in its claims; `luck` draws from [0, 1)."""
        self._database = database
        self._services = services
        self._targets = dict(targets)
        self._clock = clock
        self._step = step
        self._owner = owner
        self._luck = luck
        self._health = {name: _Health() for name in targets}

    async def recover(self, now: datetime | None = None) -> int:
        """Decide about what was going out when our process ended, or, at a moment, about anybody's of which
        nobody has said for too long how it went; how many."""
        async with alone(self._database) as session:
            rows = await dispatches.stranded(session, list(self._targets), owner=self._owner(), now=now)
            for row in rows:
                repeats = self._targets[row.target].repeats
                row.state = OutboxState.PENDING if repeats else OutboxState.UNCONFIRMED
                row.error, row.next_attempt_at = "the process ended while this was going out", self._clock()
                if not repeats:
                    await self._tell(session, row, OutboxState.UNCONFIRMED, row.error)
        return len(rows)

    @property
    def receivers(self) -> Collection[str]:
        """The names of those who are told."""
        return self._targets.keys()

    async def send(self) -> int:
        """Tell all of them what they may be told now; how much was tried."""
        return sum(await asyncio.gather(*(self.send_to(one) for one in self._targets)))

    async def send_to(self, receiver: str) -> int:
        """Tell one receiver what it may be told now; how much was tried."""
        claims = await self._claim(receiver)
        await asyncio.gather(*(self._deliver(claim) for claim in claims))
        return len(claims)

    async def close(self) -> None:
        """Give back the targets' connections."""
        for target in self._targets.values():
            await target.close()

    async def _claim(self, receiver: str) -> list[_Claim]:
        now = self._clock()
        if not self._health[receiver].may_be_asked(now):
            return []
        async with self._database.read() as session:
            if not await dispatches.ready(session, [receiver], now, 1):
                return []
        async with self._database.write() as session:
            rows = await dispatches.ready(session, [receiver], now, IN_FLIGHT)
            prepared = [await self._prepared(session, row, ticket, now) for row, ticket in rows]
            claims = [claim for claim in prepared if claim is not None]
            for claim in claims:
                claiming.take(claim.row, self._owner(), now + LEASE)
        if claims:
            self._step("dispatching")
        return claims

    async def _prepared(
        self, session: AsyncSession, row: Dispatch, ticket: Ticket, now: datetime
    ) -> _Claim | None:
        """What is told: the row's event, the ticket's words and photos by now; None while photos come."""
        chat = await session.get_one(Chat, ticket.chat_id)
        photos = [photo for photo, _ in await messages.photos_of_ticket(session, row_id(ticket))]
        coming = any(photo.state == AttachmentState.PENDING for photo in photos)
        there = [photo.content_hash for photo in photos if photo.state == AttachmentState.STORED]
        if coming and now - row.created_at < PHOTO_PATIENCE:
            row.next_attempt_at = now + PHOTO_LOOK
            return None
        dispatched = Dispatched(
            key=row.idempotency_key,
            payload=row.payload,
            ticket_id=row_id(ticket),
            code=ticket.code,
            category=ticket.category,
            words=ticket.summary,
            place=str(ticket.place.get("text") or ""),
            latitude=ticket.latitude,
            longitude=ticket.longitude,
            due_at=ticket.due_at,
            department=ticket.department,
            link=self._services.link(chat.platform, chat.external_id, ticket.origin),
            photos=tuple(filter(None, there)),
            attempt=row.attempts + 1,
            reference=await dispatches.reference(session, row.target, row_id(ticket)),
            cameras=tuple(one.camera.code for one in nearest(self._services.cameras, ticket)),
        )
        return _Claim(row, dispatched)

    async def _deliver(self, claim: _Claim) -> None:
        target = self._targets[claim.row.target]
        try:
            if claim.row.lease_until is None or self._clock() + CALL_TIMEOUT > claim.row.lease_until:
                raise NotSent("this process hung, and the call might leave after another one's")
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                reference = await target.deliver(claim.dispatched)
        except DeliveryError as error:
            await self._failed(claim, target, error)
        except Exception as error:
            log.exception("dispatch broke", action="dispatch.broken", id=claim.row.id)
            await self._failed(claim, target, Ambiguous(f"{type(error).__name__} while telling"))
        else:
            self._step("dispatched")
            await self._succeeded(claim, reference)

    async def _succeeded(self, claim: _Claim, reference: str | None) -> None:
        self._health[claim.row.target].answered()
        told = {"reference": reference} if reference else {}

        async def settle() -> None:
            async with self._database.write() as session:
                now = self._clock()
                await claiming.settle(session, claim.row, OutboxState.SENT, now, error=None, **told)

        await recorded(settle)
        self._step("dispatch_settled")

    async def _failed(self, claim: _Claim, target: Target, error: DeliveryError) -> None:
        row, now = claim.row, self._clock()
        told = delivery.DispatchAttempt(target.repeats, row.attempts, row.created_at, now)
        verdict = delivery.after_telling(told, error, self._luck())
        if verdict.state is OutboxState.PENDING:
            self._health[row.target].failed(now, error)
        log.info(
            "dispatch failed", action="dispatch.failed", id=row.id, target=row.target,
            outcome=type(error).__name__, state=verdict.state.value, error=verdict.error,
        )  # fmt: skip

        async def settle() -> None:
            async with alone(self._database) as session:
                again_at = verdict.again_at or now
                kept = await claiming.settle(
                    session, row, verdict.state, now, error=verdict.error[:500], next_attempt_at=again_at
                )
                if kept:
                    await self._tell(session, row, verdict.state, verdict.error[:500])

        await recorded(settle)
        self._step("dispatch_settled")

    async def _tell(self, session: AsyncSession, row: Dispatch, state: OutboxState, error: str) -> None:
        """Moderators hear of what is stuck, of each receiver once a day."""
        now = self._clock()
        if state in dispatches.GIVEN_UP:
            await notices.stuck(session, self._services, row.target, error, now, row.ticket_id)
        if state is OutboxState.DEAD:
            told = next((one for one in self._services.subscribers if one.name == row.target), None)
            ticket = await session.get_one(Ticket, row.ticket_id, with_for_update=True)
            turn = Turn(self._services, session, "", "", now, now)
            await unreachable.hand_on(turn, ticket, told.department if told else None)
