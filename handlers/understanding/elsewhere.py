"""News of other provinces: a fire in Hà Nội is for a moderator to judge."""

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
# Behind one of these a name says where; a lorry, an eating-house and a road are called by such names, too.
# In the delta one goes up to Sài Gòn and down to Cà Mau.
_AT = ("ở", "tại", "ngoài", "bên", "dưới", "trên", "miệt", "đèo", "chung cư", "tỉnh", "thành phố", "tp")


class Elsewhere:
    """Knows what lies outside the city by its name."""

    def __init__(self, names: Iterable[str]) -> None:
        names = tuple(names)
        self._names = Phrases[bool](dict.fromkeys(names, True))
        self._there = Phrases[bool]({f"{at} {name}": True for at in _AT for name in names})

    def is_meant(self, text: str, place: Place) -> bool:
        """Whether a text says that it is there, and names no place here."""
        if place.street or place.alley or place.number or place.ward:
            return False
        words = TextWords.of(text)
        if not self._is_told(words) or any(_NEAR.found(words)):
            return False
        return place.landmark is None or any(self._names.found(TextWords.of(place.landmark)))

    def _is_told(self, words: TextWords) -> bool:
        """Whether a name stands behind a word for it, or first: without accents, "bao loc" is a storm."""
        begins = words.accented and any(hit.start == 0 for hit in self._names.found(words))
        return begins or any(self._there.found(words))
