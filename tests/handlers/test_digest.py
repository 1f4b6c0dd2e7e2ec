"""One digest a chat and period, whatever the clock does; and what it says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.locale import Texts
from handlers import digest, morning, periods
from handlers.chart import chart
from handlers.context import Turn
from handlers.digest_text import DigestContext, duration, text
from handlers.events import MessagePosted, Person, Stated, StatusTold
from handlers.periods import Span
from handlers.posts import Post
from handlers.statistics import CountScope, Statistics, Totals
from storage import chats, inbox, outbox
from storage.inbox import NewEvent
from storage.models import Digest, Ticket
from storage.states import ChatRole
from tests.handlers.desk import GROUP, ROOM, ZONE, Desk

pytestmark = pytest.mark.sqlite_in_short  # what it reads is tried on both in tests/storage/test_histories.py


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


async def scope(desk: Desk) -> CountScope:
    async with desk.database.read() as session:
        groups = await chats.with_role(session, ChatRole.COMMUNITY)
    return CountScope(chats=frozenset(chat.id for chat in groups if chat.id is not None))


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
        ("1/12/2025 - 30/11/2026", "Tổng hợp community, 01/12/2025 – 16/11/2026"),
        ("2026-W52", "21/12 – 27/12/2026 chưa tới ạ"),
        ("31/12/2026", "31/12/2026 chưa tới ạ"),
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
    ("hours", "said", "in_english"),
    [
        (0.005, "1 phút", "1 minute"),
        (0.7, "42 phút", "42 minutes"),
        (0.995, "1 giờ", "1 hour"),
        (1.2, "1 giờ", "1 hour"),
        (5.4, "5 giờ", "5 hours"),
        (47.8, "2 ngày", "2 days"),
        (60, "2,5 ngày", "2.5 days"),
        (72, "3 ngày", "3 days"),
    ],
)
def test_how_long_is_said_roughly(hours: float, said: str, in_english: str) -> None:
    say = Texts.bundled().say
    assert duration(say, "vi", hours) == said
    assert duration(say, "en", hours) == in_english


def test_numbers_are_written_as_the_language_writes_them() -> None:
    waste = {"waste": 1234}
    found = Statistics(Totals(received=1233), Totals(received=1198), {}, waste, {}, {}, None, None, (), ())
    week, say = periods.week(there("2026-11-16 00:00").date(), ZONE), Texts.bundled().say
    for language, numbers in (("vi", ("1.233", "1.198", "1.234")), ("en", ("1,233", "1,198", "1,234"))):
        said = text(DigestContext(say, language, "", {}), week, found, (), 4096)
        assert [number in said for number in numbers] == [True] * 3
        assert numbers[1] in chart(say, language, week, found, "").tiles[0].note


async def test_a_department_asks_for_its_own_in_its_own_chat_alone(desk: Desk) -> None:
    async with desk.database.write() as session:
        chat = await chats.ensure(session, "telegram", "-301", "Chiếu sáng", desk.now)
        chat.role, chat.department = ChatRole.DEPARTMENT, "chieusang"
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("officer2", "/tonghop", chat="-301")
    text = await desk.only("reply", "-301")
    assert text.startswith("Tổng hợp Chiếu sáng đô thị, 16/11/2026\nTiếp nhận: 1 ")


async def at(desk: Desk, moment: str, member: str, text: str, chat: str = GROUP) -> str:
    """Somebody says something at this moment of the city's."""
    desk.now = there(moment).astimezone(UTC)
    return await desk.say(member, text, chat=chat, after=timedelta(0))


async def week_of(desk: Desk, day: str) -> Statistics:
    """A week counted again."""
    async with desk.database.read() as session:
        return await digest.count(session, periods.week(there(f"{day} 00:00").date(), ZONE), CountScope())


async def totals(desk: Desk) -> list[tuple[int, int, int]]:
    """Received, resolved and open as each digest has kept them."""
    figures = [row.figures["totals"] for row in await kept(desk)]
    return [(one["received"], one["resolved"], one["open"]) for one in figures]


async def test_an_end_that_is_told_late_is_no_ticket_that_waits_in_later_digests(desk: Desk) -> None:
    await at(desk, "2026-11-10 09:00", "hoa", "đèn hư Hai Bà Trưng")
    await at(desk, "2026-11-16 08:00", "mod", "/giao 1001 chieusang", ROOM)
    person, said_at = Person("officer", "O"), there("2026-11-15 16:00").astimezone(UTC)
    await desk.happen(
        MessagePosted(
            GROUP, "78", person, said_at, "/xong 1001", (), None, None, None, edited=False, private=False
        )
    )
    for day in ("2026-11-16", "2026-11-23", "2026-11-30"):
        found = await week_of(desk, day)
        assert (found.totals.open, found.totals.overdue, found.waiting) == (0, 0, [])


async def test_an_import_that_is_repeated_brings_an_end_from_before_what_moderators_did(desk: Desk) -> None:
    async with desk.database.write() as session:
        old = await chats.ensure(session, "import:old", "old", "Old", desk.now)
        old.role = ChatRole.SYSTEM
    told_at = there("2026-11-09 09:00").astimezone(UTC)
    report = MessagePosted(
        "old", "r1", Person("x", "X"), told_at, "đèn hư Hai Bà Trưng", (), None, None, None,
        edited=False, private=False, stated=Stated("lighting", "report"),
    )  # fmt: skip
    await desk.happen(report, silent=True, platform="import:old")
    await at(desk, "2026-11-24 09:00", "mod", "/giao 1001 chieusang", ROOM)
    ended_at = there("2026-11-13 09:00").astimezone(UTC)
    end = StatusTold("old", "r1", is_closed=True, note="xong", at=ended_at)
    await desk.happen(end, silent=True, platform="import:old")
    assert (await week_of(desk, "2026-11-09")).totals.received == 1
    for day in ("2026-11-23", "2026-11-30"):
        assert (await week_of(desk, day)).totals.open == 0


async def test_a_report_that_a_moderator_confirms_after_the_week_is_received_in_the_next(desk: Desk) -> None:
    await at(desk, "2026-11-22 20:00", "hoa", "hình như đèn hư")
    await tick(desk, there("2026-11-23 07:31"))
    desk.now = there("2026-11-23 08:00").astimezone(UTC)
    await desk.press("mod", "q:1:report")
    await at(desk, "2026-11-24 09:00", "minh", "rác Lê Lợi")
    await at(desk, "2026-11-25 09:00", "mod", "/xong 1002", ROOM)
    await tick(desk, there("2026-11-30 07:31"))
    assert await totals(desk) == [(0, 0, 0), (2, 1, 1)]
    first, second = await week_of(desk, "2026-11-16"), await week_of(desk, "2026-11-23")
    assert [one.as_json() for one in (first, second)] == [row.figures for row in await kept(desk)]
    assert [part.received for part in second.trend] == [1, 1, 0, 0, 0, 0, 0]


async def test_an_end_that_holds_after_all_is_counted_when_it_holds_again(desk: Desk) -> None:
    await at(desk, "2026-11-17 09:00", "hoa", "đèn hư Hai Bà Trưng")
    await at(desk, "2026-11-20 09:00", "mod", "/xong 1001", ROOM)
    await at(desk, "2026-11-22 21:00", "mod", "/molai 1001", ROOM)
    await tick(desk, there("2026-11-23 07:31"))
    await at(desk, "2026-11-24 08:00", "mod", "/hoantac 1001", ROOM)
    await tick(desk, there("2026-11-30 07:31"))
    await tick(desk, there("2026-12-07 07:31"))
    assert await totals(desk) == [(1, 0, 1), (0, 1, 0), (0, 0, 0)]
    assert [part.resolved for part in (await week_of(desk, "2026-11-23")).trend] == [0, 1, 0, 0, 0, 0, 0]


async def test_what_is_hidden_is_not_named_where_everybody_reads_it(desk: Desk) -> None:
    async with desk.database.write() as session:
        chat = await chats.ensure(session, "telegram", "-301", "Chiếu sáng", desk.now)
        chat.role, chat.department = ChatRole.DEPARTMENT, "chieusang"
    await at(desk, "2026-11-17 08:00", "hoa", "đèn hư Hai Bà Trưng")
    async with desk.database.write() as session:
        first = await session.get_one(Ticket, 1)
        copied = {name: getattr(first, name) for name in type(first).model_fields}
        for number in range(2, 10):
            number_of = {"id": number, "number": 1000 + number, "code": f"PA{1000 + number}"}
            session.add(Ticket(**copied | number_of))
    await at(desk, "2026-11-17 10:00", "mod", "/giau 1001", ROOM)
    await at(desk, "2026-11-17 10:01", "mod", "/giau 1003", ROOM)
    await tick(desk, there("2026-11-23 07:31"))
    for chat_id, named in ((GROUP, (2, 4, 5, 6, 7)), ("-301", (1, 2, 3, 4, 5))):
        text = await desk.only("digest", chat_id)
        lines = [line for line in text.splitlines() if line.startswith("• #")]
        assert [line[:9] for line in lines] == [f"• #PA100{number}" for number in named]
        assert "Còn mở: 9" in text


async def test_however_many_are_hidden_the_next_ones_are_named() -> None:
    async def in_sight(ids: Sequence[int]) -> list[int]:
        return [one for one in ids if one >= 120]

    assert await digest.longest(range(1000), in_sight) == [120, 121, 122, 123, 124]
    assert await digest.longest(range(122), in_sight) == [120, 121]


async def test_a_place_told_by_another_system_names_nobody(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    async with desk.database.write() as session:
        ticket = await session.get_one(Ticket, 1)
        ticket.place = {**ticket.place, "text": "12 Hai Bà Trưng, gọi 0912345678"}
    await tick(desk, there("2026-11-23 07:31"))
    assert "12 Hai Bà Trưng, gọi […] (từ 16/11)" in await desk.only("digest", GROUP)


async def test_a_digest_waits_an_hour_for_what_was_said_in_its_period_and_is_not_handled_yet(
    desk: Desk,
) -> None:
    async with desk.database.write() as session:
        early = NewEvent("1", {}, there("2026-11-22 21:00"))
        await inbox.store(session, "telegram", "telegram", [early], there("2026-11-23 07:00"))
    moments = ("2026-11-23 07:31", "2026-11-23 08:29", "2026-11-23 08:30")
    assert [await tick(desk, there(moment)) for moment in moments] == [0, 0, 1]


async def test_a_digest_does_not_wait_for_what_was_said_after_its_period(desk: Desk) -> None:
    async with desk.database.write() as session:
        late = NewEvent("1", {}, there("2026-11-23 00:00"))
        await inbox.store(session, "telegram", "telegram", [late], there("2026-11-23 07:00"))
    assert await tick(desk, there("2026-11-23 07:31")) == 1


async def test_what_was_handled_after_a_digest_is_in_the_next_one(desk: Desk) -> None:
    await tick(desk, there("2026-11-23 07:31"))
    desk.now = there("2026-11-22 20:00")  # as the message says, which came a day later
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await tick(desk, there("2026-11-30 07:31"))
    first, second = [
        one.content.text for one in await desk.said("digest", GROUP) if isinstance(one.content, Post)
    ]
    assert "kỳ trước" not in first
    assert "Ghi nhận thêm cho kỳ trước: tiếp nhận 1, đã xử lý 0" in second
    await tick(desk, there("2026-12-07 07:31"))
    third = (await desk.said("digest", GROUP))[-1].content
    assert isinstance(third, Post)
    assert "kỳ trước" not in third.text


@pytest.mark.parametrize(
    ("words", "subtitle", "foot"),
    [
        ("", "16/11 – 18/11/2026", "Số liệu đến 11:00 ngày 18/11/2026"),
        ("hôm nay", "18/11/2026", "Số liệu đến 11:00 ngày 18/11/2026"),
        ("tuần trước", "09/11 – 15/11/2026", "Số liệu đến hết ngày 15/11/2026"),
        ("28/12/2025 - 3/1/2026", "28/12/2025 – 03/01/2026", "Số liệu đến hết ngày 03/01/2026"),
    ],
)
async def test_text_and_picture_name_the_same_days(desk: Desk, words: str, subtitle: str, foot: str) -> None:
    await at(desk, "2026-11-18 11:00", "mod", f"/tonghop {words}", ROOM)
    (reply,) = await desk.said("reply", ROOM)
    assert isinstance(reply.content, Post)
    assert reply.content.chart is not None
    assert (reply.content.chart["subtitle"], reply.content.chart["foot"]) == (subtitle, foot)
    assert reply.content.text.splitlines()[0].endswith(f", {subtitle}")
