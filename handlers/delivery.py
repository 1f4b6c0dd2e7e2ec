"""What follows from the way a delivery went: a pure decision, carried out by the sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.ports import Abilities, Ambiguous, DeliveryError, NotSent, PlatformDown, Refused
from handlers.posts import Content, Post, Toast
from storage.states import OutboxState

MAX_ATTEMPTS = 12
MAX_AGE = timedelta(hours=24)
TELL_AGE = timedelta(days=4)  # of what a system outside is told: over a long weekend
TOAST_AGE = timedelta(seconds=30)  # an answer to a press is worth nothing later
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=3)
DOWN_WAIT = timedelta(seconds=20)
MINUTE = timedelta(minutes=1)
MOST_JOINED = 9
QUOTA_TOLD_FROM = 0.8  # of the month's messages
# The share of the month's messages up to which a purpose may spend; every other one until the end.
_SPENT_UNTIL = {0.9: ("photos", "anew"), 0.97: ("acknowledgement", "acknowledgements", "reminder", "card")}


@dataclass(frozen=True, slots=True)
class DeliveryVerdict:
    """The row's next state; when to try again; whether the attempt counts."""

    state: OutboxState
    error: str
    again_at: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one delivery; `has_stand_in`: another department gets what this one can't be told."""

    content: Content
    number: int  # 1 for the first
    written_at: datetime
    now: datetime
    has_stand_in: bool = False


def after_failure(
    attempt: Attempt, error: DeliveryError, abilities: Abilities, luck: float
) -> DeliveryVerdict:
    """What to do about a delivery that failed; `luck` in [0, 1) spreads the waits (full jitter)."""
    match error:
        case PlatformDown() if attempt.has_stand_in and attempt.now - attempt.written_at > MAX_AGE:
            return DeliveryVerdict(OutboxState.DEAD, str(error))
        case PlatformDown():
            return DeliveryVerdict(OutboxState.PENDING, str(error), attempt.now + DOWN_WAIT, counts=False)
        case Refused(moved_to=None):
            return DeliveryVerdict(OutboxState.DEAD, str(error))
        case Refused():
            return _again(attempt, str(error), timedelta(0))
        case Ambiguous() if not repeatable(attempt.content, abilities):
            return DeliveryVerdict(_unknowable(attempt.content), str(error))
        case NotSent(retry_after=timedelta() as floor):
            return _again(attempt, str(error), floor + _backoff(0, luck))
        case _:
            return _again(attempt, str(error), _backoff(attempt.number, luck))


@dataclass(frozen=True, slots=True)
class DispatchAttempt:
    """One try of telling a system outside; `repeats`: it can tell the same thing told twice."""

    repeats: bool
    number: int  # 1 for the first
    written_at: datetime
    now: datetime


def after_telling(told: DispatchAttempt, error: DeliveryError, luck: float) -> DeliveryVerdict:
    """What to do where a system outside could not be told: it may be down for a weekend."""
    match error:
        case Refused():
            return DeliveryVerdict(OutboxState.DEAD, str(error))
        case Ambiguous() if not told.repeats:
            return DeliveryVerdict(OutboxState.UNCONFIRMED, str(error))
        case NotSent(retry_after=timedelta() as floor):
            wait = floor + _backoff(0, luck)
        case PlatformDown():
            wait = DOWN_WAIT + _backoff(min(told.number, 4), luck)
        case _:
            wait = _backoff(told.number, luck)
    if told.now + wait - told.written_at > TELL_AGE:
        return DeliveryVerdict(OutboxState.DEAD, str(error))
    return DeliveryVerdict(OutboxState.PENDING, str(error), told.now + wait)


def joined(content: Content, pictures: Sequence[bytes], abilities: Abilities) -> Sequence[bytes]:
    """The pictures that have to become one: before and after, or all where buttons allow no album."""
    if not isinstance(content, Post) or len(pictures) < 2:
        return ()
    if content.beside:
        return (pictures[0], pictures[-1])
    alone = not abilities.albums or (content.buttons and not abilities.album_buttons)
    return pictures[:MOST_JOINED] if alone else ()


def is_worth_it(purpose: str, used: int, month: int | None) -> bool:
    """Whether a post is worth one of the month's messages: what matters most is sent to the last one."""
    if month is None:
        return True
    share = next((share for share, purposes in _SPENT_UNTIL.items() if purpose in purposes), 1.0)
    return used < month * share


def month_of(now: datetime, zone: ZoneInfo) -> datetime:
    """When this month began where the city is."""
    return now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def after_crash(content: Content, abilities: Abilities) -> OutboxState:
    """What becomes of a delivery that was going out when its process ended."""
    return OutboxState.PENDING if repeatable(content, abilities) else _unknowable(content)


def repeatable(content: Content, abilities: Abilities) -> bool:
    """Whether saying it twice is seen once: edits and reactions always, posts where the platform can tell."""
    return not isinstance(content, Post | Toast) or abilities.tells_repeats


def may_send_at(sent: Sequence[datetime], limit: int | None, now: datetime) -> datetime:
    """When one more post may go to a group that hears at most `limit` a minute.

    Since a clock may be set back, a post may have been sent later than now: it holds up nobody for hours.
    """
    lately = sorted(moment for moment in sent if now - MINUTE < moment < now + MINUTE)
    if limit is None or len(lately) < limit:
        return now
    return lately[-limit] + MINUTE


def _unknowable(content: Content) -> OutboxState:
    """The state of what may or may not have arrived: moderators decide about a post, the rest is given up."""
    return OutboxState.UNCONFIRMED if isinstance(content, Post) else OutboxState.DEAD


def _again(attempt: Attempt, error: str, wait: timedelta) -> DeliveryVerdict:
    age = TOAST_AGE if isinstance(attempt.content, Toast) else MAX_AGE
    again_at = attempt.now + wait
    if attempt.number >= MAX_ATTEMPTS or again_at - attempt.written_at > age:
        return DeliveryVerdict(OutboxState.DEAD, error)
    return DeliveryVerdict(OutboxState.PENDING, error, again_at)


def _backoff(number: int, luck: float) -> timedelta:
    threefold: int = 3 ** min(number, MAX_ATTEMPTS)
    return luck * min(LONGEST_WAIT, FIRST_WAIT * threefold)
