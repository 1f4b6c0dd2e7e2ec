"""Signs that a message speaks of something told already: done, still broken, thanks, the same here."""

from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.tables import Tables

OPENING = 2  # words that address somebody, before a message says what it is


class IntentReader:
    """Reads the words of follow-ups."""

    def __init__(self, tables: Tables) -> None:
        self._phrases = {name: Phrases[None](dict.fromkeys(words)) for name, words in tables.intents.items()}

    def read(self, text: str, words: Words) -> list[str]:
        """The signs of follow-ups; what a message begins with tells more."""
        signs = ["intent:plus"] if text.lstrip().startswith("+") else []
        for name, phrases in self._phrases.items():
            first = next(phrases.found(words), None)
            if first is not None:
                signs.append(f"intent:{name}")
                signs.append(f"intent:{name}:{'begins' if first.start <= OPENING else 'later'}")
        return signs
