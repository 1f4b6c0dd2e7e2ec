"""Where it is, from the words: street, house number, alley, ward, landmark."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.understanding.fold import has_accents, strip_accents
from handlers.understanding.values import Place

_NUMBER = re.compile(
    r"(?:\bso(?: nha)?\s*|\bnha\s+|\btruoc\s+(?:so\s+|nha\s+)?)(\d{1,4}[a-z]?(?:/\d{1,4})*)\b"
)
_BEFORE_STREET = re.compile(r"(\d{1,4}[a-z]?(?:/\d{1,4})*)\s*(?:duong\s+)?$")
_ALLEY = re.compile(r"\b(?:hem|ngo|kiet)\s*(?:so\s*)?(\d{1,4}(?:/\d{1,4})*)\b")
_WARD = re.compile(r"\b(?:phuong|p|f)\s*\.?\s*(\d{1,2}|phu loi|soc trang|my xuyen)\b")
_QUARTER = re.compile(r"\b(?:khom|ap|khu vuc)\s*\d{1,2}\b")
_REST = r"\s+[^,.;:!?\n]{2,40}"
_NEAR = re.compile(
    r"\b(?:gần|đối diện|trước(?: cổng| cửa| mặt)?|cạnh|kế bên|sau lưng|đầu|cuối|góc|ngã tư|ngã ba|vòng xoay"
    r"|chân cầu|dốc cầu|cầu|chợ|chùa|trường|bệnh viện|công viên|quán|tiệm|khóm|ấp|hẻm)" + _REST
)
_NEAR_PLAIN = re.compile(  # without accents, "cho" and "chua" are mostly other words
    r"\b(?:gan|doi dien|truoc cong|truoc cua|truoc nha|ke ben|sau lung|dau cau|dau hem|cuoi hem|dau duong"
    r"|nga tu|nga ba|vong xoay|chan cau|doc cau|benh vien|cong vien|khom|ap)" + _REST
)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int


class Gazetteer:
    """Reads places; knows the streets and landmarks that it is given."""

    def __init__(self, streets: Mapping[str, Sequence[str]], landmarks: Sequence[str]) -> None:
        self._streets = [
            (re.compile(rf"(?<![\w/]){re.escape(form)}(?![\w/])"), name)
            for name, short in streets.items()
            for form in sorted({strip_accents(name), *short}, key=len, reverse=True)
        ]
        self._landmarks = [
            (re.compile(rf"\b{re.escape(strip_accents(name))}\b"), name)
            for name in sorted(landmarks, key=len, reverse=True)
        ]

    def find(self, text: str) -> Place:
        """The place that a text names; all fields None where it names none."""
        written = unicodedata.normalize("NFC", text)
        plain = "".join(strip_accents(letter)[:1] or letter for letter in written)
        spans: list[_Span] = []
        street = self._street(plain, spans)
        landmark = self._landmark(plain, spans)
        alley = _taken(_ALLEY, plain, spans)
        number = _taken(_NUMBER, plain, spans) or self._number_before(plain, spans, street is not None)
        number = None if number == alley else number
        ward = _taken(_WARD, plain, spans)
        _taken(_QUARTER, plain, spans)
        if not spans:
            near = _NEAR.search(written.lower()) or (None if has_accents(text) else _NEAR_PLAIN.search(plain))
            if near is not None:
                spans.append(_Span(near.start(), near.end()))
                landmark = written[near.start() : near.end()].strip()
        if not spans:
            return Place()
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        words = written[start:end] if end - start <= 80 else written[spans[0].start : spans[0].end]
        return Place(" ".join(words.split()), street, number, alley, ward, landmark)

    def _street(self, plain: str, spans: list[_Span]) -> str | None:
        for pattern, name in self._streets:
            found = pattern.search(plain)
            if found is not None:
                spans.append(_Span(found.start(), found.end()))
                return name
        return None

    def _landmark(self, plain: str, spans: list[_Span]) -> str | None:
        for pattern, name in self._landmarks:
            found = pattern.search(plain)
            if found is not None:
                spans.append(_Span(found.start(), found.end()))
                return name
        return None

    def _number_before(self, plain: str, spans: list[_Span], has_street: bool) -> str | None:
        """A number right before the street's name: "45 Hai Bà Trưng"."""
        if not has_street:
            return None
        found = _BEFORE_STREET.search(plain[: spans[0].start])
        if found is None:
            return None
        spans.append(_Span(found.start(1), spans[0].start))
        return found[1]


def _taken(pattern: re.Pattern[str], plain: str, spans: list[_Span]) -> str | None:
    found = pattern.search(plain)
    if found is None:
        return None
    spans.append(_Span(found.start(), found.end()))
    return found[1] if found.groups() else None
