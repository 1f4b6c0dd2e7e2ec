"""Reads kinds and categories off a sentence embedding: one linear layer a question, in a small file."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

DENSE_FILE = "embedding.json"
Vector = NDArray[np.float32]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Turns texts into vectors, a row each."""


@dataclass(frozen=True, slots=True)
class DenseHead:
    """One question: softmax(weights @ vector + offset); `weights` is class by dimension."""

    classes: tuple[str, ...]
    weights: NDArray[np.float64]
    offset: NDArray[np.float64]

    def shares(self, vector: Vector) -> dict[str, float]:
        values = self.weights @ vector + self.offset
        powers = np.exp(values - values.max())
        return dict(zip(self.classes, (powers / powers.sum()).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Dense:
    """The heads that were trained on one embedding."""

    embedding: str
    heads: Mapping[str, DenseHead]

    @classmethod
    def bundled(cls) -> "Dense":
        """The ones that come with congich."""
        return cls.parse((files(__package__) / DENSE_FILE).read_text("utf-8"))

    @classmethod
    def parse(cls, text: str) -> "Dense":
        """Read a file's text. Raises KeyError or ValueError."""
        row = json.loads(text)
        heads = {
            name: DenseHead(tuple(head["classes"]), np.array(head["weights"]), np.array(head["offset"]))
            for name, head in row["heads"].items()
        }
        return cls(row["embedding"], heads)

    def text(self) -> str:
        """The file's text."""
        heads = {
            name: {
                "classes": head.classes,
                "weights": [_rounded(row) for row in head.weights],
                "offset": _rounded(head.offset),
            }
            for name, head in self.heads.items()
        }
        return json.dumps({"embedding": self.embedding, "heads": heads}) + "\n"


def _rounded(values: NDArray[np.float64]) -> Sequence[float]:
    return [round(float(value), 3) for value in values]
