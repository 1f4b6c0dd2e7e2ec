"""Sends what the outbox holds: one delivery at a time for each chat, edits of several side by side.

A row is committed as `sending` before its call leaves, so that a crash in between is known, and its
outcome is decided by `handlers.delivery` and written with the fence of that claim.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices
from bot.loops import recorded
from bot.platforms import albums
from bot.steps import Step
from handlers import delivery, desks, posts, unreachable
from handlers.chart import Chart, from_json
from handlers.context import Services, Turn
from handlers.ports import (
    Ambiguous,
    ChatPlatform,
    Clock,
    DeliveryError,
    NotSent,
    Outgoing,
    PlatformDown,
    Receipt,
    Refused,
)
from storage import chats, claiming, messages, outbox
from storage.columns import JsonObject
from storage.database import Database
from storage.images import ImageStore, StoreError
from storage.locks import alone
from storage.models import Chat, Outbox, Ticket, row_id
from storage.pictures import BadPicture
from storage.states import AttachmentState, OutboxState

IN_FLIGHT = 8
LEASE = timedelta(minutes=2)
CALL_TIMEOUT = timedelta(seconds=60)
PHOTO_PATIENCE = timedelta(seconds=20)  # how long a post waits for its photos to be fetched
PHOTO_LOOK = timedelta(milliseconds=500)
DOWN_PATIENCE = timedelta(minutes=10)  # with a platform that takes nothing, before moderators hear of it
SPARED = "the month's last messages are kept for what matters more"
REST = timedelta(minutes=1)  # between two tries of a platform that refuses our account

Together = Callable[[Sequence[bytes]], Awaitable[bytes]]
Draw = Callable[[Chart], Awaitable[bytes]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    row: Outbox
    chat: Chat
    outgoing: Outgoing
    hashes: tuple[str, ...]  # of its pictures, read when no transaction is open
    rest: tuple[str, ...] = ()  # of the album that it edits
    refused: str = ""  # why it leaves as little as one that its platform refuses


def _readable(row: Outbox) -> posts.Content | None:
    """What is to be sent; None where this version does not know it."""
    try:
        return posts.from_json(row.payload)
    except (KeyError, TypeError, ValueError):
        return None


async def _each(platform: ChatPlatform, deliveries: Sequence[Outgoing]) -> Receipt:
    """The first one's receipt; one that is refused, say because somebody deleted it, keeps up no other."""
    receipts, refused = [], []
    for one in deliveries:
        try:
            receipts.append(await platform.deliver(one))
        except Refused as error:
            refused.append(error)
    if refused:
        raise refused[0]
    return receipts[0]


class Sender:
    """The way out, for the given platforms."""

    def __init__(
        self,
        database: Database,
        services: Services,
        platforms: Mapping[str, ChatPlatform],
        images: ImageStore,
        clock: Clock,
        step: Step,
        *,
        owner: Callable[[], str],
        luck: Callable[[], float],
        together: Together,
        draw: Draw,
    ) -> None:
        """`platforms` by name; `owner` names this process in its claims; `luck` draws from [0, 1);
        `together` makes one picture of several, `draw` one of a chart."""
        self._together_pictures = together
        self._draw = draw
        self._database = database
        self._services = services
        self._platforms = dict(platforms)
        self._resting: dict[str, datetime] = {}  # platforms that refuse our account, and until when
        self._down_since: dict[str, datetime] = {}  # platforms that take nothing
        self._images = images
        self._clock = clock
        self._step = step
        self._owner = owner
        self._luck = luck

    async def recover(self, now: datetime | None = None) -> int:
        """Decide about deliveries that were going out when our process ended, or, at a moment, about
        anybody's, to whichever platform, of which nobody has said for too long how they went; how many."""
        async with alone(self._database) as session:
            rows = await outbox.stranded(session, owner=self._owner(), now=now)
            for row, chat in rows:
                await self._recover_row(session, row, chat)
        return len(rows)

    async def _recover_row(self, session: AsyncSession, row: Outbox, chat: Chat) -> None:
        content = _readable(row)
        if content is None:
            await self._give_up(session, row, chat)
            return
        state = delivery.after_crash(content, self._services.abilities(chat.platform))
        row.state, row.error = state, "the process ended while this was going out"
        row.next_attempt_at = self._clock()
        if state == OutboxState.UNCONFIRMED:
            await notices.unconfirmed(session, self._services, row, chat, self._clock())

    async def _give_up(self, session: AsyncSession, row: Outbox, chat: Chat) -> None:
        """What a newer version wrote, say before a step back: it must hold up no other row."""
        row.state, row.error = OutboxState.DEAD, "this version can't read what is to be sent"
        now = self._clock()
        await notices.undelivered(session, self._services, row, chat, now, reason=row.error)

    def send_only(self, names: Collection[str]) -> None:
        """Leave the other platforms to other processes."""
        self._platforms = {name: one for name, one in self._platforms.items() if name in names}

    async def send(self) -> int:
        """Send what may go now, one delivery a chat; how many were tried."""
        claims = await self._claim()
        await asyncio.gather(*(self._deliver(claim) for claim in claims))
        return len(claims)

    async def _claim(self) -> list[_Claim]:
        now = self._clock()
        async with self._database.write() as session:
            rows = await self._ready(session, now)
            prepared = [await self._prepare(session, row, chat, now) for row, chat in rows]
            claims = self._together([claim for claim in prepared if claim is not None])
            for claim in claims:
                claiming.take(claim.row, self._owner(), now + LEASE)
        if claims:
            self._step("taken")
        return claims

    async def _ready(self, session: AsyncSession, now: datetime) -> Sequence[tuple[Outbox, Chat]]:
        """What may go now; what was written to a group that has moved is looked at again where that is."""
        while True:
            rows = await outbox.ready(session, self._awake(now), now, IN_FLIGHT)
            if not any([await chats.follow(session, row, chat) for row, chat in rows]):
                return rows

    def _awake(self, now: datetime) -> list[str]:
        return [name for name in self._platforms if self._resting.get(name, now) <= now]

    def _together(self, claims: list[_Claim]) -> list[_Claim]:
        """What may go out side by side: of posts that can't be repeated one, so that a crash leaves
        at most one of which nobody knows whether it arrived."""
        once = [claim for claim in claims if not self._repeatable(claim)]
        return [claim for claim in claims if self._repeatable(claim)] + once[:1]

    def _repeatable(self, claim: _Claim) -> bool:
        abilities = self._services.abilities(claim.chat.platform)
        content = claim.outgoing.content
        return delivery.repeatable(content, abilities) or not isinstance(content, posts.Post)

    async def _prepare(self, session: AsyncSession, row: Outbox, chat: Chat, now: datetime) -> _Claim | None:
        """Everything a delivery needs, or None while it has to wait."""
        content = _readable(row)
        if content is None:
            await self._give_up(session, row, chat)
            return None
        is_spared = await self._is_spared(session, row, chat, now)
        if is_spared and row.purpose != desks.CARD:  # which is handed on
            row.state, row.error = OutboxState.DEAD, SPARED
            return None
        wait_until = await self._wait_until(session, row, chat, content, now)
        if wait_until > now:
            row.next_attempt_at = wait_until
            return None
        photos = await messages.by_ids(session, content.photos) if isinstance(content, posts.Post) else ()
        target = await outbox.by_key(session, row.target_key) if row.target_key else None
        if row.target_key and (target is None or target.platform_message_id is None):
            row.state, row.error = OutboxState.DEAD, "the post to edit was never confirmed"
            return None
        outgoing = Outgoing(
            key=row.idempotency_key,
            chat=chat.external_id,
            content=content,
            message=target.platform_message_id if target else None,
            message_has_pictures=bool(target and target.payload.get("has_pictures")),
        )
        there = [one.content_hash for one in photos if one.state == AttachmentState.STORED]
        rest = albums.rest_of(target.payload) if target else ()
        return _Claim(row, chat, outgoing, tuple(filter(None, there)), rest, SPARED if is_spared else "")

    async def _is_spared(self, session: AsyncSession, row: Outbox, chat: Chat, now: datetime) -> bool:
        """Whether so few of the month's messages are left that this is none of those they are kept for."""
        month = self._services.abilities(chat.platform).posts_per_month
        if month is None:
            return False
        since = delivery.month_of(now, ZoneInfo(chat.time_zone))
        used = await outbox.sent_by(session, chat.platform, since)
        return not delivery.is_worth_it(row.purpose, used, month)

    async def _wait_until(
        self, session: AsyncSession, row: Outbox, chat: Chat, content: posts.Content, now: datetime
    ) -> datetime:
        if not isinstance(content, posts.Post):
            return now
        found = await messages.by_ids(session, content.photos)
        fetching = any(photo.state == AttachmentState.PENDING for photo in found)
        if fetching and now - row.created_at < PHOTO_PATIENCE:
            return now + PHOTO_LOOK
        limit = self._services.abilities(chat.platform).posts_per_minute
        since = now - delivery.MINUTE
        sent = await outbox.sent_since(session, row_id(chat), since, now) if limit else ()
        return delivery.may_send_at(sent, limit, now)

    async def _illustrated(self, claim: _Claim) -> Outgoing:
        """With its pictures. Raises NotSent where they can't be read: nothing has left us then.

        Where the store stays away a chat does not stand still for a picture: the words go alone.
        """
        try:
            return await self._with_pictures(claim)
        except OSError as error:
            waited = self._clock() - claim.row.created_at
            if isinstance(error, StoreError) and waited > PHOTO_PATIENCE:
                log.warning(
                    "sent without pictures", action="outbox.no_store", id=claim.row.id, error=str(error)
                )
                return claim.outgoing
            log.exception("pictures not read", action="outbox.not_read", id=claim.row.id)
            raise NotSent(f"its pictures can't be read ({error.strerror})") from None

    async def _with_pictures(self, claim: _Claim) -> Outgoing:
        content = claim.outgoing.content
        if isinstance(content, posts.Post) and content.chart is not None:
            return replace(claim.outgoing, pictures=await self._chart(claim, content.chart))
        read = [(one, await self._images.get(one, "served")) for one in claim.hashes]
        there = tuple(name for name, picture in read if picture is not None)
        found = tuple(picture for _, picture in read if picture is not None)
        return replace(claim.outgoing, pictures=await self._joined(claim, found), photos=there)

    async def _joined(self, claim: _Claim, found: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """One picture of these where it must be one."""
        abilities = self._services.abilities(claim.chat.platform)
        joined = delivery.joined(claim.outgoing.content, found, abilities)
        if len(joined) < 2:
            return found
        try:
            return (await self._together_pictures(joined),)
        except (BadPicture, OSError) as error:  # or nothing is there to do it
            log.warning(
                "photos not put together", action="outbox.not_together", id=claim.row.id, error=str(error)
            )
            return found

    async def _chart(self, claim: _Claim, chart: JsonObject) -> tuple[bytes, ...]:
        """The picture of a digest; without one it is still a digest."""
        try:
            return (await self._draw(from_json(chart)),)
        except (BadPicture, OSError, KeyError, TypeError, ValueError):
            log.exception("chart not drawn", action="outbox.not_drawn", id=claim.row.id)
            return ()

    async def _deliver(self, claim: _Claim) -> None:
        platform = self._platforms.get(claim.chat.platform)
        try:
            if claim.refused:
                raise Refused(claim.refused)
            if platform is None:
                raise PlatformDown(f"{claim.chat.platform} is stopped")
            outgoing = await self._illustrated(claim)
            if claim.row.lease_until is None or self._clock() + CALL_TIMEOUT > claim.row.lease_until:
                raise NotSent("this process hung, and the call might leave after another one's")
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                receipt = await _each(platform, albums.edits(outgoing, claim.rest))
        except DeliveryError as error:
            await self._failed(claim, error)
        except Exception as error:
            log.exception("delivery broke", action="outbox.broken", id=claim.row.id)
            await self._failed(claim, Ambiguous(f"{type(error).__name__} while sending"))
        else:
            self._step("delivered")
            self._down_since.pop(claim.chat.platform, None)
            if self._resting.pop(claim.chat.platform, None) is not None:
                log.info("platform works again", action="platform.back", platform=claim.chat.platform)
            await self._succeeded(claim, receipt)

    async def _succeeded(self, claim: _Claim, receipt: Receipt) -> None:
        async def settle() -> None:
            async with self._database.write() as session:
                kept = await outbox.settle(
                    session,
                    claim.row,
                    OutboxState.SENT,
                    self._clock(),
                    platform_message_id=receipt.message,
                    has_pictures=receipt.has_pictures,
                    error=None,
                )
                if kept and isinstance(receipt, albums.Album):
                    row = await session.get_one(Outbox, row_id(claim.row), populate_existing=True)
                    row.payload = albums.noted(row.payload, receipt)
            if not kept:
                log.warning("a stale delivery was not recorded", action="outbox.stale", id=claim.row.id)

        await recorded(settle)
        self._step("settled")

    async def _failed(self, claim: _Claim, error: DeliveryError) -> None:
        row, now = claim.row, self._clock()
        verdict = self._decided(claim, error, now)
        log.info(
            "delivery failed",
            action="outbox.failed",
            id=row.id,
            outcome=type(error).__name__,
            state=verdict.state.value,
            error=verdict.error,
        )
        await recorded(lambda: self._settle(claim, error, verdict, now))
        self._step("settled")

    def _decided(self, claim: _Claim, error: DeliveryError, now: datetime) -> delivery.DeliveryVerdict:
        """What becomes of the row, and whether its platform rests."""
        row, chat = claim.row, claim.chat
        if isinstance(error, PlatformDown) and error.for_good:
            self._rest(chat.platform, now + REST, str(error))
        if isinstance(error, Refused) and not claim.refused:  # an answer, too
            self._down_since.pop(chat.platform, None)
        has_stand_in = row.purpose == desks.CARD and chat.department in self._services.policy.stand_ins
        attempt = delivery.Attempt(claim.outgoing.content, row.attempts, row.created_at, now, has_stand_in)
        abilities = self._services.abilities(chat.platform)
        return delivery.after_failure(attempt, error, abilities, self._luck())

    async def _settle(
        self, claim: _Claim, error: DeliveryError, verdict: delivery.DeliveryVerdict, now: datetime
    ) -> None:
        row, chat = claim.row, claim.chat
        async with alone(self._database) as session:
            if isinstance(error, Refused) and error.moved_to:
                await self._move(session, chat, error.moved_to, now)
            if isinstance(error, NotSent) and error.retry_after is not None:
                await chats.pause(session, row_id(chat), now + error.retry_after)
            kept = await outbox.settle(
                session,
                row,
                verdict.state,
                now,
                error=verdict.error[:500],
                next_attempt_at=verdict.again_at or now,
                attempts=row.attempts if verdict.counts else row.attempts - 1,
            )
            if isinstance(error, PlatformDown):
                await self._tell_down(session, chat.platform, error, now)
            if kept:
                await self._tell(session, row, chat, verdict, now)

    async def _tell(
        self, session: AsyncSession, row: Outbox, chat: Chat, verdict: delivery.DeliveryVerdict, now: datetime
    ) -> None:
        if verdict.state == OutboxState.UNCONFIRMED:
            await notices.unconfirmed(session, self._services, row, chat, now)
        elif verdict.state == OutboxState.DEAD:
            await notices.undelivered(session, self._services, row, chat, now, reason=verdict.error)
            if row.purpose == desks.CARD and row.ticket_id is not None:
                ticket = await session.get_one(Ticket, row.ticket_id, with_for_update=True)
                turn = Turn(self._services, session, chat.platform, "", now, now)
                await unreachable.hand_on(turn, ticket, chat.department)

    async def _tell_down(
        self, session: AsyncSession, platform: str, error: PlatformDown, now: datetime
    ) -> None:
        if now - self._down_since.setdefault(platform, now) >= DOWN_PATIENCE:
            await notices.down(session, self._services, platform, str(error), now)

    async def _move(self, session: AsyncSession, chat: Chat, moved_to: str, now: datetime) -> None:
        old = await session.get_one(Chat, row_id(chat))
        new = await chats.ensure(session, chat.platform, moved_to, "", now)
        await chats.move(session, old, new)

    def _rest(self, name: str, until: datetime, reason: str) -> None:
        """A bad token stops its platform, which is asked again now and then; the others go on."""
        if name not in self._resting:
            log.error("platform stopped", action="platform.stopped", platform=name, error=reason)
        self._resting[name] = until
