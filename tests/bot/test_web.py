"""The web server over real sockets: the page's API, and who it answers."""

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web

from bot import config
from bot.app import App
from bot.run import prepare
from bot.setting_types import OUR_PATHS
from bot.web import server
from tests.bot.test_decoder import picture


class Page:
    """A browser's half: requests as the page makes them."""

    def __init__(self, app: App, client: aiohttp.ClientSession, root: str) -> None:
        self.app = app
        self.client = client
        self.root = root

    async def get(self, path: str) -> dict[str, object]:
        async with self.client.get(self.root + path) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, object] = await answer.json()
            return found

    async def post(
        self, text: str, *photos: bytes, member: str = "hoa", chat: str = "cong-ich", client_id: str = ""
    ) -> aiohttp.ClientResponse:
        form = aiohttp.FormData(default_to_multipart=True)
        fields = {"client_id": client_id or uuid4().hex, "chat": chat, "member": member, "text": text}
        for name, value in fields.items():
            form.add_field(name, value)
        for photo in photos:
            form.add_field("photo", photo, filename="a.jpg", content_type="image/jpeg")
        return await self.client.post(f"{self.root}/api/posts", data=form)


@pytest.fixture
async def page(database_url: str, tmp_path: Path) -> AsyncIterator[Page]:
    settings = config.parse(
        {
            "data_dir": str(tmp_path / "data"),
            "database": {"url": database_url},
            "webchat": {"enabled": True, "sign_in": "none"},
            "photos": {"max_bytes": 200_000},
            "quiet": {"hours": "00:00-00:00"},
            "chats": [
                {"platform": "webchat", "id": "cong-ich", "role": "community", "title": "Công ích"},
                {"platform": "webchat", "id": "dieu-hanh", "role": "moderation", "title": "Điều hành"},
            ],
            "roles": {"moderators": ["webchat:ha", "webchat:hoa"]},
        }
    )
    app = App(settings, {})
    await prepare(app)
    assert app.webchat is not None
    app.webchat.listen(app.pipeline.commit_for(app.webchat))
    runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0)
    async with aiohttp.ClientSession() as client:
        yield Page(app, client, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await app.webchat.close()
    await runner.cleanup()
    await app.close()


async def test_the_paths_of_all_pages_are_kept_from_webhooks(database_url: str, tmp_path: Path) -> None:
    app = App(
        config.parse(
            {
                "data_dir": str(tmp_path / "data"),
                "database": {"url": database_url},
                "web": {"public_url": "http://127.0.0.1:8080"},
                "webchat": {"enabled": True},
                "board": {"enabled": True},
                "open311": {"enabled": True},
                "bridges": [{"name": "matrix"}],
            }
        ),
        {"CONGICH_BRIDGE_MATRIX_SECRET": "whsec_" + "QUJD" * 8},
    )
    await prepare(app)
    served = {one.canonical for one in app.web_application(lambda: True).router.resources()} - {"/"}
    await app.close()
    assert {path.split("/")[1] for path in served} == OUR_PATHS


async def test_a_post_with_a_photo_becomes_a_ticket_that_the_page_can_show(page: Page) -> None:
    answer = await page.post("Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay", picture())
    assert answer.status == 201
    await page.app.pipeline.drain()
    state = await page.get("/api/state?chat=cong-ich")
    posts = state["posts"]
    assert isinstance(posts, list)
    assert [post["author"]["bot"] for post in posts] == [False, True]
    assert posts[1]["reply_to"]["id"] == posts[0]["id"]
    listed = await page.get("/api/tickets?status=open")
    assert isinstance(listed["tickets"], list)
    ticket = listed["tickets"][0]
    assert (ticket["code"], ticket["category_label"], ticket["post"]) == (
        "#PA1001",
        "Chiếu sáng",
        posts[0]["id"],
    )
    for address in (ticket["photo"], posts[0]["photos"][0]["url"]):
        async with page.client.get(page.root + address) as photo:
            assert (photo.status, photo.content_type) == (200, "image/jpeg")
    one = await page.get("/api/tickets/PA1001")
    assert isinstance(one["history"], list)
    assert one["history"][0]["text"] == "mở phiếu"
    assert one["department"] == "Chiếu sáng và cây xanh"
    assert one["photos"] == [ticket["photo"].partition("?")[0]]
    assert one["after_photos"] == []


async def test_the_same_client_id_twice_is_one_post(page: Page) -> None:
    first = await (await page.post("chào", client_id="page-made-1")).json()
    assert await (await page.post("chào", client_id="page-made-1")).json() == first


async def test_presses_and_edits(page: Page) -> None:
    await page.post("Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")
    await page.app.pipeline.drain()
    state = await page.get("/api/state?chat=dieu-hanh")
    assert isinstance(state["posts"], list)
    card = state["posts"][0]
    body = {
        "client_id": uuid4().hex,
        "chat": "dieu-hanh",
        "member": "ha",
        "post": card["id"],
        "data": card["buttons"][0][0]["data"],
    }
    async with page.client.post(f"{page.root}/api/press", json=body) as answer:
        assert answer.status == 202
    await page.app.pipeline.drain()
    one = await page.get("/api/tickets/PA1001")
    assert one["status_label"] == "Đã tiếp nhận"


async def test_a_stream_tells_what_is_new_and_resumes(page: Page) -> None:
    await page.post("một")
    async with page.client.get(f"{page.root}/api/stream?chat=cong-ich&after=0") as stream:
        await page.post("hai")
        texts = [await _next_post(stream), await _next_post(stream)]
    assert [text for text, _ in texts] == ["một", "hai"]
    last = {"Last-Event-ID": str(texts[0][1])}
    async with page.client.get(f"{page.root}/api/stream?chat=cong-ich", headers=last) as stream:
        assert (await _next_post(stream))[0] == "hai"


async def _next_post(stream: aiohttp.ClientResponse) -> tuple[str, int]:
    async with asyncio.timeout(5):
        while True:
            line = (await stream.content.readline()).decode().strip()
            if line.startswith("data:") and '"text"' in line:
                data = json.loads(line.removeprefix("data:"))
                return data["text"], data["revision"]


@pytest.mark.parametrize(
    ("text", "photo", "status"),
    [
        ("", None, 400),
        ("x" * 9000, None, 400),
        ("hình", b"not a picture", 400),
        ("hình", b"x" * 300_000, 400),
    ],
    ids=["nothing", "too long", "no picture", "too large"],
)
async def test_what_can_not_be_posted_is_told_in_one_sentence(
    page: Page, text: str, photo: bytes | None, status: int
) -> None:
    answer = await page.post(text, *([photo] if photo else []))
    assert answer.status == status
    assert (await answer.json())["error"]
    await page.app.pipeline.drain()
    state = await page.get("/api/state?chat=cong-ich")
    assert state["posts"] == []


async def test_a_stranger_a_foreign_page_and_a_foreign_name_are_refused(page: Page) -> None:
    assert (await page.post("chào", member="nobody")).status == 400
    async with page.client.post(f"{page.root}/api/posts", json={"text": "chào"}) as answer:
        assert answer.status == 400
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        async with page.client.post(f"{page.root}/api/press", json={}, headers=headers) as answer:
            assert answer.status == 403
    async with page.client.get(f"{page.root}/api/state", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421


async def test_paths_lead_nowhere_else_and_every_answer_is_guarded(page: Page) -> None:
    for path in (
        "/photos/..%2f..%2fetc%2fpasswd",
        "/static/..%2fguard.py",
        "/photos/" + "0" * 64,
        "/api/tickets/X1",
    ):
        async with page.client.get(page.root + path) as answer:
            assert answer.status in (403, 404), path
    async with page.client.get(page.root + "/") as answer:
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert await page.get("/healthz") == {"alive": True}
    assert await page.get("/readyz") == {"ready": True}


async def test_a_refusal_keeps_nothing_of_what_was_sent() -> None:
    class Body:
        """What was sent, and can be asked after."""

    sent: list[weakref.ref[Body]] = []

    async def refuse(_: web.Request) -> web.Response:
        body = Body()
        sent.append(weakref.ref(body))
        try:
            raise ValueError(body)
        except ValueError:
            raise web.HTTPUnauthorized from None

    routes, hosts = [web.get("/", refuse)], ["127.0.0.1"]
    application = server.build(
        page_routes=routes, webhooks=(), hosts=hosts, is_ready=lambda: True, body_limit=0
    )
    runner = await server.start(application, "127.0.0.1", 0)
    async with aiohttp.ClientSession() as client:
        async with client.get(f"http://127.0.0.1:{runner.addresses[0][1]}/") as answer:
            assert answer.status == 401
        gc.collect()
        assert [one() for one in sent] == [None]  # while its connection is kept
    await runner.cleanup()
