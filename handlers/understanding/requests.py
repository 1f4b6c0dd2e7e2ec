"""Whether a message proposes an improvement, or only asks that something be repaired."""

from collections.abc import Sequence

from handlers.understanding.phrases import Hit

FAR, NEAR = 14, 3  # words between what asks and what is asked for


def signs(hits: Sequence[Hit[str]]) -> list[str]:
    """The signs of requests: what asks, what is wanted, and which of these belong together."""
    asked = [hit for hit in hits if hit.says.startswith("asks")]
    wanted = [hit for hit in hits if not hit.says.startswith("asks")]
    seen = [f"request:{hit.says}" for hit in hits]
    for ask in asked:
        reach = NEAR if ask.says == "asks_near" else FAR
        after = next((hit for hit in wanted if 0 <= hit.start - ask.end <= reach), None)
        seen.append(f"request:{ask.says}:{after.says if after else 'nothing'}")
    return seen
