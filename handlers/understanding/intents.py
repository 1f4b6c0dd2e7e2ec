"""Signs that a message speaks of something told already: done, still broken, thanks, the same here."""

from handlers.understanding.phrases import Found
from handlers.understanding.tables import Tables

OPENING = 2  # words that address somebody, before a message says what it is
_PREFIX = "intent:"


def tables(source: Tables) -> dict[str, dict[str, str]]:
    """The words of each sort of follow-up."""
    return {f"{_PREFIX}{name}": dict.fromkeys(words, name) for name, words in source.intents.items()}


def signs(text: str, found: Found) -> list[str]:
    """The signs of follow-ups; what a message begins with tells more."""
    seen = [f"{_PREFIX}plus"] if text.lstrip().startswith("+") else []
    for name, hits in found.items():
        if name.startswith(_PREFIX):
            seen += [name, f"{name}:{'begins' if hits[0].start <= OPENING else 'later'}"]
    return seen
