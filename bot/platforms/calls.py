"""Calls to a messenger's HTTP API, and what became of them in the words of delivery.

No address and no header ends in an error's text: both may hold a token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from bot.payloads import readable
from bot.platforms import bodies
from bot.platforms.media import Inside
from handlers.ports import Ambiguous, JsonObject, NotSent, Refused

TIMEOUT = 30.0  # seconds
CONNECT_TIMEOUT = 10.0
BODY_LIMIT = 2 * 1024 * 1024
_LONGEST = timedelta(seconds=100_000)  # that we are told to wait
_NOTHING_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What came back; `body` None where it is no JSON object, `rows` its objects where it is a list."""

    status: int
    body: JsonObject | None
    retry_after: timedelta | None = None  # where it says so, in seconds or as a date
    rows: tuple[JsonObject, ...] = ()


class Calls:
    """One messenger's connections, opened at the first call."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        """`resolver`: where only some addresses may be called."""
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self,
        url: str,
        *,
        body: object = None,
        data: bytes | None = None,
        form: Mapping[str, str] | aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = TIMEOUT,
    ) -> ApiAnswer:
        """`body` as JSON, or `data` as it is, or a `form`. Raises NotSent where nothing left us, Ambiguous
        where no answer came, Refused for no address."""
        raw = form if form is not None else data
        sent: dict[str, Any] = {"data": raw} if raw is not None else {"json": body}
        return await self._call("POST", url, headers, seconds, sent)

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = TIMEOUT,
    ) -> ApiAnswer:
        """Ask for something, which changes nothing. Raises what `post` raises."""
        return await self._call("GET", url, headers, seconds, {"params": params})

    async def close(self) -> None:
        """Give back connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str] | None, seconds: float, sent: dict[str, Any]
    ) -> ApiAnswer:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=self._resolver) if self._resolver else None
            self._session = aiohttp.ClientSession(connector=connector)
        limits = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_TIMEOUT)
        try:
            async with self._session.request(
                method, url, headers=headers, timeout=limits, allow_redirects=False, **sent
            ) as response:
                found = _json(await bodies.answered(response, BODY_LIMIT))
                wait = later(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
                body = found if isinstance(found, dict) else None
                return ApiAnswer(response.status, body, wait, _rows(found))
        except _NOTHING_LEFT as error:
            if isinstance(error.__cause__, Inside):
                raise Refused("its address lies inside, and is not allowed") from None
            raise NotSent(f"it can't be reached ({type(error).__name__})") from None
        except (aiohttp.InvalidURL, ValueError):
            raise Refused("its address is no address") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Ambiguous(f"no answer came ({type(error).__name__})") from None


def later(told: str, said_at: str) -> timedelta | None:
    """How long to wait, a date by the clock of whoever says it; None for what is no time or too long."""
    if told.isdecimal():
        return timedelta(seconds=int(told)) if len(told) < 6 else None
    try:
        wait = parsedate_to_datetime(told) - parsedate_to_datetime(said_at)
    except (TypeError, ValueError, OverflowError):  # no date, or one without an offset
        return None
    return wait if timedelta(0) <= wait < _LONGEST else None


def _json(data: bytes) -> object:
    try:
        return readable(json.loads(data))
    except (ValueError, RecursionError):
        return None


def _rows(found: object) -> tuple[JsonObject, ...]:
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
