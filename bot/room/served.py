"""The room's routes: each one behind the door, because there is no other way to make one."""

from collections.abc import Callable

from aiohttp import web

from bot.room import acting, deliveries, figures, people, photo_review, queue, record, table, ticket
from bot.room.door import Desk, Handler, guarded
from bot.room.kept import KeptAnswers
from bot.room.uploads import Uploads
from bot.web.pages import Pages
from bot.web.sessions import Sessions
from handlers.context import Services
from handlers.ports import Clock
from storage.database import Database

PAGES: dict[str, Handler] = {
    "/room": queue.show,
    "/room/tickets": table.show,
    "/room/tickets/{code}": ticket.show,
    "/room/photos": photo_review.show,
    "/room/stats": figures.show,
    "/room/deliveries": deliveries.show,
    "/room/members": people.show,
    "/room/record": record.show,
}
FORMS: dict[str, Handler] = {
    "/room/command": acting.command,
    "/room/press": acting.press,
    "/room/tickets": acting.many,
    "/room/photos": acting.photos,
    "/room/sign-out": acting.sign_out_everywhere,
}


def routes(
    database: Database,
    services: Services,
    browsers: Sessions,
    pages: Pages,
    clock: Clock,
    wake: Callable[[], None],
    uploads: Uploads,
) -> list[web.RouteDef]:
    """Pages to look at, forms to act by, and what a page asks to know whether it is out of date."""
    desk = Desk(database, services, pages, browsers, clock, wake, uploads, KeptAnswers(database, clock))
    return [
        *(web.get(path, guarded(desk, handler)) for path, handler in PAGES.items()),
        *(web.post(path, guarded(desk, handler)) for path, handler in FORMS.items()),
        web.get("/room/pulse", guarded(desk, queue.pulse, noticed=False)),
    ]
