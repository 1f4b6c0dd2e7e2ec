"""`congich digest`: beside a running bot, without posting anything; what is wrong is one sentence."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.process import run
from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import running


@pytest.mark.sqlite_only
async def test_a_period_on_paper(tmp_path: Path) -> None:
    config, picture = tmp_path / "config.toml", tmp_path / "week.png"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    code, _, error = await run("digest", "-c", str(config))
    assert (code, "the first start of 'congich run'" in error) == (2, True)
    asked = ("--period", "hôm nay", "-c", str(config))
    async with running(tmp_path) as town:
        await town.post(LAMP)

        async def opened() -> bool:
            return await town.ticket("PA1001") is not None

        await town.until(opened)
        code, said, error = await run("digest", *asked, "--png", str(picture))
        assert (code, "Tiếp nhận: 1 (hôm trước 0)" in said) == (0, True), error
        assert await town.told("digest") == []
    with Image.open(io.BytesIO(picture.read_bytes())) as drawn:
        assert drawn.width == 1080
    _, said, _ = await run("digest", *asked, "--json", "--language", "en")
    assert json.loads(said)["totals"]["received"] == 1
    for wrong, why in (
        (("--week", "2026-W99"), "is no period"),
        (("--week", "2999-W01"), "has not come yet"),
        (("--chat", "nobody"), "say which group with --chat: congich (Công ích)"),
        (("--department", "nobody"), "there is no department 'nobody'"),
        (("--language", "fr"), "there: vi, en"),
    ):
        code, _, error = await run("digest", *wrong, "-c", str(config))
        assert (code, why in error) == (2, True), error
