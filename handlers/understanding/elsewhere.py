"""News of other provinces: a fire in Hà Nội is no alarm here."""

from collections.abc import Iterable

from handlers.understanding.phrases import Phrases, TextWords
from handlers.understanding.values import Place

# Whoever says one of these tells of what they see, whatever they liken it to.
_NEAR = Phrases[bool](
    {
        f"{what} {whose}": True
        for what in ("nhà", "xóm", "chỗ", "hẻm", "khu")
        for whose in ("em", "tui", "tôi", "mình", "con", "này", "đây")
    }
    | dict.fromkeys(("ở đây", "gần đây", "bên này", "trước nhà", "kế nhà", "sát nhà"), True)
)


class Elsewhere:
    """Knows what lies outside the city by its name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = Phrases[bool](dict.fromkeys(names, True))

    def is_meant(self, text: str, place: Place) -> bool:
        """Whether a text names what lies outside and no place here, where a lorry from there may stop."""
        if place.street or place.alley or place.number or place.ward:
            return False
        words = TextWords.of(text)
        if not self._is_named(words) or any(_NEAR.found(words)):
            return False
        return place.landmark is None or self._is_named(TextWords.of(place.landmark))

    def _is_named(self, words: TextWords) -> bool:
        return any(self._names.found(words))
