"""The room's first page: what waits for a moderator, the dangers first."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.room.deliveries import StuckDelivery
from bot.room.door import Visit
from handlers import buttons, periods
from handlers.posts import Keyboard
from storage import desk, submissions, tickets
from storage.desk import SubmissionDetails
from storage.models import row_id
from storage.states import OutboxState

QUESTIONS, HELD_SHOWN, POSTS, DUE = 20, 10, 10, 12
_PERHAPS = (OutboxState.UNCONFIRMED,)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that may be feedback, with the buttons that say what it is."""

    told: SubmissionDetails
    keyboard: Keyboard
    link: str | None


async def show(visit: Visit) -> web.StreamResponse:
    """Questions, floods, deliveries that perhaps arrived, what is due."""
    today = periods.days(visit.now.astimezone(_zone(visit)).date(), 1, _zone(visit))
    async with visit.desk.database.read() as session:
        waiting = await submissions.questions(session, QUESTIONS)
        questions = [_question(visit, one) for one in await desk.told(session, waiting)]
        held = (await desk.held(session))[:HELD_SHOWN]
        late = await tickets.due_within(session, None, visit.now)
        soon = await tickets.due_within(session, visit.now, today.end)
        values = {
            "counts": await desk.counts(session),
            "questions": questions,
            "held": [(one, buttons.held_keyboard(visit.say, row_id(one.member))) for one in held],
            "posts": [
                StuckDelivery.post(visit, one) for one in await desk.stuck_posts(session, POSTS, _PERHAPS)
            ],
            "late": len(late),
            "soon": len(soon),
            "due": [*late, *soon][:DUE],
            "pulse": await desk.pulse(session),
        }
    return visit.page("room_queue.html", values)


async def pulse(visit: Visit) -> web.StreamResponse:
    """Whether anything has happened since a page was made: asked by the page, no sign of anybody."""
    async with visit.desk.database.read() as session:
        return web.json_response({"pulse": await desk.pulse(session)})


def _question(visit: Visit, told: SubmissionDetails) -> Question:
    keyboard = buttons.question_keyboard(visit.say, row_id(told.submission))
    return Question(told, keyboard, link_of(visit, told))


def link_of(visit: Visit, told: SubmissionDetails) -> str | None:
    """Where the original is, on its platform; nowhere once its group has moved."""
    if not told.messages or told.messages[0].chat_id != told.chat.id:
        return None
    return visit.desk.services.link(told.chat.platform, told.chat.external_id, told.messages[0].external_id)


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.chat.time_zone)
