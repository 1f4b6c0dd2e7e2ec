"""Trains a model: a linear support vector machine and a naive Bayes a class, mixed and calibrated on folds.

The two err differently: the machine is the better one where much was seen, naive Bayes where little was.
How much of each, and how far the machine goes after single messages, is chosen on folds it has not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from handlers.understanding.model import Head, Header, Model, quantised
from handlers.understanding.ngrams import SKIPPING

Views = tuple[Sequence[str], ...]
FOLDS = 5
LEAST_SEEN = 3  # a feature in fewer typings than this is chance
COSTS = (0.3, 1.0)  # of the machine
SHARES = (0.0, 0.5, 1.0)  # of naive Bayes beside it
SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """One typing of one message; all typings of a message have one `group`, which no fold splits."""

    views: Views
    labels: Mapping[str, str]  # head -> class, for the heads that this message is labelled for
    group: int
    typed: bool = False  # a made-up typing: learned from, but not calibrated on


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and what its folds said of the examples as written: head -> class -> probability."""

    model: Model
    unseen: Sequence[Mapping[str, Mapping[str, float]]]
    examples: Sequence[Example]


def train(
    examples: Sequence[Example],
    *,
    version: str,
    corpus: str,
    seed: int,
    least_seen: int = LEAST_SEEN,
) -> Trained:
    """Train every head that the examples are labelled for; the same input gives the same bytes."""
    vocabulary = [_View(index, examples, least_seen) for index in range(len(examples[0].views))]
    table = _stacked(vocabulary, examples)
    names = sorted({name for example in examples for name in example.labels})
    fitted = {name: _Fitted.of(name, table, examples, seed) for name in names}
    weights, heads = [], []
    for name in names:
        rounded, scale = quantised(fitted[name].linear.weights)
        weights.append(rounded)
        heads.append(fitted[name].head(scale))
    header = Header(
        version=version,
        corpus=corpus,
        seed=seed,
        views=tuple(len(view.features) for view in vocabulary),
        heads=tuple(heads),
        thresholds={},
    )
    idf = np.concatenate([view.idf for view in vocabulary]).astype(np.float32)
    model = Model(
        header, [view.features for view in vocabulary], idf, np.ascontiguousarray(np.hstack(weights))
    )
    return _with_unseen(model, fitted, examples)


class _View:
    """One view's features, in order, and how much each tells (smooth inverse document frequency).

    Pairs with a gap are many, and of one message alone they are chance.
    """

    def __init__(self, index: int, examples: Sequence[Example], least_seen: int) -> None:
        self.index = index
        seen: dict[str, int] = {}
        first: dict[str, int] = {}
        shared = set[str]()
        for example in examples:
            for feature in example.views[index]:
                seen[feature] = seen.get(feature, 0) + 1
                if first.setdefault(feature, example.group) != example.group:
                    shared.add(feature)
        self.features = sorted(
            feature
            for feature, times in seen.items()
            if times >= least_seen and (feature in shared or not feature.startswith(SKIPPING))
        )
        counts = np.array([seen[feature] for feature in self.features], dtype=np.float64)
        self.idf = np.log((1 + len(examples)) / (1 + counts)) + 1
        self._column = {feature: column for column, feature in enumerate(self.features)}

    def table(self, examples: Sequence[Example]) -> Any:
        """A sparse row for each example, of length 1."""
        from scipy.sparse import csr_matrix

        columns = [
            [self._column[one] for one in example.views[self.index] if one in self._column]
            for example in examples
        ]
        flat = np.array([column for row in columns for column in row], dtype=np.int64)
        starts = np.cumsum([0, *(len(row) for row in columns)])
        values = self.idf[flat]
        lengths = np.sqrt(np.array([np.square(values[one:two]).sum() for one, two in pairwise(starts)]))
        values /= np.repeat(np.maximum(lengths, 1e-12), np.diff(starts))
        return csr_matrix((values, flat, starts), shape=(len(examples), len(self.features)))


def _stacked(views: Sequence[_View], examples: Sequence[Example]) -> Any:
    from scipy.sparse import hstack

    return hstack([view.table(examples) for view in views]).tocsr()


@dataclass(frozen=True, slots=True)
class _Linear:
    """Weights (feature by class) and intercepts."""

    weights: NDArray[np.float64]
    offset: NDArray[np.float64]

    def margins(self, table: Any) -> NDArray[np.float64]:
        return np.asarray(table @ self.weights + self.offset)

    def levelled(self, table: Any) -> "_Linear":
        """The same with the mean over the classes 0 and the deviation over these rows 1."""
        weights = self.weights - self.weights.mean(axis=1, keepdims=True)
        offset = self.offset - self.offset.mean()
        spread = float((table @ weights + offset).std()) or 1.0
        return _Linear(weights / spread, offset / spread)

    def plus(self, other: "_Linear", share: float) -> "_Linear":
        return _Linear(self.weights + share * other.weights, self.offset + share * other.offset)


class _Task(NamedTuple):
    """What one head learns from: a row, a label and a group each; `plain`: no made-up typing."""

    table: Any
    labels: NDArray[np.str_]
    classes: tuple[str, ...]
    groups: NDArray[np.int64]
    plain: NDArray[np.bool_]

    def part(self, chosen: NDArray[np.bool_]) -> "_Task":
        return _Task(
            self.table[chosen], self.labels[chosen], self.classes, self.groups[chosen], self.plain[chosen]
        )

    @property
    def truth(self) -> NDArray[np.intp]:
        return np.searchsorted(self.classes, self.labels)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One head: its linear model, its calibration, and what its folds said."""

    name: str
    classes: tuple[str, ...]
    linear: _Linear
    sharpness: float
    bias: NDArray[np.float64]
    rows: NDArray[np.int64]  # the examples that were calibrated on
    margins: NDArray[np.float64]  # of these, unseen

    @classmethod
    def of(cls, name: str, table: Any, examples: Sequence[Example], seed: int) -> "_Fitted":
        rows = np.array([place for place, example in enumerate(examples) if name in example.labels])
        labels = np.array([examples[place].labels[name] for place in rows])
        classes = tuple(str(label) for label in np.unique(labels))
        groups = np.array([examples[place].group for place in rows])
        plain = np.array([not examples[place].typed for place in rows])
        task = _Task(table[rows], labels, classes, groups, plain)
        cost, share, margins = _best(task, seed)
        truth = task.truth[plain]
        sharpness, bias = _calibrated(margins, truth)
        return cls(name, classes, _mixed(task, seed, cost, share), sharpness, bias, rows[plain], margins)

    def head(self, scale: tuple[float, ...]) -> Head:
        return Head(
            self.name,
            self.classes,
            round(self.sharpness, 6),
            tuple(round(float(value), 6) for value in self.bias),
            tuple(round(float(value), 6) for value in self.linear.offset),
            tuple(float(f"{value:.6g}") for value in scale),
        )


def _best(task: _Task, seed: int) -> tuple[float, float, NDArray[np.float64]]:
    """The cost and the share of naive Bayes that do best on folds not seen, and the margins there."""
    folds = [task.groups % FOLDS == fold for fold in range(FOLDS)]
    bayes = [_bayes(task.part(~out)) for out in folds]
    found = []
    for cost in COSTS:
        machines = [_machine(task.part(~out), seed, cost) for out in folds]
        for share in SHARES:
            margins = np.zeros((len(task.labels), len(task.classes)))
            for out, machine, other in zip(folds, machines, bayes, strict=True):
                margins[out] = machine.plus(other, share).margins(task.table[out])
            seen = margins[task.plain]
            found.append((_goodness(seen.argmax(axis=1), task.truth[task.plain]), cost, share, seen))
    _, cost, share, seen = max(found, key=lambda one: one[0])
    return cost, share, seen


def _mixed(task: _Task, seed: int, cost: float, share: float) -> _Linear:
    return _machine(task, seed, cost).plus(_bayes(task), share)


def _goodness(said: NDArray[np.intp], truth: NDArray[np.intp]) -> float:
    """Small classes count by macro-F1, each message by accuracy; half of each."""
    return (_macro_f1(said, truth) + float((said == truth).mean())) / 2


def _macro_f1(said: NDArray[np.intp], truth: NDArray[np.intp]) -> float:
    scores = []
    for one in np.unique(truth):
        right = ((said == one) & (truth == one)).sum()
        scores.append(2 * right / ((said == one).sum() + (truth == one).sum()))
    return float(np.mean(scores))


def _machine(task: _Task, seed: int, cost: float) -> _Linear:
    """A support vector machine for each class; two classes get one machine and its mirror image."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=cost, random_state=seed, max_iter=3000).fit(task.table, task.labels)
    weights, offset = machine.coef_.T, machine.intercept_
    if len(machine.classes_) == 2:
        weights, offset = np.hstack([-weights, weights]), np.array([-offset[0], offset[0]])
    placed = np.zeros((weights.shape[0], len(task.classes)))
    placed_offset = np.full(len(task.classes), -1.0)  # a class that a fold has not seen
    where = np.searchsorted(task.classes, machine.classes_)
    placed[:, where], placed_offset[where] = weights, offset
    return _Linear(placed, placed_offset).levelled(task.table)


def _bayes(task: _Task) -> _Linear:
    """Complement naive Bayes (Rennie et al. 2003): a class is what the others are not."""
    from scipy.sparse import csr_matrix

    rows = np.arange(len(task.labels))
    chosen = csr_matrix((np.ones(len(rows)), (task.truth, rows)), shape=(len(task.classes), len(rows)))
    counts = np.asarray((chosen @ task.table).todense())
    seen = counts.sum(axis=0)
    others = seen + SMOOTHING - counts
    weights = -np.log(others / others.sum(axis=1, keepdims=True)).T
    weights[seen == 0] = 0.0  # what was never seen says nothing, least of all for the rarest class
    return _Linear(weights, np.zeros(len(task.classes))).levelled(task.table)


def _calibrated(margins: NDArray[np.float64], truth: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """One sharpness and a bias a class that make probabilities of margins (vector scaling, kept near 0)."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    def loss(values: NDArray[np.float64]) -> float:
        logits = margins * np.exp(values[0]) + values[1:]
        right = logits[np.arange(len(truth)), truth]
        return float((logsumexp(logits, axis=1) - right).mean() + 0.001 * np.square(values[1:]).sum())

    found = minimize(loss, np.array([1.0, *np.zeros(margins.shape[1])]), method="L-BFGS-B")
    return float(np.exp(found.x[0])), found.x[1:] - found.x[1:].mean()


def _with_unseen(model: Model, fitted: Mapping[str, _Fitted], examples: Sequence[Example]) -> Trained:
    """Put the folds' margins through the calibrated heads."""
    answers: dict[int, dict[str, dict[str, float]]] = {}
    for head in model.header.heads:
        own = fitted[head.name]
        for row, margins in zip(own.rows.tolist(), own.margins.tolist(), strict=True):
            answers.setdefault(row, {})[head.name] = head.probabilities(margins)
    places = sorted(answers)
    return Trained(model, [answers[place] for place in places], [examples[place] for place in places])
