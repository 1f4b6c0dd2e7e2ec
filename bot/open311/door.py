"""The way in of what other systems post by GeoReport v2; nothing of ours leaves by it.

| hears             | edits, buttons, reactions, albums | photos     | tells repeats          | a minute |
| what they post    | –                                 | by address | yes, by its own key    | –        |

Of the person it keeps a name, where one is given, and a number by which the same person is known again,
made of what the client told of them with a key of ours. E-mail, telephone and device are not kept.
"""

import asyncio
import hashlib
import hmac
from datetime import datetime

from bot.open311.asked import Posted
from bot.platforms.listened import Listened
from bot.platforms.media import Media
from handlers.events import Event, Location, MessagePosted, Person, Photo, Stated
from handlers.ports import (
    Commit,
    Incoming,
    JsonObject,
    MalformedEvent,
)

NAME = "open311"


class Door(Listened):
    """GeoReport v2 as a platform; each of its clients is a chat."""

    name = NAME
    source = NAME

    def __init__(self, media: Media) -> None:
        self._media = media

    async def receive(self, commit: Commit) -> None:
        """Its routes hear what is posted; there is nothing to ask for."""
        await asyncio.Event().wait()

    def parse(self, payload: JsonObject) -> Event | None:
        try:
            return _event(payload)
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedEvent(f"{type(error).__name__} in a posted request") from None

    async def fetch(self, ref: str, limit: int) -> bytes:
        return await self._media.fetch(ref, limit)

    async def close(self) -> None:
        await self._media.close()


def incoming(posted: Posted, client: str, token: str, key: bytes, now: datetime) -> Incoming:
    """A posted request as the inbox takes it; `key` hides who the person is, `token` names the request."""
    payload: JsonObject = {
        "client": client,
        "token": token,
        "at": now.isoformat(),
        "service": posted.service,
        "words": posted.words,
        "latitude": posted.latitude,
        "longitude": posted.longitude,
        "media_url": posted.media_url,
        "name": posted.name,
        "who": _who(posted, client, token, key),
        "kind": posted.kind,
        "urgent": posted.urgent,
    }
    return Incoming(key_of(client, token), payload, now)


def key_of(client: str, token: str) -> str:
    """By what the inbox knows a posted request."""
    return f"{client}:{token}"


def _who(posted: Posted, client: str, token: str, key: bytes) -> str:
    """The first thing that tells one person from another; who tells nothing is somebody new each time."""
    known = next((f"{place}:{value}" for place, value in enumerate(posted.who) if value), token)
    digest = hmac.digest(key, f"{client}|{known}".encode(), hashlib.sha256).hex()
    return f"{client}:{digest[:24]}"


def _event(payload: JsonObject) -> MessagePosted:
    spot = payload["latitude"], payload["longitude"]
    photos = (Photo(payload["media_url"]),) if payload["media_url"] else ()
    return MessagePosted(
        chat=payload["client"],
        id=payload["token"],
        sender=Person(payload["who"], payload["name"] or payload["client"]),
        at=datetime.fromisoformat(payload["at"]),
        text=payload["words"],
        photos=photos,
        location=Location(*map(float, spot)) if spot[0] is not None else None,
        stated=Stated(payload["service"], payload["kind"], payload["urgent"]),
    )
