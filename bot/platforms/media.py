"""Photos from addresses that somebody else named: limited in size, type and time, and never from inside.

No redirect is followed, and no address of this machine or its network is asked, whatever name leads there.
"""

import ipaddress
import socket
from collections.abc import Collection

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.platforms.statuses import COME_BACK
from handlers.ports import FetchError

TIMEOUT = 30.0  # seconds for a whole photo
CHUNK = 65_536
TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
_EVERYBODYS = ipaddress.IPv6Network("2000::/3")  # RFC 4291: all that is routed between networks
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Media:
    """Fetches photos by their addresses."""

    def __init__(self, trusted: Collection[str] = (), resolver: AbstractResolver | None = None) -> None:
        """`trusted`: hosts of the operator's own that may lie inside, such as a gateway beside the bot;
        `resolver`: what names are asked of, the machine's own where none is given."""
        self._trusted = frozenset(trusted)
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, address: str, limit: int) -> bytes:
        """The photo's bytes, at most `limit`. Raises FetchError."""
        check(address, self._trusted)
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=Outside(self._trusted, self._resolver))
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        try:
            async with self._session.get(
                address, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=TIMEOUT)
            ) as response:
                _check_answer(response)
                return await _read(response, limit)
        except aiohttp.InvalidURL:
            raise FetchError("the photo's address is no address", permanent=True) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            inside = isinstance(error.__cause__, Inside) or isinstance(error, Inside)
            raise FetchError(f"the photo did not come ({type(error).__name__})", permanent=inside) from None

    async def close(self) -> None:
        """Give back connections."""
        if self._session is not None:
            await self._session.close()


class Inside(OSError):
    """A name that leads to this machine or its network."""


class Outside(AbstractResolver):
    """Resolves names, and leaves out what lies inside; asked at every connection, so no answer can change."""

    def __init__(self, trusted: frozenset[str], inner: AbstractResolver | None = None) -> None:
        self._trusted = trusted
        self._inner = inner  # else made where a loop runs

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self._inner = self._inner or aiohttp.ThreadedResolver()
        found = await self._inner.resolve(host, port, family)
        outside = [one for one in found if host in self._trusted or is_outside(one["host"])]
        if not outside:
            raise Inside("the address lies inside")
        return outside

    async def close(self) -> None:
        if self._inner is not None:
            await self._inner.close()


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public network's."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        within = _within(found)
        return is_outside(str(within)) if within is not None else found in _EVERYBODYS and found.is_global
    return found.is_global and not found.is_multicast


def _within(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, 6to4, or through a NAT64 gateway (RFC 6052)."""
    if found in _NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour


def check(address: str, trusted: frozenset[str]) -> None:
    """Refuse what is no web address, or names an address of the inside outright. Raises FetchError."""
    try:
        parts = URL(address)  # read as aiohttp reads it, which knows "①②⑦.⓪.⓪.①" for an address of digits
        host = parts.raw_host or ""
    except ValueError:
        raise FetchError("the photo's address is no address", permanent=True) from None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError("the photo's address is no web address", permanent=True)
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return
    if host not in trusted and not is_outside(host):
        raise FetchError("the photo's address lies inside", permanent=True)


def _check_answer(response: aiohttp.ClientResponse) -> None:
    if response.status != 200:
        gone = 300 <= response.status < 500 and response.status not in COME_BACK
        raise FetchError(f"the photo's host answers {response.status}", permanent=gone)
    if not response.content_type.startswith(TYPES):
        raise FetchError(f"what came is {response.content_type}, no photo", permanent=True)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
    data = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > limit:
            raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
    return bytes(data)
