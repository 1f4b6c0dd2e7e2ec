"""The sample week is what it promises, and its photos are drawn the same every time."""

import io
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.demo import draw, script
from bot.demo.scenes import SCENES
from handlers.understanding.fold import has_accents

PEOPLE = script.load_members()
STEPS = script.load_steps(date(2026, 11, 16), ZoneInfo("Asia/Ho_Chi_Minh"))
BY_KEY = {step.key: step for step in STEPS}
MESSAGES = [step for step in STEPS if not step.press and not step.edit_of]


def test_it_is_a_week_of_a_real_group() -> None:
    assert len(MESSAGES) >= 150
    assert len({step.by for step in MESSAGES}) >= 20
    assert [step.at for step in STEPS] == sorted(step.at for step in STEPS)
    assert len(BY_KEY) == len(STEPS)


def test_every_reference_leads_somewhere_earlier() -> None:
    for step in STEPS:
        assert step.by in PEOPLE
        for key in (step.reply_to, step.edit_of, step.on):
            assert key is None or BY_KEY[key].at < step.at, step.key
        assert all(scene in SCENES for scene, _ in step.photos)


def test_it_has_what_groups_have() -> None:
    texts = [step.text for step in MESSAGES if len(step.text) > 30]
    assert sum(len(step.photos) > 1 for step in MESSAGES) >= 3  # albums
    assert sum(bool(step.photos) and not step.text for step in MESSAGES) >= 4  # photos alone
    assert sum(not has_accents(text) for text in texts) >= 8
    assert sum(step.reply_to is not None for step in MESSAGES) >= 30
    assert any(step.edit_of for step in STEPS)
    assert any(step.press for step in STEPS)
    assert any(step.location for step in STEPS)
    assert sum(step.expect_kind == "none" for step in MESSAGES) >= 60
    done = [
        step for step in MESSAGES if PEOPLE[step.by].role == "department" and step.photos and step.reply_to
    ]
    assert len(done) >= 10


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_a_photo_and_always_the_same(scene: str) -> None:
    data = draw.draw(scene)
    assert data == draw.draw(scene)
    assert data != draw.draw(scene, 1)
    with Image.open(io.BytesIO(data)) as photo:
        assert (photo.format, photo.size) == ("JPEG", (960, 720))


def test_an_unknown_scene_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="lamp-dark"):
        draw.draw("lampdark")
