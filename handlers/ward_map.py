"""Where a city's wards stand on a map of our own: shapes where they are known, else circles.

All pure: degrees in, units of a drawing out. The projection is the web's Mercator, so that tiles fit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import asinh, ceil, cos, floor, hypot, log2, pi, radians, sin, tan
from typing import Any

from handlers.understanding.gazetteer import Point

WIDTH = 520.0
TILE = 256.0
MOST_ZOOM = 17
STEPS = 4  # shades of a count, beside that of none
_LEAST, _MOST = 300.0, 620.0  # how high a drawing is
_MARGIN = 64.0
_SPAN = 0.00006  # of the world, some 2 km: a single place is not all of the picture
_SMALL, _GROWS = 24.0, 26.0  # a circle's radius, and by how much it grows with its number
_LETTER, _LINE = 12.5, 32.0  # how wide a letter of a label is, how high a label
_TURNS, _STEP = 400, 0.03  # how often and how far two that cover each other are moved apart
_GAP = 6.0
_COARSE = 0.8  # units by which a simplified line may differ
_NAMES = ("name", "ten", "ward", "phuong")  # of a feature's properties

Ring = Sequence[tuple[float, float]]


class BadAreas(ValueError):
    """A file of wards can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Area:
    """A ward and its outer and inner rings, as latitude and longitude."""

    name: str
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A ward in the drawing: where its number and name stand, how large, how dark; its shape, if any."""

    name: str
    count: int
    x: float
    y: float
    radius: float
    step: int
    path: str = ""

    @property
    def half(self) -> float:
        """Half of the room that it needs across."""
        return max(self.radius, len(self.name) * _LETTER / 2)


@dataclass(frozen=True, slots=True)
class MapTile:
    """A picture of the operator's map, and where it lies."""

    zoom: int
    column: int
    row: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    marks: tuple[Mark, ...]
    dots: tuple[tuple[float, float], ...] = ()
    tiles: tuple[MapTile, ...] = ()

    @property
    def has_shapes(self) -> bool:
        return any(one.path for one in self.marks)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A part of the world, and how many units of the drawing the whole world is wide."""

    left: float
    top: float
    scale: float
    height: float
    zoom: int = 0

    def place(self, at: Point) -> tuple[float, float]:
        x, y = mercator(at)
        return (x - self.left) * self.scale, (y - self.top) * self.scale


def schematic(
    counts: Mapping[str, int], places: Mapping[str, Point], dots: Iterable[Point] = (), *, tiled: bool = False
) -> Drawing:
    """A circle for each ward about where it is; those of which nobody said where are in rows below.

    `tiled`: above a map with tiles, with dots where tickets are.
    """
    most = max(counts.values(), default=0)
    known = {name: places[name] for name in counts if name in places}
    if not known:
        return _in_rows([_mark(name, counts[name], most) for name in counts])
    frame = _frame([mercator(at) for at in known.values()], tiled=tiled)
    marks = [_mark(name, counts[name], most, *frame.place(at)) for name, at in known.items()]
    apart = _apart(marks, frame.height)
    if any(any(_push(*pair)) for pair in combinations(apart, 2)) and not tiled:
        return _in_rows([_mark(name, counts[name], most) for name in counts])  # no room for so many
    rest = [_mark(name, counts[name], most) for name in counts if name not in known]
    return _drawn(frame, apart, rest, dots if tiled else (), tiled=tiled)


def choropleth(
    counts: Mapping[str, int], areas: Sequence[Area], dots: Iterable[Point] = (), *, tiled: bool = False
) -> Drawing:
    """Each ward by its shape, the darker the more; with dots where tickets are. Wards that have tickets
    and no shape are in rows below."""
    most = max(counts.values(), default=0)
    corners = [mercator(point) for area in areas for ring in area.rings for point in ring]
    frame = _frame(corners, margin=10.0, tiled=tiled)
    marks = []
    for area in areas:
        rings = [_simplified([frame.place(point) for point in ring]) for ring in area.rings]
        x, y = _middle(max(rings, key=len))
        count = counts.get(area.name, 0)
        marks.append(replace(_mark(area.name, count, most, x, y), radius=16.0, path=_path(rings)))
    shaped = {area.name for area in areas}
    rest = [_mark(name, count, most) for name, count in counts.items() if count and name not in shaped]
    return _drawn(frame, _apart(marks, frame.height), rest, dots, tiled=tiled)


def _drawn(
    frame: _Frame, marks: Sequence[Mark], rest: Sequence[Mark], dots: Iterable[Point], *, tiled: bool
) -> Drawing:
    rows = _in_rows(rest)
    below = [replace(one, y=one.y + frame.height) for one in rows.marks]
    height = frame.height + (rows.height if below else 0)
    tiles = tuple(_tiles(frame)) if tiled else ()
    return Drawing(WIDTH, height, (*marks, *below), tuple(_within(frame, dots)), tiles)


def mercator(at: Point) -> tuple[float, float]:
    """A place in the world's square: from the left, from the top, each 0 to 1."""
    latitude, longitude = at
    return (longitude + 180) / 360, (1 - asinh(tan(radians(latitude))) / pi) / 2


def areas(collection: Any) -> list[Area]:
    """The wards of a GeoJSON FeatureCollection. Raises BadAreas."""
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise BadAreas("it must be a GeoJSON FeatureCollection")
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise BadAreas("it has no features")
    return [_area(number, feature) for number, feature in enumerate(features, start=1)]


def _area(number: int, feature: Any) -> Area:
    try:
        named = {str(key).lower(): value for key, value in (feature.get("properties") or {}).items()}
        name = next((str(named[key]).strip() for key in _NAMES if named.get(key)), "")
        kind, parts = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        polygons = {"Polygon": [parts], "MultiPolygon": parts}[kind]
        rings = tuple(
            tuple((float(point[1]), float(point[0])) for point in ring)
            for polygon in polygons
            for ring in polygon
        )
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise BadAreas(f"feature {number} must be a Polygon or a MultiPolygon in degrees") from None
    if not name:
        raise BadAreas(f"feature {number} has no property 'name', the ward's name")
    if not rings or any(len(ring) < 4 for ring in rings) or not all(_on_earth(*at) for at in sum(rings, ())):
        raise BadAreas(f"feature {number} ({name}) must be rings of at least 4 points in degrees")
    return Area(name, rings)


def _on_earth(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 85 and abs(longitude) <= 180


def _mark(name: str, count: int, most: int, x: float = 0, y: float = 0) -> Mark:
    share = count / most if most else 0
    return Mark(name, count, x, y, _SMALL + _GROWS * share**0.5, ceil(share * STEPS))


def _frame(corners: Sequence[tuple[float, float]], *, margin: float = _MARGIN, tiled: bool) -> _Frame:
    """Around these places of the world's square."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    across, down = max(max(xs) - min(xs), _SPAN), max(max(ys) - min(ys), _SPAN)
    scale = min((WIDTH - 2 * margin) / across, (_MOST - 2 * margin) / down)
    zoom = 0
    if tiled:
        zoom = min(MOST_ZOOM, floor(log2(scale / TILE)))
        scale = TILE * 2**zoom
    height = min(max(down * scale + 2 * margin, _LEAST), _MOST)
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return _Frame(middle[0] - WIDTH / 2 / scale, middle[1] - height / 2 / scale, scale, height, zoom)


def _within(frame: _Frame, points: Iterable[Point]) -> Iterable[tuple[float, float]]:
    for point in points:
        x, y = frame.place(point)
        if 0 <= x <= WIDTH and 0 <= y <= frame.height:
            yield round(x, 1), round(y, 1)


def _tiles(frame: _Frame) -> Iterable[MapTile]:
    left, top = frame.left * frame.scale, frame.top * frame.scale
    for row in range(floor(top / TILE), floor((top + frame.height) / TILE) + 1):
        for column in range(floor(left / TILE), floor((left + WIDTH) / TILE) + 1):
            yield MapTile(frame.zoom, column, row, round(column * TILE - left, 1), round(row * TILE - top, 1))


def _apart(marks: Sequence[Mark], height: float) -> list[Mark]:
    """The marks moved until none covers another one or leaves the drawing, as far as there is room."""
    moved = [_inside(one, height) for one in marks]
    for _ in range(_TURNS):
        pushed = False
        for first in range(len(moved)):
            for second in range(first + 1, len(moved)):
                one, other = moved[first], moved[second]
                by_x, by_y = _push(one, other)
                if by_x or by_y:
                    pushed = True
                    moved[first] = _inside(replace(one, x=one.x - by_x, y=one.y - by_y), height)
                    moved[second] = _inside(replace(other, x=other.x + by_x, y=other.y + by_y), height)
        if not pushed:
            break
    return [replace(one, x=round(one.x, 1), y=round(one.y, 1)) for one in moved]


def _push(one: Mark, other: Mark) -> tuple[float, float]:
    """By how much each of two has to give way; those in one spot part in the direction of their names."""
    wide, high = one.half + other.half + _GAP, one.radius + other.radius + _LINE + _GAP
    across, down = (other.x - one.x) / wide, (other.y - one.y) / high
    if abs(across) >= 1 or abs(down) >= 1:
        return 0, 0
    away = hypot(across, down)
    if away < 0.01:
        turn = sum(map(ord, one.name + other.name))
        across, down, away = cos(turn), sin(turn), 1.0
    push = _STEP / away
    return across * wide * push, down * high * push


def _inside(mark: Mark, height: float) -> Mark:
    x = min(max(mark.x, mark.half + 2), WIDTH - mark.half - 2)
    y = min(max(mark.y, mark.radius + 2), height - mark.radius - _LINE)
    return replace(mark, x=x, y=y)


def _in_rows(marks: Sequence[Mark]) -> Drawing:
    """A plain grid, as wide as the longest name asks for."""
    room = max((2 * one.half for one in marks), default=0) + 3 * _GAP
    across = max(1, min(len(marks), int(WIDTH // room))) if marks else 1
    step, row = WIDTH / across, 2 * (_SMALL + _GROWS) + _LINE + _GAP
    placed = [
        replace(one, x=step * (at % across + 0.5), y=row * (at // across) + _SMALL + _GROWS + _GAP)
        for at, one in enumerate(marks)
    ]
    return Drawing(WIDTH, row * ceil(len(marks) / across) + _GAP, tuple(placed))


def _path(rings: Iterable[Ring]) -> str:
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1]) + "Z" for ring in rings)


def _middle(ring: Ring) -> tuple[float, float]:
    """A ring's centre of area."""
    area = x = y = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        cross = x1 * y2 - x2 * y1
        area, x, y = area + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    if abs(area) < 1e-9:
        return ring[0]
    return x / (3 * area), y / (3 * area)


def _simplified(ring: Ring) -> Ring:
    """With no more points than show (Douglas and Peucker), and never fewer than a triangle's."""
    kept = {0, len(ring) // 2, len(ring) - 1}
    spans = [(0, len(ring) // 2), (len(ring) // 2, len(ring) - 1)]
    while spans:
        first, last = spans.pop()
        far, at = max(
            ((_off(ring[at], ring[first], ring[last]), at) for at in range(first + 1, last)), default=(0.0, 0)
        )
        if far > _COARSE:
            kept.add(at)
            spans += [(first, at), (at, last)]
    return [ring[at] for at in sorted(kept)] if len(kept) > 3 else ring


def _off(point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> float:
    """How far a point is from the line between two others."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down)
    if length == 0:
        return hypot(point[0] - start[0], point[1] - start[1])
    return abs(across * (start[1] - point[1]) - (start[0] - point[0]) * down) / length
