"""A group's exported history: the same keys and ids as the live stream, and nothing outside its folder."""

import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.platforms import telegram_updates
from bot.platforms.telegram_export import TelegramExport
from handlers.events import Location, MessagePosted, Person, Photo
from handlers.ports import ChatPlatform, FetchError, Incoming, MalformedEvent, Outgoing, Refused
from handlers.posts import Post

Json = dict[str, Any]
NUMBER = 1987654321
START = 1794790800
NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"


def export(folder: Path, messages: Sequence[object], **more: Any) -> TelegramExport:
    """An export as Telegram Desktop writes it."""
    content = {"name": "Công ích", "type": "private_supergroup", "id": NUMBER, "messages": list(messages)}
    (folder / "result.json").write_text(json.dumps(content | more, ensure_ascii=False), "utf-8")
    return TelegramExport(folder)


def message(number: int, text: object = "", second: int = 0, **fields: Any) -> Json:
    return {
        "id": number,
        "type": "message",
        "date": "2026-11-16T08:00:00",
        "date_unixtime": str(START + second),
        "from": "Hoa",
        "from_id": "user7",
        "text": text,
        **fields,
    }


def photo(number: int, second: int, text: str = "", **fields: Any) -> Json:
    return message(number, text, second, **{"photo": f"photos/{number}.jpg"} | fields)


def read(history: TelegramExport) -> list[MessagePosted | None]:
    events = [history.parse(one.payload) for one in history.incoming()]
    return [event if isinstance(event, MessagePosted) else None for event in events]


def one(tmp_path: Path, text: object = "chào", **fields: Any) -> MessagePosted:
    (event,) = read(export(tmp_path, [message(1, text, **fields)]))
    assert event is not None
    return event


def test_a_message_has_the_key_and_chat_of_the_live_stream(tmp_path: Path) -> None:
    history = export(tmp_path, [message(5, "đèn hư", reply_to_message_id=4, edited="x", edited_unixtime="1")])
    live = {"chat": {"id": int(f"-100{NUMBER}")}, "message_id": 5}
    (incoming,) = history.incoming()
    assert incoming.key == telegram_updates.key({"message": live})
    assert history.parse(incoming.payload) == MessagePosted(
        chat=f"-100{NUMBER}",
        id="5",
        sender=Person("7", "Hoa"),
        at=datetime(2026, 11, 16, 1, 0, tzinfo=UTC),
        text="đèn hư",
        reply_to="4",
        chat_title="Công ích",
    )
    assert (history.total, history.title, history.chat) == (1, "Công ích", f"-100{NUMBER}")


@pytest.mark.parametrize(
    ("kind", "chat"),
    [
        ("private_supergroup", f"-100{NUMBER}"),
        ("public_supergroup", f"-100{NUMBER}"),
        ("private_channel", f"-100{NUMBER}"),
        ("public_channel", f"-100{NUMBER}"),
        ("private_group", f"-{NUMBER}"),
        ("personal_chat", f"{NUMBER}"),
    ],
)
def test_a_chat_has_its_live_id(tmp_path: Path, kind: str, chat: str) -> None:
    assert export(tmp_path, [], type=kind).chat == chat


def test_a_file_named_by_itself_is_read_too(tmp_path: Path) -> None:
    export(tmp_path, [message(1, "chào")])
    assert TelegramExport(tmp_path / "result.json").total == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chào", "chào"),
        (
            ["Đèn ", {"type": "bold", "text": "hư"}, " ở ", {"type": "hashtag", "text": "#hem5"}],
            "Đèn hư ở #hem5",
        ),
    ],
)
def test_texts(tmp_path: Path, text: object, words: str) -> None:
    assert one(tmp_path, text).text == words


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ({"from": "Hoa", "from_id": "user7"}, Person("7", "Hoa")),
        ({"from": "Kênh", "from_id": "channel77"}, Person("chat:-10077", "Kênh")),
        ({"from": "Nhóm", "from_id": "chat88"}, Person("chat:-88", "Nhóm")),
        ({"from": None, "from_id": None}, Person("deleted", "")),
        ({"from": None, "from_id": "user9"}, Person("9", "")),
    ],
    ids=["member", "channel", "basic group", "erased", "erased with an id"],
)
def test_senders(tmp_path: Path, fields: Json, sender: Person) -> None:
    assert one(tmp_path, **fields).sender == sender


@pytest.mark.parametrize(
    ("fields", "photos"),
    [
        ({"photo": "photos/a.jpg"}, (Photo("photos/a.jpg"),)),
        ({"photo": "photos/a.jpg", "photo_file_size": 9}, (Photo("photos/a.jpg", 9),)),
        ({"file": "files/a.png", "mime_type": "image/png"}, (Photo("files/a.png"),)),
        ({"file": "files/(File) a.png", "mime_type": "image/png"}, (Photo("files/(File) a.png"),)),
        ({"file": "files/a.pdf", "mime_type": "application/pdf"}, ()),
        ({"file": "stickers/a.webp", "mime_type": "image/webp", "media_type": "sticker"}, ()),
        ({"photo": NOT_INCLUDED}, ()),
        ({"file": NOT_INCLUDED, "mime_type": "image/png"}, ()),
        ({"photo": "(File exceeds maximum size. Change data exporting settings to download.)"}, ()),
    ],
)
def test_photos(tmp_path: Path, fields: Json, photos: tuple[Photo, ...]) -> None:
    assert one(tmp_path, **fields).photos == photos


def test_a_place(tmp_path: Path) -> None:
    where = {"latitude": 9.6, "longitude": 105.97}
    assert one(tmp_path, "", location_information=where).location == Location(9.6, 105.97)


def test_an_old_export_gives_the_local_time_of_its_computer(tmp_path: Path) -> None:
    old = message(1, "a")
    del old["date_unixtime"]
    export(tmp_path, [old])
    (at_home,) = read(TelegramExport(tmp_path))
    (elsewhere,) = read(TelegramExport(tmp_path, timezone(timedelta(hours=2))))
    assert at_home is not None
    assert elsewhere is not None
    assert at_home.at == datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    assert elsewhere.at == datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


def test_what_is_no_message_is_nothing_to_us(tmp_path: Path) -> None:
    actions = ("create_group", "migrate_to_supergroup", "migrate_from_group", "pin_message")
    service = [message(n, type="service", action=action) for n, action in enumerate(actions, start=1)]
    history = export(tmp_path, [*service, message(9, ""), message(10, type="unsupported"), "no object"])
    assert read(history) == [None] * 6


def albums(history: TelegramExport) -> list[str | None]:
    return [incoming.payload["album"] for incoming in history.incoming()]


def test_photos_one_after_the_other_are_an_album_named_after_the_first(tmp_path: Path) -> None:
    rows = [photo(3, 0), photo(4, 0), photo(5, 1), photo(6, 9), photo(7, 20), photo(8, 21)]
    history = export(tmp_path, rows)
    assert albums(history) == ["x:3", "x:3", "x:3", None, "x:7", "x:7"]
    assert [event.album for event in read(history) if event] == albums(history)


@pytest.mark.parametrize(
    "second",
    [
        photo(2, 2),
        photo(2, -1),
        photo(2, 0, from_id="user8"),
        message(2, "chữ"),
        photo(2, 0, date_unixtime="soon"),
    ],
    ids=["later", "earlier", "another's", "no photo", "no time"],
)
def test_what_is_no_album(tmp_path: Path, second: Json) -> None:
    assert albums(export(tmp_path, [photo(1, 0), second])) == [None, None]


def test_a_photo_that_was_not_exported_still_holds_its_albums_words(tmp_path: Path) -> None:
    words, picture = read(export(tmp_path, [photo(1, 0, "rác", photo=NOT_INCLUDED), photo(2, 0)]))
    assert words is not None
    assert picture is not None
    assert words.album == picture.album == "x:1"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"message": 5},
        {"message": {"text": 5}, "type": "message"},
        {"chat": "-1", "title": "", "message": message(1, 5)},
        {"chat": "-1", "title": "", "message": message(1, [5])},
        {"chat": "-1", "title": "", "message": message(1, "a", date_unixtime="soon")},
        {"chat": "-1", "title": "", "message": message(1, "a", date_unixtime="9" * 30)},
        {"chat": "-1", "title": "", "message": message(1, "a", location_information={"latitude": "north"})},
    ],
)
def test_what_can_not_be_read_is_malformed(tmp_path: Path, payload: Json) -> None:
    with pytest.raises(MalformedEvent):
        export(tmp_path, []).parse(payload)


def test_messages_without_an_id_are_kept_apart(tmp_path: Path) -> None:
    rows = [{"type": "message", "text": "a"}, {"type": "message", "text": "b"}]
    keys = [incoming.key for incoming in export(tmp_path, rows).incoming()]
    assert len(set(keys)) == 2
    assert all(key.startswith("u:") for key in keys)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "export the group in Telegram Desktop"),
        ("{", "not an export in JSON"),
        ("[" * 100_000, "not an export in JSON"),
        ('{"chats": {"list": []}}', "open the group and export that one chat"),
        ("[]", "no list of messages"),
        ('{"messages": {}}', "no list of messages"),
        ('{"messages": []}', "no chat id"),
    ],
)
def test_what_is_no_export_is_said_with_the_remedy(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "result.json").write_text(content)
    with pytest.raises(ValueError, match=sentence):
        TelegramExport(tmp_path)


@pytest.fixture
def history(tmp_path: Path) -> TelegramExport:
    folder = tmp_path / "export"
    (folder / "photos").mkdir(parents=True)
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    (folder / "photos" / "a.jpg").write_bytes(b"x" * 100)
    (folder / "photos" / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    os.mkfifo(folder / "photos" / "pipe.jpg")
    return export(folder, [])


async def test_a_photo_of_the_export(history: TelegramExport) -> None:
    assert await history.fetch("photos/a.jpg", 100) == b"x" * 100


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("../outside.jpg", "out of the export"),
        ("photos/../../outside.jpg", "out of the export"),
        ("/etc/passwd", "out of the export"),
        ("photos/link.jpg", "out of the export"),
        ("photos/pipe.jpg", "not in the export"),
        ("photos", "not in the export"),
        ("photos/none.jpg", "not in the export"),
        ("", "not in the export"),
        ("photos/a\0.jpg", "can't be read"),
        ("x" * 5000, "can't be read"),
    ],
)
async def test_nothing_else_is_read(history: TelegramExport, ref: str, reason: str) -> None:
    with pytest.raises(FetchError, match=reason) as refusal:
        await history.fetch(ref, 1_000_000)
    assert refusal.value.permanent


async def test_a_photo_over_the_limit(history: TelegramExport) -> None:
    with pytest.raises(FetchError, match="more than 99 bytes") as refusal:
        await history.fetch("photos/a.jpg", 99)
    assert refusal.value.permanent


async def test_an_export_is_a_platform_that_says_no_more(history: TelegramExport) -> None:
    platform: ChatPlatform = history

    async def commit(_: Sequence[Incoming]) -> None:
        raise AssertionError("an export has nothing to say")

    await platform.receive(commit)
    with pytest.raises(Refused, match="only listened to"):
        await platform.deliver(Outgoing("a", history.chat, Post("x")))
    assert platform.link(history.chat, "5") == f"https://t.me/c/{NUMBER}/5"
    assert await platform.administrators(history.chat) == frozenset()
    await platform.close()


def test_a_hundred_thousand_messages(tmp_path: Path) -> None:
    history = export(tmp_path, [photo(n, n // 3, "rác") for n in range(100_000)])
    started = time.perf_counter()
    assert len(read(history)) == history.total == 100_000
    assert time.perf_counter() - started < 30
