"""A place told more exactly: what is said anew counts, and what was said before stays."""

from dataclasses import fields, replace

from handlers.understanding.fold import fold
from handlers.understanding.values import Place

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
