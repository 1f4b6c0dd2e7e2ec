"""What a department's words in its own chat mean: done, begun, promised for a day, not theirs, or a remark.

Whoever reported is told of it, so every doubt is for a remark.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import half_done, mistakes, promises
from handlers.understanding import Intent, fold

_NOT = r"(?:khong|ko|k|hong|kg)"
_US = r"(?:(?:ben|don vi|doi) )?(?:em|minh|tui|tui em|chung em)"
_NOT_OURS = re.compile(
    rf"\b{_NOT}\s+(?:phai(?! loi)|thuoc)\b.*\b(?:ben|don vi|cua|trach nhiem|quan ly|tham quyen|phan)\b"
    rf"|\b{_NOT} (?:quan ly|phu trach)\b"
    rf"|\b{_NOT} (?:thuoc|nam trong|dung|phai) (?:dia ban|pham vi|chuc nang)\b"
    r"|\b(?:ngoai|khac|sai|lon|nham) (?:dia ban|pham vi|don vi)\b|\bgiao (?:nham|lon)\b"
    rf"|\b(?:thuoc|do) (?!{_US}\b|ai\b|don vi nao)(?:\w+ ){{1,3}}quan ly\b"
    rf"|\bthuoc quan ly cua (?!{_US}\b|ai\b)"
    r"|\btra lai dieu hanh\b|\bchuyen (?:don vi|ben|qua ben) khac\b|\bnot ours\b"
)
_GIVEN_BACK = re.compile(r"\btrả (?:lại )?(?:cho )?(?:điều hành|phiếu)\b")  # "tra phiếu" looks one up
_WORK = r"(?:xu ly|lam|thay|sua|don|gom|gan|cat|va|hot|lap|day|thong|nao vet)"
_PLAINLY_DONE = re.compile(
    rf"(?:(?:da|ok|em|tui em|ben em) )*{_WORK}(?: (?:bong|nap|den|rac|cong|cay|lai|moi|xong)){{0,3}} roi"
    r"(?: (?:nha|nhe|a|em|anh|chi|do))*|(?:da )?ok xong(?: (?:nha|nhe|a|em|anh|chi))*"
)
_WILL = re.compile(r"\b(lam|xu ly|sua|thay|don|xuong|ra|qua|cu|cho|toi|den|khac phuc|kiem tra|will|fix)\b")
_SIGNS = frozenset({"So", "Sk", "Cf", "Mn"})  # pictures, the colours of hands, and what joins them
_BEGUN = re.compile(r"\b(dang|se|nhan|ok em|da nhan|tiep nhan|working|on it)\b")


@dataclass(frozen=True, slots=True)
class Done:
    """It is mended."""


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


Answer = Done | Begun | Declined | TakenBack | Remark


def decide(words: str, intent: Intent, now: datetime, zone: ZoneInfo) -> Answer:
    """What an officer's words under a card mean; `intent` is what the model takes them for."""
    said = fold(words)
    if _declines(words):
        return Declined()
    if (intent is Intent.DONE or _PLAINLY_DONE.fullmatch(said)) and not _is_open(words, now, zone):
        return Done()
    by = promises.promised(words, now, zone)
    if by is not None:
        return Begun(by)
    if intent is Intent.IN_PROGRESS or (_BEGUN.search(said) and _WILL.search(said)):
        return Begun(None)
    return Remark()


def once_settled(answer: Answer, words: str) -> Answer:
    """What an answer means where the ticket is called done already: a promise or a doubt takes that back."""
    match answer:
        case Begun():
            return TakenBack()
        case Remark() if not words.rstrip(" .!)").endswith("?"):
            doubts = half_done.is_open(words) or mistakes.says(words)
            return TakenBack() if doubts else answer
        case _:
            return answer


def without_signs(words: str) -> str:
    """Words without the smileys and thumbs beside them, of which the model makes too much."""
    return "".join(sign for sign in words if unicodedata.category(sign) not in _SIGNS).strip()


def _is_open(words: str, now: datetime, zone: ZoneInfo) -> bool:
    return half_done.is_open(words) or promises.is_to_come(words, now, zone)


def _declines(words: str) -> bool:
    """Whether it is not theirs, clause by clause; "giao lộ" is a crossing, and "tra phiếu" looks one up."""
    if _GIVEN_BACK.search(unicodedata.normalize("NFC", words).lower()):
        return True
    return any(_NOT_OURS.search(fold(clause)) for clause in re.split(r"[,.;\n]", words))
