"""What a command says of an error that is the machine's: one sentence with the remedy, and no traceback."""

import errno

from sqlalchemy.exc import DBAPIError

from storage.database import DatabaseError, is_outage

ERRORS = (DatabaseError, DBAPIError, OSError)  # which a machine may be to blame for
_FULL = (errno.ENOSPC, errno.EDQUOT)


def sentence(error: Exception) -> str | None:
    """None for an error that is our own fault."""
    if _is_full(error):
        where = f" where {error.filename} lies" if isinstance(error, OSError) and error.filename else ""
        return f"the disk is full{where}: make room, then try again"
    if isinstance(error, DatabaseError | OSError):
        return str(error) or "no answer came in time: see that the database and the network are well"
    if is_outage(error):
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        remedy = "see that it runs, that its disk is well and that this user may write there"
        return f"the database can't do its work ({cause}): {remedy}"
    return None


def _is_full(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        name, state = (getattr(error.orig, one, None) for one in ("sqlite_errorname", "sqlstate"))
        return name == "SQLITE_FULL" or state == "53100"
    return isinstance(error, OSError) and error.errno in _FULL
