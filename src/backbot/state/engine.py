"""What a database of either kind does for the state room, and its tables, which are the same.

`backend_of` picks by the address; `sqlite.py` and `postgresql.py` know what is special. The tables
are brought up to date by the one that opens them, under the lock that also lets only one write.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Connection, Table, inspect, text

from backbot.errors import StateError
from backbot.state.schema import REVISIONS, Base

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
    from sqlalchemy.ext.asyncio import AsyncConnection

logger = logging.getLogger(__name__)

MIGRATION_BUSY_S = 60.0

E = TypeVar("E")


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


class Backend(ABC, Generic[E]):
    """One kind of database, on engines of type `E`.

    Everything runs in the database's thread, but for the first three.

    Attributes:
        name: What messages call it; never with a password.
        slow: What to look at where it does not answer in time, a sentence.
        errors: What its library raises.
        holds_up: Whether a piece of work holds up its thread: then what reads has one of its own.
    """

    name: str
    slow: str
    errors: tuple[type[Exception], ...]
    holds_up: bool = False

    @abstractmethod
    def upsert(self, table: Table) -> SqliteInsert | PostgresqlInsert:
        """An insert that can say what to do where the row is there already."""

    @abstractmethod
    def is_missing(self) -> bool:
        """Whether there is nothing yet, and it can be made.

        Raises:
            StateError: It cannot be made.
        """

    def file(self) -> tuple[int, int] | None:
        """What file it is, by device and inode; None where it is no file, or there is none."""
        return None

    @abstractmethod
    def error(self, error: Exception) -> StateError:
        """What happened, as a sentence. Never with the values of a statement or a password."""

    @abstractmethod
    def engine(self) -> E:
        """A new engine; connects to nothing yet."""

    @abstractmethod
    async def dispose(self, engine: E) -> None:
        """Close an engine's connections."""

    @abstractmethod
    async def bring_up_to_date(self, engine: E) -> None:
        """Make or change the tables, in one transaction; whoever else does it waits.

        Raises:
            StateError: They are those of another program or of a newer version; nothing was
                touched.
        """

    @abstractmethod
    def reading(self, engine: E) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that sees one state of the database."""

    @abstractmethod
    def writing(self, engine: E) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that is the only one to write, in any process; on the disk at its end."""

    @abstractmethod
    async def examined(self, engine: E) -> str:
        """The version of its tables, after looking whether it is sound and can be written.

        Raises:
            StateError: It is not.
        """

    @abstractmethod
    async def tidy(self, engine: E) -> None:
        """Let what was deleted be gone from the files too, as far as this kind can."""


def backend_of(url: str, busy_s: float) -> Backend[Any]:
    """The backend for an address.

    Args:
        url: `sqlite:///` and a path, or `postgresql://`.
        busy_s: How long to wait for another process that is writing.

    Raises:
        SettingsError: It is of another kind, or wrong, or its driver is not installed.
    """
    # Each brings its own half of the database library along, PostgreSQL's a driver as well.
    from backbot.state import sqlite  # noqa: PLC0415

    if url.partition(":")[0].partition("+")[0] in {"postgresql", "postgres"}:
        from backbot.state import postgresql  # noqa: PLC0415

        return postgresql.PostgresqlBackend(url, busy_s)
    return sqlite.SqliteBackend(url, busy_s)


# --------------------------------------------------------------------------- the tables


def version_of(connection: Connection, name: str) -> str:
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
            f"The database {name} was written by a newer backbot (version {version} of its "
            f"tables; this one knows them up to {REVISIONS[-1]}). Nothing was changed. Install "
            "the newer backbot again, or put a backup from before in its place."
        )
    raise StateError(
        f"The database {name} belongs to another program. Nothing was changed. Set "
        "BACKBOT_DATABASE_URL to one of its own, such as sqlite:///var/backbot.db."
    )


def migrate(connection: Connection, name: str) -> None:
    """Run the steps that are missing. Whoever calls it holds the lock."""
    if version_of(connection, name) == REVISIONS[-1]:
        return  # another process was quicker
    from alembic import command  # noqa: PLC0415 - rarely needed, and takes a while
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    logger.info("the database %s is at version %s", name, REVISIONS[-1])
