"""The database file, its engine and its tables: what is done once, when it is opened."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, Connection, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backbot.errors import SettingsError, StateError
from backbot.state.schema import REVISIONS, Base

logger = logging.getLogger(__name__)

MIGRATION_BUSY_S = 60.0

_SCHEMES = ("sqlite:///", "sqlite+aiosqlite:///")
REMEDY = {
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


# --------------------------------------------------------------------------- the file


def sqlite_path(url: str) -> Path:
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


def make_file(path: Path) -> None:
    """Make an empty file that only this user can read; SQLite gives its logs the same rights."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def require_writable(path: Path) -> None:
    """SQLite writes the file and, beside it, its logs."""
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise StateError(f"The database {path}: {REMEDY['SQLITE_READONLY']}")
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise StateError(f"The database {path}: {REMEDY['SQLITE_READONLY']}")


def state_error(path: Path, error: Exception) -> StateError:
    """What happened, as a sentence. Never with the values of a statement."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, OSError):
        reason = f"{origin.strerror or type(origin).__name__}. Check the folder and its rights."
        return StateError(f"The database {path}: {reason}")
    name = str(getattr(origin, "sqlite_errorname", ""))
    for prefix, remedy in REMEDY.items():
        if name.startswith(prefix):
            return StateError(f"The database {path}: {remedy}")
    return StateError(
        f"The database {path} cannot be used ({name or type(origin or error).__name__}). "
        "`backbot doctor` looks at it."
    )


# --------------------------------------------------------------------------- the engine


def make_engine(path: Path, busy_s: float) -> AsyncEngine:
    """The engine for a file; opens nothing yet.

    Args:
        path: Absolute.
        busy_s: How long SQLite waits for another process that is writing.
    """
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


async def outside_transaction(connection: AsyncConnection, statement: str) -> None:
    """Run a statement that SQLite takes only where no transaction has begun."""
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if driver is not None:
        async with driver.execute(statement) as cursor:
            await cursor.fetchall()


async def bring_up_to_date(engine: AsyncEngine, path: Path) -> None:
    """Make or change the tables. The write lock keeps a second process from doing it as well.

    Raises:
        StateError: They are those of another program or of a newer version; nothing was touched.
    """
    async with engine.connect() as connection:
        async with connection.begin():
            version = await connection.run_sync(version_of, path)
        wait = f"PRAGMA busy_timeout={int(MIGRATION_BUSY_S * 1000)}"
        await outside_transaction(connection, wait)
        await outside_transaction(
            connection, "PRAGMA journal_mode=WAL"
        )  # a restored copy has none
        if version != REVISIONS[-1]:
            await connection.execution_options(backbot_begin="BEGIN IMMEDIATE")
            async with connection.begin():
                await connection.run_sync(_migrate, path)
    await engine.dispose()  # with it goes the connection that waits for a minute


def version_of(connection: Connection, path: Path) -> str:
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
    if version_of(connection, path) == REVISIONS[-1]:
        return  # another process was quicker
    from alembic import command  # noqa: PLC0415 - rarely needed, and takes a while
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    logger.info("the database %s is at version %s", path, REVISIONS[-1])
