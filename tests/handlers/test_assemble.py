"""Which submission a message belongs to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.assemble import Earlier, Join, Leave, NewMessage, Placement, Start, place
from handlers.understanding import Intent, Understanding
from storage.states import SubmissionState as State
from tests.handlers.desk import CHATTER, NOWHERE, intent, report

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
LAMP = report(street="Hai Bà Trưng")
WAITING = Earlier(1, State.WAITING, "other", None, None, False, NOW)
TOLD = Earlier(2, State.TICKETED, "lighting", "Hai Bà Trưng", "45", True, NOW - timedelta(seconds=30))
ASKED = replace(TOLD, state=State.QUESTION, street=None, number=None, has_place=False)
SHOWN = replace(ASKED, category="other", has_place=True)  # a photo, and where that is
WORDS = NewMessage(has_text=True, has_photos=False, seen=LAMP)
PHOTOS = NewMessage(has_text=False, has_photos=True, seen=CHATTER)


def house(number: str) -> Understanding:
    """A lamp before a house of the same street."""
    return replace(LAMP, place=replace(LAMP.place, number=number))


@pytest.mark.parametrize(
    ("heard", "earlier", "placement"),
    [
        (WORDS, [], Start()),
        (WORDS, [WAITING], Join(1, complete=True)),
        (WORDS, [TOLD], Join(2)),
        (replace(WORDS, seen=report("waste", street="Lê Lợi")), [TOLD], Start()),
        (replace(WORDS, seen=report(street="Lê Lợi")), [TOLD], Start()),
        (replace(WORDS, seen=report("waste")), [ASKED], Join(2)),
        (replace(WORDS, seen=report("waste"), sure=True), [ASKED], Join(2)),
        (replace(WORDS, seen=report("waste", street="Lê Lợi"), sure=True), [ASKED], Start()),
        (replace(WORDS, seen=report("waste", street="Lê Lợi"), sure=True), [SHOWN], Join(2)),
        (replace(WORDS, seen=house("45"), sure=True), [TOLD], Join(2)),
        (replace(WORDS, seen=house("112"), sure=True), [TOLD], Start()),
        (replace(WORDS, seen=house("47")), [TOLD], Join(2)),
        (replace(WORDS, seen=CHATTER), [], Leave()),
        (replace(WORDS, seen=CHATTER), [WAITING], Leave()),
        (replace(WORDS, seen=replace(CHATTER, place=replace(NOWHERE, text="gần chợ"))), [TOLD], Join(2)),
        (replace(WORDS, seen=intent(Intent.THANKS)), [TOLD], Leave()),
        (replace(WORDS, seen=replace(intent(Intent.THANKS), urgent=True)), [TOLD], Start()),
        (replace(WORDS, seen=replace(CHATTER, urgent=True)), [], Start()),
        (replace(WORDS, seen=replace(CHATTER, urgent=True)), [WAITING], Join(1, complete=True)),
        (replace(WORDS, seen=intent(Intent.DONE)), [TOLD], Start()),
        (replace(WORDS, seen=intent(Intent.DONE)), [WAITING], Join(1, complete=True)),
        (PHOTOS, [], Start(waiting=True)),
        (PHOTOS, [WAITING], Join(1)),
        (PHOTOS, [TOLD], Join(2)),
        (PHOTOS, [WAITING, TOLD], Join(1)),
        (replace(PHOTOS, album_in=2), [WAITING], Join(2)),
        (replace(PHOTOS, reply_in=2), [], Join(2)),
        (replace(WORDS, album_in=1), [WAITING], Join(1, complete=True)),
        (replace(WORDS, reply_in=1), [WAITING], Join(1, complete=True)),
        (
            replace(WORDS, has_photos=True, seen=replace(CHATTER, kind_confidence=0.6)),
            [],
            Start(waiting=True),
        ),
        (replace(WORDS, has_photos=True, seen=CHATTER), [], Leave()),
        (replace(PHOTOS, has_photos=False), [], Leave()),
    ],
)
def test_place(heard: NewMessage, earlier: list[Earlier], placement: Placement) -> None:
    assert place(heard, earlier) == placement
