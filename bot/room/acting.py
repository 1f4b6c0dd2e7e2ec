"""What a form of the room does: one transaction, by the chat's own code, then back to the page it was on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from multidict import MultiDictProxy
from sqlalchemy.exc import IntegrityError

from bot.platforms import bodies
from bot.room import forms
from bot.room.door import Visit, inside
from bot.room.kept import FollowingForm, KeptAnswer
from bot.room.uploads import FILE, KEPT, Unfit
from bot.room.written import watched
from handlers import listing, room
from handlers.bulk import MOST
from handlers.commands import read as read_command
from handlers.commands import take_code
from handlers.context import Turn
from handlers.orders import Answer
from storage import audit, sign_ins, tickets
from storage.columns import row_number
from storage.locks import alone
from storage.models import Chat, Member, Ticket, row_id

SIGNED_OUT = "web.signed_out"  # on record
# Fields of a form that say nothing of what it asks for.
_OURS = ("form", "back", "version", "seen", "sure", FILE, KEPT)

# What changes nothing when it is done; an order by hand may be any.
_TELLING = frozenset(
    f"command.{name}"
    for name in ("help", "lookup", "mine", "list", "search", "history", "stats", "digest", "export",
                 "export_names", "route", "signin")
)  # fmt: skip

# What a page that asks once more shows of a form, by what it does.
_TOLD = {"assign": ("department", "due"), "reject": ("words",), "merge": ("into",)}

Form = MultiDictProxy[Any]
CarryOut = Callable[[Turn, Chat, Member], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A ticket that somebody changed while the page was looked at: how it stands, and what they did."""

    ticket: Ticket
    seen: int
    happened: Sequence[tuple[tickets.Entry, str]]


async def command(visit: Visit) -> web.StreamResponse:
    """A form that gives one command."""
    form = await read(visit)
    try:
        text = forms.one(str(form.get("do", "")), fields_of(form))
    except forms.NoSuchForm:
        raise web.HTTPBadRequest(text="no such form") from None
    taken = await visit.desk.uploads.of(form)
    kept = [photo.content_hash for photo in taken.photos]
    if taken.unfit:
        return asked_again(visit, form, kept=kept, unfit=taken.unfit, status=400)

    async def carry_out(turn: Turn, chat: Chat, member: Member) -> Answer:
        if read_command(text) is None:  # written by hand
            return Answer(visit.say("room.no_command"))
        return await room.order(turn, chat, member, form_id(form), text, taken.photos)

    return await act(visit, form, carry_out, kept=kept, tells=_only_tells(form, text))


def _only_tells(form: Form, text: str) -> bool:
    """Whether what was asked for changes nothing when it is done; that is written by hand alone."""
    given = read_command(text) if form.get("do") == "command" else None
    return given is not None and given[0].action in _TELLING


async def press(visit: Visit) -> web.StreamResponse:
    """A button."""
    form = await read(visit)

    async def carry_out(turn: Turn, chat: Chat, member: Member) -> Answer:
        return await room.press(turn, chat, member, form_id(form), str(form.get("data", "")))

    return await act(visit, form, carry_out)


async def many(visit: Visit) -> web.StreamResponse:
    """Something about many tickets: asked about first, by a page that names how many."""
    form = await read(visit)
    do, codes = str(form.get("do", "")), [str(code) for code in form.getall("code", [])][:MOST]
    async with visit.desk.database.read() as session:
        found = [one for code in codes if (one := await tickets.by_code(session, code)) is not None]
    try:
        texts = forms.many(do, [one.code for one in found], fields_of(form))
    except forms.NoSuchForm:
        raise web.HTTPBadRequest(text="no such form") from None
    if not found:
        raise await visit.back(KeptAnswer(Answer(visit.say("room.none_chosen")), done=False), form)
    if not form.get("sure"):
        values = {"do": do, "found": found, "fields": hidden(form), "back": inside(str(form.get("back", "")))}
        values["told"] = [value for name, value in hidden(form) if name in _TOLD.get(do, ()) and value]
        return visit.page("room_sure.html", values)

    async def carry_out(turn: Turn, chat: Chat, member: Member) -> Answer:
        said = [
            await room.ordered_for_sure(turn, chat, member, f"{form_id(form)}-{place}", text)
            for place, text in enumerate(texts)
        ]
        return Answer("\n".join(dict.fromkeys(one.text for one in said if one.text)))

    return await act(visit, form, carry_out)


async def photos(visit: Visit) -> web.StreamResponse:
    """Photos of several tickets let on the board or kept off it: one command for each ticket."""
    form = await read(visit)
    chosen, verdict = chosen_photos(form), str(form.get("verdict", ""))
    if not chosen:
        raise await visit.back(KeptAnswer(Answer(visit.say("room.none_chosen")), done=False), form)

    async def carry_out(turn: Turn, chat: Chat, member: Member) -> Answer:
        said = []
        for place, (code, ids) in enumerate(chosen.items()):
            text = forms.one("photos", {"code": code, "photos": ids, "verdict": verdict})
            said.append(await room.order(turn, chat, member, f"{form_id(form)}-{place}", text))
        return Answer("\n".join(one.text for one in said))

    fields = [("photo", str(one)) for one in form.getall("photo", [])]
    undo = FollowingForm("/room/photos", "room.undo", [*fields, ("verdict", "xem lại")])
    return await act(visit, form, carry_out, then=None if verdict == "xem lại" else undo)


def chosen_photos(form: Form) -> Mapping[str, str]:
    """The photos that were ticked, as a command names them, by the code of their ticket."""
    found: dict[str, list[str]] = {}
    for one in form.getall("photo", [])[: 4 * MOST]:
        code, _, number = str(one).partition(":")
        if code.isalnum() and row_number(number) is not None:
            found.setdefault(code, []).append(f"id{number}")
    return {code: " ".join(ids) for code, ids in found.items()}


async def sign_out_everywhere(visit: Visit) -> web.StreamResponse:
    """All browsers of this moderator are signed out, this one too."""
    async with visit.desk.database.write() as session:
        await sign_ins.end_all(session, row_id(visit.who.member))
        audit.record(
            session, visit.now, visit.who.member, visit.chat, SIGNED_OUT, allowed=True, detail={"from": "web"}
        )
    return visit.desk.pages.page(visit.request, "signed_out.html", {})


async def act(
    visit: Visit,
    form: Form,
    carry_out: CarryOut,
    *,
    then: FollowingForm | None = None,
    kept: Sequence[str] = (),
    tells: bool = False,
) -> web.StreamResponse:
    """Carry out in one transaction; what can't be done is one sentence, and nothing of it stays.

    `tells`: what was asked for is done without a change.
    """
    try:
        async with alone(visit.desk.database) as session:
            turn = visit.turn(session)
            member = await session.get_one(Member, row_id(visit.who.member))
            chat = await session.get_one(Chat, row_id(visit.chat))
            if await room.was_sent(turn, chat, form_id(form)):
                raise room.AlreadySent
            meanwhile = await _meanwhile(visit, turn, form)
            with watched(session) as written:
                answer = Answer() if meanwhile else await carry_out(turn, chat, member)
                await session.flush()
    except room.AlreadySent:
        raise await visit.back(KeptAnswer(Answer(visit.say("room.again")), done=False), form) from None
    except IntegrityError:
        raise await visit.back(KeptAnswer(Answer(visit.say("room.collision")), done=False), form) from None
    if meanwhile:
        return asked_again(visit, form, meanwhile, kept, status=409)
    visit.desk.wake()
    done = written.is_a_change or (tells and not written.is_refused)
    raise await visit.back(KeptAnswer(answer, done, then if done else None), form)


def asked_again(
    visit: Visit,
    form: Form,
    meanwhile: Meanwhile | None = None,
    kept: Sequence[str] = (),
    *,
    unfit: Sequence[Unfit] = (),
    status: int,
) -> web.Response:
    """Nothing was done: why, and the same form once more with all that was written."""
    version = str(meanwhile.ticket.version) if meanwhile else str(form.get("version", ""))
    fields = [
        ("form", form_id(form)),
        ("back", inside(str(form.get("back", "")))),
        ("version", version),
        ("seen", str(meanwhile.seen if meanwhile else form.get("seen", ""))),
        *hidden(form),
        *((KEPT, content_hash) for content_hash in kept),
    ]
    values: dict[str, Any] = {
        "meanwhile": meanwhile,
        "action": visit.request.path,
        "fields": fields,
        "kept": kept,
        "unfit": unfit,
        "back": inside(str(form.get("back", ""))),
    }
    return visit.page("room_meanwhile.html", values, status=status)


async def _meanwhile(visit: Visit, turn: Turn, form: Form) -> Meanwhile | None:
    """What was done to the ticket that a form is about since its page showed it; None: nothing."""
    version = str(form.get("version", ""))
    number, _ = take_code(str(form.get("code", "")), turn.policy.code_prefix)
    if not version or number is None:
        return None
    ticket = await tickets.by_number(turn.session, number)
    if ticket is None or str(ticket.version) == version:
        return None
    seen = str(form.get("seen", ""))
    after = row_number(seen) or 0
    entries = await tickets.history(turn.session, row_id(ticket))
    new = [entry for entry in entries if row_id(entry.event) > after]
    told = [(entry, await listing.happened(turn, visit.reader, entry)) for entry in new]
    last = row_id(entries[-1].event) if entries else 0
    return Meanwhile(ticket, last, told)


async def read(visit: Visit) -> Form:
    """The fields of a form, without what no text may hold. Raises HTTPBadRequest."""
    form = await bodies.form(visit.request)
    words = [value for name, value in form.items() if name != FILE]
    if any(not isinstance(value, str) or len(value) > forms.WORDS_LIMIT for value in words):
        raise web.HTTPBadRequest(text=visit.say("room.too_long", limit=forms.WORDS_LIMIT))
    return form


def fields_of(form: Form) -> Mapping[str, str]:
    """What a form asks for, in clean words."""
    return {name: clean(str(value)) for name, value in form.items() if name not in _OURS}


def hidden(form: Form) -> Sequence[tuple[str, str]]:
    """The fields of a form as they were sent, for a page that asks and sends them once more."""
    return [(name, str(value)) for name, value in form.items() if name not in _OURS]


def clean(text: str) -> str:
    """A text that a database takes: no NUL, lines ended in one way."""
    return text.replace("\0", "").replace("\r\n", "\n")


def form_id(form: Form) -> str:
    """The id of a form. Raises HTTPBadRequest."""
    name = str(form.get("form", ""))
    if not 8 <= len(name) <= 64 or not name.replace("-", "").replace("_", "").isalnum():
        raise web.HTTPBadRequest(text="a form without its id")
    return name
