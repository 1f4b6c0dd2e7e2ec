"""The digest's picture: what it says, that it can be drawn anywhere, and that nothing breaks its layout."""

import io
import itertools
import json
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from statistics import median

import pytest
from PIL import Image

from bot import charts
from bot.decoder import Decoder
from handlers.chart import Bar, BarPair, Chart, Group, Tile, from_json, to_json

SVG = "{http://www.w3.org/2000/svg}"
CHART = Chart(
    title="Công ích đô thị Sóc Trăng",
    subtitle="16/11 – 22/11/2026",
    tiles=(
        Tile("Tiếp nhận", 1053, "tuần trước 41"),
        Tile("Đã xử lý", 15, "tuần trước 12"),
        Tile("Còn mở", 38, "tuần trước 20"),
        Tile("Quá hạn", 9, "tuần trước 4"),
    ),
    heading="Theo ngày",
    received="Tiếp nhận",
    resolved="Đã xử lý",
    trend=tuple(BarPair(f"T{day}", day, 8 - day) for day in range(2, 9)),
    groups=(Group("Lĩnh vực", (Bar("Rác thải", 7), Bar("Chiếu sáng", 6))),),
    foot="Số liệu đến hết ngày 22/11/2026",
)
AWKWARD = replace(
    CHART,
    title="Ẹ" * 500,
    tiles=(Tile("Ư" * 60, 1_000_000, "kỳ trước " * 20),) * 4,
    trend=tuple(BarPair(f"{day}/12", day % 4, 0) for day in range(53)),
    groups=(
        Group(
            "W" * 90, (Bar("nghiêngnghiêng " * 30, 999_999), Bar("</text><script>", 1), Bar("😀 مرحبا", 0))
        ),
    ),
)
NOTHING = replace(CHART, tiles=tuple(replace(one, value=0) for one in CHART.tiles), trend=(), groups=())


def texts(chart: Chart) -> list[ET.Element]:
    return list(ET.fromstring(charts.svg(chart)).iter(f"{SVG}text"))


def test_it_says_every_number_in_words() -> None:
    said = [one.text for one in texts(CHART)]
    assert {
        "1.053",
        "tuần trước 41",
        "Rác thải",
        "7",
        "16/11 – 22/11/2026",
        "Số liệu đến hết ngày 22/11/2026",
    } <= {*said}
    assert "1,053" in [one.text for one in texts(replace(CHART, language="en"))]
    assert (
        ET.fromstring(charts.svg(CHART)).get("aria-label") == "Công ích đô thị Sóc Trăng 16/11 – 22/11/2026"
    )


@pytest.mark.parametrize("chart", [CHART, AWKWARD, NOTHING], ids=["usual", "awkward", "nothing"])
def test_it_is_drawn_as_wide_as_a_phone_and_letters_can_be_read_there(chart: Chart) -> None:
    with Image.open(io.BytesIO(charts.png(chart))) as drawn:
        assert (drawn.format, drawn.width) == ("PNG", 1080)
        assert 500 < drawn.height < 2200
    shrunk = 360 / charts.WIDTH
    assert min(float(one.get("font-size", "0")) for one in texts(chart)) * shrunk >= 11


@pytest.mark.parametrize(
    ("days", "most", "told"), [(7, 120, 14), (7, 4000, 11), (14, 40, 21), (14, 4000, 7), (53, 900, 0)]
)
def test_no_number_runs_into_another(days: int, most: int, told: int) -> None:
    trend = tuple(BarPair("", most if day % 2 else 1, most) for day in range(days))
    numbers = [
        (float(one.get("x", "")), float(one.get("y", "")), float(one.get("textLength", "")))
        for one in texts(replace(CHART, trend=trend))
        if one.get("text-anchor") == "middle" and one.text
    ]
    assert len(numbers) == told
    for (x, y, width), (other_x, other_y, other_width) in itertools.combinations(numbers, 2):
        assert abs(x - other_x) > (width + other_width) / 2 or abs(y - other_y) > 15


@pytest.mark.parametrize("chart", [CHART, AWKWARD], ids=["usual", "awkward"])
def test_no_words_leave_the_picture(chart: Chart) -> None:
    """By the width of the drawn letters themselves: nothing but paper stands in the margins."""
    with Image.open(io.BytesIO(charts.png(chart))) as drawn:
        picture = drawn.convert("RGB")
    for box in ((0, 0, 20, picture.height), (picture.width - 20, 0, picture.width, picture.height)):
        assert picture.crop(box).getextrema() == ((255, 255),) * 3


def test_each_vietnamese_letter_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that the font lacks is drawn as nothing or as a box, the same for all of them."""
    monkeypatch.setattr(charts, "ZOOM", 0.75)  # 134 pictures: half as wide they tell as much
    letters = "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
    drawn = {charts.png(replace(NOTHING, tiles=(), title=letter)) for letter in letters + letters.upper()}
    assert len(drawn) == 2 * len(letters)


def test_it_is_the_same_after_the_outbox() -> None:
    assert from_json(json.loads(json.dumps(to_json(CHART)))) == CHART


def test_an_emoji_in_a_groups_name_is_left_out() -> None:
    assert texts(replace(CHART, title="🏙️ Công ích 👍"))[0].text == "Công ích"


async def test_it_is_drawn_beside_the_bot_within_a_second() -> None:
    decoder = Decoder(max_pixels=1_000_000, width=500)
    try:
        await decoder.draw(CHART)  # the child starts
        took = []
        for _ in range(5):
            begun = time.perf_counter()
            picture = await decoder.draw(CHART)
            took.append(time.perf_counter() - begun)
    finally:
        await decoder.close()
    with Image.open(io.BytesIO(picture)) as drawn:
        assert (drawn.format, drawn.width) == ("JPEG", 1080)
    assert median(took) < 1
