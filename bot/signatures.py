"""Signed calls between systems, in the Standard Webhooks format (its specification, version 1).

`webhook-id` names the message and is the same at every attempt, `webhook-timestamp` is its moment in
seconds, `webhook-signature` is HMAC-SHA256 over `id.timestamp.body`. Both ends share a `whsec_…` secret.
What is too old is said by the library's own clock, which can't be handed in.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from standardwebhooks import Webhook, WebhookVerificationError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
SHORTEST = 24  # bytes; the specification asks for 24 to 64
_PLAIN = ":@!$+~"  # what stays itself in a name, beside letters and digits


class BadSecret(ValueError):
    """A secret that can't sign; the text holds none of it."""


class NotSigned(Exception):
    """A call whose signature is missing, wrong or too old."""


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
            raise NotSigned("the signature is missing, wrong or older than five minutes") from None
        return given[ID]
