"""What a message is understood as: the values that pass between the classifier and the handlers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """Khiếu nại, kiến nghị, phản ánh, or nothing to do with the city's work."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    REPORT = "report"
    NONE = "none"


class Intent(StrEnum):
    """What the words do: tell of something new, or speak of something told already."""

    NEW = "new"
    DONE = "done"
    IN_PROGRESS = "in_progress"
    STILL_BROKEN = "still_broken"
    THANKS = "thanks"
    SAME_HERE = "same_here"
    PLACE = "place"  # corrects or completes where it is
    CHATTER = "chatter"


CATEGORIES: tuple[str, ...] = (
    "waste",
    "lighting",
    "road",
    "drainage",
    "tree",
    "water",
    "power",
    "encroachment",
    "construction",
    "traffic",
    "transit",
    "security",
    "noise",
    "pollution",
    "advertising",
    "animal",
    "facility",
    "administration",
    "other",
)


@dataclass(frozen=True, slots=True)
class Place:
    """The words that say where (`text`), and what they name; `ward`: today's; `old_ward`: as said."""

    text: str | None = None
    street: str | None = None
    number: str | None = None
    alley: str | None = None
    ward: str | None = None
    old_ward: str | None = None
    landmark: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message understood; confidences are calibrated probabilities; `model`: the version that said so."""

    kind: Kind
    kind_confidence: float
    feedback: float  # that it is feedback of any kind: what opening a ticket goes by
    category: str
    category_confidence: float
    place: Place
    urgent: bool
    danger: float  # that a life is in danger; `urgent` from a threshold on that favours recall
    intent: Intent
    intent_confidence: float
    model: str
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict, compare=False, repr=False)
    """What the model gave each kind and category, for a second opinion to add to."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that a new message might tell of again."""

    ticket_id: int
    folded: str  # its words without accents
    category: str
    place: Place
    opened_at: datetime
    photo_hashes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """The ticket that a message most likely tells of again."""

    ticket_id: int
    score: float
    sure: bool


class Understand(Protocol):
    """Reads one message; `has_photo` where a photo came with it or just before."""

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding: ...


Candidates = Sequence[Candidate]
