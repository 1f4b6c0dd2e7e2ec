"""Buttons: what is written into their data, and how it is read back. `handlers/seals.py` signs it.

t:<ticket>:<move>            a move on a ticket's card
n:<ticket>:<menu>            other buttons under the same card
k, c, d:<ticket>:<word>      kind, category, department
r:<ticket>:<reason>          turn it down with one of the usual reasons
x:<ticket>:<act>             urgent, calm, pause, resume, undo, how to place and to split
u:<ticket>:<version>         undo what was done last when it was drawn
e:<ticket>:<days>            due at the end of the working day, so many days from now
m:<ticket>:<into>            merge a ticket into its twin
q:<submission>:<kind>        what a message is; `none` for chatter, `undo` to ask again
h:<member>:<act>             what to do about somebody's many: let through, drop, mute
o:<delivery>:resend|drop     a post that was given up, or that may or may not have arrived
w:<dispatch>:resend|drop     the same of what a system outside is told
s:<ticket>:yes|no            the reporter's word on the end
p:<prompt>:<page>            another page of a list
b:<prompt>:yes|no            go on with what was asked, or leave it
y:<ticket>:decline           its department says that it is not theirs
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers import lifecycle
from handlers.lifecycle import Move
from handlers.ports import Text
from handlers.posts import Button, Content, Edit, Keyboard, Post
from handlers.understanding import Kind
from storage.models import Ticket, row_id
from storage.states import OPEN

TAPPED = (Move.ACCEPT, Move.START, Move.RESOLVE, Move.REOPEN)
REASONS = ("not_ours", "private", "unclear", "duplicate", "not_real")
DUE_DAYS = (0, 1, 3, 7)
_A_ROW = 3


class Menu(StrEnum):
    MAIN = "main"
    KIND = "kind"
    CATEGORY = "category"
    ASSIGN = "assign"
    DUE = "due"
    REJECT = "reject"
    MORE = "more"


_MENUS = (Menu.KIND, Menu.CATEGORY, Menu.ASSIGN, Menu.DUE, Menu.REJECT, Menu.MORE)


class Act(StrEnum):
    URGENT = "urgent"
    CALM = "calm"
    PAUSE = "pause"
    RESUME = "resume"
    PLACE = "place"  # how to say where it is: that takes words
    SPLIT = "split"  # how to split it, which takes words too
    UNDO = "undo"


class HeldAct(StrEnum):
    LET = "let"
    DROP = "drop"
    MUTE = "mute"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class MovePressed:
    ticket_id: int
    move: Move


class OverturnPressed(MovePressed):
    """A move that takes back or ends what others did: not for whoever has the ticket."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class MenuPressed:
    ticket_id: int
    menu: Menu


@dataclass(frozen=True, slots=True)
class SetPressed:
    """`field`: kind, category or department."""

    ticket_id: int
    field: str
    word: str


@dataclass(frozen=True, slots=True)
class DuePressed:
    ticket_id: int
    days: int


@dataclass(frozen=True, slots=True)
class ReasonPressed:
    ticket_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ActPressed:
    ticket_id: int
    act: Act


@dataclass(frozen=True, slots=True)
class UndoPressed:
    """`version`: the ticket's, as the button was drawn."""

    ticket_id: int
    version: int


@dataclass(frozen=True, slots=True)
class DeclinePressed:
    ticket_id: int


@dataclass(frozen=True, slots=True)
class MergePressed:
    ticket_id: int
    into_id: int


@dataclass(frozen=True, slots=True)
class KindPressed:
    """`kind` None: take the answer back."""

    submission_id: int
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class HeldPressed:
    member_id: int
    act: HeldAct


@dataclass(frozen=True, slots=True)
class DeliveryPressed:
    """`name`: c and the number of a post, d and that of a dispatch."""

    name: str
    resend: bool


@dataclass(frozen=True, slots=True)
class RatePressed:
    ticket_id: int
    satisfied: bool


@dataclass(frozen=True, slots=True)
class PagePressed:
    prompt_id: int
    page: int


@dataclass(frozen=True, slots=True)
class ConfirmPressed:
    prompt_id: int
    confirmed: bool


Pressed = (
    MovePressed
    | OverturnPressed
    | MenuPressed
    | SetPressed
    | DuePressed
    | ReasonPressed
    | ActPressed
    | UndoPressed
    | DeclinePressed
    | MergePressed
    | KindPressed
    | HeldPressed
    | DeliveryPressed
    | RatePressed
    | PagePressed
    | ConfirmPressed
)


def read(data: str) -> Pressed | None:
    """What a button's data asks for; None where it is not ours."""
    try:
        letter, number, word = data.split(":")
        return _READERS[letter](int(number), word)
    except (KeyError, ValueError):
        return None


_FORWARD = (Move.ACCEPT, Move.START, Move.RESOLVE)  # what whoever has the ticket may do
_YES = {"yes": True, "no": False}
_RESEND = {"resend": True, "drop": False}
_READERS: dict[str, Callable[[int, str], Pressed]] = {
    "t": lambda number, word: (MovePressed if Move(word) in _FORWARD else OverturnPressed)(
        number, Move(word)
    ),
    "n": lambda number, word: MenuPressed(number, Menu(word)),
    "k": lambda number, word: SetPressed(number, "kind", Kind(word).value),
    "c": lambda number, word: SetPressed(number, "category", word),
    "d": lambda number, word: SetPressed(number, "department", word),
    "e": lambda number, word: DuePressed(number, DUE_DAYS[DUE_DAYS.index(int(word))]),
    "r": lambda number, word: ReasonPressed(number, REASONS[REASONS.index(word)]),
    "x": lambda number, word: ActPressed(number, Act(word)),
    "u": lambda number, word: UndoPressed(number, int(word)),
    "y": lambda number, word: DeclinePressed(*{"decline": (number,)}[word]),
    "m": lambda number, word: MergePressed(number, int(word)),
    "q": lambda number, word: KindPressed(number, None if word == "undo" else Kind(word)),
    "h": lambda number, word: HeldPressed(number, HeldAct(word)),
    "o": lambda number, word: DeliveryPressed(f"c{number}", _RESEND[word]),
    "w": lambda number, word: DeliveryPressed(f"d{number}", _RESEND[word]),
    "s": lambda number, word: RatePressed(number, _YES[word]),
    "p": lambda number, word: PagePressed(number, int(word)),
    "b": lambda number, word: ConfirmPressed(number, _YES[word]),
}


_WORDS = {
    "n": "menu.{}", "k": "kind.{}", "c": "category.{}", "e": "due.{}", "r": "reason.{}", "u": "button.undo",
    "q": "kind.{}", "h": "held.{}", "p": "button.page",
}  # fmt: skip
_OWN_WORDS = {
    "q:none": "button.none", "q:undo": "button.undo", "h:undo": "button.undo", "b:yes": "button.agree",
    "b:no": "button.leave", "s:yes": "button.satisfied", "s:no": "button.dissatisfied",
}  # fmt: skip


def words_of(data: str) -> str:
    """Under which key the catalogue has what stands on a button with this data, or nearly that."""
    letter, _, word = data.split(":")
    return _OWN_WORDS.get(f"{letter}:{word}") or _WORDS.get(letter, "button.{}").format(word)


def ticket_keyboard(label: Text, ticket: Ticket, twin: tuple[str, int] | None) -> Keyboard:
    """A card's buttons: the moves, the menus, and to merge where there may be a twin."""
    moves = tuple(
        Button(label(f"button.{move.value}"), f"t:{ticket.id}:{move.value}")
        for move in lifecycle.moves_from(ticket.status)
        if move in TAPPED
    )
    is_open = ticket.status in OPEN
    menus = _MENUS if is_open else (Menu.MORE,)
    rows = [moves, *_rows([_menu(label, ticket, menu) for menu in menus])]
    if twin is not None and is_open:
        rows += merge_keyboard(label, row_id(ticket), *twin)
    return tuple(row for row in rows if row)


def desk_keyboard(label: Text, ticket: Ticket) -> Keyboard:
    """What a department can do about its ticket with one tap."""
    if ticket.status not in OPEN:
        return ()
    moves = [move for move in lifecycle.moves_from(ticket.status) if move in (Move.START, Move.RESOLVE)]
    row = [Button(label(f"button.{move.value}"), f"t:{ticket.id}:{move.value}") for move in moves]
    return (tuple(row), (Button(label("button.decline"), f"y:{ticket.id}:decline"),))


def assign_keyboard(label: Text, ticket: Ticket) -> Keyboard:
    """To hand a ticket to a department."""
    return ((_menu(label, ticket, Menu.ASSIGN),),)


def menu_keyboard(
    label: Text, ticket: Ticket, menu: Menu, *, categories: Sequence[str], departments: Mapping[str, str]
) -> Keyboard:
    """The buttons of one menu under a card; the last leads back to the card's own, the main menu."""
    match menu:
        case Menu.MAIN:
            return ()
        case Menu.KIND:
            kinds = [kind.value for kind in Kind if kind is not Kind.NONE]
            found = [Button(label(f"kind.{kind}"), f"k:{ticket.id}:{kind}") for kind in kinds]
        case Menu.CATEGORY:
            found = [Button(label(f"category.{word}"), f"c:{ticket.id}:{word}") for word in categories]
        case Menu.ASSIGN:
            found = [Button(name, f"d:{ticket.id}:{key}") for key, name in departments.items()]
        case Menu.DUE:
            found = [Button(label(f"due.{days}"), f"e:{ticket.id}:{days}") for days in DUE_DAYS]
        case Menu.REJECT:
            found = [Button(label(f"reason.{word}"), f"r:{ticket.id}:{word}") for word in REASONS]
        case _:
            found = [Button(label(f"button.{act.value}"), _asked(ticket, act)) for act in _acts(ticket)]
    return (*_rows(found), (_menu(label, ticket, Menu.MAIN),))


def _acts(ticket: Ticket) -> list[Act]:
    if ticket.status not in OPEN:
        return [Act.UNDO]
    urgency = Act.CALM if ticket.urgent else Act.URGENT
    return [urgency, Act.RESUME if ticket.paused_at else Act.PAUSE, Act.PLACE, Act.SPLIT, Act.UNDO]


def _asked(ticket: Ticket, act: Act) -> str:
    """What a button of a card asks for; to undo only what it stood beside."""
    return f"u:{ticket.id}:{ticket.version}" if act is Act.UNDO else f"x:{ticket.id}:{act.value}"


def _menu(label: Text, ticket: Ticket, menu: Menu) -> Button:
    return Button(label(f"menu.{menu.value}"), f"n:{ticket.id}:{menu.value}")


def _rows(found: Sequence[Button]) -> list[tuple[Button, ...]]:
    return [tuple(found[at : at + _A_ROW]) for at in range(0, len(found), _A_ROW)]


def moves_keyboard(label: Text, ticket_id: int, moves: Sequence[Move]) -> Keyboard:
    """A row of moves, without the menus; none where there are none."""
    row = tuple(Button(label(f"button.{move.value}"), f"t:{ticket_id}:{move.value}") for move in moves)
    return (row,) if row else ()


def merge_keyboard(label: Text, ticket_id: int, code: str, into_id: int) -> Keyboard:
    """To merge a ticket into another one."""
    return ((Button(label("button.merge", code=code), f"m:{ticket_id}:{into_id}"),),)


def merge_asked(content: Content) -> int | None:
    """The ticket that a card's merge button leads into, where it has one."""
    for row in content.buttons if isinstance(content, Post | Edit) else ():
        for button in row:
            pressed = read(button.data.rpartition("~")[0])
            if isinstance(pressed, MergePressed):
                return pressed.into_id
    return None


def question_keyboard(label: Text, submission_id: int) -> Keyboard:
    """What a message can be."""
    kinds = (Kind.REPORT, Kind.COMPLAINT, Kind.SUGGESTION)
    row = tuple(Button(label(f"kind.{kind.value}"), f"q:{submission_id}:{kind.value}") for kind in kinds)
    return (row, (Button(label("button.none"), f"q:{submission_id}:{Kind.NONE.value}"),))


def question_undo_keyboard(label: Text, submission_id: int) -> Keyboard:
    """To ask again what was answered."""
    return ((Button(label("button.undo"), f"q:{submission_id}:undo"),),)


def held_keyboard(label: Text, member_id: int) -> Keyboard:
    """What to do about somebody who sent too many at once."""
    acts = (HeldAct.LET, HeldAct.DROP, HeldAct.MUTE)
    return (tuple(Button(label(f"held.{act.value}"), f"h:{member_id}:{act.value}") for act in acts),)


def held_undo_keyboard(label: Text, member_id: int) -> Keyboard:
    """To hold again what was dropped."""
    return ((Button(label("button.undo"), f"h:{member_id}:{HeldAct.UNDO.value}"),),)


def delivery_keyboard(label: Text, delivery_id: int, letter: str = "o") -> Keyboard:
    """What to do with what may or may not have arrived; `letter`: o for a post, w for a dispatch."""
    return (
        (
            Button(label("button.resend"), f"{letter}:{delivery_id}:resend"),
            Button(label("button.drop"), f"{letter}:{delivery_id}:drop"),
        ),
    )


def satisfaction_keyboard(label: Text, ticket_id: int) -> Keyboard:
    """The reporter's word on the end."""
    return (
        (
            Button(label("button.satisfied"), f"s:{ticket_id}:yes"),
            Button(label("button.dissatisfied"), f"s:{ticket_id}:no"),
        ),
    )


def page_keyboard(label: Text, prompt_id: int, page: int, *, more: bool) -> Keyboard:
    """To the page before and after."""
    row = [Button(label("button.previous"), f"p:{prompt_id}:{page - 1}")] if page else []
    row += [Button(label("button.next"), f"p:{prompt_id}:{page + 1}")] if more else []
    return (tuple(row),) if row else ()


def confirm_keyboard(label: Text, prompt_id: int, yes: str) -> Keyboard:
    """To go on or to leave it."""
    return ((Button(yes, f"b:{prompt_id}:yes"), Button(label("button.leave"), f"b:{prompt_id}:no")),)
