"""The built-in chat keeps the same contract as any messenger."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bot.decoder import Decoder
from bot.platforms.webchat import NameTaken, NewPost, WebChat
from handlers.events import Person, Reacted
from handlers.ports import NotSent, Outgoing, Refused
from handlers.posts import Edit, Post, React
from storage import chats, room
from storage.database import Database
from storage.images import FolderStore
from storage.models import RoomPost
from tests.bot.platforms.contract import Contract, Messenger, events, listening

HOA = Person("hoa", "Hoa")
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


class RoomMessenger(Messenger):
    chat = "cong-ich"

    def __init__(self, platform: WebChat, database: Database) -> None:
        self.platform: WebChat = platform
        self._database = database

    async def post(self, text: str, *, photos: Sequence[bytes] = (), reply_to: str | None = None) -> str:
        new = NewPost(uuid4().hex, self.chat, HOA, text, tuple(photos), reply_to)
        return (await self.platform.post(new))[0]

    async def edit(self, message: str, text: str) -> None:
        assert await self.platform.edit(self.chat, message, HOA, text)

    async def press(self, message: str, data: str) -> None:
        await self.platform.press(self.chat, message, HOA, data, uuid4().hex)

    async def seen(self, message: str) -> tuple[str, list[str], int]:
        post = await self.found(message)
        return post.text, [button["data"] for row in post.buttons for button in row], len(post.photos)

    async def reactions(self, message: str) -> list[str]:
        return [emoji for emoji, who in (await self.found(message)).reactions.items() if "bot" in who]

    async def found(self, message: str) -> RoomPost:
        async with self._database.read() as session:
            found = await room.get(session, self.chat, message)
        assert found is not None
        return found


@pytest.fixture
async def messenger(database: Database, tmp_path: Path) -> AsyncIterator[RoomMessenger]:
    decoder = Decoder(max_pixels=40_000_000, width=1600)
    platform = WebChat(database, FolderStore(tmp_path / "photos"), decoder, lambda: NOW, "http://127.0.0.1")
    async with database.write() as session:
        await chats.ensure(session, "webchat", "cong-ich", "Công ích", NOW)
    yield RoomMessenger(platform, database)
    await decoder.close()


class TestWebChat(Contract):
    pass


async def test_a_page_is_not_told_yes_before_the_message_is_kept(messenger: RoomMessenger) -> None:
    async with listening(messenger, failures=1) as heard:
        new = NewPost("the-same-id", messenger.chat, HOA, "đèn hư")
        with pytest.raises(OSError, match="full"):
            await messenger.platform.post(new)
        first = await messenger.platform.post(new)
        assert await messenger.platform.post(new) == first
        assert len(heard.events) == 1


async def test_before_it_listens_it_takes_nothing(messenger: RoomMessenger) -> None:
    with pytest.raises(NotSent):
        await messenger.platform.post(NewPost("some-id-1", messenger.chat, HOA, "đèn hư"))


async def test_a_delivery_told_twice_is_one_post(messenger: RoomMessenger) -> None:
    outgoing = Outgoing("ack:1", messenger.chat, Post("đã ghi nhận"))
    assert await messenger.platform.deliver(outgoing) == await messenger.platform.deliver(outgoing)


async def test_nobody_edits_the_post_of_another(messenger: RoomMessenger) -> None:
    async with listening(messenger):
        post = await messenger.post("đèn hư")
        assert not await messenger.platform.edit(messenger.chat, post, Person("minh", "Minh"), "đèn tốt")
        assert (await messenger.seen(post))[0] == "đèn hư"


async def test_two_members_may_give_what_they_press_the_same_name(messenger: RoomMessenger) -> None:
    async with listening(messenger) as heard:
        post = await messenger.post("đèn hư")
        for who in (HOA, HOA, Person("minh", "Minh")):
            await messenger.platform.press(messenger.chat, post, who, "t:1:accept", "the-same-id")
            await messenger.platform.react(messenger.chat, post, who, "👍", "the-same-id")
        assert len(heard.events) == 1 + 2 + 2


async def test_the_name_of_a_post_is_its_authors(messenger: RoomMessenger) -> None:
    async with listening(messenger) as heard:
        first = await messenger.platform.post(NewPost("the-same-id", messenger.chat, HOA, "đèn hư"))
        with pytest.raises(NameTaken):
            await messenger.platform.post(
                NewPost("the-same-id", messenger.chat, Person("minh", "Minh"), "rác")
            )
        assert (await messenger.seen(first[0]))[0] == "đèn hư"
        assert len(heard.events) == 1


async def test_our_edits_are_of_our_own_posts(messenger: RoomMessenger) -> None:
    async with listening(messenger):
        post = await messenger.post("đèn hư")
        with pytest.raises(Refused):
            await messenger.platform.deliver(
                Outgoing("ack:1@2", messenger.chat, Edit("đã xong"), message=post)
            )
        assert (await messenger.seen(post))[0] == "đèn hư"


async def test_reactions_of_one_moment_are_all_kept(messenger: RoomMessenger) -> None:
    everybody = [Person(name, name.title()) for name in ("hoa", "minh", "lan", "tam", "sang")]
    async with listening(messenger):
        for _ in range(3):
            post = await messenger.post("chào cả nhà")
            ours = messenger.platform.deliver(Outgoing("r", messenger.chat, React(post, "👍")))
            theirs = [
                messenger.platform.react(messenger.chat, post, one, "👍", uuid4().hex) for one in everybody
            ]
            await asyncio.gather(ours, *theirs)
            kept = (await messenger.found(post)).reactions
            assert sorted(kept["👍"]) == sorted(["bot", *(one.id for one in everybody)])


async def test_a_reaction_told_twice_is_not_taken_back(messenger: RoomMessenger) -> None:
    async with listening(messenger) as heard:
        post = await messenger.post("chào cả nhà")
        told = [messenger.platform.react(messenger.chat, post, HOA, "👍", "the-same-id") for _ in range(3)]
        assert await asyncio.gather(*told) == [True] * 3
        assert await messenger.platform.react(messenger.chat, post, HOA, "👍", "the-same-id")
        assert (await messenger.found(post)).reactions == {"👍": ["hoa"]}
        _, reacted = await events(messenger, heard, 2)
        assert isinstance(reacted, Reacted)
        assert reacted.emoji == ("👍",)
        await messenger.platform.react(messenger.chat, post, HOA, "👍", "another-id")
        assert (await messenger.found(post)).reactions == {}
