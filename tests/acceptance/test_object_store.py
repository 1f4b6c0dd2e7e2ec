"""A photo from Telegram into a bucket, onto the page and into the moderators' room, by the installed bot."""

from pathlib import Path

import aiohttp
import pytest

from bot.demo.draw import draw
from storage.images import hashed
from tests import objects
from tests.acceptance.process import City, free_port
from tests.fakes.telegram import FakeTelegram
from tests.objects import Server

LAMP = "Đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay"


@pytest.mark.sqlite_only
async def test_from_telegram_into_a_bucket_onto_the_page_and_into_the_room(
    tmp_path: Path, object_server: Server
) -> None:
    bucket, port, photo = object_server.bucket(), free_port(), draw("lamp-dark")
    async with FakeTelegram() as server, aiohttp.ClientSession() as browser:
        city = City(tmp_path, server)
        section = "\n".join(f'{key} = "{value}"' for key, value in objects.section(bucket).items())
        on = f'[web]\nport = {port}\n[webchat]\nenabled = true\nsign_in = "none"\n[photos.store]\n{section}'
        city.config.write_text(city.config.read_text().replace("[web]\nenabled = false", on))
        await city.start(**objects.ENVIRONMENT)
        await server.post_photo(city.group, "Hoa", photo, LAMP)
        await server.wait_for(lambda: len(server.posts(city.room)) == 1)
        assert "photo" in server.posts(city.room)[0]

        store = objects.store(bucket)
        forms = {form.name for form in [one async for one in store.forms()]}
        assert forms == {"original", "served", "thumb"}
        assert await store.get(hashed(photo)) == photo
        assert not (tmp_path / "data" / "photos").exists()
        for size in ("served", "thumb"):
            address = f"http://127.0.0.1:{port}/photos/{hashed(photo)}?size={size}"
            async with browser.get(address) as answer:
                assert (answer.status, await answer.read()) == (200, await store.get(hashed(photo), size))
        assert await city.stop() == 0
    said = city.log.read_text()
    assert objects.SECRET not in said
    assert objects.KEY not in said
