"""One sentence in several short messages, none of which says enough: together they may."""

from collections.abc import Sequence

from handlers.context import Services
from handlers.understanding import Intent, Kind, Understanding

LONGEST = 8  # words of a message that may be a part of a sentence
MOST = 12  # messages that may be one sentence: somebody who sends thousands is not read anew each time


def together(services: Services, words: Sequence[str]) -> Understanding | None:
    """What a few short messages say as one; None unless that is surely feedback."""
    if len(words) < 2 or any(map(_is_long, words)):
        return None
    seen = services.understand("\n".join(words))
    return None if seen.kind is Kind.NONE or seen.feedback < services.policy.sure else seen


def wants_its_beginning(services: Services, text: str, seen: Understanding) -> bool:
    """Whether words that are taken up may be the end of a sentence: they do not say what and where."""
    is_whole = seen.feedback >= services.policy.sure and seen.place.text is not None
    is_told = seen.kind is not Kind.NONE or seen.intent in (Intent.CHATTER, Intent.PLACE)
    return is_told and not is_whole and not _is_long(text)


def beginning(
    services: Services, words: Sequence[str], seen: Understanding, *, has_photo: bool
) -> tuple[int, Understanding] | None:
    """With which of the words before the last one these say more than it alone, and what; None: with none."""
    least = services.policy.sure if seen.intent is Intent.PLACE else seen.feedback
    after_long = max((at + 1 for at, text in enumerate(words[:-1]) if _is_long(text)), default=0)
    for first in range(after_long, len(words) - 1):
        whole = services.understand("\n".join(words[first:]), has_photo=has_photo)
        if whole.kind is not Kind.NONE and whole.feedback >= least:
            return first, whole
    return None


def _is_long(text: str) -> bool:
    return len(text.split()) > LONGEST
