"""From labelled messages to a model, and whether it may take the place of the one before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.understanding.classifier import Classifier, FeatureReader
from handlers.understanding.learning import evaluate, examples, fit, thresholds
from handlers.understanding.learning.examples import Labelled
from handlers.understanding.learning.measure import Score
from handlers.understanding.learning.noise import Luck
from handlers.understanding.model import Model

SEED = 20260701
TOLERANCE = 0.005  # of a figure on the held-back messages: less than two of them

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """A new model and how it does on the held-back messages; `taken`: it is not worse than the one before."""

    model: Model
    figures: evaluate.Figures
    before: evaluate.Figures | None
    taken: bool


def learn(
    rows: Sequence[Labelled],
    held_back: Sequence[Labelled],
    before: Model | None,
    reader: FeatureReader,
    luck: Luck,
    progress: Progress,
) -> Learned:
    """Train on `rows`, measure on `held_back`, compare with the model before. Raises ModuleNotFoundError."""
    progress(f"reading {len(rows)} messages, each in four typings")
    typed = list(examples.typings([(row.text, row.labels) for row in rows], reader, luck))
    progress("training and calibrating")
    digest = examples.digest(rows)
    trained = fit.train(typed, version=f"linear-{digest[:8]}", corpus=digest, seed=SEED)
    lines = thresholds.chosen(
        [(example.labels, answers) for example, answers in zip(trained.examples, trained.unseen, strict=True)]
    )
    model = trained.model.with_thresholds(lines)
    progress(f"measuring on {len(held_back)} held-back messages")
    figures = evaluate.figures(Classifier(model, reader), held_back)
    earlier = evaluate.figures(Classifier(before, reader), held_back) if before else None
    return Learned(model, figures, earlier, taken=earlier is None or not_worse(figures, earlier))


def not_worse(new: evaluate.Figures, old: evaluate.Figures) -> bool:
    """Kinds and categories as good, but for chance; no danger more missed, no more chatter ticketed."""
    return (
        _macro(new.kind) >= _macro(old.kind) - TOLERANCE
        and _macro(new.category) >= _macro(old.category) - TOLERANCE
        and new.danger.recall >= old.danger.recall
        and new.false_tickets <= old.false_tickets + TOLERANCE
    )


def _macro(score: Score | None) -> float:
    return score.macro_f1 if score else 0.0
