"""A city's streets, wards and landmarks, read from one TOML file; another city brings its own."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from handlers.understanding.fold import strip_accents

BUNDLED = "soc_trang.toml"
Point = tuple[float, float]  # latitude, longitude


class GazetteerError(Exception):
    """A gazetteer's file can't be used; the text says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Street:
    """`posts`: surveyed kilometre posts (kilometre, latitude, longitude), in order."""

    name: str
    short: tuple[str, ...] = ()
    posts: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Ward:
    """`before`: the wards that it was made of; `at`: about where its middle is, for the board's map."""

    name: str
    before: tuple[str, ...] = ()
    at: Point | None = None


@dataclass(frozen=True, slots=True)
class Landmark:
    name: str
    short: tuple[str, ...] = ()
    ward: str | None = None
    at: Point | None = None


@dataclass(frozen=True)
class Gazetteer:
    """The names that a city's people use for its places."""

    city: str = ""
    centre: Point | None = None
    streets: Sequence[Street] = ()
    wards: Sequence[Ward] = ()
    landmarks: Sequence[Landmark] = ()
    elsewhere: Sequence[str] = ()  # towns and provinces of which there is news, and that are not this city's

    @classmethod
    def bundled(cls) -> "Gazetteer":
        """Of Sóc Trăng."""
        return cls.parse((files("handlers.understanding") / "cities" / BUNDLED).read_text("utf-8"), BUNDLED)

    @classmethod
    def load(cls, path: Path) -> "Gazetteer":
        """Read a file. Raises GazetteerError."""
        try:
            return cls.parse(path.read_text("utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise GazetteerError(f"{path}: it can't be read ({type(error).__name__})") from None

    @classmethod
    def parse(cls, text: str, name: str) -> "Gazetteer":
        """Read a file's text. Raises GazetteerError."""
        try:
            row = tomllib.loads(text)
            return cls(
                city=str(row.get("city", "")),
                centre=_point(row.get("centre")),
                streets=[Street(**_tuples(one)) for one in row.get("streets", ())],
                wards=[Ward(**_tuples(one) | {"at": _point(one.get("at"))}) for one in row.get("wards", ())],
                landmarks=[_landmark(one) for one in row.get("landmarks", ())],
                elsewhere=[str(name) for name in row.get("elsewhere", ())],
            )
        except (TypeError, ValueError) as error:  # a TOML error is a ValueError
            raise GazetteerError(f"{name}: {error}") from None

    @cached_property
    def today(self) -> Mapping[str, str]:
        """A ward as people name it, folded -> the ward that it is part of today."""
        names = {strip_accents(ward.name): ward.name for ward in self.wards}
        return {strip_accents(old): ward.name for ward in self.wards for old in ward.before} | names

    def names(self) -> Iterator[str]:
        """What its places are called."""
        for rows in (self.streets, self.wards, self.landmarks):
            for row in rows:
                yield row.name

    def street_forms(self) -> Iterator[tuple[str, str]]:
        """Each way to write a street, and its name."""
        for street in self.streets:
            for form in (street.name, *street.short):
                yield form, street.name

    def landmark_forms(self) -> Iterator[tuple[str, str]]:
        """Each way to name a landmark, and its name."""
        for landmark in self.landmarks:
            for form in (landmark.name, *landmark.short):
                yield form, landmark.name


def _landmark(row: Mapping[str, Any]) -> Landmark:
    return Landmark(**_tuples(row) | {"at": _point(row.get("at"))})


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _tuple(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(value) if isinstance(value, list) else value for value in values)


def _point(value: Any) -> Point | None:
    if value is None:
        return None
    latitude, longitude = (float(part) for part in value)
    return latitude, longitude
