"""A name for somebody that tells nobody who it is: the same for one person as long as the city's key is.

Six letters of 32 are a thousand million names: among 10,000 people two have the same one in 5 cities of 100.
"""

import hmac
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

from storage.models import Member

PREFIX = "Người dân "  # in whatever language: it takes the place of a name
_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Made with a key of the city's own, without which nobody can try out who is behind one."""

    key: bytes

    def of(self, member: Member) -> str:
        """Such as "Người dân 4F7K2Q"."""
        who = f"pseudonym|{member.platform}:{member.external_id}".encode()
        return PREFIX + b32encode(hmac.digest(self.key, who, sha256))[:_LETTERS].decode()
