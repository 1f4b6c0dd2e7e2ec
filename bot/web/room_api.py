"""The built-in chat's API: rooms, posts, presses, and a stream of what changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp_sse import EventSourceResponse
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platforms.webchat import NAME, PRIVATE, NewPost, WebChat
from handlers.events import Person
from handlers.ports import JsonObject, NotSent
from storage import chats, members, room
from storage.database import Database
from storage.models import Chat, Member, RoomPost, row_id
from storage.pictures import BadPicture
from storage.states import ChatRole

STATIC = Path(__file__).parent / "static"
PAGE = 100
PHOTOS = 10
TEXT_LIMIT = 8000
ROLES = (ChatRole.COMMUNITY, ChatRole.MODERATION, ChatRole.DEPARTMENT)


def body_limit(photo_limit: int) -> int:
    """The most bytes that one request may have."""
    return PHOTOS * photo_limit + 1_000_000


class RoomApi:
    """Routes under /api for the page of the built-in chat."""

    def __init__(self, database: Database, chat: WebChat, *, title: str, photo_limit: int) -> None:
        self._database = database
        self._chat = chat
        self._title = title
        self._photo_limit = photo_limit

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.page),
            web.get("/api/state", self.state),
            web.get("/api/stream", self.stream),
            web.post("/api/posts", self.post),
            web.post("/api/posts/{post}/edit", self.edit),
            web.post("/api/press", self.press),
            web.post("/api/react", self.react),
        ]

    async def page(self, _: web.Request) -> web.FileResponse:
        """The chat itself."""
        return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    async def state(self, request: web.Request) -> web.Response:
        """Rooms, people, and the newest posts of one room."""
        async with self._database.read() as session:
            rooms = [one for role in ROLES for one in await chats.with_role(session, role)]
            rooms = [one for one in rooms if one.platform == NAME]
            people = await members.everyone(session, NAME)
            wanted = request.query.get("chat") or (rooms[0].external_id if rooms else "")
            before = request.query.get("before", "")
            posts = await room.latest(session, wanted, int(before) if before.isdecimal() else None, PAGE)
            quoted = await _quoted(session, wanted, posts)
            revision = await room.revision(session)
        roles = {person.external_id: person.role.value for person in people}
        return web.json_response(
            {
                "title": self._title,
                "language": rooms[0].language if rooms else "vi",
                "chats": [_chat_json(one, len(people)) for one in rooms],
                "members": [_member_json(person) for person in people],
                "chat": wanted,
                "posts": [_post_json(post, roles, quoted) for post in posts],
                "more": len(posts) == PAGE,
                "revision": revision,
            }
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """New and changed posts as they come; resumes after the last revision seen."""
        wanted = request.query.get("chat", "")
        last = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
        revision = int(last) if last.isdecimal() else 0
        queue = self._chat.feed.listen()
        response = EventSourceResponse()
        try:
            await response.prepare(request)
            async with response:
                await self._follow(response, queue, wanted, revision)
        except ConnectionResetError:
            pass  # the page is gone
        finally:
            self._chat.feed.leave(queue)
        return response

    async def _follow(
        self,
        response: EventSourceResponse,
        queue: asyncio.Queue[tuple[str, JsonObject]],
        wanted: str,
        revision: int,
    ) -> None:
        while response.is_connected():
            async for post in self._news(wanted, revision):
                revision = post["revision"]
                await response.send(json.dumps(post), event="post", id=str(revision))
            event, data = await queue.get()
            if event != "changed":
                await response.send(json.dumps(data), event=event)
            if event == "bye":
                return

    async def _news(self, wanted: str, revision: int) -> AsyncIterator[JsonObject]:
        async with self._database.read() as session:
            posts = await room.changed_since(session, wanted, revision, PAGE)
            quoted = await _quoted(session, wanted, posts)
            roles = {one.external_id: one.role.value for one in await members.everyone(session, NAME)}
        for post in posts:
            yield _post_json(post, roles, quoted)

    async def post(self, request: web.Request) -> web.Response:
        """A member posts words and photos."""
        form = await self._form(request)
        text = form.texts.get("text", "").strip()
        if not text and not form.photos:
            raise _refusal("Anh/chị nhập nội dung hoặc chọn hình.")
        if len(text) > TEXT_LIMIT:
            raise _refusal(f"Nội dung dài quá {TEXT_LIMIT} chữ.")
        author = await self._author(form.texts.get("member", ""), form.texts.get("chat", ""))
        new = NewPost(
            client_id=_client_id(form.texts.get("client_id")),
            chat=form.texts["chat"],
            author=author,
            text=text,
            photos=tuple(form.photos),
            reply_to=form.texts.get("reply_to") or None,
        )
        try:
            ids = await self._chat.post(new)
        except BadPicture as error:
            raise _refusal(f"Hình không đọc được ({error}). Anh/chị gửi hình khác giúp.") from None
        except NotSent:
            raise _refusal("Máy chủ đang khởi động, anh/chị thử lại.", web.HTTPServiceUnavailable) from None
        return web.json_response({"ids": ids}, status=201)

    async def edit(self, request: web.Request) -> web.Response:
        """A member changes an own post."""
        data = await _json(request)
        author = await self._author(_word(data, "member"), _word(data, "chat"))
        text = _word(data, "text").strip()
        if not text or len(text) > TEXT_LIMIT:
            raise _refusal("Anh/chị nhập nội dung.")
        if not await self._chat.edit(_word(data, "chat"), request.match_info["post"], author, text):
            raise _refusal("Chỉ sửa được bài của mình.", web.HTTPForbidden)
        return web.json_response({})

    async def press(self, request: web.Request) -> web.Response:
        """A member presses a button under a post of the bot."""
        data = await _json(request)
        chat, author = _word(data, "chat"), await self._author(_word(data, "member"), _word(data, "chat"))
        client_id = _client_id(data.get("client_id"))
        await self._chat.press(chat, _word(data, "post"), author, _word(data, "data")[:64], client_id)
        return web.json_response({}, status=202)

    async def react(self, request: web.Request) -> web.Response:
        """A member reacts to a post, or takes it back."""
        data = await _json(request)
        chat, author = _word(data, "chat"), await self._author(_word(data, "member"), _word(data, "chat"))
        emoji = _word(data, "emoji")[:8]
        client_id = _client_id(data.get("client_id"))
        if not await self._chat.react(chat, _word(data, "post"), author, emoji, client_id):
            raise _refusal("Không tìm thấy bài này.", web.HTTPNotFound)
        return web.json_response({}, status=202)

    async def _author(self, member: str, chat: str) -> Person:
        async with self._database.read() as session:
            found = await members.find(session, NAME, member)
            where = await chats.find(session, NAME, chat)
        if found is not None and where is None and chat == f"{PRIVATE}{member}":
            where = await self._own_room(found, chat)
        if found is None or where is None:
            raise _refusal("Anh/chị chọn tên và phòng trước khi gửi.")
        return Person(found.external_id, found.name or found.external_id)

    async def _own_room(self, member: Member, chat: str) -> Chat:
        """The room of one member and the bot, made when it is first used."""
        async with self._database.write() as session:
            made = await chats.ensure(session, NAME, chat, member.name, member.created_at)
            await chats.private(session, made, row_id(member))
        return made

    async def _form(self, request: web.Request) -> "_Form":
        if request.content_type != "multipart/form-data":
            raise _refusal("Biểu mẫu không hợp lệ.")
        form = _Form({}, [])
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise _refusal("Biểu mẫu không hợp lệ.")
            if part.name == "photo":
                form.photos.append(await _read(part, self._photo_limit))
            elif part.name:
                form.texts[part.name] = (await _read(part, TEXT_LIMIT * 4)).decode(errors="replace")
            if len(form.photos) > PHOTOS:
                raise _refusal(f"Mỗi lần gửi tối đa {PHOTOS} hình.")
        return form


class _Form:
    """A posted form: its words by name, and its photos."""

    def __init__(self, texts: dict[str, str], photos: list[bytes]) -> None:
        self.texts = texts
        self.photos = photos


async def _read(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(65_536):
        data += chunk
        if len(data) > limit:
            raise _refusal("Tập tin quá lớn.", web.HTTPBadRequest)
    return bytes(data)


async def _json(request: web.Request) -> JsonObject:
    try:
        data = await request.json()
    except ValueError:
        raise _refusal("Yêu cầu không hợp lệ.") from None
    if not isinstance(data, dict):
        raise _refusal("Yêu cầu không hợp lệ.")
    return data


def _word(data: JsonObject, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str | int):
        raise _refusal(f"Thiếu {name}.")
    return str(value)


def _client_id(value: object) -> str:
    if not isinstance(value, str) or not 8 <= len(value) <= 64:
        raise _refusal("Thiếu client_id (8 đến 64 ký tự).")
    return value


def _refusal(sentence: str, status: type[web.HTTPException] = web.HTTPBadRequest) -> web.HTTPException:
    body = json.dumps({"error": sentence}, ensure_ascii=False)
    return status(text=body, content_type="application/json")


def _chat_json(chat: Chat, people: int) -> JsonObject:
    return {"id": chat.external_id, "title": chat.title, "role": chat.role.value, "members": people}


def _member_json(member: Member) -> JsonObject:
    return {
        "id": member.external_id,
        "name": member.name or member.external_id,
        "role": member.role.value,
        "department": member.department,
    }


async def _quoted(session: AsyncSession, chat: str, posts: Sequence[RoomPost]) -> dict[str, RoomPost]:
    """The posts that these posts reply to, by id."""
    ids = {int(post.reply_to) for post in posts if post.reply_to and post.reply_to.isdecimal()}
    return {str(post_id): post for post_id, post in (await room.by_ids(session, chat, list(ids))).items()}


def _post_json(post: RoomPost, roles: dict[str, str], quoted: dict[str, RoomPost]) -> JsonObject:
    original = quoted.get(post.reply_to or "")
    return {
        "id": str(row_id(post)),
        "chat": post.chat,
        "author": {
            "id": post.author,
            "name": post.author_name,
            "role": roles.get(post.author, "member"),
            "bot": post.from_bot,
        },
        "text": post.text,
        "photos": [_photo_json(photo) for photo in post.photos],
        "reply_to": _quote_json(original) if original else None,
        "album": post.album,
        "at": post.at.isoformat(),
        "edited": post.edited,
        "buttons": post.buttons,
        "reactions": [{"emoji": emoji, "count": len(who)} for emoji, who in post.reactions.items()],
        "location": [post.latitude, post.longitude] if post.latitude is not None else None,
        "revision": post.revision,
        "client_id": None if post.from_bot else post.key,
    }


def _photo_json(photo: JsonObject) -> JsonObject:
    return {"url": f"/photos/{photo['hash']}", "width": photo["width"], "height": photo["height"]}


def _quote_json(post: RoomPost) -> JsonObject:
    return {"id": str(row_id(post)), "name": post.author_name, "text": post.text[:120]}
