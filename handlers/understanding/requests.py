"""Whether a message proposes an improvement, or only asks that something be repaired."""

from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.tables import Tables

FAR, NEAR = 14, 3  # words between what asks and what is asked for
PROPOSED, MERELY_ASKED = 2.3, 1.3


class RequestReader:
    """Reads requests: words that ask, and the improvement or repair they ask for."""

    def __init__(self, tables: Tables) -> None:
        self._phrases = Phrases[str](tables.requests)

    def read(self, words: Words, defect: float) -> float:
        """How much speaks for a suggestion; a mere request counts where no defect is told."""
        hits = list(self._phrases.found(words))
        asked = [hit for hit in hits if hit.says.startswith("asks")]
        wanted = [hit for hit in hits if not hit.says.startswith("asks")]
        best = 0.0
        for ask in asked:
            reach = NEAR if ask.says == "asks_near" else FAR
            after = [hit for hit in wanted if 0 <= hit.start - ask.end <= reach]
            if after and after[0].says == "improvements":
                best = max(best, PROPOSED)
            elif ask.says == "asks" and not after and defect < 1.0:
                best = max(best, MERELY_ASKED)
        more = any(hit.says == "improvements" and hit.end - hit.start > 1 for hit in wanted)
        return best + (0.5 if best and more else 0.0)
