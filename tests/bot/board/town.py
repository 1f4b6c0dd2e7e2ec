"""A city with a public board: tickets as people report them, among them what must never be seen."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import update
from sqlmodel import col

from bot.app import App
from bot.config import parse
from bot.demo.draw import draw
from bot.run import prepare
from bot.web import server
from handlers import fields
from handlers.understanding import fold
from storage import chats, members, tickets
from storage.images import FolderStore
from storage.models import Attachment, Member, Message, Submission, Ticket, row_id
from storage.pictures import Picture, inspect
from storage.states import AttachmentState, MemberRole, SubmissionState, TicketStatus

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Sóc Trăng
REPORTER, OFFICER, MODERATOR = "Nguyễn Thị Hoa", "Trần Văn Sáng", "Lâm Minh Khang"
PHONE, PLATE = "0912 345 678", "83P1-123.45"
SECRETS = ("Hoa", "Sáng", "Khang", "Thiện", "912", "345 678", "123.45", "83P1", "bí mật", "Exif")
LONG = "x" * 500
STORY = "Mưa lớn là ngập, xe máy chết máy, nước tràn vô nhà. " * 40  # some 2,000 characters
RTL = "\u202eشارع مظلم جدا בלי אור\u202c (đèn tắt)"


@cache
def drawn(name: str) -> tuple[bytes, Picture]:
    """A photo, and what is in it."""
    data = draw(name)
    return data, inspect(data, 40_000_000, 1600)


@dataclass
class Town:
    """The running board, and what asks it."""

    app: App
    root: str
    client: aiohttp.ClientSession
    photos: dict[str, str] = field(default_factory=dict)  # what a photo is -> its hash

    async def get(self, path: str, status: int = 200, **headers: str) -> str:
        """An answer's text."""
        async with self.client.get(self.root + path, headers=headers, allow_redirects=False) as answer:
            assert answer.status == status, (answer.status, path, (await answer.text())[:400])
            return await answer.text()

    async def ticket(self, code: str) -> Ticket:
        """One of the city's."""
        async with self.app.database.read() as session:
            found = await tickets.by_code(session, code)
        assert found is not None
        return found

    async def change(self, code: str, **changes: Any) -> None:
        """Something about a ticket is different now."""
        async with self.app.database.write() as session:
            ticket = await tickets.by_code(session, code)
            assert ticket is not None
            for name, value in changes.items():
                setattr(ticket, name, value)

    async def release(self, photo: str, on_board: bool | None) -> None:
        """A moderator lets everybody see a photo, or does not."""
        async with self.app.database.write() as session:
            of_photo = col(Attachment.content_hash) == self.photos[photo]
            await session.execute(update(Attachment).where(of_photo).values(on_board=on_board))


def settings(folder: Path, **more: Any) -> dict[str, Any]:
    """A city whose board is on and whose built-in chat is not."""
    return {
        "data_dir": str(folder / "data"),
        "board": {"enabled": True},
        "chats": [
            {"platform": "telegram", "id": "-1", "role": "community", "title": "Công ích"},
            {"platform": "telegram", "id": "-2", "role": "moderation", "title": "Điều hành"},
        ],
        **more,
    }  # fmt: skip


@asynccontextmanager
async def running(folder: Path, database_url: str, **more: Any) -> AsyncIterator[Town]:
    """The board at work until the end of the block, with its tickets."""
    config = parse(settings(folder, **{"database": {"url": database_url}, **more}))
    app = App(config, {}, clock=lambda: NOW)
    await prepare(app)
    photos = await Seed(app).all()
    runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession() as client:
            yield Town(app, f"http://127.0.0.1:{runner.addresses[0][1]}", client, photos)
    finally:
        await runner.cleanup()
        await app.close()


class Seed:
    """Writes the city's tickets."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._images = FolderStore(Path(app.config.data_dir) / "photos")
        self._photos: dict[str, str] = {}
        self._said = 0
        self._opened = 0

    async def all(self) -> dict[str, str]:
        """PA1001 to PA1014, and then a page more."""
        for name in ("lamp-dark", "lamp-lit", "rubbish-pile", "open-manhole"):
            await self._keep(name)
        async with self._app.database.write() as session:
            self.session = session
            self.chat = await chats.ensure(session, "telegram", "-1", "Công ích", NOW)
            self.reporter = await self._member("7", REPORTER)
            self.officer = await self._member("8", OFFICER, MemberRole.DEPARTMENT, "chieusang")
            self.moderator = await self._member("9", MODERATOR, MemberRole.MODERATOR)
            self.other = await self._member("10", "Thiện")
            await self._told()
            await self._hidden()
            await self._hostile()
            for number in range(14):
                await self._ticket(f"Rác trước nhà số {number + 1} Lê Lợi", "waste", "Lê Lợi", "Sóc Trăng")
        return self._photos

    async def _told(self) -> None:
        words = f"Trụ đèn trước nhà chị Hoa tắt 3 bữa nay, xe {PLATE} hay đậu đó, gọi {PHONE}"
        lamp = await self._ticket(
            words, "lighting", "45 Hai Bà Trưng", "Phú Lợi", voices=3, photo="lamp-dark"
        )
        lamp.latitude, lamp.longitude = 9.6025123456, 105.9739
        await self._did(lamp, "voice", self.other, voices=2)
        await self._did(lamp, "voice", self.other, voices=3)
        await self._did(lamp, "reclassified", self.moderator, kind="report")
        await self._did(lamp, "photos_shown", self.moderator)
        await self._did(
            lamp, "comment", self.other, message=await self._say("bí mật của hàng xóm", self.other)
        )
        await self._did(lamp, "assigned", self.moderator, department="chieusang", note="bí mật nội bộ")
        lamp.department = "chieusang"
        await self._did(lamp, "pause", self.moderator, pause_reason="bí mật: chờ tiền")
        await self._did(lamp, "start", self.officer, status="in_progress")
        note = f"Đã thay bóng, cảm ơn anh Thiện, cần gì gọi {PHONE}"
        await self._did(lamp, "resolve", self.officer, note=note, status="resolved")
        lamp.status, lamp.resolved_at = TicketStatus.RESOLVED, NOW - timedelta(hours=2)
        await self._photo(lamp, "lamp-lit", self.officer, SubmissionState.FOLLOW_UP, "done", on_board=True)
        await self._photo(
            lamp, "rubbish-pile", self.other, SubmissionState.FOLLOW_UP, "chatter", on_board=None
        )
        await self._ticket("Nắp cống bể, nguy hiểm quá", "drainage", "9 Lý Tự Trọng", "Phú Lợi", urgent=True,
                           due_at=NOW - timedelta(hours=5))  # fmt: skip
        part = await self._ticket("Đèn chỗ đó cũng hư luôn", "lighting", "Hai Bà Trưng", "Phú Lợi")
        await self._did(part, "merge", self.moderator, status="merged")
        part.status, part.merged_into_id = TicketStatus.MERGED, row_id(lamp)

    async def _hidden(self) -> None:
        hidden = await self._ticket("bí mật bị ẩn", "security", "bí mật", "Phú Lợi", photo="open-manhole")
        hidden.hidden = True
        rejected = await self._ticket("bí mật không nhận", "other", "", "")
        rejected.status = TicketStatus.REJECTED

    async def _hostile(self) -> None:
        await self._ticket(LONG, "road", LONG, "Mỹ Xuyên")
        await self._ticket(STORY, "drainage", "hẻm 12", "Mỹ Xuyên")
        await self._ticket("🙂🔥💡" * 60 + " đèn tắt", "lighting", "🙂 chợ", "")
        await self._ticket(RTL, "lighting", "שוק العربية", "Vĩnh Châu")
        await self._ticket('<script>alert(1)</script>"><img src=x>', "other", "<b>đậm</b>", "<i>W</i>")
        await self._ticket("=HYPERLINK(1)", "other", "@SUM(A1)", "Phú Lợi")
        await self._ticket("", "tree", "", "Khánh Hòa")

    async def _ticket(
        self, words: str, category: str, place: str, ward: str, *, photo: str = "", **more: Any
    ) -> Ticket:
        self._opened += 1
        number = 1000 + self._opened
        at = NOW - timedelta(days=3) + timedelta(hours=self._opened)
        message = await self._say(words, self.reporter)
        values: dict[str, Any] = {
            "number": number, "code": f"PA{number}", "origin": message.external_id, "kind": "report",
            "chat_id": row_id(self.chat), "reporter_id": row_id(self.reporter), "category": category,
            "summary": words, "folded": fold(words), "place": {"text": place or None, "ward": ward or None},
            "opened_at": at, "due_at": at + timedelta(days=5), **more,
        }  # fmt: skip
        ticket = Ticket(**values)
        self.session.add(ticket)
        await self.session.flush()
        await tickets.note(self.session, ticket, "opened", at, member=self.reporter,
                           detail={"changes": fields.opened(ticket)})  # fmt: skip
        if photo:
            await self._photo(ticket, photo, self.reporter, SubmissionState.TICKETED, "new", on_board=True)
        return ticket

    async def _did(
        self, ticket: Ticket, action: str, who: Member, *, message: Message | None = None, note: str = "",
        **changes: Any,
    ) -> None:  # fmt: skip
        detail: Mapping[str, Any] = {
            **({"note": note} if note else {}),
            **({"department": changes["department"]} if "department" in changes else {}),
            "changes": {
                name: [fields.plain(getattr(ticket, name)), value] for name, value in changes.items()
            },
        }
        self._said += 1
        at = ticket.opened_at + timedelta(hours=1, minutes=self._said)
        message_id = message.id if message else None
        await tickets.note(
            self.session, ticket, action, at, member=who, detail=dict(detail), message_id=message_id
        )

    async def _say(self, words: str, who: Member, submission: Submission | None = None) -> Message:
        self._said += 1
        message = Message(
            chat_id=row_id(self.chat), external_id=str(self._said), member_id=row_id(who), sent_at=NOW,
            received_at=NOW, text=words, submission_id=submission.id if submission else None,
        )  # fmt: skip
        self.session.add(message)
        await self.session.flush()
        return message

    async def _photo(
        self,
        ticket: Ticket,
        name: str,
        who: Member,
        state: SubmissionState,
        intent: str,
        *,
        on_board: bool | None,
    ) -> None:
        submission = Submission(
            chat_id=row_id(self.chat), member_id=row_id(who), ticket_id=ticket.id, state=state, opened_at=NOW,
            open_until=NOW, intent=intent,
        )  # fmt: skip
        self.session.add(submission)
        await self.session.flush()
        message = await self._say("", who, submission)
        self.session.add(Attachment(
            message_id=row_id(message), source="telegram", external_ref=name, state=AttachmentState.STORED,
            content_hash=self._photos[name], width=1280, height=960, next_attempt_at=NOW, on_board=on_board,
        ))  # fmt: skip
        await self.session.flush()

    async def _member(
        self, number: str, name: str, role: MemberRole = MemberRole.MEMBER, department: str = ""
    ) -> Member:
        member = await members.ensure(self.session, "telegram", number, name, NOW)
        member.role, member.department = role, department or None
        return member

    async def _keep(self, name: str) -> None:
        data, seen = drawn(name)
        content_hash = await self._images.put(data)
        await self._images.put_rendition(content_hash, "served", seen.served)
        await self._images.put_rendition(content_hash, "thumb", seen.thumb)
        self._photos[name] = content_hash
