"""The process's clocks: the only place where the present moment is read."""

from datetime import UTC, datetime


def real() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class Stepped:
    """A clock that is set by hand while a sample is played, and runs by itself once released."""

    def __init__(self) -> None:
        self._moment: datetime | None = None

    def __call__(self) -> datetime:
        return self._moment or real()

    def set(self, moment: datetime) -> None:
        """It is this moment now."""
        self._moment = moment

    def release(self) -> None:
        """From now on, the real time."""
        self._moment = None
