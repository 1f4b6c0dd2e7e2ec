"""What a command says of an error that is the machine's: one sentence with the remedy, and no traceback."""

import errno
from dataclasses import dataclass

import asyncpg
from sqlalchemy.exc import DBAPIError

from storage.database import AddressError, DatabaseError, is_outage

ERRORS = (DatabaseError, DBAPIError, OSError)  # which a machine may be to blame for
_FULL = (errno.ENOSPC, errno.EDQUOT)
RIGHTS = (
    "let its administrator give this user the right, such as GRANT CREATE ON SCHEMA public TO …, or the"
    " database itself: ALTER DATABASE … OWNER TO …"
)
REACH = "see that it runs and that database.url or CONGICH_DATABASE_URL names it, its user and password"
_LOGIN = "see user and password in CONGICH_DATABASE_URL or PGPASSWORD, and the server's pg_hba.conf"
# By SQLSTATE or SQLite's name, what a database that is well refuses for good, and what to do about it.
_REFUSALS = {
    "28": _LOGIN,
    "3D000": "make it (CREATE DATABASE), or name another one",
    "3F000": RIGHTS,
    "42501": RIGHTS,
    "SQLITE_NOTADB": "name another file in database.url or CONGICH_DATABASE_URL",
    "SQLITE_CORRUPT": "move it away and restore a backup (docs/backup.md)",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and the remedy where `says` has none. `is_setting`: as long as nobody changes something,
    every further try ends here."""

    says: str
    remedy: str = ""
    is_setting: bool = False

    @property
    def sentence(self) -> str:
        return ": ".join(filter(None, (self.says, self.remedy)))


def trouble(error: Exception) -> Trouble | None:
    """None for an error that is our own fault."""
    if _is_full(error):
        where = f" where {error.filename} lies" if isinstance(error, OSError) and error.filename else ""
        return Trouble(f"the disk is full{where}", "make room, then try again")
    if isinstance(error, OSError):
        return _of_machine(error)
    if isinstance(error, DatabaseError):
        return Trouble(str(error), is_setting=isinstance(error, AddressError))
    return _of_database(error) if isinstance(error, DBAPIError) else None


def _of_machine(error: OSError) -> Trouble:
    """A file, by its name; a database that nobody reaches, by its place, which its error has as a note."""
    why = error.strerror or str(error)
    if _place(error):
        return Trouble(f"the database{_place(error)} does not answer ({why or 'in time'})", REACH)
    if error.filename and error.strerror:
        return Trouble(f"{error.filename}: {error.strerror}")
    return Trouble(why or "no answer came in time: see that the database and the network are well")


def _place(error: Exception) -> str:
    return "".join(f" at {place}" for place in getattr(error, "__notes__", ())[:1])


def _of_database(error: DBAPIError) -> Trouble | None:
    name, cause = _name(error), str(error.orig).partition("\n")[0]
    which = f"the database{_place(error)}"
    for begin, remedy in _REFUSALS.items():
        if name.startswith(begin):
            return Trouble(f"{which} refuses this ({cause})", remedy, is_setting=True)
    if isinstance(getattr(error.orig, "__cause__", None), asyncpg.ClientConfigurationError):
        return Trouble(f"the address of {which} can't be used ({cause})", "correct it", is_setting=True)
    if not is_outage(error):
        return None
    runs = "" if name.startswith("SQLITE") else "it runs, that "
    remedy = f"see that {runs}its disk is well and that this user may write there"
    return Trouble(f"{which} can't do its work ({cause})", remedy)


def _name(error: DBAPIError) -> str:
    """By what the database tells its errors apart: SQLite's name of it, or an SQLSTATE."""
    names = (getattr(error.orig, one, None) for one in ("sqlite_errorname", "sqlstate"))
    return next(filter(None, names), "")


def _is_full(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        return _name(error) in ("SQLITE_FULL", "53100")
    return isinstance(error, OSError) and error.errno in _FULL
