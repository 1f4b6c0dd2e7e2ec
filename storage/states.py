"""The words that the tables know: the states that rows pass through, sets of them, and roles."""

from enum import StrEnum


class InboxState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"  # could not be understood as an event; kept word for word


class ChatRole(StrEnum):
    COMMUNITY = "community"
    MODERATION = "moderation"
    DEPARTMENT = "department"
    SYSTEM = "system"  # another system that reports by an interface; nothing is posted to it
    PRIVATE = "private"  # one person and the bot; `owner_id` says who
    UNKNOWN = "unknown"  # a chat nobody configured: heard, never answered
    MOVED = "moved"  # a group that became a supergroup; `moved_to_id` says which


class MemberRole(StrEnum):
    MEMBER = "member"
    DEPARTMENT = "department"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


class AttachmentState(StrEnum):
    PENDING = "pending"
    STORED = "stored"
    FAILED = "failed"
    ERASED = "erased"  # at its sender's wish; the file goes when nothing else refers to it


class SubmissionState(StrEnum):
    WAITING = "waiting"  # photos that wait for their words until `open_until`
    TICKETED = "ticketed"  # opened a ticket
    VOICE = "voice"  # the same thing told again: one more voice on a ticket
    FOLLOW_UP = "follow_up"  # said about a ticket that is there
    QUESTION = "question"  # a moderator is asked what it is
    HELD = "held"  # its author sent too many at once; a moderator lets them through or drops them
    DISMISSED = "dismissed"  # a moderator said it is nothing
    CHATTER = "chatter"


class TicketStatus(StrEnum):
    NEW = "new"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


OPEN = (TicketStatus.NEW, TicketStatus.ACCEPTED, TicketStatus.IN_PROGRESS)
SETTLED = (TicketStatus.RESOLVED, TicketStatus.CLOSED)
ALIVE = (*OPEN, TicketStatus.RESOLVED)  # what the same thing told again belongs to


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # committed before the network call
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"  # it may or may not have arrived; a moderator decides
    SUPERSEDED = "superseded"  # a newer edit of the same post took its place
    DEAD = "dead"
