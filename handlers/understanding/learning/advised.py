"""The model with the second opinion of an embedding, as it is measured."""

from dataclasses import dataclass

from handlers.understanding.classifier import Classifier
from handlers.understanding.dense import Dense, Embed
from handlers.understanding.opinions import Opinion, joined, reads, wanted
from handlers.understanding.values import Understanding


@dataclass(frozen=True, slots=True)
class WithEmbedding:
    """Asks the embedding where the bot would."""

    classifier: Classifier
    dense: Dense
    embed: Embed

    @property
    def sure(self) -> float:
        return self.classifier.sure

    @property
    def unsure(self) -> float:
        return self.classifier.unsure

    @property
    def version(self) -> str:
        return f"{self.classifier.version}+{self.dense.embedding}"

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding:
        seen = self.classifier(text, has_photo=has_photo)
        if not reads(text) or not wanted(text, seen, self.unsure, self.sure):
            return seen
        vector = self.embed([text])[0]
        heads = self.dense.heads
        opinion = Opinion(heads["kind"].shares(vector), heads["category"].shares(vector), trusted=True)
        return joined(seen, opinion, self.dense.embedding, self.unsure)
