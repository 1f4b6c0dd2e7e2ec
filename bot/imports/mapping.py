"""The mapping file: which column of another system's file says what, and what its words mean here."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from bot.config import ConfigError
from bot.sections import Section
from handlers.understanding import CATEGORIES

ELSE = "*"  # what every other word means


class Columns(Section):
    """Columns by their names in the file's first line, or keys of a JSON object; empty: there is none."""

    id: str
    at: str
    text: tuple[str, ...] = Field(strict=False, min_length=1)
    place: str = ""
    latitude: str = ""
    longitude: str = ""
    category: str = ""
    kind: str = ""
    status: str = ""
    closed_at: str = ""
    note: str = ""
    name: str = ""
    person: str = ""
    photo: str = ""


class ImportMap(Section):
    """The whole file. `name` of the system; `time` as strptime has it, empty for ISO 8601."""

    name: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    title: str = ""
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    time: str = ""
    columns: Columns
    categories: dict[str, str] = Field(default_factory=dict)
    kinds: dict[str, Literal["complaint", "suggestion", "report"]] = Field(default_factory=dict)
    statuses: dict[str, Literal["open", "closed"]] = Field(default_factory=dict)

    def moment(self, written: str, zone: ZoneInfo) -> datetime:
        """A moment of the file; one without an offset is the city's. Raises ValueError."""
        if not self.time:
            found = datetime.fromisoformat(written)
            return found if found.tzinfo is not None else found.replace(tzinfo=zone)
        if "%z" in self.time:
            return datetime.strptime(written, self.time).astimezone(zone)
        return datetime.strptime(written, self.time).replace(tzinfo=zone)


def load(path: Path, categories: tuple[str, ...] = CATEGORIES) -> ImportMap:
    """Read a mapping file. Raises ConfigError with the place of a fault."""
    try:
        found = ImportMap.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except OSError as error:
        raise ConfigError(f"the mapping {path} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the mapping {path} is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"the mapping {path}: '{where}': {first['msg'].lower()}") from None
    unknown = sorted(set(found.categories.values()) - set(categories))
    if unknown:
        raise ConfigError(f"the mapping {path}: {unknown[0]!r} is no category here")
    return found
