"""The corpus: enough of everything, and nothing on both sides of the split."""

from collections import Counter

import pytest
from rapidfuzz import fuzz, process

from handlers.understanding import CATEGORIES, Intent, Kind, fold
from handlers.understanding.fold import has_accents
from handlers.understanding.learning.examples import HELD_BACK, LEARNED, Labelled, bundled

LEARNED_ROWS, HELD_BACK_ROWS = bundled(LEARNED), bundled(HELD_BACK)
ROWS = LEARNED_ROWS + HELD_BACK_ROWS
RUN = 6  # words
ALIKE = 80  # of 100


def runs(row: Labelled) -> set[str]:
    words = fold(row.text).split()
    return {" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def test_there_are_enough_and_each_once() -> None:
    assert len(ROWS) >= 4000
    assert len({fold(row.text) for row in ROWS}) == len(ROWS)
    assert len(HELD_BACK_ROWS) >= 0.12 * len(ROWS)


def test_no_two_of_one_template_stand_on_both_sides() -> None:
    learned = {run for row in LEARNED_ROWS for run in runs(row)}
    assert [row.text for row in HELD_BACK_ROWS if runs(row) & learned] == []
    texts = [[fold(row.text) for row in rows] for rows in (HELD_BACK_ROWS, LEARNED_ROWS)]
    likeness = process.cdist(*texts, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
    assert not likeness.any()


@pytest.mark.parametrize("rows", [LEARNED_ROWS, HELD_BACK_ROWS], ids=["learned", "held back"])
def test_every_class_is_there(rows: list[Labelled]) -> None:
    assert {row.kind for row in rows} == set(Kind)
    assert {row.category for row in rows if row.category} == set(CATEGORIES)
    assert {row.intent for row in rows} == set(Intent)
    assert min(Counter(row.kind for row in rows).values()) >= 0.1 * len(rows)
    assert 0.05 * len(rows) <= sum(bool(row.urgent) for row in rows) <= 0.2 * len(rows)
    assert 0.2 <= sum(not has_accents(row.text) for row in rows) / len(rows) <= 0.6


def test_the_labels_agree_with_each_other_and_with_the_text() -> None:
    for row in ROWS:
        assert row.place is None or row.place in row.text
        assert (row.kind != Kind.NONE) <= (row.category is not None)
        assert (row.kind == Kind.NONE) <= (row.intent not in (Intent.NEW, Intent.STILL_BROKEN))
