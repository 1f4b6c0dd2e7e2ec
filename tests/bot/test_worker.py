"""One event that can't be read keeps none behind it from being handled."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from handlers import intake, runs, stuck
from storage import inbox
from storage.dispatches import Choice
from storage.models import Inbox, Outbox, Ticket
from storage.states import InboxState
from tests.bench.bot import bench
from tests.bench.stream import GROUP


def update(number: int, text: str, **more: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup", "title": "Công ích"}
    sender = {"id": 7, "is_bot": False, "first_name": "Hoa"}
    said = {"message_id": number, "date": 1_795_000_000 + number, "chat": chat, "from": sender, "text": text}
    return {"update_id": number, "message": said | more}


def nested() -> list[Any]:
    found: list[Any] = []
    for _ in range(600):  # which JSON is read to, and Python may not walk to
        found = [found]
    return found


@pytest.mark.parametrize("odd", [{"unheard_of": nested()}, {"text": 7}], ids=["nested", "no text"])
async def test_what_can_not_be_read_holds_up_nobody(tmp_path: Path, odd: dict[str, Any]) -> None:
    async with bench(tmp_path) as bot:
        await bot.take([update(1, **{"text": "chào cả nhà"} | odd)])
        await bot.take([update(2, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")])
        async with bot.app.database.read() as session:
            states = (await session.scalars(select(col(Inbox.state)).order_by(col(Inbox.id)))).all()
            opened = await session.scalar(select(func.count()).select_from(Ticket))
    assert (list(states), opened) == ([InboxState.DEAD, InboxState.DONE], 1)


async def test_event_by_event_none_is_held_up_by_what_a_batch_breaks_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[range]:
        raise TypeError("as with an event of an unknown shape")

    monkeypatch.setattr(runs, "cut", broken)
    async with bench(tmp_path) as bot:
        await bot.take([update(2, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")])
        async with bot.app.database.read() as session:
            assert (await session.scalars(select(col(Inbox.state)))).all() == [InboxState.DONE]


async def test_moderators_hear_once_of_events_that_were_given_up_and_they_can_be_handled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise TypeError("a mistake of ours")

    async with bench(tmp_path) as bot:
        with monkeypatch.context() as patched:
            patched.setattr(intake, "handle", broken)
            await bot.take([update(number, "Đèn đường trước số 45 Hai Bà Trưng hư") for number in (5, 6)])
            for _ in range(10):
                bot.now += timedelta(minutes=2)
                await bot.app.pipeline.work()
        async with bot.app.database.write() as session:
            (notice,) = await session.scalars(select(Outbox))
            assert f"t.me/c/{str(GROUP).removeprefix('-100')}/5" in notice.payload["text"]
            assert [one.name for one in await inbox.stuck(session, 9)] == ["e1", "e2"]
            for chosen in (Choice(), Choice(target="inbox", sources=["zalo_oa"])):
                assert await stuck.mark(session, chosen, bot.now, again=True) == 0
            chosen = Choice(name="e1", sources=["telegram"])
            assert await stuck.mark(session, chosen, bot.now, again=True) == 1
            assert await stuck.mark(session, Choice(target="inbox"), bot.now, again=False) == 1
            assert await inbox.stuck(session, 9) == []
        await bot.app.pipeline.work()
        async with bot.app.database.read() as session:
            assert await session.scalar(select(func.count()).select_from(Ticket)) == 1
