"""Installations to examine, and what was found in them."""

import ssl
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot import clock
from bot import config as configuration
from bot.doctor.case import Case
from bot.doctor.findings import Finding, Level
from tests.fakes.telegram import FakeTelegram

GROUPS = [
    {"platform": "telegram", "id": "-1001000", "role": "community"},
    {"platform": "telegram", "id": "-1002000", "role": "moderation"},
]


def case(
    data: Path, environ: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None, **sections: Any
) -> Case:
    """An installation whose data lie in a folder; `sections` are those of its file."""
    settings = configuration.parse({"data_dir": str(data), **sections})
    trusted = tls or ssl.create_default_context()
    return Case(settings, environ or {}, clock.real, time.monotonic, trusted)


def on_telegram(data: Path, server: FakeTelegram, token: str = "", **sections: Any) -> Case:
    """With a community and a moderators' room on Telegram, which the server has too."""
    server.group("Công ích đô thị", -1001000)
    server.group("Điều hành", -1002000)
    settings = {"enabled": True, "api_root": server.root} | sections.pop("telegram", {})
    given = {"CONGICH_TELEGRAM_TOKEN": token or server.token, **sections.pop("environ", {})}
    return case(data, given, **{"telegram": settings, "chats": GROUPS} | sections)


def codes(findings: Iterable[Finding], level: Level | None = None) -> set[str]:
    """The codes that were found, all or of one level."""
    return {one.code for one in findings if level in (None, one.level)}


def judged(findings: Iterable[Finding]) -> dict[str, str]:
    """What each code came to, the worst where there are several."""
    ranks = list(Level)
    worst: dict[str, Level] = {}
    for one in findings:
        worst[one.code] = min(worst.get(one.code, Level.OK), one.level, key=ranks.index)
    return {code: level.value for code, level in worst.items()}
