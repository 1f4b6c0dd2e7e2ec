"""GeoReport v2 as a client: tickets go to another city system, and what it says of them comes back.

The standard has no way to change a request, so a ticket is posted once and read from then on. Posting twice
makes two requests there, unless the system knows `Idempotency-Key` (congich does).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, NoReturn
from urllib.parse import quote

import structlog

from bot.platforms.calls import ApiAnswer, Calls
from bot.platforms.listened import Listened
from handlers.events import Event, StatusTold
from handlers.ports import (
    Ambiguous,
    Clock,
    Commit,
    DeliveryError,
    Dispatched,
    FetchError,
    Incoming,
    JsonObject,
    MalformedEvent,
    NotSent,
    PlatformDown,
    Refused,
)
from handlers.relay import without_numbers
from handlers.shown import quoted, short
from handlers.status_told import NOTE_KEPT
from storage.dispatches import Followed

PREFIX = "open311:"
PENDING = "token:"  # in front of a reference that is not yet an id
SECONDS = 20.0
WORDS = 3900  # of the 4,000 that a description may have; the rest is our mark's
ASKED_AT_ONCE = 50
REFERENCE = 100  # characters as an address has them; servers commonly take 8,190 in all
FAILING = 10  # answers in a row that fail, after which a system that was well is looked at again
PATIENCE = 3  # rounds that failed, after which moderators hear of it
_UNKNOWN = datetime.min.replace(tzinfo=UTC)  # since when something stands as it did at the first look
_GONE = (400, 403, 404, 410)  # what is said of a request that there is no more, or of a wrong address
_OF_US = (401, 408, 425, 429, 503)  # what is said of whoever asks, or when, and not of what is asked for
GONE_FOR = timedelta(hours=1)  # how long a request is not asked for that a system refuses

log = structlog.get_logger(__name__)

Mark = Callable[[str], str]  # a ticket's code -> what stands under its words
Address = Callable[[str], str]  # a photo's content hash -> where it can be fetched
Tell = Callable[[str, str], Awaitable[None]]  # a system, an error


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Another city system: where it is, who we are there, what our categories are called there."""

    name: str
    url: str  # without the last slash, such as https://ioc.example/open311/v2
    key: str
    jurisdiction: str
    services: Mapping[str, str]
    place: str  # of what has none
    is_centre: bool = False  # it gets words as they were written

    def base(self) -> dict[str, str]:
        """What every call names."""
        return {"jurisdiction_id": self.jurisdiction} if self.jurisdiction else {}


class Upstream:
    """The way of tickets to one system."""

    def __init__(
        self, endpoint: Endpoint, calls: Calls, mark: Mark, address: Address | None, *, idempotent: bool
    ) -> None:
        """`address`: None where nobody outside can fetch our photos."""
        self.name = f"{PREFIX}{endpoint.name}"
        self.repeats = idempotent
        self._endpoint = endpoint
        self._calls = calls
        self._mark = mark
        self._address = address

    async def deliver(self, dispatched: Dispatched) -> str | None:
        told = dispatched if self._endpoint.is_centre else without_numbers(dispatched)
        url = f"{self._endpoint.url}/requests.json"
        headers = {"Idempotency-Key": dispatched.key}
        answer = await self._calls.post(url, form=self._form(told), headers=headers, seconds=SECONDS)
        if not 200 <= answer.status < 300:
            raise_for(answer)
        made = answer.rows[0] if answer.rows else {}
        if made.get("service_request_id"):
            return self._followed(str(made["service_request_id"]))
        if made.get("token"):
            return self._followed(f"{PENDING}{made['token']}")
        raise Ambiguous("the system took it and named neither an id nor a token")

    def _followed(self, reference: str) -> str | None:
        """None for one that can't be asked for later; what was told has arrived all the same."""
        if is_askable(reference):
            return reference
        name = reference[:50]
        log.warning("not followed", action="upstream.unnamed", system=self.name, reference=name)
        return None

    async def close(self) -> None:
        await self._calls.close()

    def _form(self, dispatched: Dispatched) -> dict[str, str]:
        endpoint = self._endpoint
        form = {
            **endpoint.base(),
            "api_key": endpoint.key,
            "service_code": endpoint.services.get(dispatched.category, dispatched.category),
            "description": f"{short(dispatched.words, WORDS)}\n{self._mark(dispatched.code)}",
        }
        if dispatched.latitude is not None and dispatched.longitude is not None:
            form |= {"lat": f"{dispatched.latitude:.6f}", "long": f"{dispatched.longitude:.6f}"}
        if dispatched.place or "lat" not in form:
            form["address_string"] = dispatched.place or endpoint.place
        if dispatched.photos and self._address is not None:
            form["media_url"] = self._address(dispatched.photos[0])
        return form


def is_askable(reference: str) -> bool:
    """Whether something can be asked for by this: many are in one address, with commas between them."""
    return "," not in reference and len(quote(reference)) <= REFERENCE


def raise_for(answer: ApiAnswer) -> NoReturn:
    """What an answer that is no success says. Raises DeliveryError."""
    told = str(answer.rows[0].get("description", ""))[:200] if answer.rows else ""
    said = f"the system answers {answer.status}" + (f": {told}" if told else "")
    if answer.status in (401, 403):
        raise PlatformDown(f"{said}: is its API key right?", for_good=False)
    if answer.status in (408, 425, 429):
        raise NotSent(said, answer.retry_after)
    raise Refused(said) if answer.status < 500 else Ambiguous(said)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the reader knows across starts: what it follows, how that stood, how far it has asked."""

    followed: Callable[[int, int], Awaitable[Sequence[Followed]]]  # after a number, so many
    named: Callable[[int, str], Awaitable[None]]  # a dispatch's token has become an id
    read: Callable[[], Awaitable[str | None]]
    move: Callable[[str], Awaitable[None]]
    saw: Callable[[Mapping[int, str]], Awaitable[None]]  # how those stand whose dispatches have these numbers


class RequestSnapshot(NamedTuple):
    """How a request stood at a look: a digest of all of it, the key of that, and its status."""

    said: str = ""
    key: str = ""
    status: str = ""  # empty: an earlier congich kept none

    @classmethod
    def kept_as(cls, kept: str) -> "RequestSnapshot":
        """As it was read before; all empty where it never was."""
        return cls(*kept.split(":"))

    def kept(self) -> str:
        return ":".join(self)


class UpstreamPlatform(Listened):
    """What one system says of our tickets, asked again and again."""

    def __init__(
        self, endpoint: Endpoint, calls: Calls, memory: Memory, clock: Clock, tell: Tell, *, seconds: float
    ) -> None:
        """`seconds` between two rounds; `tell`: moderators hear of a system that does not answer."""
        self.name = self.source = f"{PREFIX}{endpoint.name}"
        self._endpoint = endpoint
        self._calls = calls
        self._memory = memory
        self._clock = clock
        self._tell = tell
        self._seconds = seconds
        self._gone: dict[str, datetime] = {}  # ids that the system refuses, and until when they rest
        self._heard, self._heard_before = False, False  # it answered in this round, in the one before
        self._good = ""  # an id that it answered for
        self._failing = 0  # answers in a row that say that it fails
        self._rounds = 0

    async def receive(self, commit: Commit) -> None:
        """Ask round after round until cancelled; a round that failed goes on where it was, and each day that
        they fail moderators hear of it."""
        failures, told = 0, None
        while True:
            try:
                await self.round(commit)
                failures = 0
            except DeliveryError as error:
                failures += 1
                log.warning("upstream failed", action="upstream.failed", system=self.name, error=str(error))
                if failures >= PATIENCE and told != (told := self._clock().date()):
                    await self._tell(self.name, str(error))
            await asyncio.sleep(self._seconds * min(max(1, failures), 10))

    async def round(self, commit: Commit) -> None:
        """Ask once for everything that is followed. Raises DeliveryError, also where all of it is refused."""
        self._heard, self._failing, refusals = False, 0, dict[str, ApiAnswer]()
        self._rounds += 1
        while True:
            after = int(await self._memory.read() or 0)
            rows = await self._memory.followed(after, ASKED_AT_ONCE)
            if not rows:
                break
            references = {row.id: await self._reference(row) for row in rows}
            answers = await self._answers(self._worth_asking(references.values()))
            told = {str(one["service_request_id"]): one for _, answer in answers for one in _rows(answer)}
            await self._take_over(commit, [(row, told.get(references[row.id])) for row in rows])
            refusals |= {one: answer for one, answer in answers if answer.status != 200}
            await self._memory.move(str(rows[-1].id))
        await self._memory.move("0")
        self._heard_before = self._heard
        if self._heard:
            until = self._clock() + GONE_FOR
            self._gone |= {one: until for one, answer in refusals.items() if one and answer.status < 500}
        elif refusals:  # a wrong address answers so, too
            raise_for(next(iter(refusals.values())))

    def _worth_asking(self, references: Iterable[str]) -> Sequence[str]:
        """Of ids, some of them empty, those that have a chance."""
        now = self._clock()
        self._gone = {one: until for one, until in self._gone.items() if until > now}
        return sorted({one for one in references if one} - self._gone.keys())

    async def _take_over(self, commit: Commit, told: Sequence[tuple[Followed, JsonObject | None]]) -> None:
        """Hand on how things stand by now where it is news, and keep that it was handed on."""
        now, news, seen = self._clock(), [], {}
        for row, record in told:
            before = RequestSnapshot.kept_as(row.seen)
            found = _standing(record, before) if record is not None else before
            if record is not None and found.key != before.key:
                news.append(_incoming(record, found, before, now))
            if found != before:
                seen[row.id] = found.kept()
        if news:
            await commit(news)
        if seen:
            await self._memory.saw(seen)

    async def _reference(self, row: Followed) -> str:
        """The id of a request; that of a token is asked for. Empty while there is none to ask by."""
        if not is_askable(row.reference):  # kept by an earlier congich
            return ""
        if not row.reference.startswith(PENDING):
            return row.reference
        token = row.reference.removeprefix(PENDING)
        answer = await self._get(f"/tokens/{quote(token, safe='')}.json", {})
        found = str(answer.rows[0].get("service_request_id") or "") if answer.rows else ""
        if found and answer.status == 200 and is_askable(found):
            await self._memory.named(row.id, found)
            return found
        return ""

    async def _answers(self, references: Sequence[str]) -> Sequence[tuple[str, ApiAnswer]]:
        """What is said of requests, each time by the first of their ids; one that is refused takes no other
        along, but is looked for by halves. By none: they are refused, and so is perhaps everything.

        Raises DeliveryError where the system fails.
        """
        if not references:
            return ()
        answer = await self._asked(references)
        if answer.status in _OF_US:
            raise_for(answer)
        if answer.status == 200 or len(references) == 1:
            return ((references[0], answer),)
        if not await self._is_well(references, answer):
            return (("", answer),)
        half = len(references) // 2
        return (*await self._answers(references[:half]), *await self._answers(references[half:]))

    async def _is_well(self, references: Sequence[str], answer: ApiAnswer) -> bool:
        """Whether a system that refuses these together answers at all: two are asked for alone, each round
        another one; later, one that it knew. Raises DeliveryError where it fails."""
        is_known = self._heard or (self._heard_before and answer.status in _GONE)
        if is_known and self._failing < FAILING:  # a few that it fails at lie side by side, perhaps
            return True
        alone = (references[-1], references[self._rounds % len(references)])
        for one in (self._good,) if self._heard else alone:
            if (await self._asked((one,))).status == 200:
                return True
        if answer.status not in _GONE:
            raise_for(answer)
        return False

    async def _asked(self, references: Sequence[str]) -> ApiAnswer:
        answer = await self._get("/requests.json", {"service_request_id": ",".join(references)})
        if answer.status == 200:
            self._heard, self._good = True, references[-1]
        self._failing = self._failing + 1 if answer.status >= 500 else 0
        return answer

    async def _get(self, path: str, query: Mapping[str, str]) -> ApiAnswer:
        params = {**self._endpoint.base(), **query}
        headers = {"X-Api-Key": self._endpoint.key}
        url = f"{self._endpoint.url}{path}"
        return await self._calls.get(url, params=params, headers=headers, seconds=SECONDS)

    def parse(self, payload: JsonObject) -> Event | None:
        try:
            return StatusTold(
                chat="",
                reference=payload["reference"],
                is_closed=payload["closed"],
                note=payload["note"],
                at=datetime.fromisoformat(payload["at"]),
                is_repeated=payload.get("repeated", False),  # not said by an earlier congich
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedEvent(f"{type(error).__name__} in what a system told") from None

    async def fetch(self, ref: str, limit: int) -> bytes:
        raise FetchError("a status has no photos", permanent=True)

    async def close(self) -> None:
        await self._calls.close()


def _rows(answer: ApiAnswer) -> Sequence[JsonObject]:
    """What an answer has; a refusal, nothing."""
    rows = answer.rows if answer.status == 200 else ()
    return [one for one in rows if one.get("service_request_id")]


def _standing(record: JsonObject, before: RequestSnapshot) -> RequestSnapshot:
    """How a request stands: with the same key as before, however often it is asked.

    What was open, has ended and is open again stands as it did at first, perhaps within the same second: so
    a key holds what was before it too.
    """
    words = "|".join(str(record.get(name) or "") for name in ("status", "status_notes", "updated_datetime"))
    said = _digest(words)
    key = before.key if said == before.said else _digest(f"{before.key}|{words}")
    return RequestSnapshot(
        said, key, "closed" if str(record.get("status", "")).lower() == "closed" else "open"
    )


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def _incoming(record: JsonObject, found: RequestSnapshot, before: RequestSnapshot, now: datetime) -> Incoming:
    """What is new; it stands so since now at the latest, where the system does not say it."""
    reference = str(record["service_request_id"])
    at = _moment(str(record.get("updated_datetime") or "")) or (now if before.key else _UNKNOWN)
    payload = {
        "reference": reference,
        "closed": found.status == "closed",
        "note": quoted(str(record.get("status_notes") or ""), NOTE_KEPT),
        "at": at.isoformat(),
        "repeated": found.status == before.status,
    }
    return Incoming(f"{reference}:{found.key}", payload)


def _moment(written: str) -> datetime | None:
    """What a system wrote as a moment; None for one without an offset, which could be any."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
