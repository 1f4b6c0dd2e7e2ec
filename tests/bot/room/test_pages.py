"""Every page of the room with everything on it, on both databases; the table's filters; texts on a page."""

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.locale import Texts
from bot.room import forms, people, record, table
from bot.room.words import RoomTexts
from storage.desk import Called, Sort, TicketQuery
from storage.lists import Filter
from storage.models import Department, Dispatch, Outbox
from storage.states import OutboxState, TicketStatus
from tests.bot.room.site import LAMP, ROOM, UNSURE, WASTE, Site
from tests.bot.test_decoder import picture
from tests.handlers.desk import MONDAY

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
TEMPLATES = Path(table.__file__).parent / "templates"


async def test_every_page_shows_what_there_is(site: Site) -> None:
    await site.say("hoa", LAMP, picture(color="red"))
    await site.say("minh", WASTE)
    await site.say("nam", UNSURE)
    for at in range(11):
        await site.say("loat", f"Rác đường số {at} chưa gom, hẻm {at + 40}")
    await site.say("ha", "/xong 1002 đã gom", chat=ROOM)
    await site.say("ha", "/giau 1001", chat=ROOM)
    async with site.app.database.write() as session:
        post = (await session.scalars(select(Outbox).order_by(col(Outbox.id)).limit(1))).one()
        post.state = OutboxState.UNCONFIRMED
        session.add(Department(key="cu", name="Đơn vị cũ", days=3))  # not in the configuration any more
        session.add(
            Dispatch(
                idempotency_key="d", target="webhook:ioc", ticket_id=1, ordering_key="d",
                payload={"type": "ticket.opened"}, state=OutboxState.DEAD, created_at=site.clock(),
                next_attempt_at=site.clock(),
            )
        )  # fmt: skip
    site.clock.set(site.clock() + timedelta(days=8))
    async with site.browser("chu") as chu:
        for path, expected in {
            "/room": (UNSURE, "Loat", "không rõ", "phiếu quá hạn", "#PA1001"),
            "/room/tickets": ("#PA1001", "Chiếu sáng", "Phú Lợi", "Trang 1 / 1"),
            "/room/tickets/PA1001": (LAMP, "Chiếu sáng và cây xanh", "mở phiếu", "webhook:ioc"),
            "/room/tickets/PA1002": ("đã gom", "Mở lại", "Minh"),
            "/room/photos": ("#PA1001", "Lúc báo"),
            "/room/stats?period=tuần trước": ("Tiếp nhận: 12", "<svg", "Đã xử lý: 1", "</a> Chiếu sáng"),
            "/room/stats?about=department-moitruong&period=tuần trước": ("Môi trường đô thị",),
            "/room/deliveries": ("webhook:ioc", "không gửi được", "webchat"),
            "/room/members": ("Chu", "Ha", "quản trị"),
            "/room/members?name=HO": ("Hoa", "1 phiếu đã báo"),
            "/room/record": ("/xong 1002 đã gom", "Ha"),
            "/room/tickets?lang=en": ("Moderators&#39; room", "Lighting"),
        }.items():
            page = await chu.get(path)
            assert page.status == 200, path
            for words in expected:
                assert words in page.text, (path, words)
        assert 'value="cu"' not in (await chu.get("/room/tickets/PA1001")).text


async def test_a_character_that_is_no_text_is_nobody_s_fault_but_the_caller_s(site: Site) -> None:
    """PostgreSQL keeps no NUL; SQLite finds nothing by it."""
    await site.say("hoa", LAMP)
    async with site.browser("chu") as chu:
        answers = [
            await chu.get("/api/state?chat=%00"),
            await chu.get("/room/tickets?q=a%00"),
            await chu.post("/room/tickets", [("form", "1"), ("do", "close"), ("ticket", "PA1\0")]),
        ]
    assert [one for one in answers if one.status >= 500] == []


async def test_the_table_is_filtered_by_its_address(site: Site) -> None:
    await site.say("hoa", LAMP)
    await site.say("minh", WASTE)
    await site.say("dung", "Cây ngã chắn đường Trần Hưng Đạo, nguy hiểm lắm")
    await site.say("ha", "/xong 1002", chat=ROOM)
    site.clock.set(site.clock() + timedelta(days=2))
    async with site.browser("ha") as ha:
        for query, expected in {
            "": "PA1003 PA1001",
            "status=all&sort=oldest": "PA1001 PA1002 PA1003",
            "status=all&sort=newest": "PA1003 PA1002 PA1001",
            "status=resolved": "PA1002",
            "category=lighting": "PA1001",
            "department=moitruong&status=all": "PA1002",
            "department=-": "",
            "ward=Phú Lợi": "PA1001",
            "urgent=1": "PA1003",
            "overdue=1&sort=due": "PA1003 PA1001",
            "overdue=1&sort=due&status=all": "PA1003 PA1001",
            "overdue=1&status=resolved": "",
            "words=hai ba trung": "PA1001",
            "words=hai ba trung xyz": "",
            "from=2026-11-16&until=2026-11-16": "PA1003 PA1001",
            "from=2026-11-17": "",
            "page=99&status=nonsense&sort=x&from=31": "PA1003 PA1001",
            "from=0001-01-01&until=9999-12-31": "PA1003 PA1001",
        }.items():
            page = await ha.get(f"/room/tickets?{query}")
            assert " ".join(re.findall(r'name="code" value="(PA\d+)"', page.text)) == expected, query


def test_an_address_is_read_as_it_is_meant() -> None:
    asked = table.read({"until": "2026-11-16", "sort": "due", "page": "3", "urgent": "1"}, HOME, MONDAY, "")
    assert asked.wanted.filter.opened_until is not None
    assert asked.wanted.filter.opened_until.isoformat() == "2026-11-17T00:00:00+07:00"
    assert (asked.wanted.sort, asked.page, asked.wanted.urgent) == (Sort.DUE, 3, True)
    strange = {"page": "²", "from": "never", "sort": "up", "status": "\0"}
    asked = table.read(strange, HOME, MONDAY, "")
    assert (asked.page, asked.wanted) == (1, TicketQuery(Filter()))


@pytest.mark.parametrize(
    ("do", "fields", "text"),
    [
        ("assign", {"department": "dienluc", "words": "gấp"}, "/giao PA1 dienluc : gấp"),
        ("assign", {"department": "dienluc", "due": "mai 17h"}, "/giao PA1 dienluc mai 17h :"),
        ("done", {"words": " hai\ndòng "}, "/xong PA1 hai\ndòng"),
        ("photos", {"photos": "id1 id2", "verdict": "thôi"}, "/anh PA1 id1 id2 thôi"),
        ("grant", {"member": "telegram:5", "role": "điều phối"}, "/capquyen telegram:5 điều phối"),
        ("invite", {"people": "10 người", "words": "phường 1"}, "/moi 10 người phường 1"),
    ],
)
def test_a_form_is_a_command(do: str, fields: dict[str, str], text: str) -> None:
    assert forms.one(do, {"code": "PA1", **fields}) == text


def test_many_are_one_command_where_a_command_takes_them_all() -> None:
    assert forms.many("close", ["PA1", "PA2"], {}) == ["/dong PA1 PA2"]
    assert forms.many("merge", ["PA1", "PA2"], {"into": "PA2"}) == ["/gop PA1 PA2"]
    assert forms.many("accept", ["PA1", "PA2"], {}) == ["/nhan PA1", "/nhan PA2"]
    with pytest.raises(forms.NoSuchForm):
        forms.many("grant", ["PA1"], {})


def test_an_answer_leads_to_tickets_and_addresses_and_escapes_the_rest() -> None:
    linked = str(RoomTexts("PA", MONDAY).linked('<b>#PA12</b> https://a.example/?x="1" #XY3'))
    assert linked == (
        '&lt;b&gt;<a href="/room/tickets/PA12">#PA12</a>&lt;/b&gt; '
        '<a href="https://a.example/?x=" rel="noreferrer">https://a.example/?x=</a>&#34;1&#34; #XY3'
    )


def test_a_long_text_begins_at_a_word() -> None:
    words = RoomTexts("PA", MONDAY)
    assert not words.is_long("x" * 280)
    assert words.beginning("x" * 500) == "x" * 280 + "…"
    assert words.beginning("phường " * 100).endswith("phường…")


def test_somebody_is_found_with_accents_or_without_and_by_id() -> None:
    everybody = [Called(1, "Đỗ Thị Hòa", "77"), Called(2, "Hòa", "770"), Called(3, "😀", "x")]
    for words, expected in {"do thi": [1], "HÒA": [1, 2], "77": [1, 2], "😀": [], "hoa do": [1]}.items():
        assert people.meant(words, everybody) == expected, words


def test_every_text_of_a_page_is_in_the_catalogue() -> None:
    keys = Texts.bundled().keys("vi")
    asked = {
        key
        for path in TEMPLATES.glob("*.html")
        for key in re.findall(r"\bt\([\"']([a-z_]+\.[a-z_]+)[\"'][,)]", path.read_text("utf-8"))
    }
    assert len(asked) > 150
    assert asked <= keys
    families: dict[str, Iterable[str]] = {
        "room.many_": forms.MANY,
        "room.sure_": forms.MANY,
        "room.sort_": Sort,
        "status.": TicketStatus,
        "delivery.": OutboxState,
    }
    for family, words in families.items():
        assert {f"{family}{word}" for word in words} <= keys, family


PRESSES = {
    "t:7:accept": "Bấm nút «Tiếp nhận» #PA1007",
    "t:8:reopen": "Bấm nút «Mở lại»",  # its ticket is gone
    "n:7:reject": "Bấm nút «Không tiếp nhận…» #PA1007",
    "k:7:complaint": "Bấm nút «Khiếu nại» #PA1007",
    "c:7:lighting": "Bấm nút «Chiếu sáng» #PA1007",
    "d:7:dienluc": "Bấm nút «Điện lực» #PA1007",
    "d:7:cu": "Bấm nút «cu» #PA1007",
    "e:7:3": "Bấm nút «3 ngày» #PA1007",
    "x:7:split": "Bấm nút «Tách» #PA1007",
    "u:7:4": "Bấm nút «Hoàn tác» #PA1007",
    "m:7:9": "Bấm nút «Gộp vào #PA1009» #PA1007",
    "y:7:decline": "Bấm nút «Không phải của đơn vị» #PA1007",
    "q:1:none": "Bấm nút «Không phải góp ý»",
    "h:1:mute": "Bấm nút «Bỏ và tắt phiếu»",
    "w:1:resend": "Bấm nút «Gửi lại»",
    "s:7:no": "Bấm nút «Chưa được» #PA1007",
    "b:1:yes": "Bấm nút «Đồng ý»",
    "p:1:2": "Bấm nút «Sang trang»",
    "t:7:close": "",  # no button says so
    "?": "",
}


@pytest.mark.parametrize("data", PRESSES)
def test_a_press_is_told_in_the_words_of_its_button(data: str) -> None:
    known = record.Known({7: "PA1007", 9: "PA1009"}, {"dienluc": "Điện lực"})
    assert record.told(data, partial(Texts.bundled().say, "vi"), known) == PRESSES[data]
