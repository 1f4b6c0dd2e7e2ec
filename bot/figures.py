"""Figures of a classifier as lines of text."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from handlers.understanding.learning.evaluate import Figures, Measured, figures
from handlers.understanding.learning.examples import Labelled
from handlers.understanding.learning.learn import Learned
from handlers.understanding.learning.measure import Prediction, Score, score
from handlers.understanding.learning.noise import without_accents

Shares = Mapping[str, float]


def of(classifier: Measured, rows: Sequence[Labelled]) -> Iterator[str]:
    """Everything that `congich eval` says of labelled messages."""
    yield f"model {classifier.version}, {len(rows)} messages"
    for title, typed in (("as written", str), ("without accents", without_accents)):
        yield ""
        yield from _figures(title, figures(classifier, rows, typed))


def method(
    test: Sequence[tuple[str, str]],
    known: Collection[str],
    answer: Callable[[Sequence[str]], Sequence[Shares]],
) -> Iterator[str]:
    """How `answer` does on (text, label); `known`: the texts that it was trained on."""
    fresh = [text not in known for text, _ in test]
    yield f"measured on {len(test)} ({fresh.count(False)} of these texts were trained on)"
    for title, typed in (("as written", str), ("without accents", without_accents)):
        said = [
            _answer(label, shares)
            for (_, label), shares in zip(test, answer([typed(text) for text, _ in test]), strict=True)
        ]
        unseen = [one for one, is_fresh in zip(said, fresh, strict=True) if is_fresh]
        for which, chosen in (("all", said), ("texts not trained on", unseen)):
            yield ""
            yield from _score(f"{title}, {which}", score(chosen))


def _answer(label: str, shares: Shares) -> Prediction:
    best = max(shares, key=lambda name: shares[name])
    return Prediction(label, best, shares[best])


def compared(learned: Learned) -> Iterator[str]:
    """A new model beside the one before."""
    yield from _figures("held back", learned.figures)
    if learned.before is not None:
        yield ""
        yield from _figures("held back, the model before", learned.before)
    lines = learned.model.header.thresholds
    yield ""
    yield (
        f"lines: a ticket from {lines['sure']:.2f}, a question from {lines['unsure']:.2f}, "
        f"danger from {lines['urgent']:.2f}"
    )


def _figures(title: str, found: Figures) -> Iterator[str]:
    for name, one in (("kind", found.kind), ("category", found.category), ("intent", found.intent)):
        if one is not None:
            yield from _score(f"{name}, {title}", one)
            yield ""
    danger = found.danger
    if danger.dangers:
        yield (
            f"danger, {title}: {danger.seen} of {danger.dangers} seen ({danger.recall:.1%}), "
            f"false alarms {danger.false_alarms:.1%}"
        )
    if found.places_named:
        share = found.places_found / found.places_named
        yield f"place, {title}: {found.places_found} of {found.places_named} found ({share:.1%})"
    if found.kind is not None:
        yield (
            f"tickets, {title}: {found.opened:.1%} of feedback opens one by itself, "
            f"{found.silent:.1%} is passed over; "
            f"{found.false_tickets:.1%} of chatter opens one"
        )


def _score(title: str, found: Score) -> Iterator[str]:
    yield (
        f"{title}: {found.count} messages, accuracy {found.accuracy:.3f}, macro-F1 {found.macro_f1:.3f}, "
        f"weighted F1 {found.weighted_f1:.3f}, calibration error {found.calibration_error:.3f}"
    )
    names = list(found.f1)
    width = max(len(name) for name in names) + 1
    short = [name[:6] for name in names]
    yield f"  {'is / said':<{width}}{'F1':>6} " + "".join(f"{name:>7}" for name in short)
    for name in names:
        row = "".join(f"{found.confusion.get((name, other), 0):>7}" for other in names)
        yield f"  {name:<{width}}{found.f1[name]:>6.3f} {row}"
