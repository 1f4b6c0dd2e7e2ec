"""Texts of people and of ours on a page: escaped, with addresses and tickets to follow; long ones clipped."""

import re
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from handlers.outgoing import moment_seen

SHOWN = 280  # letters, before a text has to be opened
NAME = 60


@dataclass(frozen=True, slots=True)
class RoomTexts:
    """How texts and moments are shown; `prefix` is that of a ticket's code."""

    prefix: str
    now: datetime  # by the city's clock

    def when(self, at: datetime | None) -> str:
        """A moment, with its year only where it is not this one."""
        return moment_seen(self.now, self.now.tzinfo, at) if at else ""

    def linked(self, text: str) -> Markup:
        """A text of ours: its addresses and its tickets lead somewhere."""
        found = re.compile(rf"(?P<link>https?://[^\s<>\"]+)|#(?P<code>{re.escape(self.prefix)}\d{{1,9}})\b")
        parts, at = [], 0
        for one in found.finditer(text):
            parts += [escape(text[at : one.start()]), self._link(one)]
            at = one.end()
        return Markup("").join([*parts, escape(text[at:])])

    def _link(self, found: re.Match[str]) -> Markup:
        if found["link"]:
            return Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found["link"])
        return Markup('<a href="/room/tickets/{0}">#{0}</a>').format(found["code"])

    def name(self, name: str, otherwise: str) -> str:
        """What somebody calls themselves, as far as it is a name."""
        shown = name or otherwise
        return shown if len(shown) <= NAME else shown[:NAME] + "…"

    def is_long(self, text: str) -> bool:
        """Whether a text is shown by its beginning first."""
        return len(text) > SHOWN

    def beginning(self, text: str) -> str:
        """The beginning, at the end of a word where there is one."""
        cut = text[:SHOWN]
        return (cut.rsplit(None, 1)[0] if " " in cut[SHOWN // 2 :] else cut) + "…"
