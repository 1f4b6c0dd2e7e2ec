"""A seeded stream of attempts by people whom Zalo calls by the very ids and names that moderators have at
another messenger, in groups that have the ids of ours there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from bot.platforms import zalo_bot, zalo_bot_updates, zalo_oa, zalo_oa_events
from handlers.commands import COMMANDS
from tests.chaos.attempts import (
    CHIEF,
    FREE,
    GROUP,
    MEMBER,
    MODERATOR,
    NEIGHBOUR,
    OFFICER,
    ROOM,
    Attempt,
)
from tests.handlers.test_authority import words_for

_NAMES = {str(one): f"Người {one}" for one in (CHIEF, MODERATOR, OFFICER)}
_OWN_NAMES = ("Công ích",)


@dataclass(slots=True)
class Impostor:
    """Draws attempts."""

    luck: Random
    now: datetime
    _count: int = 0

    def one(self) -> Attempt:
        """Any attempt."""
        self._count += 1
        kinds = (self._to_bot, self._to_account, self._in_history, self._withdrawal)
        return self.luck.choice(kinds)()

    def _to_bot(self) -> Attempt:
        text, action = self._command()
        who, alone = self._who(), self.luck.random() < 0.3
        chat = who if alone else self._chat()
        kind = zalo_bot_updates.PRIVATE if alone else zalo_bot_updates.GROUP
        message = {
            "message_id": f"m{self._count}",
            "date": self._moment(),
            "chat": {"id": chat, "chat_type": kind},
            "from": {"id": who, "display_name": "Hà"},
            "text": self.luck.choice(("", "@Công ích ")) + text,
        }
        event = zalo_bot_updates.parse({"result": {"message": message}}, _OWN_NAMES)
        recorded = action if alone or chat == str(GROUP) else None
        assert event is not None
        return Attempt("to the bot", event, recorded, zalo_bot.NAME)

    def _to_account(self) -> Attempt:
        text, action = self._command()
        chat, alone = self._chat(), self.luck.random() < 0.3
        payload = {
            "event_name": "user_send_text" if alone else "user_send_group_text",
            "timestamp": str(self._moment()),
            "sender": {"id": self._who()},
            "recipient": {"id": chat},
            "message": {"msg_id": f"a{self._count}", "text": text},
        }
        return self._of_account("to the account", payload, action if alone or chat == str(GROUP) else None)

    def _in_history(self) -> Attempt:
        text, action = self._command()
        chat = self._chat()
        item = {
            "src": 1,
            "type": "text",
            "time": self._moment(),
            "group_id": chat,
            "message_id": f"h{self._count}",
            "from_id": self._who(),
            "from_display_name": "Hà",
            "message": text,
        }
        return self._of_account("in the history", item, action if chat == str(GROUP) else None)

    def _withdrawal(self) -> Attempt:
        """Somebody of another messenger is to be forgotten."""
        payload = {
            "event_name": zalo_oa_events.WITHDRAWN,
            "timestamp": str(self._moment()),
            "sender": {"id": str(self.luck.choice((MEMBER, NEIGHBOUR)))},
        }
        return self._of_account("withdrawal", payload, None)

    def _of_account(self, kind: str, payload: Mapping[str, Any], recorded: str | None) -> Attempt:
        event = zalo_oa_events.parse(dict(payload), _NAMES, {})
        assert event is not None
        return Attempt(kind, event, recorded, zalo_oa.NAME)

    def _command(self) -> tuple[str, str]:
        command = self.luck.choice([one for one in COMMANDS if one.name not in FREE])
        return f"/{self.luck.choice(command.words)} {words_for(command.action)}", command.action

    def _who(self) -> str:
        return self.luck.choice(tuple(_NAMES))

    def _chat(self) -> str:
        return str(self.luck.choice((GROUP, ROOM)))

    def _moment(self) -> int:
        return int(self.now.timestamp() * 1000) + self._count
