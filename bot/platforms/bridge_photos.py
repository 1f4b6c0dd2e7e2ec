"""Photos that came inside an event of a bridge: put into a store by content, so that the inbox holds only
their names, and fetched from there."""

from datetime import timedelta

from bot import clock as clocks
from bot.passing import Passing
from handlers.ports import Clock, FetchError
from storage.images import ImageStore

KEPT = timedelta(days=7)  # after which the image store has it or never will


class BridgePhotos:
    """One bridge's."""

    def __init__(self, store: ImageStore, clock: Clock = clocks.real) -> None:
        """`clock`: the one by which the store dates what it has."""
        self.pictures = Passing(store, KEPT, clock)

    async def keep(self, photo: bytes) -> str:
        """The name of a photo, which lies there now."""
        return await self.pictures.keep(photo)

    async def get(self, name: str, limit: int) -> bytes:
        """Raises FetchError."""
        data = await self.pictures.get(name)
        if data is None:
            raise FetchError("the photo is no longer there", permanent=True)
        if len(data) > limit:
            raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
        return data
