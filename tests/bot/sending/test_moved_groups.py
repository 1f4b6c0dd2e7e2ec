"""What goes to a group that has moved: to where it is now, once, and as what it can be there."""

from datetime import timedelta

from handlers.ports import Refused
from handlers.posts import Edit, Post, React, Toast
from storage import chats
from storage.models import row_id
from storage.states import OutboxState
from tests.bot.sending.office import NOW, Office


async def test_a_chat_that_moved_takes_its_posts_along(office: Office) -> None:
    office.platform.errors = [Refused("migrated", moved_to="-100")]
    await office.write("one", Post("một"))
    await office.write("two", Post("hai"))
    await office.run()
    assert [(one.chat, one.content) for one in office.platform.sent] == [
        ("-100", Post("một")),
        ("-100", Post("hai")),
    ]


async def test_what_is_still_unsent_when_a_group_moves_is_no_reply_there(office: Office) -> None:
    office.platform.errors = [Refused("migrated", moved_to="-100")]
    await office.write("one", Post("một", reply_to="5"))
    await office.write("two", Post("hai", reply_to="6"))
    await office.write("edit", Edit("hai, sửa lại"), target="two")
    await office.run()
    assert [(one.chat, one.content) for one in office.platform.sent] == [
        ("-100", Post("một")),
        ("-100", Post("hai")),
        ("-100", Edit("hai, sửa lại")),
    ]
    assert office.platform.sent[2].message == "m2"


async def move(office: Office, old: str, new: str) -> None:
    async with office.database.write() as session:
        await chats.move(
            session, *[await chats.ensure(session, "telegram", one, "", NOW) for one in (old, new)]
        )


async def test_what_is_written_to_a_group_that_has_moved_goes_where_it_is_now(office: Office) -> None:
    await office.write("card", Post("phiếu"), chat="-2")
    await office.run()
    await move(office, "-2", "-100")
    await move(office, "-100", "-200")
    await office.write("photos", Post("ảnh", reply_to="m1"), chat="-2")
    await office.write("answer", Toast("press", "đã nhận"), chat="-2", order="toast:press")
    await office.run()
    assert sorted((one.chat, str(one.content)) for one in office.platform.sent[1:]) == [
        ("-200", str(Post("ảnh"))),
        ("-200", str(Toast("press", "đã nhận"))),
    ]


async def test_nothing_in_a_group_that_has_moved_is_changed_and_nobody_told(office: Office) -> None:
    await office.write("card", Post("phiếu"), chat="-2")
    await office.run()
    await move(office, "-2", "-100")
    await office.write("edit", Edit("phiếu, đã nhận"), chat="-2", target="card")
    await office.write("react", React("5", "👍"), chat="-2")
    await office.write("next", Post("phiếu mới"), chat="-2")
    await office.run()
    assert office.platform.texts() == ["phiếu", "phiếu mới"]
    for key in ("edit", "react"):
        row = await office.row(key)
        assert (row.state, row.attempts) == (OutboxState.SUPERSEDED, 0)


async def test_a_group_that_has_moved_is_asked_once(office: Office) -> None:
    await office.write("card", Post("phiếu"), chat="-2")
    await office.run()
    office.platform.errors = [Refused("migrated", moved_to="-100")]
    await office.write("edit", Edit("phiếu, đã nhận"), chat="-2", target="card")
    await office.run()
    assert office.platform.texts() == ["phiếu"]
    assert (await office.row("edit")).state == OutboxState.SUPERSEDED


async def test_where_a_group_is_now_its_pause_holds(office: Office) -> None:
    await office.write("first", Post("một"), chat="-2")
    await move(office, "-2", "-100")
    async with office.database.write() as session:
        new = await chats.ensure(session, "telegram", "-100", "", NOW)
        await chats.pause(session, row_id(new), NOW + timedelta(seconds=30))
    await office.run()
    assert office.platform.sent == []
    office.now += timedelta(seconds=31)
    await office.run()
    assert [one.chat for one in office.platform.sent] == ["-100"]
