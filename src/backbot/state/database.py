"""One database: opened, brought up to date, and worked on by a thread of its own.

The bot's handler runs in several threads and waits for what it asks; the database library is
asynchronous. `Database` owns an event loop in a thread: `read` and `write` hand it a piece of work
and wait, `every` repeats one.

| found when it is opened | what we do |
|---|---|
| no file | make it, for this user alone, and all tables |
| tables of an older version | bring them up to date in one transaction; stopped half way, none of it was done |
| another process doing just that | wait for it, then look again |
| tables of a newer version, or of another program | `StateError`; nothing is touched |
| no SQLite file, a damaged one, one that cannot be read | `StateError`; the next piece of work tries again |
| a write-ahead log left by `kill -9` | SQLite takes over what was committed and drops the rest |

Every commit is on the disk before `write` returns (`synchronous=FULL`): that an emergency is open
must survive a power cut too, and at a clinic's load the flush is the smaller part of a reply.
Deleted rows are overwritten (`secure_delete`), and `checkpoint` takes them out of the log as well.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import logging
import sqlite3
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backbot.errors import StateError
from backbot.state.engine import (
    MIGRATION_BUSY_S,
    REMEDY,
    bring_up_to_date,
    make_engine,
    make_file,
    outside_transaction,
    require_writable,
    sqlite_path,
    state_error,
    version_of,
)
from backbot.state.schema import REVISIONS

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
Job = Callable[[], Awaitable[object]]

WAIT_S = 10.0
BUSY_S = 5.0


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

    Safe to use from several threads, but not from the coroutines it runs. Ends with `close`, or
    with the program; one that is killed loses nothing that `write` returned from.

    Args:
        url: `sqlite:///` and a path, relative to the current folder unless it starts with /.
        busy_s: How long to wait for another process that is writing.

    Raises:
        SettingsError: The URL is of a kind that is not supported.
    """

    def __init__(self, url: str, *, busy_s: float = BUSY_S) -> None:
        self.path = sqlite_path(url)
        self._worker = _Worker(self.path, busy_s)
        self._given_up = weakref.finalize(self, self._worker.stop_soon)
        self._given_up.atexit = False  # see `_close_all`
        _OPEN.add(self)

    def open(self, *, wait_s: float = MIGRATION_BUSY_S) -> None:
        """Open it now, so that what is wrong is told now.

        Raises:
            StateError: It cannot be opened; says why and what to do.
        """
        self._wait(self._worker.submit(self._worker.opened), wait_s)

    def read(self, work: Work[T], *, wait_s: float = WAIT_S) -> T:
        """Run work that only reads, and wait for what it gives.

        Raises:
            StateError: It failed, or took longer than `wait_s` (and may still go on).
        """
        return self._wait(self._worker.submit(lambda: self.reading(work)), wait_s)

    def write(
        self,
        work: Work[T],
        *,
        wait_s: float = WAIT_S,
        committed: Callable[[T], None] | None = None,
    ) -> T:
        """Run work in one transaction, and wait until it is on the disk.

        Args:
            work: Runs while nothing else in this process writes.
            wait_s: How long to wait.
            committed: Told what the work gave, once it is on the disk and before any other work
                that writes begins; also where waiting for it was given up.

        Raises:
            StateError: It failed and nothing was changed, or it took longer than `wait_s` (and
                may still succeed).
        """
        return self._wait(self._worker.submit(lambda: self.writing(work, committed)), wait_s)

    async def reading(self, work: Work[T]) -> T:
        """`read` for a coroutine that `every` runs."""
        return await self._worker.read(work)

    async def writing(self, work: Work[T], committed: Callable[[T], None] | None = None) -> T:
        """`write` for a coroutine that `every` runs."""
        return await self._worker.write(work, committed)

    def every(self, seconds: float, job: Job) -> None:
        """Repeat a coroutine, first at once, until the database is closed. Failures are logged.

        Raises:
            StateError: The database is closed.
        """
        self._worker.submit(lambda: self._worker.start_job(seconds, job))

    def examine(self, *, wait_s: float = MIGRATION_BUSY_S) -> Examination:
        """Look whether it is sound, without making or changing anything.

        Raises:
            StateError: It cannot be read, is damaged, or is not ours.
        """
        if not self.path.exists():
            require_writable(self.path)
            return Examination(exists=False)
        return self._wait(self._worker.submit(self._worker.examined), wait_s)

    def checkpoint(self) -> None:
        """Empty the write-ahead log, so that what was deleted is gone from it. May be put off."""
        with contextlib.suppress(StateError):
            self._wait(self._worker.submit(self._worker.checkpoint), WAIT_S)

    def close(self) -> None:
        """End jobs and connections. No error when it was never opened, or is closed twice."""
        self._given_up.detach()
        self._worker.stop_soon()
        self._worker.join()

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


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for database in list(_OPEN):
        database.close()


class _Worker:
    """The thread, its event loop, and all that happens in it."""

    def __init__(self, path: Path, busy_s: float) -> None:
        self._path = path
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._engine: AsyncEngine | None = None
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._ending = asyncio.Event()
        self._jobs: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------ from other threads

    def submit(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> concurrent.futures.Future[T]:
        """Start a coroutine in the thread, which is started for the first one."""
        with self._lock:
            if self._closed:
                raise StateError(f"The database {self._path} is closed.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="database", daemon=True
                )
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(begin(), self._loop)

    def stop_soon(self) -> None:
        """Let the thread finish what it has begun, and end."""
        with self._lock:
            if self._loop is not None and not self._closed:
                asyncio.run_coroutine_threadsafe(self._end(self._loop), self._loop)
            self._closed = True

    def join(self) -> None:
        """Wait until the thread has ended."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(WAIT_S)

    # ------------------------------------------------------------------ in the thread

    async def start_job(self, seconds: float, job: Job) -> None:
        """Begin to repeat a coroutine."""
        task = asyncio.create_task(self._repeat(seconds, job))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _repeat(self, seconds: float, job: Job) -> None:
        failing = False
        while not self._ending.is_set():
            try:
                await job()
            except Exception as error:  # noqa: BLE001 the next time may go well
                if not failing:  # once, not every second
                    told = error if isinstance(error, StateError) else type(error).__name__
                    logger.error("upkeep of the database failed: %s", told)  # noqa: TRY400 no text
                failing = True
            else:
                failing = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), seconds)

    async def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ending.set()
        if begun := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(begun, timeout=WAIT_S)
        if self._engine is not None:
            await self._engine.dispose()
        loop.stop()

    async def read(self, work: Work[T]) -> T:
        """Run work in a transaction that sees one state of the database."""
        try:
            engine = await self.opened()
            async with engine.connect() as connection, connection.begin():
                return await work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise state_error(self._path, error) from error

    async def write(self, work: Work[T], committed: Callable[[T], None] | None) -> T:
        """Run work in a transaction, one at a time."""
        try:
            engine = await self.opened()
            async with self._writing:
                async with engine.connect() as connection:
                    await connection.execution_options(backbot_begin="BEGIN IMMEDIATE")
                    async with connection.begin():
                        result = await work(connection)
                if committed is not None:
                    committed(result)
                return result
        except (SQLAlchemyError, OSError) as error:
            raise state_error(self._path, error) from error

    async def checkpoint(self) -> None:
        """Copy the log into the file and empty it, as far as no reader needs it."""
        try:
            engine = await self.opened()
            async with self._writing, engine.connect() as connection:
                await outside_transaction(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise state_error(self._path, error) from error

    async def opened(self) -> AsyncEngine:
        """The engine; made, and the tables brought up to date, the first time."""
        async with self._opening:
            if self._engine is not None:
                return self._engine
            try:
                make_file(self._path)
                engine = make_engine(self._path, self._busy_s)
                try:
                    await bring_up_to_date(engine, self._path)
                except BaseException:
                    await engine.dispose()
                    raise
            except (SQLAlchemyError, sqlite3.Error, OSError) as error:
                raise state_error(self._path, error) from error
            self._engine = engine
            return engine

    async def examined(self) -> Examination:
        """Look at an existing file, with an engine of its own that makes and changes nothing."""
        engine = make_engine(self._path, self._busy_s)
        try:
            async with engine.connect() as connection, connection.begin():
                version = await connection.run_sync(version_of, self._path)
                checked = await connection.scalar(text("PRAGMA quick_check(1)"))
            if checked != "ok":
                raise StateError(f"The database {self._path}: {REMEDY['SQLITE_CORRUPT']}")
            require_writable(self._path)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise state_error(self._path, error) from error
        finally:
            await engine.dispose()
        return Examination(exists=True, version=version, is_current=version == REVISIONS[-1])


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
