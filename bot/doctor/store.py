"""The database: reachable, of this code's schema, and who is at work on it.

It is only read, and no lock is taken: the bot may run meanwhile or start.
"""

from datetime import datetime

from sqlalchemy import text

from bot import outages
from bot.doctor.case import Case
from bot.doctor.findings import Finding, advice, ok, wrong
from bot.looking import ERRORS, NoDatabase, opened
from bot.opening import MOVED, database_url, owner
from bot.run import CLOCK
from storage import leases, migrations
from storage.database import Database
from storage.models import Lease


async def examine(case: Case) -> list[Finding]:
    try:
        async with opened(database_url(case.config, case.environ)) as database:
            await database.check()
            found = await migrations.current(database)
            said = [ok("store.database", f"{database.place} answers"), schema(found, migrations.head())]
            if found is None:
                said += rights(may_create=await _may_create(database))
            if found == migrations.head():
                said += await _process(case, database)
            return said
    except NoDatabase:
        return [ok("store.database", "there is none yet; the first start makes it")]
    except ERRORS as error:
        return [unreachable(error)]


async def _may_create(database: Database) -> bool:
    """Whether this user may make tables there; of SQLite the machine's own findings tell."""
    if database.is_sqlite:
        return True
    asked = text("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')")
    async with database.read() as session:
        return bool(await session.scalar(asked))


async def _process(case: Case, database: Database) -> list[Finding]:
    async with database.read() as session:
        held, left = await leases.holder(session, CLOCK), await leases.holder(session, MOVED)
    return [process(held, case.clock(), owner(case.data)), *moved(left)]


async def is_at_work(case: Case) -> bool:
    """Whether a congich is at work on the database of this folder; where that can't be told, it may be."""
    try:
        async with opened(database_url(case.config, case.environ)) as database:
            if not database.is_sqlite:  # whose parts may be at work on several machines
                return True
            await migrations.expect(database)
            async with database.read() as session:
                held = await leases.holder(session, CLOCK)
            return held is not None and held.until > case.clock()
    except NoDatabase:
        return False
    except ERRORS:
        return True


def moved(left: Lease | None) -> list[Finding]:
    """`left`: the mark of a database that was moved away."""
    if left is None:
        return []
    says = f"it is being moved, or was, to {left.owner}: nobody begins to work on it any more"
    remedy = "name that one in database.url or CONGICH_DATABASE_URL; or go on with this one: congich db keep"
    return [wrong("store.moved", says, remedy)]


def rights(*, may_create: bool) -> list[Finding]:
    """Of an empty database: whether the first start can make it ready."""
    if may_create:
        return []
    says = "this user may make no tables in it (PostgreSQL 15 and later allow it to the owner alone)"
    return [wrong("store.rights", says, outages.RIGHTS)]


def unreachable(error: Exception) -> Finding:
    """What a command would say of it; of an error that it has no words for only the kind, which shows no
    password."""
    found = outages.trouble(error)
    if found is None or (isinstance(error, OSError) and not found.remedy):
        return wrong("store.database", f"it does not answer ({type(error).__name__})", outages.REACH)
    return wrong("store.database", found.says, found.remedy or outages.REACH)


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
