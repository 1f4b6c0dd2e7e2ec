"""Answers between the form that was sent and the page that shows them: once, and only to whoever asked.

They lie in the database, because the page may be asked of another process than the one that has done it.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from bot.room.drawing import drawn
from handlers.chart import from_json
from handlers.orders import Answer
from handlers.ports import Clock, JsonObject
from handlers.posts import Button
from storage import web_answers
from storage.database import Database
from storage.models import WebAnswer

_BYTES = 9
_TOKEN = re.compile("[A-Za-z0-9_-]{12}")  # as so many bytes are written


@dataclass(frozen=True, slots=True)
class FollowingForm:
    """A form that does something about what was just done: where it goes, its fields, its button."""

    action: str
    button: str  # the key of its text
    fields: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer, and what may follow from it."""

    answer: Answer
    done: bool = True  # False: nothing was changed
    then: FollowingForm | None = None
    chart: Markup | None = None  # drawn when it is shown


class KeptAnswers:
    """Answers by a token that stands in the address of the page."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put(self, member_id: int, said: KeptAnswer) -> str:
        """Keep an answer; its token."""
        token, now = secrets.token_urlsafe(_BYTES), self._clock()
        async with self._database.write() as session:
            answer = WebAnswer(token=token, member_id=member_id, said=to_json(said), created_at=now)
            await web_answers.keep(session, answer)
        return token

    async def take(self, token: str, member_id: int) -> KeptAnswer | None:
        """The answer of a token, which is gone then, unless it asks something."""
        if not _TOKEN.fullmatch(token):
            return None
        async with self._database.read() as session:
            found = await web_answers.said(session, token, member_id)
        if found is None:
            return None
        said = of_json(found)
        if not said.answer.keyboard:
            async with self._database.write() as session:
                await web_answers.let_go(session, token)
        shown = said.answer.chart
        return replace(said, chart=await drawn(from_json(shown))) if shown else said


def to_json(said: KeptAnswer) -> JsonObject:
    """As the table holds it."""
    then, answer = said.then, said.answer
    return {
        "text": answer.text,
        "keyboard": [[[one.text, one.data] for one in row] for row in answer.keyboard],
        "chart": answer.chart,
        "done": said.done,
        "then": [then.action, then.button, [list(one) for one in then.fields]] if then else None,
    }


def of_json(told: JsonObject) -> KeptAnswer:
    """What the table holds."""
    rows = tuple(tuple(Button(text, data) for text, data in row) for row in told["keyboard"])
    then = None
    if told["then"]:
        action, button, fields = told["then"]
        then = FollowingForm(action, button, [(name, value) for name, value in fields])
    return KeptAnswer(Answer(told["text"], rows, told["chart"]), told["done"], then)
