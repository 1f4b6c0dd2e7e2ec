"""A linear model in one small file: features in, probabilities out.

The file is one line of JSON (the header), the features one a line, and two tables of numbers: the
inverse document frequency of each feature, and its weights for every class of every head in 8 bits.
Nothing in it can be executed.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
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
        """`features`: a list a view. `idf`: one a feature. `weights`: feature by class, head after head."""
        self.header = header
        self._index: list[dict[str, int]] = []
        start = 0
        for view in features:
            self._index.append(dict(zip(view, range(start, start + len(view)), strict=True)))
            start += len(view)
        self._idf = idf
        self._squares = idf * idf
        self._weights = weights
        sharp = np.concatenate([np.full(len(head.classes), head.sharpness) for head in header.heads])
        self._gain = sharp * np.concatenate([head.scale for head in header.heads])
        bias = np.concatenate([head.bias for head in header.heads])
        self._shift = sharp * np.concatenate([head.offset for head in header.heads]) + bias

    def answer(self, views: Sequence[Iterable[str]]) -> dict[str, dict[str, float]]:
        """The probabilities of every head's classes; `views` as the model was trained with."""
        rows: list[int] = []
        shares: list[float] = []
        for index, features in zip(self._index, views, strict=True):
            known = [index[one] for one in features if one in index]
            if known:
                rows += known
                shares += [1 / math.sqrt(float(self._squares[known].sum()))] * len(known)
        totals = (self._idf[rows] * np.array(shares, np.float32)) @ self._weights[rows]
        answers, start = {}, 0
        values = (totals * self._gain + self._shift).tolist()
        for head in self.header.heads:
            end = start + len(head.classes)
            answers[head.name] = head.shares(values[start:end])
            start = end
        return answers

    def with_thresholds(self, thresholds: Mapping[str, float]) -> "Model":
        """The same model, with other lines drawn."""
        header = replace(self.header, thresholds=dict(thresholds))
        return Model(header, [list(index) for index in self._index], self._idf, self._weights)

    def to_bytes(self) -> bytes:
        """The file's content; the same model is the same bytes."""
        lines = [json.dumps(asdict(self.header), ensure_ascii=False, sort_keys=True)]
        lines += [feature for index in self._index for feature in index]
        text = "\n".join(lines).encode()
        return b"".join(
            (
                MAGIC,
                len(text).to_bytes(8, "little"),
                text,
                self._idf.astype("<f4").tobytes(),
                self._weights.tobytes(),
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
