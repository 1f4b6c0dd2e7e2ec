"""One event that can't be read keeps none behind it from being handled."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from handlers import runs
from storage.models import Inbox, Ticket
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
