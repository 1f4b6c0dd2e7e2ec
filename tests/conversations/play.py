"""Plays a conversation and writes down what was seen, in the words that conversations are written in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import col

from storage.models import Attachment, Message, Submission, Ticket
from storage.states import AttachmentState
from tests.conversations.script import (
    DESK,
    PRIVATE,
    Conversation,
    Edited,
    Pressed,
    ReactedTo,
    Said,
    Step,
)
from tests.conversations.stage import Sight, Stage, View, photo

_LINK = re.compile(r"https?://\S+")  # each platform has its own
_CARD = re.compile(r"#PA\d+ · (Phản ánh|Khiếu nại|Kiến nghị) · ")
CUT = "…"  # at the end of an expected line: and so on
NOBODY = Sight((), (), ())


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a conversation: for each step what was seen, and the tickets at its end."""

    seen: list[list[str]]
    tickets: list[str]


class Player:
    """Plays one conversation on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._before = NOBODY
        # A post of the bot -> its number in the conversation; a department's cards have numbers of their own.
        self._numbers: dict[tuple[str, str], str] = {}
        self._authors: dict[tuple[str, str], str] = {}  # a message -> who wrote it
        self._last: dict[tuple[str, str], str] = {}  # where and who -> their last message with words
        # Every form a post had: a phone that has not redrawn it still shows the old buttons.
        self._drawn: dict[tuple[str, str], list[View]] = {}
        self._photos = 0

    async def play(self, conversation: Conversation) -> Played:
        """Each step to its end, before the next."""
        seen = [await self.step(step) for step in conversation.steps]
        return Played(seen, await tickets(self._stage))

    async def step(self, step: Step) -> list[str]:
        """One step, and what was to be seen after it and not before."""
        self._stage.clock.set(step.at)
        await self._stage.app.pipeline.tick()
        await self._stage.app.pipeline.drain()
        await self._act(step)
        await self._stage.app.pipeline.drain()
        now = await self._stage.sight()
        lines = self._difference(now)
        self._before = now
        return lines

    async def _act(self, step: Step) -> None:
        match step.action:
            case Said() as said:
                await self._say(said)
            case Edited() as edited:
                message = self._last[edited.where, edited.who]
                await self._stage.edit(edited.where, edited.who, message, edited.text)
            case ReactedTo() as reacted:
                message = self._message(reacted.where, reacted.target)
                await self._stage.react(reacted.where, reacted.who, message, reacted.emoji)
            case Pressed() as pressed:
                await self._press(pressed)

    async def _say(self, said: Said) -> None:
        pictures = [photo(self._photos + number) for number in range(said.photos)]
        self._photos += said.photos
        made = await self._stage.say(
            said.where,
            said.who,
            said.text,
            photos=pictures,
            reply_to=self._message(said.where, said.target) if said.target else None,
            location=said.location,
        )
        for message in made:
            self._authors[said.where, message] = said.who
        self._last[said.where, said.who] = made[0]

    async def _press(self, pressed: Pressed) -> None:
        where, message = self._place(pressed.target)
        drawn = [button for view in self._drawn[where, message] for button in view.buttons]
        data = next((data for words, data in reversed(drawn) if words == pressed.label), None)
        assert data is not None, f"{pressed.target} never had a button {pressed.label!r}"
        await self._stage.press(pressed.where, pressed.who, message, data)

    def _place(self, target: str) -> tuple[str, str]:
        """Where a post of the bot is, by its number in the conversation."""
        number = target.strip("[]")
        found = next((place for place, one in self._numbers.items() if one == number), None)
        assert found is not None, f"there is no post {target} yet"
        return found

    def _message(self, where: str, target: str) -> str:
        return self._place(target)[1] if target.startswith("[") else self._last[where, target]

    def _difference(self, now: Sight) -> list[str]:
        before = {(view.where, view.id): view for view in self._before.posts}
        lines = []
        for view in now.posts:
            key = view.where, view.id
            if key not in before:
                self._numbers[key] = self._next_number(view)
                lines.append(f"[{self._numbers[key]}] {self._posted(view)}")
            if before.get(key) != view:
                self._drawn.setdefault(key, []).append(view)
            if key in before and before[key] != view:
                lines.append(f"sửa [{self._numbers[key]}]: {_words(view)}")
        lines += [
            f"thả {emoji} cho {self._authors.get((where, message), message)}"
            for where, message, emoji in now.reactions
            if (where, message, emoji) not in self._before.reactions
        ]
        return lines + [f"báo {toast}" for toast in now.toasts[len(self._before.toasts) :]]

    def _next_number(self, view: View) -> str:
        is_card = view.where == DESK and _CARD.match(view.text) is not None
        mark = "đ" if is_card else ""
        return f"{mark}{sum(one.startswith('đ') is is_card for one in self._numbers.values()) + 1}"

    def _posted(self, view: View) -> str:
        target = ""
        if view.reply_to is not None:
            number = self._numbers.get((view.where, view.reply_to))
            place = PRIVATE if view.where.startswith(PRIVATE) else view.where
            author = self._authors.get((place, view.reply_to), "?")
            target = f"trả lời [{number}]" if number else f"trả lời {author}"
        head = " ".join(part for part in (view.where, target) if part) or "nhóm"
        return f"{head}: {_words(view)}"


def _words(view: View) -> str:
    photos = f"[{view.photos} hình] " if view.photos else ""
    buttons = "".join(f" {{{words}}}" for words, _ in view.buttons)
    text = _LINK.sub("(liên kết)", view.text)
    return f"{photos}{text}{buttons}".replace("\n", " ⏎ ")


async def tickets(stage: Stage) -> list[str]:
    """One line for each ticket: code, what, how it stands, how many voices and photos, where."""
    lines = []
    async with stage.app.database.read() as session:
        for ticket in (await session.scalars(select(Ticket).order_by(col(Ticket.id)))).all():
            photos = await session.scalar(
                select(func.count())
                .select_from(Attachment)
                .join(Message, col(Attachment.message_id) == col(Message.id))
                .join(Submission, col(Message.submission_id) == col(Submission.id))
                .where(
                    col(Submission.ticket_id) == ticket.id,
                    col(Attachment.state) != AttachmentState.ERASED,
                )
            )
            say = stage.app.texts.say
            parts = [
                say("vi", f"kind.{ticket.kind}"),
                say("vi", f"category.{ticket.category}"),
                say("vi", f"status.{ticket.status.value}"),
                f"{ticket.voices} người",
                *([f"{photos} hình"] if photos else []),
                *([str(ticket.place["text"])] if ticket.place.get("text") else []),
                *(["khẩn"] if ticket.urgent else []),
            ]
            lines.append(f"{ticket.code}: {' · '.join(parts)}")
    return lines


def differences(wanted: Sequence[str], found: Sequence[str]) -> list[str]:
    """What was to be seen and was not, and the other way round; no line where all is as written."""
    if len(wanted) == len(found) and all(map(_same, wanted, found)):
        return []
    return [f"- {line}" for line in wanted] + [f"+ {line}" for line in found]


def _same(wanted: str, found: str) -> bool:
    return found.startswith(wanted[: -len(CUT)]) if wanted.endswith(CUT) else wanted == found
