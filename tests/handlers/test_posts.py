"""What is frozen into the outbox is what comes out of it."""

import json

import pytest

from handlers.posts import Button, Content, Edit, Post, React, Toast, from_json, to_json


@pytest.mark.parametrize(
    "content",
    [
        Post("chào", reply_to="5", buttons=((Button("Có", "t:1:accept"),), (Button("Không", "t:1:reject"),))),
        Post("", photos=(1, 2)),
        Edit("mới", buttons=((Button("Có", "t:1:accept"),),)),
        React("5", "👍"),
        Toast("p:1", "xong"),
    ],
)
def test_round_trip(content: Content) -> None:
    assert from_json(json.loads(json.dumps(to_json(content)))) == content


def test_an_unknown_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match="sticker"):
        from_json({"type": "sticker"})
