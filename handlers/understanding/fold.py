"""Vietnamese as people type it, brought to one form: lower case, no accents, abbreviations written out."""

import re
import unicodedata

ABBREVIATIONS = {
    "k": "khong",
    "ko": "khong",
    "hok": "khong",
    "hong": "khong",
    "hem": "hem",
    "kh": "khong",
    "dc": "duoc",
    "dk": "duoc",
    "mn": "moi nguoi",
    "ae": "anh em",
    "ac": "anh chi",
    "cty": "cong ty",
    "bv": "benh vien",
    "nha": "nha",
    "tp": "thanh pho",
    "q": "quan",
    "tks": "cam on",
    "thanks": "cam on",
    "ok": "ok",
    "vs": "voi",
    "r": "roi",
    "j": "gi",
    "ns": "noi",
    "đg": "duong",
    "dg": "duong",
}

_ABBREVIATED_WARD = re.compile(r"\b(?:p|f)\s*\.?\s*(\d{1,2})\b")
_PAIR = re.compile(r"\ba\s*/\s*c\b")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1+\b")
_WORD = re.compile(r"[a-z]+|\d[\d/]*[a-z]?")
_NOISE = re.compile(r"[^\w\s/,.-]")


def strip_accents(text: str) -> str:
    """Lower case without accents; đ is d."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def has_accents(text: str) -> bool:
    """Whether anything in a text is written with Vietnamese accents."""
    return strip_accents(text) != unicodedata.normalize("NFC", text).lower()


def fold(text: str) -> str:
    """Words without accents, one space between, repeated letters once, abbreviations written out."""
    plain = _NOISE.sub(" ", strip_accents(text))
    plain = _PAIR.sub("anh chi", _ABBREVIATED_WARD.sub(r"phuong \1", plain))
    plain = _DOUBLED.sub(r"\1", _REPEATED.sub(r"\1", plain))
    return " ".join(ABBREVIATIONS.get(word, word) for word in plain.split())
