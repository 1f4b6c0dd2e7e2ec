"""JSON lines, and GeoJSON (RFC 7946) of the tickets whose place on the map is known."""

import json
from pathlib import Path

from handlers.exports import Record


class Lines:
    """One JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write(self, record: Record) -> bool:
        """One ticket; whether it is in the file."""
        self._file.write(f"{_json(record)}\n")
        return True

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


class Features:
    """A collection of points; longitude comes first (RFC 7946, 3.1.1)."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._separator = ""
        self._file.write('{"type": "FeatureCollection", "features": [')

    def write(self, record: Record) -> bool:
        """One ticket, if it is known where it is."""
        spot = [record["longitude"], record["latitude"]]
        if None in spot:
            return False
        properties = {name: value for name, value in record.items() if name not in ("longitude", "latitude")}
        geometry = {"type": "Point", "coordinates": spot}
        feature = {"type": "Feature", "id": record["code"], "geometry": geometry, "properties": properties}
        self._file.write(f"{self._separator}\n{_json(feature)}")
        self._separator = ","
        return True

    def close(self) -> None:
        """The file is whole."""
        self._file.write("\n]}\n")
        self._file.close()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda moment: moment.isoformat())
