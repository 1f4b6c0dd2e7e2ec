"""What is erased or purged leaves the built-in chat: no file, no post and no open page has it any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot import photo_store, photos_cli
from bot.sweeper import Sweeper
from handlers import people
from handlers.context import Turn
from handlers.ports import Outgoing
from handlers.posts import Edit, Post
from storage import pictures, retention, room
from storage.images import FolderStore
from storage.locks import alone
from storage.messages import erase_photos
from storage.models import Attachment, Chat, Member, RoomPost, row_id
from storage.retention import Cut, RetentionKind
from tests.bot.test_decoder import picture
from tests.bot.webchat_site import Person, Site, a_site

LAMP = "Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay"


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(tmp_path, database_url) as made:
        yield made


async def erase(site: Site, person: Person) -> None:
    async with alone(site.app.database) as session:
        member = (await session.scalars(select(Member).where(col(Member.external_id) == person.id))).one()
        now = site.clock()
        await people.erase(Turn(site.app.services, session, "webchat", "webchat", at=now, now=now), member)


async def swept(site: Site) -> set[str]:
    """The content hashes that the store has after the clock has looked."""
    await site.app.pipeline.drain()
    for _ in range(2):
        site.clock.set(site.clock() + timedelta(minutes=1))
        await site.app.pipeline.tick()
    return {form.content_hash async for form in site.app.images.forms()}


async def posts(site: Site, chat: str = "cong-ich") -> list[RoomPost]:
    async with site.app.database.read() as session:
        return list(await room.latest(session, chat, None, 100))


async def shown(site: Site, chat: str = "cong-ich") -> set[str]:
    return room.photos_of(await posts(site, chat))


async def delivered(site: Site, key: str, chat: str, *pictures: bytes, photos: tuple[str, ...] = ()) -> str:
    assert site.app.webchat is not None
    receipt = await site.app.webchat.deliver(Outgoing(key, chat, Post("xem"), pictures, photos=photos))
    assert receipt.message
    return receipt.message


async def test_an_erased_photo_is_nowhere_any_more(site: Site) -> None:
    hoa, ha = await site.joined("Hoa"), await site.known("ha")
    await site.report(hoa, LAMP, picture())
    (photo,) = await shown(site)
    assert await shown(site, "dieu-hanh") == {photo}  # the card has no copy of its own
    await erase(site, hoa)
    assert await swept(site) == set()
    assert (await shown(site), await shown(site, "dieu-hanh")) == (set(), set())
    assert (await ha.get(f"/photos/{photo}"))[0] == 404


async def test_what_was_made_of_a_photo_goes_with_it(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    await site.report(hoa, LAMP, picture())
    (before,) = await shown(site)
    await minh.post("chào cả nhà", picture(200))
    await site.app.pipeline.drain()
    (after,) = await shown(site) - {before}
    await delivered(site, "beside", "cong-ich", picture(300), photos=(before, after))
    assert len(await shown(site)) == 3
    await erase(site, hoa)
    assert await swept(site) == {after} == await shown(site)


async def test_an_erased_photo_that_was_never_fetched_goes_too(site: Site) -> None:
    hoa = await site.joined("Hoa")
    assert (await hoa.post(LAMP, picture()))[0] == 201
    await site.app.pipeline.worker.work()
    await erase(site, hoa)
    assert await swept(site) == set()


async def test_what_another_member_has_just_posted_stays(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    await site.report(hoa, LAMP, picture())
    await erase(site, hoa)
    await site.app.pipeline.drain()
    assert (await minh.post("đèn nhà tôi nè", picture()))[0] == 201
    await site.app.pipeline.tick()  # while their post is not handled yet
    await site.app.pipeline.worker.work()
    await site.app.pipeline.tick()  # while its photo is not looked at yet
    assert await swept(site) == await shown(site) != set()


class Slow(FolderStore):
    """A store in which somebody has time to post what it removes next."""

    def __init__(self, root: Path, meanwhile: Callable[[str], Awaitable[None]]) -> None:
        super().__init__(root)
        self._meanwhile = meanwhile

    async def remove(self, content_hash: str) -> None:
        await super().remove(content_hash)
        await self._meanwhile(content_hash)


async def test_what_is_posted_while_other_files_go_stays(site: Site) -> None:
    minh, photos = await site.joined("Minh"), {}
    for one in (picture(300, 300), picture(90, 90)):
        kept = await pictures.store(site.app.images, one, await site.app.decoder.decode(one))
        photos[kept.content_hash] = one
    async with site.app.database.write() as session:
        await room.note_lost(session, photos)

    async def post_the_other(removed: str) -> None:
        (other,) = (photo for name, photo in photos.items() if name != removed)
        await minh.post("đèn hư", other)

    store = Slow(Path(site.app.config.data_dir) / photo_store.FOLDER, post_the_other)
    await Sweeper(site.app.database, store, site.clock).sweep()
    assert await swept(site) == await shown(site)
    assert len(await shown(site)) == 1


async def test_a_picture_of_ours_goes_with_the_last_post_that_shows_it(site: Site) -> None:
    assert site.app.webchat is not None
    ids = [await delivered(site, f"chart:{chat}", chat, picture()) for chat in ("cong-ich", "dieu-hanh")]
    for chat, message, left in zip(("cong-ich", "dieu-hanh"), ids, (1, 0), strict=True):
        bare = Edit("không còn", bare=True)
        await site.app.webchat.deliver(Outgoing(f"{chat}@2", chat, bare, message=message))
        assert len(await swept(site)) == left


async def test_photos_days_and_room_days_leave_no_copy(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    await site.report(hoa, LAMP, picture())
    await minh.post("chào cả nhà", picture(200))
    await site.app.pipeline.drain()
    first, last = [photo for post in await posts(site) for photo in room.photos_of([post])]
    chart = await delivered(site, "digest", "cong-ich", picture(300))
    async with site.app.database.write() as session:
        await erase_photos(session, col(Attachment.content_hash) == first)  # as `photos_days` does
    assert first not in await swept(site)
    assert (first in await shown(site), await shown(site, "dieu-hanh")) == (False, set())
    cut = Cut(site.clock() + timedelta(days=1), "~", lambda _: "~")
    async with site.app.database.write() as session:
        ids = [row_id(post) for post in await room.latest(session, "cong-ich", None, 100)]
        assert int(chart) in ids
        await retention.take(session, RetentionKind.ROOM, cut, ids)
    assert await swept(site) == {last}  # of a message that is kept


async def test_a_private_room_does_not_keep_its_owners_name(site: Site) -> None:
    hoa, minh = await site.joined("Nguyễn Thị Hoa"), await site.joined("Trần Văn Minh")
    for person in (hoa, minh):
        assert (await person.post("/cuatoi", chat=f"rieng-{person.id}"))[0] == 201
    await site.app.pipeline.drain()
    await erase(site, hoa)
    cut = Cut(site.clock() + timedelta(days=400), "~", lambda _: "~1")
    async with site.app.database.write() as session:
        await retention.take(session, RetentionKind.NAMES, cut, [row_id(await site.member(minh))])
        titles = (await session.scalars(select(col(Chat.title)).where(col(Chat.owner_id).is_not(None)))).all()
    assert titles == ["", ""]


async def test_an_open_page_loses_an_erased_members_words_at_once(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    (first,) = (await hoa.post("gọi tôi số 0909123456"))[1]["ids"]
    (quoting,) = (await minh.post("dạ", reply_to=first))[1]["ids"]
    (liked,) = (await minh.post("chào cả nhà"))[1]["ids"]
    await hoa.send("/api/react", chat="cong-ich", post=liked, emoji="👍")
    await site.app.pipeline.drain()
    revision = (await minh.get("/api/state"))[1]["revision"]
    hears = asyncio.create_task(minh.heard("cong-ich", 4, after=revision))  # no longer than a beat
    await site.listened(1)
    await erase(site, hoa)
    site.app.pipeline.written()  # as a worker says after each batch
    told = {data["id"]: data for event, data in await hears if event == "post"}
    assert set(told) == {first, quoting, liked}
    assert (told[first]["text"], told[quoting]["reply_to"]["text"], told[liked]["reactions"]) == ("", "", [])
    assert len({data["revision"] for data in told.values()}) == 3


async def test_copies_that_earlier_versions_left_are_found(database_url: str, tmp_path: Path) -> None:
    async with a_site(tmp_path, database_url) as site:
        hoa = await site.joined("Hoa")
        await site.report(hoa, LAMP, picture())
        await delivered(site, "digest", "cong-ich", picture(300))
        named = {form.content_hash async for form in site.app.images.forms()}
        await site.app.images.put(picture(200))  # as a card of an erased member's was left
        settings = site.app.config
    seen = [await photos_cli._unnamed(settings, dry_run=dry) for dry in (True, False, True)]
    assert seen == [(1, 3), (1, 3), (0, 2)]
    assert {form.content_hash async for form in photo_store.in_folder(settings).forms()} == named
