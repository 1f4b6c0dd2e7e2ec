"""Column types that read the same from SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

JsonObject = dict[str, Any]

# What a platform said, word for word: JSONB would refuse some of it (a NUL, half a surrogate pair).
RawJson = JSON()

Json = JSON().with_variant(JSONB(), "postgresql")

# SQLite grows ids by itself only for a column that is exactly INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")


_DIGITS = 18  # what both databases' ids have room for


def row_number(said: str) -> int | None:
    """The id of a row as an address or a form names it; None for what is no such number."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= _DIGITS else None


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as UTC; in SQLite as a text without its zone, in SQLAlchemy's own format.

    That text is written and read at once here: a ticket has a dozen of them.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _aware(value).astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # asyncpg has no zone for the last moment of all, which is PostgreSQL's "infinity".
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a stored moment needs its time zone; pass an aware datetime")
    return value


def _written(value: datetime | None) -> str | None:
    if value is None:
        return None
    return _aware(value).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _read(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(f"{said}+00:00")


class StrEnumType(TypeDecorator[StrEnum]):
    """A StrEnum kept as its plain word, so that a new word needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)
