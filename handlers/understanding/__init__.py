"""What people mean: kind, category, place, urgency, intent, and whether it was told before."""

from handlers.understanding import issues
from handlers.understanding.classifier import Classifier
from handlers.understanding.fold import fold
from handlers.understanding.refining import corrected, refined
from handlers.understanding.twins import (
    find_twin,
    likeliest,
    one_valued,
    photos_alike,
    place_agreement,
    spots,
)
from handlers.understanding.values import (
    CATEGORIES,
    Candidate,
    Intent,
    Kind,
    Place,
    Twin,
    Understand,
    Understanding,
)

__all__ = [
    "CATEGORIES",
    "Candidate",
    "Classifier",
    "Intent",
    "Kind",
    "Place",
    "Twin",
    "Understand",
    "Understanding",
    "corrected",
    "find_twin",
    "fold",
    "issues",
    "likeliest",
    "one_valued",
    "photos_alike",
    "place_agreement",
    "refined",
    "spots",
]
