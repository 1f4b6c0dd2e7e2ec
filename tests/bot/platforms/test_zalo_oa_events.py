"""What an Official Account hears, read: each kind of event, and what is none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.platforms import zalo_oa_events as events
from handlers.events import ChatClosed, ErasureAsked, Location, MessagePosted, Photo
from handlers.ports import JsonObject, MalformedEvent

NAMES, TITLES = {"875": "Hoa"}, {"f41": "Công ích đô thị"}
AT = datetime.fromtimestamp(1_696_908_900.672, UTC)


def event(name: str, message: JsonObject, **more: Any) -> JsonObject:
    return {
        "event_name": name,
        "app_id": "459",
        "sender": {"id": "875"},
        "recipient": {"id": "f41"},
        "message": {"msg_id": "e52", **message},
        "timestamp": "1696908900672",
    } | more


def attached(kind: str, *payloads: JsonObject) -> JsonObject:
    return {"attachments": [{"type": kind, "payload": payload} for payload in payloads]}


def test_words_with_who_and_where() -> None:
    found = events.parse(event("user_send_group_text", {"text": "đèn hư"}), NAMES, TITLES)
    assert isinstance(found, MessagePosted)
    assert (found.chat, found.id, found.text, found.at) == ("f41", "e52", "đèn hư", AT)
    assert (found.sender.id, found.sender.name, found.chat_title) == ("875", "Hoa", "Công ích đô thị")
    assert not found.private


def test_photos_with_words() -> None:
    message = {"text": "rác"} | attached("image", {"url": "http://a/1.jpg"}, {"url": "http://a/2.jpg"})
    found = events.parse(event("user_send_group_image", message), NAMES, TITLES)
    assert isinstance(found, MessagePosted)
    assert (found.text, found.photos) == ("rác", (Photo("http://a/1.jpg"), Photo("http://a/2.jpg")))


@pytest.mark.parametrize(("kind", "photos"), [("jpg", 1), ("PNG", 1), ("pdf", 0), ("docx", 0)])
def test_a_file_that_is_a_photo_is_one(kind: str, photos: int) -> None:
    payload = {"url": "http://a/1", "name": "hình", "size": "2048", "type": kind}
    found = events.parse(event("user_send_group_file", attached("file", payload)), NAMES, TITLES)
    assert isinstance(found, MessagePosted) is bool(photos)
    if isinstance(found, MessagePosted):
        assert found.photos == (Photo("http://a/1", 2048),)


def test_a_place() -> None:
    where = {"coordinates": {"latitude": "9.6025", "longitude": "105.9739"}}
    found = events.parse(event("user_send_group_location", attached("location", where)), NAMES, TITLES)
    assert isinstance(found, MessagePosted)
    assert found.location == Location(9.6025, 105.9739)


@pytest.mark.parametrize("inside", [True, False])
def test_a_reply_wherever_its_id_stands(inside: bool) -> None:
    quoted = {"quote_msg_id": "abc"}
    message = {"text": "đúng"} | (quoted if inside else {})
    found = events.parse(event("user_send_group_text", message, **({} if inside else quoted)), NAMES, TITLES)
    assert isinstance(found, MessagePosted)
    assert found.reply_to == "abc"


def test_a_talk_with_the_account_alone_is_private() -> None:
    payload = event("user_send_text", {"text": "chào"}, recipient={"id": "607"})
    found = events.parse(payload, NAMES, TITLES)
    assert isinstance(found, MessagePosted)
    assert (found.chat, found.private) == ("user:875", True)
    assert events.incoming(payload).key == "m:user:875:e52"


@pytest.mark.parametrize(
    "name", ["user_send_group_sticker", "user_send_group_audio", "user_send_group_gif", "user_out_group",
             "user_join_group", "create_group", "add_group_admin", "follow", "something_new"]
)  # fmt: skip
def test_what_is_nothing_to_us(name: str) -> None:
    assert events.parse(event(name, {}), NAMES, TITLES) is None


def test_a_group_that_is_no_more() -> None:
    payload = {"event_name": "delete_group", "group_id": "f41", "users": [], "timestamp": "1696908900672"}
    assert events.parse(payload, NAMES, TITLES) == ChatClosed("f41", AT)
    assert events.incoming(payload).key.startswith("u:")


@pytest.mark.parametrize(
    ("told", "people"),
    [
        ({"sender": {"id": "875"}}, ("875",)),
        ({"user_id": 875}, ("875",)),
        ({"user": {"id": "875"}}, ("875",)),
        ({"users": [{"id": "875"}, {"id": "876"}]}, ("875", "876")),
        ({}, ()),
    ],
)
def test_somebody_who_asks_to_be_erased(told: JsonObject, people: tuple[str, ...]) -> None:
    payload = {"event_name": "user_withdraw", "timestamp": "1696908900672", "user_id_by_app": "810"} | told
    assert events.parse(payload, NAMES, TITLES) == ErasureAsked(people, "810", AT)


@pytest.mark.parametrize(
    ("more", "text", "photos"),
    [
        ({"type": "text", "message": "đèn hư"}, "đèn hư", ()),
        ({"type": "photo", "url": "http://a/1.jpg", "description": "rác"}, "rác", (Photo("http://a/1.jpg"),)),
    ],
)
def test_an_item_of_the_history_has_the_messages_key(
    more: JsonObject, text: str, photos: tuple[Photo, ...]
) -> None:
    item = {
        "src": 1, "time": 1_696_908_900_672, "message_id": "e52", "from_id": "875",
        "from_display_name": "Hoa", "group_id": "f41",
    } | more  # fmt: skip
    found = events.parse(item, {}, TITLES)
    assert isinstance(found, MessagePosted)
    assert (found.text, found.photos, found.sender.name) == (text, photos, "Hoa")
    assert events.incoming(item).key == events.incoming(event("user_send_group_text", {"text": "x"})).key
    assert events.parse(item | {"src": 0}, {}, TITLES) is None
    assert events.parse(item | {"type": "sticker"}, {}, TITLES) is None


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"timestamp": "soon", "event_name": "user_send_group_text"},
        {"timestamp": "1696908900672"},
        {"timestamp": "1696908900672", "event_name": "delete_group"},
        event("user_send_group_text", {}) | {"message": "x"},
        event("user_send_group_text", {"text": "x"}) | {"sender": {}},
        event("user_send_group_text", {"text": "x", "msg_id": None}),
        event("user_send_group_location", attached("location", {"coordinates": {"latitude": "x"}})),
        {"src": 1, "time": 1_696_908_900_672, "type": "text", "message": {}, "group_id": "f41"},
    ],
)
def test_what_is_malformed_is_said_to_be(payload: JsonObject) -> None:
    with pytest.raises(MalformedEvent):
        events.parse(payload, NAMES, TITLES)
    assert events.incoming(payload).key


def test_whose_name_is_wanted() -> None:
    assert events.wants_names(event("user_send_group_text", {})) == ("f41", "875")
    assert events.wants_names({"event_name": "user_join_group", "group_id": "f41"}) == ("f41", "")
    assert events.wants_names(event("user_send_text", {})) == ("", "875")
    assert events.wants_names(event("user_follow", {})) is None
