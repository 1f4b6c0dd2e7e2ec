"""Looks at an address from here. No address ends in an error's text: it may hold a token."""

import asyncio
import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.platforms import bodies

SECONDS = 8.0
BODY_LIMIT = 64 * 1024
_ERRORS = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


class Unreachable(Exception):
    """No answer came; the text says why, without the address."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: its status, the moment in its Date header, and its JSON where it is any."""

    status: int
    moment: datetime | None
    body: object

    @property
    def is_congichs(self) -> bool:
        """Whether our own health check answered."""
        return self.status == 200 and self.body == {"alive": True}


async def look(url: str, tls: ssl.SSLContext, seconds: float = SECONDS, *, origin: str = "") -> Seen:
    """GET, or POST nothing as a page of this origin would; without following anywhere. Raises Unreachable."""
    limits = aiohttp.ClientTimeout(total=seconds)
    method, headers = ("POST", {"Origin": origin}) if origin else ("GET", {})
    try:
        async with (
            aiohttp.ClientSession(timeout=limits, headers=headers) as session,
            session.request(method, url, ssl=tls, allow_redirects=False) as answer,
        ):
            content = await bodies.answered(answer, BODY_LIMIT)
            return Seen(answer.status, moment(answer.headers.get("Date", "")), _json(content))
    except _ERRORS as error:
        raise Unreachable(reason(error)) from None


async def certificate_end(host: str, port: int, tls: ssl.SSLContext, seconds: float = SECONDS) -> datetime:
    """Until when the certificate that is shown there is good. Raises Unreachable."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=tls)
            shown = writer.get_extra_info("peercert") or {}
            writer.close()
            return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown.get("notAfter", "")), UTC)
    except _ERRORS as error:
        raise Unreachable(reason(error)) from None


def reason(error: Exception) -> str:
    """Why no answer came, in words that help."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return reason(error.certificate_error)
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {error.verify_message}"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not known here"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return "nothing listens there"
        case TimeoutError():
            return "no answer came in time"
        case _:
            return f"no answer came ({type(error).__name__})"


def moment(header: str) -> datetime | None:
    """The moment in a Date header; None where there is none."""
    try:
        found = parsedate_to_datetime(header)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _json(content: bytes) -> object:
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found
