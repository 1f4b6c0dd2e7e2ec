"""Photos that no moderator has looked at: which of them everybody may see."""

from aiohttp import web

from bot.room.door import Visit
from handlers.public import shows_the_end
from storage import desk

SHOWN = 48


async def show(visit: Visit) -> web.StreamResponse:
    """A grid of them, the newest tickets first; before and after are told apart."""
    async with visit.desk.database.read() as session:
        found = await desk.unjudged(session, SHOWN)
        counts = await desk.counts(session)
        pulse = await desk.pulse(session)
    shown = [(one, shows_the_end(one.submission)) for one in found]
    return visit.page("room_photos.html", {"found": shown, "number": counts.photos, "pulse": pulse})
