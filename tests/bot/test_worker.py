"""One event that can't be read keeps none behind it from being handled."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from storage.models import Inbox, Ticket
from storage.states import InboxState
from tests.bench.bot import bench
from tests.bench.stream import GROUP


def update(number: int, text: str, **more: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup", "title": "Công ích"}
    sender = {"id": 7, "is_bot": False, "first_name": "Hoa"}
    said = {"message_id": number, "date": 1_795_000_000 + number, "chat": chat, "from": sender, "text": text}
    return {"update_id": number, "message": said | more}


async def test_what_is_nested_too_deeply_holds_up_nobody(tmp_path: Path) -> None:
    nested: list[Any] = []
    for _ in range(600):  # which JSON is read to, and Python may not walk to
        nested = [nested]
    async with bench(tmp_path) as bot:
        await bot.take([update(1, "chào cả nhà", unheard_of=nested)])
        await bot.take([update(2, "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay")])
        async with bot.app.database.read() as session:
            states = (await session.scalars(select(col(Inbox.state)).order_by(col(Inbox.id)))).all()
            opened = await session.scalar(select(func.count()).select_from(Ticket))
    assert (list(states), opened) == ([InboxState.DEAD, InboxState.DONE], 1)
