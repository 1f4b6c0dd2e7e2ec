"""What the public board shows of a text: nobody's number, and nobody's name where it can be told for one.

A name is told by whose it is (the ticket's own people), by the title before it ("chị Lan", "ông Ba"), or by
an @. Streets, wards, markets and bridges are called after people and stay: those of the city's gazetteer, and
whatever follows a word for such a place ("đường Bà Triệu", "chợ Bà Chiểu"). A shop or a house is somebody's.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from handlers.redact import HIDDEN, redacted
from handlers.understanding.fold import has_accents, strip_accents

Words = tuple[str, ...]

_WORD = re.compile(r"\w+")
_CAPITALISED = r"[A-ZÀ-ỸĐ]\w*"
_SIGNS = re.compile(
    r"(?:https?://)?(?:www\.)?(?:facebook\.com|fb\.com|m\.me|zalo\.me|t\.me|tiktok\.com)/\S+"
    rf"|@{_CAPITALISED}(?: {_CAPITALISED}){{0,3}}|@[\w.]+"
)
_LONGEST = 4  # words of a name
# What is not seen and would hide a name from us, or turn the line around.
_UNSEEN = dict.fromkeys([0xAD, 0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words("ông bà anh chị cô chú thầy bác dì cậu mợ thím dượng em cháu tên")
_PLAIN_TITLES = frozenset(strip_accents(word) for word in _TITLES) - _words("cau duong ten")
# Where capitals tell nothing, these after a title are names: what given names are mostly no other word, and
# how the South calls people by their place among brothers and sisters.
_GIVEN = _words(
    "tuấn hùng dũng cường lan hương thảo linh nhung tâm phúc lộc khoa khánh huy duy đức kiên tú vy my ngân "
    "yến oanh loan nga hằng hạnh phượng diễm thắm tuyết ngọc trinh trâm quyên nhi thủy thúy thịnh nghĩa"
)
_ELDERS = _words("chú dì bác thím mợ cậu dượng ông bà")
_ORDINALS = _words("hai ba tư năm sáu bảy tám chín mười út")
_COUNTED = _words(
    "bữa ngày tuần tháng năm nay ngoái giờ phút cái người cây cột bóng lần lượt chỗ trụ nhà đèn con chiếc xe"
)
# After a title these say what somebody is, not who.
_OFFICES = _words(
    "anh chị em ông bà cô chú bác con cháu bí chủ phó trưởng giám cán phường xã khóm ấp ubnd csgt sở ban tổ "
    "đội quận thành tp công_ích công_ty công_trình công_an công_nhân cảnh_sát dân_phòng bảo_vệ điện_lực "
    "môi_trường cấp_nước thoát_nước chiếu_sáng cây_xanh vệ_sinh điều_phối hàng_xóm tài_xế giáo_viên"
)
# Words for places that everybody names; a shop, a school or a house may be called after whoever has it.
_PLACES = _words(
    "đường phố hẻm ngõ ngách phường xã thị_trấn quận huyện ấp khóm tổ chợ cầu chùa miếu miễu đình đền lăng "
    "kênh kinh rạch sông vàm bến phà cồn hồ công_viên bệnh_viện ngã_ba ngã_tư quảng_trường tượng_đài "
    "hương_lộ giồng xóm làng núi đại_lộ tuyến"
)
_PLAIN_PLACES = _words("duong hem phuong chua kenh rach benh_vien cong_vien khom")
_KNOWN = (
    "Hai Bà Trưng", "Bà Trưng", "Bà Triệu", "Bà Huyện Thanh Quan", "Bà Rịa", "Bà Đen", "Bà Nà", "Bà Chiểu",
    "Bà Điểm", "Bà Chúa Xứ", "Bà Thiên Hậu", "Ông Ích Khiêm", "Ông Lãnh", "Ông Đốc", "Cô Giang", "Cô Bắc",
    "Cô Tô",
)  # fmt: skip


# Words that end as a place's word does: "gia đình chị Lan", "yêu cầu ông Ba".
_NO_PLACES = {
    ("gia", "dinh"), ("hang", "xom"), ("loi", "xom"), ("yeu", "cau"), ("nhu", "cau"), ("dan", "pho"),
    ("truc", "tuyen"),
}  # fmt: skip


class Veil:
    """Knows the city's places; hides whoever else a text names."""

    def __init__(self, places: Iterable[str]) -> None:
        """`places`: names of streets, wards and landmarks."""
        self._known: dict[str, list[Words]] = {}
        for name in (*places, *_KNOWN):
            words = _bare(name)
            if words:
                self._known.setdefault(words[0], []).append(words)

    def over(self, text: str, people: Iterable[str]) -> str:
        """A text as everybody may read it; `people`: the names of whoever has to do with it."""
        text = unicodedata.normalize("NFC", text).translate(_UNSEEN)
        text = _SIGNS.sub(HIDDEN, redacted(text))
        said = _Said(text)
        stays = self._places(said)
        hidden = {at for at in _titled(said) if at not in stays}
        for name in people:
            hidden |= _occurrences(said, name) - stays
        return said.without(hidden)

    def _places(self, said: "_Said") -> set[int]:
        """The words that are part of a place's name."""
        found = set[int]()
        for at, word in enumerate(said.bare):
            for words in self._known.get(word, ()):
                if said.bare[at : at + len(words)] == words:
                    found |= set(range(at, at + len(words)))
            found |= _called(said, at)
        return found


class _Said:
    """A text and its words: as written, in small letters, and bare of accents."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = [found.span() for found in _WORD.finditer(text)]
        self.written = [text[start:end] for start, end in self.spans]
        self.lower = tuple(word.lower() for word in self.written)
        self.bare = tuple(strip_accents(word) for word in self.written)
        self.is_plain = not has_accents(text)
        self.titles = _PLAIN_TITLES if self.is_plain else _TITLES

    def follows(self, at: int) -> bool:
        """Whether nothing but a space is between this word and the one before."""
        return (
            0 < at < len(self.spans) and self.text[self.spans[at - 1][1] : self.spans[at][0]].strip(" ") == ""
        )

    def is_capital(self, at: int) -> bool:
        """Whether a word is written as names are; letters that are all large tell nothing."""
        word = self.written[at]
        return word[0].isupper() and (len(word) == 1 or not word.isupper())

    def capitals(self, at: int) -> int:
        """Where the run of words in capitals ends that begins here."""
        end = at
        while end < len(self.spans) and end - at < _LONGEST and self.follows(end) and self.is_capital(end):
            end += 1
        return end

    def is_any(self, at: int, of: Iterable[str]) -> bool:
        """Whether one of these begins here; an underscore joins two words."""
        here = self.lower[at]
        pair = f"{here}_{self.lower[at + 1]}" if at + 1 < len(self.lower) else here
        return here in of or pair in of

    def without(self, hidden: set[int]) -> str:
        """The text with a mark in the place of words."""
        parts, end = [], 0
        for at in sorted(hidden):
            start = self.spans[at][0]
            if at - 1 not in hidden or not self.follows(at):
                parts += [self.text[end:start], HIDDEN]
            end = self.spans[at][1]
        return "".join([*parts, self.text[end:]])


def _called(said: _Said, at: int) -> set[int]:
    """What a place is called, after the word for it: "chợ Bà Chiểu", "đường bà Triệu"."""
    places = _PLAIN_PLACES if said.is_plain else _PLACES
    if not said.is_any(at, places) or (said.follows(at) and said.bare[at - 1 : at + 1] in _NO_PLACES):
        return set()
    first = at + (1 if said.lower[at] in places else 2)
    named = first + (first < len(said.lower) and said.lower[first] in said.titles and said.follows(first))
    end = said.capitals(named)
    return set(range(at, end)) if end > named else set()


def _titled(said: _Said) -> Iterable[int]:
    """The words of names that come after a title."""
    for at, word in enumerate(said.lower[:-1]):
        first = at + 1
        if word not in said.titles or not said.follows(first) or said.is_any(first, _OFFICES):
            continue
        end = said.capitals(first)
        if end == first and _is_name(said, first):
            end = first + 1
        yield from range(first, end)


def _is_name(said: _Said, at: int) -> bool:
    """Whether a word in small letters, or in a text that is all capitals, names whoever has the title."""
    if said.lower[at] in _GIVEN:
        return True
    after = said.lower[at + 1] if at + 1 < len(said.lower) else ""
    is_elder = said.lower[at - 1] in _ELDERS
    return is_elder and said.lower[at] in _ORDINALS and after not in _COUNTED and after not in _ORDINALS


def _occurrences(said: _Said, name: str) -> set[int]:
    """Where a person's name stands: of one word as it is written, of several in any writing."""
    written = re.sub(r"\(.*?\)", " ", unicodedata.normalize("NFC", name))  # "Sang (Chiếu sáng)"
    words, own = _bare(written), _WORD.findall(written)
    if not words or _is_office(own):
        return set()
    found = set[int]()
    for at in range(len(said.bare) - len(words) + 1):
        if said.bare[at : at + len(words)] == words and (len(words) > 1 or said.written[at] == own[0]):
            found |= set(range(at, at + len(words)))
    return found


def _is_office(own: Sequence[str]) -> bool:
    """Whether an account is a company's or an office's: "Cấp nước Sóc Trăng"."""
    first, second = own[0].lower(), own[1].lower() if len(own) > 1 else ""
    return f"{first}_{second}" in _OFFICES or first in ("ubnd", "csgt")


def _bare(text: str) -> Words:
    return tuple(strip_accents(word) for word in _WORD.findall(unicodedata.normalize("NFC", text)))
