"""What a city is made of, so that two moments can be compared: all that a refusal must leave as it was.

A message is kept whatever it says, with its photos, its author and its chat, and answered; nothing else may
come of an attempt that is refused.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from storage.database import Database

# By table: which of its rows count.
_LOOKED_AT = {
    "tickets": "",
    "ticket_events": "",
    "ticket_spots": "",
    "submissions": "WHERE state <> 'chatter'",
    "corrections": "",
    "departments": "",
    "routes": "",
    "route_overrides": "",
    "digests": "",
    "dispatches": "",
    "cursors": "",
    "prompts": "",
    "sign_in_links": "",
    "web_sessions": "",
    "room_posts": "",
    "outbox": "WHERE purpose NOT IN ('reply', 'toast')",
    "members": "",
    "chats": "",
}
_NEWCOMERS = {"members": ("role", {"member"}), "chats": ("role", {"unknown", "private"})}
_OWN = {
    "members": ("name",),
    "chats": ("title",),
    "web_sessions": ("seen_at", "expires_at"),
}  # what is told with every message

Row = Mapping[str, Any]
City = Mapping[str, Mapping[str, Row]]


async def city(database: Database) -> City:
    """All of it."""
    async with database.snapshot() as connection:
        found = {}
        for table, which in _LOOKED_AT.items():
            rows = (await connection.execute(text(f"SELECT * FROM {table} {which}"))).mappings()
            found[table] = {_key(row): dict(row) for row in rows}
        return found


def _key(row: Mapping[Any, Any]) -> str:
    names = ("id",) if "id" in row else ("name",) if "value" in row else ("chat_id", "spot", "ticket_id")
    return "/".join(str(row[name]) for name in names if name in row) or str(row["key"])


def changed(before: City, after: City) -> list[str]:
    """What came of it: a sentence for each row that is new, gone or another."""
    found = []
    for table, rows in after.items():
        old = before[table]
        found += [f"{table} {key} is gone" for key in old.keys() - rows.keys()]
        found += [f"{table} {key} is new" for key in rows.keys() - old.keys() if not _came(table, rows[key])]
        found += [
            f"{table} {key} is another: {_difference(old[key], rows[key])}"
            for key in rows.keys() & old.keys()
            if _told(table, old[key]) != _told(table, rows[key])
        ]
    return found


def _came(table: str, row: Row) -> bool:
    column, words = _NEWCOMERS.get(table, ("", set()))
    return bool(column) and row[column] in words


def _told(table: str, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _OWN.get(table, ())}


def _difference(old: Row, new: Row) -> dict[str, Any]:
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}
