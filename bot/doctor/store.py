"""The database: reachable, of this code's schema, and who is at work on it.

It is only read, and no lock is taken: the bot may run meanwhile or start.
"""

from datetime import datetime

from bot.doctor.case import Case
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.looking import ERRORS, NoDatabase, opened
from bot.opening import MOVED, database_url, owner
from bot.run import CLOCK
from storage import leases, migrations
from storage.database import Database, DatabaseError
from storage.models import Lease


async def examine(case: Case) -> list[Finding]:
    try:
        async with opened(database_url(case.config, case.environ)) as database:
            place = database.url.set(drivername=database.url.get_backend_name()).render_as_string()
            found = await migrations.current(database)
            said = [ok("store.database", f"{place} answers"), schema(found, migrations.head())]
            if found == migrations.head():
                said += await _process(case, database)
            return said
    except NoDatabase:
        return [ok("store.database", "there is none yet; the first start makes it")]
    except ERRORS as error:
        return [unreachable(error)]


async def _process(case: Case, database: Database) -> list[Finding]:
    async with database.read() as session:
        held, left = await leases.holder(session, CLOCK), await leases.holder(session, MOVED)
    return [process(held, case.clock(), owner(case.data)), *moved(left)]


def moved(left: Lease | None) -> list[Finding]:
    """`left`: the mark of a database that was moved away."""
    if left is None:
        return []
    says = f"it is being moved, or was, to {left.owner}: nobody begins to work on it any more"
    remedy = "name that one in database.url or CONGICH_DATABASE_URL; or go on with this one: congich db keep"
    return [wrong("store.moved", says, remedy)]


def unreachable(error: Exception) -> Finding:
    """Our own sentence where it is ours; of a driver's error only its kind, which shows no password."""
    says = str(error) if isinstance(error, DatabaseError) else f"it does not answer ({type(error).__name__})"
    remedy = "see that it runs and that database.url or CONGICH_DATABASE_URL names it, its user and password"
    return wrong("store.database", says, remedy)


def schema(found: str | None, needed: str) -> Finding:
    """`found`: the database's version, None while it is empty."""
    if found is None:
        return ok("store.schema", "the database is empty; the first start makes its schema")
    if found == needed:
        return ok("store.schema", f"schema {found}, as this congich needs it")
    says = f"the database has schema {found}, this congich needs {needed}"
    if migrations.is_known(found):
        return wrong("store.schema", says, "stop congich, back the database up, run: congich db upgrade")
    return wrong("store.schema", f"{says}: a newer congich made it", "install that version")


def process(held: Lease | None, now: datetime, ours: str) -> Finding:
    """`held`: the lease of the process at work; `ours`: whom a process of this folder calls itself."""
    if held is None:
        return ok("store.process", "no congich is at work on it")
    if held.until <= now:
        says = f"congich ended without a good-bye, by {held.until:%Y-%m-%d %H:%M} UTC"
        return advice("store.process", says, "read the end of its log, then start it again: congich run")
    if held.owner.partition("#")[0] != ours:
        says = f"congich is at work on it as {held.owner}, which is not this machine and folder"
        return advice("store.process", says, "see that all have the same photos and keys, or stop it")
    return ok("store.process", "congich is at work on it")
