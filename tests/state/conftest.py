"""A database in a folder of its own, and programs that use it in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import backbot
from backbot.state.cipher import Cipher
from backbot.state.conversations import DatabaseConversationStore
from backbot.state.database import Database
from backbot.state.records import DatabaseRecords
from backbot.state.withdrawn import WithdrawnFile
from fakes import FixedClock

KEY = "a-key-of-more-than-thirty-two-characters"
NOW = 1_800_000_000.0
DAY = 86400.0
HOUR = 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is; neither it nor its folder exists."""
    return tmp_path / "var" / "backbot.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[..., Database]]:
    """Opens databases, each as a process that has just been started, and closes them at the end."""
    databases: list[Database] = []

    def another(**options: float) -> Database:
        databases.append(Database(f"sqlite:///{path}", **options))
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
    """A store over the same file, as after a restart; words are kept for a day."""

    def another(key: str = KEY, database: Database | None = None, **options):
        given = {"wait_s": 5.0, "retry_s": 0.0, "clock": clock} | options
        return DatabaseConversationStore(database or opened(), Cipher.of(key), DAY, **given)

    return another


@pytest.fixture
def records(opened, clock, path) -> Callable[..., DatabaseRecords]:
    """Records over the same file, as after a restart; questions are kept for a day."""

    def another(key: str = KEY, database: Database | None = None):
        file = WithdrawnFile(path.parent / "withdrawn.json")
        return DatabaseRecords(database or opened(), Cipher.of(key), file, DAY, clock=clock)

    return another


def on_disk(path: Path) -> bytes:
    """Everything that the database's files hold."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


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
