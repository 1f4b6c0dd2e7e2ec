"""Checks what happened, with nothing but the records: the platform's log, the database's rows, the files.

A pure function: the same records give the same findings, and every finding is a sentence that names what
it is about. An empty list is a clean history.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

_CODES = re.compile(r"#([A-Z]{2,6}\d+)")
ACKNOWLEDGES = "Dạ, đã ghi nhận"
NOTICE = "notice"
SENT, UNCONFIRMED, DEAD = "sent", "unconfirmed", "dead"
_KNOWN = {"pending", "sending", SENT, UNCONFIRMED, DEAD, "superseded"}


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that the platform believes we have."""

    chat: str
    message: str
    photos: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A post of ours that the platform accepted, as it was first written there."""

    chat: str
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of the outbox that makes a post."""

    key: str
    chat: str
    purpose: str
    state: str
    message: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket, without what differs from run to run."""

    code: str
    chat: str
    origin: str  # the how manieth message of the group's members it came of
    kind: str
    category: str
    summary: str
    replays: bool  # its history's rows make it


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that is known afterwards."""

    posted: Sequence[Posted]
    seen: Sequence[Seen]
    kept: Sequence[tuple[str, str]]  # chat and message of each row of `messages`
    handled: Mapping[str, int]  # the inbox's rows by state
    photos: Mapping[str, int]  # the attachments' rows by state
    sent: Sequence[Sent]
    tickets: Sequence[Opened]
    hashes: Collection[str]  # of stored photos, by the rows
    files: Collection[str]  # of originals in the image store
    told_unconfirmed: int  # notices of perhaps-arrived posts that moderators have, sent or on their way
    listed_unconfirmed: int  # as the room's page and `congich outbox` show them


def findings(records: Records, *, kills: int = 0, expected: Sequence[Opened] | None = None) -> list[str]:
    """What is wrong; `expected`: the tickets of the same day undisturbed."""
    checks = (
        _messages(records),
        _deliveries(records, kills),
        _posts(records),
        _photos(records),
        _tickets(records, expected),
    )
    return [finding for check in checks for finding in check]


def _messages(records: Records) -> Iterator[str]:
    kept = Counter(records.kept)
    for one in records.posted:
        if kept[one.chat, one.message] == 0:
            yield f"message {one.message} of {one.chat} is lost"
    yield from (f"message {where} is there {times} times" for where, times in kept.items() if times > 1)
    for state, number in records.handled.items():
        if state != "done":
            yield f"{number} events are {state}"


def _deliveries(records: Records, kills: int) -> Iterator[str]:
    keys = Counter(row.key for row in records.sent)
    yield from (f"delivery {key} is there {times} times" for key, times in keys.items() if times > 1)
    yield from (f"delivery {row.key} is {row.state}" for row in records.sent if row.state not in _KNOWN)
    yield from (
        f"delivery {row.key} took {row.attempts} attempts" for row in records.sent if row.attempts > 12
    )
    unsure = [row for row in records.sent if row.state == UNCONFIRMED]
    if len(unsure) > kills:
        first = [row.key for row in unsure[:5]]
        yield f"{len(unsure)} deliveries are unconfirmed after {kills} kills: {first}"
    if records.listed_unconfirmed < len(unsure):
        yield f"the list has {records.listed_unconfirmed} of {len(unsure)} unconfirmed deliveries"
    to_tell = sum(row.purpose != NOTICE for row in unsure)  # a notice about a notice would never end
    if records.told_unconfirmed < to_tell:
        yield f"moderators were told of {records.told_unconfirmed} of {to_tell} unconfirmed deliveries"


def _posts(records: Records) -> Iterator[str]:
    """Each post that was accepted is one row's, and each row's is there; no code is acknowledged twice."""
    there = Counter((one.chat, one.message) for one in records.seen)
    ours = Counter((row.chat, row.message) for row in records.sent if row.message is not None)
    yield from (f"post {where} is of {times} rows" for where, times in ours.items() if times > 1)
    yield from (f"post {where} was never accepted" for where in ours if there[where] == 0)
    unsure = sum(row.state in (UNCONFIRMED, DEAD) for row in records.sent)
    strays = [where for where in there if ours[where] == 0]
    if len(strays) > unsure:
        yield f"{len(strays)} posts belong to no row, {unsure} are unconfirmed: {strays[:5]}"
    told = Counter(
        (one.chat, code)
        for one in records.seen
        if one.text.startswith(ACKNOWLEDGES)
        for code in set(_CODES.findall(one.text))
    )
    yield from (
        f"{code} was acknowledged {times} times in {chat}"
        for (chat, code), times in told.items()
        if times > 1
    )


def _photos(records: Records) -> Iterator[str]:
    expected = sum(one.photos for one in records.posted)
    there = sum(records.photos.values())
    if there != expected:
        yield f"{there} photos are known, {expected} were posted"
    for state, number in records.photos.items():
        if state != "stored":
            yield f"{number} photos are {state}"
    missing = set(records.hashes) - set(records.files)
    yield from (f"photo {name} has a row and no file" for name in sorted(missing)[:5])


def _tickets(records: Records, expected: Sequence[Opened] | None) -> Iterator[str]:
    origins = Counter((one.chat, one.origin) for one in records.tickets)
    yield from (f"post {where} has {times} tickets" for where, times in origins.items() if times > 1)
    yield from (f"{one.code} is not what its history says" for one in records.tickets if not one.replays)
    if expected is None:
        return
    for one in set(expected) - set(records.tickets):
        yield f"{one.code} of post {one.origin} is lost or another: {one.summary!r}"
    for one in set(records.tickets) - set(expected):
        yield f"{one.code} of post {one.origin} should not be, or not so: {one.summary!r}"
