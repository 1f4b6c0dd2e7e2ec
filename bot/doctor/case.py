"""What every examination is handed: the settings, the clocks, and which certificates are trusted."""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import ChatSection, Config
from bot.doctor.findings import Finding
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
        settings = self.config
        on = {
            "telegram": settings.telegram.enabled,
            "zalo_bot": settings.zalo_bot.enabled,
            "webchat": settings.webchat.enabled,
        }
        return tuple(name for name, enabled in on.items() if enabled)

    def chats_on(self, platform: str) -> list[ChatSection]:
        """The configured groups of one platform."""
        return [chat for chat in self.config.chats if chat.platform == platform]


Examine = Callable[[Case], Awaitable[list[Finding]]]
"""Looks at one part; whatever it raises becomes a finding too (`checkup`)."""
