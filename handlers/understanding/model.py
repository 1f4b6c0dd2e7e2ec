"""A linear model in one small file: features in, probabilities out.

The file is one line of JSON (the header), the features one a line, and two tables of numbers: the
inverse document frequency of each feature, and its weights for every class of every head in 8 bits.
Nothing in it can be executed.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import asdict, dataclass, replace
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"congich model 1\n"
_STEPS = 127  # of an 8-bit weight on either side


class ModelError(Exception):
    """A file is no model of congich; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Head:
    """One question that a model answers: softmax(sharpness * margins + bias) over its classes."""

    name: str
    classes: tuple[str, ...]
    sharpness: float
    bias: tuple[float, ...]  # one a class; calibration
    offset: tuple[float, ...]  # one a class; the linear model's own intercept
    scale: tuple[float, ...]  # one a class; what one step of an 8-bit weight is worth

    def probabilities(self, margins: Sequence[float]) -> dict[str, float]:
        """What each class is given, the sum 1."""
        return self.shares(
            [self.sharpness * one + bias for one, bias in zip(margins, self.bias, strict=True)]
        )

    def shares(self, values: Sequence[float]) -> dict[str, float]:
        """The softmax of values that are calibrated already."""
        highest = max(values)
        powers = [math.exp(value - highest) for value in values]
        total = sum(powers)
        return {name: power / total for name, power in zip(self.classes, powers, strict=True)}


@dataclass(frozen=True, slots=True)
class Header:
    """What a model is: its version, what it learned from, the thresholds that its data suggest."""

    version: str
    corpus: str  # a digest of what it learned from
    seed: int
    views: tuple[int, ...]  # how many features each view has, in the file's order
    heads: tuple[Head, ...]
    thresholds: Mapping[str, float]


class Model:
    """Answers by adding up the weights of the features that a text has."""

    def __init__(
        self,
        header: Header,
        features: Sequence[Sequence[str]],
        idf: NDArray[np.float32],
        weights: NDArray[np.int8],
    ) -> None:
        """`features`: a list a view, none in two of them. `idf`: one a feature. `weights`: feature by class,
        head after head."""
        self.header = header
        self._lines = ["\n".join(view) for view in features]
        # Features are found by their hashes, and their rows lie in that order: the entries of a dictionary of
        # so many are scattered in memory, and looking at fifty of them takes twice as long.
        hashes = _hashes(features)
        self._order = np.argsort(hashes).astype(np.int32)
        self._hashes, self._idf = hashes[self._order], idf[self._order]
        self._weights = weights[self._order]
        sharp = np.concatenate([np.full(len(head.classes), head.sharpness) for head in header.heads])
        self._gain = sharp * np.concatenate([head.scale for head in header.heads])
        bias = np.concatenate([head.bias for head in header.heads])
        self._shift = sharp * np.concatenate([head.offset for head in header.heads]) + bias
        ends = _ends(head.classes for head in header.heads)
        self._heads = list(zip(header.heads, (0, *ends[:-1]), ends, strict=True))

    def answer(self, views: Sequence[Sequence[str]]) -> dict[str, dict[str, float]]:
        """The probabilities of every head's classes; `views` as the model was trained with."""
        rows, ends = self._found(views)
        values = self._weighed(rows, ends) @ self._weights.take(rows, axis=0)
        calibrated = (values * self._gain + self._shift).tolist()
        return {head.name: head.shares(calibrated[start:end]) for head, start, end in self._heads}

    def _found(self, views: Sequence[Sequence[str]]) -> tuple[NDArray[np.intp], Sequence[int]]:
        """The rows of the features that are known, view after view, and where each view's end."""
        asked = _hashes(views)
        places = self._hashes.searchsorted(asked)
        known = self._hashes.take(places, mode="clip") == asked
        rows = places.compress(known)
        return rows, [*(int(np.count_nonzero(known[:end])) for end in _ends(views[:-1])), len(rows)]

    def _weighed(self, rows: NDArray[np.intp], ends: Sequence[int]) -> NDArray[np.float32]:
        """What each feature weighs; each view's weights are of length 1."""
        weighed, start = self._idf.take(rows), 0
        squares = weighed * weighed
        for end in ends:
            view = weighed[start:end]
            view *= 1 / math.sqrt(float(np.add.reduce(squares[start:end])) or 1.0)
            start = end
        return weighed

    def with_thresholds(self, thresholds: Mapping[str, float]) -> "Model":
        """The same model, with other lines drawn."""
        header = replace(self.header, thresholds=dict(thresholds))
        idf, weights = self._as_given()
        return Model(header, self._features(), idf, weights)

    def _features(self) -> list[list[str]]:
        return [lines.split("\n") if lines else [] for lines in self._lines]

    def _as_given(self) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """The two tables in the order of the features."""
        back = np.argsort(self._order)
        return self._idf[back], self._weights[back]

    def to_bytes(self) -> bytes:
        """The file's content; the same model is the same bytes."""
        lines = [json.dumps(asdict(self.header), ensure_ascii=False, sort_keys=True)]
        lines += chain.from_iterable(self._features())
        text = "\n".join(lines).encode()
        idf, weights = self._as_given()
        return b"".join(
            (
                MAGIC,
                len(text).to_bytes(8, "little"),
                text,
                idf.astype("<f4").tobytes(),
                weights.tobytes(),
            )
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "Model":
        """Read a model. Raises ModelError."""
        try:
            return _read(content)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ModelError(
                f"this is no model that this congich can use ({error}): run congich learn"
            ) from None


def _hashes(views: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, chain.from_iterable(views)), np.int64, sum(map(len, views)))


def _ends(views: Iterable[Sized]) -> list[int]:
    return list(accumulate(map(len, views)))


def _read(content: bytes) -> Model:
    if not content.startswith(MAGIC):
        raise ValueError("it does not begin as one")
    start = len(MAGIC) + 8
    end = start + int.from_bytes(content[len(MAGIC) : start], "little")
    first, *features = content[start:end].decode().split("\n")
    header = _header(json.loads(first))
    count, classes = len(features), sum(len(head.classes) for head in header.heads)
    if sum(header.views) != count or len(content) != end + count * (4 + classes):
        raise ValueError("it was cut off")
    idf = np.frombuffer(content, "<f4", count, end)
    weights = np.frombuffer(content, np.int8, count * classes, end + 4 * count).reshape(count, classes)
    bounds = np.cumsum((0, *header.views)).tolist()
    views = [features[one:two] for one, two in pairwise(bounds)]
    return Model(header, views, idf, weights)


def _header(row: dict[str, Any]) -> Header:
    lists = ("classes", "bias", "offset", "scale")
    return Header(
        version=str(row["version"]),
        corpus=str(row["corpus"]),
        seed=int(str(row["seed"])),
        views=tuple(row["views"]),
        heads=tuple(Head(**head | {name: tuple(head[name]) for name in lists}) for head in row["heads"]),
        thresholds=dict(row["thresholds"]),
    )


def quantised(weights: NDArray[np.float64]) -> tuple[NDArray[np.int8], tuple[float, ...]]:
    """Weights (feature by class) in 8 bits, and what one step is worth for each class."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _STEPS
    return np.rint(weights / scale).astype(np.int8), tuple(float(value) for value in scale)
