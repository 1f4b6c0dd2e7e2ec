"""The board's map: wards where they are, none over another one, shapes that fit."""

from itertools import combinations
from typing import Any

import pytest

from handlers import ward_map
from handlers.understanding.gazetteer import Gazetteer
from handlers.ward_map import Area, BadAreas, Drawing, Mark

SOC_TRANG = {ward.name: ward.at for ward in Gazetteer.bundled().wards if ward.at}
COUNTS = {name: 3 * place for place, name in enumerate(SOC_TRANG)}


def covers(one: Mark, other: Mark) -> bool:
    beside = abs(one.x - other.x) < one.half + other.half
    return beside and abs(one.y - other.y) < one.radius + other.radius + 20


def check_readable(drawing: Drawing) -> None:
    for one in drawing.marks:
        assert one.half <= one.x <= drawing.width - one.half, one
        assert one.radius <= one.y <= drawing.height - one.radius, one
    assert [pair for pair in combinations(drawing.marks, 2) if covers(*pair)] == []


def test_every_ward_of_the_bundled_city_has_its_place() -> None:
    assert SOC_TRANG.keys() == {ward.name for ward in Gazetteer.bundled().wards}


def test_wards_are_about_where_they_are_and_none_covers_another() -> None:
    drawing = ward_map.schematic(COUNTS, SOC_TRANG)
    check_readable(drawing)
    at = {mark.name: mark for mark in drawing.marks}
    assert at["Ngã Năm"].x < at["Phú Lợi"].x < at["Sóc Trăng"].x  # west to east
    assert at["Phú Lợi"].y < at["Vĩnh Châu"].y  # north to south
    assert (at["Phú Lợi"].step, at["Mỹ Quới"].step) == (0, ward_map.STEPS)
    assert at["Mỹ Quới"].radius > at["Sóc Trăng"].radius
    assert (drawing.tiles, drawing.has_shapes) == ((), False)


def test_wards_in_one_spot_and_wards_nowhere_still_have_room() -> None:
    here = {f"Phường {n}": n for n in range(6)}
    check_readable(ward_map.schematic(here, dict.fromkeys(here, (10.0, 106.0))))
    check_readable(ward_map.schematic({f"Phường dài tên {n}": n for n in range(30)}, {}))
    check_readable(ward_map.schematic({"An Lạc": 2, "Bình Tân": 0}, {"An Lạc": (10.7, 106.6)}))
    assert ward_map.schematic({}, {}).marks == ()


def test_tiles_cover_the_drawing_and_dots_lie_on_it() -> None:
    drawing = ward_map.schematic(COUNTS, SOC_TRANG, [(9.6, 105.97), (21.0, 105.8)], tiled=True)
    assert len(drawing.dots) == 1
    assert min(tile.x for tile in drawing.tiles) <= 0
    assert max(tile.x for tile in drawing.tiles) + ward_map.TILE >= drawing.width
    assert max(tile.y for tile in drawing.tiles) + ward_map.TILE >= drawing.height
    assert len(drawing.tiles) <= 20
    assert len({(tile.column, tile.row) for tile in drawing.tiles}) == len(drawing.tiles)


def test_the_projection_is_the_webs() -> None:
    x, y = ward_map.mercator((9.6, 105.97))
    assert (int(x * 2**10), int(y * 2**10)) == (813, 484)  # the tile 10/813/484 has Sóc Trăng on it


def square(name: str, west: float, south: float, side: float = 0.1) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + side, south],
        [west + side, south + side],
        [west, south + side],
        [west, south],
    ]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"Name": name}, "geometry": geometry}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_shapes_are_shaded_by_their_number() -> None:
    found = ward_map.areas(collection(square("A", 105.9, 9.5), square("B", 106.0, 9.5)))
    drawing = ward_map.choropleth({"A": 8, "B": 1}, found, [(9.55, 105.95)])
    first, second = drawing.marks
    assert (first.name, first.step, second.step) == ("A", ward_map.STEPS, 1)
    assert first.path.startswith("M10.0 ")
    assert first.path.endswith("Z")
    assert first.x < second.x
    assert (drawing.has_shapes, len(drawing.dots)) == (True, 1)
    assert drawing.dots[0][0] < second.x


def test_a_ward_that_has_no_shape_is_not_lost() -> None:
    found = ward_map.areas(collection(square("A", 105.9, 9.5)))
    drawing = ward_map.choropleth({"A": 8, "B": 1, "C": 0}, found)
    assert [(mark.name, bool(mark.path)) for mark in drawing.marks] == [("A", True), ("B", False)]
    assert drawing.marks[1].y > drawing.marks[0].y
    check_readable(drawing)


def test_lines_have_no_more_points_than_show() -> None:
    side = [(9.5, 105.9 + step / 10_000) for step in range(1000)]
    ring = (*side, (9.6, 106.0), (9.6, 105.9), (9.5, 105.9))
    drawing = ward_map.choropleth({}, [Area("A", (ring,))])
    assert drawing.marks[0].path.count("L") < 8


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([], "must be a GeoJSON FeatureCollection"),
        (collection(), "it has no features"),
        (collection({"properties": {}}), "feature 1 must be a Polygon"),
        (collection(square("", 105, 9)), "feature 1 has no property 'name'"),
        (collection(square("A", 105, 9), square("B", 400_000, 9)), "feature 2 (B) must be rings"),
        (collection({"geometry": {"type": "Point", "coordinates": [1, 2]}}), "feature 1 must be a Polygon"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_wards_is_told_in_one_sentence(given: Any, why: str) -> None:
    with pytest.raises(BadAreas) as error:
        ward_map.areas(given)
    assert why in str(error.value)
