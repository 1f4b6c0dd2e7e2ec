"""The city's cameras: which two are nearest to a ticket.

Only moderators and the operations centre are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from handlers.understanding import fold
from storage.models import Ticket

EARTH = 6_371_000.0  # metres
SHOWN = 2
FURTHEST = 500.0  # metres, beyond which a camera sees nothing of it


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera of the registry."""

    code: str
    name: str
    latitude: float
    longitude: float
    street: str


@dataclass(frozen=True, slots=True)
class Near:
    """A camera and how far it is in metres; None where only its street is known to be the same."""

    camera: Camera
    metres: int | None


def nearest(cameras: Sequence[Camera], ticket: Ticket) -> list[Near]:
    """The nearest cameras by where the ticket is, else those of its street."""
    if ticket.latitude is not None and ticket.longitude is not None:
        there = (ticket.latitude, ticket.longitude)
        measured = sorted((distance(there, (one.latitude, one.longitude)), one.code, one) for one in cameras)
        return [Near(one, round(metres)) for metres, _, one in measured if metres <= FURTHEST][:SHOWN]
    street = fold(str(ticket.place.get("street") or ""))
    return [Near(one, None) for one in cameras if street and fold(one.street) == street][:SHOWN]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places given as latitude and longitude (haversine)."""
    latitude, longitude = radians(other[0] - one[0]), radians(other[1] - one[1])
    half = sin(latitude / 2) ** 2 + cos(radians(one[0])) * cos(radians(other[0])) * sin(longitude / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(half)))


def words(near: Sequence[Near]) -> str:
    """As people read it: codes, names, metres."""
    return ", ".join(
        f"{one.camera.code} {one.camera.name}" + (f" ({one.metres} m)" if one.metres is not None else "")
        for one in near
    )
