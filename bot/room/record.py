"""The record: every command and press, allowed or refused, in the chats and here."""

from dataclasses import dataclass

from aiohttp import web

from bot.room.door import Visit
from handlers.commands import COMMANDS
from storage import desk, messages
from storage.columns import row_number
from storage.desk import AuditRecord

PAGE = 100
_WRITTEN = {command.action: f"/{command.words[0]}" for command in COMMANDS}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One row as it is read: what was asked for, in the words in which it was."""

    record: AuditRecord
    what: str
    words: str


async def show(visit: Visit) -> web.StreamResponse:
    """One page of it, the newest first."""
    query = visit.request.query
    before, refused = query.get("before", ""), bool(query.get("refused"))
    async with visit.desk.database.read() as session:
        found = await desk.record(session, PAGE + 1, before=row_number(before), refused=refused)
        commands = [one.row.detail["message"] for one in found[:PAGE] if one.row.detail.get("message")]
        words = await messages.texts(session, commands)  # which their authors may have erased
    lines = [_line(one, words) for one in found[:PAGE]]
    return visit.page("room_record.html", {"lines": lines, "more": len(found) > PAGE, "refused": refused})


def _line(record: AuditRecord, words: dict[int, str]) -> RecordLine:
    detail, action = record.row.detail, record.row.action
    said = words.get(int(detail.get("message") or 0), "") or str(detail.get("data") or "")
    return RecordLine(record, _WRITTEN.get(action, action), said)
