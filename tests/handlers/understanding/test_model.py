"""The model's file: the same corpus gives the same bytes, and a broken file is one clear error."""

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random

import pytest

from handlers.understanding.classifier import FeatureReader, bundled_model
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.learning import examples, fit
from handlers.understanding.learning.examples import LEARNED
from handlers.understanding.learning.learn import SEED
from handlers.understanding.model import Model, ModelError

ROWS = [(row.text, row.labels) for row in examples.bundled(LEARNED)[::13]]
READER = FeatureReader(Gazetteer.bundled())


def train(rows: Sequence[tuple[str, Mapping[str, str]]], seed: int = SEED) -> Model:
    typed = list(examples.typings(rows, READER, Random(seed)))
    return fit.train(typed, version="test", corpus="test", seed=seed).model


@pytest.fixture(scope="module")
def small() -> Model:
    return train(ROWS)


def test_the_same_corpus_and_seed_give_the_same_bytes(small: Model) -> None:
    assert train(ROWS).to_bytes() == small.to_bytes()


def test_another_corpus_gives_others(small: Model) -> None:
    assert train(ROWS[:-1]).to_bytes() != small.to_bytes()


def test_a_file_is_read_as_it_was_written(small: Model) -> None:
    again = Model.from_bytes(small.to_bytes())
    assert again.to_bytes() == small.to_bytes()
    views = READER.views("đèn hẻm 7 hư rồi")[2]
    assert again.answer(views) == small.answer(views)


def test_probabilities_are_shares(small: Model) -> None:
    for text in ("đèn hư", "chào cả nhà", "xyz"):
        for shares in small.answer(READER.views(text)[2]).values():
            assert sum(shares.values()) == pytest.approx(1)
            assert min(shares.values()) >= 0


@pytest.mark.parametrize(
    "broken",
    [
        lambda content: b"",
        lambda content: b"\x89PNG" + content,
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"\x00",
        lambda content: content.replace(b'"heads"', b'"haeds"', 1),
        lambda content: content.replace(b'"seed": ', b'"seed": "', 1),
    ],
)
def test_a_broken_file_is_one_error_with_its_remedy(small: Model, broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ModelError, match="run congich learn"):
        Model.from_bytes(broken(small.to_bytes()))


def test_the_bundled_model_is_of_the_bundled_corpus_and_small() -> None:
    model = bundled_model()
    assert model.header.corpus == examples.digest(examples.bundled(LEARNED))
    assert len(model.to_bytes()) <= 4 * 1024 * 1024
    assert set(model.header.thresholds) == {"sure", "unsure", "urgent"}


def test_its_header_can_be_read_without_congich() -> None:
    content = bundled_model().to_bytes()
    start = content.index(b"{")
    assert json.loads(content[start : content.index(b"\n", start)])["seed"] == SEED
