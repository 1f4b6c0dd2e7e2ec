"""Learning: thresholds, measuring, typing noise, and the rule that a new model must not be worse."""

import math
from dataclasses import replace
from random import Random

import pytest

from handlers.understanding.learning import examples, thresholds
from handlers.understanding.learning.evaluate import Figures
from handlers.understanding.learning.learn import not_worse
from handlers.understanding.learning.measure import (
    Alarm,
    Prediction,
    alarm,
    calibration_error,
    names_place,
    place_found,
    score,
)
from handlers.understanding.learning.noise import COPIES, hurried, telex, without_accents


def test_scores_by_hand() -> None:
    found = score([Prediction("a", "a", 0.9), Prediction("a", "b", 0.6), Prediction("b", "b", 0.8)])
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.f1 == {"a": pytest.approx(2 / 3), "b": pytest.approx(2 / 3)}
    assert found.confusion == {("a", "a"): 1, ("a", "b"): 1, ("b", "b"): 1}
    assert score([Prediction("a", "a", 1.0), Prediction("b", "a", 1.0)]).macro_f1 == pytest.approx(1 / 3)


def test_calibration() -> None:
    honest = [Prediction("a", "a" if number < 7 else "b", 0.7) for number in range(10)]
    boaster = [Prediction("a", "a" if number < 5 else "b", 0.95) for number in range(10)]
    assert calibration_error(honest) == pytest.approx(0)
    assert calibration_error(boaster) == pytest.approx(0.45)


def test_alarms() -> None:
    found = alarm([(True, True), (True, False), (False, True), (False, False), (False, False)])
    assert found == Alarm(dangers=2, seen=1, harmless=3, cried=1)
    assert found.recall == 0.5
    assert found.false_alarms == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("truth", "said", "found"),
    [
        ("hẻm 12 Lê Lợi", "hem 12 le loi", True),
        ("hẻm 12 Lê Lợi", "đầu hẻm 12 Lê Lợi p2", True),
        ("đường Lê Lợi, P.2, Q.1", "đường Lê Lợi", True),
        ("hẻm 12 Lê Lợi", "hẻm 1", False),
        ("hẻm 12", None, False),
    ],
)
def test_places_found(truth: str, said: str | None, found: bool) -> None:
    assert place_found(truth, said) is found


def test_a_label_may_know_the_place_from_elsewhere() -> None:
    assert names_place("Đèn hẻm 12 hư", "hẻm 12, phường 3")
    assert not names_place("Đèn hư", "hẻm 12")


def test_lines_hold_what_they_promise() -> None:
    luck = Random(3)
    unseen = []
    for _ in range(4000):
        feedback, danger = luck.random() < 0.7, luck.random() < 0.1
        told = min(1.0, max(0.0, luck.gauss(0.9 if feedback else 0.2, 0.15)))
        fear = min(1.0, max(0.0, luck.gauss(0.7 if danger else 0.1, 0.1)))
        labels = {"kind": "report" if feedback else "none", "urgent": "yes" if danger else "no"}
        unseen.append((labels, {"kind": {"none": 1 - told}, "urgent": {"yes": fear}}))
    lines = thresholds.chosen(unseen)

    def share(head: str, label: str, value: str, line: float, *, above: bool) -> float:
        scores = [
            (1 - answers["kind"]["none"]) if head == "kind" else answers["urgent"]["yes"]
            for labels, answers in unseen
            if (labels[head] == label)
        ]
        return sum((one >= line) is above for one in scores) / len(scores)

    assert share("kind", "none", "none", lines["sure"], above=True) <= thresholds.FALSE_TICKETS
    assert share("kind", "report", "none", lines["unsure"], above=False) <= thresholds.MISSED
    assert share("urgent", "no", "yes", lines["urgent"], above=True) <= thresholds.FALSE_ALARMS
    assert lines["unsure"] <= lines["sure"]


def test_lines_of_nothing_are_in_the_middle() -> None:
    assert all(math.isfinite(line) for line in thresholds.chosen([]).values())


def figures(kind: float, recall: float = 1.0, false_tickets: float = 0.01) -> Figures:
    whole = score([Prediction("a", "a", 1.0)])
    found = replace(whole, macro_f1=kind)
    danger = Alarm(dangers=100, seen=round(recall * 100), harmless=100, cried=0)
    return Figures(found, found, found, danger, 0, 0, false_tickets, 0.9, 0.01)


def test_a_new_model_is_taken_only_if_it_is_not_worse() -> None:
    old = figures(0.88)
    assert not_worse(figures(0.9), old)
    assert not_worse(figures(0.878), old)
    assert not not_worse(figures(0.86), old)
    assert not not_worse(figures(0.9, recall=0.99), old)
    assert not not_worse(figures(0.9, false_tickets=0.03), old)


def test_telex() -> None:
    assert [telex(word) for word in ("đèn", "đường", "hư", "xử")] == ["ddenf", "dduwowngf", "huw", "xuwr"]


def test_noise_is_the_same_for_the_same_luck_and_loses_no_words() -> None:
    text = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay chưa ai sửa"
    assert [copy(text, Random(1)) for copy in COPIES] == [copy(text, Random(1)) for copy in COPIES]
    assert len(hurried(text, Random(2)).split()) == len(text.split())
    assert without_accents(text) == "Den duong truoc so 45 Hai Ba Trung hu 3 bua nay chua ai sua"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("no json", "line 2: no JSON"),
        ("[1]", 'line 2: no object with a "text"'),
        ('{"text": 5}', 'line 2: no object with a "text"'),
        ('{"text": "a", "kind": "bug"}', "line 2: 'bug' is no kind"),
    ],
)
def test_a_bad_line_is_named(line: str, sentence: str) -> None:
    with pytest.raises(examples.BadLine, match="line 2") as raised:
        examples.read(['{"text": "đèn hư", "kind": "report"}', line])
    assert sentence in str(raised.value)
