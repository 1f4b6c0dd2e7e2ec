"""docs/bridge.md says what the code does: its examples are read, its deliveries are ours."""

import json
import re
from pathlib import Path

import pytest

from bot import fetcher
from bot.platforms import bridge_events as events
from bot.platforms.bridge_out import ANSWER_SECONDS, CALL_SECONDS, written
from handlers.delivery import DOWN_WAIT, MAX_ATTEMPTS
from handlers.ports import Outgoing
from handlers.posts import Button, Content, Edit, Mention, Post, React, Toast
from tests.bot.platforms.contract import PHOTO
from tests.fakes.bridge import Json

PAGE = (Path(__file__).parents[3] / "docs" / "bridge.md").read_text("utf-8")
TOLD, _, GOT = PAGE.partition("## What a bridge gets")
KEYBOARD = ((Button("Nhận", "t:1:accept"),),)
CONTENTS: dict[str, Content] = {
    "post": Post("phiếu", buttons=KEYBOARD, calls=(Mention("ha", "Hà"),)),
    "edit": Edit("phiếu", KEYBOARD),
    "reaction": React("m", "👍"),
    "answer": Toast("p", "đã nhận"),
}


def examples(part: str) -> list[Json]:
    found = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", part, re.DOTALL)]
    return [one for block in found for one in (block if isinstance(block, list) else [block])]


def test_every_event_is_shown_by_an_example_that_is_read() -> None:
    read = events.read(examples(TOLD))
    wanted = {shape["properties"]["type"]["const"] for shape in shapes()}
    assert {one.type for one in read} == wanted
    assert "bot" in PAGE
    message = next(one for one in examples(TOLD) if one["type"] == "message")
    assert set(events.Message.model_fields) - set(message) == {"private", "to_bot"}


def shapes() -> list[Json]:
    return [one for one in events.schema()["$defs"].values() if "type" in one.get("properties", {})]


@pytest.mark.parametrize("kind", CONTENTS)
async def test_every_delivery_is_shown_with_exactly_its_keys(kind: str) -> None:
    async def offer(_: bytes) -> None:
        return None

    (shown,) = [one for one in examples(GOT) if one["type"] == kind]
    ours = await written(Outgoing("k", "c", CONTENTS[kind], (PHOTO,), "m"), offer)
    assert set(shown) == set(ours)
    for name, value in ours.items():
        if isinstance(value, list) and value and shown[name]:
            assert type(shown[name][0]) is type(value[0])


def test_its_numbers_are_the_codes() -> None:
    assert ANSWER_SECONDS == CALL_SECONDS == 20
    assert f"every {DOWN_WAIT.seconds} seconds" in GOT
    assert f"{MAX_ATTEMPTS} attempts, within a day" in GOT
    assert f"{fetcher.ATTEMPTS} attempts, within 26 hours" in GOT
    assert f"up to {events.MOST_EVENTS}" in TOLD
