"""Raw payloads as they can be read: some strings of JSON are no text that a database can keep."""

from typing import Any


def readable(value: Any) -> Any:
    """A value of JSON with NUL and halves of surrogate pairs replaced by U+FFFD in every string."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list):
        return [readable(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): readable(one) for name, one in value.items()}
    return value


def _clean(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
