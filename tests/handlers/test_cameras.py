"""Cameras near a ticket: on moderators' cards and nowhere else; a registry that tells its faults."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.cameras import read
from bot.config import ConfigError
from handlers.cameras import Camera, distance, nearest, words
from handlers.posts import Post
from storage.models import Ticket
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk

HERE = (9.6025, 105.9739)
NEAR, FAR, BEYOND = (
    Camera("C12", "ngã tư", 9.6030, 105.9739, "Hai Bà Trưng"),
    Camera("C13", "bến xe", 9.6055, 105.9739, "Lê Lợi"),
    Camera("C99", "phường 8", 9.7, 106.0, "Hai Ba Trung"),
)
CITY = [BEYOND, FAR, NEAR]


def ticket(spot: tuple[float, float] | None = None, street: str = "") -> Ticket:
    latitude, longitude = spot or (None, None)
    return Ticket(
        number=1, code="PA1", chat_id=1, origin="1", reporter_id=1, kind="report", category="lighting",
        opened_at=MONDAY, latitude=latitude, longitude=longitude, place={"street": street} if street else {},
    )  # fmt: skip


def test_the_two_nearest_within_reach() -> None:
    near = nearest(CITY, ticket(HERE))
    assert [(one.camera.code, one.metres) for one in near] == [("C12", 56), ("C13", 334)]
    assert words(near) == "C12 ngã tư (56 m), C13 bến xe (334 m)"


def test_without_a_spot_those_of_the_street_and_without_a_street_none() -> None:
    near = nearest(CITY, ticket(street="Hai Bà Trưng"))
    assert [one.camera.code for one in near] == ["C99", "C12"]
    assert words(nearest([NEAR], ticket(street="hai ba trung"))) == "C12 ngã tư"
    assert nearest(CITY, ticket()) == []
    assert nearest([], ticket((1.0, 1.0))) == []


def test_metres() -> None:
    assert distance(HERE, HERE) == 0
    assert round(distance((0.0, 0.0), (0.0, 180.0)) / 1000) == 20015  # half way round


async def test_they_stand_on_moderators_cards_only(desk: Desk) -> None:
    desk.services = replace(desk.services, cameras=CITY)
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    (card,) = await desk.said("card", ROOM)
    assert isinstance(card.content, Post)
    assert "Camera gần: C99 phường 8, C12 ngã tư" in card.content.text
    assert not [one for one in await desk.said(chat=GROUP) if "C12" in str(one.content)]


def test_a_registry(tmp_path: Path) -> None:
    file = tmp_path / "cameras.csv"
    file.write_text("\ufeffcode,name,lat,lon,street\nC12,ngã tư,9.6030,105.9739,Hai Bà Trưng\n", "utf-8")
    assert read(file) == [NEAR]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("code,name\n", "has no column lat, lon, street"),
        ("code,name,lat,lon,street\nC1,a,9,105,b\nC2,a,x,105,b\n", "line 3: lat and lon must be numbers"),
        ("code,name,lat,lon,street\nC1,a,109,105,b\n", "line 2: there is no such place"),
        ("code,name,lat,lon,street\nC1,a\n", "line 2: lat and lon must be numbers"),
        ("", "has no column"),
    ],
)
def test_a_registry_tells_its_faults(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "cameras.csv"
    file.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=told):
        read(file)
    with pytest.raises(ConfigError, match="can't be read"):
        read(tmp_path / "none.csv")
