"""Group chats of a Zalo Official Account (GMF), by Zalo's OpenAPI.

| hears      | edits | buttons | reactions | upload                 | reply       | names                |
| everything | no    | no      | no        | yes, 1 MB; by address  | heard only  | from the member list |

The account hears only groups that it created. What is told by the webhook and what by the group's history
has the same inbox keys: gaps are filled, repeats are absorbed. `docs/zalo.md` tells what was not tried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from bot.platforms import zalo_oa_events as events
from bot.platforms.media import Media
from bot.platforms.zalo_oa_api import ZaloOaApi
from bot.platforms.zalo_oa_history import GapFiller
from bot.platforms.zalo_oa_people import People
from bot.platforms.zalo_oa_tokens import Tokens
from handlers.events import Event, MessagePosted, Photo
from handlers.lengths import cut, utf16_length
from handlers.ports import (
    Abilities,
    Commit,
    DeliveryError,
    FetchError,
    JsonObject,
    NotSent,
    Outgoing,
    Receipt,
    Refused,
)
from handlers.posts import Post
from storage.pictures import BadPicture

NAME = "zalo_oa"
TEXT_LIMIT = (
    2000  # UTF-16 units, counted the careful way: Zalo documents 2000 for 1-1 and for a photo's words
)
PHOTO_LIMIT = 1_000_000  # bytes; Zalo: "1 MB"
SECONDS, PHOTO_SECONDS = 25.0, 30.0  # for an answer; a photo was uploaded in the time before
CATCH_UP = 600.0  # seconds between looks into the history where a webhook tells of messages
LOOK = (
    10.0  # where nothing does: six calls a minute and group, of the hundred that the smallest package allows
)
NAME_AGAIN = 60.0  # until the account is asked for its name once more, where it did not tell
_PLACE = "#congich="  # after a photo's address: where it was posted, to find it again when it has expired

log = structlog.get_logger(__name__)

Offer = Callable[[bytes], Awaitable[str | None]]
Fit = Callable[[bytes, int], Awaitable[bytes]]
Sleep = Callable[[float], Awaitable[None]]


class ZaloOa:
    """One account and the groups that congich sits in."""

    name = NAME
    source = NAME

    def __init__(
        self,
        api: ZaloOaApi,
        tokens: Tokens,
        people: People,
        history: GapFiller,
        *,
        groups: Sequence[str],
        media: Media,
        offer: Offer,
        fit: Fit,
        between_looks: float = CATCH_UP,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`offer`: an address for a picture; `fit`: the picture within so many bytes."""
        self.abilities = Abilities(
            hears_everything=True,
            edits=False,
            buttons=False,
            reactions=False,
            text_limit=TEXT_LIMIT,
            caption_limit=TEXT_LIMIT,
            posts_per_minute=20,
            tells_repeats=False,
            album_buttons=False,
            albums=False,
        )
        self.people = people
        self.offer = offer
        self._api = api
        self._tokens = tokens
        self._history = history
        self._groups = tuple(groups)
        self._media = media
        self._fit = fit
        self._between_looks = between_looks
        self._sleep = sleep
        self._own_name = ""

    async def receive(self, commit: Commit) -> None:
        """Keep the tokens, the names and the groups' history up to date until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tokens.keep_fresh())
            tasks.create_task(self._keep_introducing())
            tasks.create_task(self.people.keep_reading())
            tasks.create_task(self._catch_up(commit))

    def parse(self, payload: JsonObject) -> Event | None:
        event = events.parse(payload, self.people.names, self.people.titles)
        if not isinstance(event, MessagePosted):
            return event
        named = bool(self._own_name) and f"@{self._own_name}".casefold() in event.text.casefold()
        place = f"{_PLACE}{event.chat}/{event.id}"
        return replace(
            event,
            to_bot=named or event.private,
            photos=tuple(Photo(photo.ref + place, photo.size) for photo in event.photos),
        )

    def heard(self, payload: JsonObject) -> None:
        """An event was kept: whoever is new in it gets a name."""
        wanted = events.wants_names(payload)
        if wanted is not None:
            self.people.want(*wanted)

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        content = outgoing.content
        if not isinstance(content, Post):
            raise Refused("Zalo's group chats can neither be edited nor reacted to")
        text = words(content)
        message: JsonObject = {"text": text} if text else {}
        picture = await self._picture(outgoing.pictures[0]) if outgoing.pictures else None
        if picture is not None:
            message["attachment"] = _attached(picture)
        found = await self._send(outgoing.chat, message, content.reply_to)
        return Receipt(found, has_pictures=picture is not None)

    async def fetch(self, ref: str, limit: int) -> bytes:
        """A photo; one whose address has expired is asked for anew where it was posted."""
        address, _, place = ref.partition(_PLACE)
        try:
            return await self._media.fetch(address, limit)
        except FetchError as error:
            group, _, message = place.rpartition("/")
            again = await self._history.photo(group, message) if error.permanent and group else None
            if again is None or again == address:
                raise
            return await self._media.fetch(again, limit)

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> str | None:
        return None

    async def close(self) -> None:
        await self._api.close()
        await self._media.close()

    async def introduce(self) -> None:
        """Learn our own name, which stands before what is said to us, and who is in the groups."""
        await self._learn_own_name()
        for group in self._groups:
            await self.people.read(group)

    async def _keep_introducing(self) -> None:
        """Nobody who speaks to us is understood before the name is known: it is asked for until it is."""
        await self.introduce()
        while not self._own_name:
            await self._sleep(NAME_AGAIN)
            await self._learn_own_name()

    async def _learn_own_name(self) -> None:
        try:
            self._own_name = str((await self._api.account()).get("name") or "") or self._own_name
        except DeliveryError as error:
            log.warning("the account is not known", action="zalo_oa.no_account", error=str(error))

    async def _catch_up(self, commit: Commit) -> None:
        """Read what the groups said that was not told; what fails now is read at the next look."""
        while True:
            for group in self._groups:
                try:
                    found = await self._history.fill(group, commit)
                except DeliveryError as error:
                    log.warning(
                        "history not read", action="zalo_oa.no_history", group=group, error=str(error)
                    )
                except Exception:
                    log.exception("history not stored", action="zalo_oa.not_stored", group=group)
                else:
                    if found:
                        log.info("history read", action="zalo_oa.history", group=group, count=found)
            await self._sleep(self._between_looks)

    async def _picture(self, picture: bytes) -> JsonObject | None:
        """A photo as Zalo takes it: uploaded, or by its address where no upload is allowed; None for neither.

        Raises NotSent where it may succeed later and there is no address.
        """
        try:
            small = await self._fit(picture, PHOTO_LIMIT)
        except BadPicture as error:
            log.warning("a photo can't be made small", action="zalo_oa.not_small", error=str(error))
            return None
        except OSError as error:
            raise NotSent(f"a photo can't be made small now ({error.strerror})") from None
        try:
            return {"attachment_id": await self._api.upload(small)}
        except (Refused, NotSent) as error:
            log.warning("a photo was not uploaded", action="zalo_oa.not_uploaded", error=str(error))
            address = await self.offer(small)
            if address is None and isinstance(error, NotSent):
                raise
        return {"url": address} if address else None

    async def _send(self, chat: str, message: JsonObject, reply_to: str | None) -> str | None:
        """The new message's id; None where Zalo took it and told none."""
        if chat.startswith(events.USER):
            path, recipient = "/v3.0/oa/message/cs", {"user_id": chat.removeprefix(events.USER)}
            message = message | ({"quote_message_id": reply_to} if reply_to else {})
        else:
            path, recipient = "/v3.0/oa/group/message", {"group_id": chat}
        body = {"recipient": recipient, "message": message}
        found = await self._api.post(path, body, PHOTO_SECONDS if "attachment" in message else SECONDS)
        number = found.get("message_id")
        return str(number) if number else None


def words(post: Post) -> str:
    """A post's words, those it calls by their ids; no word of a member's can call anybody.

    From the last name backwards: one that ends another's would else be found within it. Where that is too
    long by now, the words before the names are cut.
    """
    guarded = post.text.replace("[@", "[ @")
    left, done = guarded, ""
    for call in reversed(post.calls):
        before, name, after = left.rpartition(call.name)
        if name:
            left, done = before, f"[@{call.id}]{after}{done}"
    room = TEXT_LIMIT - utf16_length(done)
    return cut(left, room) + done if room > TEXT_LIMIT // 2 else cut(guarded, TEXT_LIMIT)


def _attached(picture: JsonObject) -> JsonObject:
    element = {"media_type": "image", **picture}
    return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
