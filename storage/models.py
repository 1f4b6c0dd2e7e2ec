"""The tables, in the order in which a message passes them. Read this page first.

    inbox -> messages + attachments -> submissions -> tickets + ticket_events -> outbox -> the platform

Moments are aware UTC. Ids are ours; `external_id` is the platform's own. A `table=True` model does
not validate: values are checked where they enter, in the adapters and the configuration.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.columns import BigId, Json, JsonObject, RawJson, StrEnumType, UtcDateTime
from storage.states import (
    AttachmentState,
    ChatRole,
    InboxState,
    MemberRole,
    OutboxState,
    SubmissionState,
    TicketStatus,
)

# The rows that still wait: each has a partial index, and a query uses it only if it says the same words.
INBOX_PENDING = "state = 'pending'"
INBOX_GIVEN_UP = "state = 'dead' AND error IS NOT NULL"  # whose payload is kept: it may be handled yet
SUBMISSION_WAITING = "state = 'waiting'"
SUBMISSION_QUESTION = "state = 'question'"
SUBMISSION_HELD = "state = 'held'"
ATTACHMENT_PENDING = "state = 'pending'"
ATTACHMENT_ERASED = "state = 'erased'"
ATTACHMENT_UNJUDGED = "state = 'stored' AND on_board IS NULL"
ATTACHMENT_UNJUDGED_NAMED = "attachments.state = 'stored' AND attachments.on_board IS NULL"  # in a join
OUTBOX_UNSENT = "state IN ('pending', 'sending')"
DISPATCH_UNSENT = "state IN ('pending', 'sending')"
STUCK = "state IN ('dead', 'unconfirmed')"  # in either
TICKET_OPEN = "status IN ('new', 'accepted', 'in_progress')"
# By which somebody works on a ticket, and by which an open one ended or moved on.
EVENT_WORKED = "action IN ('accept', 'start', 'assigned', 'resolve', 'pause', 'resume')"
EVENT_LEFT = "from_status IN ('new', 'accepted', 'in_progress')"
TICKET_REMIND = "remind_at IS NOT NULL"
TICKET_ESCALATE = "escalate_at IS NOT NULL"
TICKET_CLOSE = "close_at IS NOT NULL"


def _partial(name: str, words: str, *columns: str) -> Index:
    """An index of the rows alone of which these words are true."""
    return Index(name, *columns, sqlite_where=text(words), postgresql_where=text(words))


class Numbered(SQLModel):
    """A row with a number of ours, given when it is first flushed."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)


def row_id(row: Numbered) -> int:
    """The number of a row that is in the database."""
    assert row.id is not None, "the row has not been flushed"
    return row.id


class Inbox(Numbered, table=True):
    """One thing a platform told us, committed before the platform hears that we have it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "key", name="uq_inbox_platform_key"),
        _partial("ix_inbox_pending", INBOX_PENDING, "said_at", "said_order", "id"),
        _partial("ix_inbox_given_up", INBOX_GIVEN_UP, "id"),
    )
    platform: str
    key: str  # the platform's own; the same thing told twice has the same key
    source: str  # whose shape the payload has: a live platform or an export of its history
    lane: str = ""  # the chat it is about, whose events are handled in order
    payload: JsonObject = Field(sa_type=RawJson)
    received_at: datetime = Field(sa_type=UtcDateTime)
    said_at: datetime = Field(sa_type=UtcDateTime)  # by the platform's clock: the order of handling
    said_order: int = Field(default=0, sa_type=BigInteger)  # within one moment, where the platform tells
    state: InboxState = Field(default=InboxState.PENDING, sa_type=StrEnumType(InboxState))
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = None


class Chat(Numbered, table=True):
    """One group on one platform."""

    __tablename__ = "chats"
    __table_args__ = (UniqueConstraint("platform", "external_id", name="uq_chats_platform_external"),)
    platform: str
    external_id: str
    role: ChatRole = Field(default=ChatRole.UNKNOWN, sa_type=StrEnumType(ChatRole))
    title: str = ""
    language: str = "vi"
    time_zone: str = "Asia/Ho_Chi_Minh"
    department: str | None = None
    moved_to_id: int | None = Field(default=None, foreign_key="chats.id", sa_type=BigId)
    owner_id: int | None = Field(default=None, foreign_key="members.id", index=True, sa_type=BigId)
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # as its platform asked (429)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Member(Numbered, table=True):
    """One person on one platform. `role_source` tells a configured role from a platform's."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("platform", "external_id", name="uq_members_platform_external"),)
    platform: str
    external_id: str
    name: str
    role: MemberRole = Field(default=MemberRole.MEMBER, sa_type=StrEnumType(MemberRole))
    role_source: str = ""
    department: str | None = None
    muted: bool = False
    erased: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)


class Submission(Numbered, table=True):
    """The messages and photos that one member means as one piece of feedback."""

    __tablename__ = "submissions"
    __table_args__ = (
        Index("ix_submissions_recent", "chat_id", "member_id", "open_until"),
        _partial("ix_submissions_waiting", SUBMISSION_WAITING, "open_until"),
        _partial("ix_submissions_waiting_in_chat", SUBMISSION_WAITING, "chat_id", "open_until"),
        _partial("ix_submissions_question", SUBMISSION_QUESTION, "opened_at"),
        _partial("ix_submissions_held", SUBMISSION_HELD, "member_id"),
    )
    chat_id: int = Field(foreign_key="chats.id", sa_type=BigId)
    member_id: int = Field(foreign_key="members.id", sa_type=BigId)
    ticket_id: int | None = Field(default=None, foreign_key="tickets.id", index=True, sa_type=BigId)
    state: SubmissionState = Field(sa_type=StrEnumType(SubmissionState))
    opened_at: datetime = Field(sa_type=UtcDateTime)
    open_until: datetime = Field(sa_type=UtcDateTime)
    text: str = ""
    kind: str = "none"
    kind_confidence: float = 0.0
    feedback: float = 0.0  # how likely it is feedback of any kind
    category: str = "other"
    category_confidence: float = 0.0
    intent: str = "chatter"
    urgent: bool = False
    place: JsonObject = Field(default_factory=dict, sa_type=Json)
    model: str = ""


class Message(Numbered, table=True):
    """One message of one member, as it now stands."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("chat_id", "external_id", name="uq_messages_chat_external"),
        Index("ix_messages_member_sent", "member_id", "sent_at"),
    )
    chat_id: int = Field(foreign_key="chats.id", sa_type=BigId)
    external_id: str
    member_id: int = Field(foreign_key="members.id", sa_type=BigId)
    reply_to: str | None = None
    album: str | None = None
    sent_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    text: str = ""
    latitude: float | None = None
    longitude: float | None = None
    edit_number: int = 0
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submission_id: int | None = Field(default=None, foreign_key="submissions.id", index=True, sa_type=BigId)


class Attachment(Numbered, table=True):
    """One photo of one message; `content_hash` names it in the image store once it is there."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("message_id", "position", name="uq_attachments_message_position"),
        _partial("ix_attachments_pending", ATTACHMENT_PENDING, "source", "next_attempt_at"),
        _partial("ix_attachments_erased", ATTACHMENT_ERASED, "content_hash"),
        _partial("ix_attachments_unjudged", ATTACHMENT_UNJUDGED, "id"),
        Index("ix_attachments_content_hash", "content_hash"),
    )
    message_id: int = Field(foreign_key="messages.id", sa_type=BigId)
    position: int = 0
    source: str
    external_ref: str
    state: AttachmentState = Field(default=AttachmentState.PENDING, sa_type=StrEnumType(AttachmentState))
    content_hash: str | None = None
    perceptual_hash: str | None = None  # 16 hex digits, a 64-bit difference hash
    type_found: str | None = None
    size: int | None = None  # bytes, as received
    width: int | None = None
    height: int | None = None
    attempts: int = 0
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)  # while it is being fetched: for how long
    lease_owner: str | None = None  # who fetches it
    error: str | None = None
    on_board: bool | None = None  # whether everybody may see it; None: no moderator has looked yet


class Ticket(Numbered, table=True):
    """The tracked thing. `version` grows with every change, so that nobody's change is lost."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_chat_status_opened", "chat_id", "status", "opened_at"),
        Index("ix_tickets_chat_category_opened", "chat_id", "category", "opened_at"),
        Index("ix_tickets_chat_opened", "chat_id", "opened_at"),
        Index("ix_tickets_chat_resolved", "chat_id", "resolved_at"),
        Index("ix_tickets_opened", "opened_at"),
        Index("ix_tickets_kind", "kind"),  # for counting
        # The board's pages, the newest first, however many tickets there are.
        Index("ix_tickets_category_id", "category", "id"),
        Index("ix_tickets_status_hidden", "status", "hidden", "id"),
        Index("ix_tickets_listed", "status", "urgent", "opened_at", "id"),
        _partial("ix_tickets_open_listed", TICKET_OPEN, "urgent", "opened_at", "id"),
        _partial("ix_tickets_open", TICKET_OPEN, "id"),
        _partial("ix_tickets_remind_at", TICKET_REMIND, "remind_at"),
        _partial("ix_tickets_escalate_at", TICKET_ESCALATE, "escalate_at"),
        _partial("ix_tickets_close_at", TICKET_CLOSE, "close_at"),
    )
    number: int = Field(unique=True)
    code: str = Field(unique=True)
    chat_id: int = Field(foreign_key="chats.id", sa_type=BigId)
    origin: str  # the id of the post it came from; empty where its group has moved since
    reporter_id: int = Field(foreign_key="members.id", index=True, sa_type=BigId)
    kind: str
    category: str
    urgent: bool = False
    status: TicketStatus = Field(default=TicketStatus.NEW, sa_type=StrEnumType(TicketStatus))
    summary: str = ""
    folded: str = ""  # the summary without accents, as it is compared and searched
    place: JsonObject = Field(default_factory=dict, sa_type=Json)
    latitude: float | None = None
    longitude: float | None = None
    department: str | None = None
    merged_into_id: int | None = Field(default=None, foreign_key="tickets.id", index=True, sa_type=BigId)
    voices: int = 1
    version: int = 1
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_answer_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pause_reason: str = ""
    satisfied: bool | None = None  # what the reporter said of the end; None: nothing
    hidden: bool = False  # off the public board, by a moderator's word
    shown_in: str | None = Field(default=None, index=True)  # the key of the group's post that shows it
    # When the clock has to look at it next; empty once that was done, or where it no longer matters.
    remind_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalate_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    close_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TicketSpot(SQLModel, table=True):
    """One key of a ticket's place (a street, an alley, a landmark), by which its twins are found."""

    __tablename__ = "ticket_spots"
    __table_args__ = (Index("ix_ticket_spots_spot", "spot", "ticket_id"),)
    chat_id: int = Field(foreign_key="chats.id", primary_key=True, sa_type=BigId)
    spot: str = Field(primary_key=True)
    ticket_id: int = Field(foreign_key="tickets.id", primary_key=True, index=True, sa_type=BigId)


class TicketEvent(Numbered, table=True):
    """One row of a ticket's history. A trigger refuses to change or delete it.

    `detail["changes"]` has each field with its value before and after, so that the rows together make
    the ticket. What a member wrote is never in it, because they may have that erased; what officers and
    moderators note is (`detail["note"]`, why it is paused), as part of what was done.
    """

    __tablename__ = "ticket_events"
    __table_args__ = (
        Index("ix_ticket_events_member", "member_id", "id"),
        Index("ix_ticket_events_at", "at", "ticket_id"),
        Index("ix_ticket_events_message", "message_id"),
        _partial("ix_ticket_events_worked", EVENT_WORKED, "member_id", "ticket_id"),
        _partial("ix_ticket_events_left", EVENT_LEFT, "at", "ticket_id"),
    )
    ticket_id: int = Field(foreign_key="tickets.id", index=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    member_id: int | None = Field(default=None, foreign_key="members.id", sa_type=BigId)
    action: str
    from_status: str | None = None
    to_status: str | None = None
    message_id: int | None = Field(default=None, foreign_key="messages.id", sa_type=BigId)
    detail: JsonObject = Field(default_factory=dict, sa_type=Json)


class Correction(Numbered, table=True):
    """What a moderator said that a submission is; the next model learns from it. None: not said."""

    __tablename__ = "corrections"
    at: datetime = Field(sa_type=UtcDateTime)
    member_id: int = Field(foreign_key="members.id", sa_type=BigId)
    submission_id: int = Field(foreign_key="submissions.id", index=True, sa_type=BigId)
    kind: str | None = None
    category: str | None = None
    model: str = ""  # which model it corrects


class Department(SQLModel, table=True):
    """Who is responsible, and how many days they have."""

    __tablename__ = "departments"
    key: str = Field(primary_key=True)
    name: str
    days: int = 3
    chat_id: int | None = Field(default=None, foreign_key="chats.id", sa_type=BigId)


class Route(Numbered, table=True):
    """Which department takes a category, everywhere or in one ward."""

    __tablename__ = "routes"
    __table_args__ = (UniqueConstraint("category", "ward", name="uq_routes_category_ward"),)
    department: str = Field(foreign_key="departments.key")
    category: str
    ward: str = ""  # empty: every ward


class RouteOverride(Numbered, table=True):
    """To whom tickets go by a command: of a category, a ward, or urgent ones; what is empty is anything."""

    __tablename__ = "route_overrides"
    __table_args__ = (UniqueConstraint("category", "ward", "urgent", name="uq_route_overrides_what"),)
    category: str = ""
    ward: str = ""
    urgent: bool = False  # only urgent ones
    department: str = Field(foreign_key="departments.key")
    member_id: int = Field(foreign_key="members.id", sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)


class Outbox(Numbered, table=True):
    """One outgoing thing, its text frozen here before it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        _partial("ix_outbox_pending", OUTBOX_UNSENT, "ordering_key", "id"),
        Index("ix_outbox_chat_sent", "chat_id", "sent_at"),
        Index("ix_outbox_chat_message", "chat_id", "platform_message_id"),
        Index("ix_outbox_target", "target_key", "state"),
        _partial("ix_outbox_stuck", STUCK, "id"),
    )
    idempotency_key: str = Field(unique=True)
    purpose: str
    chat_id: int = Field(foreign_key="chats.id", sa_type=BigId)
    ticket_id: int | None = Field(default=None, foreign_key="tickets.id", index=True, sa_type=BigId)
    submission_id: int | None = Field(default=None, foreign_key="submissions.id", sa_type=BigId)
    target_key: str | None = None  # the idempotency key of the post that an edit changes
    ordering_key: str
    payload: JsonObject = Field(sa_type=Json)
    state: OutboxState = Field(default=OutboxState.PENDING, sa_type=StrEnumType(OutboxState))
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fence: int = 0
    platform_message_id: str | None = None
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = None


class Dispatch(Numbered, table=True):
    """One thing told to a system outside that is no chat: a webhook, another city system, a mailbox.

    `payload` holds what happened and how the ticket stood then, and nothing that somebody wrote: their
    words are added when it leaves, so that what was erased meanwhile does not leave.
    """

    __tablename__ = "dispatches"
    __table_args__ = (
        _partial("ix_dispatches_pending", DISPATCH_UNSENT, "ordering_key", "id"),
        Index("ix_dispatches_reference", "target", "reference"),
        Index("ix_dispatches_target_state", "target", "state"),
        _partial("ix_dispatches_stuck", STUCK, "id"),
    )
    idempotency_key: str = Field(unique=True)
    target: str
    ticket_id: int = Field(foreign_key="tickets.id", index=True, sa_type=BigId)
    event_id: int | None = Field(default=None, foreign_key="ticket_events.id", sa_type=BigId)
    ordering_key: str
    payload: JsonObject = Field(sa_type=Json)
    state: OutboxState = Field(default=OutboxState.PENDING, sa_type=StrEnumType(OutboxState))
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fence: int = 0
    reference: str | None = None  # by what the receiver calls it
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = None


class Prompt(Numbered, table=True):
    """Something that buttons under a post of ours refer to: a list's filter, a question to confirm."""

    __tablename__ = "prompts"
    chat_id: int = Field(foreign_key="chats.id", sa_type=BigId)
    member_id: int = Field(foreign_key="members.id", index=True, sa_type=BigId)
    purpose: str
    detail: JsonObject = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Digest(Numbered, table=True):
    """One summary of one chat for one period; what is unique is what makes it happen once."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("chat_id", "span", "period_start", name="uq_digests_chat_period"),)
    chat_id: int = Field(foreign_key="chats.id", sa_type=BigId)
    span: str = "week"  # day, week, month; or morning, a list of what is due that day
    period_start: datetime = Field(sa_type=UtcDateTime)
    period_end: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    note: str = ""  # why it was skipped, where it was
    figures: JsonObject = Field(default_factory=dict, sa_type=Json)


class Cursor(SQLModel, table=True):
    """A mark that outlives processes: how far something has been read or purged, which key is in use, which
    photos posts of the built-in chat lost (`storage/room.py`)."""

    __tablename__ = "cursors"
    name: str = Field(primary_key=True)
    value: str


class Lease(SQLModel, table=True):
    """Who may do a thing that only one process may do; `fence` grows with every new holder."""

    __tablename__ = "leases"
    name: str = Field(primary_key=True)
    owner: str
    fence: int = 1
    until: datetime = Field(sa_type=UtcDateTime)


class Audit(Numbered, table=True):
    """Every command and button press, allowed or refused."""

    __tablename__ = "audit"
    at: datetime = Field(sa_type=UtcDateTime)
    member_id: int | None = Field(default=None, foreign_key="members.id", index=True, sa_type=BigId)
    chat_id: int | None = Field(default=None, foreign_key="chats.id", sa_type=BigId)
    action: str
    allowed: bool
    detail: JsonObject = Field(default_factory=dict, sa_type=Json)


class SignInLink(Numbered, table=True):
    """An address by which a browser becomes somebody: `member_id` once, or, without one, a newcomer in the
    built-in chat each time. The address holds the row's number and its seal, and is nowhere kept."""

    __tablename__ = "sign_in_links"
    member_id: int | None = Field(default=None, foreign_key="members.id", index=True, sa_type=BigId)
    made_by_id: int | None = Field(default=None, foreign_key="members.id", sa_type=BigId)
    title: str = ""  # what an invitation is for
    shared: bool = False  # the browser is a kiosk's: it forgets whoever used it after some minutes
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    uses_left: int = 1


class WebSession(Numbered, table=True):
    """A browser that is signed in as a member; its cookie holds what `token_hash` is the SHA-256 of."""

    __tablename__ = "web_sessions"
    token_hash: str = Field(unique=True)
    member_id: int = Field(foreign_key="members.id", index=True, sa_type=BigId)
    link_id: int | None = Field(default=None, foreign_key="sign_in_links.id", index=True, sa_type=BigId)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(index=True, sa_type=UtcDateTime)
    idle_seconds: int  # how long it may rest


class WebAnswer(Numbered, table=True):
    """What a form of the moderators' room was answered with, until its page shows it: by whichever process.
    What was said may name people and quote them, so it goes with the first purge after a day."""

    __tablename__ = "web_answers"
    token: str = Field(unique=True)  # stands in the page's address
    member_id: int = Field(foreign_key="members.id", index=True, sa_type=BigId)  # who asked
    said: JsonObject = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)


class RoomPost(Numbered, table=True):
    """One post in a built-in chat room, the bot's among them, as people see it there."""

    __tablename__ = "room_posts"
    __table_args__ = (
        UniqueConstraint("chat", "key", name="uq_room_posts_chat_key"),
        Index("ix_room_posts_chat_revision", "chat", "revision"),
        Index("ix_room_posts_revision", "revision"),
    )
    chat: str
    key: str  # made by the page or taken from the outbox: the same post told twice is one
    author: str
    author_name: str
    from_bot: bool = False
    text: str = ""
    album: str | None = None
    reply_to: str | None = None
    photos: list[JsonObject] = Field(default_factory=list, sa_type=Json)
    buttons: list[list[JsonObject]] = Field(default_factory=list, sa_type=Json)
    reactions: JsonObject = Field(default_factory=dict, sa_type=Json)
    latitude: float | None = None
    longitude: float | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    edited: bool = False
    revision: int = 0
