"""Our deliveries as a bridge gets them, and the two ways there: a signed call, or a stream it listens to."""

import asyncio
import base64
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.platforms.bridge_events import Receipt as Told
from bot.platforms.calls import ApiAnswer, Calls
from bot.platforms.statuses import COME_BACK, WRONG_SECRET
from bot.signatures import Signer
from handlers.ports import (
    Ambiguous,
    Clock,
    DeliveryError,
    JsonObject,
    NotSent,
    Outgoing,
    PlatformDown,
    Receipt,
    Refused,
)
from handlers.posts import Edit, Keyboard, Post, React, Toast

ANSWER_SECONDS = 20.0  # for a receipt; what other chats have to say waits meanwhile
MUTE_SECONDS = 2.0  # the same, while a bridge that listens answers nothing
CALL_SECONDS = 20.0

Offer = Callable[[bytes], Awaitable[str | None]]
Listener = asyncio.Queue[tuple[str, JsonObject] | None]  # an event's id and its delivery; None: the end


class Way(Protocol):
    """How a delivery reaches a bridge."""

    async def send(self, key: str, delivery: JsonObject) -> Receipt:
        """Raises DeliveryError."""

    async def close(self) -> None:
        """Give back connections."""


async def written(outgoing: Outgoing, offer: Offer) -> JsonObject:
    """A delivery as JSON; photos by an address where there is one, else inside."""
    content = outgoing.content
    head: JsonObject = {"delivery": outgoing.key, "chat": outgoing.chat}
    match content:
        case Post():
            return head | {
                "type": "post",
                "text": content.text,
                "reply_to": content.reply_to,
                "buttons": _buttons(content.buttons),
                "calls": [{"id": call.id, "name": call.name} for call in content.calls],
                "quiet": content.quiet,
                "photos": [await _photo(picture, offer) for picture in outgoing.pictures],
            }
        case Edit():
            buttons = _buttons(content.buttons)
            told = {"message": outgoing.message, "text": content.text, "buttons": buttons}
            return head | {"type": "edit", **told, "without_photos": content.bare}
        case React():
            return head | {"type": "reaction", "message": content.message, "emoji": content.emoji}
        case Toast():
            return head | {"type": "answer", "press": content.press, "text": content.text}


def _buttons(keyboard: Keyboard) -> list[list[JsonObject]]:
    return [[{"text": one.text, "data": one.data} for one in row] for row in keyboard]


async def _photo(picture: bytes, offer: Offer) -> JsonObject:
    address = await offer(picture)
    return {"url": address} if address else {"data": base64.b64encode(picture).decode()}


class Webhook:
    """Each delivery is a signed POST; its answer is the receipt."""

    def __init__(self, url: str, signer: Signer, clock: Clock) -> None:
        self._url = url
        self._signer = signer
        self._clock = clock
        self._calls = Calls()

    async def send(self, key: str, delivery: JsonObject) -> Receipt:
        body = json.dumps(delivery, ensure_ascii=False).encode()
        headers = self._signer.sign(body, key, self._clock()) | {"Content-Type": "application/json"}
        answer = await self._calls.post(self._url, data=body, headers=headers, seconds=CALL_SECONDS)
        if 200 <= answer.status < 300:
            number = (answer.body or {}).get("message")
            return Receipt(str(number) if number else None, has_pictures=bool(delivery.get("photos")))
        raise outcome(answer)

    async def close(self) -> None:
        await self._calls.close()


def outcome(answer: ApiAnswer) -> DeliveryError:
    """What an answer that is no success says; a bridge can tell a repeat, so what is unclear is repeated."""
    said = f"the bridge answers {answer.status}"
    if answer.status in WRONG_SECRET:
        return PlatformDown(f"{said}: does it have the same secret?", for_good=False)
    if answer.status in COME_BACK:
        return NotSent(said, answer.retry_after)
    if answer.status >= 500 or answer.status < 400:
        return Ambiguous(said)
    told = (answer.body or {}).get("error", "")
    return Refused(f"{said} {str(told)[:200]}".strip())


@dataclass(slots=True)
class _Waiting:
    number: int
    delivery: JsonObject
    receipt: asyncio.Future[Told] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Stream:
    """Deliveries that a bridge listens to, each kept until its receipt has come."""

    def __init__(self, boot: str) -> None:
        """`boot`: what tells this process's numbers from those of the one before."""
        self._boot = boot
        self._numbers = itertools.count(1)
        self._waiting: dict[str, _Waiting] = {}
        self._listener: Listener | None = None
        self._is_mute = False

    async def send(self, key: str, delivery: JsonObject) -> Receipt:
        if self._listener is None:
            raise PlatformDown("no bridge is connected", for_good=False)
        waiting = _Waiting(next(self._numbers), delivery)
        self._waiting[key] = waiting
        self._listener.put_nowait((self._id(waiting), delivery))
        try:
            async with asyncio.timeout(MUTE_SECONDS if self._is_mute else ANSWER_SECONDS):
                told = await waiting.receipt
        except TimeoutError:
            self._is_mute = True
            raise Ambiguous("no receipt came from the bridge") from None
        finally:
            del self._waiting[key]
        if told.error is None:
            return Receipt(told.message, has_pictures=bool(delivery.get("photos")))
        raise NotSent(told.error) if told.retry else Refused(told.error)

    def told(self, receipt: Told) -> bool:
        """A receipt came; whether anybody waits for it."""
        self._is_mute = False
        waiting = self._waiting.get(receipt.delivery)
        if waiting is None or waiting.receipt.done():
            return False
        waiting.receipt.set_result(receipt)
        return True

    def listen(self) -> Listener:
        """Deliveries come here from now on, first all that were sent and have no receipt.

        `Last-Event-ID` is not asked: a bridge may have got an event and died before it did anything, and
        only its receipt tells. What it has done already it knows by the delivery's key.
        """
        if self._listener is not None:
            self._listener.put_nowait(None)  # one bridge listens, and it is the one that came last
        self._listener, self._is_mute = asyncio.Queue(), False
        for waiting in sorted(self._waiting.values(), key=lambda one: one.number):
            self._listener.put_nowait((self._id(waiting), waiting.delivery))
        return self._listener

    def leave(self, listener: Listener) -> None:
        """It listens no more."""
        if self._listener is listener:
            self._listener = None

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.put_nowait(None)

    def _id(self, waiting: _Waiting) -> str:
        return f"{self._boot}-{waiting.number}"
