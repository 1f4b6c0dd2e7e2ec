"""The registry of cameras: a CSV file with the columns code, name, lat, lon, street."""

import csv
from collections.abc import Mapping
from pathlib import Path

from bot.config import ConfigError
from handlers.cameras import Camera

COLUMNS = ("code", "name", "lat", "lon", "street")


def read(path: Path) -> list[Camera]:
    """The cameras of a file (UTF-8, with or without BOM). Raises ConfigError with the line of a fault."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cameras.file {path} can't be read: {type(error).__name__}") from None
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ConfigError(
            f"cameras.file {path} has no column {', '.join(missing)}: it needs {', '.join(COLUMNS)}"
        )
    return [_camera(path, number, row) for number, row in enumerate(rows, start=2)]


def _camera(path: Path, line: int, row: Mapping[str, str | None]) -> Camera:
    try:
        latitude, longitude = float(row["lat"] or ""), float(row["lon"] or "")
    except ValueError:
        raise ConfigError(f"cameras.file {path}, line {line}: lat and lon must be numbers") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ConfigError(f"cameras.file {path}, line {line}: there is no such place on earth")
    return Camera(row["code"] or "", row["name"] or "", latitude, longitude, row["street"] or "")
