"""Buttons: what is written into their data, and how it is read back.

t:<ticket>:<move>            a move on a ticket's card
m:<ticket>:<into>            merge a ticket into its twin
q:<submission>:<kind>        what a message is; `none` for chatter
o:<delivery>:resend|drop     a delivery that may or may not have arrived
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.lifecycle import Move
from handlers.posts import Button, Keyboard
from handlers.understanding import Kind

Label = Callable[..., str]

TAPPED = (Move.ACCEPT, Move.START, Move.RESOLVE, Move.REJECT, Move.REOPEN)


@dataclass(frozen=True, slots=True)
class MovePressed:
    ticket_id: int
    move: Move


@dataclass(frozen=True, slots=True)
class MergePressed:
    ticket_id: int
    into_id: int


@dataclass(frozen=True, slots=True)
class KindPressed:
    submission_id: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class DeliveryPressed:
    delivery_id: int
    resend: bool


Pressed = MovePressed | MergePressed | KindPressed | DeliveryPressed


def read(data: str) -> Pressed | None:
    """What a button's data asks for; None where it is not ours."""
    try:
        letter, number, word = data.split(":")
        return _READERS[letter](int(number), word)
    except (KeyError, ValueError):
        return None


_READERS: dict[str, Callable[[int, str], Pressed]] = {
    "t": lambda number, word: MovePressed(number, Move(word)),
    "m": lambda number, word: MergePressed(number, int(word)),
    "q": lambda number, word: KindPressed(number, Kind(word)),
    "o": lambda number, word: DeliveryPressed(number, {"resend": True, "drop": False}[word]),
}


def ticket_keyboard(
    label: Label, ticket_id: int, moves: Sequence[Move], twin: tuple[str, int] | None
) -> Keyboard:
    """A row of moves, and a row to merge where there may be a twin."""
    row = tuple(Button(label(f"button.{move.value}"), f"t:{ticket_id}:{move.value}") for move in moves)
    if twin is None:
        return (row,) if row else ()
    return (row, *merge_keyboard(label, ticket_id, *twin))


def merge_keyboard(label: Label, ticket_id: int, code: str, into_id: int) -> Keyboard:
    """To merge a ticket into another one."""
    return ((Button(label("button.merge", code=code), f"m:{ticket_id}:{into_id}"),),)


def question_keyboard(label: Label, submission_id: int) -> Keyboard:
    """What a message can be."""
    kinds = (Kind.REPORT, Kind.COMPLAINT, Kind.SUGGESTION)
    row = tuple(Button(label(f"kind.{kind.value}"), f"q:{submission_id}:{kind.value}") for kind in kinds)
    return (row, (Button(label("button.none"), f"q:{submission_id}:{Kind.NONE.value}"),))


def delivery_keyboard(label: Label, delivery_id: int) -> Keyboard:
    """What to do with a delivery that may or may not have arrived."""
    return (
        (
            Button(label("button.resend"), f"o:{delivery_id}:resend"),
            Button(label("button.drop"), f"o:{delivery_id}:drop"),
        ),
    )
