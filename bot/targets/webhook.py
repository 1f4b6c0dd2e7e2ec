"""Ticket events to a system of the city's, as signed calls in the Standard Webhooks format.

The call's id is the same at every attempt, so a receiver can drop what it has. The ticket's words are added
as it leaves. What each answer means: 2xx is taken; 400, 410, 413 and 422 are a no for good; all else
may be mended there, and is tried again for days.
"""

import json

from bot.platforms.calls import ApiAnswer, Calls
from bot.platforms.statuses import WRONG_SECRET
from bot.signatures import Signer
from handlers.ports import (
    Ambiguous,
    Clock,
    DeliveryError,
    Dispatched,
    JsonObject,
    NotSent,
    PlatformDown,
    Refused,
)
from handlers.relay import without_numbers

SECONDS = 20.0
PREFIX = "webhook:"
_FOR_GOOD = (400, 410, 413, 422)


class WebhookTarget:
    """One receiver."""

    repeats = True

    def __init__(
        self,
        name: str,
        url: str,
        signer: Signer,
        clock: Clock,
        calls: Calls,
        *,
        cameras: bool = False,
        centre: bool = False,
    ) -> None:
        """`clock` tells the real time: a receiver refuses a call that is older than minutes.
        `cameras`: it may know which cameras are near; `centre`: words as they were written.
        """
        self._cameras = cameras
        self._is_centre = centre
        self.name = f"{PREFIX}{name}"
        self._url = url
        self._signer = signer
        self._clock = clock
        self._calls = calls

    async def deliver(self, dispatched: Dispatched) -> str | None:
        known = dispatched if self._is_centre else without_numbers(dispatched)
        told = written(known, cameras=self._cameras)
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = self._signer.sign(body, dispatched.key, self._clock())
        headers |= {"Content-Type": "application/json"}
        answer = await self._calls.post(self._url, data=body, headers=headers, seconds=SECONDS)
        if not 200 <= answer.status < 300:
            raise outcome(answer)
        return None

    async def close(self) -> None:
        await self._calls.close()


def written(dispatched: Dispatched, *, cameras: bool = False) -> JsonObject:
    """The body of a call: what happened, the ticket as it stood then, its words and link as they are now."""
    payload = dispatched.payload
    data = payload["data"]
    now: JsonObject = {"summary": dispatched.words, "link": dispatched.link, "photos": len(dispatched.photos)}
    near = {"cameras": list(dispatched.cameras)} if cameras else {}
    return payload | {"data": data | {"ticket": data["ticket"] | now | near}}


def outcome(answer: ApiAnswer) -> DeliveryError:
    """What an answer that is no success says."""
    said = f"the receiver answers {answer.status}"
    if answer.status in _FOR_GOOD:
        return Refused(said)
    if answer.status in WRONG_SECRET:
        return PlatformDown(f"{said}: does it have the same secret?", for_good=False)
    is_later = answer.status == 503 and answer.retry_after is not None
    return Ambiguous(said) if answer.status >= 500 and not is_later else NotSent(said, answer.retry_after)
