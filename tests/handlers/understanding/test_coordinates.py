"""Where on the map: what people paste, and what only looks like it."""

import pytest

from handlers.understanding.coordinates import along, kilometre, pointed
from handlers.understanding.gazetteer import Gazetteer, GazetteerError
from handlers.understanding.places import PlaceReader

CENTRE = (9.6, 105.97)
CITY = """
city = "Thử"
centre = [9.6, 105.97]
[[streets]]
name = "Quốc lộ 1"
short = ["QL1"]
posts = [[2120.0, 9.60, 105.90], [2130.0, 9.50, 106.00]]
[[wards]]
name = "Phú Lợi"
before = ["1", "2"]
[[landmarks]]
name = "chợ Trung Tâm"
ward = "Phú Lợi"
at = [9.603, 105.974]
"""


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("https://www.google.com/maps/@9.6025,105.9739,17z", (9.6025, 105.9739)),
        ("https://www.google.com/maps/place/X/@9.1,105.1,17z/data=!3d9.6025!4d105.9739", (9.6025, 105.9739)),
        ("https://maps.google.com/?q=9.6025,105.9739", (9.6025, 105.9739)),
        ("https://www.openstreetmap.org/#map=18/9.6025/105.9739", (9.6025, 105.9739)),
        ("https://www.openstreetmap.org/?mlat=9.6025&mlon=105.9739", (9.6025, 105.9739)),
        ("chỗ này nè 9.6025, 105.9739 nha", (9.6025, 105.9739)),
        ("6PX7JX3F+2R", (9.602562, 105.974562)),
    ],
)
def test_what_is_pasted(text: str, point: tuple[float, float]) -> None:
    found = pointed(text, CENTRE)
    assert found is not None
    assert found == pytest.approx(point, abs=0.3 if "+" in text else 1e-6)


def test_a_short_plus_code_is_near_the_city() -> None:
    found = pointed("JX3F+2R Sóc Trăng", CENTRE)
    assert found is not None
    assert found == pytest.approx(CENTRE, abs=0.5)
    assert pointed("JX3F+2R", None) is None


@pytest.mark.parametrize(
    "text",
    [
        "48.8584, 2.2945",
        "giá 9.600.000, 105.000",
        "v1.2.3, 4.5",
        "C++",
        "3+4",
        "+1",
        "https://example.com",
        "",
    ],
)
def test_what_is_none(text: str) -> None:
    assert pointed(text, CENTRE) is None


def test_kilometres() -> None:
    assert [kilometre(text) for text in ("Km 2127+500", "km2127", "cột mốc 12", "5 km", "")] == [
        2127.5,
        2127.0,
        12.0,
        None,
        None,
    ]


def test_between_surveyed_posts_and_beyond_the_last() -> None:
    posts = [(2120.0, 9.60, 105.90), (2130.0, 9.50, 106.00)]
    assert along(posts, 2125.0) == (9.55, 105.95)
    assert along(posts, 2131.0) is None
    assert along([], 2125.0) is None


def test_a_city_of_its_own_file() -> None:
    find = PlaceReader(Gazetteer.parse(CITY, "thu.toml")).find
    post = find("Ổ gà QL1 km 2125")
    assert (post.street, post.latitude, post.longitude) == ("Quốc lộ 1", 9.55, 105.95)
    market = find("rác trước chợ Trung Tâm")
    assert (market.ward, market.latitude) == ("Phú Lợi", 9.603)
    assert find("đèn hư phường 2").ward == "Phú Lợi"


@pytest.mark.parametrize(
    "text", ["city = ", "[[streets]]\nnmae = 'x'", "centre = 5", "[[landmarks]]\nname = 'a'\nat = ['x', 1]"]
)
def test_a_broken_file_is_one_sentence(text: str) -> None:
    with pytest.raises(GazetteerError, match=r"^thu\.toml: "):
        Gazetteer.parse(text, "thu.toml").street_forms()
