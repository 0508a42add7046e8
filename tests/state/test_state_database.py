"""A database is made, brought up to date, and left alone where it is not ours."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from backbot.errors import SettingsError, StateError
from backbot.state import engine as engine_module
from backbot.state.database import Database
from backbot.state.schema import REVISIONS, Base
from state.conftest import engine_of, on_sqlite, started

MIGRATIONS = Path(engine_module.__file__).parent / "migrations"


async def nothing(_connection) -> None:
    """Work that is none."""


def run(statement: str):
    """Work that is one statement."""

    async def work(connection) -> None:
        await connection.execute(text(statement))

    return work


def made_at(url: str, path: Path, revision: str) -> None:
    """A database as the version of that number left it, with one person in it."""
    path.parent.mkdir(exist_ok=True)
    engine = engine_of(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.execute(
            text("INSERT INTO conversations VALUES ('7', 3, 1.0, 2.0, :lasting, :state, NULL)"),
            {"lasting": True, "state": b"0"},
        )
    engine.dispose()


# --------------------------------------------------------------------------- made


@on_sqlite
def test_a_new_database_is_for_its_user_alone(database, path):
    """Nobody else on the machine can read who wrote to the bot."""
    database.write(run("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))
    assert {file.name for file in path.parent.iterdir()} >= {"backbot.db", "backbot.db-wal"}
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


@on_sqlite
def test_a_commit_is_flushed_and_deleted_rows_are_overwritten(database):
    """Write-ahead log, full synchronisation, secure deletion, on every connection."""

    async def pragmas(connection):
        names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        return [await connection.scalar(text(f"PRAGMA {name}")) for name in names]

    assert database.read(pragmas) == ["wal", 2, 1, 1]


def test_the_migrations_give_the_schema(database, url):
    """Tables, columns, types and indexes are those that the code reads and writes."""
    database.open()
    engine = engine_of(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    # what a column is for stands in docs/privacy.md, not in the database
    assert [each for each in differences if each[0][0] != "modify_comment"] == []


def test_every_migration_is_listed_in_order():
    """The last is the one that an up-to-date database has."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == REVISIONS


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_each_version_is_brought_up_to_date(database, url, path, revision):
    """What was in it stays."""
    made_at(url, path, revision)
    database.open()
    assert database.examine().version == REVISIONS[-1]

    async def rows(connection):
        return (await connection.execute(text("SELECT key, open_tier FROM conversations"))).all()

    assert database.read(rows) == [("7", 3)]


@on_sqlite
def test_an_empty_file_becomes_a_database(database, path):
    """Somebody made it with `touch`."""
    path.parent.mkdir()
    path.touch()
    database.open()
    assert database.examine().is_current


OPEN = """
import time
from backbot.state.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
database.open()
database.close()
"""


@pytest.mark.parametrize("_again", range(3))
def test_processes_that_start_together_migrate_once(url, path, database, _again):
    """One makes the tables, the others wait for it; also for the write-ahead log."""
    path.parent.mkdir()
    begin = time.time() + 3
    processes = [started(OPEN, url, begin) for _ in range(6)]
    for process in processes:
        _, err = process.communicate(timeout=90)
        assert (process.returncode, err) == (0, "")
    assert database.examine().is_current


def test_killed_while_it_is_made_it_is_made_by_the_next(new_url):
    """`kill -9` at any instant of the first start."""
    chance = random.Random(7)
    for _ in range(6):
        url = new_url()
        process = started(OPEN, url, 0)
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3 * chance.random())  # making it takes about as long
        process.kill()
        process.communicate()
        database = Database(url)
        database.open()
        assert database.examine().is_current
        database.close()


# --------------------------------------------------------------------------- left alone


def refused(database: Database, content) -> str:
    """What is said of a database that cannot be opened; what it holds stays as it is."""
    before = content()
    told = {}
    for name, look in (("open", database.open), ("examine", database.examine)):
        with pytest.raises(StateError) as error:
            look()
        told[name] = str(error.value)
    assert content() == before
    assert database.name in told["open"]
    assert told["open"] == told["examine"]
    return told["open"]


@pytest.fixture
def tables(url):
    """The names of the tables, and the version they are said to have."""

    def look():
        engine = engine_of(url)
        with engine.connect() as connection:
            names = set(inspect(connection).get_table_names())
            versions = "SELECT version_num FROM alembic_version"
            version = connection.scalar(text(versions)) if "alembic_version" in names else ""
        engine.dispose()
        return names, version

    return look


def test_a_newer_database_is_refused_and_not_touched(opened, tables):
    """An older program does not know what the newer one keeps there."""
    first = opened()
    first.write(run("UPDATE alembic_version SET version_num = '0099'"))
    first.close()
    told = refused(opened(), tables)
    assert "newer backbot" in told
    assert "0099" in told


def test_another_programs_database_is_refused_and_not_touched(database, ask, tables, path):
    """A wrong address must not put our tables among others."""
    path.parent.mkdir()
    ask("CREATE TABLE invoices (id INTEGER)")
    assert "another program" in refused(database, tables)
    assert tables() == ({"invoices"}, "")


@on_sqlite
def test_a_file_that_is_no_database_is_refused_and_not_touched(database, path):
    """Such as a backup that was packed."""
    path.parent.mkdir()
    path.write_bytes(b"PK\x03\x04" + b"not a database" * 1000)
    assert "no SQLite database" in refused(database, path.read_bytes)


@on_sqlite
def test_a_damaged_page_is_found(opened, path):
    """By looking, though the tables can still be listed."""
    first = opened()
    for number in range(200):
        first.write(run(f"INSERT INTO withdrawn VALUES ('{number}', '{'x' * 400}', 1.0)"))
    first.checkpoint()
    first.close()
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 3 * 4096)
    with pytest.raises(StateError, match="damaged"):
        opened().examine()


@on_sqlite
def test_looking_makes_nothing(database, path):
    """`doctor` before the first start."""
    assert not database.examine().exists
    assert not path.parent.exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a?b"])
def test_a_url_without_a_file_is_a_wrong_setting(url):
    """The sentence shows a right one."""
    with pytest.raises(SettingsError, match=r"sqlite:///var/backbot\.db"):
        Database(url)


def test_another_kind_of_database_is_a_wrong_setting_without_its_password():
    """The sentence names those that can be used."""
    with pytest.raises(SettingsError, match="'mysql'") as error:
        Database("mysql://user:hunter2@host/db")
    assert "postgresql://" in str(error.value)
    assert "hunter2" not in str(error.value)


# --------------------------------------------------------------------------- faults


@on_sqlite
def test_a_folder_that_cannot_be_made_is_told_and_tried_again(database, path):
    """Once it can be made, the same program goes on."""
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(StateError, match="Check the folder"):
        database.open()
    path.parent.unlink()
    database.open()
    assert database.examine().is_current


READ_ONLY = """
import os
from pathlib import Path
from backbot.errors import StateError
from backbot.state.database import Database
ours, other = sys.argv[1:]
first = Database("sqlite:///" + other)
first.open()                # so that everything is loaded before the rights are given up
if os.geteuid() == 0:
    os.seteuid(65534)
database = Database("sqlite:///" + ours)
async def work(connection):
    await connection.exec_driver_sql("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)")
for look in (lambda: database.write(work), database.examine):
    try:
        look()
    except StateError as error:
        print(error, flush=True)
    else:
        print("written", flush=True)
os._exit(0)
"""


def test_a_file_without_the_right_to_write_is_told(tmp_path):
    """Whoever runs the bot, the file belongs to somebody else."""
    folder = Path(tempfile.mkdtemp())  # pytest's own folders let nobody else in
    path = folder / "backbot.db"
    first = Database(f"sqlite:///{path}")
    first.open()
    first.close()
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        out, err = started(READ_ONLY, path, tmp_path / "other.db").communicate(timeout=60)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    lines = out.splitlines()
    assert len(lines) == 2, err
    for line in lines:
        assert "Give the right to write" in line, out


@on_sqlite
def test_whoever_looks_is_told_that_another_process_keeps_writing(opened, held):
    """What serves would be told, too; and the next look finds it free."""
    database = opened(busy_s=0.1)
    database.open()
    with held(), pytest.raises(StateError, match="Another process is writing it"):
        database.examine()
    assert database.examine().is_current


def test_what_is_no_file_is_told(tmp_path):
    """A folder of that name, or something that swallows whatever is written."""
    (tmp_path / "backbot.db").mkdir()
    for path in (tmp_path / "backbot.db", Path("/dev/null")):
        database = Database(f"sqlite:///{path}")
        try:
            for ask in (database.examine, database.open):
                with pytest.raises(StateError, match="BACKBOT_DATABASE_URL to a file"):
                    ask()
        finally:
            database.close()


@on_sqlite
def test_a_full_disk_is_told_and_nothing_is_half_written(database):
    """The sentence says so, and what was there is still read."""
    database.write(run("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))

    async def limit(connection) -> None:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count={pages}"))

    database.write(limit)
    with pytest.raises(StateError, match="The disk is full"):
        database.write(run(f"INSERT INTO withdrawn VALUES ('big', '{'x' * 100_000}', 1.0)"))

    async def slugs(connection):
        return (await connection.execute(text("SELECT slug FROM withdrawn"))).all()

    assert database.read(slugs) == [("a",)]


def test_another_process_that_does_not_finish_is_told(opened, held):
    """After waiting for it."""
    database = opened(busy_s=0.1)
    database.open()
    with held():
        with pytest.raises(StateError, match="Another process"):
            database.write(nothing)
        database.read(nothing)  # who only reads need not wait
    database.write(nothing)


async def test_a_coroutine_of_another_loop_can_write(database):
    """Its loop goes on meanwhile; what `write` raises it raises, too."""
    await database.written(run("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))

    async def slugs(connection):
        return (await connection.execute(text("SELECT slug FROM withdrawn"))).all()

    assert database.read(slugs) == [("a",)]
    with pytest.raises(StateError):
        await database.written(run("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))
    database.close()
    with pytest.raises(StateError, match="closed"):
        await database.written(nothing)


async def test_a_coroutine_that_stops_waiting_leaves_the_work_to_go_on(opened, held):
    """As `write` does: what was asked for is written once it can be."""
    database = opened(busy_s=5.0)
    database.open()
    withdraw = run("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)")
    with held(), pytest.raises(StateError, match="did not answer"):
        await database.written(withdraw, wait_s=0.05)

    async def slugs(connection):
        return (await connection.execute(text("SELECT slug FROM withdrawn"))).all()

    database.write(nothing)  # after it: one at a time
    assert database.read(slugs) == [("a",)]


def test_who_waits_to_write_holds_up_nobody_who_reads(opened, held):
    """A disk that takes its time must not make everybody a stranger."""
    database = opened(busy_s=3.0)
    database.open()
    database.read(nothing)
    with held():
        with pytest.raises(StateError, match="within"):
            database.write(nothing, wait_s=0.05)  # and it goes on waiting
        begin = time.monotonic()
        for _ in range(10):
            database.read(nothing)
        assert time.monotonic() - begin < 1


def test_a_caller_waits_no_longer_than_told(database, held):
    """A warning must not be held up by a disk."""
    database.open()
    with held():
        begin = time.monotonic()
        with pytest.raises(StateError, match=r"within 0\.2 s"):
            database.write(nothing, wait_s=0.2)
        assert time.monotonic() - begin < 1


def test_an_error_never_carries_what_was_written(database):
    """Values of a statement stay out of messages and logs."""
    secret = "my legs are numb"

    async def work(connection) -> None:
        statement = "INSERT INTO withdrawn VALUES (:a, :a, 1.0)"
        await connection.execute(text(statement), {"a": secret})
        await connection.execute(text(statement), {"a": secret})

    with pytest.raises(StateError) as error:
        database.write(work)
    assert "refuses the change" in str(error.value)
    assert secret not in "".join(traceback.format_exception(error.value))


def test_a_failed_piece_of_work_changes_nothing(database):
    """All of it or none."""

    async def work(connection) -> None:
        await connection.execute(text("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))
        await connection.execute(text("INSERT INTO no_such_table VALUES (1)"))

    with pytest.raises(StateError):
        database.write(work)

    async def count(connection):
        return await connection.scalar(text("SELECT count(*) FROM withdrawn"))

    assert database.read(count) == 0


# --------------------------------------------------------------------------- the thread


def test_a_job_is_repeated_and_outlives_its_faults(database, caplog):
    """A fault is logged once, not each time."""
    times = []

    async def job() -> None:
        times.append(1)
        if len(times) < 4:
            raise OSError("disk")

    database.every(0.01, job)
    deadline = time.monotonic() + 5
    while len(times) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(times) >= 6
    assert caplog.text.count("upkeep of the database failed") == 1


def test_closed_it_says_so(database):
    """And closing twice is no error."""
    database.open()
    database.close()
    database.close()
    with pytest.raises(StateError, match="closed"):
        database.read(nothing)


def test_closing_tells_whoever_still_waits(opened, held, monkeypatch):
    """Another process writes and does not finish; what waits for it must not wait for ever."""
    monkeypatch.setattr("backbot.state.database.WAIT_S", 0.5)
    database = opened(busy_s=0.2)
    database.open()
    with held(), ThreadPoolExecutor(12) as threads:
        waiting = [threads.submit(database.write, nothing, wait_s=30) for _ in range(12)]
        time.sleep(0.1)
        begun = time.monotonic()
        database.close()
        errors = [each.exception(timeout=10) for each in waiting]
        assert time.monotonic() - begun < 5
    assert {type(error) for error in errors} == {StateError}
    assert "closed meanwhile" in str(errors)
    assert not database._worker._thread.is_alive()


def test_what_is_written_at_the_very_end_is_told(database):
    """Whoever wrote it would take it for lost, and write it again."""
    database.open()

    async def holds_up(_connection) -> None:
        time.sleep(0.3)  # noqa: ASYNC251 as a slow disk does

    with ThreadPoolExecutor() as threads:
        first = threads.submit(database.write, holds_up)
        time.sleep(0.1)
        second = threads.submit(database.write, nothing, wait_s=5)
        time.sleep(0.1)
        database.close()
        assert first.exception(timeout=1) is None
        assert second.exception(timeout=1) is None


FORGOTTEN = """
from backbot.state.database import Database
database = Database(sys.argv[1])
database.open()
print("open")
"""


def test_a_program_that_forgets_to_close_still_ends(url):
    """Quietly, with nothing on standard error."""
    process = started(FORGOTTEN, url)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "open\n", "")


@on_sqlite
def test_a_backup_is_a_copy_that_opens(opened, path, tmp_path):
    """As docs/operations.md says: made while the bot runs, put back while it does not."""
    first = opened()
    first.write(run("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))
    copy = tmp_path / "copy.db"
    source = sqlite3.connect(path)
    source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    first.write(run("DELETE FROM withdrawn"))
    first.close()
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    shutil.copy(copy, path)

    async def slugs(connection):
        return (await connection.execute(text("SELECT slug FROM withdrawn"))).all()

    async def journal_mode(connection):
        return await connection.scalar(text("PRAGMA journal_mode"))

    restored = opened()
    assert restored.read(slugs) == [("a",)]
    assert restored.read(journal_mode) == "wal"


def test_a_file_that_was_moved_away_is_noticed(tmp_path: Path) -> None:
    """SQLite itself goes on writing into it without a word."""
    path = tmp_path / "var" / "backbot.db"
    database = Database(f"sqlite:///{path}")
    database.open()
    assert not database.is_elsewhere()
    path.parent.rename(tmp_path / "gone")
    assert database.is_elsewhere()
    path.parent.mkdir()
    path.write_bytes(b"another")
    assert database.is_elsewhere()
    path.unlink()
    path.parent.rmdir()
    (tmp_path / "gone").rename(path.parent)
    assert not database.is_elsewhere()
    database.close()
