"""Asks second opinions before a batch of messages is handled, and never waits longer than it may."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from handlers.understanding import Understand, Understanding
from handlers.understanding.opinions import SecondOpinion, joined, wanted

MOST = 8  # texts of one batch; a flood is for the model alone

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Advised:
    """Understands as the model does, but for the texts that opinions were had on."""

    understand: Understand
    answers: Mapping[str, Understanding]

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding:
        return self.answers.get(text) or self.understand(text, has_photo=has_photo)


class Opinions:
    """Second opinions on the texts of a batch, one adviser after the other, within one time limit."""

    def __init__(
        self, advisers: Sequence[SecondOpinion], *, sure: float, unsure: float, seconds: float
    ) -> None:
        self._advisers = advisers
        self._sure = sure
        self._unsure = unsure
        self._seconds = seconds

    async def on(self, texts: Sequence[str], understand: Understand) -> Understand:
        """What understands these texts; the model itself where nobody answers."""
        answers: dict[str, Understanding] = {}
        for adviser in self._advisers:
            advised = Advised(understand, dict(answers))
            open_ones = [text for text in dict.fromkeys(texts) if self._is_open(text, advised)][:MOST]
            answers |= await self._asked(adviser, open_ones, advised)
        return Advised(understand, answers) if answers else understand

    def _is_open(self, text: str, understand: Understand) -> bool:
        return wanted(text, understand(text), self._unsure, self._sure)

    async def _asked(
        self, adviser: SecondOpinion, texts: Sequence[str], understand: Understand
    ) -> dict[str, Understanding]:
        if not texts:
            return {}
        try:
            async with asyncio.timeout(self._seconds):
                found = await adviser(texts)
        except TimeoutError:
            log.warning("second opinion too late", action="opinion.late", adviser=adviser.name)
            return {}
        except Exception:
            log.exception("second opinion failed", action="opinion.broken", adviser=adviser.name)
            return {}
        return {
            text: joined(understand(text), opinion, adviser.name, self._unsure)
            for text, opinion in zip(texts, found, strict=True)
            if opinion is not None
        }
