"""Button presses: who may, what changes, and the short answer to whoever pressed.

A role is read when a button is pressed, not when it was drawn; the button itself must bear our seal.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handlers import (
    announce,
    authority,
    bulk,
    buttons,
    cards,
    limits,
    listing,
    merging,
    orders,
    people,
    questions,
    stuck,
    ticketing,
)
from handlers.authority import Standing, Verdict
from handlers.context import Turn
from handlers.department_words import keys_written
from handlers.events import ButtonPressed
from handlers.lifecycle import Move, NotAllowed
from handlers.outgoing import edit, label, moment, say
from handlers.posts import Edit, Keyboard, Post, Toast, to_json
from handlers.seals import BrokenSeal, ExpiredSeal, Seal
from handlers.understanding import Kind
from handlers.when import END_OF_WORK
from storage import audit, chats, corrections, dispatches, members, messages, outbox, prompts, tickets
from storage.models import Chat, Member, Prompt, Submission, Ticket, row_id
from storage.states import SETTLED, MemberRole, SubmissionState

PAUSED_BY_BUTTON = "pause.by_button"
_OLD: Mapping[type, str] = {  # under what has no card to be had anew
    buttons.RatePressed: "refused.old_rating",
    buttons.PagePressed: "refused.old_answer",
    buttons.ConfirmPressed: "refused.old_answer",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a press came to: a short answer, and what takes the place of the post under which it was.

    `keyboard`: to go on from the answer, where an answer can have buttons. `anew`: the replacement is
    worth a post of its own where nothing can be edited.
    """

    text: str = ""
    instead: Edit | None = None
    anew: bool = False
    keyboard: Keyboard = ()
    names: tuple[int, ...] = ()  # the members whose names stand in it


class _Press:
    """One press: where, who, of which post."""

    def __init__(self, turn: Turn, chat: Chat, member: Member, event: ButtonPressed) -> None:
        self.turn = turn
        self.chat = chat
        self.member = member
        self.event = event

    def say(self, key: str, **values: object) -> str:
        return say(self.turn, self.chat, key, **values)


async def handle(turn: Turn, event: ButtonPressed) -> None:
    """Carry out a press, bring its post up to date, and answer whoever pressed."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    if chat is None:
        return
    member = await members.ensure(turn.session, turn.platform, event.sender.id, event.sender.name, turn.now)
    outcome = await answered(turn, chat, member, event)
    if outcome.instead is not None:
        await _replace(turn, chat, event, outcome.instead, anew=outcome.anew)
    await _answer(turn, chat, event, outcome)


async def answered(turn: Turn, chat: Chat, member: Member, event: ButtonPressed) -> Outcome:
    """Carry out a press, or say in one sentence why not; on record either way. Posts no answer."""
    outcome = await _outcome(_Press(turn, chat, member, event))
    return Outcome(outcome) if isinstance(outcome, str) else outcome


async def _outcome(press: _Press) -> Outcome | str:
    try:
        data = press.turn.services.seal.open(press.event.data, row_id(press.chat), press.turn.now)
    except ExpiredSeal:
        _record(press, "press.unsealed", allowed=False)
        return press.say(_OLD.get(type(buttons.read(Seal.opened(press.event.data))), "refused.old"))
    except BrokenSeal:
        _record(press, "press.unsealed", allowed=False)
        return press.say("refused.unknown_button")
    pressed = buttons.read(data)
    if pressed is None:
        _record(press, "press.unknown", allowed=False, data=data)
        return press.say("refused.unknown_button")
    action, carry_out = _ACTS[type(pressed)]
    ticket_id = getattr(pressed, "ticket_id", None)
    ticket = await tickets.get(press.turn.session, ticket_id) if ticket_id is not None else None
    if ticket_id is not None and ticket is None:
        _record(press, action, allowed=False, data=data)
        return press.say("refused.gone")
    verdict = await _verdict(press, action, ticket, pressed)
    _record(press, action, allowed=verdict is Verdict.ALLOWED, data=data)
    if verdict is not Verdict.ALLOWED:
        return press.say(verdict.value, code=ticket.code if ticket else "")
    try:
        return await (carry_out(press, pressed) if ticket is None else carry_out(press, ticket, pressed))
    except NotAllowed as refused:
        refusal = await orders.refusal(press.turn, press.chat, refused)
        return Outcome(refusal.text, names=refusal.names)


async def _verdict(press: _Press, action: str, ticket: Ticket | None, pressed: buttons.Pressed) -> Verdict:
    """The table's word, and where something was asked of somebody, whether it was of them."""
    who: Standing = authority.standing(press.member, press.chat)
    found = authority.verdict(action, who, press.chat.role, ticket)
    if found is not Verdict.ALLOWED or not isinstance(pressed, buttons.PagePressed | buttons.ConfirmPressed):
        return found
    prompt = await prompts.get(press.turn.session, pressed.prompt_id)
    if prompt is None or (prompt.member_id, prompt.chat_id) != (press.member.id, press.chat.id):
        return Verdict.ASKED
    if isinstance(pressed, buttons.ConfirmPressed) and not pressed.confirmed:
        return found
    return _asked(prompt, who, press.chat)


def _asked(prompt: Prompt, who: Standing, chat: Chat) -> Verdict:
    """Whoever asked may have lost the right since, or all but their department's part of it."""
    found = authority.verdict(f"command.{prompt.purpose}", who, chat.role)
    is_list = prompt.purpose == listing.PURPOSE
    if is_list and who.role is MemberRole.DEPARTMENT and prompt.detail.get("department") != who.department:
        return Verdict.ROLE
    return found


def _record(press: _Press, action: str, *, allowed: bool, data: str = "") -> None:
    turn = press.turn
    detail = {"data": data, **turn.mark}
    audit.record(turn.session, turn.now, press.member, press.chat, action, allowed=allowed, detail=detail)


async def _move(press: _Press, ticket: Ticket, pressed: buttons.MovePressed) -> str:
    if await questions.move(press.turn, ticket, pressed.move, press.member):
        return _changed(press, ticket)
    return press.say("question.answered")


def _changed(press: _Press, ticket: Ticket) -> str:
    status = label(press.turn, press.chat, "status", ticket.status.value)
    return press.say("changed", code=ticket.code, status=status)


async def _menu(press: _Press, ticket: Ticket, pressed: buttons.MenuPressed) -> str:
    message = press.event.message
    await cards.open_menu(press.turn, press.chat, ticket, message, pressed.menu, press.event.press)
    return ""


async def _set(press: _Press, ticket: Ticket, pressed: buttons.SetPressed) -> str:
    if getattr(ticket, pressed.field) == pressed.word:
        await _menu(press, ticket, buttons.MenuPressed(row_id(ticket), buttons.Menu.MAIN))
    if pressed.field == "department":
        if not press.turn.policy.has_department(pressed.word):  # since the menu was opened
            return press.say("assign.whom", departments=await keys_written(press.turn))
        await ticketing.assign(press.turn, ticket, press.member, pressed.word, None)
        return _changed(press, ticket)
    await ticketing.reclassify(press.turn, ticket, press.member, **{pressed.field: pressed.word})
    what = " · ".join((press.say(f"kind.{ticket.kind}"), press.say(f"category.{ticket.category}")))
    return press.say("classify.done", code=ticket.code, what=what)


async def _due(press: _Press, ticket: Ticket, pressed: buttons.DuePressed) -> str:
    zone = ZoneInfo(press.chat.time_zone)
    day = press.turn.now.astimezone(zone).date() + timedelta(days=pressed.days)
    due_at = datetime.combine(day, END_OF_WORK, zone)
    if due_at <= press.turn.now:
        return press.say("deadline.past", due=moment(press.turn, press.chat, due_at))
    await ticketing.set_deadline(press.turn, ticket, press.member, due_at)
    return press.say("deadline.done", code=ticket.code, due=moment(press.turn, press.chat, due_at))


async def _reason(press: _Press, ticket: Ticket, pressed: buttons.ReasonPressed) -> str:
    community = await press.turn.session.get_one(Chat, ticket.chat_id)
    note = say(press.turn, community, f"reason.{pressed.reason}")
    await ticketing.apply(press.turn, ticket, Move.REJECT, press.member, note=note)
    return _changed(press, ticket)


async def _act(press: _Press, ticket: Ticket, pressed: buttons.ActPressed) -> str:
    turn, member = press.turn, press.member
    match pressed.act:
        case buttons.Act.URGENT | buttons.Act.CALM:
            await ticketing.set_urgency(turn, ticket, member, urgent=pressed.act is buttons.Act.URGENT)
        case buttons.Act.PAUSE if ticket.paused_at is None:  # else it waits for what somebody wrote
            await ticketing.pause(turn, ticket, member, press.say(PAUSED_BY_BUTTON))
        case buttons.Act.RESUME:
            await ticketing.resume(turn, ticket, member)
        case buttons.Act.PLACE | buttons.Act.SPLIT:
            return press.say(f"hint.{pressed.act.value}")
        case buttons.Act.UNDO:
            return await orders.undone(turn, press.chat, member, ticket)
    return press.say(f"act.{pressed.act.value}", code=ticket.code)


async def _undo(press: _Press, ticket: Ticket, pressed: buttons.UndoPressed) -> str:
    """Only what stood there when the button was drawn: a second tap is not a second step."""
    if ticket.version != pressed.version:
        return press.say("undo.drawn", code=ticket.code)
    return await orders.undone(press.turn, press.chat, press.member, ticket)


async def _decline(press: _Press, ticket: Ticket, _: buttons.DeclinePressed) -> str:
    await ticketing.decline(press.turn, ticket, press.member, "")
    return press.say("desk.declined", code=ticket.code)


async def _merge(press: _Press, ticket: Ticket, pressed: buttons.MergePressed) -> str:
    into = await tickets.surviving(press.turn.session, pressed.into_id)
    if into is None:
        return press.say("refused.gone")
    await merging.merge(press.turn, ticket, into, press.member)
    return press.say("merge.done", code=ticket.code, into=into.code, voices=into.voices)


async def _rate(press: _Press, ticket: Ticket, pressed: buttons.RatePressed) -> str:
    """The reporter's word on the end: a second press changes nothing."""
    if ticket.satisfied is not None:
        return press.say("rated.already", code=ticket.code)
    if ticket.status not in SETTLED:
        return _changed(press, ticket)
    reopened = await ticketing.rate(press.turn, ticket, press.member, satisfied=pressed.satisfied)
    await announce.rated(press.turn, ticket, reopened=reopened, satisfied=pressed.satisfied)
    if not pressed.satisfied:
        key = "notice.dissatisfied" if reopened else "notice.dissatisfied_late"
        name, notice = press.member.name, f"rated:{ticket.id}:{ticket.version}"
        await cards.tell_moderators(press.turn, notice, key, ticket, code=ticket.code, name=name)
    key = "rated.thanks" if pressed.satisfied else ("rated.why" if reopened else "rated.late")
    return press.say(key, code=ticket.code)


async def _kind(press: _Press, pressed: buttons.KindPressed) -> Outcome | str:
    """A moderator's answer to "what is this": a ticket of that kind, or nothing; or the answer taken back."""
    turn, member = press.turn, press.member
    submission = await turn.session.get(Submission, pressed.submission_id)
    if submission is None:
        return press.say("refused.gone")
    if pressed.kind is None:
        again = await questions.ask_again(turn, submission, member, press.event.press)
        return press.say("question.again" if again else "question.answered")
    if submission.state != SubmissionState.QUESTION:
        return press.say("question.answered")
    await corrections.note(turn.session, submission, member, turn.at, kind=pressed.kind.value)
    values: dict[str, Any] = {}
    if pressed.kind is Kind.NONE:
        submission.state, key = SubmissionState.DISMISSED, "question.dismissed"
    else:
        submission.kind, submission.kind_confidence = pressed.kind.value, 1.0
        chat = await turn.session.get_one(Chat, submission.chat_id)
        first = (await messages.in_submission(turn.session, row_id(submission)))[0]
        ticket = await ticketing.open_ticket(turn, chat, submission, first)
        key, values["code"] = "question.opened", ticket.code
    await cards.question_settled(turn, submission, key, press.event.press, member, **values)
    text = press.say(key, name=member.name, **values)
    return Outcome(text, keyboard=_to_take_back(press, submission), names=(row_id(member),))


def _to_take_back(press: _Press, submission: Submission) -> Keyboard:
    return buttons.question_undo_keyboard(press.say, row_id(submission))


async def _held(press: _Press, pressed: buttons.HeldPressed) -> Outcome:
    turn, by = press.turn, press.member
    member = await turn.session.get_one(Member, pressed.member_id)
    notice = await limits.notice_of(turn, press.chat, press.event.message)
    if pressed.act is buttons.HeldAct.UNDO:
        notice = notice or await limits.last_judged(turn, member)
        count = await limits.hold_again(turn, member, notice, press.event.press) if notice else 0
    elif notice is not None and limits.is_judged(notice):
        count = 0
    else:
        count = await limits.judge(turn, member, pressed.act, by, press.event.press, notice)
    if count == 0:
        return Outcome(press.say("question.answered"))
    text = press.say(f"held.{pressed.act.value}_done", name=member.name, count=count, by=by.name)
    is_dropped = pressed.act in (buttons.HeldAct.DROP, buttons.HeldAct.MUTE)
    undo = buttons.held_undo_keyboard(press.say, row_id(member)) if is_dropped else ()
    return Outcome(text, keyboard=undo, names=(row_id(member), row_id(by)))


async def _delivery(press: _Press, pressed: buttons.DeliveryPressed) -> str:
    """Something is stuck: send it again, or leave it, as `congich outbox` does."""
    session, now = press.turn.session, press.turn.now
    if await stuck.mark(session, dispatches.Choice(name=pressed.name), now, again=pressed.resend) == 0:
        return press.say("question.answered")
    return press.say("delivery.resent" if pressed.resend else "delivery.dropped")


async def _page(press: _Press, pressed: buttons.PagePressed) -> Outcome | str:
    prompt = await prompts.get(press.turn.session, pressed.prompt_id)
    if prompt is None or pressed.page < 0:
        return press.say("refused.unknown_button")
    text, keyboard = await listing.page(press.turn, press.chat, prompt, pressed.page)
    return Outcome(instead=Edit(text, keyboard), anew=True)


async def _confirm(press: _Press, pressed: buttons.ConfirmPressed) -> Outcome | str:
    prompt = await prompts.get(press.turn.session, pressed.prompt_id)
    if prompt is None or prompt.answered_at is not None:
        return press.say("question.answered")
    prompt.answered_at = press.turn.now
    if not pressed.confirmed:
        text = press.say("confirm.left")
    else:
        carry_out = bulk.carry_out if prompt.purpose in (bulk.CLOSE, bulk.MERGE) else people.carry_out
        text = await carry_out(press.turn, press.chat, prompt, press.member)
    return Outcome(text, instead=Edit(text))


async def _replace(turn: Turn, chat: Chat, event: ButtonPressed, content: Edit, *, anew: bool) -> None:
    """Edit the post under which the button was."""
    row = await outbox.of_post(turn.session, row_id(chat), event.message)
    if row is not None:
        key = f"{row.idempotency_key}@{event.press}"
        await edit(turn, chat, row, key, content, anew=anew)


async def _answer(turn: Turn, chat: Chat, event: ButtonPressed, outcome: Outcome) -> None:
    """Tell whoever pressed; where a number or words were the press, under their message."""
    if event.written or not turn.services.abilities(chat.platform).buttons:
        if outcome.text:
            post = Post(outcome.text, names=outcome.names)
            await announce.answer(turn, chat, event.press, post)
        return
    delivery = outbox.NewDelivery(
        key=f"toast:{event.press}",
        purpose=outbox.TOAST,
        chat_id=row_id(chat),
        payload=to_json(Toast(event.press, outcome.text)),
        ordering_key=f"toast:{event.press}",
    )
    await outbox.add(turn.session, delivery, turn.now)


_ACTS: dict[type, tuple[str, Callable[..., Awaitable[Outcome | str]]]] = {
    buttons.MovePressed: ("press.move", _move),
    buttons.OverturnPressed: ("press.overturn", _move),
    buttons.MenuPressed: ("press.menu", _menu),
    buttons.SetPressed: ("press.set", _set),
    buttons.DuePressed: ("press.due", _due),
    buttons.ReasonPressed: ("press.reason", _reason),
    buttons.ActPressed: ("press.act", _act),
    buttons.UndoPressed: ("press.undo", _undo),
    buttons.DeclinePressed: ("press.decline", _decline),
    buttons.MergePressed: ("press.merge", _merge),
    buttons.RatePressed: ("press.rate", _rate),
    buttons.KindPressed: ("press.kind", _kind),
    buttons.HeldPressed: ("press.held", _held),
    buttons.DeliveryPressed: ("press.delivery", _delivery),
    buttons.PagePressed: ("press.page", _page),
    buttons.ConfirmPressed: ("press.confirm", _confirm),
}
