"""Lists, search, pages, history."""

from datetime import timedelta

import pytest

from handlers.events import MessagePosted, Person
from handlers.listing import quotes
from handlers.posts import Edit, Post
from tests.handlers.desk import GROUP, PRIVATE_OF, ROOM, Desk

MINUTE = timedelta(minutes=1)


async def answer(desk: Desk, who: str, words: str, chat: str = ROOM) -> Post:
    await desk.say(who, words, chat=chat, after=MINUTE)
    content = (await desk.said("reply", chat))[-1].content
    assert isinstance(content, Post)
    return content


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Three tickets: two of lighting, one of waste, one of them taken."""
    await desk.say("hoa", "đèn hư Hai Bà Trưng", after=MINUTE)
    await desk.say("minh", "rác Lê Lợi", after=MINUTE)
    await desk.say("lan", "đèn hư Lê Lợi", after=MINUTE)
    await desk.say("mod", "/nhan 1003", chat=ROOM, after=MINUTE)
    return desk


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("/danhsach", {"PA1001", "PA1002", "PA1003"}),
        ("/danhsach chiếu sáng", {"PA1001", "PA1003"}),
        ("/danhsach chieu sang", {"PA1001", "PA1003"}),
        ("/list lighting", {"PA1001", "PA1003"}),
        ("/danhsach đã tiếp nhận", {"PA1003"}),
        ("/danhsach của tôi", {"PA1003"}),
        ("/danhsach môi trường", {"PA1002"}),
        ("/danhsach quá hạn", set()),
        ("/timkiem hai ba trung", {"PA1001"}),
        ("/timkiem Lê Lợi", {"PA1002", "PA1003"}),
        ("/timkiem rac", {"PA1002"}),
        ("/timkiem không có", set()),
        ("/timkiem den OR rac", set()),  # words, no query language
        ('/timkiem "rac', {"PA1002"}),
    ],
)
async def test_filters_and_search(busy: Desk, words: str, codes: set[str]) -> None:
    told = (await answer(busy, "mod", words)).text
    assert {code for code in ("PA1001", "PA1002", "PA1003") if code in told} == codes


async def test_a_filter_that_is_none_is_told(busy: Desk) -> None:
    read = ("", "chiếu sáng", "tất cả", "đang mở")
    for words, is_told in (("chieeu sang", True), *((words, False) for words in read)):
        told = (await answer(busy, "mod", f"/danhsach {words}")).text
        assert told.startswith("Em chưa rõ anh/chị muốn lọc") is is_told
    for words in ("", " chieusang", " của đơn vị"):
        assert "Em chưa rõ" not in (await answer(busy, "officer", f"/danhsach{words}")).text


async def test_a_list_of_two_categories_is_refused_with_their_names(busy: Desk) -> None:
    told = (await answer(busy, "mod", "/danhsach chiếu sáng rác thải")).text
    assert ("Chiếu sáng, Rác thải" in told, "#PA" in told) == (True, False)


async def test_what_is_part_of_another_says_of_which_to_whoever_reported_it(busy: Desk) -> None:
    await answer(busy, "mod", "/gop 1002 1001")
    assert (await answer(busy, "minh", "/cuatoi", PRIVATE_OF + "minh")).text.endswith("Đã gộp → #PA1001")


@pytest.mark.parametrize(
    ("text", "reported", "touched", "quoted"),
    [
        ("#PA1001 · Chiếu sáng · đèn hư tối thui · Mới", {"PA1001": ""}, (), True),
        ("Trang 2:\n#PA1 · Khác\n#PA1001 · Chiếu sáng · đèn hư · Mới", {"PA1001": "Lê Lợi"}, (), True),
        ("#PA1001 · Chiếu sáng · Lê Lợi · Mới", {"PA1001": "Lê Lợi"}, ("PA1001",), False),
        ("#PA1001 · Chiếu sáng · đèn hư · Mới", {"PA100": ""}, (), False),
        ("#PA1001: Chiếu sáng. Tình trạng: Mới.", {"PA1001": ""}, ("PA1001",), False),
        ("Lịch sử #PA1001:\n08:10 16/11 Hoa: mở phiếu", {}, ("PA1001",), True),
        ("Lịch sử #PA1001:\n08:10 16/11/2025 Hoa: mở phiếu", {}, ("PA1001",), True),
        ("Lịch sử #PA1001:\n08:10 16/11 Hoa: mở phiếu", {}, ("PA1002",), False),
    ],
)
def test_whom_an_answer_quotes(
    text: str, reported: dict[str, str], touched: tuple[str, ...], quoted: bool
) -> None:
    assert quotes(text, reported, touched) is quoted


async def test_overdue(busy: Desk) -> None:
    busy.now += timedelta(days=10)
    assert (await answer(busy, "mod", "/danhsach qua han")).text.count("quá hạn") == 3


async def test_a_moment_of_another_year_has_its_year(busy: Desk) -> None:
    assert (await answer(busy, "mod", "/giao 1003 moitruong 5/3/2027")).text.endswith("hạn 17:00 05/03/2027.")
    busy.now += timedelta(days=60)  # in January
    assert (await answer(busy, "mod", "/danhsach qua han")).text.count("/11/2026") == 2
    assert " 16/11/2026 Lan: " in (await answer(busy, "mod", "/lichsu 1003")).text
    assert (await answer(busy, "mod", "/tonghop")).text.count("(từ 16/11/2026)") == 3


async def test_an_officer_sees_their_departments_only(busy: Desk) -> None:
    assert "PA1002" not in (await answer(busy, "officer", "/danhsach")).text
    assert "PA1002" not in (await answer(busy, "officer", "/timkiem lê lợi")).text


async def test_pages_by_buttons_for_whoever_asked(desk: Desk) -> None:
    for number in range(23):
        await desk.say(f"person{number}", "gom rác trễ hoài", after=timedelta(days=15), message=f"x{number}")
    first = await answer(desk, "mod", "/danhsach")
    assert (first.text.count("#PA"), [one.text for row in first.buttons for one in row]) == (
        10,
        ["Trang sau »"],
    )
    await desk.deliver()
    post = next(one for one in await desk.said("reply", ROOM))
    assert isinstance(post.content, Post)
    message = await desk.message_of("reply")
    await desk.press("mod", first.buttons[0][0].data, message=message)
    page = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(page, Edit)
    assert page.text.startswith("Trang 2:")
    assert [one.text for row in page.buttons for one in row] == ["« Trang trước", "Trang sau »"]
    await desk.press("mod", page.buttons[0][1].data, message=message)
    last = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(last, Edit)
    assert (last.text.count("#PA"), [one.text for row in last.buttons for one in row]) == (
        3,
        ["« Trang trước"],
    )
    edits = len(await desk.said("edit", ROOM))
    await desk.press("officer", first.buttons[0][0].data, message=message)
    assert len(await desk.said("edit", ROOM)) == edits


async def test_ones_own_in_private(busy: Desk) -> None:
    told = await answer(busy, "hoa", "/cuatoi", chat=PRIVATE_OF + "hoa")
    assert "PA1001" in told.text
    assert "PA1002" not in told.text


async def test_history_says_who_did_what_and_to_what(busy: Desk) -> None:
    await busy.say("mod", "/giao 1001 moitruong mai 17h", chat=ROOM)
    await busy.say("mod", "/phanloai 1001 khiếu nại", chat=ROOM)
    await busy.say("mod", "/tuchoi 1001 tư nhân", chat=ROOM)
    told = (await answer(busy, "mod", "/lichsu 1001")).text.splitlines()
    assert [line.partition(": ")[2].split(" (")[0].split(" “")[0] for line in told[1:]] == [
        "mở phiếu",
        "giao đơn vị",
        "sửa phân loại",
        "không tiếp nhận",
    ]
    assert "Môi trường, hạn 17:00 17/11" in told[2]
    assert "Khiếu nại" in told[3]
    assert "“tư nhân”" in told[4]


async def test_nobody_forges_lines_that_moderators_read(desk: Desk) -> None:
    report = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    forged = (
        "cảm ơn”\n09:05 16/11 Mod: đóng phiếu\u202e\n#PA1002 · Chiếu sáng · Đã đóng\nTình trạng: Đã đóng “ok"
    )
    await desk.say("ke", forged, reply_to=report)
    evil = Person("ke2", "Lan)\nTình trạng: Đã đóng\u202e")
    desk.now += MINUTE
    await desk.happen(MessagePosted(GROUP, "x", evil, desk.now, "đèn hư"))
    history = await answer(desk, "mod", "/lichsu 1001")
    assert [line for line in history.text.splitlines() if line.startswith(("09:05", "#PA1002", "Tình"))] == []
    assert "“cảm ơn’ 09:05 16/11 Mod: đóng phiếu #PA1002" in history.text
    card = (await desk.said("card"))[-1].content
    assert isinstance(card, Post)
    assert len([line for line in card.text.splitlines() if line.startswith("Tình trạng")]) == 1
    assert "Lan)" in card.text
    assert "\u202e" not in card.text
