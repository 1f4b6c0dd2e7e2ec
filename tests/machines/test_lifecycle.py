"""A ticket's life: whatever is done to it, its history tells it, every move is legal, undo takes it back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from handlers import lifecycle, merging, ticketing
from handlers.context import Turn
from handlers.fields import replayed, snapshot
from handlers.lifecycle import Move, NotAllowed
from handlers.understanding import CATEGORIES
from handlers.undo import UNDOABLE, Undo, undo
from storage.models import Member, Ticket, TicketEvent
from storage.states import OPEN, TicketStatus
from tests.chaos.rig import FULL
from tests.handlers.desk import NOWHERE, at_street
from tests.machines.ground import Ground

LEGAL = {
    (status, after)
    for status in TicketStatus
    for move in Move
    if (after := lifecycle.after(status, move)) is not None
}
FIRST, SECOND = 0, 1
which = st.sampled_from((FIRST, SECOND))
people = st.sampled_from(("mod", "officer", "hoa", "minh"))


class Life(RuleBasedStateMachine):
    """Two tickets, and everything that moderators, officers and members may do to them."""

    def __init__(self) -> None:
        super().__init__()
        self.ground = Ground()
        self.last: tuple[int, Sequence[dict[str, Any]]] | None = None  # what an undo has to bring back

    @initialize()
    def two_reports(self) -> None:
        desk = self.ground.desk
        self.ground.run(desk.say("hoa", "đèn hư Hai Bà Trưng"))
        self.ground.run(desk.say("minh", "rác Lê Lợi"))

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.ground.run(self.ground.desk.pass_time(timedelta(hours=hours)))
        self.last = None

    @rule(place=which, move=st.sampled_from([one for one in Move if one is not Move.MERGE]), who=people)
    def move(self, place: int, move: Move, who: str) -> None:
        self._do(place, who, lambda turn, ticket, actor: ticketing.apply(turn, ticket, move, actor))

    @rule(place=which, category=st.sampled_from(CATEGORIES))
    def reclassify(self, place: int, category: str) -> None:
        self._do(
            place,
            "mod",
            lambda turn, ticket, actor: ticketing.reclassify(turn, ticket, actor, category=category),
        )

    @rule(place=which, department=st.sampled_from(("chieusang", "moitruong")))
    def assign(self, place: int, department: str) -> None:
        self._do(
            place, "mod", lambda turn, ticket, actor: ticketing.assign(turn, ticket, actor, department, None)
        )

    @rule(place=which, days=st.integers(1, 30))
    def set_deadline(self, place: int, days: int) -> None:
        due_at = self.ground.desk.now + timedelta(days=days)
        self._do(
            place, "mod", lambda turn, ticket, actor: ticketing.set_deadline(turn, ticket, actor, due_at)
        )

    @rule(place=which)
    def pause(self, place: int) -> None:
        self._do(place, "officer", lambda turn, ticket, actor: ticketing.pause(turn, ticket, actor, "chờ"))

    @rule(place=which)
    def resume(self, place: int) -> None:
        self._do(place, "officer", ticketing.resume)

    @rule(place=which, urgent=st.booleans())
    def urgency(self, place: int, urgent: bool) -> None:
        self._do(
            place,
            "mod",
            lambda turn, ticket, actor: ticketing.set_urgency(turn, ticket, actor, urgent=urgent),
        )

    @rule(place=which, street=st.sampled_from(("Lê Lợi", "Mạc Đĩnh Chi")))
    def put_elsewhere(self, place: int, street: str) -> None:
        where = at_street(street) if street else NOWHERE
        self._do(
            place, "mod", lambda turn, ticket, actor: ticketing.replace_place(turn, ticket, actor, where)
        )

    @rule(place=which, who=people)
    def add_voice(self, place: int, who: str) -> None:
        self._do(place, who, ticketing.add_voice)

    @rule(place=which, satisfied=st.booleans())
    def rate(self, place: int, satisfied: bool) -> None:
        self._do(
            place, "hoa", lambda turn, ticket, actor: ticketing.rate(turn, ticket, actor, satisfied=satisfied)
        )

    @rule(place=which)
    def merge(self, place: int) -> None:
        async def merged(turn: Turn, ticket: Ticket, actor: Member) -> None:
            found = (await turn.session.scalars(select(Ticket).order_by(col(Ticket.id)))).all()
            await merging.merge(turn, ticket, found[1 - place], actor)

        self._do(place, "mod", merged)

    @precondition(lambda self: self.last is not None)
    @rule()
    def take_back(self) -> None:
        """What was done last is as if it had not been done."""
        assert self.last is not None
        place, before = self.last
        self.last = None
        outcome = self.ground.run(self._act(place, "mod", undo))
        assert outcome is not None
        assert outcome[0] is Undo.DONE
        assert self.ground.run(self._snapshots()) == before

    @rule(place=which)
    def take_back_anything(self, place: int) -> None:
        self.last = None
        self.ground.run(self._act(place, "mod", undo))

    @invariant()
    def history_tells_the_whole_ticket(self) -> None:
        for ticket, events in self.ground.run(self._histories()):
            assert replayed(event.detail for event in events) == snapshot(ticket)

    @invariant()
    def every_change_of_status_is_a_legal_move_or_its_undoing(self) -> None:
        for _, events in self.ground.run(self._histories()):
            for event in events:
                if event.from_status is None or event.action in ("undone", "released"):
                    continue
                assert (event.from_status, event.to_status) in LEGAL, event.action

    @invariant()
    def the_clock_looks_only_at_what_may_still_happen(self) -> None:
        for ticket, _ in self.ground.run(self._histories()):
            at_work = ticket.status in OPEN and ticket.paused_at is None
            assert at_work or (ticket.remind_at, ticket.escalate_at) == (None, None)
            assert ticket.close_at is None or ticket.status is TicketStatus.RESOLVED
            assert ticket.voices >= 1

    def teardown(self) -> None:
        self.ground.close()

    def _do(self, place: int, who: str, action: Any) -> None:
        """Do it; where it changed something that can be undone, remember how things stood."""
        desk = self.ground.desk
        desk.now += timedelta(minutes=7)
        before = self.ground.run(self._snapshots())
        count = len(self.ground.run(self._histories())[place][1])
        self.ground.run(self._act(place, who, action))
        events = self.ground.run(self._histories())[place][1][count:]
        undoable = bool(events) and events[-1].action in UNDOABLE and len(events) == 1
        self.last = (place, before) if undoable else None

    async def _act(self, place: int, who: str, action: Any) -> Any:
        desk = self.ground.desk
        async with desk.database.write() as session:
            turn = Turn(desk.services, session, "telegram", "telegram", desk.now, desk.now)
            ticket = (await session.scalars(select(Ticket).order_by(col(Ticket.id)))).all()[place]
            try:
                return await action(turn, ticket, await _member(session, who))
            except NotAllowed:
                return None

    async def _snapshots(self) -> Sequence[dict[str, Any]]:
        return [snapshot(ticket) for ticket in await self.ground.desk.tickets()]

    async def _histories(self) -> list[tuple[Ticket, Sequence[TicketEvent]]]:
        async with self.ground.database.read() as session:
            tickets = (await session.scalars(select(Ticket).order_by(col(Ticket.id)))).all()
            events = (await session.scalars(select(TicketEvent).order_by(col(TicketEvent.id)))).all()
        return [(one, [event for event in events if event.ticket_id == one.id]) for one in tickets]


async def _member(session: AsyncSession, name: str) -> Member:
    return (await session.scalars(select(Member).where(col(Member.external_id) == name))).one()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=100 if FULL else 8,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
