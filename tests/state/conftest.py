"""A database of each kind, and programs that use it in processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

import backbot
from backbot.state.cipher import Cipher
from backbot.state.conversations import DatabaseConversationStore
from backbot.state.database import Database
from backbot.state.records import DatabaseRecords
from backbot.state.withdrawn import WithdrawnFile
from fakes import FixedClock
from postgresql_server import PostgresqlServer

KEY = "a-key-of-more-than-thirty-two-characters"
NOW = 1_800_000_000.0
DAY = 86400.0
HOUR = 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an SQLite database is; neither it nor its folder exists."""
    return tmp_path / "var" / "backbot.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request) -> str:
    """Of the database: what a test holds for, it holds for both."""
    return request.param


@pytest.fixture
def new_url(kind: str, request, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives addresses of databases of one kind or the other, each new and empty."""
    if kind == "sqlite":
        names = (tmp_path / name / "backbot.db" for name in ["var", *map(str, range(100))])
        yield lambda: f"sqlite:///{next(names)}"
        return
    server, names = request.getfixturevalue("postgresql"), []

    def make() -> str:
        names.append(server.make())
        return server.url(names[-1])

    yield make
    for name in names:
        server.drop(name)


@pytest.fixture
def url(new_url) -> str:
    """The address of a database; of an SQLite file neither it nor its folder exists."""
    return new_url()


on_sqlite = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Database]]:
    """Opens databases, each as a process that has just been started, and closes them at the end."""
    databases: list[Database] = []

    def another(**options: float) -> Database:
        databases.append(Database(url, **options))
        return databases[-1]

    def close() -> None:
        for database in databases:
            database.close()

    another.close = close
    yield another
    close()


@pytest.fixture
def database(opened: Callable[..., Database]) -> Database:
    """One database."""
    return opened()


@pytest.fixture
def clock() -> FixedClock:
    """The time, which stands still."""
    return FixedClock(NOW)


@pytest.fixture
def store(opened, clock) -> Callable[..., DatabaseConversationStore]:
    """A store over the same database, as after a restart; words are kept for a day."""

    def another(key: str = KEY, database: Database | None = None, **options):
        given = {"wait_s": 5.0, "retry_s": 0.0, "clock": clock} | options
        return DatabaseConversationStore(database or opened(), Cipher.of(key), DAY, **given)

    return another


@pytest.fixture
def records(opened, clock, path) -> Callable[..., DatabaseRecords]:
    """Records over the same database, as after a restart; questions are kept for a day."""

    def another(key: str = KEY, database: Database | None = None):
        file = WithdrawnFile(path.parent / "withdrawn.json")
        return DatabaseRecords(database or opened(), Cipher.of(key), file, DAY, clock=clock)

    return another


def engine_of(url: str) -> Engine:
    """A way of the tests' own into a database."""
    if url.startswith("sqlite"):
        return create_engine(url)
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))


@pytest.fixture
def ask(url: str) -> Callable[..., object]:
    """What the database itself answers to a statement: one value."""

    def answer(statement: str, **values: object) -> object:
        engine = engine_of(url)
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return result.scalar() if result.returns_rows else None
        finally:
            engine.dispose()

    return answer


@pytest.fixture
def on_disk(url: str, request) -> Callable[[], bytes]:
    """Everything that the database's files hold."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return lambda: b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
    server: PostgresqlServer = request.getfixturevalue("postgresql")

    def read() -> bytes:
        name = urlsplit(url).path[1:]
        server.do("CHECKPOINT")
        [(number,)] = server.do(f"SELECT oid FROM pg_database WHERE datname = '{name}'")
        files = sorted((server.folder / "data" / "base" / str(number)).iterdir())
        return b"".join(file.read_bytes() for file in files)

    return read


@pytest.fixture
def held(opened) -> Callable[[], AbstractContextManager[None]]:
    """Another process has begun to write, and does not finish."""

    @contextlib.contextmanager
    def hold() -> Iterator[None]:
        other, begun, end = opened(), threading.Event(), threading.Event()
        other.open()

        async def work(_connection) -> None:
            begun.set()
            await asyncio.to_thread(end.wait)

        thread = threading.Thread(target=lambda: other.write(work, wait_s=60))
        thread.start()
        assert begun.wait(10)
        try:
            yield
        finally:
            end.set()
            thread.join()

    return hold


@pytest.fixture
def broken(url: str, opened, request):
    """The database cannot be opened until `mend` is called; what was in it is then there.

    Whoever had it open has ended. An SQLite file is damaged, a PostgreSQL database has another
    name meanwhile.
    """
    is_file = url.startswith("sqlite")
    server = None if is_file else request.getfixturevalue("postgresql")
    path, name = Path(url.removeprefix("sqlite:///")), urlsplit(url).path[1:]

    class Broken:
        aside = path.with_suffix(".aside")

        def __init__(self) -> None:
            opened.close()
            if server is not None:
                server.do(f"ALTER DATABASE {name} RENAME TO {name}_aside")
                return
            path.parent.mkdir(exist_ok=True)
            if path.exists():
                path.rename(self.aside)
            path.write_bytes(b"no database at all" * 100)

        def mend(self) -> None:
            if server is not None:
                server.do(f"ALTER DATABASE {name}_aside RENAME TO {name}")
                return
            path.unlink()
            if self.aside.exists():
                self.aside.rename(path)

    yield Broken
    if server is not None:
        server.drop(f"{name}_aside")


def script(text: str, *arguments: object) -> list[str]:
    """The command that runs a program with the package under test."""
    sources = str(Path(backbot.__file__).resolve().parents[1])
    begin = f"import sys; sys.path.insert(0, {sources!r})\n"
    return [sys.executable, "-c", begin + text, *map(str, arguments)]


def started(text: str, *arguments: object) -> subprocess.Popen[str]:
    """A program in a process of its own."""
    return subprocess.Popen(
        script(text, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
