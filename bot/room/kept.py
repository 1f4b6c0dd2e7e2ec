"""Answers between the form that was sent and the page that shows them: once, and only to whoever asked."""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.orders import Answer

MOST = 200  # answers that nobody came back for are let go


@dataclass(frozen=True, slots=True)
class Again:
    """A form that does something about what was just done: where it goes, its fields, its button."""

    action: str
    button: str  # the key of its text
    fields: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and what may follow from it."""

    answer: Answer
    chart: str = ""  # drawn
    done: bool = True  # False: nothing was changed
    then: Again | None = None


class Kept:
    """Answers by a token that stands in the address of the page. A restart forgets them."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, tuple[int, Said]] = OrderedDict()

    def put(self, member_id: int, said: Said) -> str:
        """Keep an answer; its token."""
        token = secrets.token_urlsafe(9)
        self._said[token] = (member_id, said)
        while len(self._said) > MOST:
            self._said.popitem(last=False)
        return token

    def take(self, token: str, member_id: int) -> Said | None:
        """The answer of a token, which is gone then, unless it asks something."""
        found = self._said.get(token)
        if found is None or found[0] != member_id:
            return None
        if not found[1].answer.keyboard:
            del self._said[token]
        return found[1]
