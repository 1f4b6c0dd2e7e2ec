"""Floors on the messages that the model never saw, a little under what is measured.

They were written to be hard, much harder than what a city's hotline prints; `congich eval` gives the
figures themselves, and docs/understanding.md tells what they mean.
"""

import pytest

from handlers.understanding.learning.evaluate import Figures, figures
from handlers.understanding.learning.examples import HELD_BACK, bundled
from handlers.understanding.learning.noise import hurried, without_accents
from tests.handlers.understanding.luck import luck
from tests.handlers.understanding.reader import READ

ROWS = bundled(HELD_BACK)


@pytest.fixture(scope="module")
def written() -> Figures:
    return figures(READ, ROWS)


@pytest.fixture(scope="module")
def bare() -> Figures:
    return figures(READ, ROWS, without_accents)


def test_kinds(written: Figures) -> None:
    assert written.kind
    assert written.kind.macro_f1 >= 0.86
    assert min(written.kind.f1.values()) >= 0.79


def test_kinds_without_accents(bare: Figures) -> None:
    assert bare.kind
    assert bare.kind.macro_f1 >= 0.84


def test_kinds_typed_in_a_hurry() -> None:
    chance = luck(7)
    found = figures(READ, ROWS, lambda text: hurried(text, chance)).kind
    assert found
    assert found.macro_f1 >= 0.84


def test_categories(written: Figures, bare: Figures) -> None:
    assert written.category
    assert bare.category
    assert written.category.accuracy >= 0.79
    assert bare.category.accuracy >= 0.76


def test_chatter_opens_no_ticket(written: Figures, bare: Figures) -> None:
    assert written.false_tickets <= 0.02
    assert bare.false_tickets <= 0.03


def test_nearly_all_feedback_is_at_least_asked_about(written: Figures, bare: Figures) -> None:
    assert written.silent <= 0.02
    assert bare.silent <= 0.02


def test_most_feedback_opens_a_ticket_by_itself(written: Figures) -> None:
    assert written.opened >= 0.65


def test_danger_is_seen_and_not_cried_everywhere(written: Figures) -> None:
    assert written.danger.recall >= 0.85
    assert written.danger.false_alarms <= 0.05


def test_places(written: Figures) -> None:
    assert written.places_found >= 0.84 * written.places_named


def test_confidences_mean_what_they_say(written: Figures) -> None:
    assert written.kind
    assert written.category
    assert written.kind.calibration_error <= 0.05
    assert written.category.calibration_error <= 0.1
