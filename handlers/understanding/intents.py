"""What a message says of something told already: done, being done, still broken, thanks, the same here."""

from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.tables import Tables
from handlers.understanding.values import Intent

SHORT = 14  # words; a follow-up says little more than that
# The first that is found: thanks come last, for they close many other messages.
ORDER = (Intent.DONE, Intent.IN_PROGRESS, Intent.THANKS)


class IntentReader:
    """Reads intents; only short messages are taken at their word."""

    def __init__(self, tables: Tables) -> None:
        self._phrases = {
            Intent(name): Phrases[None](dict.fromkeys(phrases)) for name, phrases in tables.intents.items()
        }

    def read(self, text: str, words: Words, *, placed: bool) -> Intent:
        """NEW is never said here: whether it is new follows from the kind."""
        if text.strip().startswith("+1"):
            return Intent.SAME_HERE
        if len(words) < SHORT and self._begins(Intent.THANKS, words):
            return Intent.THANKS
        if len(words) <= 3 * SHORT and self._phrases[Intent.STILL_BROKEN].any(words):
            return Intent.STILL_BROKEN
        if len(words) > (2 * SHORT if placed else SHORT):
            return Intent.CHATTER
        if self._begins(Intent.SAME_HERE, words):
            return Intent.SAME_HERE
        return next((intent for intent in ORDER if self._phrases[intent].any(words)), Intent.CHATTER)

    def _begins(self, intent: Intent, words: Words) -> bool:
        """Whether a message begins so, after a word or two to address somebody."""
        return any(hit.start <= 2 for hit in self._phrases[intent].found(words))
