"""A department that can't be told: the one that stands in gets the ticket, and moderators hear of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.dispatcher import Dispatcher
from bot.sender import Sender
from bot.steps import nothing
from handlers.chart import Chart
from handlers.policy import Policy
from handlers.ports import Outgoing, PlatformDown, Receipt, Refused
from handlers.posts import Edit, Post, to_json
from handlers.subscribers import Subscriber
from storage import chats, outbox
from storage.database import Database
from storage.images import FolderStore
from storage.models import row_id
from storage.pictures import BadPicture
from storage.states import ChatRole, OutboxState
from tests.bot.sending.office import Recorder
from tests.bot.test_dispatcher import Recorder as Receiver
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk

LIGHT, SPARE, WASTE = "-301", "-302", "-303"
LAMP = "đèn hư Hai Bà Trưng"
STAND_IN = Policy(stand_ins={"chieusang": "moitruong"})


class Gone(Recorder):
    """A platform on which some chats are gone."""

    gone: Sequence[str] = (LIGHT,)
    away: Sequence[str] = ()

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        if outgoing.chat in self.away:
            raise PlatformDown("no bridge is connected", for_good=False)
        if outgoing.chat in self.gone:
            raise Refused("the chat is gone")
        return await super().deliver(outgoing)

    def in_chat(self, chat: str) -> list[str]:
        posts = [one.content for one in self.sent if one.chat == chat]
        return [content.text for content in posts if isinstance(content, Post)]


class City:
    """A desk with departments' chats, its sender, and a receiver of the lights' department."""

    def __init__(self, database: Database, folder: Path, policy: Policy) -> None:
        self.desk = Desk(database, MEANINGS, policy)
        self.platform, self.mail = Gone(), Receiver("mail", repeats=False)
        self.folder = folder

    async def open(self, rooms: dict[str, str], *, mailed: bool = False, of: str = "accept") -> None:
        await self.desk.open()
        if mailed:
            mail = Subscriber("mail", frozenset({of}), department="chieusang")
            self.desk.services = replace(self.desk.services, subscribers=[mail])
        async with self.desk.database.write() as session:
            for number, department in rooms.items():
                chat = await chats.ensure(session, "telegram", number, department, MONDAY)
                chat.role, chat.department = ChatRole.DEPARTMENT, department
        database, services = self.desk.database, self.desk.services

        async def first(pictures: Sequence[bytes]) -> bytes:
            return pictures[0]

        async def undrawn(chart: Chart) -> bytes:
            raise BadPicture(chart.title)

        self.sender = Sender(
            database, services, {"telegram": self.platform}, FolderStore(self.folder), self._now, nothing,
            owner=lambda: "me", luck=lambda: 0.5, together=first, draw=undrawn,
        )  # fmt: skip
        targets = {"mail": self.mail}
        self.dispatcher = Dispatcher(
            database, services, targets, self._now, nothing, owner=lambda: "me", luck=lambda: 0.5
        )

    def _now(self) -> datetime:
        return self.desk.now

    async def accept_a_lamp(self) -> None:
        await self.desk.say("hoa", LAMP)
        await self.desk.press("mod", "t:1:accept")
        while await self.sender.send() + await self.dispatcher.send():
            pass


@pytest.fixture
def city(database: Database, tmp_path: Path) -> City:
    return City(database, tmp_path, STAND_IN)


async def test_a_card_that_can_not_be_posted_hands_the_ticket_on(city: City) -> None:
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"})
    await city.accept_a_lamp()
    ticket = await city.desk.ticket()
    assert ticket.department == "moitruong"
    assert ticket.status.value == "accepted"
    assert (await city.desk.history())[-1] == "assigned"
    (card,) = city.platform.in_chat(WASTE)
    assert "#PA1001" in card
    (told,) = [text for text in city.platform.in_chat(ROOM) if "Không liên lạc được" in text]
    assert told.startswith(
        "Không liên lạc được Chiếu sáng đô thị về phiếu #PA1001: đã chuyển sang Môi trường."
    )


async def test_so_does_one_that_waits_for_its_platform_for_more_than_a_day(city: City) -> None:
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"})
    city.platform.gone, city.platform.away = (), (LIGHT,)
    await city.accept_a_lamp()
    for department in ("chieusang", "moitruong"):
        assert (await city.desk.ticket()).department == department
        city.desk.now += timedelta(hours=25)
        while await city.sender.send():
            pass


@pytest.mark.sqlite_in_short
async def test_so_does_one_for_which_the_month_has_no_message_left(city: City) -> None:
    had = city.desk.services.abilities
    city.desk.services = replace(
        city.desk.services, abilities=lambda name: replace(had(name), posts_per_month=2)
    )
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"})
    await city.accept_a_lamp()
    assert (await city.desk.ticket()).department == "moitruong"


async def test_what_is_no_card_waits_for_its_platform(city: City) -> None:
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"})
    city.platform.gone, city.platform.away = (), (LIGHT,)
    async with city.desk.database.write() as session:
        chat = await chats.ensure(session, "telegram", LIGHT, "", MONDAY)
        row = outbox.NewDelivery("edited", "edit", row_id(chat), to_json(Edit("xong")))
        await outbox.add(session, row, city.desk.now)
    city.desk.now += timedelta(hours=25)
    await city.sender.send()
    async with city.desk.database.read() as session:
        edit = await outbox.by_key(session, "edited")
    assert edit is not None
    assert edit.state == OutboxState.PENDING


async def test_a_second_chat_of_theirs_is_enough(city: City) -> None:
    await city.open({LIGHT: "chieusang", SPARE: "chieusang", WASTE: "moitruong"})
    await city.accept_a_lamp()
    assert (await city.desk.ticket()).department == "chieusang"


@pytest.mark.sqlite_in_short
async def test_to_hear_that_it_is_not_theirs_is_no_mail_about_it(city: City) -> None:
    await city.open({}, mailed=True, of="assigned")
    await city.desk.say("hoa", LAMP)
    await city.desk.say("mod", "/giao 1001 moitruong", chat=ROOM)
    await city.dispatcher.send()
    await city.desk.say("mod", "/giao 1001 chieusang", chat=ROOM)
    city.mail.errors.append(Refused("no such mailbox"))
    await city.dispatcher.send()
    assert (await city.desk.ticket()).department == "moitruong"


async def test_so_is_a_mail(city: City) -> None:
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"}, mailed=True)
    await city.accept_a_lamp()
    assert (await city.desk.ticket()).department == "chieusang"
    assert len(city.mail.told) == 1


async def test_a_mail_that_is_refused_hands_the_ticket_on(city: City) -> None:
    city.mail.errors = [Refused("no such mailbox")]
    await city.open({WASTE: "moitruong"}, mailed=True)
    await city.accept_a_lamp()
    assert (await city.desk.ticket()).department == "moitruong"
    assert len(city.platform.in_chat(WASTE)) == 1


async def test_where_nobody_stands_in_it_stays_and_moderators_are_told(
    database: Database, tmp_path: Path
) -> None:
    city = City(database, tmp_path, Policy())
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"})
    await city.accept_a_lamp()
    assert (await city.desk.ticket()).department == "chieusang"
    assert any("không gửi được" in text for text in city.platform.in_chat(ROOM))


async def test_a_moderator_who_was_quicker_has_the_last_word(city: City) -> None:
    await city.open({LIGHT: "chieusang", WASTE: "moitruong"})
    await city.desk.say("hoa", LAMP)
    await city.desk.press("mod", "t:1:accept")
    await city.desk.say("mod", "/xong 1001", chat=ROOM)
    while await city.sender.send():
        pass
    assert (await city.desk.ticket()).department == "chieusang"


async def test_the_figures_say_what_is_stuck_and_only_moderators_hear_it(city: City) -> None:
    city.mail.errors = [Refused("no such mailbox")]
    await city.open({LIGHT: "chieusang"}, mailed=True)
    await city.accept_a_lamp()
    await city.desk.say("mod", "/thongke", chat=ROOM)
    answer = (await city.desk.said("reply", ROOM))[-1].content
    assert isinstance(answer, Post)
    assert "Chưa tới được telegram: 1 tin" in answer.text
    assert "Chưa tới được mail: 1 tin" in answer.text
    await city.desk.say("mod", "/thongke")
    assert not any("Chưa tới được" in str(one.content) for one in await city.desk.said(chat=GROUP))
