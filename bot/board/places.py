"""What the board's map is made of: the wards, their shapes where the operator has them, and tiles."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import ConfigError
from bot.sections import BoardSection
from bot.web.guard import HEADERS
from handlers import ward_map
from handlers.understanding.fold import strip_accents
from handlers.understanding.gazetteer import Gazetteer, Point
from handlers.ward_map import Area, BadAreas, Drawing, MapTile

CSP = "Content-Security-Policy"
_BEFORE = ("phuong ", "xa ", "thi tran ", "p. ", "p.", "ward ")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the city's wards are."""

    wards: Mapping[str, Point | None]
    areas: Sequence[Area]
    tiles: str
    credit: str

    def drawing(self, open_by_ward: Mapping[str, int], dots: Sequence[Point]) -> Drawing:
        """The map of how many tickets are open in each ward."""
        is_tiled = bool(self.tiles)
        names = {*self.wards, *(area.name for area in self.areas), *open_by_ward} - {""}
        counts = {name: open_by_ward.get(name, 0) for name in sorted(names)}
        if self.areas:
            return ward_map.choropleth(counts, self.areas, dots, tiled=is_tiled)
        known = {name: at for name, at in self.wards.items() if at is not None}
        return ward_map.schematic(counts, known, dots, tiled=is_tiled)

    def tile(self, tile: MapTile) -> str:
        """The address of one picture."""
        values = {"{z}": tile.zoom, "{x}": tile.column, "{y}": tile.row}
        address = self.tiles
        for field, value in values.items():
            address = address.replace(field, str(value))
        return address

    def headers(self) -> dict[str, str]:
        """The page with the map, and no other, may ask the tiles' server for pictures."""
        if not self.tiles:
            return {}
        whole = urlsplit(self.tiles)
        return {CSP: HEADERS[CSP].replace("img-src ", f"img-src {whole.scheme}://{whole.netloc} ")}


def places(section: BoardSection, gazetteer: Gazetteer) -> Places:
    """As configured. Raises ConfigError."""
    wards = {ward.name: ward.at for ward in gazetteer.wards}
    areas = _areas(Path(section.wards_file), gazetteer) if section.wards_file else ()
    return Places(wards, areas, section.tiles, section.tiles_credit)


def _areas(path: Path, gazetteer: Gazetteer) -> Sequence[Area]:
    try:
        found = ward_map.areas(json.loads(path.read_text("utf-8-sig")))
    except OSError as error:
        raise ConfigError(f"board.wards_file: {path} can't be read: {error.strerror}") from None
    except (BadAreas, ValueError) as error:
        raise ConfigError(f"board.wards_file: {path}: {error}") from None
    return [replace(area, name=_own(area.name, gazetteer)) for area in found]


def _own(name: str, gazetteer: Gazetteer) -> str:
    """A ward as our tickets call it: without "Phường"."""
    bare = strip_accents(name)
    short = next((name[len(word) :] for word in _BEFORE if bare.startswith(word)), name).strip()
    return gazetteer.today.get(strip_accents(short), short)
