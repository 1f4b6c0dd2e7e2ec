"""Two tickets made one: nobody counts twice, no danger and no deadline is lost, and it can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.orders import is_danger
from handlers.posts import Post
from storage.states import TicketStatus
from tests.handlers.desk import PRIVATE_OF, ROOM, Desk

LAMP, OTHER_LAMP, SPARKS = "đèn hư Hai Bà Trưng", "đèn hư Lê Lợi", "dây điện rớt"


async def answer(desk: Desk, words: str) -> str:
    """What a moderator's command is answered with."""
    await desk.say("mod", words, chat=ROOM)
    content = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(content, Post)
    return content.text


async def two(desk: Desk, first: str, second: str) -> None:
    await desk.say("hoa", first)
    await desk.say("minh", second)


async def test_a_danger_goes_along_and_comes_back(desk: Desk) -> None:
    await two(desk, LAMP, SPARKS)
    quiet, danger = await desk.tickets()
    assert quiet.due_at is not None
    assert danger.due_at is not None
    assert danger.due_at < quiet.due_at
    await answer(desk, "/gop 1002 1001")
    (into, _) = await desk.tickets()
    assert (into.urgent, into.due_at) == (True, danger.due_at)
    await answer(desk, "/hoantac 1002")
    (into, _) = await desk.tickets()
    assert (into.urgent, into.due_at, into.escalate_at) == (False, quiet.due_at, quiet.escalate_at)


async def test_a_danger_ends_the_pause_of_what_it_is_merged_into(desk: Desk) -> None:
    await two(desk, LAMP, SPARKS)
    await desk.say("mod", "/tamdung 1001 chờ vật tư", chat=ROOM)
    await answer(desk, "/gop 1002 1001")
    (into, _) = await desk.tickets()
    assert (into.paused_at, into.pause_reason) == (None, "")
    await answer(desk, "/hoantac 1002")
    assert (await desk.tickets())[0].pause_reason == "chờ vật tư"


async def test_the_nearer_deadline_stays(desk: Desk) -> None:
    await two(desk, LAMP, OTHER_LAMP)
    await desk.say("mod", "/han 1002 mai 9h", chat=ROOM)
    await answer(desk, "/gop 1002 1001")
    assert (await desk.tickets())[0].due_at == datetime(2026, 11, 17, 2, tzinfo=UTC)


async def test_what_is_over_is_not_made_late_by_what_joins_it(desk: Desk) -> None:
    await two(desk, LAMP, SPARKS)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await answer(desk, "/gop 1002 1001")
    (into, _) = await desk.tickets()
    assert (into.urgent, into.status) == (False, TicketStatus.RESOLVED)


@pytest.mark.parametrize("command", ["/gop 1002 1001", "/khan 1001 hết"])
async def test_what_moves_no_deadline_tells_nobody_again_that_it_is_late(desk: Desk, command: str) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/khan 1001", chat=ROOM)
    await desk.say("mod", "/han 1001 mai", chat=ROOM)
    await desk.pass_time(timedelta(days=4))
    await desk.say("minh", OTHER_LAMP)
    await desk.say("mod", command, chat=ROOM)
    await desk.pass_time(timedelta(hours=1))
    assert (await desk.history()).count("overdue") == 1
    late = [one.content for one in await desk.said("reminder", ROOM) if "Quá hạn" in str(one.content)]
    assert len(late) == 1


async def test_whoever_told_of_both_is_one_voice(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("minh", OTHER_LAMP)
    await desk.say("minh", "chỗ em cũng vậy", reply_to=post)
    await answer(desk, "/gop 1002 1001")
    assert (await desk.tickets())[0].voices == 2
    await answer(desk, "/hoantac 1002")
    assert [one.voices for one in await desk.tickets()] == [2, 1]


async def test_whoever_reported_what_was_merged_is_no_new_voice(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("minh", OTHER_LAMP)
    await desk.say("lan", "rác Lê Lợi")
    await answer(desk, "/gop 1003 1002")
    await answer(desk, "/gop 1002 1001")
    for who in ("minh", "lan"):
        await desk.say(who, "chỗ em cũng vậy", reply_to=post)
    assert (await desk.tickets())[0].voices == 3


async def test_reporters_of_both_hear_of_the_end_and_of_its_undoing(desk: Desk) -> None:
    for who in ("hoa", "minh"):
        await desk.say(who, "chào", chat=PRIVATE_OF + who)
    await two(desk, LAMP, OTHER_LAMP)
    await answer(desk, "/gop 1002 1001")
    await answer(desk, "/xong 1001 đã thay bóng")
    await answer(desk, "/hoantac 1001")
    for who, code in (("hoa", "#PA1001"), ("minh", "#PA1002")):
        told = [one.content for one in await desk.said("private", PRIVATE_OF + who)]
        texts = [one.text for one in told if isinstance(one, Post)]
        assert [code in one for one in texts] == [True, True]
        assert "đã thay bóng" in texts[0]
        assert "Mới" in texts[1]


@pytest.mark.sqlite_in_short
@pytest.mark.parametrize(
    "command", ["/gop 1001 1002 1099", "/gop 1099 1001 1002", "/dong 1001 1099", "/dong 1099 1001"]
)
async def test_with_one_wrong_code_nothing_is_done(desk: Desk, command: str) -> None:
    await two(desk, LAMP, OTHER_LAMP)
    assert "Không có phiếu #PA1099" in await answer(desk, command)
    assert {one.status for one in await desk.tickets()} == {TicketStatus.NEW}


@pytest.mark.sqlite_in_short
async def test_in_a_reply_a_wrong_code_merges_nothing(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("minh", OTHER_LAMP)
    await desk.say("mod", "/gop 1099 1002", reply_to=post)
    assert {one.status for one in await desk.tickets()} == {TicketStatus.NEW}


@pytest.mark.sqlite_in_short
async def test_more_than_fit_are_none(desk: Desk) -> None:
    await two(desk, LAMP, OTHER_LAMP)
    codes = " ".join(["1001", *map(str, range(2000, 2050))])
    assert "nhiều nhất 50 phiếu" in await answer(desk, f"/dong {codes}")
    assert (await desk.tickets())[0].status is TicketStatus.NEW


async def test_a_voice_that_is_split_off_is_no_voice_of_the_other_any_more(desk: Desk) -> None:
    first = await desk.say("hoa", LAMP)
    voice = await desk.say("minh", "chỗ em cũng vậy", reply_to=first)
    await desk.say("mod", "/tach", reply_to=voice)
    assert [one.voices for one in await desk.tickets()] == [1, 1]
    await answer(desk, "/gop 1002 1001")
    assert (await desk.tickets())[0].voices == 2
    await desk.say("minh", "chỗ em cũng vậy", reply_to=first)
    assert (await desk.tickets())[0].voices == 2


async def test_words_that_are_split_off_are_not_the_others_any_more(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    more = await desk.say("hoa", "đèn hư", after=timedelta(minutes=1))
    assert (await desk.ticket()).summary == f"{LAMP}\nđèn hư"
    await desk.say("mod", "/tach", reply_to=more)
    assert [one.summary for one in await desk.tickets()] == [LAMP, "đèn hư"]
    assert "\nđèn hư" not in str((await desk.said("edit", ROOM))[-1].content)


async def test_of_a_code_named_twice_the_last_counts(desk: Desk) -> None:
    await two(desk, LAMP, OTHER_LAMP)
    assert "Đã gộp #PA1002 vào #PA1001" in await answer(desk, "/gop 1001 1002 1001")


async def test_khan_on_what_was_merged_is_about_what_it_went_into(desk: Desk) -> None:
    await two(desk, LAMP, OTHER_LAMP)
    await answer(desk, "/gop 1002 1001")
    assert "#PA1001: khẩn" in await answer(desk, "/khan 1002")
    assert [one.urgent for one in await desk.tickets()] == [True, False]


async def test_khan_twice_is_still_khan(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await answer(desk, "/khan 1001")
    assert "/khan PA1001 hết" in await answer(desk, "/khan 1001")
    assert (await desk.ticket()).urgent
    assert "không còn khẩn" in await answer(desk, "/khan 1001 hết")
    assert not (await desk.ticket()).urgent


@pytest.mark.parametrize(
    ("words", "danger"),
    [
        ("", True),
        ("dây điện đứt", True),
        ("bò chạy ngoài đường", True),
        ("không có nắp cống", True),
        ("hết", False),
        ("het roi", False),
        ("hết rồi ạ", False),
        ("đã hết nguy hiểm", False),
        ("hết khẩn rồi nha", False),
        ("bỏ khẩn", False),
        ("off", False),
        ("ko còn", False),
        ("không còn nguy hiểm nữa", False),
        ("hết chưa", None),
        ("không còn nắp cống", None),
        ("hết nguy hiểm chỗ trụ điện, còn chỗ cống", None),
    ],
)
def test_khan_by_its_words(words: str, danger: bool | None) -> None:
    assert is_danger(words) is danger


async def test_khan_that_may_mean_either_asks_back(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    assert "còn nguy hiểm hay đã hết" in await answer(desk, "/khan 1001 hết chưa")
    assert (await desk.ticket()).version == 1


async def test_khan_on_what_is_over_says_so(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    for command in ("/khan 1001", "/giao 1001 moitruong", "/han 1001 mai", "/tamdung 1001 chờ vật tư"):
        told = await answer(desk, command)
        assert "Đã xử lý" in told
        assert told.endswith("/molai PA1001")
    assert not (await desk.ticket()).urgent


async def test_once_a_danger_is_over_the_deadline_that_somebody_set_stands(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    opened = (await desk.ticket()).due_at
    await answer(desk, "/khan 1001")
    await answer(desk, "/khan 1001 hết")
    assert (await desk.ticket()).due_at == opened
    await answer(desk, "/khan 1001")
    await answer(desk, "/han 1001 25/11 9h")
    await answer(desk, "/khan 1001 hết")
    assert (await desk.ticket()).due_at == datetime(2026, 11, 25, 2, tzinfo=UTC)


async def test_what_opened_as_a_danger_gets_the_usual_days_once_it_is_none(desk: Desk) -> None:
    await desk.say("hoa", SPARKS)
    near = (await desk.ticket()).due_at
    await answer(desk, "/khan 1001 hết")
    due_at = (await desk.ticket()).due_at
    assert near is not None
    assert due_at is not None
    assert due_at > near + timedelta(hours=12)


@pytest.mark.parametrize(
    "command",
    ["/danglam 1001", "/han 1001 mai", "/giao 1001 moitruong", "/giao 1001 chieusang", "/khan 1001"],
)
async def test_new_work_ends_a_pause_until_it_is_undone(desk: Desk, command: str) -> None:
    await desk.say("hoa", LAMP)
    await answer(desk, "/tamdung 1001 chờ vật tư")
    paused = await desk.ticket()
    await answer(desk, command)
    assert (await desk.ticket()).paused_at is None
    assert (await desk.ticket()).escalate_at is not None
    await answer(desk, "/hoantac 1001")
    assert (await desk.ticket()).paused_at == paused.paused_at
