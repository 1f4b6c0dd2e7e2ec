"""`congich replay`: a group's exported history, taken in without a word; twice is the same as once."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.demo import draw, script
from bot.platforms.telegram_export import TelegramExport
from handlers.events import MessagePosted
from handlers.ports import FetchError
from tests.acceptance.process import COMMAND, environment, run

MONDAY = datetime(2026, 11, 16, tzinfo=UTC).date()
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GROUP = 1987654321


def export(folder: Path, messages: Sequence[dict[str, Any]], **more: Any) -> Path:
    """An export as Telegram Desktop writes it."""
    content = {
        "name": "Công ích đô thị",
        "type": "private_supergroup",
        "id": GROUP,
        "messages": list(messages),
    }
    folder.mkdir(exist_ok=True)
    (folder / "result.json").write_text(json.dumps(content | more, ensure_ascii=False))
    return folder


def message(number: int, text: object = "", person: str = "Hoa", **more: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 16, 1, 0, tzinfo=UTC) + timedelta(minutes=10 * number)
    return {
        "id": number,
        "type": "message",
        "date": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_unixtime": str(int(at.timestamp())),
        "from": person,
        "from_id": f"user{sum(map(ord, person))}",
        "text": text,
        **more,
    }


def sample_week(folder: Path) -> Path:
    """The demo's week as an export: albums as messages, texts as entities, a service message."""
    people = script.load_members()
    messages: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    (folder / "photos").mkdir(parents=True)
    messages.append({"id": 1, "type": "service", "action": "create_group", "date_unixtime": "1763251200"})
    number = 1
    for step in script.load_steps(MONDAY, ZONE):
        if step.chat != "community" or step.press or step.edit_of:
            continue
        for place, (scene, variant) in enumerate(step.photos or (("", 0),)):
            number += 1
            one = message(number, step.text if place == 0 else "", people[step.by].name)
            one["date_unixtime"] = str(int(step.at.timestamp()))
            numbers.setdefault(step.key, number)
            if scene:
                one["photo"] = f"photos/photo_{number}.jpg"
                (folder / one["photo"]).write_bytes(draw.draw(scene, variant))
            if step.reply_to:
                one["reply_to_message_id"] = numbers[step.reply_to]
            if step.location:
                one["location_information"] = {"latitude": step.location[0], "longitude": step.location[1]}
            messages.append(one)
    return export(folder, messages)


def city(tmp_path: Path) -> Path:
    config = tmp_path / "config.toml"
    config.write_text(
        f'data_dir = "{tmp_path / "data"}"\n'
        f'[[chats]]\nplatform = "telegram"\nid = "-100{GROUP}"\nrole = "community"\n'
        f'[[chats]]\nplatform = "telegram"\nid = "-200"\nrole = "moderation"\n'
    )
    return config


def counts(tmp_path: Path) -> dict[str, int]:
    tables = ("messages", "tickets", "ticket_events", "submissions", "attachments", "outbox")
    with closing(sqlite3.connect(tmp_path / "data" / "congich.db")) as connection, connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


async def test_a_history_opens_its_tickets_in_silence_and_twice_is_once(tmp_path: Path) -> None:
    config, folder = city(tmp_path), sample_week(tmp_path / "export")
    code, out, errors = await run("replay", str(folder), "-c", str(config))
    assert code == 0, errors
    first = counts(tmp_path)
    assert first["tickets"] >= 35
    assert first["attachments"] >= 55
    assert first["outbox"] == 0
    assert f"tickets: {first['tickets']}" in out
    code, again, _ = await run("replay", str(folder), "-c", str(config))
    assert code == 0
    assert "0 of them new" in again
    assert counts(tmp_path) == first


async def test_a_broken_off_replay_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    folder = sample_week(tmp_path / "export")
    for place in (whole, broken):
        place.mkdir()
    await run("replay", str(folder), "-c", str(city(whole)))
    arguments = ("replay", str(folder), "-c", str(city(broken)))
    for step in ("handled:2", "pictured:9"):
        process = await asyncio.create_subprocess_exec(
            str(COMMAND),
            *arguments,
            env=environment(CONGICH_KILL_AT=step),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == -signal.SIGKILL
    code, _, errors = await run(*arguments)
    assert code == 0, errors
    assert counts(broken) == counts(whole)


async def test_a_group_that_is_not_configured_is_told_what_to_add(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    folder = export(tmp_path / "export", [message(1, "chào")])
    code, _, errors = await run("replay", str(folder), "-c", str(config))
    assert code == 2
    assert f'id = "-100{GROUP}"' in errors


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "export the group in Telegram Desktop"),
        ("{", "not an export in JSON"),
        ('{"chats": {"list": []}}', "export that one chat"),
        ('{"name": "x"}', "no list of messages"),
    ],
)
def test_what_is_no_export_of_a_group_is_said_with_the_remedy(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    with pytest.raises(ValueError, match=sentence):
        TelegramExport(tmp_path)


async def test_texts_senders_and_files_in_all_their_shapes(tmp_path: Path) -> None:
    entities = ["Đèn hư ", {"type": "hashtag", "text": "#chieusang"}, " ở hẻm 5"]
    rows = [
        message(1, entities),
        message(2, "", photo="(File not included. Change data exporting settings to download.)"),
        message(3, "", file="files/a.png", mime_type="image/png", reply_to_message_id=1),
        message(4, "thông báo") | {"from": "Kênh", "from_id": "channel77"},
        message(5, "ẩn") | {"from": None, "from_id": "user9"},
    ]
    history = TelegramExport(export(tmp_path / "export", rows))
    events = [history.parse(one.payload) for one in history.incoming()]
    assert next(one.key for one in history.incoming()) == f"m:-100{GROUP}:1"
    first, nothing, picture, channel, erased = events
    assert nothing is None
    assert isinstance(first, MessagePosted)
    assert first.text == "Đèn hư #chieusang ở hẻm 5"
    assert isinstance(picture, MessagePosted)
    assert (picture.photos[0].ref, picture.reply_to) == ("files/a.png", "1")
    assert isinstance(channel, MessagePosted)
    assert channel.sender.id == "chat:-10077"
    assert isinstance(erased, MessagePosted)
    assert erased.sender.name == ""
    for path in ("../config.toml", "/etc/passwd", "photos/none.jpg"):
        with pytest.raises(FetchError):
            await history.fetch(path, 1000)
