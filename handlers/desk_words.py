"""What a department's words in its own chat mean: done, begun, promised for a day, not theirs, or a remark.

Whoever reported is told of it, so every doubt is for a remark.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import half_done, mistakes, promises
from handlers.promises import End
from handlers.understanding import Intent, fold
from handlers.understanding.fold import lowered, written_words

_NOT = r"(?:khong|ko|k|hong|kg)"
_WE = r"(?:em|minh|tui|toi)"
_US = rf"(?:(?:ben|don vi|doi|to|tram|phong|cong ty|xi nghiep) )?(?:tui |chung )?{_WE}"
_THIS = (
    r"(?:(?:cai|tru|den|day|cay|cong|duong|doan|cho|khuc|tuyen|vu|viec|phieu|phan)"
    r"(?: (?:den|dien|cap|nay|do))* (?:nay|do))"
)
_NOT_OURS = re.compile(
    rf"\b{_NOT}\s+(?:phai(?! loi)|thuoc)\b.*\b(?:ben|don vi|cua|trach nhiem|quan ly|tham quyen|phan)\b"
    rf"|\b{_NOT} (?:quan ly|phu trach)\b"
    rf"|\b{_NOT} (?:thuoc|nam trong|dung|phai) (?:dia ban|pham vi|chuc nang)\b"
    r"|\b(?:ngoai|khac|sai|lon|nham) (?:dia ban|pham vi|don vi)\b|\bgiao (?:nham|lon)\b"
    rf"|\b(?:thuoc|do) (?!ai\b|don vi nao)(?:(?!{_WE}\b)\w+ ){{1,3}}quan ly\b"
    rf"|\bthuoc quan ly cua (?!{_US}\b|ai\b)"
    # "Cái này của điện lực": what it is names no work, and whose it is none of us.
    rf"|^(?:(?:da|vang|a|anh|chi|em|oi) )*(?:{_THIS} )(?:la )?cua (?!{_US}\b|ai\b|dan\b|nha\b|ho\b|ba con\b)"
    rf"(?:ben )?(?:(?!{_WE}\b)\w+ ?){{1,4}}$"
    r"|\btra lai dieu hanh\b|\bchuyen (?:don vi|ben|qua ben) khac\b|\bnot ours\b"
)
_GIVEN_BACK = re.compile(
    r"\btrả (?:lại )?(?:cho )?(?:điều hành|phiếu)\b[^,.;\n]*"
)  # "tra phiếu" looks one up
_THAT = re.compile(r"\bđó\b")  # no "do", by whom
_WORK = r"(?:xu ly|lam|thay|sua|don|gom|gan|cat|va|hot|lap|day|thong|nao vet)"
_PLAINLY_DONE = re.compile(
    rf"(?:(?:da|ok|em|tui em|ben em) )*{_WORK}(?: (?:bong|nap|den|rac|cong|cay|lai|moi|xong)){{0,3}} roi"
    r"(?: (?:nha|nhe|a|em|anh|chi|do))*|(?:da )?ok xong(?: (?:nha|nhe|a|em|anh|chi))*|done|fixed"
)
_WELL_AGAIN = re.compile(
    r"(?:dạ |đã |đèn )*(?:sáng|sạch|thông) (?:lại )?rồi(?: (?:nha|nhé|ạ|em|anh|chị|đó))*"
)
_WILL = re.compile(r"\b(lam|xu ly|sua|thay|don|xuong|ra|qua|cu|cho|toi|den|khac phuc|kiem tra|will|fix)\b")
_SIGNS = frozenset({"So", "Sk", "Cf"})  # pictures, the colours of hands, and what joins them
_MARKS = "\ufe0f\u20e3"  # that make pictures of letters and digits
_BEGUN = re.compile(r"\b(dang|se|nhan|ok em|da nhan|tiep nhan|working|on it)\b")


_UNDONE = re.compile(  # said of what was called done
    r"(?<!sua )\bchua (?:xong|lam|sua|thay|duoc|don|gom|gan|xu ly|khac phuc|hoan thanh|het|sang|on)\b"
    r"|\b(?:hu|tat|nghet|ngap) lai\b|\b(?:lai|van|van con) (?:hu|tat|nghet|ngap|toi|chua|khong sang)\b"
    rf"|^(?:(?:da|vang|ok|van|con|hien|anh|chi|{_US}) )*dang (?:\w+ )?(?:{_WORK}|thi cong|cho)\b"
)


@dataclass(frozen=True, slots=True)
class Done:
    """It is mended."""


@dataclass(frozen=True, slots=True)
class PerhapsDone:
    """It sounds so, and tells of no repair, or of one that may be to come."""


@dataclass(frozen=True, slots=True)
class Begun:
    """They have it; by when, where they said so."""

    by: datetime | None


@dataclass(frozen=True, slots=True)
class Declined:
    """It is not theirs."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """It was called done, and is not."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Words that change nothing."""


Answer = Done | PerhapsDone | Begun | Declined | TakenBack | Remark


def decide(words: str, intent: Intent, now: datetime, zone: ZoneInfo) -> Answer:
    """What an officer's words under a card mean; `intent` is what the model takes them for."""
    end = promises.end(words, now, zone)
    is_open = half_done.is_open(words) or end is End.TO_COME
    ends = (intent is Intent.DONE or _is_plainly_done(words)) and not is_open
    if _is_not_theirs(words) or _gives_back(words, ends=ends):
        return Declined()
    if ends and end is End.OVER and not half_done.only_looked(words):
        return Done()
    by = promises.promised(words, now, zone)
    if by is not None:
        return Begun(by)
    if ends:
        return PerhapsDone()
    said = fold(words)
    if intent is Intent.IN_PROGRESS or (_BEGUN.search(said) and _WILL.search(said)):
        return Begun(None)
    return Remark()


def once_settled(answer: Answer, words: str) -> Answer:
    """What an answer means where the ticket is called done already: a promise or a denial takes that back."""
    match answer:
        case Begun(by=None) | Remark():
            return TakenBack() if _denies_end(words) else Remark()
        case Begun():
            return TakenBack()
        case PerhapsDone():
            return Remark()
        case _:
            return answer


def without_signs(words: str) -> str:
    """Words without the smileys and thumbs beside them, of which the model makes too much."""
    said = unicodedata.normalize("NFC", words)
    return "".join(
        sign for sign in said if unicodedata.category(sign) not in _SIGNS and sign not in _MARKS
    ).strip()


def _denies_end(words: str) -> bool:
    is_asked = words.rstrip(" .!)").endswith("?")
    return not is_asked and (_UNDONE.search(fold(words)) is not None or mistakes.says(words))


def _is_plainly_done(words: str) -> bool:
    """In few words; "rồi à" asks, and "roi a" may."""
    written = written_words(words)
    if _WELL_AGAIN.fullmatch(" ".join(written)):
        return True
    return not {"à", "a"} & set(written) and _PLAINLY_DONE.fullmatch(fold(words)) is not None


def _is_not_theirs(words: str) -> bool:
    """Whether it is not theirs, clause by clause; "giao lộ" is a crossing."""
    clauses = re.split(r"[,.;\n]", lowered(words))
    return any(_NOT_OURS.search(fold(_THAT.sub(" ", clause))) for clause in clauses)


def _gives_back(words: str, *, ends: bool) -> bool:
    """Whether the ticket goes back to the moderators, and not as done: "thay xong, em trả phiếu"."""
    rest = _GIVEN_BACK.sub(" ", lowered(words))
    return rest != lowered(words) and not (ends and half_done.names_repair(rest))
