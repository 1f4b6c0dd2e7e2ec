"""Reads what the built-in chat's page sends, and says in one sentence what is wrong with it."""

import json
import re
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from bot.payloads import readable
from bot.platforms import bodies
from handlers.ports import JsonObject, Text

PHOTOS = 10
TEXT_LIMIT = 8000
FIELDS = 40  # of a form
JSON_LIMIT = 65_536  # bytes
_CHUNK = 65_536
# Never a key of our own posts, which have a colon, nor of an album's further photos, which have a slash.
_CLIENT_ID = re.compile("[A-Za-z0-9-]{8,64}")
# Flags are left out because they are spelled in letters, and so are the squared letters.
_SIGN = (
    "[\u231a\u231b\u23e9-\u23fa\u2600-\u2775\u2794-\u27bf\u2b50\u2b55"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f900-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]?"  # shown as a picture, or in a colour of skin
)
_EMOJI = re.compile(f"{_SIGN}(?:\u200d{_SIGN}){{0,3}}|[0-9#*]\ufe0f?\u20e3")


@dataclass(frozen=True, slots=True)
class Form:
    """A posted form: its words by name, and its photos."""

    texts: dict[str, str] = field(default_factory=dict)
    photos: list[bytes] = field(default_factory=list)


class PageReader:
    """Reads requests; `say` gives a text of ours by its key."""

    def __init__(self, say: Text, photo_limit: int) -> None:
        self._say = say
        self._photo_limit = photo_limit

    def refuse(
        self, key: str, status: type[web.HTTPException] = web.HTTPBadRequest, **values: object
    ) -> web.HTTPException:
        """What to raise: a sentence as JSON."""
        return refusal(self._say(key, **values), status)

    async def form(self, request: web.Request) -> Form:
        """Words and photos. Raises HTTPBadRequest."""
        if request.content_type != "multipart/form-data":
            raise self.refuse("webchat.broken")
        try:
            return await self._parts(request)
        except bodies.MALFORMED:  # no form at all; or a phone left the network in the middle of it
            raise self.refuse("webchat.broken") from None

    async def _parts(self, request: web.Request) -> Form:
        form, count = Form(), 0
        async for part in await request.multipart():
            count += 1
            if not isinstance(part, BodyPartReader) or count > FIELDS:
                raise self.refuse("webchat.broken")
            if part.name == "photo":
                form.photos.append(await self._part(part, self._photo_limit))
            else:
                words = await self._part(part, TEXT_LIMIT * 4)
                form.texts[part.name or ""] = readable(words.decode(errors="replace"))
            if len(form.photos) > PHOTOS:
                raise self.refuse("webchat.photos", count=PHOTOS)
        return form

    async def json(self, request: web.Request) -> JsonObject:
        """An object. Raises HTTPBadRequest."""
        try:
            data = readable(json.loads(await bodies.read(request, JSON_LIMIT)))
        except (ValueError, RecursionError):
            raise self.refuse("webchat.broken") from None
        if not isinstance(data, dict):
            raise self.refuse("webchat.broken")
        return data

    def word(self, data: JsonObject, name: str) -> str:
        """A value that must be there. Raises HTTPBadRequest."""
        value = data.get(name)
        if not isinstance(value, str | int):
            raise self.refuse("webchat.missing", name=name)
        return str(value)

    def client_id(self, value: object) -> str:
        """The page's own name for what it sends, by which a repeat is known. Raises HTTPBadRequest."""
        if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
            raise self.refuse("webchat.missing", name="client_id")
        return value

    def emoji(self, value: object) -> str:
        """What one reacts with: a picture, never words or numbers. Raises HTTPBadRequest."""
        if not isinstance(value, str) or not _EMOJI.fullmatch(value):
            raise self.refuse("webchat.missing", name="emoji")
        return value

    async def _part(self, part: BodyPartReader, limit: int) -> bytes:
        data = bytearray()
        while chunk := await part.read_chunk(_CHUNK):
            data += chunk
            if len(data) > limit:
                raise self.refuse("webchat.large")
        return bytes(data)


def refusal(sentence: str, status: type[web.HTTPException] = web.HTTPBadRequest) -> web.HTTPException:
    """An error that is one sentence, as JSON."""
    body = json.dumps({"error": sentence}, ensure_ascii=False)
    return status(text=body, content_type="application/json", headers=UNKEPT)


def answer(data: JsonObject, status: int = 200) -> web.Response:
    """JSON that no browser keeps."""
    return web.json_response(data, status=status, headers=UNKEPT)


UNKEPT = {"Cache-Control": "no-store"}
