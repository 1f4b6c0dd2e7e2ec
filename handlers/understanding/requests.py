"""Whether a message proposes an improvement, or only asks that something be repaired."""

from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.tables import Tables

FAR, NEAR = 14, 3  # words between what asks and what is asked for


class RequestReader:
    """Reads requests: words that ask, and the improvement or repair they ask for."""

    def __init__(self, tables: Tables) -> None:
        self._phrases = Phrases[str](tables.requests)

    def read(self, words: Words) -> list[str]:
        """The signs of requests: what asks, what is wanted, and which of these belong together."""
        hits = list(self._phrases.found(words))
        asked = [hit for hit in hits if hit.says.startswith("asks")]
        wanted = [hit for hit in hits if not hit.says.startswith("asks")]
        signs = [f"request:{hit.says}" for hit in hits]
        for ask in asked:
            reach = NEAR if ask.says == "asks_near" else FAR
            after = next((hit for hit in wanted if 0 <= hit.start - ask.end <= reach), None)
            signs.append(f"request:{ask.says}:{after.says if after else 'nothing'}")
        return signs
