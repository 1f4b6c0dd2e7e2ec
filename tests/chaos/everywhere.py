"""One text through every field by which a text can come into a city."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.platforms.webchat import NewPost
from bot.room.forms import ABOUT_NONE, ABOUT_ONE
from bot.signatures import Signer
from handlers.events import Person
from handlers.ports import Incoming
from tests.bot.room.site import GROUP, LAMP, OURS, ROOM, Browser, Site, opened
from tests.chaos.other_system import ENVIRON as OTHER_KEY
from tests.chaos.other_system import OtherSystem, other_system
from tests.chaos.rig import SEED

WHSEC = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()
API_KEY = "the-key-of-the-citys-app-0001"
ENVIRON = {
    "CONGICH_BRIDGE_MATRIX_SECRET": WHSEC,
    "CONGICH_OPEN311_APP_KEY": API_KEY,
    "CONGICH_TELEGRAM_TOKEN": "123456789:AAF-abcdefghijklmnopqrstuvwxyz012345",
    **OTHER_KEY,
}
OTHER_FORMS = (("press", "data"), ("tickets", "code"), ("photos", "photo"), ("command", "words"))
COMMANDS = (
    "/xong 1001 {}",
    "/giao 1001 {}",
    "/timphieu {}",
    "/han 1001 {}",
    "/thongke {}",
    "/moi {}",
    "/xuat {}",
    "{}",
)


@asynccontextmanager
async def city(url: str, folder: Path) -> AsyncIterator[tuple[Site, OtherSystem]]:
    """A city that hears from everywhere, and the system above it."""
    chats = [
        {"platform": "webchat", "id": GROUP, "role": "community", "title": "Công ích"},
        {"platform": "webchat", "id": ROOM, "role": "moderation", "title": "Điều hành"},
        {"platform": "telegram", "id": "-1", "role": "community"},
        {"platform": "matrix", "id": "g", "role": "community"},
    ]
    more: dict[str, Any] = {
        "board": {"enabled": True},
        "bridges": [{"name": "matrix"}],
        "telegram": {"enabled": True, "api_root": "http://127.0.0.1:9"},
        "limits": {"tickets_an_hour": 100_000},
        "chats": chats,
    }
    async with other_system() as above:
        clients, upstreams = [{"name": "app"}], [above.section()]
        more["open311"] = {"enabled": True, "open_reading": True, "clients": clients, "upstreams": upstreams}
        async with opened(url, folder, environ=ENVIRON, **more) as site:
            yield site, above


class Everywhere:
    """Says one text through every field by which a text can come."""

    def __init__(self, site: Site, above: OtherSystem, browser: Browser) -> None:
        self._site = site
        self._above = above
        self._browser = browser
        self._now = site.clock()

    async def say(self, number: int, text: str) -> None:
        await self._in_the_chat(number, text)
        await self._by_bridge(number, text)
        await self._by_telegram(number, text)
        await self._by_open311(number, text)
        await self._in_the_room(number, text)
        await self._site.app.pipeline.drain()
        await self._above.hear_and_speak(self._site, text)
        await self._site.app.pipeline.drain()

    async def _in_the_chat(self, number: int, text: str) -> None:
        words = text.encode("utf-8", "replace").decode().replace("\0", "")
        chat = self._site.app.webchat
        assert chat is not None
        said = [(GROUP, Person(f"m{number}", words[:60] or "x"), f"{LAMP} {number} {words}")]
        said += [
            (ROOM, Person("ha", "Hà"), command.replace("{}", words) or "x")
            for command in (COMMANDS[number % len(COMMANDS)], "{}")
        ]
        for place, person, one in said:
            await chat.post(NewPost(uuid4().hex, place, person, one[:7000]))

    async def _by_bridge(self, number: int, text: str) -> None:
        sender = {"id": (text[:50] or "x"), "name": text[:100]}
        told = {
            "type": "message",
            "id": f"b{number}",
            "chat": "g",
            "sender": sender,
            "at": self._now.isoformat(),
            "text": f"Rác trước số {number} {text}"[:3000],
            "chat_title": text[:100],
            "attachments": [{"url": text[:500]}],
        }
        pressed = {
            "type": "button",
            "id": f"p{number}",
            "chat": "g",
            "sender": sender,
            "at": told["at"],
            "post": text[:50],
            "data": text[:60],
        }
        for event in (told, pressed):
            body = json.dumps(event).encode()
            headers = Signer(WHSEC).sign(body, f"m{number}", datetime.now(UTC))
            async with self._browser.client.post(
                f"{self._site.root}/bridge/matrix/events", data=body, headers=headers
            ) as answer:
                assert answer.status in (200, 400), await answer.text()

    async def _by_telegram(self, number: int, text: str) -> None:
        telegram = self._site.app.telegram
        assert telegram is not None
        person = {
            "id": 70_000 + number,
            "is_bot": False,
            "first_name": text[:60],
            "last_name": text[:9],
            "username": text[:30],
        }
        chat = {"id": -1, "type": "supergroup", "title": text[:120]}
        at = int(self._now.timestamp())
        message = {"message_id": 10 + number, "from": person, "chat": chat, "date": at}
        file = {
            "file_id": text[:80],
            "file_unique_id": f"u{number}",
            "file_name": text[:200],
            "mime_type": text[:40],
            "file_size": 9,
        }
        venue = {"location": {"latitude": 9.6, "longitude": 105.97}, "title": text[:90], "address": text[:90]}
        kinds: list[dict[str, Any]] = [
            message | {"text": f"Nắp cống trước số {number} bể {text}"[:4000]},
            message | {"message_id": 10_000 + number, "document": file, "caption": text[:1000]},
            message | {"message_id": 20_000 + number, "venue": venue},
        ]
        updates = [{"update_id": place, "message": one} for place, one in enumerate(kinds)]
        press = {
            "id": f"c{number}",
            "from": person,
            "chat_instance": "1",
            "data": text[:64],
            "message": message,
        }
        updates.append({"update_id": 9, "callback_query": press})
        commit = self._site.app.pipeline.commit_for(telegram)
        await commit(
            [Incoming(f"t:{number}:{place}", update, self._now) for place, update in enumerate(updates)]
        )

    async def _by_open311(self, number: int, text: str) -> None:
        said = text.encode("utf-8", "replace").decode()
        names = (
            "description",
            "address_string",
            "first_name",
            "last_name",
            "email",
            "phone",
            "media_url",
            "device_id",
            "address_id",
        )
        fields = {
            "service_code": "lighting",
            "lat": "9.6",
            "long": "105.97",
            "api_key": API_KEY,
            **dict.fromkeys(names, said[:900]),
        }
        fields["description"] = f"Đèn hư {number} {said}"[:3000]
        url = f"{self._site.root}/open311/v2/requests.json"
        async with self._browser.client.post(
            url, data=fields, headers={"Idempotency-Key": f"n{number}"}
        ) as answer:
            assert answer.status in (201, 400, 413), await answer.text()

    async def _in_the_room(self, number: int, text: str) -> None:
        said = text.encode("utf-8", "replace").decode()[:3900]
        forms = list({**ABOUT_ONE, **ABOUT_NONE})
        do = forms[number % len(forms)]
        names = (
            "words",
            "note",
            "department",
            "due",
            "into",
            "category",
            "kind",
            "member",
            "people",
            "days",
            "photos",
            "link",
        )
        command = [("back", said), ("do", do), ("code", "PA1001"), *((name, said) for name in names)]
        other, name = OTHER_FORMS[number % len(OTHER_FORMS)]
        for path, fields in (
            ("command", command),
            (other, [(name, said), ("do", "close"), ("back", "/room")]),
        ):
            url, sent = f"{self._site.root}/room/{path}", [("form", uuid4().hex), *fields]
            async with self._browser.client.post(
                url, data=sent, headers=OURS, allow_redirects=False
            ) as answer:
                assert answer.status < 500, (SEED, number, path, text)
                assert answer.headers.get("Location", "/room").startswith("/room"), (SEED, text)
