"""Another system's records as a platform's history: each a report at its time, and its end where it ended."""

import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.imports.records import ImportedRecord
from bot.platforms.listened import Listened
from bot.platforms.media import Media
from handlers.events import Event, Location, MessagePosted, Person, Photo, Stated, StatusTold
from handlers.ports import Incoming, JsonObject, MalformedEvent


class ImportedHistory(Listened):
    """The records of one system; the same record twice is once, a status that is new since is taken over."""

    def __init__(
        self, system: str, title: str, records: Sequence[ImportedRecord], media: Media, key: bytes
    ) -> None:
        """`key` hides who reported."""
        self.name = self.source = f"import:{system}"
        self.title = title or system
        self.chat = system
        self._records = records
        self._media = media
        self._key = key

    @property
    def total(self) -> int:
        """How many events the records are: each report, and each end."""
        return len(self._records) + sum(record.closed_at is not None for record in self._records)

    def incoming(self) -> Iterator[Incoming]:
        """All records, and what ended."""
        for record in self._records:
            yield Incoming(f"report:{record.id}", _report(record, self._who(record)), record.at)
            if record.closed_at is not None:
                end = max(record.closed_at, record.at)
                payload = {"type": "end", "id": record.id, "at": end.isoformat(), "note": record.note}
                yield Incoming(f"end:{record.id}", payload, end, order=1)

    def _who(self, record: ImportedRecord) -> str:
        """A number by which the same person is known again; who tells nothing is somebody new each time.

        Made with a key of ours: of telephone numbers alone there are so few that all could be tried.
        """
        known = f"person|{record.person}" if record.person else f"record|{record.id}"
        return hmac.digest(self._key, f"{self.name}|{known}".encode(), "sha256").hex()[:24]

    def parse(self, payload: JsonObject) -> Event | None:
        try:
            return _end(self.chat, payload) if payload["type"] == "end" else _posted(self.chat, payload)
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedEvent(f"{type(error).__name__} in an imported record") from None

    async def fetch(self, ref: str, limit: int) -> bytes:
        return await self._media.fetch(ref, limit)

    async def close(self) -> None:
        await self._media.close()


def _report(record: ImportedRecord, who: str) -> JsonObject:
    return {
        "type": "report", "id": record.id, "at": record.at.isoformat(), "words": record.words,
        "latitude": record.latitude, "longitude": record.longitude, "category": record.category,
        "kind": record.kind, "name": record.name, "person": who, "photo": record.photo,
    }  # fmt: skip


def _posted(chat: str, payload: JsonObject) -> MessagePosted:
    spot = payload["latitude"], payload["longitude"]
    return MessagePosted(
        chat=chat,
        id=payload["id"],
        sender=Person(payload["person"], payload["name"] or chat),
        at=datetime.fromisoformat(payload["at"]),
        text=payload["words"],
        photos=(Photo(payload["photo"]),) if payload["photo"] else (),
        location=Location(*map(float, spot)) if spot[0] is not None else None,
        stated=Stated(payload["category"], payload["kind"]),
    )


def _end(chat: str, payload: JsonObject) -> StatusTold:
    at = datetime.fromisoformat(payload["at"])
    return StatusTold(chat, payload["id"], is_closed=True, note=payload["note"], at=at)
