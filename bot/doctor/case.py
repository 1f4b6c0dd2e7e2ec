"""What every examination is handed: the settings, the clocks, and which certificates are trusted."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.doctor.findings import Finding
from bot.sections import PLATFORMS, ChatSection
from handlers.ports import Clock


@dataclass(frozen=True, slots=True)
class Case:
    """One installation on this machine. `monotonic` gives seconds that never go back."""

    config: Config
    environ: Mapping[str, str]
    clock: Clock
    monotonic: Callable[[], float]
    tls: ssl.SSLContext

    @property
    def data(self) -> Path:
        return Path(self.config.data_dir).resolve()

    @property
    def platforms(self) -> tuple[str, ...]:
        """The names of those that are switched on."""
        return (*switched_on(self.config), *(bridge.name for bridge in self.config.bridges))

    def chats_on(self, platform: str) -> list[ChatSection]:
        """The configured groups of one platform."""
        return [chat for chat in self.config.chats if chat.platform == platform]


def switched_on(config: Config) -> dict[str, Any]:
    """The sections of congich's own platforms that are on, by the platform's name."""
    sections = {name: getattr(config, name) for name in PLATFORMS}
    return {name: section for name, section in sections.items() if section.enabled}


Examine = Callable[[Case], Awaitable[list[Finding]]]
"""Looks at one part; whatever it raises becomes a finding too (`checkup`)."""
