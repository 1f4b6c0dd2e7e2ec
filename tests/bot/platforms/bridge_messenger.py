"""A bridge whose messages come over its own routes, as the contract of all messengers asks of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.platforms.bridge import Bridge
from bot.platforms.bridge_out import Stream, Webhook
from bot.platforms.bridge_photos import BridgePhotos
from bot.platforms.bridge_routes import BridgeRoutes
from bot.platforms.media import Media
from bot.signatures import Signer
from handlers.ports import Abilities, Commit, Incoming
from storage.images import FolderStore
from tests.bot.platforms.contract import Messenger
from tests.fakes.bridge import SECRET, FakeBridge
from tests.serving import serving

GROUP = "!công-ích:thành-phố"
ABILITIES = Abilities(
    hears_everything=True,
    edits=True,
    buttons=True,
    reactions=True,
    text_limit=2000,
    caption_limit=2000,
    posts_per_minute=20,
    tells_repeats=True,
)


class Listening(Bridge):
    """A bridge whose events go to the test."""

    commit: Commit

    async def receive(self, commit: Commit) -> None:
        self.commit = commit
        await super().receive(commit)


class BridgeMessenger(Messenger):
    album_keys = False  # several photos are one message
    missing_chat = "missing"

    def __init__(self, fake: FakeBridge, folder: Path, *, called: bool) -> None:
        self.fake = fake
        self.chat = GROUP
        signer = Signer(SECRET)
        way = Webhook(fake.url, signer, lambda: datetime.now(UTC)) if called else Stream("boot")
        self.platform = self.bridge = Listening(
            "matrix",
            ABILITIES,
            way,
            photos=BridgePhotos(FolderStore(folder / "photos")),
            media=Media(),
            offer=self._offer,
        )
        routes = BridgeRoutes(self.bridge, signer, self._commit, body_limit=3_000_000)
        self._application = web.Application(client_max_size=5_000_000)
        self._application.add_routes(routes.routes())
        self._served = AsyncExitStack()

    async def _offer(self, _: bytes) -> None:
        return None

    async def _commit(self, found: Sequence[Incoming]) -> None:
        await self.bridge.commit(found)

    async def open(self) -> None:
        port = await self._served.enter_async_context(serving(self._application))
        self.fake.root = f"http://127.0.0.1:{port}/bridge/matrix"

    async def close(self) -> None:
        await self.platform.close()
        await self._served.aclose()

    async def post(self, text: str, *, photos: Sequence[bytes] = (), reply_to: str | None = None) -> str:
        each: list[Sequence[bytes]] = [[photo] for photo in photos] or [()]
        made = [
            await self.fake.post(GROUP, "Hoa", "" if place else text, photos=one, reply_to=reply_to)
            for place, one in enumerate(each)
        ]
        return made[0]

    async def edit(self, message: str, text: str) -> None:
        await self.fake.edit(GROUP, "Hoa", message, text)

    async def press(self, message: str, data: str) -> None:
        await self.fake.press(GROUP, "Hoa", message, data)

    async def seen(self, message: str) -> tuple[str, list[str], int]:
        found = next(one for one in self.fake.posts if one.id == message)
        return found.text, [data for _, data in found.buttons], found.photos

    async def reactions(self, message: str) -> list[str]:
        return [emoji for _, about, emoji in self.fake.reactions if about == message]

    async def post_place(self, latitude: float, longitude: float) -> str | None:
        return await self.fake.post(GROUP, "Hoa", place=(latitude, longitude))


@asynccontextmanager
async def a_messenger(fake: FakeBridge, folder: Path, *, called: bool) -> AsyncIterator[BridgeMessenger]:
    """One that is open until the end of the block."""
    made = BridgeMessenger(fake, folder, called=called)
    await made.open()
    try:
        yield made
    finally:
        await made.close()
