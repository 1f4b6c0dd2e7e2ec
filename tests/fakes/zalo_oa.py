"""Zalo's OpenAPI for an Official Account and its group chats, over real sockets, with their oddities.

Everything is a 200 with an `error` in it; a refresh token works once; ids are beyond a float; answers bear
two `Server` headers; webhooks come repeated or late, or never; photo addresses expire; a send may succeed
without telling an id.
"""

import base64
import hashlib
import json
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web

from tests.serving import serving

Json = dict[str, Any]
BIG = 9_007_199_254_740_993  # beyond what a float can hold
OA_ID, APP_ID = "607812198688816074", "4591324301967398637"
APP_SECRET, OA_SECRET = "app-secret-of-the-fake", "account-secret-of-the-fake"
PROXY = "proxy"  # a fault: something before Zalo answers 502
DROPPED = "dropped"  # a fault: it is done, and the answer never comes


@dataclass
class Sent:
    """What the account said: its text and its photo."""

    chat: str
    text: str
    photo: bytes | None
    id: str


@dataclass
class Group:
    """One group of the account: who is in it, and all that was said there, the newest last."""

    id: str
    name: str
    members: dict[str, str] = field(default_factory=dict)
    said: list[Json] = field(default_factory=list)


@dataclass
class FakeZaloOa:
    """The servers and, in one, the people who use them."""

    hook: str = ""  # where events are posted to; empty: nowhere
    groups: dict[str, Group] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    refreshes: list[str] = field(default_factory=list)
    uploads: int = 0
    answers: list[int] = field(default_factory=list)  # of the webhook
    expires_in: int = 90_000
    package: str = "Toàn diện"
    assets: list[Json] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)  # names by id, of whoever was ever spoken of

    def __post_init__(self) -> None:
        self._faults: dict[str, deque[Json | str]] = {}
        self._files: dict[str, bytes] = {}
        self._uploaded: dict[str, bytes] = {}
        self._challenges: dict[str, str] = {}
        self._access: set[str] = set()
        self._refresh = ""
        self._count = 0
        self._served = AsyncExitStack()
        self._port = 0

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=30_000_000)
        routes = application.router
        routes.add_post("/v4/oa/access_token", self._oauth)
        routes.add_get("/photo/{name}", self._photo)
        routes.add_post("/v2.0/oa/upload/image", self._upload)
        routes.add_route("*", "/{path:v[23].0/.+}", self._call)
        self._port = await self._served.enter_async_context(serving(application))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._served.aclose()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    # What people do.

    def group(self, number: str, name: str, *people: str) -> Group:
        """A group with these people in it."""
        made = Group(number, name, {self.person(one): one for one in people})
        self.groups[number] = made
        return made

    def person(self, name: str) -> str:
        """The id of a person."""
        number = str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:7]) + BIG)
        self.people[number] = name
        return number

    async def post(
        self,
        group: str,
        who: str,
        text: str = "",
        *,
        photo: bytes | None = None,
        place: tuple[float, float] | None = None,
        quote: str = "",
        at: int = 1_789_000_000_000,
        times: int = 1,
    ) -> str:
        """Somebody writes into a group; its id. `times`: how often the webhook tells, 0 for never."""
        where = self.groups[group]
        where.members.setdefault(self.person(who), who)
        self._count += 1
        number = f"{self._count:020x}"
        address = self.host(f"m{self._count}", photo) if photo is not None else ""
        kind = "photo" if photo is not None else "location" if place else "text"
        where.said.append(
            {
                "src": 1, "time": at, "type": kind, "message": "" if photo else text, "message_id": number,
                "description": text if photo else "", "url": address, "thumb": address,
                "from_id": self.person(who), "from_display_name": who, "group_id": group,
            }
        )  # fmt: skip
        message = self._message(number, text, address, place) | ({"quote_msg_id": quote} if quote else {})
        named = {"text": "text", "photo": "image", "location": "location"}[kind]
        event = self._event(f"user_send_group_{named}", who, group, message, at)
        for _ in range(times):
            await self.tell(event)
        return number

    def told(self, item: Json) -> Json:
        """The webhook's event of a text in a group's history."""
        who = item["from_display_name"]
        message = self._message(item["message_id"], item["message"], "", None)
        return self._event("user_send_group_text", who, item["group_id"], message, item["time"])

    async def talk(self, who: str, text: str, at: int = 1_789_000_000_000) -> str:
        """Somebody writes to the account alone."""
        self._count += 1
        number = f"{self._count:020x}"
        message = self._message(number, text, "", None)
        await self.tell(self._event("user_send_text", who, OA_ID, message, at))
        return number

    async def happen(self, name: str, group: str, *people: str, at: int = 1_789_000_000_000) -> None:
        """Something about a group itself."""
        users = [{"id": self.person(one)} for one in people]
        event = {"event_name": name, "oa_id": OA_ID, "app_id": APP_ID, "group_id": group}
        await self.tell(event | {"users": users, "timestamp": str(at)})

    async def withdraw(self, who: str, at: int = 1_789_000_000_000) -> None:
        """Somebody asks that what is held of them be erased; only their other id is told."""
        event = {"event_name": "user_withdraw", "oa_id": OA_ID, "app_id": APP_ID, "timestamp": str(at)}
        await self.tell(event | {"user_id_by_app": self._alias(who)})

    async def tell(self, event: Json, secret: str = OA_SECRET) -> int:
        """Post an event to the webhook; the answer's status, 0 where there is none."""
        if not self.hook:
            return 0
        body = json.dumps(event, ensure_ascii=False).encode()
        signed = APP_ID.encode() + body + str(event.get("timestamp", "")).encode() + secret.encode()
        headers = {
            "X-ZEvent-Signature": f"mac={hashlib.sha256(signed).hexdigest()}",
            "Content-Type": "application/json",
        }
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.hook, data=body, headers=headers) as answer,
        ):
            self.answers.append(answer.status)
            return answer.status

    def host(self, name: str, photo: bytes) -> str:
        """An address from which a photo can be fetched."""
        self._files[name] = photo
        return f"{self.root}/photo/{name}"

    def move_photos(self) -> None:
        """All addresses of photos told so far expire; the history tells new ones."""
        for group in self.groups.values():
            for item in group.said:
                name = str(item["url"]).rpartition("/")[2]
                if name in self._files:
                    item["url"] = self.host(f"{name}-again", self._files.pop(name))

    def called(self, path: str) -> list[Json]:
        return [asked for one, asked in self.calls if one.endswith(path)]

    def fail(self, path: str, *faults: Json | str) -> None:
        """The next calls of a path go wrong, one after the other."""
        self._faults.setdefault(path, deque()).extend(faults)

    # Tokens.

    def consent(self, address: str) -> str:
        """What an administrator's browser comes back with from the consent page: an address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["app_id"] == APP_ID
        self._count += 1
        code = f"code-{self._count}"
        self._challenges[code] = asked["code_challenge"]
        return f"{asked['redirect_uri']}?code={code}&oa_id={OA_ID}&state={asked['state']}"

    def pair(self) -> tuple[str, str]:
        """A new pair of tokens; the last refresh token is worth nothing now."""
        self._count += 1
        access, self._refresh = f"access-{self._count}", f"refresh-{self._count}"
        self._access = {access, *sorted(self._access)[-1:]}  # the one before serves to its end
        return access, self._refresh

    def expire(self) -> None:
        """No access token given so far is taken any more."""
        self._access.clear()

    def lose(self) -> None:
        """The refresh token given last is taken no more."""
        self._refresh = ""

    async def _oauth(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        fault = self._fault("access_token")
        if fault == PROXY:
            return _proxy()
        if request.headers.get("secret_key") != APP_SECRET or form.get("app_id") != APP_ID:
            return _answer({"error": -14004, "error_name": "Invalid secret key"})
        if form["grant_type"] == "refresh_token":
            self.refreshes.append(str(form["refresh_token"]))
            if form["refresh_token"] != self._refresh:
                return _answer({"error": -14014, "error_name": "Invalid refresh token"})
        else:
            digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
            wanted = self._challenges.pop(str(form["code"]), "")
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != wanted:
                return _answer({"error": -14019, "error_name": "Invalid code"})
        access, refresh = self.pair()
        if fault == DROPPED and request.transport is not None:
            request.transport.close()
        return _answer({"access_token": access, "refresh_token": refresh, "expires_in": str(self.expires_in)})

    # The API.

    async def _call(self, request: web.Request) -> web.StreamResponse:
        path = f"/{request.match_info['path']}"
        asked = await request.json() if request.method == "POST" else dict(request.query)
        self.calls.append((path, asked))
        name = path.rpartition("/")[2]
        fault = self._fault(name)
        if fault == PROXY:
            return _proxy()
        if isinstance(fault, dict):
            return _answer(fault)
        if request.headers.get("access_token") not in self._access:
            return _answer({"error": -216, "message": "Access token is invalid"})
        result = getattr(self, f"_do_{name}")(asked)
        if fault == DROPPED and request.transport is not None:
            request.transport.close()
        return _answer(result)

    def _do_getoa(self, _: Json) -> Json:
        return _ok({"oa_id": OA_ID, "name": "Công ích", "package_name": self.package, "is_verified": True})

    def _do_getgroupsofoa(self, asked: Json) -> Json:
        each = [
            {"group_id": one.id, "name": one.name, "status": "enabled", "total_member": len(one.members)}
            for one in self.groups.values()
        ]
        return _ok({"groups": _page(each, asked), "total": len(each)})

    def _do_getgroup(self, asked: Json) -> Json:
        group = self.groups.get(str(asked["group_id"]))
        if group is None:
            return {"error": -201, "message": "group_id is invalid"}
        info = {"group_id": group.id, "name": group.name, "status": "enabled", "total_member": 174}
        return _ok({"group_info": info | {"max_member": 1000}, "asset_info": {}})

    def _do_listmember(self, asked: Json) -> Json:
        each = [
            {"user_id": who, "name": name} for who, name in self.groups[asked["group_id"]].members.items()
        ]
        return _ok({"members": [{"oa_id": OA_ID, "name": "Công ích"}, *_page(each, asked)][-50:]})

    def _do_detail(self, asked: Json) -> Json:
        who = json.loads(asked["data"])["user_id"]
        return _ok({"user_id": who, "display_name": self.people[who]})

    def _do_conversation(self, asked: Json) -> Json:
        return _ok({"items": _page(self.groups[asked["group_id"]].said[::-1], asked)})

    def _do_group(self, _: Json) -> Json:
        return {"error": 0, "message": "Success", "data": self.assets}

    def _do_message(self, asked: Json) -> Json:
        return self._took(str(asked["recipient"]["group_id"]), asked["message"])

    def _do_cs(self, asked: Json) -> Json:
        return self._took(f"user:{asked['recipient']['user_id']}", asked["message"])

    def _took(self, chat: str, message: Json) -> Json:
        if not chat.startswith("user:") and chat not in self.groups:
            return {"error": -403, "message": "OA is not in the group"}
        text = message.get("text", "")
        if len(text.encode("utf-16-le")) // 2 > 2000:
            return {"error": -201, "message": "text is too long"}
        photo = None
        if "attachment" in message:
            element = message["attachment"]["payload"]["elements"][0]
            photo = self._uploaded.get(element.get("attachment_id", ""))
            if photo is None:
                return {"error": -100, "message": "attachment_id is invalid"}
        self._count += 1
        number = str(BIG + self._count)
        self.sent.append(Sent(chat, text, photo, number))
        if chat in self.groups:
            self.groups[chat].said.append(
                {
                    "src": 0, "time": 1_789_000_000_000, "type": "text", "message": text,
                    "message_id": number, "from_id": OA_ID, "group_id": chat,
                }
            )  # fmt: skip
        return _ok({"message_id": number, "group_id": chat})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        self.uploads += 1
        fault = self._fault("image")
        if isinstance(fault, dict):
            return _answer(fault)
        if request.headers.get("access_token") not in self._access:
            return _answer({"error": -220, "message": "Access token has expired"})
        file = form["file"]
        assert isinstance(file, web.FileField)
        data = file.file.read()
        if len(data) > 1_000_000:
            return _answer({"error": -201, "message": "the file is too large"})
        name = f"attachment-{self.uploads}"
        self._uploaded[name] = data
        return _answer(_ok({"attachment_id": name}))

    async def _photo(self, request: web.Request) -> web.Response:
        data = self._files.get(request.match_info["name"])
        if data is None:
            raise web.HTTPForbidden
        return web.Response(body=data, content_type="image/jpeg")

    def _fault(self, name: str) -> Json | str | None:
        faults = self._faults.get(name)
        return faults.popleft() if faults else None

    def _event(self, name: str, who: str, recipient: str, message: Json, at: int) -> Json:
        return {
            "event_name": name, "app_id": APP_ID, "oa_id": OA_ID, "timestamp": str(at),
            "sender": {"id": self.person(who)}, "recipient": {"id": recipient},
            "user_id_by_app": self._alias(who), "message": message,
        }  # fmt: skip

    def _alias(self, who: str) -> str:
        return str(int(self.person(who)) + 1)

    @staticmethod
    def _message(number: str, text: str, address: str, place: tuple[float, float] | None) -> Json:
        message: Json = {"msg_id": number}
        if text:
            message["text"] = text
        if address:
            payload: Json = {"url": address, "thumbnail": address}
            message["attachments"] = [{"type": "image", "payload": payload}]
        if place:
            where = {"latitude": str(place[0]), "longitude": str(place[1])}
            message["attachments"] = [{"type": "location", "payload": {"coordinates": where}}]
        return message


def _page(each: list[Json], asked: Json) -> list[Json]:
    offset, count = int(asked.get("offset", 0)), int(asked.get("count", 5))
    return each[offset : offset + count]


def _ok(data: Json) -> Json:
    return {"error": 0, "message": "Success", "data": data}


def _proxy() -> web.Response:
    return web.Response(status=502, text="<html>proxy</html>", content_type="text/html")


def _answer(body: Json) -> web.Response:
    response = web.Response(body=json.dumps(body).encode(), content_type="application/json")
    response.headers.add("Server", "ZGate")
    response.headers.add("Server", "nginx")  # twice, as Zalo's edge sends it
    return response
