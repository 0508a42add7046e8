"""A database on a PostgreSQL server, through psycopg 3. Imported only where one is set.

One process writes at a time, as in SQLite: each transaction that writes takes an advisory lock
first and has it until its end. So code that reads, decides and writes needs no second way of
thinking, also once several processes share the database. At a clinic's load the lock is free.

The driver's own words never leave this file: they may hold values of a row. `_REMEDY` and
`_REFUSED` say what they mean.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Table, bindparam, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backbot.errors import SettingsError, StateError
from backbot.state.engine import MIGRATION_BUSY_S, Backend, migrate, version_of
from backbot.state.schema import REVISIONS

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    import_module("greenlet")  # SQLAlchemy needs it for this, and says so only in use
except ImportError as error:
    raise SettingsError(
        "BACKBOT_DATABASE_URL names a PostgreSQL database, and its driver is not installed. "
        'Install it beside backbot: pip install "psycopg[binary]>=3.2,<4" greenlet.'
    ) from error

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

_LOCK = text("SELECT pg_advisory_xact_lock(:key)").bindparams(
    bindparam("key", 4_281_073_905_512_846)  # ours alone: any number that nobody else thinks of
)

# A server that is gone is noticed in seconds. What the address itself says wins.
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_IDLE_S = 30
"""After this the server takes the lock from a process whose machine has died in a transaction."""

_SESSION = """
    SELECT set_config('lock_timeout', %(busy)s, false),
        set_config('idle_in_transaction_session_timeout', %(idle)s, false),
        set_config('synchronous_commit', replace(setting, 'off', 'on'), false)
    FROM current_setting('synchronous_commit') AS setting
"""

_CANNOT_WRITE = text(
    "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean"
)

_BUSY = "Another process is writing it and does not finish. Stop that one, or try again."
_AWAY = (
    "The server cannot be reached there. Check that it runs, and the host and port of "
    "BACKBOT_DATABASE_URL."
)
_STARTING = "The server is starting or stopping. Wait a little; backbot tries again by itself."
_FULL = "The server takes no more connections. Close others, or raise its max_connections."
_WHO = (
    "The server refuses the user or the password. Check both in BACKBOT_DATABASE_URL; in an "
    "address, characters such as @ : / # % are written as %40 %3A %2F %23 %25."
)
_RIGHTS = (
    "The user may not do that there. Make the user the owner of the database: "
    "ALTER DATABASE ... OWNER TO ..."
)
_ENCODING = (
    "Its encoding is not UTF8, so it cannot hold every name. Make another one: "
    "createdb --encoding=UTF8 --template=template0 ..."
)
_READ_ONLY = "It can only be read: it is a copy (standby), or set so. Name the one written."
_NO_DATABASE = "The server has no database of that name. Make it: createdb --owner=... ..."

# By the beginning of the SQLSTATE (PostgreSQL's manual, appendix A), the longer ones first.
_REMEDY = {
    "25006": _READ_ONLY,
    "28": _WHO,
    "3D000": _NO_DATABASE,
    "42501": _RIGHTS,
    "53100": "The server's disk is full. Make room.",
    "53300": _FULL,
    "55P03": _BUSY,
    "57P": _STARTING,
    "08": _AWAY,
    "58": "The server reports an error of its disk. Look at its log.",
    "XX001": "It is damaged. Put a backup in its place.",
    "XX002": "It is damaged. Put a backup in its place.",
    "P0001": "It refuses the change.",
    "22": "It refuses the change.",
    "23": "It refuses the change.",
}

# A refused connection has no SQLSTATE, only words: the server's, or libpq's own.
_REFUSED = {
    r"password authentication failed|no password supplied|role .* does not exist": _WHO,
    r"database .* does not exist": _NO_DATABASE,
    r"permission denied for database": _RIGHTS,
    r"no pg_hba\.conf entry|authentication failed": "The server lets nobody in from here as "
    "that user. Add a line to its pg_hba.conf.",
    r"starting up|shutting down|in recovery mode": _STARTING,
    r"too many (clients|connections)|connection slots": _FULL,
    r"does not support SSL": "The server has no encryption (TLS), and sslmode in "
    "BACKBOT_DATABASE_URL asks for it. Switch it on there.",
    r"certificate|SSL error": "The server's certificate is not trusted, or names another host. "
    "Check sslmode and sslrootcert in BACKBOT_DATABASE_URL.",
    r"failed to resolve host|could not translate host name": "There is no host of that name. "
    "Check BACKBOT_DATABASE_URL.",
    r"invalid (sslmode|value|integer|connection option|port)": "A part of BACKBOT_DATABASE_URL "
    "behind the ? has a wrong value.",
}


class PostgresqlBackend(Backend[AsyncEngine]):
    """One database on a server.

    Args:
        url: As libpq reads it, so as `psql` and `pg_dump` do; also with `postgres` or
            `postgresql+psycopg` in front. What it leaves out is libpq's: PGHOST, ~/.pgpass.
        busy_s: How long to wait for another process that is writing.

    Raises:
        SettingsError: The URL cannot be read.
    """

    slow = "Check the server, and whether another process is writing it."
    errors = (SQLAlchemyError, psycopg.Error, OSError)

    def __init__(self, url: str, busy_s: float) -> None:
        self._given = _read(url)
        self._busy_s = busy_s
        self.name = _shown(self._given)

    def upsert(self, table: Table) -> Insert:
        """PostgreSQL's own insert."""
        return insert(table)

    def is_missing(self) -> bool:
        """Never: a database is made by whoever runs the server."""
        return False

    def error(self, error: Exception) -> StateError:
        """A sentence for an SQLSTATE, or for a connection that was refused."""
        origin = error.orig if isinstance(error, DBAPIError) else error
        state = str(getattr(origin, "sqlstate", None) or "")
        told = next((told for code, told in _REMEDY.items() if state.startswith(code)), "")
        if isinstance(origin, PoolTimeoutError):
            told = self.slow
        elif not state and isinstance(origin, (psycopg.OperationalError, OSError)):
            told = _refusal(str(origin))
        if not told:
            told = f"It cannot be used ({state or type(origin).__name__}). Look at its log."
        return StateError(f"The database {self.name}: {told}")

    def engine(self) -> AsyncEngine:
        """An engine whose connections are tried before they are used again."""
        given = {**_PATIENCE, **self._given, "client_encoding": "utf8"}
        session = {"busy": f"{int(self._busy_s * 1000)}ms", "idle": f"{_IDLE_S}s"}

        async def connect() -> psycopg.AsyncConnection[TupleRow]:
            connection = await psycopg.AsyncConnection.connect(**given)
            try:
                await connection.execute(_SESSION, session)
                await connection.commit()
            except BaseException:
                await connection.close()
                raise
            return connection

        return create_async_engine(
            "postgresql+psycopg://",
            async_creator=connect,
            isolation_level="READ COMMITTED",  # who waited for the lock sees what it waited for
            hide_parameters=True,  # an error must not carry what somebody wrote into the log
            pool_size=4,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=True,  # a server that was started again costs no piece of work
        )

    async def dispose(self, engine: AsyncEngine) -> None:
        """Close its connections."""
        await engine.dispose()

    async def bring_up_to_date(self, engine: AsyncEngine) -> None:
        """Under the lock of all who write, which is waited for as long as a migration may take."""
        async with self.reading(engine) as connection:
            version = await connection.run_sync(version_of, self.name)
            if version == REVISIONS[-1]:
                return
            await self._require_utf8(connection)
        async with engine.connect() as connection, connection.begin():
            wait = f"{int(MIGRATION_BUSY_S * 1000)}ms"
            await connection.execute(
                text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": wait}
            )
            await connection.execute(_LOCK)
            await connection.run_sync(migrate, self.name)

    @contextlib.asynccontextmanager
    async def reading(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state, and waits for nobody who writes rows."""
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection

    @contextlib.asynccontextmanager
    async def writing(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A transaction that has the lock; each of its statements sees what was committed."""
        async with engine.connect() as connection, connection.begin():
            await connection.execute(_LOCK)
            yield connection

    async def examined(self, engine: AsyncEngine) -> str:
        """Looks at the tables and at what this user may do with them; changes nothing."""
        async with self.reading(engine) as connection:
            version = await connection.run_sync(version_of, self.name)
            await self._require_utf8(connection)
            if await connection.scalar(_CANNOT_WRITE):
                raise StateError(f"The database {self.name}: {_READ_ONLY}")
            question = (
                "has_table_privilege('conversations', 'INSERT')"
                if version
                else "has_schema_privilege(current_schema(), 'CREATE')"
            )
            if not await connection.scalar(text(f"SELECT {question}")):
                raise StateError(f"The database {self.name}: {_RIGHTS}")
        return version

    async def tidy(self, engine: AsyncEngine) -> None:
        """Nothing: the server reuses the room of deleted rows when it sees fit."""

    async def _require_utf8(self, connection: AsyncConnection) -> None:
        if await connection.scalar(text("SHOW server_encoding")) != "UTF8":
            raise StateError(f"The database {self.name}: {_ENCODING}")


def _refusal(said: str) -> str:
    """Why there is no connection, by what the server or libpq said."""
    return next((told for shape, told in _REFUSED.items() if re.search(shape, said)), _AWAY)


# --------------------------------------------------------------------------- the address


def _read(url: str) -> dict[str, Any]:
    """The parts of an address by libpq's names; SettingsError, without any of it, where wrong."""
    try:
        given = conninfo_to_dict("postgresql" + url[url.index("://") :])
    except (psycopg.Error, ValueError):
        given = {"host": "@"}
    ports = str(given.get("port", "")).split(",")
    # An @ or a / in a password that is not written as %40, %2F ends up in these.
    if (
        "@" in f"{given.get('host', '')}{given.get('dbname', '')}"
        or not all(port == "" or (port.isascii() and port.isdigit()) for port in ports)
        or not given.get("dbname")
    ):
        raise SettingsError(
            "BACKBOT_DATABASE_URL is no address of a PostgreSQL database. A right value is "
            "postgresql://USER:PASSWORD@HOST:5432/NAME, where characters of the password such as "
            "@ : / # % are written as %40 %3A %2F %23 %25."
        )
    return given


def _shown(given: Mapping[str, Any]) -> str:
    """The address without password and options, for messages."""
    user = f"{quote(str(given['user']))}@" if given.get("user") else ""
    host, port = str(given.get("host", "")), str(given.get("port", ""))
    name = quote(str(given["dbname"]))
    if host.startswith("/"):  # the folder of a socket
        return f"postgresql://{user}/{name}?host={host}"
    if ":" in host:
        host = f"[{host}]"
    return f"postgresql://{user}{quote(host, safe=':[],.')}{port and ':' + port}/{name}"
