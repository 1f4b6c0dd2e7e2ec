"""Mails to departments, taken by a real server on a real socket."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiosmtplib
import pytest
import structlog
from sqlalchemy import select
from sqlmodel import col

from bot.config import ConfigError, parse
from bot.dispatcher import Dispatcher
from bot.locale import Texts
from bot.outside import subscribers
from bot.steps import nothing
from bot.targets import email
from bot.targets.dry import Blackhole, Noop
from bot.targets.email import EmailTarget, Mailbox, Server, message_id, outcome
from handlers.ports import Ambiguous, DeliveryError, JsonObject, NotSent, PlatformDown, Refused
from handlers.subscribers import Subscriber, is_handed_over
from storage.database import Database
from storage.images import StoreError
from storage.models import Dispatch
from storage.states import OutboxState
from tests.acceptance.process import free_port
from tests.bot.targets.test_webhook import PAYLOAD, TOLD
from tests.fakes.mail import MailServer, running
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ROOM, Desk

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MAILBOX = Mailbox("chieusang", "Chiếu sáng và cây xanh", "den@city.example")


@pytest.fixture
def post() -> Iterator[MailServer]:
    with running() as made:
        yield made


def target(post: MailServer, **server: Any) -> EmailTarget:
    settings: dict[str, Any] = {
        "host": "127.0.0.1", "port": post.port, "security": "none", "user": "", "password": "",
        "sender": "congich@city.example", "reply_to": "dieuhanh@city.example", **server,
    }  # fmt: skip

    async def photo(content_hash: str) -> bytes | None:
        sizes = {"ab": 1000, "cd": 2000, "big": email.MOST_BYTES}
        return b"\xff\xd8" + b"x" * sizes[content_hash] if content_hash in sizes else None

    text = partial(Texts.bundled().say, "vi")
    return EmailTarget(MAILBOX, Server(**settings), text, photo, lambda: NOW, ZONE)


def payload(**ticket: object) -> JsonObject:
    data = PAYLOAD["data"]
    event = {"id": 7, "note": ticket.pop("note", None)}
    standing = {"status": "accepted", "department": "chieusang", **ticket}
    return PAYLOAD | {"data": data | {"event": event, "ticket": data["ticket"] | standing}}


CARD = replace(
    TOLD,
    payload=payload(note="gấp giúp"),
    place="45 Hai Bà Trưng",
    latitude=9.6,
    longitude=105.97,
    due_at=datetime(2026, 11, 18, 10, tzinfo=UTC),
)


async def test_the_first_mail_has_everything_in_it_and_is_the_one_of_the_docs(post: MailServer) -> None:
    reference = await target(post).deliver(CARD)
    (mail,) = post.mails
    assert reference == mail["Message-ID"] == message_id(CARD.key, "congich@city.example")
    assert mail["Subject"] == "[PA1001] Chiếu sáng – 45 Hai Bà Trưng"
    assert (mail["From"].addresses[0].display_name, mail["To"].addresses[0].addr_spec) == (
        "Công ích đô thị",
        "den@city.example",
    )
    assert mail["Reply-To"] == "dieuhanh@city.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    body = mail.get_body()
    assert body is not None
    docs = (Path(__file__).parents[3] / "docs" / "email.md").read_text("utf-8")
    assert f"Subject: {mail['Subject']}\n\n{body.get_content()}".replace("\r\n", "\n") in docs
    assert body.get_content().replace("\r\n", "\n") == (
        "Kính gửi Chiếu sáng và cây xanh,\n"
        "\n"
        "Có phiếu #PA1001 (Chiếu sáng) cần anh/chị xử lý:\n"
        "đèn hư\n"
        "\n"
        "Địa điểm: 45 Hai Bà Trưng\n"
        "https://maps.google.com/?q=9.600000,105.970000\n"
        "Hạn xử lý: 17:00 18/11/2026\n"
        "Ghi chú: gấp giúp\n"
        "Tin gốc: https://chat/1\n"
        "\n"
        "Thư này gửi tự động. Khi xử lý xong, nhờ anh/chị trả lời thư này để điều hành cập nhật.\n"
    )
    photos = list(mail.iter_attachments())
    assert [(one.get_filename(), len(one.get_content())) for one in photos] == [
        ("PA1001-1.jpg", 1002),
        ("PA1001-2.jpg", 2002),
    ]


async def test_later_mails_are_of_the_same_thread_and_say_what_is_new(post: MailServer) -> None:
    first = await target(post).deliver(CARD)
    later = replace(CARD, reference=first)
    for told in (
        replace(later, key="email:chieusang:e8", payload=payload(status="in_progress")),
        replace(later, key="email:chieusang:e9", payload=payload(status="resolved")),
        replace(later, key="email:chieusang:e10", payload=payload(department="dienluc")),
    ):
        assert await target(post).deliver(told) is None
    assert [mail["In-Reply-To"] for mail in post.mails] == [None, first, first, first]
    assert len({mail["Message-ID"] for mail in post.mails}) == 4
    bodies = [mail.get_content().replace("\r\n", "\n") for mail in post.mails[1:]]
    assert bodies == [
        "Phiếu #PA1001 nay: Đang xử lý.\nHạn xử lý: 17:00 18/11/2026\n",
        "Phiếu #PA1001 nay: Đã xử lý.\n",
        "Phiếu #PA1001 không còn thuộc đơn vị, anh/chị không cần xử lý nữa.\n",
    ]


async def test_what_they_never_had_is_not_taken_from_them(post: MailServer) -> None:
    for gone in (
        payload(department="dienluc"),
        payload(status="rejected"),
        payload(status="new", urgent=False),
    ):
        assert await target(post).deliver(replace(CARD, payload=gone)) is None
    assert post.mails == []


async def test_sent_again_it_is_the_same_mail(post: MailServer) -> None:
    first = await target(post).deliver(CARD)
    assert await target(post).deliver(replace(CARD, attempt=2)) == first


async def test_a_mail_whose_photos_cant_be_read_has_not_left(post: MailServer) -> None:
    async def away(_: str) -> bytes | None:
        raise StoreError("the object store can't be read")

    made = target(post)
    unread = EmailTarget(MAILBOX, made._server, made._text, away, lambda: NOW, ZONE)
    with pytest.raises(NotSent, match="the object store can't be read"):
        await unread.deliver(CARD)
    assert await target(post).deliver(CARD) is not None


async def test_a_photo_too_many_is_counted(post: MailServer) -> None:
    await target(post).deliver(replace(CARD, photos=("ab", "big", "gone", "cd")))
    body = post.mails[0].get_body()
    assert body is not None
    assert "Còn 2 ảnh không gửi kèm được." in body.get_content()


async def test_words_never_become_headers(post: MailServer) -> None:
    evil = "x\r\nBcc: all@city.example\r\n\r\n.\r\n"
    mailbox = replace(MAILBOX, name=evil)
    made = target(post)
    told = replace(CARD, words=evil, place=evil, payload=payload(note=evil))
    await EmailTarget(mailbox, made._server, made._text, made._photo, lambda: NOW, ZONE).deliver(told)
    (mail,) = post.mails
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert str(mail["Subject"]).startswith("[PA1001] Chiếu sáng – x Bcc: all@city.example")


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ({"rcpt": "550 unknown"}, Refused, "refuses it \\(550\\)"),
        ({"rcpt": "450 busy"}, NotSent, "says later \\(450\\)"),
        ({"data": "554 no"}, Refused, "refuses it \\(554\\)"),
        ({"data": "452 full"}, NotSent, "says later \\(452\\)"),
        ({"drops": True}, Ambiguous, "did not say that it has it"),
    ],
)
async def test_what_each_answer_means(
    post: MailServer, answers: dict[str, Any], error: type[DeliveryError], said: str
) -> None:
    for name, value in answers.items():
        setattr(post, name, value)
    with pytest.raises(error, match=said):
        await target(post).deliver(CARD)


@pytest.mark.sqlite_only
async def test_a_server_that_is_slow_before_the_mail_itself_has_none(
    desk: Desk, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off by the limit of the whole call, nobody would know; and a moderator would be asked."""
    monkeypatch.setattr("bot.dispatcher.CALL_TIMEOUT", timedelta(seconds=0.6))
    monkeypatch.setattr(email, "GREETING", 0.2, raising=False)
    dispatcher = await office(desk, target(post))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    post.seconds = 1.0
    while await dispatcher.send():
        pass
    async with desk.database.read() as session:
        states = (
            await session.scalars(select(col(Dispatch.state)).where(col(Dispatch.error).is_not(None)))
        ).all()
    assert states == [OutboxState.PENDING]


async def test_logins(post: MailServer) -> None:
    assert await target(post, user="congich", password="right").deliver(CARD)
    with pytest.raises(PlatformDown, match="refuses our login") as refused:
        await target(post, user="congich", password="wrong-secret").deliver(CARD)
    assert refused.value.for_good is False
    assert "wrong-secret" not in repr(refused.value)


async def test_nobody_listens(post: MailServer) -> None:
    with pytest.raises(NotSent, match="can't be reached"):
        await target(post, port=free_port()).deliver(CARD)


async def test_a_server_without_starttls_gets_nothing(post: MailServer) -> None:
    with pytest.raises(NotSent):
        await target(post, security="starttls").deliver(CARD)
    assert post.mails == []


def test_a_connection_lost_before_the_mail_left_is_no_mail() -> None:
    lost = aiosmtplib.SMTPServerDisconnected("gone")
    assert isinstance(outcome(lost, is_leaving=False), NotSent)
    assert isinstance(outcome(lost, is_leaving=True), Ambiguous)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"departments": [{"key": "a", "name": "A", "email": "a@b.vn"}]}, "set email.host"),
        ({"email": {"host": "mail.b.vn"}}, "email.sender is empty"),
        (
            {"email": {"host": "mail.b.vn", "sender": "a@b.vn", "security": "none"}},
            "'none' is for a server on this machine",
        ),
        ({"email": {"sender": "nobody"}}, "email.sender"),
    ],
)
def test_a_wrong_setting_is_one_sentence(settings: JsonObject, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse(settings)


async def office(desk: Desk, *targets: Any, **more: Any) -> Dispatcher:
    """A desk whose tickets are told to these."""
    theirs = {"department": "chieusang", "only": is_handed_over, "actions": email.TOLD}
    heard = [Subscriber(one.name, **(theirs if isinstance(one, EmailTarget) else more)) for one in targets]
    desk.services = replace(desk.services, subscribers=heard)
    by_name = {one.name: one for one in targets}
    return Dispatcher(
        desk.database, desk.services, by_name, lambda: desk.now, nothing, owner=lambda: "me", luck=lambda: 0.5
    )


@pytest.fixture
async def desk(database: Database) -> Desk:
    made = Desk(database, MEANINGS)
    await made.open()
    return made


@pytest.mark.sqlite_only
async def test_a_department_is_mailed_what_is_theirs_until_it_is_not(desk: Desk, post: MailServer) -> None:
    dispatcher = await office(desk, target(post))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    while await dispatcher.send():
        pass
    assert post.mails == []  # nobody has taken it up
    await desk.press("mod", "t:1:accept")
    await desk.say("mod", "/giao 1001 moitruong", chat=ROOM)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    while await dispatcher.send():
        pass
    subjects = [str(mail["Subject"]) for mail in post.mails]
    assert subjects[0].startswith("[PA1001]")
    texts = [body.get_content() for mail in post.mails if (body := mail.get_body()) is not None]
    assert "Có phiếu #PA1001" in texts[0]
    assert "không còn thuộc đơn vị" in texts[1]
    assert len(texts) == 2


@pytest.mark.sqlite_only
@pytest.mark.parametrize("end", ["/xong 1001", "/tuchoi 1001 trùng", "/giao 1001 moitruong"])
async def test_a_department_is_mailed_what_was_taken_back(desk: Desk, post: MailServer, end: str) -> None:
    dispatcher = await office(desk, target(post))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    for said in ("/nhan 1001", end, "/hoantac 1001", "/hoantac 1001"):
        await desk.say("mod", said, chat=ROOM)
    while await dispatcher.send():
        pass
    texts = [body.get_content() for mail in post.mails if (body := mail.get_body()) is not None]
    assert len(texts) == 4
    assert "Phiếu #PA1001 nay: Đã tiếp nhận." in texts[2]
    assert "Phiếu #PA1001 nay: Mới" in texts[3]


@pytest.mark.sqlite_only
async def test_a_department_is_mailed_that_it_is_of_another_kind_only_where_that_moves_it(
    desk: Desk, post: MailServer
) -> None:
    dispatcher = await office(desk, target(post))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    for said in ("/khan 1001", "/phanloai 1001 kiến nghị", "/phanloai 1001 Rác thải"):
        await desk.say("mod", said, chat=ROOM)
    while await dispatcher.send():
        pass
    texts = [body.get_content() for mail in post.mails if (body := mail.get_body()) is not None]
    assert len(texts) == 2
    assert "không còn thuộc đơn vị" in texts[1]


@pytest.mark.sqlite_only
async def test_a_department_is_mailed_that_a_merge_brought_a_danger(desk: Desk, post: MailServer) -> None:
    dispatcher = await office(desk, target(post))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("nam", "đèn hư Lê Lợi")
    for said in ("/nhan 1001", "/khan 1002", "/gop 1002 1001"):
        await desk.say("mod", said, chat=ROOM)
    assert (await desk.tickets())[0].urgent
    while await dispatcher.send():
        pass
    async with desk.database.read() as session:
        rows = (await session.scalars(select(Dispatch).where(col(Dispatch.ticket_id) == 1))).all()
    assert [row.payload["type"] for row in rows] == ["ticket.accept", "ticket.absorbed"]


async def test_a_department_is_asked_to_delete_what_was_erased_if_it_ever_had_it(post: MailServer) -> None:
    told = payload()
    told["data"]["event"]["action"] = "erased"
    assert await target(post).deliver(replace(CARD, payload=told)) is None
    assert post.mails == []
    await target(post).deliver(replace(CARD, payload=told, reference="<1@city.example>"))
    assert "Nhờ anh/chị xóa giúp các thư trước" in post.mails[0].get_content()


@pytest.mark.sqlite_only
async def test_a_rehearsal_tells_nobody(desk: Desk) -> None:
    dispatcher = await office(desk, Noop("thu"))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    with structlog.testing.capture_logs() as logged:
        assert await dispatcher.send() == 1
    assert await dispatcher.send() == 0
    (line,) = [one for one in logged if one.get("target") == "noop:thu"]
    assert (line["action"], line["type"], line["ticket"]) == ("dispatch.noop", "ticket.opened", "PA1001")
    assert "đèn hư" not in str(line)


@pytest.mark.sqlite_only
async def test_a_receiver_that_never_answers_holds_up_nobody_else(desk: Desk) -> None:
    hole, noop = Blackhole("thu", seconds=0.05), Noop("thu")
    dispatcher = await office(desk, hole, noop)
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    assert await dispatcher.send() == 2
    async with desk.database.read() as session:
        rows = (await session.scalars(select(Dispatch).order_by(col(Dispatch.target)))).all()
    assert [(row.target, row.state.value) for row in rows] == [
        ("blackhole:thu", "pending"),
        ("noop:thu", "sent"),
    ]
    assert rows[0].error == "nothing answers"


def test_rehearsals_are_configured() -> None:
    settings = {"name": "hole", "kind": "blackhole", "categories": ["waste"], "events": ["opened"]}
    (hole,) = subscribers(parse({"dry_runs": [settings]}))
    assert hole == Subscriber("blackhole:hole", frozenset({"opened"}), frozenset({"waste"}))
