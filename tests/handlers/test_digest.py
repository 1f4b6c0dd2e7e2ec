"""One digest a chat and period, whatever the clock does; and what it says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers import digest, morning, periods
from handlers.context import Turn
from handlers.digest_text import Words, duration
from handlers.periods import Span
from handlers.statistics import Scope
from storage import chats, outbox
from storage.models import Digest
from storage.states import ChatRole
from tests.handlers.desk import GROUP, ROOM, Desk

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def there(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


async def tick(desk: Desk, now: datetime) -> int:
    async with desk.database.write() as session:
        return await digest.post_due(Turn(desk.services, session, "", "", now, now))


async def kept(desk: Desk) -> list[Digest]:
    async with desk.database.read() as session:
        return list((await session.scalars(select(Digest).order_by(col(Digest.id)))).all())


async def payload(desk: Desk, key: str) -> dict[str, Any]:
    async with desk.database.read() as session:
        row = await outbox.by_key(session, key)
    assert row is not None, key
    return row.payload


async def test_it_is_posted_once_and_counts_its_week(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    post = await desk.say("hoa", "rác Lê Lợi")
    await desk.say("minh", "gom rác trễ hoài")
    await desk.say("mod", "đã xử lý", reply_to=post)
    monday = there("2026-11-23 07:31")
    assert [await tick(desk, monday + timedelta(hours=hours)) for hours in (0, 0, 1, 30)] == [1, 0, 0, 0]
    text = await desk.only("digest", GROUP)
    for line in (
        "Tổng hợp community, 16/11 – 22/11/2026", "Tiếp nhận: 3 (tuần trước 0)", "Đã xử lý: 1 (tuần trước 0)",
        "Còn mở: 2 (tuần trước 0)", "Quá hạn: 2 (tuần trước 0)", "Gồm: Phản ánh 2, Khiếu nại 1",
        "Lĩnh vực nhiều nhất: Rác thải 2, Chiếu sáng 1", "Chờ lâu nhất:",
    ):  # fmt: skip
        assert line in text.splitlines()
    assert f"• #PA1001 Chiếu sáng Hai Bà Trưng (từ 16/11) https://chat.example/{GROUP}/1" in text
    assert "Xử lý nhiều nhất: Môi trường 1. Cảm ơn bà con và các đơn vị." in text


async def test_its_picture_says_the_same(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await tick(desk, there("2026-11-23 07:31"))
    chart = (await payload(desk, "digest:1:week:2026-11-16"))["chart"]
    assert [(tile["label"], tile["value"]) for tile in chart["tiles"]] == [
        ("Tiếp nhận", 1), ("Đã xử lý", 0), ("Còn mở", 1), ("Quá hạn", 1),
    ]  # fmt: skip
    assert [(pair["label"], pair["received"]) for pair in chart["trend"][:2]] == [("T2", 1), ("T3", 0)]
    assert chart["groups"] == [{"heading": "Lĩnh vực", "bars": [{"label": "Chiếu sáng", "number": 1}]}]


async def test_a_week_counted_again_later_says_what_was_kept_of_it(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    post = await desk.say("hoa", "rác Lê Lợi")
    await desk.say("mod", "đã xử lý", reply_to=post)
    await tick(desk, there("2026-11-23 07:31"))
    (row,) = await kept(desk)
    desk.now = there("2026-11-25 09:00").astimezone(UTC)
    for order in ("/molai 1002", "/phanloai 1001 khiếu nại cây xanh", "/xong 1001", "/han 1002 thứ sáu 17h"):
        await desk.say("mod", order, chat=ROOM)
    async with desk.database.read() as session:
        found = await digest.count(
            session, periods.week(row.period_start.astimezone(ZONE).date(), ZONE), await scope(desk)
        )
    assert found.as_json() == row.figures


async def scope(desk: Desk) -> Scope:
    async with desk.database.read() as session:
        groups = await chats.with_role(session, ChatRole.COMMUNITY)
    return Scope(chats=frozenset(chat.id for chat in groups if chat.id is not None))


async def test_a_missed_hour_is_caught_up_and_an_old_one_skipped_with_a_note(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    assert await tick(desk, there("2026-11-25 20:00")) == 1
    assert await tick(desk, there("2026-12-05 20:00")) == 0
    assert [bool(row.note) for row in await kept(desk)] == [False, True]


async def test_a_group_that_is_new_has_no_past_to_sum_up(desk: Desk) -> None:
    assert await tick(desk, datetime(2026, 11, 16, 2, 0, tzinfo=UTC)) == 0
    assert await desk.said("digest") == []


async def test_days_weeks_and_months_each_have_their_own(desk: Desk) -> None:
    crons = {Span.DAY: "30 7 * * *", Span.WEEK: "30 7 * * mon", Span.MONTH: "45 7 1 * *"}
    desk.services = replace(desk.services, policy=replace(desk.services.policy, digests=crons))
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    moments = ("2026-11-17 08:00", "2026-11-23 08:00", "2026-12-01 08:00", "2026-12-01 08:05")
    assert [await tick(desk, there(moment)) for moment in moments] == [1, 2, 3, 0]
    spans = [(row.span, row.period_start.astimezone(ZONE).date().isoformat()) for row in await kept(desk)]
    assert spans[0] == ("day", "2026-11-16")
    assert ("month", "2026-11-01") in spans


async def test_a_department_hears_of_its_own_and_of_nothing_where_there_is_nothing(desk: Desk) -> None:
    async with desk.database.write() as session:
        for number, department in (("-301", "chieusang"), ("-302", "moitruong")):
            chat = await chats.ensure(session, "telegram", number, department, desk.now)
            chat.role, chat.department = ChatRole.DEPARTMENT, department
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    assert await tick(desk, there("2026-11-23 07:31")) == 2
    text = await desk.only("digest", "-301")
    assert text.startswith("Tổng hợp Chiếu sáng")
    assert "Tiếp nhận: 1" in text
    assert await desk.said("digest", "-302") == []
    assert [row.note for row in await kept(desk)].count("not posted: nothing to tell") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Tổng hợp community, 16/11/2026"),
        ("tuần trước", "Tổng hợp community, 09/11 – 15/11/2026"),
        ("tháng 10", "Tổng hợp community, 01/10 – 31/10/2026"),
        ("gì đó", "Em chưa rõ khoảng thời gian"),
    ],
)
async def test_a_summary_of_any_period_on_demand(desk: Desk, words: str, said: str) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("mod", f"/tonghop {words}", chat=ROOM)
    text = await desk.only("reply", ROOM)
    assert said in text
    assert await kept(desk) == []


async def test_the_morning_list_comes_once_on_days_when_something_is_due(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    due_at = (await desk.ticket()).due_at
    assert due_at is not None
    day = due_at.astimezone(ZONE).replace(hour=7, minute=20)
    listed = []
    for now in (day - timedelta(days=1), day - timedelta(minutes=10), day, day + timedelta(hours=3)):
        async with desk.database.write() as session:
            listed.append(await morning.post_due(Turn(desk.services, session, "", "", now, now)))
    assert listed == [0, 0, 1, 0]
    text = await desk.only("reminder", ROOM)
    assert text.splitlines()[0] == f"Hôm nay {day:%d/%m}: 1 phiếu đến hạn, 0 phiếu đã quá hạn."
    assert text.splitlines()[1].startswith("• #PA1001 · Chiếu sáng · Hai Bà Trưng · ")


@pytest.mark.parametrize(
    ("hours", "said"), [(0.005, "1 phút"), (0.7, "42 phút"), (5.4, "5 giờ"), (60, "2,5 ngày"), (72, "3 ngày")]
)
def test_how_long_is_said_roughly(desk: Desk, hours: float, said: str) -> None:
    assert duration(Words(desk.services.say, "vi", "", {}), hours) == said


async def test_a_department_asks_for_its_own_in_its_own_chat_alone(desk: Desk) -> None:
    async with desk.database.write() as session:
        chat = await chats.ensure(session, "telegram", "-301", "Chiếu sáng", desk.now)
        chat.role, chat.department = ChatRole.DEPARTMENT, "chieusang"
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("officer2", "/tonghop", chat="-301")
    text = await desk.only("reply", "-301")
    assert text.startswith("Tổng hợp Chiếu sáng đô thị, 16/11/2026\nTiếp nhận: 1 ")
