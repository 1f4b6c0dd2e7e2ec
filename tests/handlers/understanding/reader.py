"""The classifier that the tests of this folder share."""

from datetime import UTC, datetime, timedelta

from handlers.understanding import Candidate, Classifier, fold

READ = Classifier.bundled()
NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def candidate(text: str, age: timedelta = timedelta(days=1), photos: tuple[int, ...] = ()) -> Candidate:
    """A ticket opened by a text some time ago."""
    seen = READ(text)
    return Candidate(1, fold(text), seen.category, seen.place, NOW - age, photos)
