"""One database: opened, brought up to date, and worked on by threads of its own.

The bot's handler runs in several threads and waits for what it asks; pieces of work are
coroutines. `Database` owns an event loop in a thread: `read` and `write` hand it a piece of work
and wait, `every` repeats one. Of a kind whose work holds up its thread, what is read has a second.

| found when it is opened | what we do |
|---|---|
| no file, or a PostgreSQL database without tables | make it, for this user alone, and all tables |
| tables of an older version | bring them up to date in one transaction; stopped half way, none of it was done |
| another process doing just that | wait for it, then look again |
| tables of a newer version, or of another program | `StateError`; nothing is touched |
| no SQLite file, a damaged one, one that cannot be read | `StateError`; the next piece of work tries again |
| no PostgreSQL server, or one that ends a connection | `StateError`; the next piece of work connects again |
| work that `kill -9` cut off | the database keeps what was committed and drops the rest |

Every commit is on the disk before `write` returns: that an emergency is open must survive a power
cut too, and at a clinic's load the flush is the smaller part of a reply. One transaction writes at
a time, in whatever process, so work may read, decide and write. In SQLite deleted rows are
overwritten, and `checkpoint` takes them out of the log as well; of PostgreSQL see docs/privacy.md.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import logging
import math
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Table

from backbot.errors import StateError
from backbot.state.engine import MIGRATION_BUSY_S, Backend, Examination, backend_of
from backbot.state.schema import REVISIONS

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
    from sqlalchemy.ext.asyncio import AsyncConnection

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[["AsyncConnection"], Awaitable[T]]
Job = Callable[[], Awaitable[object]]

WAIT_S = 10.0
BUSY_S = 5.0


class Database:
    """A database, made and brought up to date when it is first needed.

    Safe to use from several threads, but not from the coroutines it runs. Ends with `close`, or
    with the program; one that is killed loses nothing that `write` returned from.

    Args:
        url: `sqlite:///` and a path, relative to the current folder unless it starts with /; or
            `postgresql://user:password@host/name`, as libpq reads it.
        busy_s: How long to wait for another process that is writing.

    Attributes:
        name: What messages call it: the file, or the address without its password.

    Raises:
        SettingsError: The URL is wrong or of another kind, or its driver is not installed.
    """

    def __init__(self, url: str, *, busy_s: float = BUSY_S) -> None:
        self._backend = backend_of(url, busy_s)
        self.name = self._backend.name
        migrating = threading.Lock()
        self._worker = _Worker(self._backend, migrating)
        self._reader = (
            _Worker(self._backend, migrating) if self._backend.holds_up else self._worker
        )
        self._file: tuple[int, int] | None = None
        self._given_up = weakref.finalize(self, _stop_soon, self._worker, self._reader)
        self._given_up.atexit = False  # see `_close_all`
        _OPEN.add(self)

    def upsert(self, table: Table) -> SqliteInsert | PostgresqlInsert:
        """An insert of this kind of database, to which `on_conflict_...` can be added."""
        return self._backend.upsert(table)

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
        return self._wait(self._reader.submit(lambda: self._reader.read(work)), wait_s)

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

    async def written(self, work: Work[T], *, wait_s: float = WAIT_S) -> T:
        """`write` for a coroutine of another loop, which nobody's thread waits for.

        Raises:
            StateError: As of `write`.
        """
        begun = self._worker.submit(lambda: self.writing(work))
        ended = asyncio.wrap_future(begun)
        # whoever stops waiting leaves the work to go on, and does not look at how it ends
        ended.add_done_callback(lambda late: late.cancelled() or late.exception())
        try:
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(ended)
        except TimeoutError:
            raise self._late(wait_s) from None
        except asyncio.CancelledError:
            if not begun.cancelled():
                raise
            raise self._closed() from None

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
        if self._backend.is_missing():
            return Examination(exists=False)
        return self._wait(self._worker.submit(self._worker.examined), wait_s)

    def is_elsewhere(self) -> bool:
        """Whether its file was moved away, deleted or replaced since this was asked first.

        SQLite goes on writing into the file that it holds open, wherever that is now: without a
        word, and for nothing once the program ends.
        """
        now = self._backend.file()
        if self._file is None:
            self._file = now
        return self._file != now

    def checkpoint(self) -> None:
        """Empty the write-ahead log, so that what was deleted is gone from it. May be put off."""
        with contextlib.suppress(StateError):
            self._wait(self._worker.submit(self._worker.checkpoint), WAIT_S)

    def close(self) -> None:
        """End jobs and connections. No error when it was never opened, or is closed twice."""
        self._given_up.detach()
        _stop_soon(self._worker, self._reader)
        self._worker.join()
        self._reader.join()

    def _wait(self, future: concurrent.futures.Future[T], wait_s: float) -> T:
        try:
            return future.result(wait_s)
        except concurrent.futures.CancelledError:
            raise self._closed() from None
        except concurrent.futures.TimeoutError:
            raise self._late(wait_s) from None

    def _closed(self) -> StateError:
        return StateError(f"The database {self.name} was closed meanwhile.")

    def _late(self, wait_s: float) -> StateError:
        return StateError(
            f"The database {self.name} did not answer within {wait_s:g} s. {self._backend.slow}"
        )


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for database in list(_OPEN):
        database.close()


def _stop_soon(worker: _Worker, reader: _Worker) -> None:
    worker.stop_soon()
    reader.stop_soon()


class _Worker:
    """The thread, its event loop, and all that happens in it."""

    def __init__(self, backend: Backend[Any], migrating: threading.Lock) -> None:
        self._backend = backend
        self._migrating = migrating
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._end_by = math.inf
        self._engine: Any = None
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._ending = asyncio.Event()
        self._jobs: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------ from other threads

    def submit(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> concurrent.futures.Future[T]:
        """Start a coroutine in the thread, which is started for the first one."""
        with self._lock:
            if self._closed:
                raise StateError(f"The database {self._backend.name} is closed.")
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
                self._end_by = time.monotonic() + WAIT_S
                asyncio.run_coroutine_threadsafe(self._end(self._loop), self._loop)
            self._closed = True

    def join(self) -> None:
        """Wait until the thread has ended."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2 * WAIT_S)  # as long as `_end` may take

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
            _, late = await asyncio.wait(begun, timeout=WAIT_S)
            for task in late:
                task.cancel()  # whoever waits for it is told
            if late:
                await asyncio.wait(late, timeout=WAIT_S)
        if self._engine is not None:
            await self._backend.dispose(self._engine)
        await asyncio.sleep(0)  # work that ended in this round of the loop is told in the next
        loop.stop()

    async def read(self, work: Work[T]) -> T:
        """Run work in a transaction that sees one state of the database."""
        with self._told():
            async with self._backend.reading(await self.opened()) as connection:
                return await work(connection)

    async def write(self, work: Work[T], committed: Callable[[T], None] | None) -> T:
        """Run work in a transaction, one at a time."""
        with self._told():
            engine = await self.opened()
            async with self._writing:
                async with self._backend.writing(engine) as connection:
                    result = await work(connection)
                if committed is not None:
                    committed(result)
                return result

    async def checkpoint(self) -> None:
        """Let what was deleted be gone from the files, too."""
        with self._told():
            engine = await self.opened()
            async with self._writing:
                await self._backend.tidy(engine)

    async def opened(self) -> Any:  # noqa: ANN401 - of the backend's type
        """The engine; made, and the tables brought up to date, the first time.

        Raises:
            StateError: It cannot be, or the end has waited for too long already: what holds up
                its thread leaves `_end` no time to say so.
        """
        if time.monotonic() > self._end_by:
            raise StateError(f"The database {self._backend.name} was closed meanwhile.")
        async with self._opening:
            if self._engine is not None:
                return self._engine
            with self._told():
                engine = self._backend.engine()
                try:
                    # the other thread of this process may be at it: the second finds it done
                    with self._migrating:
                        await self._backend.bring_up_to_date(engine)
                except BaseException:
                    await self._backend.dispose(engine)
                    raise
            self._engine = engine
            return engine

    async def examined(self) -> Examination:
        """Look at what exists, with an engine of its own that makes and changes nothing."""
        engine = self._backend.engine()
        try:
            with self._told():
                version = await self._backend.examined(engine)
        finally:
            await self._backend.dispose(engine)
        return Examination(exists=True, version=version, is_current=version == REVISIONS[-1])

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._backend.errors as error:
            # not as its cause: the driver's own words may hold the values of a row
            raise self._backend.error(error) from None


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
