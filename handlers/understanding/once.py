"""A text is understood once in a batch, however often its meaning is asked for."""

from handlers.understanding.values import Understand, Understanding


class Once:
    """Remembers what texts meant; made for a batch and gone with it."""

    def __init__(self, understand: Understand) -> None:
        self._understand = understand
        self._seen: dict[tuple[str, bool], Understanding] = {}

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding:
        known = self._seen.get((text, has_photo))
        if known is None:
            known = self._seen[text, has_photo] = self._understand(text, has_photo=has_photo)
        return known
