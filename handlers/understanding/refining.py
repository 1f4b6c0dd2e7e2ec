"""A place told more exactly: what is said anew counts, and what was said before stays."""

import re
from dataclasses import fields, replace

from handlers.understanding.fold import fold, strip_accents
from handlers.understanding.values import Place

_NAMED = ("street", "number", "alley", "landmark")
_TOLD = ("street", "number", "alley", "ward", "landmark")


def refined(place: Place, said: Place) -> Place:
    """The place with what somebody adds to it ("gần cầu, số 45"); another street is another place."""
    if said.text is None or place.text is None or _is_elsewhere(place, said):
        return said if said.text is not None else place
    kept = {one.name: getattr(said, one.name) or getattr(place, one.name) for one in fields(Place)}
    adds = any(getattr(place, name) and not getattr(said, name) for name in _TOLD)
    return replace(Place(**kept), text=_both(said.text, place.text) if adds else said.text)


def _is_elsewhere(place: Place, said: Place) -> bool:
    """Whether it names another street or ward than the one that was told."""
    pairs = ((place.street, said.street), (place.ward, said.ward))
    return any(one and other and fold(one) != fold(other) for one, other in pairs)


def _both(said: str, before: str) -> str:
    return before if fold(said) in fold(before) else f"{said}, {before}"


def corrected(place: Place, said: Place) -> Place:
    """The place with what was named wrongly put right: to "hẻm 12 Lê Lai", "Lê Lợi" says hẻm 12 Lê Lợi."""
    text = place.text or ""
    for name in _NAMED:
        was, new = getattr(place, name), getattr(said, name)
        if new and was != new:
            at = _where(text, was)
            if at < 0:
                return refined(place, said)
            text = text[:at] + new + text[at + len(was) :]
    is_moved = said.street is not None and said.street != place.street
    kept = Place(text=text, **{name: getattr(said, name) or getattr(place, name) for name in _NAMED})
    return kept if is_moved else replace(refined(place, said), text=text)


def _where(text: str, words: str | None) -> int:
    """Where words stand in a text, whatever accents either is written with; -1 where they do not."""
    found = (
        re.search(rf"(?<!\w){re.escape(strip_accents(words))}(?!\w)", strip_accents(text)) if words else None
    )
    return found.start() if found else -1
