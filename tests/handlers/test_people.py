"""What is done about people: roles and muting."""

from sqlalchemy import select
from sqlmodel import col

from storage.models import Member
from storage.states import MemberRole
from tests.handlers.desk import MONDAY, ROOM, Desk


async def test_roles_are_granted_and_taken_by_administrators_only(desk: Desk) -> None:
    async with desk.database.write() as session:
        boss = (await session.scalars(select(Member).where(col(Member.external_id) == "mod"))).one()
        boss.role = MemberRole.ADMINISTRATOR
    post = await desk.say("hoa", "chào cả nhà")
    await desk.say("mod", "/capquyen cán bộ chieusang", reply_to=post)
    assert (await desk.member("hoa")).role is MemberRole.DEPARTMENT
    assert (await desk.member("hoa")).department == "chieusang"
    await desk.say("hoa", "/capquyen điều phối", reply_to=post)
    assert (await desk.member("hoa")).role is MemberRole.DEPARTMENT
    await desk.say("mod", "/capquyen điều phối", reply_to=post)
    assert (await desk.member("hoa")).role is MemberRole.MODERATOR
    await desk.say("mod", "/thuquyen Hoa")
    assert (await desk.member("hoa")).role is MemberRole.MEMBER


async def test_a_muted_member_talks_and_opens_nothing(desk: Desk) -> None:
    await desk.say("hoa", "chào cả nhà")
    await desk.say("mod", "/tatphieu Hoa", chat=ROOM)
    await desk.say("hoa", "đèn hư")
    assert await desk.tickets() == []
    await desk.say("mod", "/motphieu Hoa", chat=ROOM)
    await desk.say("hoa", "đèn hư")
    assert len(await desk.tickets()) == 1
    assert desk.now > MONDAY
