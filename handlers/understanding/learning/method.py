"""The same pipeline on any labelled data, so that the method itself can be measured."""

from collections.abc import Callable, Mapping, Sequence

from handlers.understanding.classifier import FeatureReader
from handlers.understanding.dense import Embed
from handlers.understanding.learning import dense, fit
from handlers.understanding.learning.examples import typings
from handlers.understanding.learning.learn import SEED
from handlers.understanding.learning.noise import Luck
from handlers.understanding.opinions import mixed, reads

HEAD = "label"
Shares = Mapping[str, float]


def trained(
    rows: Sequence[tuple[str, str]], reader: FeatureReader, luck: Luck, embed: Embed | None = None
) -> Callable[[Sequence[str]], list[Shares]]:
    """What answers texts after learning (text, label); with `embed`, the second opinion is heard on each."""
    labelled = [(text, {HEAD: label}) for text, label in rows]
    model = fit.train(list(typings(labelled, reader, luck)), version="measured", corpus="", seed=SEED).model
    heads = dense.train("measured", embed, labelled).heads if embed else None

    def answer(texts: Sequence[str]) -> list[Shares]:
        shares: list[Shares] = [model.answer(reader.views(text)[2])[HEAD] for text in texts]
        readable = [place for place, text in enumerate(texts) if embed and reads(text)]
        if embed and heads and readable:
            vectors = embed([texts[place] for place in readable])
            for place, vector in zip(readable, vectors, strict=True):
                shares[place] = mixed(shares[place], heads[HEAD].shares(vector))
        return shares

    return answer
