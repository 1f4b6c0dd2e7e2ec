"""Who is who: roles, whose posts open no tickets, invitations, and one's own browsers."""

from collections.abc import Sequence

from aiohttp import web

from bot.room.door import Visit
from handlers.authority import may
from handlers.understanding import fold
from storage import desk, sign_ins, tickets
from storage.desk import Called
from storage.models import row_id
from storage.states import MemberRole

SHOWN = 50
STAFF = (MemberRole.ADMINISTRATOR, MemberRole.MODERATOR, MemberRole.DEPARTMENT)
MUTED = "muted"
MOST_MEANT = 500


def meant(words: str, everybody: Sequence[Called]) -> list[int]:
    """Whose name has all of these words, accents or not, or whose id begins so."""
    said = fold(words).split()
    return [
        one.id
        for one in everybody
        if one.external_id.startswith(words) or (said and all(word in fold(one.name) for word in said))
    ][:MOST_MEANT]


async def show(visit: Visit) -> web.StreamResponse:
    """Those who were searched for; without words, those who have a role."""
    query = visit.request.query
    name, role = query.get("name", "").replace("\0", "").strip(), query.get("role", "")
    roles = (MemberRole(role),) if role in set(MemberRole) else (() if name or role == MUTED else STAFF)
    async with visit.desk.database.read() as session:
        ids = meant(name, await desk.called(session)) if name else None
        found = await desk.people(session, roles, SHOWN + 1, muted=role == MUTED, ids=ids)
        links = await sign_ins.invitations(session, visit.now)
        values = {
            "found": found[:SHOWN],
            "more": len(found) > SHOWN,
            "name": name,
            "role": role,
            "roles": list(MemberRole),
            "departments": await tickets.department_names(session),
            "there": visit.desk.services.policy.has_department,
            "links": links,
            "makers": await desk.made_by(session, links),
            "browsers": await sign_ins.of_member(session, row_id(visit.who.member), visit.now),
            "administers": may(visit.who.member.role, MemberRole.ADMINISTRATOR),
            "may_invite": bool(visit.desk.services.address and visit.desk.services.has_webchat),
        }
    return visit.page("room_members.html", values)
