"""Log lines with a stable `action` and fields; no secret gets into one."""

import logging
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.terminal import plain

if TYPE_CHECKING:  # what reads a configuration takes most of a start
    from bot.sections import LogSection

_TOKEN = re.compile(
    r"\d{5,}(?::|%3A)[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=]{20,}"
    r"|(?<=/sign-in/)[\w%-]+|(?<=/exports/)[\w%.-]+|(?<=Bearer )\S+"
)
_QUIET = (
    "httpx",
    "httpcore",
    "telegram",
    "apscheduler",
    "aiosqlite",
    "asyncio",
    "aiohttp",
    "alembic",
    "filelock",
    "PIL",
)


def redact(text: str) -> str:
    """A text without what looks like a bot's token, a secret, or the part of a link that signs it."""
    return _TOKEN.sub("***", text)


def _redact_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: plain(redact(value)) if isinstance(value, str) else value for key, value in event.items()}


Said = Callable[[str, str], None]  # an action, a level


def _counted(said: Said) -> Processor:
    """Tells of each line that is written what it is about."""

    def count(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        said(str(event.get("action", "other")), str(event.get("level", "")))
        return event

    return count


def as_said(section: "LogSection", said: Said | None = None) -> None:
    """Set logging up as a configuration says, on the error stream; `said` is told of each line."""
    configure(section.level, as_json=section.as_json, stream=sys.stderr, said=said)


def configure(level: str, *, as_json: bool, stream: TextIO = sys.stderr, said: Said | None = None) -> None:
    """Set logging up, once, for the whole process; other libraries' lines go the same way."""
    number = logging.getLevelNamesMapping()[level.upper()]
    before = _before(said)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_handler(stream, before, as_json=as_json)]
    root.setLevel(number)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    # Some answers are read raw on purpose: a typed one fails whole when one part of it is malformed.
    warnings.filterwarnings("ignore", message=r"Please use 'Bot\.get")
    warnings.filterwarnings("ignore", message=".*attribute `retry_after` will be of type")


def _before(said: Said | None) -> list[Processor]:
    """What is made of a line before it is written, ours or a library's."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_values,
        *([_counted(said)] if said else []),
    ]


def _handler(stream: TextIO, before: Sequence[Processor], *, as_json: bool) -> logging.Handler:
    """Writes lines as JSON, or for people."""
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_values, last],
        )
    )
    return handler
