"""Figures of a classifier as lines of text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from handlers.understanding.classifier import Classifier, Reader
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.learning import fit
from handlers.understanding.learning.evaluate import Figures, figures
from handlers.understanding.learning.examples import Labelled, typings
from handlers.understanding.learning.learn import SEED, Learned
from handlers.understanding.learning.measure import Answer, Score, score
from handlers.understanding.learning.noise import Luck, without_accents

Typed = Callable[[str], str]
HEAD = "label"


def of(classifier: Classifier, rows: Sequence[Labelled]) -> Iterator[str]:
    """Everything that `congich eval` says of labelled messages."""
    yield f"model {classifier.version}, {len(rows)} messages"
    for title, typed in (("as written", str), ("without accents", without_accents)):
        yield ""
        yield from _figures(title, figures(classifier, rows, typed))


def method(
    train: Sequence[Mapping[str, Any]],
    test: Sequence[Mapping[str, Any]],
    label: str,
    luck: Luck,
    progress: Callable[[str], None],
) -> Iterator[str]:
    """Train the same pipeline on one set and measure it on another."""
    reader = Reader(Gazetteer.bundled())
    progress(f"training on {len(train)} messages")
    rows = [(row["text"], {HEAD: str(row[label])}) for row in train]
    model = fit.train(list(typings(rows, reader, luck)), version="measured", corpus="", seed=SEED).model

    def answers(typed: Typed, chosen: Sequence[Mapping[str, Any]]) -> Score:
        said = []
        for row in chosen:
            given = model.answer(reader.views(typed(row["text"]))[2])[HEAD]
            best = max(given, key=lambda name: given[name])
            said.append(Answer(str(row[label]), best, given[best]))
        return score(said)

    known = {row["text"] for row in train}
    unseen = [row for row in test if row["text"] not in known]
    known_count = len(test) - len(unseen)
    yield f"trained on {len(train)}, measured on {len(test)} ({known_count} of these texts were trained on)"
    for title, typed in (("as written", str), ("without accents", without_accents)):
        for which, chosen in (("all", test), ("texts not trained on", unseen)):
            yield ""
            yield from _score(f"{title}, {which}", answers(typed, chosen))


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
