"""Bar 9: thousands of attempts to do what one may not; nothing comes of any, and each is on record."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col
from structlog.testing import capture_logs

from bot.platforms import zalo_bot, zalo_oa
from bot.room import served
from handlers import posts
from handlers.ports import Abilities
from handlers.posts import Post, Toast
from storage import chats, members
from storage.database import Database
from storage.models import Audit, Chat, Member, Outbox, row_id
from storage.states import ChatRole, MemberRole, OutboxState
from tests.bot.room.site import LAMP, UNSURE, opened
from tests.chaos import effects
from tests.chaos.attempts import (
    BUTTONS,
    CHIEF,
    DEMOTED,
    DESK,
    GROUP,
    KNOWN,
    MEMBER,
    MODERATOR,
    NEIGHBOUR,
    OFFICER,
    OTHER_OFFICER,
    ROOM,
    STRANGERS,
    Attacker,
)
from tests.chaos.rig import FULL, SEED
from tests.chaos.zalo_attempts import Impostor
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ABILITIES, Desk
from tests.handlers.test_authority import PRESSES

ATTEMPTS, NUMBERS, DEMOTIONS = (5_000, 1_000, 200) if FULL else (100, 30, 4)
BARE = replace(ABILITIES, buttons=False, edits=False, reactions=False)
PROMPTS = 3  # that the city has
PEOPLE = {
    MEMBER: MemberRole.MEMBER,
    NEIGHBOUR: MemberRole.MEMBER,
    OFFICER: MemberRole.DEPARTMENT,
    OTHER_OFFICER: MemberRole.DEPARTMENT,
    MODERATOR: MemberRole.MODERATOR,
    CHIEF: MemberRole.ADMINISTRATOR,
    DEMOTED: MemberRole.MODERATOR,
}
KINDS = {GROUP: ChatRole.COMMUNITY, ROOM: ChatRole.MODERATION, DESK: ChatRole.DEPARTMENT}
REFUSALS = {
    "refused.role", "refused.administrator", "refused.chat", "refused.group", "refused.department",
    "refused.own", "refused.not_yours", "refused.forwarded", "refused.edited", "refused.old",
    "refused.unknown_button", "refused.anonymous", "refused.several", "refused.old_answer",
    "refused.old_rating",
}  # fmt: skip
pytestmark = pytest.mark.timeout(900)


async def test_nothing_comes_of_what_nobody_may_do(database: Database) -> None:
    desk = await city(database)
    attacker = await _attacker(desk)
    done = await _played(desk, attacker, ATTEMPTS)
    print(f"\nseed {SEED}: {sum(done.values())} attempts, 0 effects; {dict(done)}")


async def test_numbers_of_others_choose_nothing(database: Database) -> None:
    """Where there are no buttons, a number is the press: as a reply, alone, with a ticket or a question."""
    desk = await city(database, BARE)
    offered = await _offered(desk)
    luck, chosen = Random(SEED), 0
    before, last = await effects.city(database), await _last(desk)
    for place in range(NUMBERS):
        who, (chat, post, most) = luck.choice(STRANGERS), luck.choice(offered)
        reply_to = luck.choice((None, post))
        said = ("", " ", "@Công_ích ")
        about = luck.choice(said if chat == str(GROUP) or reply_to else (*said, "1001 ", "#PA1003 ", "h1 "))
        text = f"{about}{luck.randint(1, most)}"
        where = f"seed {SEED}, attempt {place}: {who} in {chat} says {text!r} to {reply_to}"
        await desk.say(str(who), text, chat=chat, reply_to=reply_to, after=timedelta(seconds=9))
        records = await _records(desk, last)
        assert effects.changed(before, await effects.city(database)) == [], where
        assert all(row.action.startswith("press.") and not row.allowed for row in records), where
        last, chosen = last + len(records), chosen + len(records)
    assert await _answers(desk) <= REFUSALS, f"seed {SEED}"
    assert chosen > NUMBERS / 5
    print(f"\nseed {SEED}: {NUMBERS} numbers, {chosen} of them a choice, 0 effects")


async def test_a_moderators_id_at_another_messenger_is_nobody(database: Database) -> None:
    """Roles, rooms and people are those of one messenger: Zalo may give anybody the same ids and names."""
    desk = await city(database)
    async with database.write() as session:
        for platform in (zalo_bot.NAME, zalo_oa.NAME):
            chat = await chats.ensure(session, platform, str(GROUP), "Công ích", desk.now)
            chat.role = ChatRole.COMMUNITY
    impostor = Impostor(Random(SEED), desk.now)
    done = await _played(desk, impostor, NUMBERS)
    print(f"\nseed {SEED}: {NUMBERS} attempts with the ids of others, 0 effects; {dict(done)}")


async def test_whoever_is_demoted_between_the_question_and_the_tap(database: Database) -> None:
    desk = await city(database)
    luck = Random(SEED)
    for place in range(DEMOTIONS):
        asked = luck.choice(
            ("/dong 1001 1002", "/gop 1001 1002 1003", "/danhsach", f"/huyloat telegram:{MEMBER}")
        )
        await _set_role(desk, MemberRole.MODERATOR, None)
        await desk.say(str(DEMOTED), asked, chat=str(ROOM), after=timedelta(seconds=5))
        await _set_role(desk, *luck.choice(((MemberRole.MEMBER, None), (MemberRole.DEPARTMENT, "chieusang"))))
        before, last = await effects.city(database), await _last(desk)
        number, where = max(map(int, before["prompts"])), f"seed {SEED}, attempt {place}: {asked}"
        assert len(before["prompts"]) == PROMPTS + 1 + place, where
        is_list = asked == "/danhsach"
        await desk.press(str(DEMOTED), f"p:{number}:1" if is_list else f"b:{number}:yes", chat=str(ROOM))
        assert effects.changed(before, await effects.city(database)) == [], where
        (record,) = await _records(desk, last)
        assert (record.action, record.allowed) == ("press.page" if is_list else "press.confirm", False), where
    print(f"\nseed {SEED}: {DEMOTIONS} demoted before the tap, 0 effects")


async def test_forms_of_the_room_do_nothing_for_others(database_url: str, tmp_path: Path) -> None:
    """Taken from a moderator's page, with whatever seals are on it, and sent by whoever else there is."""
    async with (
        opened(database_url, tmp_path) as site,
        site.browser("ha") as moderator,
        site.browser("ba", role=MemberRole.MODERATOR) as demoted,
        site.browser() as stranger,
        site.browser("hoa") as member,
        site.browser("can", role=MemberRole.DEPARTMENT) as officer,
    ):
        await site.say("hoa", LAMP)
        await site.say("nam", UNSURE)
        pages = [await moderator.get(path.replace("{code}", "PA1001")) for path in served.PAGES]
        forms = [form for page in pages for form in page.forms if form.action.startswith("/room")]
        await site.link("ba", role=MemberRole.MEMBER)
        before = await effects.city(site.app.database)
        with capture_logs() as logs:
            for form in forms:
                answers = [await one.send(form) for one in (stranger, member, officer, demoted)]
                assert [one.status for one in answers] == [401, 403, 403, 403], form
        assert effects.changed(before, await effects.city(site.app.database)) == []
    assert len(forms) >= 10
    assert [one["action"] for one in logs].count("room.refused") == 4 * len(forms)
    print(f"\n{len(forms)} forms of the room, sent by four others each: 0 effects")


def test_every_button_is_tried() -> None:
    assert {action for _, action in BUTTONS} == set(PRESSES)


async def _played(desk: Desk, attacker: Attacker | Impostor, count: int) -> Counter[str]:
    """So many attempts, the whole city compared after each; how many of each kind there were."""
    before, last = await effects.city(desk.database), await _last(desk)
    done: Counter[str] = Counter()
    for place in range(count):
        attempt = attacker.one()
        where = f"seed {SEED}, attempt {place}: {attempt}"
        if attempt.event is not None:
            await desk.happen(attempt.event, platform=attempt.platform)
        after, records = await effects.city(desk.database), await _records(desk, last)
        assert effects.changed(before, after) == [], where
        expected = [(attempt.recorded, False)] if attempt.recorded else []
        assert [(row.action, row.allowed) for row in records] == expected, where
        before, last = after, last + len(records)
        done[attempt.kind] += 1
    assert await _answers(desk) <= REFUSALS, f"seed {SEED}"
    return done


async def city(database: Database, abilities: Abilities = ABILITIES) -> Desk:
    """People of all roles, chats of all kinds, tickets in all states, something asked of the moderator."""
    desk = Desk(database, MEANINGS, abilities=abilities)
    await desk.open(moderators=(), officers=())
    async with database.write() as session:
        for number, kind in KINDS.items():
            chat = await chats.ensure(session, "telegram", str(number), kind.value, desk.now)
            chat.role, chat.department = kind, "moitruong" if kind is ChatRole.DEPARTMENT else None
        for person, role in PEOPLE.items():
            member = await members.ensure(session, "telegram", str(person), f"Người {person}", desk.now)
            member.role = role
            member.department = {OFFICER: "chieusang", OTHER_OFFICER: "moitruong"}.get(person)
    reports = ("đèn hư Hai Bà Trưng", "rác Lê Lợi", "đèn hư Lê Lợi", "dây điện rớt", "hình như đèn hư")
    for person, words in zip((MEMBER, NEIGHBOUR, MEMBER, MEMBER, NEIGHBOUR), reports, strict=True):
        await desk.say(str(person), words)
    for words in ("/xong 1003", "/tuchoi 1004 trùng", "/danhsach", "/dong 1001 1002", "/xoadulieu"):
        await desk.say(str(MODERATOR), words, chat=str(ROOM))
    for place, post in KNOWN.items():
        await desk.say(str(CHIEF), "chào cả nhà", chat=str(place), message=str(post))
    await _delivered(desk)
    return desk


async def _delivered(desk: Desk) -> None:
    """All that was posted is there, under numbers of the platform's; one may or may not have arrived."""
    async with desk.database.write() as session:
        for row in await session.scalars(select(Outbox)):
            row.state, row.sent_at = OutboxState.SENT, desk.now
            row.platform_message_id = str(90_000 + (row.id or 0))
            if row.id == 1:
                row.state = OutboxState.UNCONFIRMED


async def _attacker(desk: Desk) -> Attacker:
    async with desk.database.read() as session:
        found = {int(chat.external_id): row_id(chat) for chat in await session.scalars(select(Chat))}
        sent = [90_000 + (number or 0) for number in await session.scalars(select(col(Outbox.id)))]
    return Attacker(Random(SEED), desk.services.seal, found, desk.now, sent)


async def _offered(desk: Desk) -> list[tuple[str, str, int]]:
    """The posts that offer something: chat, number there, how many choices."""
    async with desk.database.read() as session:
        rows = await session.execute(select(Outbox, Chat).join(Chat, col(Chat.id) == col(Outbox.chat_id)))
        found = [(chat.external_id, row, posts.from_json(row.payload)) for row, chat in rows]
    return [
        (chat, row.platform_message_id or "", sum(map(len, post.buttons)))
        for chat, row, post in found
        if isinstance(post, Post) and post.buttons
    ]


async def _last(desk: Desk) -> int:
    """The number of the newest record."""
    async with desk.database.read() as session:
        return await session.scalar(select(func.max(col(Audit.id)))) or 0


async def _records(desk: Desk, last: int) -> list[Audit]:
    async with desk.database.read() as session:
        found = await session.scalars(select(Audit).where(col(Audit.id) > last).order_by(col(Audit.id)))
        return list(found)


async def _answers(desk: Desk) -> set[str]:
    """What was answered since the city was made, by the keys of its texts; another text as it is."""
    keys = {desk.services.say("vi", key, code="PA1"): key for key in REFUSALS}
    async with desk.database.read() as session:
        unsent = col(Outbox.purpose).in_(("reply", "toast")), col(Outbox.sent_at).is_(None)
        contents = [
            posts.from_json(row.payload) for row in await session.scalars(select(Outbox).where(*unsent))
        ]
    texts = [one.text for one in contents if isinstance(one, Post | Toast)]
    assert len(texts) == len(contents)
    return {keys.get(re.sub(r"#PA\d+", "#PA1", text), text) for text in texts}


async def _set_role(desk: Desk, role: MemberRole, department: str | None) -> None:
    async with desk.database.write() as session:
        await session.execute(
            update(Member)
            .where(col(Member.external_id) == str(DEMOTED))
            .values(role=role, department=department)
        )
