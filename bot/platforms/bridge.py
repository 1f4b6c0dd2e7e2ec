"""Any other messenger, by a small signed contract: a bridge tells us events and carries our posts there.

| hears            | edits, buttons, reactions, albums | photos                | tells repeats | a minute |
| what it tells of | as its operator says              | by address, or inside | yes, by key   | as said  |

It tells of no administrators. A post can be opened only where the messenger's links are known.
What it hears and can do is what its operator says of it in the configuration; congich's half is here, the
other half is anybody's program (`docs/bridge_client.py` is one of fifty lines). Shapes: `docs/bridge.md`.
"""

import asyncio
from urllib.parse import quote

from bot.platforms import bridge_events as events
from bot.platforms.bridge_out import Offer, Way, written
from bot.platforms.bridge_photos import BridgePhotos
from bot.platforms.media import Media
from handlers.events import Event
from handlers.ports import Abilities, Commit, JsonObject, Outgoing, Receipt, Refused
from handlers.posts import Edit, Post, React, Toast


class Bridge:
    """One bridge; its name is the platform's."""

    def __init__(
        self,
        name: str,
        abilities: Abilities,
        way: Way,
        *,
        photos: BridgePhotos,
        media: Media,
        offer: Offer,
        link: str = "",
    ) -> None:
        """`offer`: an address for a picture, None where nobody outside could reach it; `link`: an address
        with `{chat}` and `{message}` in it."""
        self.name = self.source = name
        self.abilities = abilities
        self.way = way
        self.photos = photos
        self._media = media
        self._offer = offer
        self._link = link

    async def receive(self, commit: Commit) -> None:
        """Its routes hear what it tells; there is nothing to ask for."""
        await asyncio.Event().wait()

    def parse(self, payload: JsonObject) -> Event | None:
        return events.parse(payload)

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        able = {
            Post: True,
            Edit: self.abilities.edits,
            React: self.abilities.reactions,
            Toast: self.abilities.buttons,
        }
        if not able[type(outgoing.content)]:
            raise Refused(f"the bridge {self.name} has no {type(outgoing.content).__name__.lower()}s")
        return await self.way.send(outgoing.key, await written(outgoing, self._offer))

    async def fetch(self, ref: str, limit: int) -> bytes:
        if ref.startswith(events.STORED):
            return await self.photos.get(ref.removeprefix(events.STORED), limit)
        return await self._media.fetch(ref, limit)

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> str | None:
        if not self._link:
            return None
        return self._link.replace("{chat}", quote(chat, safe="")).replace(
            "{message}", quote(message, safe="")
        )

    async def close(self) -> None:
        await self.way.close()
        await self._media.close()
