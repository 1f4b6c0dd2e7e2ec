"""Addresses of exports: what is asked for stands in the address itself, signed, for a day.

/exports/<base64url of JSON>.<HMAC-SHA256>/phieu.xlsx      nothing is kept; whoever has it can read it
"""

import binascii
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from handlers.exports import Format, Names
from handlers.listing import from_json, to_json
from handlers.seals import BrokenSeal, ExpiredSeal
from storage.lists import Filter

LIFETIME = timedelta(hours=24)
NAME = "phieu"
_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """An export that somebody asked for, in their language."""

    kind: Format
    wanted: Filter
    language: str
    names: Names = Names.PSEUDONYMS


def path(key: bytes, asked: ExportRequest, now: datetime) -> str:
    """The path of an address that is good from now on for LIFETIME."""
    until = int((now + LIFETIME).timestamp())
    said = {"filter": to_json(asked.wanted), "language": asked.language, "until": until}
    said |= {"names": asked.names}
    token = urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"/exports/{token}.{_mac(key, token, asked.kind)}/{NAME}.{asked.kind}"


def read(key: bytes, token: str, mac: str, kind: Format, now: datetime) -> ExportRequest:
    """What an address asks for. Raises BrokenSeal, ExpiredSeal."""
    if not hmac.compare_digest(mac.encode(), _mac(key, token, kind).encode()):
        raise BrokenSeal
    try:
        said = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        until, wanted = datetime.fromtimestamp(said["until"], UTC), from_json(said["filter"])
        names = Names(said.get("names", Names.PSEUDONYMS))
    except (binascii.Error, KeyError, TypeError, ValueError):
        raise BrokenSeal from None
    if now > until:
        raise ExpiredSeal
    return ExportRequest(kind, wanted, said["language"], names)


def _mac(key: bytes, token: str, kind: Format) -> str:
    return hmac.digest(key, f"export|{kind}|{token}".encode(), sha256)[:_MAC_BYTES].hex()
