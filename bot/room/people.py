"""Who is who: roles, whose posts open no tickets, invitations, and one's own browsers."""

from aiohttp import web

from bot.room.door import Visit
from handlers.authority import may
from storage import desk, sign_ins, tickets
from storage.models import row_id
from storage.states import Role

SHOWN = 50
STAFF = (Role.ADMINISTRATOR, Role.MODERATOR, Role.DEPARTMENT)
MUTED = "muted"


async def show(visit: Visit) -> web.StreamResponse:
    """Those who were searched for; without words, those who have a role."""
    query = visit.request.query
    name, role = query.get("name", "").replace("\0", "").strip(), query.get("role", "")
    roles = (Role(role),) if role in set(Role) else (() if name or role == MUTED else STAFF)
    async with visit.desk.database.read() as session:
        found = await desk.people(session, name, roles, SHOWN + 1, muted=role == MUTED)
        links = await sign_ins.invitations(session, visit.now)
        values = {
            "found": found[:SHOWN],
            "more": len(found) > SHOWN,
            "name": name,
            "role": role,
            "roles": list(Role),
            "departments": {one.key: one.name for one in await tickets.departments(session)},
            "links": links,
            "makers": await desk.made_by(session, links),
            "browsers": await sign_ins.of_member(session, row_id(visit.who.member), visit.now),
            "administers": may(visit.who.member.role, Role.ADMINISTRATOR),
            "may_invite": bool(visit.desk.services.address and visit.desk.services.has_webchat),
        }
    return visit.page("room_members.html", values)
