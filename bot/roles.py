"""What one process does: everything, or its share where several work on one PostgreSQL."""

from collections.abc import Collection
from enum import StrEnum


class ProcessRole(StrEnum):
    """A share of the work; `all` is every other one."""

    RECEIVE = "receive"  # ask platforms what was said: one process at a time for each
    WORK = "work"  # handle what was said, fetch photos
    SEND = "send"  # post, and tell systems outside
    CLOCK = "clock"  # what is due: one process at a time
    WEB = "web"  # pages, webhooks, streams
    ALL = "all"


def shares(wanted: Collection[ProcessRole]) -> frozenset[ProcessRole]:
    """The single shares that are meant; none named means all of them."""
    every = frozenset(ProcessRole) - {ProcessRole.ALL}
    return every if not wanted or ProcessRole.ALL in wanted else frozenset(wanted)
