"""Telegram's updates as events: their keys, their shapes, and its count of letters."""

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import ChatMemberRestricted

from bot.platforms import telegram_updates as updates
from handlers.events import (
    ButtonPressed,
    ChatClosed,
    ChatMoved,
    Event,
    Location,
    MessagePosted,
    Person,
    Photo,
    Reacted,
)
from handlers.ports import MalformedEvent

Json = dict[str, Any]

GROUP = {"id": -1001, "type": "supergroup", "title": "Công ích"}
HOA = {"id": 7, "is_bot": False, "first_name": "Lê Thị", "last_name": "Hoa"}
BOT = {"id": 9, "is_bot": True, "first_name": "B"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def message(**fields: Any) -> Json:
    return {"message_id": 5, "date": 1_700_000_000, "chat": GROUP, "from": HOA} | fields


def without(fields: Json, left_out: str) -> Json:
    return {name: value for name, value in fields.items() if name != left_out}


def read(**content: Any) -> Event | None:
    return updates.parse({"update_id": 1, **content})


def posted(**fields: Any) -> MessagePosted:
    event = read(message=message(**fields))
    assert isinstance(event, MessagePosted)
    return event


def size(file_id: str, side: int) -> Json:
    return {"file_id": file_id, "file_unique_id": file_id, "width": side, "height": side, "file_size": side}


@pytest.mark.parametrize(
    ("text", "is_told", "names_us"),
    [
        ("/close@Poll_Bot 1001", False, False),
        ("/Close@Congich_bot 1001", True, False),
        ("/close 1001 (hỏi anh@poll_bot)", True, False),
        ("@Congich_bot PA1001", True, True),
        ("@poll_bot PA1001", True, False),
    ],
)
def test_what_is_said_to_another_bot_of_the_group_is_not_said_to_us(
    text: str, is_told: bool, names_us: bool
) -> None:
    at = text.split(maxsplit=1)[0]
    entities = [{"type": "mention", "offset": 0, "length": len(at)}] if at.startswith("@") else []
    update = {"update_id": 1, "message": message(text=text, entities=entities)}
    event = updates.parse(update, "congich_bot")
    assert isinstance(event, MessagePosted) is is_told
    assert getattr(event, "to_bot", False) is names_us


MAY = dict.fromkeys(ChatMemberRestricted.__slots__, True) | {"status": "restricted", "until_date": 0}


@pytest.mark.parametrize(
    ("chat", "now", "is_closed"),
    [
        (GROUP, {"status": "left"}, True),
        (GROUP, {"status": "kicked", "until_date": 0}, True),
        (GROUP, MAY | {"can_send_messages": False}, True),
        (GROUP, MAY, False),
        (GROUP, {"status": "member"}, False),
        ({"id": 7, "type": "private"}, {"status": "kicked", "until_date": 0}, False),
    ],
)
def test_a_group_that_puts_us_out_is_closed_to_us(chat: Json, now: Json, is_closed: bool) -> None:
    was = {"status": "member", "user": BOT}
    told = {"chat": chat, "from": HOA, "date": 1_700_000_000, "old_chat_member": was}
    update = {"my_chat_member": told | {"new_chat_member": now | {"user": BOT}}}
    event = read(**update)
    assert (updates.lane(update), updates.said_at(update)) == (str(chat["id"]), AT)
    assert isinstance(event, ChatClosed) is is_closed


WORDS = "gọi chị Hoa 0912 345 678"
EDITED = message(edit_date=1_700_000_009, text="mới")
PRESS = {
    "id": "cb1",
    "from": HOA,
    "chat_instance": "x",
    "data": "t:1:accept",
    "message": message(message_id=8, text="?") | {"from": BOT},
}
REACTION = {
    "chat": GROUP,
    "message_id": 5,
    "date": 1_700_000_000,
    "user": HOA,
    "old_reaction": [],
    "new_reaction": [{"type": "emoji", "emoji": "👍"}, {"type": "custom_emoji", "custom_emoji_id": "1"}],
}


def test_the_key_is_what_an_update_is_about() -> None:
    assert updates.key({"update_id": 1, "message": message()}) == "m:-1001:5"
    assert updates.key({"update_id": 2, "callback_query": PRESS}) == "c:cb1"
    edit = updates.key({"update_id": 3, "edited_message": EDITED})
    assert edit.startswith("e:-1001:5:1700000009:")
    assert len(edit) < 60


def test_two_edits_within_a_second_are_two() -> None:
    one = updates.key({"edited_message": EDITED | {"text": "một"}})
    two = updates.key({"edited_message": EDITED | {"text": "hai"}})
    assert one != two


@pytest.mark.parametrize(
    "content",
    [
        {"message": message(text="a")},
        {"edited_message": EDITED},
        {"callback_query": PRESS},
        {"message_reaction": REACTION},
        {"message": {"no": "shape"}},
        {"message": None},
        {"message": []},
        {"edited_message": message()},
        {"callback_query": {}},
        {},
    ],
)
def test_the_same_thing_under_another_number_and_order_has_the_same_key(content: Json) -> None:
    again = json.loads(json.dumps({"update_id": 900, **content}, sort_keys=True))
    assert updates.key({"update_id": 3, **content}) == updates.key(again)


def test_what_has_no_shape_is_keyed_by_its_content() -> None:
    one, two = updates.key({"update_id": 1, "message": {"a": 1}}), updates.key({"message": {"a": 2}})
    assert one.startswith("u:")
    assert one != two


@pytest.mark.parametrize(
    ("batch", "offset"),
    [
        ([], None),
        ([{"update_id": 5}, {"update_id": 7}, {"update_id": 6}], 8),
        ([{"update_id": 5}, {}, {"update_id": "9"}], 6),
        ([{}], None),
    ],
)
def test_the_offset_that_confirms_a_batch(batch: list[Json], offset: int | None) -> None:
    assert updates.next_offset(batch) == offset


def test_a_message() -> None:
    expected = MessagePosted("-1001", "5", Person("7", "Lê Thị Hoa"), AT, "đèn hư", chat_title="Công ích")
    assert posted(text="đèn hư") == expected


def test_the_largest_photo_a_picture_as_a_file_and_no_other_file() -> None:
    album = posted(photo=[size("S", 90), size("L", 1280), size("M", 320)], caption="rác", media_group_id="g")
    assert (album.photos, album.text, album.album) == ((Photo("L", 1280),), "rác", "g")
    document = {"file_id": "D", "file_unique_id": "d", "file_size": 3}
    assert posted(document=document | {"mime_type": "image/png"}).photos == (Photo("D", 3),)
    assert posted(document=document | {"mime_type": "text/csv"}, caption="bảng").photos == ()


def test_a_place_and_a_venue() -> None:
    where = {"latitude": 9.6, "longitude": 105.97}
    assert posted(location=where).location == Location(9.6, 105.97)
    assert posted(venue={"location": where, "title": "Chợ", "address": "x"}).location == Location(9.6, 105.97)


def test_who_hides_behind_a_chat_speaks_in_its_name() -> None:
    event = read(message=message(text="a", sender_chat=GROUP) | {"from": ANONYMOUS})
    assert isinstance(event, MessagePosted)
    assert event.sender == Person("chat:-1001", "Công ích")


def test_a_bot_is_known_as_one() -> None:
    event = read(message=message(text="a") | {"from": BOT})
    assert isinstance(event, MessagePosted)
    assert event.sender.is_bot


@pytest.mark.parametrize(("last", "name"), [({}, ""), ({"last_name": "Nguyễn"}, "Nguyễn")])
def test_an_account_without_a_first_name_has_an_empty_name_or_its_last(last: Json, name: str) -> None:
    sender = {"id": 7, "is_bot": False, "first_name": "", **last}
    assert posted(**{"from": sender}, text="đèn hư").sender.name == name


def test_a_private_message_has_its_sender_as_chat() -> None:
    event = posted(text="a", chat={"id": 7, "type": "private", "first_name": "Hoa"})
    assert (event.chat, event.chat_title, event.sender.id) == ("7", "", "7")


def test_a_reply_but_not_to_the_first_message_of_a_topic() -> None:
    original = message(message_id=3, text="a")
    topic = {"is_topic_message": True, "message_thread_id": 3}
    assert posted(text="b", reply_to_message=original).reply_to == "3"
    assert posted(text="b", reply_to_message=original, message_thread_id=3).reply_to == "3"
    assert posted(text="b", reply_to_message=original, **topic).reply_to is None
    assert posted(text="b", reply_to_message=original, **topic | {"message_thread_id": 2}).reply_to == "3"
    root = message(message_id=3, forum_topic_created={"name": "Đèn", "icon_color": 1})
    assert posted(text="b", reply_to_message=root).reply_to is None


def test_an_edit_says_when_it_was_made() -> None:
    event = read(edited_message=EDITED)
    assert isinstance(event, MessagePosted)
    assert (event.edited, event.text, event.at) == (True, "mới", AT.replace(second=29))


def test_a_press_and_a_reaction() -> None:
    hoa = Person("7", "Lê Thị Hoa")
    assert read(callback_query=PRESS) == ButtonPressed("-1001", "8", hoa, AT, "cb1", "t:1:accept")
    assert read(message_reaction=REACTION) == Reacted("-1001", "5", hoa, AT, ("👍",))


@pytest.mark.parametrize(
    "update",
    [
        {"callback_query": PRESS | {"message": message(message_id=8, text=WORDS) | {"from": BOT}}},
        {"message": message(text="ok", reply_to_message=message(message_id=3, text=WORDS))},
        {"message": message(text="ok", quote={"text": WORDS, "position": 0})},
        {"edited_message": EDITED | {"reply_to_message": message(message_id=3, caption=WORDS)}},
        {"message": message(pinned_message=message(message_id=3, text=WORDS))},
        {
            "message": message(
                text="ok",
                is_topic_message=True,
                message_thread_id=3,
                reply_to_message=message(message_id=3, forum_topic_created={"name": "Đèn", "icon_color": 1}),
            )
        },
    ],
)
def test_the_words_of_other_messages_are_not_kept_and_nothing_else_changes(update: Json) -> None:
    kept = updates.incoming(update)
    said = json.dumps(kept.payload, ensure_ascii=False)
    assert WORDS not in said
    assert updates.parse({"update_id": 1, **kept.payload}) == updates.parse({"update_id": 1, **update})
    assert kept.key == updates.key(update)


def test_both_ends_of_a_move_say_the_same() -> None:
    old = message(chat=GROUP | {"id": -5, "type": "group"}, migrate_to_chat_id=-1001)
    new = message(migrate_from_chat_id=-5)
    assert read(message=old) == read(message=new) == ChatMoved("-5", "-1001", AT)


@pytest.mark.parametrize(
    "content",
    [
        {"message": message(new_chat_title="x")},
        {"message": message()},
        {"some_day": {"new": 1}},
        {"callback_query": without(PRESS, "message")},
        {"message_reaction": without(REACTION, "user")},
    ],
)
def test_what_is_nothing_to_us(content: Json) -> None:
    assert read(**content) is None


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"update": 5},
        {"message": message(text="a") | {"from": {"id": 7, "first_name": "An"}}},
        {"message": {"message_id": 5}},
        {"message": message(date="soon", text="a")},
        {"message": message(date=10**30, text="a")},
        {"message": without(message(text="a"), "from")},
        {"message": "text"},
        {"message": message(text=7)},
        {"message": message(photo=[size("S", 9)], caption=["a"])},
        {"message": message(text="a", chat=GROUP | {"title": 7})},
        {"message": message(text="a") | {"from": HOA | {"first_name": 7, "last_name": None}}},
        {"message": message(location={"latitude": "9.6", "longitude": 105.9})},
        {"message": message(location={"latitude": 9.6, "longitude": 1e999})},
        {"message": message(text="a", media_group_id=12345678901234567890)},
    ],
)
def test_what_can_not_be_read_is_said_to_be_malformed(content: Json) -> None:
    with pytest.raises(MalformedEvent):
        read(**content)


def test_an_update_without_a_number_is_malformed() -> None:
    with pytest.raises(MalformedEvent):
        updates.parse({"message": message(text="a")})


WHOLE: list[Json] = [
    {
        "update_id": 1,
        "message": message(
            text="a",
            photo=[size("S", 9)],
            location={"latitude": 1.0, "longitude": 2.0},
            reply_to_message=message(),
        ),
    },
    {"update_id": 2, "edited_message": EDITED},
    {"update_id": 3, "callback_query": PRESS},
    {"update_id": 4, "message_reaction": REACTION},
]


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to everything in a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, one in inner for found in places(one, (*path, name)))]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(whole=st.sampled_from(WHOLE), data=st.data(), value=ANYTHING)
def test_whatever_stands_anywhere_an_update_is_keyed_and_read_or_malformed(
    whole: Json, data: st.DataObject, value: object
) -> None:
    update = copy.deepcopy(whole)
    *path, last = data.draw(st.sampled_from(places(update)[1:]))
    inside: Any = update
    for name in path:
        inside = inside[name]
    inside[last] = value
    before = repr(update)
    assert updates.key(update)
    with suppress(MalformedEvent):
        updates.parse(update)
    assert repr(update) == before
