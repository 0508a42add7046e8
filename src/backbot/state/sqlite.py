"""A database as one SQLite file.

Its lock is SQLite's own: BEGIN IMMEDIATE lets one process write at a time. What was committed is
on the disk (`synchronous=FULL`), deleted rows are overwritten (`secure_delete`).

A statement here takes less time than handing it to another thread, so nothing does: `Direct` has
the coroutines that pieces of work are written for, and none of them ever waits. What reads and
what writes has a thread each (`database.py`), for a flush of the disk can take long.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from backbot.errors import SettingsError, StateError
from backbot.state import engine as tables
from backbot.state.engine import MIGRATION_BUSY_S, Backend, version_of
from backbot.state.schema import REVISIONS

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

_WAL_AGAIN_S = 0.05
_SCHEMES = ("sqlite:///", "sqlite+aiosqlite:///")
_REMEDY = {
    "SQLITE_FULL": "The disk is full. Make room.",
    "SQLITE_READONLY": "It cannot be written by this user. Give the right to write it and its "
    "folder.",
    "SQLITE_CANTOPEN": "It cannot be opened. Check that its folder exists and that this user may "
    "read and write there.",
    "SQLITE_BUSY": "Another process is writing it and does not finish. Stop that one, or try "
    "again.",
    "SQLITE_LOCKED": "Another process is writing it and does not finish. Stop that one, or try "
    "again.",
    "SQLITE_IOERR": "The disk reports an error: it is full or broken. Check the free space first.",
    "SQLITE_PERM": "This user may not open it. Give the right to read and write it.",
    "SQLITE_NOTADB": "It is no SQLite database, or it is damaged. Put a backup in its place, or "
    "move it away and start again with an empty one.",
    "SQLITE_CORRUPT": "It is damaged. Put a backup in its place, or move it away and start again "
    "with an empty one.",
    "SQLITE_CONSTRAINT": "It refuses the change.",
}
_NO_FILE = (
    "It is a folder, or no ordinary file. Set BACKBOT_DATABASE_URL to a file, such as "
    "sqlite:///var/backbot.db."
)


class Direct:
    """A connection with the methods of `AsyncConnection` that pieces of work use.

    Args:
        connection: What does the work, at once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """Of which kind it is."""
        return self._connection.dialect

    async def execute(self, *statement: Any, **options: Any) -> Any:  # noqa: ANN401 as theirs
        """Run a statement."""
        return self._connection.execute(*statement, **options)

    async def scalar(self, *statement: Any, **options: Any) -> Any:  # noqa: ANN401 as theirs
        """Run a statement; the first value."""
        return self._connection.scalar(*statement, **options)

    async def scalars(self, *statement: Any, **options: Any) -> Any:  # noqa: ANN401 as theirs
        """Run a statement; the first value of each row."""
        return self._connection.scalars(*statement, **options)

    async def run_sync(self, call: Callable[..., T], *given: Any) -> T:  # noqa: ANN401 as theirs
        """What a function gives for the connection inside."""
        return call(self._connection, *given)


class SqliteBackend(Backend[Engine]):
    """One file, made when it is first needed, for this user alone.

    Args:
        url: `sqlite:///` and a path, relative to the current folder unless it starts with /.
        busy_s: How long SQLite waits for another process that is writing.

    Raises:
        SettingsError: The URL names no file, or is of another kind.
    """

    slow = "Check the disk, and whether another process is writing it."
    errors = (SQLAlchemyError, sqlite3.Error, OSError)
    holds_up = True

    def __init__(self, url: str, busy_s: float) -> None:
        self._path = _path_of(url)
        self._busy_s = busy_s
        self.name = str(self._path)

    def upsert(self, table: Table) -> Insert:
        """SQLite's own insert."""
        return insert(table)

    def is_missing(self) -> bool:
        """Whether there is no file; StateError where none can be made."""
        if self._path.is_file():
            return False
        _require_writable(self._path)
        return True

    def file(self) -> tuple[int, int] | None:
        """What stands under its name now, which is not what is open once it was moved away."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def error(self, error: Exception) -> StateError:
        """A sentence for what SQLite or the disk reports."""
        origin = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(origin, OSError):
            reason = f"{origin.strerror or type(origin).__name__}. Check the folder and its rights"
            return StateError(f"The database {self.name}: {reason}.")
        name = str(getattr(origin, "sqlite_errorname", ""))
        for prefix, remedy in _REMEDY.items():
            if name.startswith(prefix):
                return StateError(f"The database {self.name}: {remedy}")
        return StateError(
            f"The database {self.name} cannot be used ({name or type(origin or error).__name__}). "
            "`backbot doctor` looks at it."
        )

    def engine(self) -> Engine:
        """An engine for the file."""
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=self.name),
            hide_parameters=True,  # an error must not carry what somebody wrote into the log
            connect_args={"timeout": self._busy_s},
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's type
            connection.isolation_level = None  # BEGIN is ours: see below
            cursor = connection.cursor()
            for pragma in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        # The driver's own BEGIN comes late (not before a table is made) and asks for the right to
        # write when it is too late to wait for it.
        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            begin_as = connection.get_execution_options().get("backbot_begin", "BEGIN")
            _outside_transaction(connection, begin_as)

        return engine

    async def dispose(self, engine: Engine) -> None:
        """Close its connections."""
        engine.dispose()

    async def bring_up_to_date(self, engine: Engine) -> None:
        """Under SQLite's write lock, which is waited for as long as a migration may take."""
        _make_file(self._path)
        with engine.connect() as connection:
            with connection.begin():
                version = version_of(connection, self.name)
            wait = f"PRAGMA busy_timeout={int(MIGRATION_BUSY_S * 1000)}"
            _outside_transaction(connection, wait)
            _write_ahead(connection)
            if version != REVISIONS[-1]:
                connection.execution_options(backbot_begin="BEGIN IMMEDIATE")
                with connection.begin():
                    tables.migrate(connection, self.name)
        engine.dispose()  # with it goes the connection that waits for a minute

    @contextlib.asynccontextmanager
    async def reading(self, engine: Engine) -> AsyncIterator[AsyncConnection]:
        """A transaction; beside the write-ahead log nobody waits for who writes."""
        with engine.connect() as connection, connection.begin():
            yield _as_theirs(connection)

    @contextlib.asynccontextmanager
    async def writing(self, engine: Engine) -> AsyncIterator[AsyncConnection]:
        """A transaction that takes the write lock before it reads anything."""
        with engine.connect() as connection:
            connection.execution_options(backbot_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield _as_theirs(connection)

    async def examined(self, engine: Engine) -> str:
        """Looks at every page, and whether it is its turn to write; changes nothing."""
        with engine.connect() as connection, connection.begin():
            version = version_of(connection, self.name)
            checked = connection.scalar(text("PRAGMA quick_check(1)"))
        if checked != "ok":
            raise StateError(f"The database {self.name}: {_REMEDY['SQLITE_CORRUPT']}")
        _require_writable(self._path)
        async with self.writing(engine):
            return version

    async def tidy(self, engine: Engine) -> None:
        """Copy the write-ahead log into the file and empty it, as far as no reader needs it."""
        with engine.connect() as connection:
            _outside_transaction(connection, "PRAGMA wal_checkpoint(TRUNCATE)")


def _as_theirs(connection: Connection) -> AsyncConnection:
    return cast("AsyncConnection", Direct(connection))


def _path_of(url: str) -> Path:
    """The file of an SQLite URL, absolute."""
    for scheme in _SCHEMES:
        name = unquote(url.removeprefix(scheme))
        if url.startswith(scheme) and name and name != ":memory:" and "?" not in name:
            return Path(name).expanduser().absolute()
    kind = url.partition(":")[0]
    if kind.startswith("sqlite"):
        raise SettingsError(
            "BACKBOT_DATABASE_URL names no file. A right value is sqlite:///var/backbot.db, or "
            "with four slashes a path from the root: sqlite:////srv/backbot/var/backbot.db."
        )
    raise SettingsError(
        f"BACKBOT_DATABASE_URL is of the kind {kind!r}, which backbot does not know: it keeps its "
        "data in an SQLite file, such as sqlite:///var/backbot.db, or in PostgreSQL, such as "
        "postgresql://backbot@db.clinic.example/backbot."
    )


def _make_file(path: Path) -> None:
    """Make an empty file that only this user can read; SQLite gives its logs the same rights."""
    if path.exists():
        _require_writable(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _require_writable(path: Path) -> None:
    """SQLite writes the file and, beside it, its logs."""
    if path.exists() and not path.is_file():
        raise StateError(f"The database {path}: {_NO_FILE}")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise StateError(f"The database {path}: {_REMEDY['SQLITE_READONLY']}")
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise StateError(f"The database {path}: {_REMEDY['SQLITE_READONLY']}")


def _write_ahead(connection: Connection) -> None:
    """Have the write-ahead log: a new file and a restored copy have none.

    Where another process is about the same, SQLite says at once that the file is locked, without
    waiting as it does elsewhere.
    """
    give_up_at = time.monotonic() + MIGRATION_BUSY_S
    while True:
        try:
            _outside_transaction(connection, "PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(_WAL_AGAIN_S)
        else:
            return


def _outside_transaction(connection: Connection, statement: str) -> None:
    """Run a statement for which no transaction may have begun."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(statement).fetchall()
