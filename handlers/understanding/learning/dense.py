"""Trains the heads on a sentence embedding, for the second opinion."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from handlers.understanding.dense import Dense, DenseHead, Embed

COST = 30.0  # an embedding's numbers are small


def train(embedding: str, embed: Embed, rows: Sequence[tuple[str, Mapping[str, str]]]) -> Dense:
    """One head for each label name of the rows (text, labels)."""
    vectors = embed([text for text, _ in rows])
    names = sorted({name for _, labels in rows for name in labels})
    return Dense(embedding, {name: _head(name, vectors, [labels for _, labels in rows]) for name in names})


def _head(name: str, vectors: NDArray[np.float32], labels: Sequence[Mapping[str, str]]) -> DenseHead:
    from sklearn.linear_model import LogisticRegression

    chosen = [place for place, one in enumerate(labels) if name in one]
    fitted = LogisticRegression(C=COST, max_iter=2000).fit(
        vectors[chosen], [labels[place][name] for place in chosen]
    )
    weights, offset = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:
        weights, offset = np.vstack([-weights, weights]) / 2, np.array([-offset[0], offset[0]]) / 2
    return DenseHead(tuple(str(one) for one in fitted.classes_), weights, offset)
