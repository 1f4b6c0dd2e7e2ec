"""What is done in the room comes to the same as in the chat: ticket, history, record, posts."""

import asyncio
import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.events import Person
from storage import chats, sign_ins, tickets
from storage.locks import alone
from storage.models import (
    Attachment,
    Audit,
    Dispatch,
    Message,
    Outbox,
    SignInLink,
    Submission,
    Ticket,
    row_id,
)
from storage.states import OutboxState, SubmissionState, TicketStatus
from tests.bot.room.site import GROUP, LAMP, OURS, ROOM, UNSURE, WASTE, Answered, Browser, Form, Site
from tests.bot.test_decoder import picture
from tests.handlers.desk import MONDAY

# What the form on the ticket's page says, and the same in the chat; before it, what must have happened.
COMMANDS: tuple[tuple[str, dict[str, str], str, str], ...] = (
    ("done", {"words": "đã thay bóng"}, "/xong {code} đã thay bóng", ""),
    ("done", {"words": ""}, "/xong {code}", "/nhan {code}"),
    (
        "assign",
        {"department": "dienluc", "due": "3 ngày", "words": "gấp giùm"},
        "/giao {code} dienluc 3 ngày : gấp giùm",
        "",
    ),
    ("assign", {"department": "dienluc", "due": "", "words": ""}, "/giao {code} dienluc", ""),
    ("deadline", {"due": "3 ngày"}, "/han {code} 3 ngày", ""),
    ("pause", {"words": "chờ vật tư"}, "/tamdung {code} chờ vật tư", ""),
    ("reject", {"words": "thuộc phạm vi tư nhân"}, "/tuchoi {code} thuộc phạm vi tư nhân", ""),
    ("classify", {"kind": "complaint", "category": "noise"}, "/phanloai {code} complaint noise", ""),
    ("place", {"words": "trước số 9 Lý Tự Trọng"}, "/noi {code} trước số 9 Lý Tự Trọng", ""),
    ("split", {"words": "nắp cống trước số 9 bị bể"}, "/tach {code} nắp cống trước số 9 bị bể", ""),
    ("close", {}, "/dong {code}", ""),
    ("hide", {}, "/giau {code}", ""),
    ("show", {}, "/hien {code}", "/giau {code}"),
)
# The button on the page, and what it presses.
PRESSES: tuple[tuple[str, str, str], ...] = (
    ("Tiếp nhận", "t:{id}:accept", ""),
    ("Đang xử lý", "t:{id}:start", ""),
    ("Mở lại", "t:{id}:reopen", "/tuchoi {code} không có thật"),
    ("Khẩn", "x:{id}:urgent", ""),
    ("Làm tiếp", "x:{id}:resume", "/tamdung {code} chờ vật tư"),
    ("Hoàn tác", "x:{id}:undo", "/giao {code} dienluc"),
    ("Mai 17h", "e:{id}:1", ""),
    ("3 ngày", "e:{id}:3", ""),
)
FIELDS = (
    "status", "kind", "category", "urgent", "department", "due_at", "paused_at", "pause_reason", "hidden",
    "voices", "version", "satisfied", "resolved_at", "closed_at", "first_answer_at",
)  # fmt: skip


class Pair:
    """Two tickets that are alike: one is worked in the chat, the other in the room."""

    def __init__(self, site: Site, chat: str, room: str) -> None:
        self.site = site
        self.codes = (chat, room)

    async def are_alike(self, said: str) -> None:
        """Both stand the same, came there the same way, and it is on record the same way."""
        one, other = [await self.site.ticket(code) for code in self.codes]
        for name in FIELDS:
            assert getattr(one, name) == getattr(other, name), (said, name)
        assert one.place.get("text") == other.place.get("text") or "hẻm" in str(one.place.get("text")), said
        assert await self.site.history(self.codes[0]) == await self.site.history(self.codes[1]), said
        assert await posts(self.site, row_id(one)) == await posts(self.site, row_id(other)), said


async def pair(site: Site, number: int) -> Pair:
    """Two new tickets that differ in nothing but their alley; what follows happens at one moment."""
    async with site.app.database.read() as session:
        there = len((await session.scalars(select(col(Ticket.id)))).all())
    both = 2 * number, 2 * number + 1
    await site.say_all((GROUP, f"member{at}", f"Rác chất đống chưa ai gom, hẻm {at + 40}") for at in both)
    codes = [f"PA{1001 + there}", f"PA{1002 + there}"]
    async with site.app.database.write() as session:
        for code in codes:
            kept = await tickets.by_code(session, code)
            assert kept is not None
            kept.opened_at, kept.due_at = MONDAY, MONDAY + timedelta(days=2)
    return Pair(site, *codes)


async def posts(site: Site, ticket_id: int) -> list[tuple[str, int]]:
    """What was said about a ticket, and where; answers to commands are no part of it."""
    async with site.app.database.read() as session:
        rows = await session.scalars(select(Outbox).where(col(Outbox.ticket_id) == ticket_id))
        return sorted((row.purpose, row.chat_id) for row in rows)


async def record(site: Site) -> list[tuple[str, bool, int | None, int | None]]:
    """The record, without what tells the room from the chat."""
    async with site.app.database.read() as session:
        rows = await session.scalars(select(Audit).order_by(col(Audit.id)))
        return [(row.action, row.allowed, row.member_id, row.chat_id) for row in rows]


async def press_in_chat(site: Site, data: str) -> None:
    assert site.app.webchat is not None
    async with site.app.database.read() as session:
        room = await chats.find(session, "webchat", ROOM)
    assert room is not None
    sealed = site.app.seal.close(data, row_id(room), site.clock())
    await site.app.webchat.press(ROOM, "1", Person("ha", "Ha"), sealed, uuid4().hex)
    await site.app.pipeline.drain()


async def test_every_form_comes_to_the_same_as_its_command(site: Site) -> None:
    async with site.browser("ha") as ha:
        for number, (do, fields, text, before) in enumerate(COMMANDS):
            both = await pair(site, number)
            if before:
                await site.say_all((ROOM, "ha", before.format(code=code)) for code in both.codes)
            started = len(await record(site))
            await site.say_all([(ROOM, "ha", text.format(code=both.codes[0]))])
            form = (await ha.get(f"/room/tickets/{both.codes[1]}")).form(do=do)
            answer = await ha.send(form, **fields)
            assert answer.said, do
            await site.app.pipeline.drain()
            await both.are_alike(do)
            in_chat, in_room = (await record(site))[started:]
            assert in_chat == in_room, do
            assert await words_kept(site) == text.format(code=both.codes[1]), do


async def words_kept(site: Site) -> str:
    """The words of the newest form, which are the command's."""
    async with site.app.database.read() as session:
        rows = await session.scalars(
            select(Message).where(col(Message.external_id).like("web:%")).order_by(col(Message.id).desc())
        )
        return next(iter(rows)).text


@pytest.mark.sqlite_only  # what the databases differ in, the forms ask of both
async def test_every_button_comes_to_the_same_as_in_the_chat(site: Site) -> None:
    async with site.browser("ha") as ha:
        for number, (name, data, before) in enumerate(PRESSES):
            both = await pair(site, number)
            if before:
                await site.say_all((ROOM, "ha", before.format(code=code)) for code in both.codes)
            started = len(await record(site))
            await press_in_chat(site, data.format(id=(await site.ticket(both.codes[0])).id))
            form = (await ha.get(f"/room/tickets/{both.codes[1]}")).form(button=name)
            assert (await ha.send(form)).said, name
            await site.app.pipeline.drain()
            await both.are_alike(name)
            in_chat, in_room = (await record(site))[started:]
            assert in_chat == in_room, name


async def test_a_question_is_answered_and_asked_again(site: Site) -> None:
    await site.say("nam", UNSURE)
    async with site.browser("ha") as ha:
        page = await ha.get("/room")
        assert UNSURE in page.text
        page = await ha.send(page.form(button="Phản ánh"))
        assert "PA1001" in page.said
        assert (await site.ticket("PA1001")).status == TicketStatus.NEW
        page = await ha.send(page.form(button="Hoàn tác"))
        assert (await site.ticket("PA1001")).status == TicketStatus.REJECTED
        page = await ha.send(page.form(button="Không phải góp ý"))
        assert "Không còn tin nào" in page.text
        seen = html.unescape((await ha.get("/room/record")).text)
        assert all(f"«{words}»" in seen for words in ("Phản ánh", "Hoàn tác", "Không phải góp ý"))
        assert "press." not in seen
    assert [action for action, _ in await site.record()] == ["press.kind"] * 3


@pytest.mark.sqlite_only
async def test_the_group_hears_of_it_at_once(site: Site) -> None:
    await site.say("hoa", LAMP)
    woken: list[str] = []
    for name in ("handled", "told"):
        wake = getattr(site.app.pipeline, name)
        wake.set = lambda name=name: woken.append(name)
    async with site.browser("ha") as ha:
        await ha.send((await ha.get("/room/tickets/PA1001")).form(do="done"), words="đã thay bóng")
    assert woken == ["handled", "told"]
    await site.app.pipeline.drain()
    async with site.app.database.read() as session:
        sent = await session.scalars(select(Outbox).where(col(Outbox.purpose) == "settled"))
        (post,) = sent
        assert "đã thay bóng" in post.payload["text"]
        assert post.state == OutboxState.SENT


@pytest.mark.sqlite_only
async def test_the_same_form_twice_acts_once(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        page = await ha.get("/room/tickets/PA1001")
        await ha.send(page.form(do="pause"), words="chờ vật tư")
        version = (await site.ticket("PA1001")).version
        again = await ha.post("/room/command", page.form(do="pause").fields)
        assert "đã gửi rồi" in again.said
        undo = (await ha.get("/room/tickets/PA1001")).form(button="Hoàn tác")
        unversioned = [one for one in undo.fields if one[0] != "version"]
        await ha.post(undo.action, unversioned)
        assert "đã gửi rồi" in (await ha.post(undo.action, unversioned)).said
    assert (await site.ticket("PA1001")).version == version + 1


async def test_whoever_was_faster_is_named_and_nothing_is_lost(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha, site.browser("chu") as chu:
        old = (await ha.get("/room/tickets/PA1001")).form(do="reject")
        await chu.send((await chu.get("/room/tickets/PA1001")).form(do="assign"), department="dienluc")
        page = await ha.send(old, words="không phải việc của mình")
        assert page.status == 409
        assert "Chu" in page.text
        assert "giao đơn vị" in page.text
        assert "không phải việc của mình" in page.text
        assert (await site.ticket("PA1001")).status == TicketStatus.ACCEPTED
        assert "Không tiếp nhận" in (await ha.send(page.form(button="Vẫn làm"))).said
    assert (await site.ticket("PA1001")).status == TicketStatus.REJECTED
    assert [action for action, _ in await site.record()] == ["command.assign", "command.reject"]


async def test_many_are_closed_after_a_page_that_names_how_many(site: Site) -> None:
    await site.say("hoa", LAMP)
    await site.say("minh", WASTE)
    async with site.browser("ha") as ha:
        chosen = [("code", "PA1001"), ("code", "PA1002")]
        table = next(one for one in (await ha.get("/room/tickets")).forms if one.action == "/room/tickets")
        page = await ha.post(table.action, [*table.fields, *chosen, ("do", "close")])
        assert "Đóng 2 phiếu?" in page.text
        assert (await site.ticket("PA1001")).status == TicketStatus.NEW
        page = await ha.send(page.form(button="Đóng (2)"))
        assert page.said == "Đã đóng 2 phiếu."
        assert await site.record() == [("command.close", True), ("press.confirm", True)]
        page = await ha.post(table.action, [*table.fields, ("do", "close")])
        assert "chưa chọn" in page.said


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("do", "fields", "status"),
    [
        ("accept", {}, ["accepted", "accepted"]),
        ("assign", {"department": "dienluc"}, ["accepted", "accepted"]),
        ("reject", {"words": "trùng"}, ["rejected", "rejected"]),
        ("merge", {"into": "PA1002"}, ["merged", "new"]),
    ],
)
async def test_other_things_are_done_to_many(
    site: Site, do: str, fields: dict[str, str], status: list[str]
) -> None:
    await site.say("hoa", LAMP)
    await site.say("minh", WASTE)
    async with site.browser("ha") as ha:
        chosen = [("form", uuid4().hex), ("code", "PA1001"), ("code", "PA1002"), ("do", do)]
        page = await ha.post("/room/tickets", [*chosen, *fields.items()])
        answer = await ha.send(next(one for one in page.forms if one.value("sure")))
        assert answer.said
    assert [(await site.ticket(code)).status.value for code in ("PA1001", "PA1002")] == status


async def on_board(site: Site) -> list[bool | None]:
    async with site.app.database.read() as session:
        rows = await session.scalars(select(Attachment).order_by(col(Attachment.id)))
        return [row.on_board for row in rows]


def _number(photo: str) -> int:
    return int(photo.partition(":")[2])


async def test_photos_are_let_on_the_board_and_taken_back(site: Site) -> None:
    await site.say("hoa", LAMP, picture(color="red"), picture(color="blue"))
    await site.say("minh", WASTE, picture(color="green"))
    async with site.browser("ha") as ha:
        page = await ha.get("/room/photos")
        assert page.text.count('name="photo"') == 3
        form = page.forms[0]
        red, blue, green = sorted(re.findall(r'name="photo" value="(PA\d+:\d+)"', page.text), key=_number)
        some = [("photo", red), ("photo", green), ("verdict", "")]
        page = await ha.post(form.action, [*form.fields, *some])
        assert await on_board(site) == [True, None, True]
        assert page.text.count('type="checkbox" name="photo"') == 1
        page = await ha.send(page.form(button="Hoàn tác"))
        assert await on_board(site) == [None, None, None]
        form = page.forms[0]
        await ha.post(form.action, [("form", uuid4().hex), ("photo", blue), ("verdict", "thôi")])
        assert await on_board(site) == [None, False, None]
        # A photo of another ticket, or of none, is nobody's to choose.
        await ha.post(
            form.action,
            [("form", uuid4().hex), ("photo", green.replace("PA1002", "PA1001")), ("verdict", "")],
        )
        assert await on_board(site) == [None, False, None]
    assert {action for action, _ in await site.record()} == {"command.photos"}
    assert (await site.history("PA1001"))[-3:] == ["photos_shown", "photos_unjudged", "photos_hidden"]


async def test_what_is_stuck_is_sent_again_or_left(site: Site) -> None:
    await site.say("hoa", LAMP)
    await site.say("chu", "/dangnhap", chat="rieng-chu")
    async with site.app.database.write() as session:
        says_it = col(Outbox.payload)["text"].as_string().contains("sign-in")
        link = (await session.scalars(select(Outbox).where(says_it))).one()
        link.state = OutboxState.DEAD
        post = (await session.scalars(select(Outbox).order_by(col(Outbox.id)).limit(1))).one()
        post.state, post.error = OutboxState.UNCONFIRMED, "TimeoutError: <b>"
        call: dict[str, Any] = {"type": "ticket.opened"}
        session.add(
            Dispatch(
                idempotency_key="d", target="webhook:ioc", ticket_id=1, ordering_key="d", payload=call,
                state=OutboxState.DEAD, created_at=site.clock(), next_attempt_at=site.clock(),
            )
        )  # fmt: skip
    async with site.browser("ha") as ha:
        page = await ha.get("/room/deliveries")
        assert "TimeoutError: &lt;b&gt;" in page.text
        assert "webhook:ioc" in page.text
        assert "rieng-chu" in page.text
        assert "/sign-in/" not in page.text
        for data in ("w:1:drop", f"o:{link.id}:drop"):
            await ha.send(next(one for one in page.forms if one.value("data").startswith(data)))
        page = await ha.send((await ha.get("/room")).form(button="Gửi lại"))
        assert "Không có tin nào bị kẹt" in (await ha.get("/room/deliveries")).text
    async with site.app.database.read() as session:
        states = [(await session.get_one(Dispatch, 1)).state, (await session.get_one(Outbox, post.id)).state]
    assert states == [OutboxState.SUPERSEDED, OutboxState.PENDING]
    assert await site.record() == [("press.delivery", True)] * 3


@pytest.mark.sqlite_only
async def test_people_are_muted_and_a_flood_is_undone(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        page = await ha.get("/room/members?name=hoa")
        page = await ha.send(page.form(do="mute"))
        page = await ha.send((await ha.get("/room/members?role=muted")).form(do="unmute"))
        page = await ha.send((await ha.get("/room/members?name=hoa")).form(do="flood"))
        assert "1 phiếu" in page.said
        page = await ha.send(page.form(button="1"))
        assert (await site.ticket("PA1001")).status == TicketStatus.REJECTED
    actions = [action for action, _ in await site.record()]
    assert actions == ["command.mute", "command.unmute", "command.flood", "press.confirm"]


@pytest.mark.sqlite_only
async def test_an_invitation_is_made_and_withdrawn(site: Site) -> None:
    async with site.browser("ha") as ha:
        page = await ha.get("/room/members")
        page = await ha.send(page.form(do="invite"), words="phường Phú Lợi", people="10 người", days="7 ngày")
        assert "/sign-in/" in page.said
        assert "phường Phú Lợi" in page.text
        page = await ha.send(page.form(do="withdraw"))
        assert "thu lại" in page.said
    async with site.app.database.read() as session:
        assert await sign_ins.invitations(session, site.clock()) == []
        links = await session.scalars(select(SignInLink).where(col(SignInLink.member_id).is_(None)))
        assert [link.title for link in links] == ["phường Phú Lợi"]


@pytest.mark.sqlite_only
async def test_what_was_held_is_let_through(site: Site) -> None:
    for at in range(11):
        await site.say("loat", f"Rác đường số {at} chưa gom, hẻm {at + 40}")
    async with site.browser("ha") as ha:
        page = await ha.get("/room")
        assert "Gửi quá nhiều" in page.text
        page = await ha.send(page.form(button="Mở hết"))
        assert "Gửi quá nhiều" not in page.text
    async with site.app.database.read() as session:
        held = select(Submission).where(col(Submission.state) == SubmissionState.HELD)
        assert (await session.scalars(held)).all() == []


@pytest.mark.sqlite_only
async def test_a_digest_by_command_shows_its_picture(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        fields = [("form", uuid4().hex), ("do", "command"), ("words", "/tonghop"), ("back", "/room")]
        page = await ha.post("/room/command", fields)
        assert "Tổng hợp" in page.said
        assert "<svg" in page.text
        assert GROUP not in page.said


async def with_files(ha: Browser, form: Form, words: str, **photos: bytes) -> Answered:
    """A form sent as a browser sends one that has files."""
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in (*form.fields, ("words", words)):
        data.add_field(name, value)
    for name, photo in photos.items():
        data.add_field("file", photo, filename=f"{name}.jpg", content_type="image/jpeg")
    async with ha.client.post(ha.root + form.action, data=data, headers=OURS) as answer:
        return Answered(answer.status, await answer.text())


@pytest.mark.sqlite_only
async def test_one_bad_photo_costs_no_good_one(site: Site) -> None:
    await site.say("hoa", LAMP)
    good = {f"good{at}": picture(color=color) for at, color in enumerate(("blue", "green"))}
    async with site.browser("ha") as ha:
        form = (await ha.get("/room/tickets/PA1001")).form(do="done")
        page = await with_files(ha, form, "đã thay bóng", **good, bad=b"no picture", empty=b"")
        assert page.status == 400
        told = re.findall(r'<li><b dir="auto">(.*?)</b> (.*?)</li>', page.text)
        assert told == [(f"{name}.jpg", "không phải hình, hoặc bị hỏng.") for name in ("bad", "empty")]
        assert (await site.ticket("PA1001")).status == TicketStatus.NEW
        assert "Đã xử lý" in (await ha.send(page.form(button="Làm, kèm 2 hình"))).said
        many = {f"many{at}": picture(color=(at, 9, 9)) for at in range(11)}
        form = (await ha.get("/room/tickets/PA1001")).form(do="split")
        page = await with_files(ha, form, "nắp cống bể", **many)
        assert re.findall(r'<li><b dir="auto">(.*?)</b>', page.text) == ["many10.jpg"]
    async with site.app.database.read() as session:
        assert len((await session.scalars(select(Attachment))).all()) == 2


@pytest.mark.sqlite_in_short
async def test_a_refused_order_does_not_look_done(site: Site) -> None:
    await site.say("hoa", LAMP)
    orders: tuple[tuple[str, dict[str, str], bool], ...] = (
        ("start", {"code": "PA1001"}, True),
        ("start", {"code": "PA1001"}, False),
        ("merge", {"code": "PA1001", "into": "PA1001"}, False),
        ("deadline", {"code": "PA1001", "due": "hôm nào rảnh"}, False),
        ("mute", {"member": "khongcoai"}, False),
        ("grant", {"member": "hoa", "role": "quản trị"}, False),
        ("mute", {"member": "hoa"}, True),
        ("command", {"words": "/danhsach"}, True),
        ("command", {"words": "/han 1001 hôm nào rảnh"}, False),
        ("command", {"words": "/xong 99"}, False),
        ("command", {"words": "xong hết rồi"}, False),
        ("command", {"words": "/xong 1001"}, True),
    )
    async with site.browser("ha") as ha:
        pressed = (await ha.get("/room/tickets/PA1001")).form(button="Đang xử lý").value("data")
        for do, fields, done in orders:
            page = await ha.post("/room/command", [("form", uuid4().hex), ("do", do), *fields.items()])
            assert page.said
            assert ('<section class="answer"' in page.text) is done, (do, fields)
        page = await ha.post("/room/press", [("form", uuid4().hex), ("data", pressed)])
        for words in ("/abc", "/", "giao 1001 chieusang", "xin chào"):
            told = await ha.post(
                "/room/command", [("form", uuid4().hex), ("do", "command"), ("words", words)]
            )
            assert "/trogiup" in told.said
    assert '<section class="answer undone"' in page.text


@pytest.mark.sqlite_only
async def test_photos_of_after_go_with_the_end(site: Site) -> None:
    await site.say("hoa", LAMP, picture(color="red"))
    async with site.browser("ha") as ha:
        form = (await ha.get("/room/tickets/PA1001")).form(do="done")
        await site.say("ha", "/nhan 1001", chat=ROOM)  # somebody is faster, and the photo is kept
        page = await with_files(ha, form, "đã thay bóng", a=picture(color="blue"))
        assert page.status == 409
        page = await ha.send(page.form(button="Vẫn làm"))
        assert "Đã xử lý" in page.said
        assert "Sau khi làm" in page.text
        await site.app.pipeline.drain()
    async with site.app.database.read() as session:
        (post,) = await session.scalars(select(Outbox).where(col(Outbox.purpose) == "settled"))
        assert (post.state, len(post.payload["photos"])) == (OutboxState.SENT, 2)


async def test_the_same_form_sent_at_one_moment_acts_once(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        form = (await ha.get("/room/tickets/PA1001")).form(do="split")
        words = [*form.fields, ("words", "nắp cống trước số 9 bị bể")]
        answers = await asyncio.gather(*(ha.post(form.action, words) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    told = [answer.said for answer in answers]
    assert sum("PA1002" in said for said in told) == 1
    assert all("PA1002" in said or "đã gửi rồi" in said or "cùng lúc" in said for said in told)
    assert await site.record() == [("command.split", True)]


async def test_an_act_waits_until_nobody_else_changes_tickets(site: Site) -> None:
    await site.say("hoa", LAMP)
    async with site.browser("ha") as ha:
        page = await ha.get("/room/tickets/PA1001")
        async with alone(site.app.database) as session:
            await session.connection()  # in SQLite a turn begins with its first statement
            acting = asyncio.create_task(ha.send(page.form(do="done"), words="đã thay bóng"))
            await asyncio.sleep(0.3)
            assert not acting.done()
        await acting
    assert "resolve" in await site.history("PA1001")
