"""Secrets come from the environment or from a file that only its owner can read, and are never shown."""

import os
import re
import secrets
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.config import ConfigError
from storage import folders

TOKEN = re.compile(r"[0-9]+:[!-.0-~]+")  # of a messenger's bot: a number, a colon, the rest without a slash


class Secret:
    """A text that does not show itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"


def read_secret(name: str, file: str, environ: Mapping[str, str]) -> Secret | None:
    """The secret of a file, or else of an environment variable; None where neither is given.

    Raises ConfigError for a file that others can read, that is not there, no text, or empty.
    """
    if file:
        return Secret(_content(Path(file)))
    value = environ.get(name, "").strip()
    return Secret(value) if value else None


def needed(name: str, file: str, key: str, environ: Mapping[str, str]) -> Secret:
    """A secret without which nothing can begin; `key` names its setting. Raises ConfigError."""
    found = read_secret(name, file, environ)
    if found is None:
        raise ConfigError(f"{key} is empty and {name} is not set: give one of them")
    return found


def _content(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        content = path.read_text("utf-8-sig").strip()
    except OSError as error:
        raise ConfigError(f"the secret file {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"the secret file {path} is no UTF-8, such as a file of PowerShell's: write it anew"
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"others can read the secret file {path}: run 'chmod 600 {path}'")
    if not content:
        raise ConfigError(f"the secret file {path} is empty")
    return content


def kept_key(file: Path, name: str, environ: Mapping[str, str]) -> bytes:
    """A key of our own: from the environment, or made once and kept in a file that only we can read.

    Several processes on different machines must be given the same one. Raises ConfigError.
    """
    given = environ.get(name, "").strip()
    if given:
        return given.encode()
    if not file.exists():
        folders.make(file.parent)
        _make_key(file)
    return _content(file).encode()


def seal_key(data: Path, environ: Mapping[str, str]) -> bytes:
    """The city's key, kept in its data folder: of buttons, links and pseudonyms. Raises ConfigError."""
    return kept_key(data / "buttons.key", "CONGICH_BUTTONS_KEY", environ)


def _make_key(file: Path) -> None:
    """It is there whole or not at all, and of several processes that make it the first one's stays."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w") as made:
            made.write(secrets.token_hex(32))
            made.flush()
            os.fsync(made.fileno())
        with suppress(FileExistsError):
            os.link(temporary, file)
    finally:
        Path(temporary).unlink(missing_ok=True)
