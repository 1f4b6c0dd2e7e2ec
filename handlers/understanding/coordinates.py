"""Where on the map: pasted links, coordinates, plus codes, kilometre posts.

Shortened links can't be read without a network.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from openlocationcode import openlocationcode

from handlers.understanding.gazetteer import Point

# Vietnam with its sea; anything else is a slip or a trick.
SOUTH, NORTH, WEST, EAST = 6.0, 24.0, 102.0, 118.0
_NUMBER = r"(-?\d{1,3}\.\d{3,15})"
_LINKS = (
    re.compile(rf"!3d{_NUMBER}!4d{_NUMBER}"),  # the pin of a Google Maps address comes before its view
    re.compile(
        rf"[?&](?:q|query|ll|destination|center|mlat)=(?:loc:)?{_NUMBER}(?:,|%2C|&mlon=){_NUMBER}", re.I
    ),
    re.compile(rf"[@/#]{_NUMBER}[,/]{_NUMBER}"),
    re.compile(rf"(?<![\w.]){_NUMBER}\s{{0,2}}[,;\s]\s{{0,2}}{_NUMBER}(?![\w.])"),
)
_DECIMALS = re.compile(r"\d\.\d{3}")
_PLUS_CODE = re.compile(r"(?<![\w+])([23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,7})(?!\w)", re.I)
_POST = re.compile(r"\b(?:km|kilomet|cột mốc)\s{0,2}(\d{1,4})(?:\s{0,2}\+\s{0,2}(\d{1,3}))?\b", re.I)


def pointed(text: str, centre: Point | None) -> Point | None:
    """The point that a text pastes; short plus codes are read as near the centre of the city."""
    for pattern in _LINKS if _DECIMALS.search(text) else ():
        found = pattern.search(text)
        point = _within((float(found[1]), float(found[2]))) if found else None
        if point is not None:
            return point
    return _plus_code(text, centre) if "+" in text else None


def kilometre(text: str) -> float | None:
    """The kilometre of a post: "Km 2127+500" is 2127.5."""
    found = _POST.search(text)
    return int(found[1]) + int(found[2] or 0) / 1000 if found else None


def along(posts: Sequence[tuple[float, float, float]], at: float | None) -> Point | None:
    """The point between two surveyed posts (kilometre, latitude, longitude); None beyond the last."""
    if at is None:
        return None
    for (start, south, west), (end, north, east) in pairwise(posts):
        if start <= at <= end:
            share = (at - start) / (end - start) if end > start else 0.0
            return round(south + share * (north - south), 6), round(west + share * (east - west), 6)
    return None


def _plus_code(text: str, centre: Point | None) -> Point | None:
    found = _PLUS_CODE.search(text)
    if found is None or not openlocationcode.isValid(found[1]):
        return None
    code = found[1].upper()
    if openlocationcode.isShort(code):
        if centre is None:
            return None
        code = openlocationcode.recoverNearest(code, *centre)
    area = openlocationcode.decode(code)
    return _within((round(area.latitudeCenter, 6), round(area.longitudeCenter, 6)))


def _within(point: Point) -> Point | None:
    latitude, longitude = point
    return point if SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST else None
