"""Where it is, from the words: street, house number, alley, ward, landmark."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.understanding.fold import has_accents, strip_accents
from handlers.understanding.phrases import spelling
from handlers.understanding.place_words import ENDS
from handlers.understanding.values import Place

_HOUSE = r"\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*"
_NUMBER = re.compile(rf"\b(?:so nha|nha so|so|nha|truoc)\s+({_HOUSE})(?![\w/])")
_BEFORE_STREET = re.compile(rf"(?<![\w/])({_HOUSE})\s*,?\s*(?:duong\s+)?$")
_ALLEY = re.compile(r"\b(?:hem|ngo|kiet)\s*(?:so\s*)?(\d{1,4}[a-z]?(?:/\d{1,4})*)(?![\w/])")
_WARD = re.compile(r"\b(?:phuong|p|f)[\s.]{0,3}(\d{1,2})(?![\w/])")
_QUARTER = re.compile(r"\b(?:khom|ap|khu vuc|to)\s*\d{1,2}\b")
# A street is called like the ward, the market or the school; 30/4 is also a day.
_NO_STREET = re.compile(
    r"\b(?:phuong|p|xa|cho|chua|truong|cong vien|quang truong|benh vien|nha hang|ngay|le|tet|dip)[\s.]{0,3}$"
)
_NAME = r"((?:[A-ZĐÀ-Ỹ][\w]*)(?:\s+[A-ZĐÀ-Ỹ0-9][\w]*){0,3})"
_NAMED_STREET = re.compile(rf"\b[Đđ](?:ường|uong)\s+{_NAME}")
_NAMED_WARD = re.compile(rf"\b(?:[Pp]hường|[Pp]huong|[Xx]ã|P\.)\s*{_NAME}")
_NAMED_LANDMARK = re.compile(
    rf"\b((?:[Cc]hợ|[Cc]hùa|[Tt]rường|[Bb]ệnh viện|[Cc]ông viên|[Cc]ầu|[Hh]ồ|[Qq]uán|[Ss]iêu thị|[Đđ]ình)"
    rf"(?:\s+[a-zà-ỹ]+){{0,2}}\s+{_NAME})"
)
_NEAR = re.compile(
    r"\b(?:gần|đối diện|trước(?: cổng| cửa| mặt)?|cạnh|kế bên|sau lưng|đầu|cuối|góc|ngã tư|ngã ba|vòng xoay"
    r"|chân cầu|dốc cầu|đầu cầu|cầu|chợ|chùa|trường|bệnh viện|công viên|quán|tiệm|ấp|hẻm)((?:\s+[\w/]+){1,5})"
)
_NEAR_PLAIN = re.compile(  # without accents, "cho" and "chua" are mostly other words
    r"\b(?:gan|doi dien|truoc cong|truoc cua|truoc nha|ke ben|sau lung|dau cau|chan cau|doc cau|dau hem"
    r"|cuoi hem|dau duong|nga tu|nga ba|vong xoay|benh vien|cong vien|truong hoc|ap)((?:\s+[\w/]+){1,5})"
)
_PLAIN = str.maketrans(
    "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ",
    "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd",
)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    what: str


class Gazetteer:
    """Reads places; knows the streets and landmarks that it is given, and names written with capitals."""

    def __init__(self, streets: Mapping[str, Sequence[str]], landmarks: Sequence[str]) -> None:
        self._streets = {
            form: name for name, short in streets.items() for form in (strip_accents(name), *short)
        }
        self._landmarks = {strip_accents(name): name for name in landmarks}
        self._street_forms = _any_of(self._streets)
        self._landmark_forms = _any_of(self._landmarks)

    def find(self, text: str) -> Place:
        """The place that a text names; all fields None where it names none."""
        written = unicodedata.normalize("NFC", text)
        if len(written.lower()) != len(written):  # a rare letter whose lower case is longer
            written = written.lower()
        lower = written.lower()
        plain = lower.translate(_PLAIN)
        landmark = _known(self._landmark_forms, self._landmarks, lower, plain) or _named(
            _NAMED_LANDMARK, written
        )
        street = _known(self._street_forms, self._streets, lower, plain) or _named(_NAMED_STREET, written)
        alley = _first(_ALLEY, plain)
        number = _number(plain, street, alley)
        ward = _first(_WARD, plain) or _named(_NAMED_WARD, written)
        found = [one for one in (landmark, street, alley, number, ward, _first(_QUARTER, plain)) if one]
        if not found:
            landmark = _near(written, lower, plain)
            found = [landmark] if landmark else []
        return Place(
            _said(written, found), _what(street), _what(number), _what(alley), _what(ward), _what(landmark)
        )


def _any_of(forms: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile(rf"(?<![\w/])(?:{'|'.join(re.escape(form) for form in longest_first)})(?![\w/])")


def _known(forms: re.Pattern[str], names: Mapping[str, str], lower: str, plain: str) -> _Found | None:
    """The first name of a list that is written; accents, where written, must be the name's own."""
    for found in forms.finditer(plain):
        name, other = names[found[0]], _NO_STREET.search(plain[max(0, found.start() - 20) : found.start()])
        if not other and _is_written(lower[found.start() : found.end()], found[0], name):
            return _Found(found.start(), found.end(), name)
    return None


def _is_written(written: str, form: str, name: str) -> bool:
    if written == form:
        return True
    pairs = zip(written.split(), name.lower().split(), strict=False)
    return all(spelling(one) == spelling(other) or one.isascii() for one, other in pairs)


def _first(pattern: re.Pattern[str], plain: str) -> _Found | None:
    found = pattern.search(plain)
    if found is None:
        return None
    return _Found(found.start(), found.end(), found[1] if found.groups() else found[0])


def _named(pattern: re.Pattern[str], written: str) -> _Found | None:
    """A name in capitals; a text all in capitals has none."""
    found = None if written.isupper() else pattern.search(written)
    return _Found(found.start(), found.end(), found[1]) if found else None


def _number(plain: str, street: _Found | None, alley: _Found | None) -> _Found | None:
    """A house number: after "số" or "nhà", or right before the street's name ("45 Hai Bà Trưng")."""
    if street is not None:
        found = _BEFORE_STREET.search(plain[: street.start])
        if found is not None and not (alley and alley.start <= found.start(1) < alley.end):
            return _Found(found.start(1), street.end, found[1])
    return _first(_NUMBER, plain)


def _near(written: str, lower: str, plain: str) -> _Found | None:
    """What a place is beside, in the words before the sentence goes on."""
    found = _NEAR.search(lower) or (None if has_accents(written) else _NEAR_PLAIN.search(plain))
    if found is None:
        return None
    end = found.start(1)
    for word in re.finditer(r"\S+", plain[found.start(1) : found.end(1)]):
        if word[0] in ENDS:
            break
        end = found.start(1) + word.end()
    if end == found.start(1):
        return None
    return _Found(found.start(), end, " ".join(written[found.start() : end].split()))


def _said(written: str, found: Sequence[_Found]) -> str | None:
    """The words from the first to the last that say where; only the first where they stand far apart."""
    if not found:
        return None
    start, end = min(one.start for one in found), max(one.end for one in found)
    if end - start > 80:
        end = min(found, key=lambda one: one.start).end
    return " ".join(written[start:end].split())


def _what(found: _Found | None) -> str | None:
    return found.what if found else None
