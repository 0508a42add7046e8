"""One database: opened, brought up to date, and worked on by a thread of its own.

The bot's handler runs in several threads and waits for what it asks; the database library is
asynchronous. `Database` owns an event loop in a thread: `call` hands it a piece of work and waits,
`submit` hands it over without waiting, `every` repeats one.

| found when it is opened | what we do |
|---|---|
| no file | make it, for this user alone, and all tables |
| tables of an older version | bring them up to date in one transaction; stopped half way, none of it was done |
| another process doing just that | wait for it, then look again |
| tables of a newer version, or of another program | `StateError`; nothing is touched |
| no SQLite file, a damaged one, one that cannot be read | `StateError`; the next piece of work tries again |
| a write-ahead log left by `kill -9` | SQLite takes over what was committed and drops the rest |

Every commit is on the disk before `call` returns (`synchronous=FULL`): that an emergency is open
must survive a power cut too, and at a clinic's load the flush is the smaller part of a reply.
Deleted rows are overwritten (`secure_delete`), and `checkpoint` takes them out of the log as well.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from sqlalchemy import URL, Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backbot.errors import SettingsError, StateError
from backbot.state.schema import REVISIONS, Base

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

WAIT_S = 10.0
BUSY_S = 5.0
MIGRATION_BUSY_S = 60.0

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
    "SQLITE_IOERR": "The disk reports an error. Check the disk.",
    "SQLITE_PERM": "This user may not open it. Give the right to read and write it.",
    "SQLITE_NOTADB": "It is no SQLite database, or it is damaged. Put a backup in its place, or "
    "move it away and start again with an empty one.",
    "SQLITE_CORRUPT": "It is damaged. Put a backup in its place, or move it away and start again "
    "with an empty one.",
    "SQLITE_CONSTRAINT": "It refuses the change.",
}


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found without changing anything.

    Attributes:
        exists: Whether there is a database at all.
        version: Of its tables, "" for none.
        is_current: Whether its tables are those of this backbot.
    """

    exists: bool
    version: str = ""
    is_current: bool = False


class Database:
    """A database file, made and brought up to date when it is first needed.

    Safe to use from several threads, but not from the coroutines it runs. Ends with `close`; a
    program that is killed loses nothing that `call` returned from.

    Args:
        url: `sqlite:///` and a path, relative to the current folder unless it starts with /.
        busy_s: How long to wait for another process that is writing.

    Raises:
        SettingsError: The URL is of a kind that is not supported.
    """

    def __init__(self, url: str, *, busy_s: float = BUSY_S) -> None:
        self.path = _sqlite_path(url)
        self._busy_s = busy_s
        self._start_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._engine: AsyncEngine | None = None
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._jobs: set[asyncio.Task[None]] = set()
        self._closed = False

    # ------------------------------------------------------------------ for other threads

    def open(self, *, wait_s: float = MIGRATION_BUSY_S) -> None:
        """Open it now, so that what is wrong is told now.

        Raises:
            StateError: It cannot be opened; says why and what to do.
        """
        self._wait(self._submit(self._opened), wait_s)

    def read(self, work: Work[T], *, wait_s: float = WAIT_S) -> T:
        """Run work that only reads, and wait for what it gives.

        Raises:
            StateError: It failed, or took longer than `wait_s` (and may still go on).
        """
        return self._wait(self.submit(work, write=False), wait_s)

    def write(self, work: Work[T], *, wait_s: float = WAIT_S) -> T:
        """Run work in one transaction, and wait until it is on the disk.

        Raises:
            StateError: It failed and nothing was changed, or it took longer than `wait_s` (and
                may still succeed).
        """
        return self._wait(self.submit(work, write=True), wait_s)

    def submit(self, work: Work[T], *, write: bool) -> concurrent.futures.Future[T]:
        """Hand work over without waiting; the future raises `StateError` where it fails."""
        return self._submit(lambda: self._transaction(work, write=write))

    def every(self, seconds: float, job: Callable[[], Awaitable[object]]) -> None:
        """Repeat a coroutine, first at once, until the database is closed. Failures are logged."""
        self._submit(lambda: self._start_job(seconds, job))

    async def transact(self, work: Work[T], *, write: bool) -> T:
        """The same for a coroutine that `every` runs."""
        return await self._transaction(work, write=write)

    def examine(self, *, wait_s: float = MIGRATION_BUSY_S) -> Examination:
        """Look whether it is sound, without making or changing anything.

        Raises:
            StateError: It cannot be read, is damaged, or is not ours.
        """
        if not self.path.exists():
            _require_writable(self.path)
            return Examination(exists=False)
        return self._wait(self._submit(self._examined), wait_s)

    def checkpoint(self) -> None:
        """Empty the write-ahead log, so that what was deleted is gone from it. May be put off."""
        with contextlib.suppress(StateError):
            self._wait(self._submit(self._checkpointed), WAIT_S)

    def close(self) -> None:
        """End jobs and connections. No error when it was never opened, or is closed twice."""
        with self._start_lock:
            loop, self._closed = self._loop, True
            if loop is None:
                return
            self._loop = None
        with contextlib.suppress(concurrent.futures.TimeoutError):
            asyncio.run_coroutine_threadsafe(self._end(), loop).result(WAIT_S)
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join(WAIT_S)

    # ------------------------------------------------------------------ the thread

    def _submit(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> concurrent.futures.Future[T]:
        with self._start_lock:
            if self._closed:
                raise StateError(f"The database {self.path} is closed.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="database", daemon=True
                )
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(begin(), self._loop)

    def _wait(self, future: concurrent.futures.Future[T], wait_s: float) -> T:
        try:
            return future.result(wait_s)
        except concurrent.futures.CancelledError:
            raise StateError(f"The database {self.path} was closed meanwhile.") from None
        except concurrent.futures.TimeoutError:
            raise StateError(
                f"The database {self.path} did not answer within {wait_s:g} s. Check the disk, "
                "and whether another process is writing it."
            ) from None

    async def _start_job(self, seconds: float, job: Callable[[], Awaitable[object]]) -> None:
        async def repeat() -> None:
            failing = False
            while True:
                try:
                    await job()
                except Exception as error:  # noqa: BLE001 the next time may go well
                    if not failing:  # once, not every second
                        told = error if isinstance(error, StateError) else type(error).__name__
                        logger.error("upkeep of the database failed: %s", told)  # noqa: TRY400 no text
                    failing = True
                else:
                    failing = False
                await asyncio.sleep(seconds)

        task = asyncio.create_task(repeat())
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _end(self) -> None:
        for task in list(self._jobs):
            task.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        async with self._writing:  # what was begun is finished
            if self._engine is not None:
                await self._engine.dispose()

    # ------------------------------------------------------------------ transactions

    async def _transaction(self, work: Work[T], *, write: bool) -> T:
        try:
            engine = await self._opened()
            async with _nothing() if not write else self._writing, engine.connect() as connection:
                if write:
                    await connection.execution_options(backbot_begin="BEGIN IMMEDIATE")
                async with connection.begin():
                    return await work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise _state_error(self.path, error) from error

    async def _checkpointed(self) -> None:
        try:
            engine = await self._opened()
            async with self._writing, engine.connect() as connection:
                await _outside_transaction(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise _state_error(self.path, error) from error

    # ------------------------------------------------------------------ opening

    async def _opened(self) -> AsyncEngine:
        async with self._opening:
            if self._engine is not None:
                return self._engine
            engine = None
            try:
                _make_file(self.path)
                engine = _make_engine(self.path, self._busy_s)
                await _bring_up_to_date(engine, self.path)
            except (SQLAlchemyError, sqlite3.Error, OSError) as error:
                if engine is not None:
                    await engine.dispose()
                raise _state_error(self.path, error) from error
            except StateError:
                if engine is not None:
                    await engine.dispose()
                raise
            self._engine = engine
            return engine

    async def _examined(self) -> Examination:
        engine = _make_engine(self.path, self._busy_s)
        try:
            async with engine.connect() as connection:
                version = await connection.run_sync(_version, self.path)
                await connection.rollback()
                checked = await connection.scalar(text("PRAGMA quick_check(1)"))
            if checked != "ok":
                raise StateError(f"The database {self.path}: {_REMEDY['SQLITE_CORRUPT']}")
            _require_writable(self.path)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise _state_error(self.path, error) from error
        finally:
            await engine.dispose()
        return Examination(exists=True, version=version, is_current=version == REVISIONS[-1])


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


@contextlib.asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


# --------------------------------------------------------------------------- the file


def _sqlite_path(url: str) -> Path:
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
        f"BACKBOT_DATABASE_URL is of the kind {kind!r}, which this version cannot use: it keeps "
        "its data in an SQLite file, such as sqlite:///var/backbot.db."
    )


def _make_file(path: Path) -> None:
    """Make an empty file that only this user can read; SQLite gives its logs the same rights."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _require_writable(path: Path) -> None:
    """SQLite writes the file and, beside it, its logs."""
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise StateError(f"The database {path}: {_REMEDY['SQLITE_READONLY']}")
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise StateError(f"The database {path}: {_REMEDY['SQLITE_READONLY']}")


def _state_error(path: Path, error: Exception) -> StateError:
    """What happened, as a sentence. Never with the values of a statement."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, OSError):
        reason = f"{origin.strerror or type(origin).__name__}. Check the folder and its rights."
        return StateError(f"The database {path}: {reason}")
    name = str(getattr(origin, "sqlite_errorname", ""))
    for prefix, remedy in _REMEDY.items():
        if name.startswith(prefix):
            return StateError(f"The database {path}: {remedy}")
    return StateError(
        f"The database {path} cannot be used ({name or type(origin or error).__name__}). "
        "`backbot doctor` looks at it."
    )


# --------------------------------------------------------------------------- the engine


def _make_engine(path: Path, busy_s: float) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        hide_parameters=True,  # an error must not carry what somebody wrote into the log
        pool_size=4,
        max_overflow=0,
        connect_args={"timeout": busy_s},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # BEGIN is ours: see below
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # The driver's own BEGIN comes late (not before a table is made) and asks for the right to
    # write when it is too late to wait for it.
    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(str(options.get("backbot_begin", "BEGIN")))

    return engine


async def _outside_transaction(connection: AsyncConnection, statement: str) -> None:
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if driver is not None:
        async with driver.execute(statement) as cursor:
            await cursor.fetchall()


async def _bring_up_to_date(engine: AsyncEngine, path: Path) -> None:
    """Make or change the tables. The write lock keeps a second process from doing it as well."""
    async with engine.connect() as connection:
        if await connection.run_sync(_version, path) == REVISIONS[-1]:
            return
    async with engine.connect() as connection:
        await _outside_transaction(
            connection, f"PRAGMA busy_timeout={int(MIGRATION_BUSY_S * 1000)}"
        )
        await _outside_transaction(connection, "PRAGMA journal_mode=WAL")
        await connection.execution_options(backbot_begin="BEGIN IMMEDIATE")
        async with connection.begin():
            await connection.run_sync(_migrate, path)
    await engine.dispose()  # with it goes the connection that waits for a minute


def _version(connection: Connection, path: Path) -> str:
    """The version of the tables, "" for none; StateError where they are not ours or newer."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return ""
    version = ""
    if "alembic_version" in tables:
        version = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    if version in REVISIONS:
        return version
    if version and set(Base.metadata.tables) & tables:
        raise StateError(
            f"The database {path} was written by a newer backbot (version {version} of its "
            f"tables; this one knows them up to {REVISIONS[-1]}). Nothing was changed. Install "
            "the newer backbot again, or put a backup from before in its place."
        )
    raise StateError(
        f"The database {path} belongs to another program. Nothing was changed. Set "
        "BACKBOT_DATABASE_URL to a file of its own, such as sqlite:///var/backbot.db."
    )


def _migrate(connection: Connection, path: Path) -> None:
    if _version(connection, path) == REVISIONS[-1]:
        return  # another process was quicker
    from alembic import command  # noqa: PLC0415 - rarely needed, and takes a while
    from alembic.config import Config  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    logger.info("the database %s is at version %s", path, REVISIONS[-1])
