"""The Official Account's API: each call with a token, renewed once where Zalo takes it no more.

Zalo answers 200 with an `error` of its own in the body; what each means to a delivery is decided here
(codes: Zalo's error page; `docs/zalo.md` has the ones that an operator meets).
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from bot.platforms.calls import TIMEOUT, ApiAnswer, Calls
from bot.platforms.zalo_oa_tokens import Tokens
from handlers.ports import Ambiguous, DeliveryError, JsonObject, NotSent, PlatformDown, Refused

PAGE = 10  # items asked for at once; Zalo documents no larger page for a group's history
MEMBERS_PAGE = 50
MOST_PAGES = 200
RATE_WAIT = timedelta(seconds=60)  # Zalo counts calls by the minute
QUOTA_WAIT = timedelta(hours=1)
_LISTED = ("items", "messages", "conversation", "data")  # Zalo's page does not say how it is called
_TOKEN = (-216, -220)
_RATE, _QUOTA = (-32,), (-210, -211)
_NOT_YET = (-100, -200)  # an upload that went stale, a send that failed: the next try is a new one
_ACCOUNT = (-204, -205, -209, -221)


class ZaloOaApi:
    """Calls of one account."""

    def __init__(self, root: str, tokens: Tokens, calls: Calls) -> None:
        self._root = root.rstrip("/")
        self._tokens = tokens
        self._calls = calls

    async def get(self, path: str, **params: object) -> JsonObject:
        """What a question is answered with. Raises DeliveryError."""
        asked = {name: str(value) for name, value in params.items()}

        async def ask(headers: Mapping[str, str]) -> ApiAnswer:
            return await self._calls.get(self._root + path, params=asked, headers=headers)

        return await self._with_token(ask)

    async def post(self, path: str, body: JsonObject, seconds: float = TIMEOUT) -> JsonObject:
        """What a request is answered with. Raises DeliveryError."""

        async def ask(headers: Mapping[str, str]) -> ApiAnswer:
            return await self._calls.post(self._root + path, body=body, headers=headers, seconds=seconds)

        return await self._with_token(ask)

    async def upload(self, jpeg: bytes) -> str:
        """The id of a photo, for a week. Raises DeliveryError; nothing was sent to anybody then."""

        async def ask(headers: Mapping[str, str]) -> ApiAnswer:
            form = aiohttp.FormData()
            form.add_field("file", jpeg, filename="photo.jpg", content_type="image/jpeg")
            return await self._calls.post(self._root + "/v2.0/oa/upload/image", form=form, headers=headers)

        try:
            found = (await self._with_token(ask)).get("attachment_id")
        except Ambiguous as error:
            raise NotSent(str(error)) from None
        if not isinstance(found, str):
            raise NotSent("Zalo took a photo and told no id of it")
        return found

    async def history(self, group: str) -> AsyncIterator[list[JsonObject]]:
        """A group's messages, the newest first, a page at a time. Raises DeliveryError."""
        for page in range(MOST_PAGES):
            path = "/v3.0/oa/group/conversation"
            found = await self.get(path, group_id=group, offset=page * PAGE, count=PAGE)
            items = next((_objects(found[name]) for name in _LISTED if name in found), [])
            if items:
                yield items
            if len(items) < PAGE:
                return

    async def members(self, group: str) -> dict[str, str]:
        """The names of a group's people, by id. Raises DeliveryError."""
        names: dict[str, str] = {}
        for page in range(MOST_PAGES):
            path = "/v3.0/oa/group/listmember"
            found = await self.get(path, group_id=group, offset=page * MEMBERS_PAGE, count=MEMBERS_PAGE)
            each = _objects(found.get("members"))
            names |= {str(one["user_id"]): str(one.get("name") or "") for one in each if one.get("user_id")}
            if len(each) < MEMBERS_PAGE:
                break
        return names

    async def group(self, group: str) -> JsonObject:
        """What Zalo knows of a group: `group_info`, `asset_info`, `group_setting`. Raises DeliveryError."""
        return await self.get("/v3.0/oa/group/getgroup", group_id=group)

    async def user(self, person: str) -> JsonObject:
        """What Zalo knows of somebody who talks with the account. Raises DeliveryError."""
        return await self.get("/v3.0/oa/user/detail", data=json.dumps({"user_id": person}))

    async def groups(self) -> list[JsonObject]:
        """All groups of the account. Raises DeliveryError."""
        everything: list[JsonObject] = []
        for page in range(MOST_PAGES):
            found = await self.get("/v3.0/oa/group/getgroupsofoa", offset=page * PAGE, count=PAGE)
            each = _objects(found.get("groups"))
            everything += each
            if len(each) < PAGE:
                break
        return everything

    async def account(self) -> JsonObject:
        """What Zalo says of the account itself: its name, its package. Raises DeliveryError."""
        return await self.get("/v2.0/oa/getoa")

    async def assets(self) -> list[JsonObject]:
        """What was bought for groups: `asset_id`, `status`, `valid_through`. Raises DeliveryError."""
        answer = await self.post("/v3.0/oa/quota/group", {"quota_owner": "OA"})
        return _objects(answer.get("data", answer.get("assets")))

    async def close(self) -> None:
        """Give back connections."""
        await self._calls.close()

    async def _with_token(self, ask: Callable[[Mapping[str, str]], Awaitable[ApiAnswer]]) -> JsonObject:
        """Ask; where Zalo takes the token no more nothing has happened yet, so ask once again."""
        access = await self._tokens.access()
        answer = await ask({"access_token": access})
        if _code(answer) in _TOKEN:
            access = await self._tokens.renew(access)
            answer = await ask({"access_token": access})
        if _code(answer) == 0 and answer.body is not None:
            data = answer.body.get("data")
            return data if isinstance(data, dict) else {"data": data}
        raise outcome(answer)


def outcome(answer: ApiAnswer) -> DeliveryError:
    """What an answer that is no success says about its call."""
    code = _code(answer)
    if answer.status == 429:
        return NotSent("Zalo: too many calls", RATE_WAIT)
    if answer.body is None or code is None:
        return Ambiguous(f"something before Zalo answered {answer.status}")
    said = f"Zalo: {code} {str(answer.body.get('message', ''))[:200]}".strip()
    if code in _TOKEN:
        return PlatformDown(f"{said}, also with a new token", for_good=False)
    if code in _ACCOUNT:
        return PlatformDown(said, for_good=False)
    if code in _RATE:
        return NotSent(said, RATE_WAIT)
    if code in _QUOTA:
        return NotSent(said, QUOTA_WAIT)
    return NotSent(said) if code in _NOT_YET else Refused(said)


def _code(answer: ApiAnswer) -> int | None:
    """Zalo's own code; None where it told none."""
    told = (answer.body or {}).get("error")
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _objects(value: Any) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
