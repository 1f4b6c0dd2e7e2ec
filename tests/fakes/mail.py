"""A mail server on a real socket, in a thread of its own, that answers as it is told."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.acceptance.process import free_port


@dataclass
class MailServer:
    """A mail server that keeps what it takes, and answers as it is told."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    rcpt: str = ""
    data: str = "250 kept"
    drops: bool = False
    seconds: float = 0.0  # until it says whether it takes mail for an address

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.seconds)
        if not self.rcpt:
            envelope.rcpt_tos.append(address)
        return self.rcpt or "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        if self.drops:
            server.transport.close()
        return self.data


def logged_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def running() -> Iterator[MailServer]:
    """It listens until the end of the block."""
    made = MailServer(free_port())
    controller = Controller(
        made, hostname="127.0.0.1", port=made.port, authenticator=logged_in, auth_require_tls=False
    )
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
