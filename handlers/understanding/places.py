"""Where it is, from the words: the parts of an address, what joins them, and what they are beside.

A text is read once, word by word. At each word a part may begin (a house number, an alley, a street, a
quarter, a ward, a district, a landmark); parts that only joining words keep apart are one place, and
the place that says most is the message's.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from handlers.understanding import coordinates
from handlers.understanding import place_words as known
from handlers.understanding.fold import spelling, strip_accents
from handlers.understanding.gazetteer import Gazetteer, Point
from handlers.understanding.house_numbers import counts, is_house, is_one_of
from handlers.understanding.tokens import (
    Forms,
    Spans,
    Tokens,
    by_first_word,
    composed,
    reads,
    spans_of,
    tokens_of,
    written,
)
from handlers.understanding.values import Place

_NUMBERED = re.compile(r"\d{1,4}[a-z]?(?:[/-]\d{1,4}[a-z]?)*")
_GLUED = re.compile(r"(p|f|q|kp|ql|tl|dt|hl|khom|k|ap|hem)(\d{1,4}[a-z]?)(?:p\d{1,2})?")
_GLUED_PART = {
    "p": "ward",
    "f": "ward",
    "q": "district",
    "kp": "quarter",
    "k": "quarter",
    "khom": "quarter",
    "ap": "quarter",
    "hem": "alley",
}
_DATED = re.compile(r"\d{1,2}[/-]\d{1,2}")
# How much each part says of where it is.
_TELLS = {
    "street": 3.0,
    "alley": 2.5,
    "number": 0.9,
    "landmark": 2.5,
    "ward": 2.0,
    "quarter": 1.8,
    "district": 0.9,
    "beside": 1.0,
    "named": 1.6,
}
_LEAST = 1.05  # a number or a city alone is no place
_LONGEST_GAP = 4  # joining words between two parts
_LONGEST_NAME = 5  # words
_NOWHERE = Place()
OPEN = "_"  # stands for a word of a name
_LAMP, _FAMILY = (by_first_word((word, word) for word in words) for words in (known.LAMP, known.FAMILY))


class _Part(NamedTuple):
    """`start` to `end`: its tokens; of these, `name` is where a proper name begins."""

    sort: str
    start: int
    end: int
    value: str
    name: int


class _Way(Protocol):
    """Reads one sort of part that may begin at a token."""

    def __call__(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None: ...


class PlaceReader:
    """Reads places; knows the names of a gazetteer, and how names and addresses are written."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._streets = by_first_word(gazetteer.street_forms())
        # Written without accents there, these are the street however accents are written: "Quốc lộ 1".
        self._short = {form: street.name for street in gazetteer.streets for form in street.short}
        self._landmarks = by_first_word(gazetteer.landmark_forms())
        self._landmark_rows = {landmark.name: landmark for landmark in gazetteer.landmarks}
        self._posts = {street.name: street.posts for street in gazetteer.streets if street.posts}
        self._heads = by_first_word((head, sort) for sort, heads in known.HEADS.items() for head in heads)
        self._beside = by_first_word((words, words) for words in known.BESIDE)
        self._beside_words = frozenset(
            form for words in known.BESIDE for form in (strip_accents(words), _spelled(words))
        )
        self._at = by_first_word((words, words) for words in known.AT)
        self._ways = self._ways_to_begin()

    def find(self, text: str) -> Place:
        """The place that a text names; all fields None where it names none."""
        return self.read(text)[0]

    def read(self, text: str) -> tuple[Place, str]:
        """The place, and the text with names of places left open: a street called Cống Quỳnh is no drain."""
        written = composed(text)
        tokens = tokens_of(written)
        shouted = written.isupper() or written == written.lower()
        places = list(self._places(tokens, shouted=shouted))
        point = coordinates.pointed(text, self._gazetteer.centre)
        if not places:
            return Place(latitude=point[0], longitude=point[1]) if point else _NOWHERE, written
        parts = [part for place in places for part in place]
        spans = spans_of(written)
        left_open = _without_names(written, tokens, spans, parts, shouted=shouted)
        best = max(places, key=_tells)
        if _tells(best) < _LEAST and point is None:
            return _NOWHERE, left_open
        return self._place(written, tokens, spans, best, parts, point), left_open

    def _places(self, tokens: Tokens, *, shouted: bool) -> Iterator[list[_Part]]:
        """Runs of parts that belong together."""
        after, run = 0, list[_Part]()
        for at, word in enumerate(tokens.plain):
            if at < after or (word not in self._ways and word.isalpha()):
                continue
            part = self._part(tokens, at, shouted=shouted)
            if part and run and not _joined(tokens, run[-1].end, part.start):
                yield run
                run = []
            while part is not None:
                run.append(self._called(tokens, part))
                after = part.end
                part = self._street_after(tokens, part) if not shouted else None
        if run:
            yield run

    def _part(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """The part of an address that begins at a token."""
        plain = tokens.plain[at]
        ways = self._ways.get(plain)
        if ways is None:
            is_number = plain.isalnum() or plain[0].isdigit()
            return self._numbered(tokens, at, shouted=shouted) if is_number else None
        for way in ways:
            part = way(tokens, at, shouted=shouted)
            if part is not None:
                return part
        return None

    def _ways_to_begin(self) -> Mapping[str, Sequence[_Way]]:
        """How a part may begin with a word, in the order in which it is tried."""
        tables = (self._landmarks, self._streets, self._heads, self._beside, self._at)
        words = frozenset(word for table in tables for word in table)
        ways: Sequence[tuple[Container[str], _Way]] = (
            (self._landmarks, self._landmark),
            (self._streets, self._listed_street),
            (frozenset(word for word in words if not word.isalpha()), self._numbered),
            (self._heads, self._road),
            (self._at, self._named),
            (self._beside, self._beside_something),
        )
        return {word: [way for begins, way in ways if word in begins] for word in words}

    def _landmark(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        return self._listed(tokens, at, self._landmarks, "landmark")

    def _listed_street(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        return self._listed(tokens, at, self._streets, "street")

    def _numbered(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        return _glued(tokens, at) or self._bare_address(tokens, at, shouted=shouted)

    def _called(self, tokens: Tokens, part: _Part) -> _Part:
        """A street of the gazetteer by its own name, however it was written."""
        if part.sort == "street" and part.name < part.end:
            for form in self._streets.get(tokens.plain[part.name], ()):
                if part.end - part.name == len(form.plain) and reads(tokens, part.name, form):
                    return part._replace(value=form.name)
            return part._replace(value=self._short.get(strip_accents(part.value), part.value))
        return part

    def _listed(self, tokens: Tokens, at: int, names: Forms, sort: str) -> _Part | None:
        """A name of the gazetteer; accents, where written, must be the name's own."""
        for form in names.get(tokens.plain[at], ()):
            if reads(tokens, at, form):
                end = at + len(form.plain)
                if sort == "street" and not self._is_street(tokens, at, end):
                    return None
                return _Part(sort, at, end, form.name, at + (sort == "landmark"))
        return None

    def _is_street(self, tokens: Tokens, at: int, end: int) -> bool:
        """A street is called like the ward, the market or the school; 30/4 is also a day."""
        before = tokens.plain[at - 1] if at else ""
        if before == "." and at > 1:
            before = tokens.plain[at - 2]
        if before in known.NAMESAKES:
            return False
        return end - at > 1 or before in ("duong", "pho") or not _DATED.fullmatch(tokens.plain[at])

    def _road(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """A part with its word; "đường số 5" is a street, but of "đèn đường số 5 Hai Bà Trưng" a house."""
        if not _is_numbered(tokens, at):
            return self._headed(tokens, at, shouted=shouted)
        is_house = not _is_numbered(tokens, at + 3) and self._street(tokens, at + 3, shouted=shouted)
        if is_house or _has_family_name(tokens, at + 3):
            return None
        return _Part("street", at, at + 3, f"đường số {tokens.plain[at + 2]}", at + 3)

    def _street(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """The street that begins here, one of the gazetteer or one with its word."""
        if at >= len(tokens.plain):
            return None
        listed = self._listed_street(tokens, at, shouted=shouted)
        part = listed or self._road(tokens, at, shouted=shouted)
        return part if part and part.sort == "street" else None

    def _headed(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """A word that begins a part, and the name after it."""
        otherwise = known.OTHERWISE.get(tokens.plain[at])
        if otherwise and at and tokens.written[at - 1].lower() in otherwise:
            return None
        for form in self._heads.get(tokens.plain[at], ()):
            if not reads(tokens, at, form):
                continue
            words, _, sort = form
            after = at + len(words)
            dotted = after < len(tokens.plain) and tokens.written[after] == "." and words[-1] in known.POINTED
            if words[0] in known.SHORT and not dotted:
                continue
            if not tokens.tells(at) and len(words) == 1 and words[0] in known.AMBIGUOUS and shouted:
                continue
            after += dotted
            if words[0] in known.NUMBERED_QUARTERS and not _is_number(tokens, after):
                continue
            stop = self._name(tokens, after, sort, shouted=shouted)
            if stop > after:
                named = at if sort == "landmark" or words[0] in known.NUMBERED_ROADS else after
                return _Part(sort, at, stop, written(tokens, named, stop), after)
        return None

    def _name(self, tokens: Tokens, at: int, sort: str, *, shouted: bool) -> int:
        """Where the name that begins at a token ends; there is none where it ends at once."""
        if at >= len(tokens.plain):
            return at
        listed = self._listed_name(tokens, at)
        if listed:
            return listed
        if _NUMBERED.fullmatch(tokens.plain[at]) and sort != "landmark":
            return at if sort == "district" and tokens.plain[at - 1] not in ("quan", "q", ".") else at + 1
        if tokens.is_name(at) and not shouted:
            return _capitals(tokens, at)
        if sort == "landmark" and not shouted:
            unsure = not tokens.tells(at - 1) and tokens.plain[at - 1] in known.AMBIGUOUS
            return at if unsure else _described(tokens, at)
        if sort == "landmark" or not shouted:
            return at
        return _family_name(tokens, at)

    def _listed_name(self, tokens: Tokens, at: int) -> int:
        """Where a name of the gazetteer ends that begins here; 0 where none does."""
        for names in (self._streets, self._landmarks):
            for words, _, _ in names.get(tokens.plain[at], ()):
                if tokens.plain[at : at + len(words)] == words:
                    return at + len(words)
        return 0

    def _bare_address(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """A house number right before a street: "45 Hai Bà Trưng", "45/12 HBT", "nhà 15 đường Lê Lợi"."""
        if not is_house(tokens, at) or not self._follows_house(tokens, at, shouted=shouted):
            return None
        return _Part("number", at, at + 1, tokens.plain[at], at + 1)

    def _follows_house(self, tokens: Tokens, number: int, *, shouted: bool) -> bool:
        """Whether a street or a numbered alley follows; but "3 đường Lê Lợi, Lê Lai" is a count."""
        told = [*tokens.plain[number - 1 : number], *tokens.plain[number + 1 : number + 2]]
        at = number + (2 if told == ["nha", ","] else 1)
        if _has_family_name(tokens, at):
            return True
        street = self._street(tokens, at, shouted=shouted)
        if street is None:
            alley = self._headed(tokens, at, shouted=shouted) if at < len(tokens.plain) else None
            return alley is not None and alley.sort == "alley" and alley.value[0].isdigit()
        more = street.end < len(tokens.plain) and tokens.plain[street.end] in known.AND | {","}
        few = len(tokens.plain[number]) == 1
        return not (few and more and self._street(tokens, street.end + 1, shouted=shouted))

    def _street_after(self, tokens: Tokens, part: _Part) -> _Part | None:
        """A street without its word: "kiệt 15/15 Đống Đa", "Tân Sơn Nhì - Gò Dầu"."""
        at = part.end
        if part.sort == "street" and at < len(tokens.plain) and tokens.plain[at] in known.AND:
            at += 1
        elif part.sort not in ("number", "alley"):
            return None
        if (
            at >= len(tokens.plain)
            or not tokens.written[at][0].isupper()
            or tokens.plain[at] in known.NAME_ENDS
        ):
            return None
        other = self._listed_street(tokens, at, shouted=False) or self._road(tokens, at, shouted=False)
        if other and (other.sort == "street" or other.value[0].isdigit()):
            return None  # it is read as what it is when its turn comes
        end = _capitals(tokens, at)
        return _Part("street", at, end, written(tokens, at, end), at) if end - at >= 2 else None

    def _named(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """A name in capitals where something is: "ở Hóc Thông", "vỉa hè Phan Xích Long"."""
        if shouted:
            return None
        for form in self._at.get(tokens.plain[at], ()):
            start = at + len(form.plain)
            if (
                not reads(tokens, at, form)
                or start >= len(tokens.plain)
                or not tokens.written[start][0].isupper()
            ):
                continue
            end = _capitals(tokens, start)
            if end - start >= 2 and tokens.plain[start] not in known.OFFICES:
                first = start if len(form.plain) == 1 else at
                return _Part("named", first, end, written(tokens, start, end), start)
        return None

    def _beside_something(self, tokens: Tokens, at: int, *, shouted: bool) -> _Part | None:
        """What it is near, however it is called: "đối diện quán Bảy Mập", "gần trường cấp 2"."""
        for form in self._beside.get(tokens.plain[at], ()):
            end = at + len(form.plain)
            if end >= len(tokens.plain) or not reads(tokens, at, form):
                continue
            if form.plain[0] == "ngay" and at and counts(tokens, at - 1):
                return None  # "2 ngày", without its accent
            if self._listed_name(tokens, end) or self._headed(tokens, end, shouted=shouted):
                return None  # it has a name, which tells more
            length = self._landmark_head(tokens, end, weak=form.plain[0] in known.WEAK_BESIDE)
            stop = end + length
            while length and stop < min(len(tokens.plain), end + 4) and _goes_on(tokens, stop):
                stop += 1
            said = tokens.plain[at:stop]
            if stop > end + 1 and not known.GENERIC.issuperset(said):
                return _Part("beside", at, stop, written(tokens, at, stop), stop)
        return None

    def _landmark_head(self, tokens: Tokens, at: int, *, weak: bool) -> int:
        """How many words that begin a landmark stand here; after a weak word only clear ones count."""
        if weak and tokens.written[at].isascii() and tokens.plain[at] in known.AMBIGUOUS:
            return 0
        heads = (form for form in self._heads.get(tokens.plain[at], ()) if form.name == "landmark")
        return next((len(form.plain) for form in heads if reads(tokens, at, form)), 0)

    def _place(
        self,
        text: str,
        tokens: Tokens,
        spans: Spans,
        best: list[_Part],
        parts: list[_Part],
        point: Point | None,
    ) -> Place:
        value = {part.sort: part.value for part in reversed([*best, *parts])}
        landmark = value.get("landmark") or value.get("beside") or value.get("named")
        row = self._landmark_rows.get(landmark or "")
        street = value.get("street")
        elsewhere = any(_is_other_town(tokens, part, self._gazetteer.city) for part in parts)
        ward, before = self._ward(value.get("ward"), row.ward if row else None, elsewhere=elsewhere)
        if point is None and street in self._posts:
            point = coordinates.along(self._posts[street], coordinates.kilometre(text))
        if point is None and row is not None:
            point = row.at
        start, end = self._first_word(tokens, best[0].start), best[-1].end - 1
        return Place(
            text=" ".join(text[spans[start][0] : spans[end][1]].split()),
            street=street,
            number=_number(value.get("number")),
            alley=_number(value.get("alley")),
            ward=ward,
            old_ward=before,
            landmark=landmark,
            latitude=point[0] if point else None,
            longitude=point[1] if point else None,
        )

    def _ward(
        self, said: str | None, of_landmark: str | None, *, elsewhere: bool
    ) -> tuple[str | None, str | None]:
        """The ward of today, and the one that was said where that is another.

        `elsewhere`: another town is named, which has a ward 1 of its own.
        """
        if said is None:
            return of_landmark, None
        if elsewhere and said.isdigit():
            return said, None
        today = self._gazetteer.today.get(strip_accents(said), said)
        return today, said if today != said else None

    def _first_word(self, tokens: Tokens, start: int) -> int:
        """A place begins with the words that say where beside it."""
        for length in (2, 1):
            words = " ".join(_as_told(tokens, at) for at in range(max(0, start - length), start))
            if length <= start and words in self._beside_words:
                return start - length
        return start


def _is_number(tokens: Tokens, at: int) -> bool:
    return at < len(tokens.plain) and _NUMBERED.fullmatch(tokens.plain[at]) is not None


def _is_other_town(tokens: Tokens, part: _Part, city: str) -> bool:
    """Whether a part names a town or a rural district that is not the city: "thị xã Vĩnh Châu"."""
    is_town = part.sort == "district" and tokens.plain[part.start] in known.TOWNS
    return is_town and strip_accents(part.value) != strip_accents(city)


def _as_told(tokens: Tokens, at: int) -> str:
    """A word as its accents tell it: "đầy" is not "dãy"; in a text without any, "day" is both."""
    return tokens.spelled(at) if tokens.tells(at) else tokens.plain[at]


def _spelled(words: str) -> str:
    return " ".join(spelling(word) for word in words.split())


def _glued(tokens: Tokens, at: int) -> _Part | None:
    """ "p2", "kp3", "ql1a": a short word and its number in one."""
    found = _GLUED.fullmatch(tokens.plain[at])
    if found is None:
        return None
    sort = _GLUED_PART.get(found[1], "street")
    return _Part(sort, at, at + 1, tokens.written[at].upper() if sort == "street" else found[2], at + 1)


def _is_numbered(tokens: Tokens, at: int) -> bool:
    """Whether "đường số 5" stands here, and not "đèn đường số 5"."""
    words = tokens.plain[at : at + 3]
    is_one = words[:2] == ["duong", "so"] and words[-1].isdigit()
    return is_one and not is_one_of(tokens, at - 1, _LAMP)


def _has_family_name(tokens: Tokens, at: int) -> bool:
    """Whether a name of two words or more begins here as names of people do."""
    both = tokens.written[at : at + 2]
    return len(both) == 2 and _begins_a_name(tokens, at) and all(word[0].isupper() for word in both)


def _begins_a_name(tokens: Tokens, at: int) -> bool:
    return is_one_of(tokens, at, _FAMILY)


def _capitals(tokens: Tokens, at: int) -> int:
    """Where a name in capitals ends: "Nguyễn Thị Minh Khai", "Cách Mạng Tháng Tám", "Tân Sơn Nhì"."""
    end = at
    while end < len(tokens.plain) and end - at < _LONGEST_NAME and tokens.is_name(end):
        ends = tokens.plain[end] in known.NAME_ENDS and not _is_given_name(tokens, end)
        if end > at and (ends or counts(tokens, end)):
            break
        end += 1
    return end


def _is_given_name(tokens: Tokens, at: int) -> bool:
    """Whether "Kiệt" is the man's ("Lý Thường Kiệt"), not the alley's ("Đống Đa kiệt 15")."""
    numbered = at + 1 < len(tokens.plain) and tokens.plain[at + 1][:1].isdigit()
    return tokens.plain[at] == "kiet" and not numbered


def _described(tokens: Tokens, at: int) -> int:
    """Where a name ends that small letters lead to: "cầu bộ hành Suối Tiên", "khu đất nhà máy Thành Công"."""
    for start in range(at, min(len(tokens.plain), at + 4)):
        if tokens.written[start][0].isupper():
            return _capitals(tokens, start)
        if not _goes_on(tokens, start) or _begins_another(tokens, start):
            break
    return at


def _begins_another(tokens: Tokens, at: int) -> bool:
    """Whether a street or a house begins here: "hố ga hẻm 12" is no landmark; but "nhà máy đường" is one."""
    return tokens.plain[at] in known.BREAKS_OFF and tokens.plain[at - 1] != "may"


def _family_name(tokens: Tokens, at: int) -> int:
    """Where a name in small letters ends, if it begins as names do: "duong nguyen van linh hu den"."""
    if not _begins_a_name(tokens, at):
        return at
    end = at + 1
    while end < min(len(tokens.plain), at + 4) and _goes_on(tokens, end) and not counts(tokens, end):
        end += 1
    return end if end - at >= 2 else at


def _goes_on(tokens: Tokens, at: int) -> bool:
    first = tokens.written[at][0]
    return tokens.plain[at] not in known.ENDS and (first.isalpha() or first.isdigit())


def _joined(tokens: Tokens, end: int, start: int) -> bool:
    """Whether only joining words lie between two parts."""
    between = tokens.plain[end:start]
    return len(between) <= _LONGEST_GAP and known.JOINS.issuperset(between)


def _without_names(text: str, tokens: Tokens, spans: Spans, parts: Sequence[_Part], *, shouted: bool) -> str:
    pieces: list[str] = []
    after = 0
    for part in parts:
        for at in range(part.name, part.end):
            is_word = tokens.written[at][0].isalpha()
            if is_word and (part.sort != "landmark" or shouted or tokens.is_name(at)):
                between = text[after : spans[at][0]]
                pieces += [] if between == " " and pieces else [between, OPEN]
                after = spans[at][1]
    return "".join((*pieces, text[after:]))


def _tells(place: list[_Part]) -> float:
    return sum(_TELLS[part.sort] for part in {part.sort: part for part in place}.values()) + 0.1 * len(place)


def _number(value: str | None) -> str | None:
    return value.lower() if value else None
