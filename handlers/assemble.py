"""Which submission a message belongs to: a pure decision over what the member said just before.

album      another photo of an album goes where the first went
photos     without words: to what the member just told of, or they wait for their words
words      to the photos that wait, or they add to what was just told, or they start anew
"""

from dataclasses import dataclass
from datetime import datetime

from handlers.understanding import Intent, Kind, Understanding
from storage.states import SubmissionState as State

# Photos under words that are chatter with this confidence (a flower with "good morning") wait for nobody.
SURELY_CHATTER = 0.75
# What a further message may join: everything that is about something.
_ABOUT = (State.TICKETED, State.VOICE, State.QUESTION, State.FOLLOW_UP, State.HELD)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A submission of the same member that is still open at this moment."""

    id: int
    state: State
    category: str
    street: str | None
    number: str | None
    has_place: bool
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class NewMessage:
    """The new message, as far as the decision needs it."""

    has_text: bool
    has_photos: bool
    seen: Understanding
    album_in: int | None = None  # the submission that holds this album already
    reply_in: int | None = None  # the member's own submission that this replies to
    perhaps: bool = False  # may be feedback: a moderator is asked
    sure: bool = False  # certainly feedback: it becomes a ticket without anybody being asked


@dataclass(frozen=True, slots=True)
class Join:
    """Add the message to a submission; `complete` when its words have now come."""

    submission_id: int
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a submission, `waiting` while it is photos without words."""

    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing to do with feedback."""


Placement = Join | Start | Leave


def place(heard: NewMessage, earlier: list[Earlier]) -> Placement:
    """Decide; `earlier` is the nearest first."""
    waiting = next((one for one in earlier if one.state == State.WAITING), None)
    told = next((one for one in earlier if one.state in _ABOUT), None)
    if heard.album_in is not None:
        completes = waiting is not None and waiting.id == heard.album_in and heard.has_text
        return Join(heard.album_in, complete=completes)
    if not heard.has_text:
        return _photos(heard, earlier, waiting, told)
    if heard.reply_in is not None:
        return Join(heard.reply_in, complete=waiting is not None and waiting.id == heard.reply_in)
    return _words(heard, waiting, told)


def _photos(
    heard: NewMessage, earlier: list[Earlier], waiting: Earlier | None, told: Earlier | None
) -> Placement:
    if not heard.has_photos:
        return Leave()
    if heard.reply_in is not None:
        return Join(heard.reply_in)
    nearest = next((one for one in earlier if one in (waiting, told)), None)
    return Start(waiting=True) if nearest is None else Join(nearest.id)


def _words(heard: NewMessage, waiting: Earlier | None, told: Earlier | None) -> Placement:
    seen = heard.seen
    told_of = seen.kind != Kind.NONE or seen.intent not in (Intent.CHATTER, Intent.THANKS)
    about_something = told_of or heard.perhaps or seen.urgent
    if waiting is not None and about_something:
        return Join(waiting.id, complete=True)
    if told is not None and _adds_to(heard, told):
        return Join(told.id)
    if about_something:
        return Start()
    if heard.has_photos and seen.kind_confidence < SURELY_CHATTER:
        return Start(waiting=True)
    return Leave()


def _adds_to(heard: NewMessage, told: Earlier) -> bool:
    """Whether words right after a report say more of it, rather than something else."""
    seen = heard.seen
    if seen.intent in (Intent.THANKS, Intent.DONE, Intent.STILL_BROKEN):
        return False
    if _is_elsewhere(heard, told):
        return False
    if seen.place.text and not told.has_place and not heard.sure:
        return True  # "trước số 45 Hai Bà Trưng á": where it is, said after what it is
    if seen.kind == Kind.NONE:
        return seen.place.text is not None or heard.has_photos or heard.perhaps
    return seen.category in (told.category, "other") or _goes_on(heard, told)


def _goes_on(heard: NewMessage, told: Earlier) -> bool:
    """Whether what a moderator is asked about is told further, not a whole report beside it: a photo and its
    place, then the defect; "dây điện", then "đứt rồi"."""
    is_whole = heard.sure and heard.seen.place.text is not None
    return told.state == State.QUESTION and (told.category == "other" or not is_whole)


def _is_elsewhere(heard: NewMessage, told: Earlier) -> bool:
    """Another street, or another house in words that are a report by themselves: not a slip put right."""
    street, number = heard.seen.place.street, heard.seen.place.number
    if not (street and told.street):
        return False
    if street != told.street:
        return True
    return heard.sure and bool(number and told.number) and number != told.number
