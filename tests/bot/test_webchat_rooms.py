"""The rooms of the built-in chat: who reads and writes what, every route, role and room."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.web import server
from bot.web.room_stream import RoomStream
from bot.web.visitors import Visitors
from storage import chats, members, room, sign_ins, tickets
from storage.erasure import erase
from storage.models import row_id
from storage.states import MemberRole
from tests.bot.test_decoder import picture
from tests.bot.webchat_site import ROOMS, Person, Site, a_site

OTHERS = "rieng-minh"  # somebody else's room with the bot
OPEN = {
    "hoa": {"cong-ich"},
    "sang": {"cong-ich", "chieu-sang"},
    "ha": set(ROOMS),
    "quan-tri": set(ROOMS),
}


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(tmp_path, database_url) as made:
        yield made


async def asked(person: Person, chat: str, post: str) -> dict[str, tuple[int, Any]]:
    """What each route answers somebody about one room and a post of it."""
    (event, data), *_ = await person.heard(chat, 1)
    return {
        "state": await person.get("/api/state", chat=chat),
        "older": await person.get("/api/state", chat=chat, before="999999"),
        "stream": (int(event) if event.isdecimal() else 200, data),
        "react": await person.send("/api/react", chat=chat, post=post, emoji="👍"),
        "press": await person.send("/api/press", chat=chat, post=post, data="t:1:accept"),
        "post": await person.post("chào cả nhà", chat=chat),
        "answer": await person.post("dạ", chat=chat, reply_to=post),
        "edit": await person.send(f"/api/posts/{post}/edit", chat=chat, text="đổi"),
    }


REACHED = {"state": 200, "older": 200, "stream": 200, "react": 202, "press": 202, "post": 201, "answer": 201}


@pytest.mark.parametrize("who", OPEN)
async def test_everybody_reaches_their_rooms_and_no_others(site: Site, who: str) -> None:
    person = await site.who(who)
    await site.used_room(OTHERS)
    own = f"rieng-{person.id}"
    for chat in (*ROOMS, OTHERS, own, "no-such-room"):
        post = await site.secret(chat)
        answers = await asked(person, chat, post)
        if chat in OPEN[who] or chat == own:
            wanted = REACHED | {"edit": 403}  # the post is the bot's
        else:
            wanted = dict.fromkeys(answers, 404)
            assert "bí mật" not in json.dumps(answers, ensure_ascii=False)
        assert {route: status for route, (status, _) in answers.items()} == wanted, chat


async def test_a_stranger_and_a_moderator_of_another_platform_reach_none(site: Site) -> None:
    stranger, tam = site.stranger(), await site.known("tam", "telegram")
    for person, status in ((stranger, 401), (tam, 403)):
        for chat in (*ROOMS, OTHERS, "rieng-tam"):
            answers = await asked(person, chat, await site.secret(chat))
            assert {found for found, _ in answers.values()} == {status}
            assert "bí mật" not in json.dumps(answers, ensure_ascii=False)
        for path in ("/api/state", "/api/tickets", "/api/tickets/PA1001", "/api/here"):
            found, told = await person.get(path)
            assert (found, list(told)) == (status, ["error"]), path
        assert (await person.send("/api/here"))[0] == status


async def test_the_page_leads_everybody_where_they_belong(site: Site) -> None:
    status, page = await site.stranger().get("/")
    assert (status, "/dangnhap" in page, "liên kết mời" in page) == (401, True, True)
    assert "invitation" in (await site.stranger().get("/", lang="en"))[1]
    assert 'id="composer"' in (await (await site.joined()).get("/"))[1]
    async with (await site.known("tam", "telegram")).client.get(site.root, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/room")
    status, page = await (await site.known("ha")).get("/")
    assert (status, 'id="composer"' in page) == (200, True)


async def test_what_a_page_says_of_its_author_is_not_believed(site: Site) -> None:
    hoa, post = await site.joined(), await site.secret("cong-ich")
    assert (await hoa.post("xin chào", member="ha"))[0] == 201
    assert (await hoa.send("/api/react", chat="cong-ich", post=post, emoji="👍", member="ha"))[0] == 202
    assert (await hoa.post("riêng", chat="rieng-ha", member="ha"))[0] == 404
    assert (await hoa.post("của trang mở hồi trước", **{"as": "ha"}))[0] == 401
    state = (await hoa.get("/api/state"))[1]
    assert [one["author"]["name"] for one in state["posts"]] == ["Công ích", "Hoa"]
    async with site.app.database.read() as session:
        reacted = await room.get(session, "cong-ich", post)
    assert reacted is not None
    assert reacted.reactions == {"👍": [hoa.id]}
    await site.app.pipeline.drain()


async def test_nobody_edits_what_another_wrote_nor_learns_its_pages_id(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    (post,) = (await hoa.post("đèn hư"))[1]["ids"]
    assert (await minh.send(f"/api/posts/{post}/edit", chat="cong-ich", text="đèn tốt"))[0] == 403
    assert (await minh.get("/api/state"))[1]["posts"][0]["client_id"] is None
    assert (await hoa.get("/api/state"))[1]["posts"][0]["client_id"]
    (event, data), *_ = await minh.heard("cong-ich", 1)
    assert (event, data["client_id"], data["text"]) == ("post", None, "đèn hư")
    assert (await hoa.send(f"/api/posts/{post}/edit", chat="cong-ich", text="đèn đường hư"))[0] == 200
    assert (await minh.get("/api/state"))[1]["posts"][0]["text"] == "đèn đường hư"


@pytest.mark.parametrize(
    "name", ["out:ack:1", "out:settled:1:2", "page-made/1", "trang-đó-1", "page made 1", "x" * 65]
)
async def test_what_a_page_sends_never_has_a_key_of_ours(site: Site, name: str) -> None:
    bad, good, post = await site.joined("Minh"), await site.joined("Hoa"), await site.secret("cong-ich")
    assert (await bad.post("hi nha", client_id=name))[0] == 400
    for path in ("/api/press", "/api/react"):
        told = {"chat": "cong-ich", "post": post, "data": "x", "emoji": "👍", "client_id": name}
        assert (await bad.send(path, **told))[0] == 400
    await site.report(good, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")
    posts = (await good.get("/api/state"))[1]["posts"]
    assert [one["author"]["name"] for one in posts] == ["Công ích", "Hoa", "Công ích"]


async def test_the_name_of_anothers_post_is_taken(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    name = "a" * 32
    ids = (await hoa.post("hai hình", picture(), picture(), client_id=name))[1]["ids"]
    assert (await minh.post("ba hình", picture(), picture(), picture(), client_id=name))[0] == 400
    posts = (await minh.get("/api/state"))[1]["posts"]
    assert [(one["id"], one["author"]["id"]) for one in posts] == [(post, hoa.id) for post in ids]
    assert (await hoa.post("hai hình", picture(), picture(), client_id=name))[1]["ids"] == ids


async def test_one_reacts_with_a_picture_and_no_words(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    (post,) = (await hoa.post("Chào bà con"))[1]["ids"]

    async def react(emoji: object) -> int:
        return (await minh.send("/api/react", chat="cong-ich", post=post, emoji=emoji))[0]

    for words in ("đồ ngu", "09123456", "x", "👍 ngu", "👍👍", "🇩🇲", "🅰", "", "\u200d", "1", 7, None):
        assert await react(words) == 400, words
    for emoji in ("👍", "❤️", "👍🏽", "👨‍👩‍👧‍👦", "1️⃣"):
        assert await react(emoji) == 202, emoji
    told = (await hoa.get("/api/state"))[1]["posts"][0]["reactions"]
    assert len(told) == 3  # of the same member, at most


async def test_the_page_is_told_who_it_is_and_of_nobody_else(site: Site) -> None:
    hoa, ha = await site.joined(), await site.known("ha")
    state = (await hoa.get("/api/state"))[1]
    assert (state["me"]["name"], state["me"]["role"], state["members"], state["kiosk"]) == (
        "Hoa",
        "member",
        [],
        None,
    )
    assert [(one["id"], one["members"]) for one in state["chats"]] == [("cong-ich", None)]
    assert (state["board"], state["room"]) == (False, True)
    told = (await ha.get("/api/state"))[1]
    assert [one["id"] for one in told["chats"]] == list(ROOMS)
    assert "sang" not in json.dumps(told["members"])
    async with hoa.client.get(f"{site.root}/api/state") as answer:
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_quoted_post_of_another_room_is_not_shown(site: Site) -> None:
    hoa, secret = await site.joined(), await site.secret("dieu-hanh")
    assert (await hoa.post("sao vậy", reply_to=secret))[0] == 201
    told = (await hoa.get("/api/state"))[1]
    assert told["posts"][0]["reply_to"] is None
    assert (await hoa.send("/api/react", chat="cong-ich", post=secret, emoji="👍"))[0] == 404
    assert (await hoa.send(f"/api/posts/{secret}/edit", chat="cong-ich", text="đổi"))[0] == 403


async def test_what_is_no_form_is_refused_in_one_sentence(site: Site) -> None:
    hoa = await site.joined()
    kinds = {
        "multipart/form-data; boundary=x": b"not a form",
        "text/plain": b"chao",
        "application/json": b"{",
    }
    for kind, body in kinds.items():
        headers = {"Content-Type": kind}
        async with hoa.client.post(f"{site.root}/api/posts", data=body, headers=headers) as answer:
            assert (answer.status, list(await answer.json())) == (400, ["error"]), kind
        async with hoa.client.post(f"{site.root}/api/press", data=body, headers=headers) as answer:
            assert answer.status == 400, kind


async def test_half_a_letter_is_kept_as_what_can_be(site: Site) -> None:
    hoa = await site.joined()
    (post,) = (await hoa.post("một\0hai"))[1]["ids"]
    said = {"chat": "cong-ich", "post": post, "client_id": "page-0001", "text": "x\ud800y", "data": "t\0:1"}
    there = {f"/api/posts/{post}/edit": said, "/api/press": said, "/api/react": said | {"emoji": "👍"}}
    for path, body in there.items():
        assert (await hoa.send(path, **body))[0] in (200, 202)
        assert (await hoa.send(path, **body | {"chat": "cong-ich\ud800"}))[0] == 404
    assert (await hoa.get("/api/state"))[1]["posts"][0]["text"] == "x\ufffdy"


async def test_ones_own_room_is_made_when_it_is_used(site: Site) -> None:
    hoa = await site.joined()
    own = f"rieng-{hoa.id}"
    assert (await hoa.get("/api/state", chat=own))[1]["posts"] == []
    async with site.app.database.read() as session:
        assert await chats.find(session, "webchat", own) is None
    assert (await hoa.post("/cuatoi", chat=own))[0] == 201
    await site.app.pipeline.drain()
    posts = (await hoa.get("/api/state", chat=own))[1]["posts"]
    assert [one["author"]["bot"] for one in posts] == [False, True]
    assert (await (await site.joined("Minh")).get("/api/state", chat=own))[0] == 404
    assert (await (await site.known("ha")).get("/api/state", chat=own))[0] == 404


async def test_an_answer_to_a_press_is_its_pressers_alone(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    assert site.app.webchat is not None

    async def say() -> None:
        await site.listened(2)
        assert site.app.webchat is not None
        site.app.webchat.feed.say("toast", {"member": hoa.id, "text": "của Hoa"})
        site.app.webchat.feed.say("tickets", {})

    heard = await asyncio.gather(hoa.heard("cong-ich", 2), minh.heard("cong-ich", 1), say())
    assert [event for event, _ in heard[0]] == ["toast", "tickets"]
    assert [event for event, _ in heard[1]] == ["tickets"]


async def test_a_stream_ends_with_the_session_or_the_role(site: Site) -> None:
    hoa, ha = await site.joined(), await site.known("ha")
    assert site.app.webchat is not None

    async def end() -> None:
        await site.listened(2)
        async with site.app.database.write() as session:
            await sign_ins.end_all(session, row_id(await site.member(hoa)))
            moderator = await members.find(session, "webchat", "ha")
            assert moderator is not None
            moderator.role = MemberRole.MEMBER
        await site.secret("dieu-hanh")
        assert site.app.webchat is not None
        site.app.webchat.feed.say("changed", {})

    heard = await asyncio.gather(hoa.heard("cong-ich", 1), ha.heard("dieu-hanh", 1), end())
    assert [event for one in heard[:2] for event, _ in one] == ["ended", "ended"]
    assert (await hoa.get("/api/here"))[0] == 401
    assert (await ha.get("/api/here"))[0] == 200
    assert (await ha.get("/api/state", chat="dieu-hanh"))[0] == 404


async def test_a_quiet_stream_beats(site: Site) -> None:
    assert site.app.webchat is not None
    visitors = Visitors(None, lambda key: key)
    stream = RoomStream(site.app.database, site.app.webchat.feed, visitors, beat=0.05)
    application = web.Application()

    async def serve(request: web.Request) -> web.StreamResponse:
        return await stream.serve(request, "cong-ich")

    application.router.add_get("/api/stream", serve)
    runner = await server.start(application, "127.0.0.1", 0)
    person = Person(f"http://127.0.0.1:{runner.addresses[0][1]}", site.stranger().client)
    assert [event for event, _ in await person.heard("cong-ich", 2)] == ["beat", "beat"]
    await runner.cleanup()


async def test_whoever_is_erased_is_out_and_whoever_is_muted_is_not(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    async with site.app.database.write() as session:
        for person in (hoa, minh):
            member = await members.find(session, "webchat", person.id)
            assert member is not None
            if person is hoa:
                await erase(session, member)
            else:
                member.muted = True
    assert (await hoa.get("/api/state"))[0] == 401
    assert (await hoa.post("chào"))[0] == 401
    assert (await minh.post("Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay"))[0] == 201
    await site.app.pipeline.drain()
    assert (await minh.get("/api/tickets"))[1]["tickets"] == []


async def test_members_read_tickets_without_names_and_moderators_with_them(site: Site) -> None:
    hoa, minh, ha = await site.joined("Trần Thị Hoa"), await site.joined("Minh"), await site.known("ha")
    text = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay, gọi 0912345678"
    ticket = await site.report(hoa, text, picture())
    code = ticket["code"].removeprefix("#")
    await ha.post(f"/dong {code} theo lời chị Hoa 0912345678")
    await site.app.pipeline.drain()
    for path in ("/api/tickets", f"/api/tickets/{code}"):
        of_all, of_member = (await ha.get(path))[1], (await minh.get(path))[1]
        assert "Trần Thị Hoa" in json.dumps(of_all, ensure_ascii=False)
        assert "Hoa" not in json.dumps(of_member, ensure_ascii=False)
        assert "0912345678" not in json.dumps(of_member)
    shown = (await minh.get(f"/api/tickets/{code}"))[1]
    assert (shown["chat"], len(shown["photos"])) == ("cong-ich", 1)
    assert (await minh.get(shown["photos"][0]))[0] == 200


async def test_a_list_is_of_what_is_late_alone_and_says_where_it_goes_on(site: Site) -> None:
    hoa = await site.joined()
    ticket = await site.report(hoa, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")
    await site.report(hoa, "Nắp cống trước số 9 Lý Tự Trọng bị bể")
    async with site.app.database.write() as session:
        found = await tickets.by_code(session, ticket["code"].removeprefix("#"))
        assert found is not None
        found.due_at = site.clock() - timedelta(hours=1)
    late = (await hoa.get("/api/tickets", status="overdue", limit="1"))[1]
    assert [one["code"] for one in late["tickets"]] == [ticket["code"]]
    assert (late["totals"]["overdue"], late["more"]) == (1, False)
    both = (await hoa.get("/api/tickets", status="open", limit="1"))[1]
    assert (len(both["tickets"]), both["more"]) == (1, True)


async def test_hidden_tickets_are_moderators_alone(site: Site) -> None:
    hoa, ha = await site.joined(), await site.known("ha")
    ticket = await site.report(hoa, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")
    code = ticket["code"].removeprefix("#")
    async with site.app.database.write() as session:
        found = await tickets.by_code(session, code)
        assert found is not None
        found.hidden = True
    listed = (await hoa.get("/api/tickets", status="all"))[1]
    assert (listed["tickets"], listed["totals"]["new"]) == ([], 0)
    assert (await hoa.get(f"/api/tickets/{code}"))[0] == 404
    listed = (await ha.get("/api/tickets", status="all"))[1]
    assert (len(listed["tickets"]), listed["totals"]["new"]) == (1, 1)
    assert (await ha.get(f"/api/tickets/{code}"))[0] == 200


async def test_of_other_groups_members_see_only_photos_that_were_released(site: Site) -> None:
    hoa = await site.joined()
    ticket = await site.report(hoa, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay", picture())
    code = ticket["code"].removeprefix("#")
    async with site.app.database.write() as session:  # as if it had come from a group of another platform
        group = await chats.find(session, "webchat", "cong-ich")
        assert group is not None
        group.platform = "telegram"
    for path in ("/api/tickets?status=all", f"/api/tickets/{code}"):
        told = json.dumps((await hoa.get(path))[1])
        assert "/photos/" not in told
        assert "cong-ich" not in told
    async with site.app.database.write() as session:
        for photo, _ in await _photos(session, code):
            photo.on_board = True
    assert len((await hoa.get(f"/api/tickets/{code}"))[1]["photos"]) == 1


async def _photos(session: Any, code: str) -> Any:
    from storage import messages

    found = await tickets.by_code(session, code)
    assert found is not None
    return await messages.photos_of_ticket(session, row_id(found))
