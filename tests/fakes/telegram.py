"""A Telegram Bot API server over real sockets, in the documented shapes, with faults (`telegram_faults`).

It outlives the bot's process: updates stay until an offset confirms them, posts are never forgotten,
and everything that was called, accepted or confirmed is in an append-only log.
"""

import asyncio
import io
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from tests.fakes.telegram_faults import Call, Fault, Faults, Refusal, before, close
from tests.serving import serving

Json = dict[str, Any]


@dataclass
class Group:
    """A group with its messages as they now stand."""

    id: int
    title: str
    type: str = "supergroup"
    administrators: list[int] = field(default_factory=list)
    messages: dict[int, Json] = field(default_factory=dict)
    reactions: dict[int, list[str]] = field(default_factory=dict)
    moved_to: int | None = None
    next_message: int = 1
    bot: Json = field(default_factory=lambda: {"status": "administrator"})  # how the bot is in it
    permissions: Json = field(default_factory=lambda: {"can_send_messages": True, "can_send_photos": True})

    @property
    def chat(self) -> Json:
        if self.type == "private":
            return {"id": self.id, "type": self.type, "first_name": self.title or "?"}
        return {"id": self.id, "type": self.type, "title": self.title}


class FakeTelegram:
    """The server and, in one, the people who use it."""

    def __init__(self, token: str = "123456:TEST-token-of-the-fake-server", port: int = 0) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.confirmed: set[int] = set()
        self.accepted: list[tuple[int, int, str]] = []  # group, message, text as first written; an album once
        self.groups: dict[int, Group] = {}
        self.answers: list[tuple[str, str]] = []  # callback query id, text
        self.webhook: Json | None = None
        self.webhook_error: Json = {}  # last_error_date and last_error_message
        self.hears_everything = True
        self.may_join = True
        self.clock_ahead = 0.0  # seconds that its Date headers are ahead of the machine's clock
        self._port = port
        self.faults = Faults()
        self._updates: dict[int, Json] = {}
        self._next_update = 1000
        self._files: dict[str, bytes] = {}
        self._people: dict[int, str] = {}
        self._pressers: dict[str, str] = {}
        self._sequence = 0
        self._changed = asyncio.Condition()
        self._poll = 0
        self.longest_poll = 60.0  # seconds, however long is asked for
        self._served = AsyncExitStack()

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=60_000_000)
        application.router.add_route("*", "/bot{token}/{method}", self._handle)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        application.on_response_prepare.append(self._date)
        self._port = await self._served.enter_async_context(serving(application, port=self._port))
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._changed:
            self._poll += 1
            self._changed.notify_all()
        await self._served.aclose()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    # What people do.

    def group(self, title: str = "Công ích", group_id: int = -1001000, **options: Any) -> Group:
        made = Group(group_id, title, **options)
        self.groups[group_id] = made
        return made

    async def post(self, group: Group, person: str, text: str = "", **fields: Any) -> int:
        """A member posts; the message's id."""
        message = self._message(group, self._person(person), fields.pop("at", None))
        if text:
            message["text"] = text
        if reply_to := fields.pop("reply_to", None):
            message["reply_to_message"] = group.messages[reply_to]
        message |= fields
        await self._tell({"message": message})
        return int(message["message_id"])

    async def post_photo(
        self, group: Group, person: str, photo: bytes, caption: str = "", **fields: Any
    ) -> int:
        sizes = [self._file(photo[:100], 90), self._file(photo, 1280)]
        words = {"caption": caption} if caption else {}
        return await self.post(group, person, photo=sizes, **words, **fields)

    async def post_album(
        self, group: Group, person: str, photos: list[bytes], caption: str = "", **fields: Any
    ) -> list[int]:
        album = f"album{self._next_update}"
        return [
            await self.post_photo(
                group, person, photo, "" if place else caption, media_group_id=album, **fields
            )
            for place, photo in enumerate(photos)
        ]

    async def post_document(self, group: Group, person: str, data: bytes, mime: str) -> int:
        return await self.post(group, person, document=self._file(data) | {"mime_type": mime})

    async def edit(self, group: Group, message_id: int, text: str, at: int | None = None) -> None:
        field_name = "caption" if "photo" in group.messages[message_id] else "text"
        message = group.messages[message_id] = group.messages[message_id] | {field_name: text}
        message["edit_date"] = at or int(time.time())
        await self._tell({"edited_message": message})

    async def react(
        self, group: Group, person: str, message_id: int, emoji: str, at: int | None = None
    ) -> None:
        """A member's only reaction on a message is this one now."""
        await self._tell(
            {
                "message_reaction": {
                    "chat": group.chat,
                    "message_id": message_id,
                    "date": at or int(time.time()),
                    "user": self._person(person),
                    "old_reaction": [],
                    "new_reaction": [{"type": "emoji", "emoji": emoji}],
                }
            }
        )

    async def press(self, group: Group, person: str, message_id: int, data: str) -> str:
        """Press the button under a post that asks for `data`; where there is none, as an attacker would."""
        rows = group.messages[message_id].get("reply_markup", {}).get("inline_keyboard", [])
        there = [button["callback_data"] for row in rows for button in row]
        data = next((one for one in there if one.startswith(f"{data}~")), data)
        query = f"query{self._next_update}"
        self._pressers[query] = person
        await self._tell(
            {
                "callback_query": {
                    "id": query,
                    "from": self._person(person),
                    "chat_instance": "1",
                    "data": data,
                    "message": group.messages[message_id],
                }
            }
        )
        return query

    async def migrate(self, group: Group, new_id: int) -> Group:
        """A group becomes a supergroup: two service messages, and the old id is refused."""
        new = self.group(group.title, new_id)
        await self.post(group, "admin", migrate_to_chat_id=new_id)
        await self.post(new, "admin", migrate_from_chat_id=group.id)
        group.moved_to = new_id
        return new

    async def inject(self, update: Json) -> None:
        """Any update at all, malformed ones too."""
        await self._tell(update)

    def restart_ids(self, at: int) -> None:
        """Update ids start anew, as they may after a quiet week."""
        self._next_update = at

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of a method go wrong, one after the other."""
        self.faults.script(method, *faults)

    # What is asked of it afterwards.

    def posts(self, group: Group) -> list[Json]:
        """The bot's own messages as they now stand."""
        return [message for message in group.messages.values() if message["from"]["is_bot"]]

    def texts(self, group: Group) -> list[str]:
        return [message.get("text") or message.get("caption", "") for message in self.posts(group)]

    def told(self) -> list[tuple[str, str]]:
        """Who was answered what to a press, in order."""
        return [(self._pressers.get(query, ""), text) for query, text in self.answers]

    def name_of(self, number: int) -> str:
        return self._people[number]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def unconfirmed(self) -> int:
        return len(self._updates)

    async def wait_for(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Until something is so; looked at after every call."""
        async with asyncio.timeout(seconds):
            while not condition():
                try:
                    async with asyncio.timeout(0.2), self._changed:
                        await self._changed.wait()
                except TimeoutError:
                    if condition():
                        return

    # The server.

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        call = Call(method, args, time.time())
        self.calls.append(call)
        fault = self.faults.of(call)
        if fault is Fault.SLOW:
            await asyncio.sleep(self.faults.luck.uniform(0.1, 1))
        try:
            if unquote(request.match_info["token"]) != self.token:
                raise Refusal(401, "Unauthorized")
            early = before(fault, request)
            if early is not None:
                return early
            result = await self._perform(method, args)
            call.performed = True
        except Refusal as refusal:
            call.status = refusal.code
            return web.json_response(refusal.body, status=refusal.code)
        finally:
            async with self._changed:
                self._changed.notify_all()
        if fault is Fault.DROPPED:
            return close(request)
        call.status = 200
        return web.json_response({"ok": True, "result": result})

    async def _perform(self, method: str, args: Json) -> object:
        name = f"_do_{method.lower()}"
        found = getattr(self, name, None)
        if found is None:
            raise Refusal(404, "Not Found")
        return await found(args)

    async def _do_getme(self, _: Json) -> Json:
        can = {"can_join_groups": self.may_join, "can_read_all_group_messages": self.hears_everything}
        return self._bot() | can

    async def _do_getwebhookinfo(self, _: Json) -> Json:
        return {
            "url": (self.webhook or {}).get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
            **self.webhook_error,
        }

    async def _do_getchat(self, args: Json) -> Json:
        group = self._group(args)
        return group.chat | {"permissions": group.permissions}

    async def _do_getchatmember(self, args: Json) -> Json:
        return {"user": self._bot(), **self._group(args).bot}

    async def _do_deletewebhook(self, _: Json) -> bool:
        self.webhook = None
        return True

    async def _do_setwebhook(self, args: Json) -> bool:
        self.webhook = args
        return True

    async def _do_getupdates(self, args: Json) -> list[Json]:
        """Long poll: an offset confirms all before it; a newer poller ends an older one."""
        offset = int(args.get("offset", 0))
        for number in [number for number in self._updates if number < offset]:
            del self._updates[number]
            self.confirmed.add(number)
        self._poll += 1
        patience = min(self.longest_poll, float(args.get("timeout", 0)))
        mine, until = self._poll, time.monotonic() + patience
        while not self._updates and time.monotonic() < until:
            async with self._changed:
                self._changed.notify_all()
                try:
                    async with asyncio.timeout(min(0.2, until - time.monotonic())):
                        await self._changed.wait()
                except TimeoutError:
                    pass
            if mine != self._poll:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return [self._updates[number] for number in sorted(self._updates)][: int(args.get("limit", 100))]

    async def _do_sendmessage(self, args: Json) -> Json:
        _check_length(args["text"], 4096)
        return self._accepted(self._sent(args, text=args["text"]))

    async def _do_sendphoto(self, args: Json) -> Json:
        _check_length(args.get("caption", ""), 1024)
        _check_sides(args["photo"], "{}")
        photo, caption = [self._file(args["photo"])], args.get("caption", "")
        return self._accepted(self._sent(args, photo=photo, caption=caption))

    async def _do_sendmediagroup(self, args: Json) -> list[Json]:
        album = json.loads(args["media"])
        photos = [args[media["media"].removeprefix("attach://")] for media in album]
        for place, photo in enumerate(photos, start=1):
            _check_sides(photo, f'failed to send message #{place} with the error message "{{}}"')
        sent = []
        for place, (media, photo) in enumerate(zip(album, photos, strict=True)):
            caption = media.get("caption", "") if place == 0 else ""
            sent.append(self._sent(args, photo=[self._file(photo)], caption=caption))
        self._accepted(sent[0])
        return sent

    async def _do_editmessagetext(self, args: Json) -> Json:
        return self._edited(args, "text")

    async def _do_editmessagecaption(self, args: Json) -> Json:
        return self._edited(args, "caption")

    async def _do_editmessagemedia(self, args: Json) -> Json:
        media = json.loads(args["media"])
        message = self._group(args).messages[int(args["message_id"])]
        message["photo"] = [self._file(args[media["media"].removeprefix("attach://")])]
        return self._edited(args | {"caption": media.get("caption", "")}, "caption")

    async def _do_setmessagereaction(self, args: Json) -> bool:
        group = self._group(args)
        number = int(args["message_id"])
        if number not in group.messages:
            raise Refusal(400, "Bad Request: message to react not found")
        group.reactions[number] = [one["emoji"] for one in json.loads(args["reaction"])]
        return True

    async def _do_answercallbackquery(self, args: Json) -> bool:
        self.answers.append((args["callback_query_id"], args.get("text", "")))
        return True

    async def _do_getfile(self, args: Json) -> Json:
        file_id = args["file_id"]
        if file_id not in self._files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self._files[file_id])
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_size": size,
            "file_path": f"photos/{file_id}.jpg",
        }

    async def _do_getchatadministrators(self, args: Json) -> list[Json]:
        rights = dict.fromkeys(
            (
                "can_be_edited",
                "is_anonymous",
                "can_manage_chat",
                "can_delete_messages",
                "can_change_info",
                "can_manage_video_chats",
                "can_restrict_members",
                "can_promote_members",
                "can_invite_users",
                "can_post_stories",
                "can_edit_stories",
                "can_delete_stories",
            ),
            False,
        )
        return [
            {"status": "administrator", "user": self._user(number), **rights}
            for number in self._group(args).administrators
        ]

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(time.time() + self.clock_ahead, usegmt=True)

    async def _download(self, request: web.Request) -> web.Response:
        file_id = request.match_info["path"].removeprefix("photos/").removesuffix(".jpg")
        if file_id not in self._files:
            raise web.HTTPNotFound
        return web.Response(body=self._files[file_id])

    async def _tell(self, update: Json) -> None:
        number = self._next_update
        self._next_update += 1
        async with self._changed:
            self._updates[number] = {"update_id": number, **update}
            self._changed.notify_all()

    def _message(self, group: Group, sender: Json, at: int | None = None) -> Json:
        number = group.next_message
        group.next_message += 1
        message = {"message_id": number, "date": at or int(time.time()), "chat": group.chat, "from": sender}
        self._sequence += 1
        message["sequence"] = self._sequence  # not Telegram's: the order across its chats
        group.messages[number] = message
        return message

    def _sent(self, args: Json, **fields: Any) -> Json:
        group = self._group(args)
        message = {name: value for name, value in fields.items() if value}
        if "reply_parameters" in args:
            reply = json.loads(args["reply_parameters"])
            original = group.messages.get(reply["message_id"])
            if original is None and not reply.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
            if original is not None:
                message["reply_to_message"] = original
        if "reply_markup" in args:
            message["reply_markup"] = _keyboard(args["reply_markup"])
        return self._message(group, self._bot()) | self._kept(group, message)

    def _accepted(self, message: Json) -> Json:
        text = message.get("text") or message.get("caption", "")
        self.accepted.append((message["chat"]["id"], message["message_id"], text))
        return message

    def _kept(self, group: Group, fields: Json) -> Json:
        kept = group.messages[group.next_message - 1]
        kept |= fields
        return kept

    def _edited(self, args: Json, field_name: str) -> Json:
        group = self._group(args)
        message = group.messages.get(int(args["message_id"]))
        if message is None or not message["from"]["is_bot"]:
            raise Refusal(400, "Bad Request: message to edit not found")
        markup = _keyboard(args["reply_markup"]) if "reply_markup" in args else None
        if message.get(field_name) == args[field_name] and message.get("reply_markup") == markup:
            raise Refusal(400, "Bad Request: message is not modified")
        message[field_name] = args[field_name]
        message["edit_date"] = int(time.time())
        message.pop("reply_markup", None)
        if markup:
            message["reply_markup"] = markup
        return message

    def _group(self, args: Json) -> Group:
        group = self.groups.get(int(args["chat_id"]))
        if group is None:
            raise Refusal(400, "Bad Request: chat not found")
        if group.moved_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=group.moved_to,
            )
        return group

    def _file(self, data: bytes, side: int = 0) -> Json:
        file_id = f"file{len(self._files)}"
        self._files[file_id] = data
        size: Json = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data)}
        return size | ({"width": side, "height": side} if side else {"width": 800, "height": 600})

    def file(self, file_id: str) -> bytes:
        return self._files[file_id]

    def person_id(self, name: str) -> int:
        """A person's number, the same for the same name."""
        for number, known in self._people.items():
            if known == name:
                return number
        number = 500 + len(self._people)
        self._people[number] = name
        return number

    def _person(self, name: str) -> Json:
        return self._user(self.person_id(name))

    def _user(self, number: int) -> Json:
        return {"id": number, "is_bot": False, "first_name": self._people.get(number, str(number))}

    def _bot(self) -> Json:
        return {"id": 123456, "is_bot": True, "first_name": "Công ích", "username": "congich_bot"}


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return dict(await request.json())
    if request.content_type == "multipart/form-data" or request.content_type.endswith("urlencoded"):
        form = await request.post()
        return {
            name: value.file.read() if isinstance(value, web.FileField) else value
            for name, value in form.items()
        }
    return {}


def _check_length(text: str, limit: int) -> None:
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise Refusal(400, "Bad Request: message is too long")


def _check_sides(photo: bytes, words: str) -> None:
    """Whether Telegram takes a photo of this form; one that is none, as tests send, passes."""
    with suppress(UnidentifiedImageError), Image.open(io.BytesIO(photo)) as picture:
        if sum(picture.size) > 10_000 or max(picture.size) > 20 * min(picture.size):
            raise Refusal(400, f"Bad Request: {words.format('PHOTO_INVALID_DIMENSIONS')}")


def _keyboard(markup: str) -> Json:
    keyboard: Json = json.loads(markup)
    for row in keyboard["inline_keyboard"]:
        for button in row:
            if len(button["callback_data"].encode()) > 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return keyboard
