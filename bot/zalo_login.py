"""What a login to an Official Account needs: a verifier (PKCE, RFC 7636), and what came back."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Consent:
    """The code that Zalo gave, good once and for ten minutes."""

    code: str


class BadConsent(ValueError):
    """What was pasted can't be used; the text says why and what to do."""


def challenge(verifier: str) -> str:
    """What the consent's address shows of the verifier: base64 of its SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def read(pasted: str, state: str) -> Consent:
    """The code in what an operator pasted: the code alone, or the whole address. Raises BadConsent."""
    words = pasted.strip()
    if not words:
        raise BadConsent("nothing was pasted: copy the whole address of the page that you were led to")
    if "://" not in words and "code=" not in words:
        return Consent(words)
    asked = parse_qs(urlsplit(words).query or words.partition("?")[2] or words)
    code, told = asked.get("code", [""])[0], asked.get("state", [""])[0]
    if not code:
        raise BadConsent(
            "that address holds no code: allow the app on Zalo's page first, then copy the address"
        )
    if told and told != state:
        raise BadConsent("that address belongs to another login: open the address above and begin anew")
    return Consent(code)
