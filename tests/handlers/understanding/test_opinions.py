"""Second opinions: when one is asked for, and what it may change."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from handlers.understanding import CATEGORIES, Intent, Kind, Understanding
from handlers.understanding.dense import Dense
from handlers.understanding.learning import dense
from handlers.understanding.opinions import Opinion, joined, reads, wanted
from tests.handlers.desk import CHATTER, report

SURE, UNSURE = 0.9, 0.2
PERHAPS = replace(report(confidence=0.5), category_confidence=0.5)
REPORT = Opinion.of(Kind.REPORT, "lighting")
NOTHING = Opinion.of(Kind.NONE, "other")


@pytest.mark.parametrize(
    ("text", "seen", "asked"),
    [
        ("hình như đèn hư", PERHAPS, True),
        ("đèn hư", report(confidence=0.95), False),
        ("đèn hư", replace(report(confidence=0.95), category_confidence=0.3), True),
        ("chào", CHATTER, False),
        ("xong rồi", replace(CHATTER, intent=Intent.DONE), False),
        ("  ", PERHAPS, False),
    ],
)
def test_who_is_asked(text: str, seen: Understanding, asked: bool) -> None:
    assert wanted(text, seen, UNSURE, SURE) is asked


def test_an_opinion_that_agrees_makes_surer_and_one_that_does_not_less() -> None:
    agreed, denied = (joined(PERHAPS, one, "x", UNSURE) for one in (REPORT, NOTHING))
    assert agreed.feedback > PERHAPS.feedback > denied.feedback
    assert agreed.category_confidence > PERHAPS.category_confidence
    assert agreed.model == "scripted+x"


def test_only_a_trusted_opinion_silences() -> None:
    nothing = replace(PERHAPS, kind_confidence=0.25, feedback=0.3)
    assert joined(nothing, NOTHING, "x", UNSURE).feedback == UNSURE
    silenced = joined(nothing, replace(NOTHING, trusted=True), "x", UNSURE)
    assert silenced.feedback < UNSURE
    assert (silenced.kind, silenced.intent) == (Kind.NONE, Intent.CHATTER)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("category", [CATEGORIES[0], CATEGORIES[-1]])
def test_whatever_is_said_leaves_shares(kind: Kind, category: str) -> None:
    for seen in (PERHAPS, replace(CHATTER, feedback=0.5), report(urgent=True, confidence=0.4)):
        found = joined(seen, Opinion.of(kind, category), "x", UNSURE)
        assert 0 <= found.feedback <= 1
        assert 0 <= found.kind_confidence <= 1
        assert 0 <= found.category_confidence <= 1
        assert found.urgent == seen.urgent


def test_an_embedding_is_asked_only_what_it_can_read() -> None:
    assert reads("đèn hư rồi")
    assert not reads("den hu roi")


def test_heads_on_an_embedding_learn_and_are_kept() -> None:
    rows = [(f"{kind} {number}", {"kind": kind}) for number in range(20) for kind in ("report", "none")]

    def embed(texts: Sequence[str]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        return np.array(
            [[1.0, 0.0] if text.startswith("report") else [0.0, 1.0] for text in texts], np.float32
        )

    heads = Dense.parse(dense.train("two", embed, rows).text()).heads["kind"]
    assert heads.shares(np.array([1, 0], np.float32))["report"] > 0.9
    assert heads.shares(np.array([0, 1], np.float32))["none"] > 0.9


def test_the_bundled_heads_answer_for_every_kind_and_category() -> None:
    found = Dense.bundled()
    vector = np.zeros(384, np.float32)
    assert set(found.heads["kind"].shares(vector)) == set(Kind)
    assert set(found.heads["category"].shares(vector)) == set(CATEGORIES)
