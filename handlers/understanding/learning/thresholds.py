"""Where to draw the lines, chosen from what a model says of messages that it has not seen."""

import math
from collections.abc import Mapping, Sequence

FALSE_TICKETS = 0.01  # of chatter, what may open a ticket unseen; the bar is 2 %
MISSED = 0.01  # of feedback, what may be passed over in silence
FALSE_ALARMS = 0.05  # of harmless messages, what may be taken for a danger: all of it is used up for recall
Unseen = Sequence[tuple[Mapping[str, str], Mapping[str, Mapping[str, float]]]]  # labels, answers


def chosen(unseen: Unseen) -> dict[str, float]:
    """`sure`: a ticket opens by itself; `unsure`: a moderator is asked; `urgent`: it is a danger."""
    feedback = [
        (labels["kind"] != "none", 1 - answers["kind"]["none"])
        for labels, answers in unseen
        if "kind" in labels
    ]
    danger = [
        (labels["urgent"] == "yes", answers["urgent"]["yes"])
        for labels, answers in unseen
        if "urgent" in labels
    ]
    sure = _above([score for truth, score in feedback if not truth], FALSE_TICKETS)
    unsure = _below([score for truth, score in feedback if truth], MISSED)
    urgent = _above([score for truth, score in danger if not truth], FALSE_ALARMS)
    return {"sure": sure, "unsure": min(unsure, sure), "urgent": urgent}


def _above(scores: Sequence[float], share: float) -> float:
    """The lowest line, in hundredths, that at most this share of scores reaches."""
    allowed = math.floor(share * len(scores))
    line = sorted(scores, reverse=True)[allowed] if scores else 0.5
    return round(min(0.99, math.floor(line * 100 + 1) / 100), 2)


def _below(scores: Sequence[float], share: float) -> float:
    """The highest line, in hundredths, that at most this share of scores stays below."""
    allowed = math.floor(share * len(scores))
    line = sorted(scores)[allowed] if scores else 0.5
    return round(max(0.01, math.floor(line * 100) / 100), 2)
