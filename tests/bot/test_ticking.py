"""What is due by the clock: one part that fails keeps no other from being done."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot import logs, pipeline
from handlers.context import Turn
from storage.models import Digest, Outbox
from tests.bot.room.site import LAMP, opened


@pytest.mark.parametrize("broken", ["reminders", "digest"])
async def test_a_part_that_fails_is_undone_alone(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    log = io.StringIO()
    logs.configure("info", as_json=False, stream=log)
    part = getattr(pipeline, broken)
    name = {"reminders": "run", "digest": "post_due"}[broken]
    done = getattr(part, name)

    async def fails(turn: Turn) -> int:
        await done(turn)
        raise RuntimeError("a bug")

    async with opened(database_url, tmp_path) as site:
        await site.say("hoa", LAMP)
        site.clock.set(site.clock() + timedelta(days=8))
        monkeypatch.setattr(part, name, fails)
        await site.app.pipeline.tick()
        async with site.app.database.read() as session:
            spans = set(await session.scalars(select(col(Digest.span))))
            keys = set(await session.scalars(select(col(Outbox.idempotency_key))))
        assert spans == ({"week", "morning"} if broken == "reminders" else {"morning"})
        assert any(key.startswith("overdue:") for key in keys) is (broken == "digest"), keys
        assert "clock.part_failed" in log.getvalue()
        monkeypatch.undo()
        await site.app.pipeline.tick()
        async with site.app.database.read() as session:
            assert set(await session.scalars(select(col(Digest.span)))) == {"week", "morning"}
