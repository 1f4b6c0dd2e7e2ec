"""A mark on what we tell other systems, by which our own words are known when they come back as news.

[congich:PA1042-3fa9c1d2]   a ticket's code, and first letters of an HMAC-SHA256 that only this city makes
"""

import hmac
import re
from hashlib import sha256

from handlers.seals import Seal

_LETTERS = 8
_MARK = re.compile(r"\[congich:([A-Z]{2,6}\d{1,12})-([0-9a-f]{8})\]")


def mark(seal: Seal, code: str) -> str:
    """What stands under a ticket's words when they leave for another system."""
    return f"[congich:{code}-{_mac(seal, code)}]"


def code_in(seal: Seal, text: str) -> str | None:
    """The code of the ticket that a text is about because it is ours; None for everybody else's words."""
    for code, mac in _MARK.findall(text):
        if hmac.compare_digest(mac, _mac(seal, code)):
            return str(code)
    return None


def _mac(seal: Seal, code: str) -> str:
    return hmac.digest(seal.key, f"loop|{code}".encode(), sha256).hex()[:_LETTERS]
