"""The groups: who is listened to, who is told, who may decide."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import setup
from bot.doctor import chats
from bot.doctor.chats import ChatFacts
from storage import chats as rooms
from storage import members
from storage.database import Database
from storage.models import Message, row_id
from storage.states import ChatRole, MemberRole
from tests.bot.doctor.cases import GROUPS, case, codes, judged

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TELEGRAM: dict[str, Any] = {"telegram": {"enabled": True}, "chats": GROUPS}
ZALO: dict[str, Any] = {
    "zalo_bot": {"enabled": True},
    "chats": [group | {"platform": "zalo_bot", "id": group["role"]} for group in GROUPS],
}


async def found(folder: Path, **sections: Any) -> dict[str, str]:
    return judged(await chats.examine(case(folder, **sections)))


async def test_a_good_city(tmp_path: Path) -> None:
    assert await found(tmp_path, **TELEGRAM) == {"chats.rooms": "ok", "chats.moderators": "ok"}


async def test_no_platform_is_on(tmp_path: Path) -> None:
    assert (await found(tmp_path))["chats.platform"] == "wrong"
    said = await found(tmp_path, webchat={"enabled": True}, chats=GROUPS)
    assert said["chats.platform_off"] == "advice"
    assert said["chats.community"] == "wrong"


@pytest.mark.parametrize(
    ("role", "missing"), [("community", "chats.moderation"), ("moderation", "chats.community")]
)
async def test_a_room_is_missing(tmp_path: Path, role: str, missing: str) -> None:
    groups = [group for group in GROUPS if group["role"] == role]
    said = await chats.examine(case(tmp_path, telegram={"enabled": True}, chats=groups))
    assert missing in codes(said)
    (one,) = (one for one in said if one.code == missing)
    assert (one.level, "congich chats" in one.remedy) == ("wrong", True)


async def test_a_room_of_the_built_in_chat_is_only_to_be_named(tmp_path: Path) -> None:
    said = await chats.examine(case(tmp_path, webchat={"enabled": True}))
    remedies = [one.remedy for one in said if one.code in ("chats.community", "chats.moderation")]
    assert len(remedies) == 2
    assert all('platform = "webchat"' in one and "congich chats" not in one for one in remedies)


async def test_nobody_is_a_moderator(tmp_path: Path) -> None:
    assert (await found(tmp_path, **ZALO))["chats.moderators"] == "wrong"
    named = {"moderators": ["zalo_bot:1"]}
    assert (await found(tmp_path, **ZALO, roles=named))["chats.moderators"] == "ok"
    elsewhere = {"moderators": ["telegram:1"]}
    assert (await found(tmp_path, **ZALO, roles=elsewhere))["chats.moderators"] == "wrong"
    closed = TELEGRAM | {"telegram": {"enabled": True, "platform_administrators": False}}
    assert (await found(tmp_path, **closed))["chats.moderators"] == "wrong"


def test_somebody_was_made_one_before(tmp_path: Path) -> None:
    (said,) = chats.moderators(case(tmp_path, **ZALO), ChatFacts(moderators={"zalo_bot": 1}))
    assert said.level == "ok"


async def test_where_something_was_heard(database: Database, database_url: str, tmp_path: Path) -> None:
    city = case(tmp_path, {"CONGICH_DATABASE_URL": database_url}, **TELEGRAM)
    async with database.write() as session:
        await setup.apply(session, city.config, NOW)
        await rooms.ensure(session, "telegram", "-9", "Nhóm lạ", NOW)
    said = await chats.examine(city)
    assert codes(said) == {"chats.rooms", "chats.moderators", "chats.silent", "chats.unknown"}
    (stranger,) = (one for one in said if one.code == "chats.unknown")
    assert "Nhóm lạ (-9 on telegram)" in stranger.says
    lines = re.findall(r'\w+ = "[^"]+"', stranger.remedy)
    written = tomllib.loads("\n".join(["[[chats]]", *lines]))  # as the remedy says it
    assert written == {"chats": [{"platform": "telegram", "id": "-9"}]}
    for role in (ChatRole.COMMUNITY, ChatRole.MODERATION, ChatRole.DEPARTMENT):
        assert f'"{role.value}"' in stranger.remedy

    async with database.write() as session:
        chat = await rooms.ensure(session, "telegram", "-1001000", "", NOW)
        member = await members.ensure(session, "telegram", "5", "Hoa", NOW)
        member.role = MemberRole.MODERATOR
        session.add(
            Message(
                chat_id=row_id(chat),
                external_id="1",
                member_id=row_id(member),
                sent_at=NOW,
                received_at=NOW,
                text="Chào",
            )
        )
    heard = await chats.examine(city)
    assert "chats.silent" not in codes(heard)


def test_nobody_is_taken_out_of_the_built_in_chat(tmp_path: Path) -> None:
    rooms = [{"platform": "webchat", "id": "cong-ich", "role": "community"}]
    (said,) = chats.silent(case(tmp_path, webchat={"enabled": True}, chats=rooms), ChatFacts())
    assert said.remedy.startswith("invite people")
    (elsewhere,) = chats.silent(case(tmp_path, **TELEGRAM), ChatFacts())
    assert "take the bot out" in elsewhere.remedy


async def test_a_database_that_can_not_tell(tmp_path: Path) -> None:
    (tmp_path / "congich.db").write_bytes(b"no database" * 1000)
    assert await found(tmp_path, **TELEGRAM) == {"chats.rooms": "ok", "chats.moderators": "ok"}
    assert await found(tmp_path, **ZALO) == {"chats.rooms": "ok"}  # somebody may have been made one


def test_not_more_strangers_than_are_read() -> None:
    assert len(chats.strangers({("telegram", str(one)): "" for one in range(50)})) == chats.MOST_SHOWN
