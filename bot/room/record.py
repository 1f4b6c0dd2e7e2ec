"""The record: every command and press, allowed or refused, in the chats and here."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.room.door import Visit
from handlers import buttons
from handlers.commands import COMMANDS
from handlers.ports import Text
from storage import desk, messages, tickets
from storage.columns import row_number
from storage.desk import AuditRecord

PAGE = 100
_WRITTEN = {command.action: f"/{command.words[0]}" for command in COMMANDS}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One row as it is read: what was asked for, in the words in which it was; of a press its button's."""

    record: AuditRecord
    what: str
    words: str
    button: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a press names by numbers and keys: tickets' codes, departments' names."""

    codes: Mapping[int, str]
    departments: Mapping[str, str]


async def show(visit: Visit) -> web.StreamResponse:
    """One page of it, the newest first."""
    query = visit.request.query
    before, refused = query.get("before", ""), bool(query.get("refused"))
    async with visit.desk.database.read() as session:
        found = await desk.record(session, PAGE + 1, before=row_number(before), refused=refused)
        commands = [one.row.detail["message"] for one in found[:PAGE] if one.row.detail.get("message")]
        words = await messages.texts(session, commands)  # which their authors may have erased
        asked = [number for one in found[:PAGE] for number in _tickets(_data(one))]
        known = Known(await desk.codes(session, asked), await tickets.department_names(session))
    lines = [_line(one, words, visit.say, known) for one in found[:PAGE]]
    return visit.page("room_record.html", {"lines": lines, "more": len(found) > PAGE, "refused": refused})


def _line(record: AuditRecord, words: dict[int, str], say: Text, known: Known) -> RecordLine:
    action, data = record.row.action, _data(record)
    said = words.get(int(record.row.detail.get("message") or 0), "") or data
    button = told(data, say, known) if action.startswith("press.") else ""
    return RecordLine(record, _WRITTEN.get(action, action), said, button)


def _data(record: AuditRecord) -> str:
    return str(record.row.detail.get("data") or "")


def _tickets(data: str) -> list[int]:
    pressed = buttons.read(data)
    asked = (getattr(pressed, "ticket_id", None), getattr(pressed, "into_id", None))
    return [number for number in asked if number is not None]


def told(data: str, say: Text, known: Known) -> str:
    """A press in the words of its button, and under which ticket that stood; empty for none of ours."""
    pressed, code = buttons.read(data), next((known.codes.get(one, "") for one in _tickets(data)), "")
    if pressed is None:
        return ""
    try:
        words = _words(data, pressed, say, known)
    except KeyError:  # such as of a button that an earlier congich had
        return ""
    return say("room.pressed", button=words) + (f" #{code}" if code else "")


def _words(data: str, pressed: buttons.Pressed, say: Text, known: Known) -> str:
    match pressed:
        case buttons.MergePressed(into_id=into):
            return say("button.merge", code=known.codes.get(into, "?"))
        case buttons.SetPressed(field="department", word=key):
            return known.departments.get(key, key)
    return say(buttons.words_of(data))
