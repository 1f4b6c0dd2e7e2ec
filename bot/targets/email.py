"""Tickets to a department's mailbox, for those who have nothing else: one thread of mails a ticket.

A mail's Message-ID comes from its delivery's key, so it is the same at every attempt. A server does not
say whether it has a mail already: what may have arrived is not sent again by itself.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import aiosmtplib

from handlers.ports import (
    Ambiguous,
    Clock,
    DeliveryError,
    Dispatched,
    JsonObject,
    NotSent,
    PlatformDown,
    Refused,
    Text,
)
from handlers.shown import short
from storage.states import OPEN, TicketStatus

PREFIX = "email:"
SECONDS = 30.0  # for one answer of the server
GREETING = 25.0  # for all of them before the mail itself: no call may take a minute
MOST_BYTES = 15_000_000  # of photos in one mail; servers commonly take 20 to 25 MB in base64
SUBJECT_PLACE = 60
# After which a department hears of its ticket; the rest of a ticket's history is no news to it.
TOLD = frozenset({
    "opened", "accept", "assigned", "urgent", "start", "deadline", "reopen", "resolve", "reject", "merge",
    "undone:status", "undone:department", "undone:due_at", "undone:urgent", "reclassified:department",
    "absorbed:urgent", "absorbed:due_at", "released:due_at",
})  # fmt: skip

Photo = Callable[[str], Awaitable[bytes | None]]  # a JPEG, by its content hash


@dataclass(frozen=True, slots=True)
class Server:
    """The server that takes our mails. `security`: "starttls", "tls" or "none"."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A department and its address."""

    key: str
    name: str
    address: str


class EmailTarget:
    """One department's mailbox."""

    repeats = False

    def __init__(
        self, mailbox: Mailbox, server: Server, text: Text, photo: Photo, clock: Clock, zone: ZoneInfo
    ) -> None:
        self.name = f"{PREFIX}{mailbox.key}"
        self._mailbox = mailbox
        self._server = server
        self._text = text
        self._photo = photo
        self._clock = clock
        self._zone = zone

    async def deliver(self, dispatched: Dispatched) -> str | None:
        """Mail it; the first mail's Message-ID is what the thread is known by."""
        is_first = dispatched.reference is None
        if is_first and not self._is_to_be_worked(dispatched.payload):
            return None  # they never heard of it, and need not
        try:
            message = await self._message(dispatched)
        except OSError as error:
            raise NotSent(f"its pictures can't be read ({error.strerror})") from None
        await send(self._server, message, self._mailbox.address)
        return str(message["Message-ID"]) if is_first else None

    def _is_to_be_worked(self, payload: JsonObject) -> bool:
        """Whether it is theirs: taken up, or dangerous, and not only that its words are to be forgotten."""
        ticket = payload["data"]["ticket"]
        is_open, is_new = ticket["status"] in OPEN, ticket["status"] == TicketStatus.NEW
        is_handed_over = is_open and (not is_new or ticket["urgent"])
        return ticket["department"] == self._mailbox.key and is_handed_over and not _is_erased(payload)

    async def close(self) -> None:
        """Each mail has its own connection."""

    async def _message(self, dispatched: Dispatched) -> EmailMessage:
        message = EmailMessage(policy=POLICY)
        message["From"] = Address(self._text("mail.from"), *self._server.sender.rsplit("@", 1))
        message["To"] = Address(_line(self._mailbox.name), *self._mailbox.address.rsplit("@", 1))
        if self._server.reply_to:
            message["Reply-To"] = self._server.reply_to
        message["Subject"] = subject(dispatched, self._text)
        message["Date"] = format_datetime(self._clock().astimezone(self._zone))
        message["Message-ID"] = message_id(dispatched.key, self._server.sender)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
        if dispatched.reference is not None:
            message["In-Reply-To"] = message["References"] = dispatched.reference
            message.set_content(self._update(dispatched))
            return message
        pictures = await self._pictures(dispatched.photos)
        message.set_content(self._card(dispatched, len(dispatched.photos) - len(pictures)))
        for number, picture in enumerate(pictures, start=1):
            name = f"{dispatched.code}-{number}.jpg"
            message.add_attachment(picture, maintype="image", subtype="jpeg", filename=name)
        return message

    async def _pictures(self, hashes: Sequence[str]) -> list[bytes]:
        """As many of the photos as a mail may hold."""
        taken: list[bytes] = []
        for one in hashes:
            picture = await self._photo(one)
            if picture is not None and sum(map(len, taken)) + len(picture) <= MOST_BYTES:
                taken.append(picture)
        return taken

    def _card(self, told: Dispatched, left: int) -> str:
        """The first mail: everything about it."""
        lines = [
            self._text("mail.greeting", department=self._mailbox.name),
            "",
            self._text("mail.ticket", code=told.code, category=self._text(f"category.{told.category}")),
            told.words,
            "",
            *self._where(told),
            *self._until(told),
            *self._note(told.payload),
            *([self._text("mail.link", link=told.link)] if told.link else []),
            *([self._text("mail.left", count=left)] if left else []),
            "",
            self._text("mail.answer" if self._server.reply_to else "mail.no_answer"),
        ]
        return "\n".join(lines) + "\n"

    def _update(self, told: Dispatched) -> str:
        """A later mail: how it stands now."""
        ticket = told.payload["data"]["ticket"]
        if _is_erased(told.payload):
            lines = [self._text("mail.erased", code=told.code)]
        elif ticket["department"] != self._mailbox.key:
            lines = [self._text("mail.elsewhere", code=told.code)]
        else:
            status = self._text(f"status.{ticket['status']}")
            lines = [self._text("mail.changed", code=told.code, status=status)]
            lines += [*self._until(told), *self._note(told.payload)] if ticket["status"] in OPEN else []
        return "\n".join(lines) + "\n"

    def _where(self, told: Dispatched) -> list[str]:
        lines = [self._text("mail.place", place=told.place)] if told.place else []
        if told.latitude is not None and told.longitude is not None:
            lines.append(f"https://maps.google.com/?q={told.latitude:.6f},{told.longitude:.6f}")
        return lines

    def _until(self, told: Dispatched) -> list[str]:
        due = told.due_at.astimezone(self._zone).strftime("%H:%M %d/%m/%Y") if told.due_at else ""
        return [self._text("mail.due", due=due)] if due else []

    def _note(self, payload: JsonObject) -> list[str]:
        note = payload["data"]["event"].get("note")
        return [self._text("mail.note", note=note)] if note else []


def _is_erased(payload: JsonObject) -> bool:
    """Whether its author wants it to be forgotten."""
    return bool(payload["data"]["event"].get("action") == "erased")


def subject(told: Dispatched, text: Text) -> str:
    """The subject of all mails about a ticket, which makes them one thread."""
    place = f" – {short(_line(told.place), SUBJECT_PLACE)}" if told.place else ""
    return f"[{told.code}] {text(f'category.{told.category}')}{place}"


def message_id(key: str, sender: str) -> str:
    """RFC 5322 "Message-ID", the same for the same key; the domain is the sender's."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rsplit('@', 1)[1]}>"


def _line(words: str) -> str:
    """Words as a header may have them: in one line."""
    return " ".join(words.split())


async def send(server: Server, message: EmailMessage, address: str) -> None:
    """Hand a mail to the server, once. Raises DeliveryError; no text of the server's is in it."""
    client = connection(server)
    is_leaving = False
    try:
        async with asyncio.timeout(GREETING):
            await _greet(client, server, address)
        is_leaving = True
        await client.data(message.as_bytes())
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise outcome(error, is_leaving=is_leaving) from None
    finally:
        client.close()


async def _greet(client: aiosmtplib.SMTP, server: Server, address: str) -> None:
    """All that comes before the mail itself."""
    await client.connect()
    if server.user:
        await client.login(server.user, server.password)
    await client.mail(server.sender)
    await client.rcpt(address)


def connection(server: Server) -> aiosmtplib.SMTP:
    """A connection that is not open yet."""
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        timeout=SECONDS,
    )


def outcome(error: Exception, *, is_leaving: bool) -> DeliveryError:
    """What went wrong in the words of delivery; RFC 5321: 4xx is to be tried later, 5xx is for good."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            says = f"the mail server refuses our login ({error.code})"
            return NotSent(says) if error.code < 500 else PlatformDown(says, for_good=False)
        case aiosmtplib.SMTPConnectError() | aiosmtplib.SMTPHeloError():
            return NotSent(f"the mail server can't be reached ({type(error).__name__})")
        case aiosmtplib.SMTPResponseException() if error.code < 500:
            return NotSent(f"the mail server says later ({error.code})")
        case aiosmtplib.SMTPResponseException():
            return Refused(f"the mail server refuses it ({error.code})")
    if is_leaving:
        return Ambiguous(f"the mail server did not say that it has it ({type(error).__name__})")
    return NotSent(f"the mail server went away ({type(error).__name__})")
