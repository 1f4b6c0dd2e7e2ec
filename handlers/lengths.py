"""How long a text is for a messenger, and how it is cut: UTF-16 units, between words, never inside a letter.

A letter may be several code points (o + ̛ + ́) and a code point two units (😀); both stay whole.
"""

import unicodedata


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram and Zalo count it."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """A text within a limit, with a mark where it was cut."""
    if utf16_length(text) <= limit:
        return text
    return text[: _end(text, limit - 1)].rstrip() + "…"


def pieces(text: str, limit: int) -> list[str]:
    """A text in parts within a limit, broken at a line, else at a space, else between two letters."""
    found = []
    while utf16_length(text) > limit:
        end = max(_end(text, limit), 1)  # a letter longer than the limit stays whole
        found.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*found, text] if text or not found else found


def _end(text: str, limit: int) -> int:
    """Where to break a text that is too long."""
    fits = _fitting(text, limit)
    line = text.rfind("\n", 1, fits + 1)
    if line > fits // 2:
        return line
    space = text.rfind(" ", 1, fits + 1)
    return max(line, space) if max(line, space) > 0 else fits


def _fitting(text: str, limit: int) -> int:
    """How many characters fit, whole letters only."""
    units = 0
    fits = 0
    for place, letter in enumerate(text):
        units += 2 if ord(letter) > 0xFFFF else 1
        if units > limit:
            break
        fits = place + 1
    while 0 < fits < len(text) and _joins(text[fits]):
        fits -= 1
    return fits


def _joins(letter: str) -> bool:
    """Whether this belongs to the letter before it."""
    return bool(unicodedata.combining(letter)) or letter in ("\u200d", "\ufe0f")
