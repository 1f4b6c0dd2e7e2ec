"""Signed calls between systems, in the Standard Webhooks format (its specification, version 1).

`webhook-id` names the message and is the same at every attempt, `webhook-timestamp` is its moment in
seconds, `webhook-signature` is HMAC-SHA256 over `id.timestamp.body`. Both ends share a `whsec_…` secret.
What is too old is said by the library's own clock, which can't be handed in.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from standardwebhooks import Webhook, WebhookVerificationError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
SHORTEST = 24  # bytes; the specification asks for 24 to 64
NOT_SIGNED = "the signature is missing, wrong or older than five minutes"
TOLERANCE = 300  # seconds between two clocks, as the library has it
_SHAPE = re.compile("v1,[A-Za-z0-9+/]{43}=")  # of the 32 bytes of a SHA-256
_PLAIN = ":@!$+~"  # what stays itself in a name, beside letters and digits


class BadSecret(ValueError):
    """A secret that can't sign; the text holds none of it."""


class NotSigned(Exception):
    """A call whose signature is missing, wrong or too old."""


def may_be_signed(headers: Mapping[str, str], now: float) -> bool:
    """Whether a call may turn out to be signed, by its headers alone; whoever means harm can write such, too.
    `now`: seconds since 1970."""
    name, moment, written = (headers.get(one, "") for one in (ID, TIMESTAMP, SIGNATURE))
    try:
        is_near = abs(float(moment) - now) <= TOLERANCE
    except ValueError:
        return False
    return bool(name) and is_near and any(_SHAPE.fullmatch(one) for one in written.split(" "))


class Signer:
    """Signs and checks with one secret."""

    def __init__(self, secret: str) -> None:
        """Raises BadSecret."""
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise BadSecret("the secret must be whsec_ and base64") from None
        if len(key) < SHORTEST:
            raise BadSecret(f"the secret must have at least {SHORTEST} bytes")
        self._webhook = Webhook(key)

    def sign(self, body: bytes, name: str, at: datetime) -> dict[str, str]:
        """The headers of a call; `at` is aware, UTC. A name that is no plain ASCII is percent-encoded."""
        name = quote(name, safe=_PLAIN)
        return {
            ID: name,
            TIMESTAMP: str(int(at.timestamp())),
            SIGNATURE: self._webhook.sign(name, at, body.decode()),
        }

    def check(self, body: bytes, headers: Mapping[str, str]) -> str:
        """The id of a call that is signed and not older than five minutes. Raises NotSigned."""
        given = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
        try:
            self._webhook.verify(body, given, json_parse=False)
        except (WebhookVerificationError, ValueError):  # a malformed signature or body is a ValueError
            raise NotSigned(NOT_SIGNED) from None
        return given[ID]
