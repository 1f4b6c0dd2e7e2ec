"""What every platform adapter must do, whatever messenger it speaks to."""

import asyncio
import copy
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from handlers.events import ButtonPressed, Event, Location, MessagePosted
from handlers.ports import ChatPlatform, FetchError, Incoming, MalformedEvent, Outgoing, Refused
from handlers.posts import Button, Edit, Post, React, Toast
from tests.bot.test_decoder import picture

PHOTO = picture()


class Messenger(ABC):
    """The other side of an adapter: people in one group, and how the bot's posts look to them."""

    platform: ChatPlatform
    chat: str
    replies = True  # a member's reply says to what
    member_edits = True  # a member may change what they wrote, and we hear of it
    album_keys = True  # photos of one album bear its key
    missing_chat = "-404"

    @abstractmethod
    async def post(self, text: str, *, photos: Sequence[bytes] = (), reply_to: str | None = None) -> str:
        """A member posts; the platform's id of the message."""

    @abstractmethod
    async def edit(self, message: str, text: str) -> None:
        """The member changes it."""

    @abstractmethod
    async def press(self, message: str, data: str) -> None:
        """The member presses a button under a post of the bot."""

    @abstractmethod
    async def seen(self, message: str) -> tuple[str, list[str], int]:
        """A post of the bot: its text, its buttons' data, and how many photos it has."""

    @abstractmethod
    async def reactions(self, message: str) -> list[str]:
        """The bot's reactions on a message."""

    async def post_place(self, latitude: float, longitude: float) -> str | None:
        """A member shares where something is; None where the messenger has no such thing."""
        return None

    async def insist(self, text: str) -> None:
        """A member posts until it is taken: the first time the bot may be unable to store it."""
        try:
            await self.post(text)
        except OSError:
            await self.post(text)


class Heard:
    """Takes what an adapter commits; the first times it may fail."""

    def __init__(self, failures: int = 0) -> None:
        self.events: dict[str, Incoming] = {}
        self.failures = failures
        self._more = asyncio.Condition()

    async def commit(self, events: Sequence[Incoming]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")
        async with self._more:
            self.events |= {event.key: event for event in events}
            self._more.notify_all()

    async def wait(self, count: int) -> list[Incoming]:
        async with asyncio.timeout(10), self._more:
            await self._more.wait_for(lambda: len(self.events) >= count)
        return list(self.events.values())


@asynccontextmanager
async def listening(messenger: Messenger, failures: int = 0) -> AsyncIterator[Heard]:
    """The adapter at work."""
    heard = Heard(failures)
    task = asyncio.create_task(messenger.platform.receive(heard.commit))
    await asyncio.sleep(0.05)
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def events(messenger: Messenger, heard: Heard, count: int) -> list[Event]:
    """What was heard, read."""
    found = [messenger.platform.parse(one.payload) for one in await heard.wait(count)]
    return [event for event in found if event is not None]


class Contract:
    """Subclass it, and give a `messenger` fixture."""

    async def test_words(self, messenger: Messenger) -> None:
        async with listening(messenger) as heard:
            message = await messenger.post("đèn đường hư 😀")
            (event,) = await events(messenger, heard, 1)
        assert isinstance(event, MessagePosted)
        assert (event.chat, event.id, event.text) == (messenger.chat, message, "đèn đường hư 😀")
        assert event.sender.name
        assert event.at.tzinfo is not None

    async def test_what_could_not_be_stored_comes_again_and_once(self, messenger: Messenger) -> None:
        async with listening(messenger, failures=1) as heard:
            await messenger.insist("đèn đường hư")
            await messenger.post("rác")
            found = await events(messenger, heard, 2)
            await asyncio.sleep(0.2)  # what would come twice would come now
        assert [event.text for event in found if isinstance(event, MessagePosted)] == ["đèn đường hư", "rác"]
        assert len(heard.events) == 2

    async def test_a_place(self, messenger: Messenger) -> None:
        async with listening(messenger) as heard:
            message = await messenger.post_place(9.6025, 105.9739)
            if message is None:
                pytest.skip("this messenger has no places")
            (event,) = await events(messenger, heard, 1)
        assert isinstance(event, MessagePosted)
        assert (event.id, event.location) == (message, Location(9.6025, 105.9739))

    async def test_a_reply_and_an_edit(self, messenger: Messenger) -> None:
        if not (messenger.replies and messenger.member_edits):
            pytest.skip("this messenger tells of no replies or no edits")
        async with listening(messenger) as heard:
            first = await messenger.post("một")
            await messenger.post("hai", reply_to=first)
            await messenger.edit(first, "một mốt")
            one, two, edited = await events(messenger, heard, 3)
        assert isinstance(one, MessagePosted)
        assert isinstance(two, MessagePosted)
        assert isinstance(edited, MessagePosted)
        assert two.reply_to == first
        assert (edited.id, edited.text, edited.edited) == (first, "một mốt", True)

    async def test_an_album_is_messages_with_one_key_and_its_photos_can_be_fetched(
        self, messenger: Messenger
    ) -> None:
        async with listening(messenger) as heard:
            await messenger.post("rác", photos=[PHOTO, picture(300, 200), picture(200, 300)])
            found = await events(messenger, heard, 3)
        albums = {event.album for event in found if isinstance(event, MessagePosted)}
        photos = [event.photos[0] for event in found if isinstance(event, MessagePosted)]
        assert len(albums) == 1
        assert (None not in albums) is messenger.album_keys
        assert await messenger.platform.fetch(photos[0].ref, 1_000_000) == PHOTO

    async def test_a_photo_over_the_limit_is_refused(self, messenger: Messenger) -> None:
        async with listening(messenger) as heard:
            await messenger.post("", photos=[PHOTO])
            (event,) = await events(messenger, heard, 1)
        assert isinstance(event, MessagePosted)
        with pytest.raises(FetchError) as refusal:
            await messenger.platform.fetch(event.photos[0].ref, 100)
        assert refusal.value.permanent

    async def test_a_press(self, messenger: Messenger) -> None:
        if not messenger.platform.abilities.buttons:
            pytest.skip("this messenger has no buttons")
        async with listening(messenger) as heard:
            post = await self.deliver(messenger, Post("phiếu", buttons=((Button("Nhận", "t:1:accept"),),)))
            await messenger.press(post, "t:1:accept")
            (event,) = await events(messenger, heard, 1)
        assert isinstance(event, ButtonPressed)
        assert (event.chat, event.message, event.data) == (messenger.chat, post, "t:1:accept")
        await self.deliver(messenger, Toast(event.press, "đã nhận"))

    async def test_a_malformed_payload_is_said_to_be_one(self, messenger: Messenger) -> None:
        async with listening(messenger) as heard:
            await messenger.post("chào")
            (good,) = await heard.wait(1)
        kept = copy.deepcopy(good.payload)
        with pytest.raises(MalformedEvent):
            messenger.platform.parse({"message": {"text": 5}, "type": "message"})
        assert messenger.platform.parse(good.payload) == messenger.platform.parse(kept)
        assert good.payload == kept

    async def test_what_it_cannot_do_is_refused(self, messenger: Messenger) -> None:
        abilities = messenger.platform.abilities
        cannot: list[Edit | React | Toast] = [] if abilities.edits else [Edit("mới")]
        cannot += [] if abilities.reactions else [React("1", "👍")]
        cannot += [] if abilities.buttons else [Toast("1", "đã nhận")]
        async with listening(messenger):
            for content in cannot:
                with pytest.raises(Refused):
                    await self.deliver(messenger, content, message="1")

    async def test_a_post(self, messenger: Messenger) -> None:
        async with listening(messenger):
            post = await self.deliver(messenger, Post("đã ghi nhận 😀"))
            assert await messenger.seen(post) == ("đã ghi nhận 😀", [], 0)

    async def test_a_post_with_a_photo(self, messenger: Messenger) -> None:
        async with listening(messenger):
            receipt = await messenger.platform.deliver(
                Outgoing("photo", messenger.chat, Post("phiếu"), pictures=(PHOTO,))
            )
            assert receipt.has_pictures
            assert await messenger.seen(receipt.message or "") == ("phiếu", [], 1)

    async def test_a_post_an_edit_and_a_reaction(self, messenger: Messenger) -> None:
        if not (messenger.platform.abilities.edits and messenger.platform.abilities.reactions):
            pytest.skip("this messenger has no edits or no reactions")
        async with listening(messenger):
            asked = await messenger.post("đèn hư")
            post = await self.deliver(
                messenger, Post("đã ghi nhận", reply_to=asked, buttons=((Button("Xong", "t:1:resolve"),),))
            )
            assert await messenger.seen(post) == ("đã ghi nhận", ["t:1:resolve"], 0)
            await self.deliver(messenger, Edit("đang xử lý"), message=post)
            await self.deliver(messenger, Edit("đang xử lý"), message=post)
            assert await messenger.seen(post) == ("đang xử lý", [], 0)
            await self.deliver(messenger, React(asked, "👍"))
            assert await messenger.reactions(asked) == ["👍"]

    async def test_a_post_with_a_photo_is_edited_with_it(self, messenger: Messenger) -> None:
        if not messenger.platform.abilities.edits:
            pytest.skip("this messenger has no edits")
        async with listening(messenger):
            outgoing = Outgoing("photo", messenger.chat, Post("phiếu"), pictures=(PHOTO,))
            receipt = await messenger.platform.deliver(outgoing)
            assert receipt.has_pictures
            edit = Outgoing("e", messenger.chat, Edit("mới"), (), receipt.message, receipt.has_pictures)
            await messenger.platform.deliver(edit)
            assert await messenger.seen(receipt.message or "") == ("mới", [], 1)

    async def test_a_chat_that_is_not_there_refuses(self, messenger: Messenger) -> None:
        async with listening(messenger):
            with pytest.raises(Refused):
                await messenger.platform.deliver(Outgoing("x", messenger.missing_chat, Post("ai đó?")))

    async def deliver(
        self, messenger: Messenger, content: Post | Edit | React | Toast, message: str | None = None
    ) -> str:
        """One delivery; the new post's id."""
        key = f"{type(content).__name__}:{content}"
        receipt = await messenger.platform.deliver(Outgoing(key, messenger.chat, content, message=message))
        return receipt.message or ""
