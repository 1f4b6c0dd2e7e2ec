"""What everybody may read of a ticket, and what stays with those who work on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers import public
from handlers.public import TOLD, PublicLine
from handlers.redact import HIDDEN
from handlers.veil import Veil
from storage.board import BoardPhoto, Happened
from storage.models import Submission, Ticket, TicketEvent
from storage.states import MemberRole, SubmissionState, TicketStatus

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
VEIL = Veil(["Hai Bà Trưng"])
PEOPLE = ["Nguyễn Thị Hoa"]


def ticket(**fields: Any) -> Ticket:
    values = {
        "id": 1, "number": 1001, "code": "PA1001", "chat_id": 1, "origin": "5", "reporter_id": 7,
        "kind": "report", "category": "lighting", "opened_at": NOW - timedelta(days=2),
        "summary": "Đèn hư, Nguyễn Thị Hoa báo, 0912345678",
        "place": {"text": "45 Hai Bà Trưng", "ward": "Phú Lợi"},
    }  # fmt: skip
    return Ticket(**{**values, **fields})


def event(
    name: str, role: MemberRole | None = MemberRole.MODERATOR, whose: str | None = None, **detail: Any
) -> Happened:
    return Happened(TicketEvent(ticket_id=1, at=NOW, action=name, detail=detail), role, whose)


def lines(*happened: Happened) -> list[PublicLine]:
    return public.told(happened, VEIL, PEOPLE)


def photo(state: SubmissionState, intent: str) -> BoardPhoto:
    brought = Submission(chat_id=1, member_id=7, state=state, intent=intent, opened_at=NOW, open_until=NOW)
    return BoardPhoto(1, "ab", 4, 3, brought)


def test_a_tickets_words_place_and_point() -> None:
    seen = public.public(ticket(latitude=9.602512345, longitude=105.9), VEIL, PEOPLE, [], NOW)
    assert (seen.summary, seen.place) == (f"Đèn hư, {HIDDEN} báo, {HIDDEN}", "45 Hai Bà Trưng")
    assert (seen.latitude, seen.longitude, seen.ward) == (9.60251, 105.9, "Phú Lợi")
    assert set(seen.row()) == set(public.COLUMNS)
    assert not {"reporter_id", "chat_id", "origin"} & set(seen.row())


def test_words_that_are_hidden_find_nothing() -> None:
    seen = public.public(ticket(), VEIL, PEOPLE, [], NOW)
    assert seen.says("den hu")
    assert seen.says("")
    assert public.public(ticket(summary="hẻm 45/12 Lê Lợi"), VEIL, (), [], NOW).says("12 le")
    assert not seen.says("hoa")
    assert not seen.says("0912345678")


def test_only_what_is_open_and_goes_on_can_be_overdue() -> None:
    def late(**fields: Any) -> bool:
        return public.public(ticket(due_at=NOW - timedelta(hours=1), **fields), VEIL, (), [], NOW).overdue

    assert late()
    assert not late(paused_at=NOW)
    assert not late(status=TicketStatus.RESOLVED)
    assert not public.public(ticket(), VEIL, (), [], NOW).overdue


def test_photos_of_the_report_and_of_the_end_are_told_apart() -> None:
    reported = photo(SubmissionState.TICKETED, "new")
    again = photo(SubmissionState.VOICE, "done")
    done = photo(SubmissionState.FOLLOW_UP, "done")
    seen = public.public(ticket(), VEIL, (), [reported, again, done], NOW)
    assert (len(seen.before), len(seen.after)) == (2, 1)


@pytest.mark.parametrize(
    "action",
    ["reclassified", "hidden", "shown", "photos_shown", "photos_hidden", "reaction", "comment", "added",
     "amended", "declined", "erased", "withdrawn", "placed", "located", "calm", "split", "released", "merge"],
)  # fmt: skip
def test_what_is_between_those_who_work_stays_there(action: str) -> None:
    assert lines(event(action)) == []
    assert lines(event("undone", action=action)) == []


def test_who_did_it_is_a_role() -> None:
    found = lines(
        event("opened", MemberRole.MEMBER),
        event("accept", MemberRole.ADMINISTRATOR),
        event("start", MemberRole.DEPARTMENT, "dienluc"),
        event("overdue", None),
    )
    assert [line.actor for line in found] == ["member", "moderator", "department", "system"]
    assert [line.department for line in found] == ["", "", "dienluc", ""]


@pytest.mark.parametrize("action", TOLD)
def test_a_note_is_told_only_where_the_group_heard_it(action: str) -> None:
    (line,) = lines(event(action, note="gọi anh Tuấn 0912345678"))
    heard = action in ("resolve", "reject", "promised")
    assert line.note == (f"gọi anh {HIDDEN} {HIDDEN}" if heard else "")


def test_the_same_voices_in_a_row_are_one_line() -> None:
    voice = event("voice", MemberRole.MEMBER)
    found = lines(voice, voice, event("comment", MemberRole.MEMBER), voice, event("accept"), voice)
    assert [(line.action, line.count) for line in found] == [("voice", 3), ("accept", 1), ("voice", 1)]


def test_deadlines_departments_and_what_was_taken_back() -> None:
    due = (NOW + timedelta(days=1)).isoformat()
    given, moved, undone, took = lines(
        event("assigned", changes={"due_at": [None, due]}, department="chieusang"),
        event("deadline", changes={"due_at": [due, None]}),
        event("undone", action="accept"),
        Happened(TicketEvent(ticket_id=1, at=NOW, action="absorbed", detail={"from": "PA1009"}), None, None),
    )
    assert (given.department, given.due_at) == ("chieusang", NOW + timedelta(days=1))
    assert (moved.due_at, undone.undone, took.other) == (None, "accept", "PA1009")
