"""The engine, the sessions, and every difference between SQLite and PostgreSQL.

SQLite: WAL, synchronous=FULL, foreign keys, and writing transactions that begin with BEGIN
IMMEDIATE (with a plain BEGIN 573 of 640 concurrent writes failed with "database is locked").
One process a file, held by a lock file. PostgreSQL: the same sessions on asyncpg.
"""

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Insert, Table, UnaryExpression, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.operators import custom_op
from sqlmodel import SQLModel

from storage import folders, sqlite_driver
from storage.direct import Dbapi, DirectSession
from storage.folder_lock import FolderLock, FolderTaken
from storage.unbroken import to_its_end

T = TypeVar("T")
_DETAIL = re.compile(r"\nDETAIL:.*", re.DOTALL)
BUSY_TIMEOUT_MS = 15_000
WORKING = (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
PATIENCE = timedelta(seconds=30)
LOOKING = (f"busy_timeout={BUSY_TIMEOUT_MS}", "query_only=ON")


class DatabaseError(Exception):
    """The database can't be used; the text says what to do."""


class AddressError(DatabaseError):
    """Its address is none; as long as nobody changes that, every try ends here."""


class Database:
    """One database: `read()` for a look, `write()` for one transaction that commits at its end."""

    def __init__(
        self,
        url: str,
        lock: Path | None = None,
        *,
        looks_only: bool = False,
        patience: timedelta = PATIENCE,
    ) -> None:
        """`url` such as sqlite:///data/congich.db or postgresql://user@host/name; `lock`: the file that
        keeps a second process out, for SQLite beside the database where none is named. With `looks_only`
        an SQLite file, which must be there, is read and can't be changed. `patience`: how long PostgreSQL
        waits for a process that holds a transaction and says nothing; then it is undone, and whatever that
        process still writes is refused."""
        self.url = address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock = self._folder_lock(lock)
        self.slot = 0  # which of the processes of this data folder we are, once we hold its lock
        if self.is_sqlite:
            pragmas = LOOKING if looks_only else WORKING
            self._reader = _sqlite_engine(self.url, "BEGIN", pragmas, pool_size=4)
            self._writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", pragmas, pool_size=1)
        else:
            self._reader = _postgresql_engine(self.url, self.place, pool_size=4)
            self._writer = _postgresql_engine(self.url, self.place, 8, _patient(patience))
        self._read_session = async_sessionmaker(self._reader, expire_on_commit=False)
        self._write_session = async_sessionmaker(self._writer, expire_on_commit=False)
        self._direct_session = async_sessionmaker(self._writer, class_=DirectSession, expire_on_commit=False)

    @property
    def place(self) -> str:
        """Its address as an operator writes it, but for the password."""
        shown = self.url.set(drivername=self.url.get_backend_name()).difference_update_query(["password"])
        return shown.render_as_string(hide_password=True)

    def _folder_lock(self, path: Path | None) -> FolderLock | None:
        if path is None and self.is_sqlite and self.url.database:
            path = Path(f"{self.url.database}.lock")
        return FolderLock(path) if path else None

    def acquire(self, *, shared: bool = False) -> None:
        """Hold the data folder for this process alone. Raises DatabaseError when another one works there.

        `shared`: on PostgreSQL others who say so may work there too, each in a slot of its own.
        """
        if self._lock is None:
            return
        try:
            self.slot = self._lock.beside_others() if shared and not self.is_sqlite else self._lock.alone()
        except FolderTaken:
            where = f"another congich is already running on {self._lock.folder}"
            raise DatabaseError(f"{where}; stop that one first") from None

    def release(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            self._lock.release()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only looks."""
        async with self._read_session() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One writing transaction: committed at the end, rolled back on an exception."""
        async with self._write_session() as session, session.begin():
            yield session

    async def carry_out(self, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
        """One writing transaction of many statements, which awaits nothing else: on SQLite it does not come
        back to the event loop before its end, and a statement is a plain call."""
        if not self.is_sqlite:
            async with self.write() as session:
                return await work(session)
        async with self._direct_session() as session, session.begin():
            raw = await (await session.connection()).get_raw_connection()
            driver = cast(sqlite_driver.Connection, raw.driver_connection)
            return await driver.carry_out(lambda: work(session))

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """One writing connection in a transaction, for migrations and bulk work."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """A connection without transactions, given up for good at the end."""
        async with self._reader.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            try:
                yield connection
            finally:
                await connection.invalidate()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees the whole database as it is at one moment, however long it reads."""
        async with self._reader.connect() as connection:
            if not self.is_sqlite:  # whose readers always do, in WAL
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection

    async def check(self) -> None:
        """Raise OSError where nobody answers; what a database refuses is an error of its own. Both have its
        place as a note."""
        looking = "PRAGMA schema_version" if self.is_sqlite else "SELECT 1"  # what SQLite reads its file for
        try:
            async with self.read() as session:
                await session.execute(text(looking))
        except DBAPIError as error:
            error.add_note(self.place)
            raise

    async def close(self) -> None:
        """Give back every connection and the lock, also where whoever asks for it is cancelled meanwhile."""
        await to_its_end(self._close())

    async def _close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()
        self.release()


_SQLITE_OUTAGES = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_CANTOPEN")
# Of SQLSTATE: connection, rollback, resources, operator, system; a transaction that may not write.
_POSTGRESQL_CONFLICTS = ("40", "25P03")  # rollback; idle-in-transaction time-out
_POSTGRESQL_OUTAGES = ("08", "40", "53", "57", "58", "25006", "25P03")


def is_outage(error: BaseException) -> bool:
    """Whether the database could not do its work just now, whatever was asked of it: a full disk, a lost
    connection. What was asked may well be done later, unchanged."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError) and not isinstance(
            error, TimeoutError
        )  # which may be one row's own
    cause = error.orig
    name = getattr(cause, "sqlite_errorname", "") or ""
    state = getattr(cause, "sqlstate", "") or ""
    return (
        error.connection_invalidated
        or _was_cut_off(error)
        or name.startswith(_SQLITE_OUTAGES)
        or state.startswith(_POSTGRESQL_OUTAGES)
    )


def is_conflict(error: BaseException) -> bool:
    """Whether PostgreSQL undid a transaction because it and another one waited for each other, or because its
    process said nothing for too long: nothing of it was done, and it may be tried anew at once."""
    state = getattr(getattr(error, "orig", None), "sqlstate", "") or ""
    return state.startswith(_POSTGRESQL_CONFLICTS) or _was_cut_off(error)


def is_no_text(error: BaseException) -> bool:
    """Whether PostgreSQL refused a text for a character, a NUL above all, that none has there."""
    return (getattr(getattr(error, "orig", None), "sqlstate", "") or "") in ("22021", "22P05")


def _was_cut_off(error: BaseException) -> bool:
    """Whether PostgreSQL ended the connection while our process hung.

    asyncpg then says that another operation is in progress, and names neither a state nor a lost connection.
    """
    return isinstance(getattr(error, "orig", None), AsyncAdapt_asyncpg_dbapi.InternalClientError)


def is_postgresql(session: AsyncSession | AsyncConnection) -> bool:
    """Whether a session or connection is PostgreSQL's."""
    bind = session if isinstance(session, AsyncConnection) else session.get_bind()
    return bind.dialect.name == "postgresql"


def by_the_way(session: AsyncSession, column: Any) -> ColumnElement[Any]:
    """A column by which a query filters or joins, but whose index SQLite must not use.

    SQLite has no statistics here, and would choose that index: it would then read all rows that a chat or a
    category ever had, and not the few that wait. PostgreSQL chooses by itself.
    """
    return cast(ColumnElement[Any], column) if is_postgresql(session) else unindexed(column)


def unindexed(column: Any) -> ColumnElement[Any]:
    """A column whose index SQLite must not use, for a statement that only SQLite runs."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def table_of(kind: type[SQLModel]) -> Table:
    """A model's table: a statement on it is spared what an entity's takes."""
    return cast(Table, inspect(kind).local_table)


def insert(session: AsyncSession, table: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; the clause reads the same in both databases."""
    if is_postgresql(session):
        return postgresql.insert(table)
    return sqlite.insert(table)


async def add_once(
    session: AsyncSession, table: type[SQLModel], rows: Sequence[Mapping[str, Any]], *unique: str
) -> None:
    """Add rows, all of the same columns; one whose `unique` columns are there already is left as it is."""
    await session.execute(_adding_once(table, unique, is_postgresql=is_postgresql(session)), rows)


@cache
def _adding_once(table: type[SQLModel], unique: tuple[str, ...], *, is_postgresql: bool) -> Insert:
    plain = table_of(table)
    adding = postgresql.insert(plain) if is_postgresql else sqlite.insert(plain)
    return adding.on_conflict_do_nothing(index_elements=unique)


def address(url: str) -> URL:
    """An address that can be used, with its driver. Raises AddressError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise AddressError("the database address is not a URL such as sqlite:///data/congich.db") from None
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise AddressError(f"the database must be sqlite or postgresql, not {backend}")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise AddressError("the database address names no file: write one such as sqlite:///data/congich.db")
    unknown = sorted(set(parsed.query) - (_SETTINGS if backend != "sqlite" else set()))
    if unknown:
        hint = "; TLS is asked for by ssl, as in ?ssl=require" if unknown[0].startswith("ssl") else ""
        raise AddressError(f"the database address has an unknown setting {unknown[0]!r}: take it out{hint}")
    found = parsed.set(drivername=_DRIVERS[backend])
    if backend != "sqlite":
        _expect_values(found)
    return found


def _expect_values(url: URL) -> None:
    """What the driver would stumble over only once it connects. Raises AddressError."""
    try:
        _, options = url.get_dialect()().create_connect_args(url)
        if not float(seconds := options.get("command_timeout", 1)) > 0:
            raise ValueError(f"command_timeout is more than 0, not {seconds!r}")
    except (ArgumentError, ValueError) as error:
        raise AddressError(f"the database address can't be used ({error}): correct it") from None
    port = options.get("port", 5432)
    wrong = [one for one in (port if isinstance(port, list) else [port]) if not 0 < one < 65_536]
    if wrong:
        raise AddressError(f"the database address has port {wrong[0]}, which is none: correct it")
    which = options.get("target_session_attrs", "any")
    if which not in _SESSIONS:
        known = ", ".join(_SESSIONS)
        raise AddressError(f"the database address: target_session_attrs is one of {known}, not {which!r}")


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",  # as libpq and many a provider write it
}
# What may stand in an address of PostgreSQL after the question mark: the driver's settings that are texts or
# numbers.
_SETTINGS = {
    *("host", "port", "user", "password", "database", "passfile", "service", "servicefile"),
    *("ssl", "direct_tls", "target_session_attrs", "krbsrvname", "gsslib"),
    *("command_timeout", "prepared_statement_cache_size"),
}
_SESSIONS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")


def _patient(patience: timedelta) -> dict[str, str]:
    return {"idle_in_transaction_session_timeout": str(round(patience.total_seconds() * 1000))}


async def _postgresql_connection(place: str, *arguments: Any, **options: Any) -> Any:
    """Where nobody answers, the error says which database it is."""
    import asyncpg

    try:
        return await asyncpg.connect(*arguments, **options)
    except OSError as error:
        error.add_note(place)
        raise


def _postgresql_engine(
    url: URL, place: str, pool_size: int, settings: Mapping[str, str] | None = None
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # what somebody wrote is in no error and no log
        connect_args={
            "server_settings": settings or {},
            "async_creator_fn": partial(_postgresql_connection, place),
        },
    )
    event.listen(engine.sync_engine, "handle_error", _hide_rows)
    return engine


def _hide_rows(context: ExceptionContext) -> None:
    """PostgreSQL's details quote the row that it refuses: no error says more than which rule that broke."""
    refused = context.original_exception
    if refused.__cause__ is not None:  # asyncpg's own error, which adds them whenever it is shown
        vars(refused.__cause__).pop("detail", None)
    for error in (refused, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(_DETAIL.sub("", one) if isinstance(one, str) else one for one in error.args)


def _sqlite_engine(url: URL, begin: str, pragmas: Sequence[str], pool_size: int) -> AsyncEngine:
    if url.database:
        folders.make(Path(url.database).parent)
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=60,
        hide_parameters=True,
        module=Dbapi(),
        connect_args={"async_creator_fn": sqlite_driver.connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
