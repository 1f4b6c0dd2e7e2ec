"""Who gets into the room, and what a request must prove: over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import update

from bot.room import served
from bot.room.door import inside
from bot.web.patience import Patience
from storage import members
from storage.models import WebSession
from storage.states import MemberRole
from tests.bot.room.site import LAMP, OURS, UNSURE, Answered, Browser, Site, opened

pytestmark = pytest.mark.sqlite_only  # the door asks no database for what differs; what is done there does

FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {},
)


async def set_role(site: Site, who: str, role: MemberRole) -> None:
    async with site.app.database.write() as session:
        member = await members.find(session, "webchat", who)
        assert member is not None
        member.role = role


def routes(site: Site) -> list[tuple[str, str]]:
    """Every route of the running application that lies in the room."""
    found = []
    for route in site.app.web_application(lambda: True).router.routes():
        path = route.resource.canonical if route.resource else ""
        if path == "/room" or path.startswith("/room/"):
            found.append((route.method, path.replace("{code}", "PA1001")))
    return found


async def status_of(browser: Browser, method: str, path: str) -> tuple[int, str, str]:
    headers = OURS if method == "POST" else {}
    async with browser.client.request(method, browser.root + path, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers["Cache-Control"]


async def test_every_route_is_closed_to_whoever_does_not_moderate(site: Site) -> None:
    await site.say("hoa", LAMP)
    await site.say("nam", UNSURE)
    walked = routes(site)
    assert len(walked) >= len(served.PAGES) + len(served.FORMS) + 1
    async with (
        site.browser() as stranger,
        site.browser("hoa") as member,
        site.browser("can", role=MemberRole.DEPARTMENT) as officer,
    ):
        for method, path in walked:
            for browser, expected in ((stranger, 401), (member, 403), (officer, 403)):
                status, text, kept = await status_of(browser, method, path)
                assert (status, kept) == (expected, "no-store"), (method, path)
                assert "/dangnhap" in text or method == "HEAD"
                assert "Hai Bà Trưng" not in text
                assert "Chiếu sáng" not in text
                assert UNSURE not in text


async def test_a_moderator_gets_in_everywhere(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        for path in served.PAGES:
            status, text, kept = await status_of(ha, "GET", path.replace("{code}", "PA1001"))
            assert (status, kept) == (200, "no-store"), path
            assert (
                "script-src 'self'"
                in (await ha.get(path.replace("{code}", "PA1001"))).headers["Content-Security-Policy"]
            )
            assert " style=" not in text
            assert " on" + "click" not in text
        assert (await ha.get("/room/tickets/PA9")).status == 404
        for wrong, said in (("xyz", "chưa rõ khoảng thời gian"), ("2999-W01", "chưa tới ạ")):
            answer = await ha.get(f"/room/stats?period={wrong}")
            assert (answer.status, said in answer.text) == (400, True)
        assert (await ha.get("/room/pulse")).status == 200


async def test_a_form_from_elsewhere_changes_nothing(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        form = (await ha.get("/room/tickets/PA1001")).form(button="Tiếp nhận")
        for headers in FOREIGN:
            assert (await ha.post(form.action, form.fields, headers)).status == 403, headers
        assert (await site.ticket("PA1001")).version == 1
        assert (await ha.post(form.action, form.fields, OURS)).said == "#PA1001: Đã tiếp nhận."


async def test_a_form_without_the_cookie_is_a_strangers(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha, site.browser() as stranger:
        form = (await ha.get("/room/tickets/PA1001")).form(button="Tiếp nhận")
        assert (await stranger.send(form)).status == 401
        assert (await site.ticket("PA1001")).version == 1


@pytest.mark.parametrize("files", [0, 1])
async def test_words_written_while_the_session_ended_wait_for_who_comes_back(site: Site, files: int) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        form = (await ha.get("/room/tickets/PA1001")).form(do="done")
        site.clock.set(site.clock() + timedelta(hours=13))
        data = aiohttp.FormData(default_to_multipart=True)
        for name, value in (*form.fields, ("words", 'đã thay "bóng" <mới>')):
            data.add_field(name, value)
        for _ in range(files):
            data.add_field("file", b"x" * 200_000, filename="a.jpg", content_type="image/jpeg")
        async with ha.client.post(ha.root + form.action, data=data, headers=OURS) as answer:
            page = Answered(answer.status, await answer.text())
        assert (page.status, "đã thay &#34;bóng&#34; &lt;mới&gt;" in page.text) == (401, True)
        again = page.form(button="không kèm hình" if files else "Gửi lại")
        assert (await ha.send(again)).form(do="done").fields == again.fields
        await ha.post(await site.link("ha"), [])
        assert "Đã xử lý" in (await ha.send(again)).said
    assert (await site.history("PA1001"))[-1] == "resolve"


@pytest.mark.parametrize("words", ["x" * 70_000, "\0", "%ff%"])
async def test_what_a_stranger_sends_is_given_back_to_a_limit(site: Site, words: str) -> None:
    async with site.browser() as stranger:
        page = await stranger.post("/room/command", [("words", words)])
        broken = {**OURS, "Content-Type": "multipart/form-data; boundary=x"}
        async with stranger.client.post(stranger.root + "/room/command", data=b"--y", headers=broken) as bad:
            assert bad.status == 401
    assert page.status == 401
    assert "x" * 100 not in page.text


async def test_only_somebody_we_know_is_waited_for_long(database_url: str, tmp_path: Path) -> None:
    patient = Patience(body=0.2, photos=60)
    assert patient.of("/bridge/matrix/events") < patient.photos
    async with opened(database_url, tmp_path, patient) as site, site.browser("ha") as ha:
        async with site.browser() as stranger:
            assert await slowly(stranger, "/room/command") == 408
        for path in ("/room/command", "/api/posts"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await slowly(ha, path)


async def slowly(browser: Browser, path: str) -> int:
    """Send a form with a file of which the end does not come; the status."""

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="words"\r\n\r\n'
        await asyncio.sleep(60)

    headers = OURS | {"Content-Type": "multipart/form-data; boundary=b"}
    async with browser.client.post(browser.root + path, data=body(), headers=headers) as answer:
        return answer.status


async def test_a_session_ends_at_rest_and_after_a_week(site: Site) -> None:
    async with site.browser("ha") as ha:
        site.clock.set(site.clock() + timedelta(hours=11))
        assert (await ha.get("/room")).status == 200
        site.clock.set(site.clock() + timedelta(hours=13))
        assert (await ha.get("/room")).status == 401
    async with site.browser("ha") as ha:
        for _ in range(17):
            site.clock.set(site.clock() + timedelta(hours=10))
            status = (await ha.get("/room")).status
        assert status == 401


async def test_the_pages_own_look_for_news_keeps_nobody_signed_in(site: Site) -> None:
    async with site.browser("ha") as ha:
        for _ in range(4):
            site.clock.set(site.clock() + timedelta(hours=4))
            status = (await ha.get("/room/pulse")).status
        assert status == 401


async def test_whoever_is_demoted_between_page_and_press_does_nothing(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        form = (await ha.get("/room/tickets/PA1001")).form(button="Tiếp nhận")
        await set_role(site, "ha", MemberRole.MEMBER)
        assert (await ha.send(form)).status == 403
        assert (await site.ticket("PA1001")).version == 1


async def test_a_moderator_can_not_do_what_takes_an_administrator(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha, site.browser("chu") as chu:
        assert "Cấp quyền…" not in (await ha.get("/room/members?name=hoa")).text
        form = (await chu.get("/room/members?name=hoa")).form(do="grant")
        answer = await ha.send(form, role="quản trị")
        assert "quản trị" in answer.said
        form = (await chu.get("/room/members?name=hoa")).form(do="grant")
        answer = await chu.send(form, role="điều phối")
        assert "Hoa" in answer.said
        assert await site.record() == [("command.grant", False), ("command.grant", True)]


async def test_a_seal_that_is_not_this_chats_presses_nothing(site: Site) -> None:
    await site.say("hoa", LAMP)
    stolen = site.app.seal.close("t:1:accept", 1, site.clock())  # the group's, not the moderators'
    forged = (stolen, "t:1:accept", "t:1:accept~1.abcdefghijkl", "", "~")
    async with site.browser("ha") as ha:
        for data in forged:
            form = (await ha.get("/room/tickets/PA1001")).form(button="Tiếp nhận")
            fields = [(name, data if name == "data" else value) for name, value in form.fields]
            assert (await ha.post(form.action, fields)).status == 200
        assert (await site.ticket("PA1001")).version == 1
        assert await site.record() == [("press.unsealed", False)] * len(forged)


async def test_what_no_page_of_ours_sends_is_one_sentence(site: Site) -> None:
    async with site.browser("ha") as ha:
        name = ("form", "x" * 16)
        for fields in (
            [name, ("do", "explode")],
            [("do", "command"), ("words", "/trogiup")],
            [("form", "no such id!"), ("do", "command"), ("words", "/trogiup")],
            [name, ("do", "command"), ("words", "x" * 5000)],
        ):
            assert (await ha.post("/room/command", fields)).status == 400
        assert (await ha.post("/room/tickets", [name, ("do", "explode"), ("code", "PA1")])).status == 400
        answer = await ha.post("/room/command", [name, ("do", "command"), ("words", "/trogiup\0")])
        assert "/danhsach" in answer.said
    assert (
        inside("https://evil.example/room") == inside("//evil.example/room") == inside("/roommate") == "/room"
    )
    assert inside("/room/tickets?page=2") == "/room/tickets?page=2"


async def test_an_answer_is_shown_once_and_to_nobody_else(site: Site) -> None:
    async with site.browser("ha") as ha, site.browser("chu") as chu:
        fields = [("form", "x" * 16), ("do", "command"), ("words", "/thongke")]
        async with ha.client.post(
            f"{ha.root}/room/command", data=fields, headers=OURS, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (303, "no-store")
            address = answer.headers["Location"]
        assert not (await chu.get(address)).said
        assert "Quá hạn: 0" in (await ha.get(address)).said
        assert not (await ha.get(address)).said


async def test_signing_out_everywhere_ends_every_browser_of_ones_own(site: Site) -> None:
    async with site.browser("ha") as one, site.browser("ha") as other, site.browser("chu") as chu:
        form = (await one.get("/room/members")).form(button="Thoát khỏi mọi máy")
        assert (await one.send(form)).status == 200
        assert [(await browser.get("/room")).status for browser in (one, other, chu)] == [401, 401, 200]
        assert await site.record() == [("web.signed_out", True)]


async def test_a_kiosk_is_nobodys_desk(site: Site) -> None:
    async with site.browser("ha") as ha:
        async with site.app.database.write() as session:
            await session.execute(update(WebSession).values(idle_seconds=600))
        assert (await ha.get("/room")).status == 403


async def test_without_a_moderators_chat_the_room_says_how_to_name_one(tmp_path: Path) -> None:
    chats = [{"platform": "webchat", "id": "cong-ich", "role": "community"}]
    async with opened(f"sqlite:///{tmp_path}/c.db", tmp_path, chats=chats) as site, site.browser("ha") as ha:
        answer = await ha.get("/room")
        assert answer.status == 503
        assert 'role = "moderation"' in answer.text.replace("&#34;", '"')


async def test_without_chat_and_board_the_first_page_is_the_room(tmp_path: Path) -> None:
    more: dict[str, Any] = {"webchat": {"enabled": False}, "chats": [], "roles": {}}
    async with opened(f"sqlite:///{tmp_path}/c.db", tmp_path, **more) as site, site.browser() as stranger:
        answer = await stranger.client.get(f"{site.root}/", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (302, "/room")
    off = more | {"room": {"enabled": False}}
    async with opened(f"sqlite:///{tmp_path}/d.db", tmp_path, **off) as site, site.browser() as stranger:
        assert (await stranger.get("/room")).status == 404
