"""The public board over real sockets, on both databases: what is there, and what never is."""

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from bot.board import news, reading
from bot.board.feeds import ATOM
from handlers.understanding import fold
from tests.bot.board.town import PHONE, SECRETS, Town, running

ALL = 23  # of the 26 that were opened, without the hidden, the rejected and the merged one
PAGES = ("/board", "/board?before=1015", "/board/PA1001", "/board/PA1002", "/board/map", "/board/stats")
DATA = ("/board/feed.atom", "/board/tickets.json", "/board/tickets.csv")


pytestmark = pytest.mark.asyncio(loop_scope="module")


def codes(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/board/(PA\d+)"', page)


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


async def test_pages_of_the_list_lead_to_each_other_and_have_everything_once(town: Town) -> None:
    first = await town.get("/board")
    assert (len(codes(first)), codes(first)[0], link(first, "prev")) == (20, "PA1026", None)
    second = await town.get(link(first, "next") or "")
    assert codes(second) == ["PA1006", "PA1002", "PA1001"]
    assert link(second, "next") is None
    assert codes(await town.get(link(second, "prev") or "")) == codes(first)
    await town.change("PA1026", hidden=True)
    assert codes(await town.get("/board"))[0] == "PA1025"
    await town.change("PA1026", hidden=False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=done", ["PA1001"]),
        ("status=overdue", ["PA1002"]),
        ("status=resolved&category=lighting", ["PA1001"]),
        ("ward=" + quote("Phú Lợi"), ["PA1011", "PA1002", "PA1001"]),
        ("ward=" + quote("Phú Lợi") + "&status=open", ["PA1011", "PA1002"]),
        ("q=den+tat&status=open", ["PA1009", "PA1008"]),
        ("q=" + quote("NẮP CỐNG"), ["PA1002"]),
        ("q=ly+tu+trong", []),  # a place that the report itself does not say
        ("q=khong+co+gi", []),
        ("category=noise", []),
    ],
)
async def test_filters(town: Town, query: str, found: list[str]) -> None:
    page = await town.get(f"/board?{query}")
    assert codes(page) == found
    assert ("Chưa có phiếu nào như vậy" in page) == (not found)
    tickets = json.loads(await town.get(f"/board/tickets.json?{query}"))["tickets"]
    assert [ticket["code"] for ticket in tickets] == found
    rows = list(csv.DictReader(io.StringIO((await town.get(f"/board/tickets.csv?{query}")).lstrip("\ufeff"))))
    assert sorted(row["Mã"] for row in rows) == sorted(found)


async def test_nobody_is_named_anywhere(town: Town) -> None:
    for path in (*PAGES, *DATA, *(f"/board/PA{number}" for number in range(1001, 1027))):
        for language in ("vi", "en"):
            separator = "&" if "?" in path else "?"
            async with town.client.get(f"{town.root}{path}{separator}lang={language}") as answer:
                text = await answer.text()
                said = text + " ".join(f"{name}: {value}" for name, value in answer.headers.items())
                assert [secret for secret in SECRETS if secret in said] == [], path


@pytest.mark.parametrize("words", ["Hoa", PHONE, "0912345678", "83P1-123.45", "chi hoa", "bi mat"])
async def test_nobody_is_found_by_what_is_hidden(town: Town, words: str) -> None:
    assert codes(await town.get(f"/board?q={quote(words)}")) == []
    assert json.loads(await town.get(f"/board/tickets.json?q={quote(words)}"))["tickets"] == []


async def test_a_search_that_hidden_words_alone_answer_says_where_it_ended(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_SEARCHED", 5)
    monkeypatch.setattr(reading, "_LOOKS", 2)  # ten instead of a thousand
    said = {f"PA{number}": "Rác trước nhà chị Hoa" for number in range(1013, 1027)}
    said["PA1012"] = "Rác trên bồn hoa"  # which everybody may read, below fourteen of which nobody may
    before = {code: (await town.ticket(code)).summary for code in said}
    for code, words in said.items():
        await town.change(code, summary=words, folded=fold(words))
    for query, found, is_cut in (
        ("", [], True),
        ("&before=20", ["PA1012"], False),
        ("&after=1", ["PA1012"], True),
    ):
        page = await town.get(f"/board?q=hoa{query}")
        assert (codes(page), "Mới tìm được trong một phần" in page) == (found, is_cut)
        assert "Chưa có phiếu" not in page
    assert link(await town.get("/board?q=hoa"), "next") is None  # which would say whose words are hidden
    for code in said:  # what a moderator hid is not even looked at
        await town.change(code, hidden=code != "PA1012")
    assert codes(await town.get("/board?q=hoa")) == ["PA1012"]
    for code, words in before.items():
        await town.change(code, summary=words, folded=fold(words), hidden=False)


async def test_a_ticket_tells_what_happened_and_not_who_it_was(town: Town) -> None:
    page = await town.get("/board/PA1001")
    history = page[page.index('class="history"') :]
    told = [" ".join(re.sub("<[^>]+>", " ", line).split()) for line in re.findall(r"<p>.*?</p>", history)]
    assert told[:6] == [
        "Người dân gửi phản ánh",
        "Người dân thêm 2 người cùng phản ánh",
        "Điều phối viên giao Chiếu sáng và cây xanh",
        "Điều phối viên tạm dừng",
        "Đơn vị Chiếu sáng và cây xanh bắt đầu xử lý",
        "Đơn vị Chiếu sáng và cây xanh đã xử lý xong",
    ]
    assert "Đã thay bóng, cảm ơn anh […], cần gì gọi […]" in page
    assert "9.60251, 105.9739" in page
    assert (
        page.index(town.photos["lamp-dark"])
        < page.index("Sau khi xử lý")
        < page.index(town.photos["lamp-lit"])
    )
    assert 'alt="Hình 1 sau khi xử lý. Chiếu sáng: 45 Hai Bà Trưng. Phiếu PA1001"' in page
    assert 'width="1280" height="960"' in page


async def test_what_is_not_public_is_not_there_and_says_so_the_same_way(town: Town) -> None:
    answers = set()
    for code in ("PA1004", "PA1005", "PA9999", "x%22%3E", "1001"):
        page = await town.get(f"/board/{code}", 404)
        answers.add(re.sub(r'href="[^"]*lang=en"', "", page))
    assert len(answers) == 1
    assert "Không có phiếu này" in answers.pop()


async def test_what_was_merged_leads_to_what_it_is_part_of(town: Town) -> None:
    for code, to in (("PA1003", "PA1001"), ("pa1001", "PA1001"), ("%23PA1001", "PA1001")):
        async with town.client.get(f"{town.root}/board/{code}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, f"/board/{to}")
    await town.change("PA1001", hidden=True)
    await town.get("/board/PA1003", 404)
    await town.change("PA1001", hidden=False)


async def test_photos_are_seen_once_a_moderator_released_them(town: Town) -> None:
    lamp = f"/board/photos/{town.photos['lamp-dark']}"
    for size in ("", "?size=thumb"):
        async with town.client.get(town.root + lamp + size) as answer:
            assert (answer.status, answer.content_type) == (200, "image/jpeg")
            assert not Image.open(io.BytesIO(await answer.read())).getexif()
    for photo in ("rubbish-pile", "open-manhole"):  # never looked at; of a hidden ticket
        await town.get(f"/board/photos/{town.photos[photo]}", 404)
    await town.release("lamp-dark", on_board=False)
    await town.get(lamp, 404)
    assert town.photos["lamp-dark"] not in await town.get("/board/PA1001")
    await town.release("lamp-dark", on_board=True)
    await town.change("PA1001", hidden=True)
    await town.get(lamp, 404)
    await town.change("PA1001", hidden=False)
    for wrong in ("0" * 64, "..%2f..%2fx", "x"):
        await town.get(f"/board/photos/{wrong}", 404)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("?status=gone", "Không có tình trạng đó"),
        ("?category=x'--", "Không có lĩnh vực đó"),
        ("?ward=%00", "Không có phường, xã đó"),
        ("?q=" + "a" * 101, "dài quá"),
        ("?q=%F0%9F%99%82", "gõ chữ hoặc số"),
        ("?before=abc", "Số trang không đúng"),
        ("?before=" + "9" * 30, "Số trang không đúng"),
        ("?after=-1", "Số trang không đúng"),
        ("?before=%D9%A1", "Số trang không đúng"),
    ],
)
async def test_a_wrong_question_is_one_clear_sentence(town: Town, path: str, sentence: str) -> None:
    assert sentence in await town.get(f"/board{path}", 400)
    for data in DATA:
        assert sentence in await town.get(data + path, 400)


@pytest.mark.parametrize(
    "q", ['"', "a OR b", "a*", "NEAR(a b)", "%", "\\", "a' OR 1=1", "\x00a", "12/34", "-", "a:b"]
)
async def test_any_words_may_be_searched_for(town: Town, q: str) -> None:
    async with town.client.get(f"{town.root}/board", params={"q": q}) as answer:
        assert answer.status in (200, 400)


async def test_the_feed_tells_what_changed_last(town: Town) -> None:
    feed = ET.fromstring(await town.get("/board/feed.atom?lang=en"))
    entries = feed.findall(f"{{{ATOM}}}entry")
    said = [entry.findtext(f"{{{ATOM}}}title") or "" for entry in entries]
    assert (len(entries), said[-1]) == (ALL, "#PA1001 Lighting: 45 Hai Bà Trưng (Resolved)")
    assert entries[0].findtext(f"{{{ATOM}}}id") == f"{town.root}/board/PA1026"
    narrowed = ET.fromstring(await town.get("/board/feed.atom?status=done&category=lighting"))
    assert len(narrowed.findall(f"{{{ATOM}}}entry")) == 1
    own = [one.get("href") for one in narrowed.findall(f"{{{ATOM}}}link") if one.get("rel") == "self"]
    assert own == [f"{town.root}/board/feed.atom?category=lighting&status=done"]


async def test_json_has_all_of_it_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.board.server.JSON_PAGE", 10)
    following, found = "/board/tickets.json", []
    while following:
        page = json.loads(await town.get(following.removeprefix(town.root)))
        found += page["tickets"]
        following = page["next"]
    assert [one["code"] for one in found] == [*codes(await town.get("/board")), "PA1006", "PA1002", "PA1001"]
    lamp = found[-1]
    assert (lamp["status"], lamp["latitude"], lamp["voices"]) == ("resolved", 9.60251, 3)
    assert lamp["photos_after"] == [f"{town.root}/board/photos/{town.photos['lamp-lit']}"]
    assert lamp["opened_at"] == "2026-11-22T11:00:00+07:00"


async def test_many_who_come_at_once_are_all_answered(town: Town) -> None:
    for path in ("/board", "/board/feed.atom", "/board/tickets.json"):
        await asyncio.gather(*(town.get(path) for _ in range(20)))


async def _status(town: Town, path: str) -> int:
    async with town.client.get(town.root + path) as answer:
        await answer.read()
        return answer.status


async def test_who_leaves_while_open_data_is_sent_is_no_error(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        async with town.client.get(f"{town.root}/board/tickets.csv"):
            pass  # and closed after the head
    async with asyncio.timeout(10):
        while await _status(town, "/board/tickets.csv") != 200:  # until the places that they had are free
            await asyncio.sleep(0.02)
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_open_data_is_one_table_that_is_safe_to_open(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 7)
    async with town.client.get(f"{town.root}/board/tickets.csv?lang=vi") as answer:
        raw = await answer.read()
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row["Mã"] for row in rows[:3]] == ["PA1001", "PA1002", "PA1006"]
    assert len(rows) == len({row["Mã"] for row in rows}) == ALL
    assert (rows[0]["Tình trạng"], rows[0]["Đơn vị"]) == ("Đã xử lý", "Chiếu sáng và cây xanh")
    trick = next(row for row in rows if row["Mã"] == "PA1011")
    assert trick["Nội dung"] == "'=HYPERLINK(1)"
    assert rows[0]["Bài gốc"] == f"{town.root}/board/PA1001"


async def test_figures_are_those_of_the_digest(town: Town) -> None:
    page = await town.get("/board/stats?period=last+7+days".replace("last+7+days", "7+ng%C3%A0y"))
    assert "<svg" in page
    assert "style=" not in page
    cells = re.findall(r'<th scope="row">(.*?)</th><td class="many">(.*?)</td>', page)
    assert ("Tiếp nhận", "25") in cells
    assert ("Rác thải", "14") in cells
    for wrong in ("b%E1%BA%ADy", "31/2", "x" * 500, "31/12/9999", "1/1/0001", "9999-W52", "2999-W01"):
        assert "Không rõ kỳ nào" in await town.get(f"/board/stats?period={wrong}", 400)


async def test_what_waits_longest_is_filled_up_where_some_are_hidden(town: Town) -> None:
    def waiting(page: str) -> list[str]:
        section = page.partition('aria-labelledby="waiting"')[2].partition("</section>")[0]
        return re.findall(r'href="/board/(PA\d+)"', section)

    before = waiting(await town.get("/board/stats?period=8+ngay"))
    for code in before[:2]:
        await town.change(code, hidden=True)
    after = waiting(await town.get("/board/stats?period=9+ngay"))
    for code in before[:2]:
        await town.change(code, hidden=False)
    assert (len(before), len(after)) == (5, 5)
    assert after[:3] == before[2:]


async def test_a_page_that_did_not_change_is_not_sent_again(town: Town) -> None:
    async with town.client.get(f"{town.root}/board") as answer:
        assert answer.headers["Content-Encoding"] in ("gzip", "deflate", "br")
        mark = answer.headers["ETag"]
    assert await town.get("/board", 304, **{"If-None-Match": mark}) == ""
    await town.change("PA1026", summary="khác rồi")
    await town.get("/board", 200, **{"If-None-Match": mark})
    await town.change("PA1026", summary="Rác trước nhà số 14 Lê Lợi")


async def test_without_the_built_in_chat_everybody_begins_here(town: Town) -> None:
    async with town.client.get(f"{town.root}/", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/board")
    async with town.client.get(f"{town.root}/board", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421
    async with town.client.post(f"{town.root}/board") as answer:
        assert answer.status == 405


async def heard(stream: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(5):
        while True:
            line = (await stream.content.readline()).decode().strip()
            if line.startswith("event:") or not line:
                return line


async def test_open_pages_hear_that_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "PAUSE", 0)
    monkeypatch.setattr(news, "LOOK", 0.05)
    async with running(tmp_path, f"sqlite:///{tmp_path / 'congich.db'}") as town:
        town.app.board_news._most = 1
        async with town.client.get(f"{town.root}/board/stream") as stream:
            town.app._tell_pages()
            assert await heard(stream) == "event: changed"
            await town.get("/board/stream", 503)
            begun = asyncio.get_running_loop().time()
            await town.app.board_news.end(web.Application())
            assert await stream.content.read() is not None  # to its end
            assert asyncio.get_running_loop().time() - begun < 2


WARD = {
    "type": "Feature",
    "properties": {"name": "Phường Phú Lợi"},
    "geometry": {"type": "Polygon", "coordinates": [[[105.9, 9.5], [106, 9.5], [106, 9.6], [105.9, 9.5]]]},
}  # fmt: skip


async def test_the_operators_shapes_and_tiles(tmp_path: Path) -> None:
    file = tmp_path / "wards.json"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [WARD]}), "utf-8")
    tiles = "https://tiles.example:8443/{z}/{x}/{y}.png"
    board = {"enabled": True, "wards_file": str(file), "tiles": tiles, "tiles_credit": "© người vẽ"}
    async with running(tmp_path, f"sqlite:///{tmp_path / 'congich.db'}", board=board) as town:
        async with town.client.get(f"{town.root}/board/map") as answer:
            page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "img-src https://tiles.example:8443 'self'" in policy
        assert re.search(r'<image href="https://tiles.example:8443/\d+/\d+/\d+.png"', page)
        assert '<path d="M' in page
        assert 'aria-label="Phú Lợi: 2 phiếu đang mở"' in page
        assert "© người vẽ" in page
        async with town.client.get(f"{town.root}/board") as answer:
            assert "tiles.example" not in answer.headers["Content-Security-Policy"]
