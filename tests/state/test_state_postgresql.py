"""What is PostgreSQL's own: addresses, refusals in plain words, a server that goes and comes."""

from __future__ import annotations

import subprocess
import sys
import time
import traceback

import pytest

from backbot.errors import SettingsError, StateError
from backbot.model import Tier
from backbot.state.cipher import Cipher
from backbot.state.database import Database
from backbot.state.inbox import DatabaseInbox, Done, Taken
from postgresql_server import PASSWORD, QUOTED
from state.conftest import KEY, NOW, script, started
from state.test_state_conversations import SAID, WORDS


@pytest.fixture
def kind() -> str:
    """Everything here is about the one."""
    return "postgresql"


def value(statement: str):
    """Work that asks one thing."""

    async def work(connection):
        result = await connection.exec_driver_sql(statement)
        return result.scalar() if result.returns_rows else None

    return work


def name_of(url: str) -> str:
    """The database's name in an address of the tests."""
    return url.partition("?")[0].rpartition("/")[2]


def told_by(url: str) -> str:
    """What is said of a database that cannot be used, by opening it and by looking at it."""
    database = Database(url, busy_s=1.0)
    told = set()
    for look in (database.open, database.examine):
        with pytest.raises(StateError) as error:
            look()
        told.add(str(error.value))
        everything = "".join(traceback.format_exception(error.value))
        for secret in (PASSWORD, QUOTED, "hunter2"):
            assert secret not in everything
    database.close()
    (said,) = told
    return said


# --------------------------------------------------------------------------- the address


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+psycopg"])
def test_each_form_of_the_address_is_understood(url, postgresql, kind):
    """With a password that has an @, a / and a # in it."""
    given = postgresql.url_with_password(name_of(url)).replace("postgres:", f"{kind}:")
    database = Database(given)
    database.open()
    assert database.examine().is_current
    database.close()
    assert database.name == f"postgresql://backbot@127.0.0.1:{postgresql.port}/{name_of(url)}"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql:///b", "postgresql:///b"),
        ("postgresql://u:hunter2@h/b?sslmode=require", "postgresql://u@h/b"),
        ("postgresql://u@h1:1,h2:2/b", "postgresql://u@h1,h2:1,2/b"),
        ("postgresql://u:hunter2@[::1]:5/b", "postgresql://u@[::1]:5/b"),
        ("postgresql://u@/b?host=/run/postgresql", "postgresql://u@/b?host=/run/postgresql"),
        ("postgresql://u@/b?password=hunter2", "postgresql://u@/b"),
    ],
)
def test_an_address_is_shown_without_its_password(given, shown):
    """And without its options, among which a password may be."""
    database = Database(given)
    assert database.name == shown
    database.close()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hunter2@h",
        "postgresql://",
        "postgresql://u:hun@ter2@h/b",
        "postgresql://u:hunter2/x@h/b",
        "postgresql://u:12/hunter2@h/b",
        "postgresql://u:hunter2%zz@h/b",
        "postgresql://u:hunter2@h:port/b",
        "postgresql://u:hunter2@h/b?hunter2=1",
    ],
)
def test_an_address_that_cannot_be_meant_is_a_wrong_setting(address):
    """No database in it, or a password whose characters are taken for something else."""
    with pytest.raises(SettingsError, match=r"postgresql://USER:PASSWORD@HOST:5432/NAME") as error:
        Database(address)
    everything = "".join(traceback.format_exception(error.value))
    assert "%40" in str(error.value)
    for secret in ("hunter2", "ter2"):
        assert secret not in everything.replace(f'Database("{address}")', "")


# --------------------------------------------------------------------------- refusals


def test_a_wrong_password_is_told(url, postgresql):
    """And how one with special characters is written."""
    told = told_by(postgresql.url_with_password(name_of(url), password="hunter2"))
    assert "refuses the user or the password" in told
    assert "%40" in told


def test_a_password_that_is_missing_is_told(url, postgresql):
    """As one that is wrong."""
    given = postgresql.url_with_password(name_of(url)).replace(f":{QUOTED}", "")
    assert "refuses the user or the password" in told_by(given)


def test_a_database_that_does_not_exist_is_told(url, postgresql):
    """Who runs the server makes it."""
    assert "no database of that name" in told_by(postgresql.url("nowhere"))


@pytest.mark.parametrize("host", ["127.0.0.1:9", "[::1]:9"])
def test_a_server_that_does_not_run_is_told(url, postgresql, host):
    """Nobody listens there."""
    told = told_by(postgresql.url_with_password(name_of(url), host=host))
    assert "cannot be reached there" in told
    assert ":9/" in told


def test_a_socket_that_is_not_there_is_told(url):
    """No server on this machine."""
    assert "cannot be reached there" in told_by("postgresql://u@/b?host=/nowhere")


def test_a_host_that_does_not_exist_is_told(url, postgresql):
    """A slip in its name."""
    told = told_by(postgresql.url_with_password(name_of(url), host="no-such-host.invalid"))
    assert "no host of that name" in told


def test_a_server_without_encryption_is_told(url, postgresql):
    """Where the address asks for it."""
    given = postgresql.url_with_password(name_of(url)) + "?sslmode=require"
    assert "no encryption (TLS)" in told_by(given)


def test_a_connection_can_be_encrypted_and_the_server_must_prove_itself(url, postgresql):
    """As the handbook says: verify-full, with the certificate of who signed the server's."""
    where = f"localhost:{postgresql.port}"
    with postgresql.encrypted() as certificate:
        for host, how, told in (
            (where, f"?sslmode=verify-full&sslrootcert={certificate}", ""),
            ("", f"?sslmode=verify-full&sslrootcert={certificate}", "names another host"),
            (where, "?sslmode=verify-full&sslrootcert=system", "is not trusted"),
            (where, "?sslmode=verify-full&sslrootcert=/nowhere", "certificate"),
        ):
            address = postgresql.url_with_password(name_of(url), host=host) + how
            if told:
                assert told in told_by(address)
                continue
            database = Database(address)
            encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert database.read(value(encrypted)) is True
            database.close()


def test_a_wrong_option_is_told(url, postgresql):
    """Behind the question mark."""
    given = postgresql.url_with_password(name_of(url)) + "?sslmode=hunter2"
    assert "behind the ?" in told_by(given)


def test_a_user_without_rights_is_told(url, postgresql):
    """Neither before the tables are made nor after."""
    postgresql.do("DROP ROLE IF EXISTS guest")
    postgresql.do("CREATE ROLE guest LOGIN")
    guest = url.replace("backbot@", "guest@")
    try:
        assert "OWNER" in told_by(guest)
        first = Database(url)
        first.open()
        first.close()
        assert "OWNER" in told_by(guest)
    finally:
        postgresql.do("DROP ROLE guest")


def test_a_database_in_another_encoding_is_told(postgresql, url):
    """It could not hold every name."""
    name = postgresql.make()
    postgresql.drop(name)
    postgresql.do(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0")
    try:
        assert "not UTF8" in told_by(postgresql.url(name))
    finally:
        postgresql.drop(name)


def test_a_database_that_can_only_be_read_is_told(opened, url, postgresql):
    """Such as a copy that follows another."""
    first = opened()
    first.open()
    first.close()
    postgresql.do(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    second = opened()
    with pytest.raises(StateError, match="can only be read"):
        second.examine()
    with pytest.raises(StateError, match="can only be read"):
        second.write(value("DELETE FROM withdrawn"))


def test_a_server_that_is_full_is_told(url, postgresql):
    """No connection is left for the bot."""
    postgresql.do(f"ALTER DATABASE {name_of(url)} CONNECTION LIMIT 0")
    postgresql.do("DROP ROLE IF EXISTS guest")
    postgresql.do("CREATE ROLE guest LOGIN")  # for the owner of the server there is no limit
    try:
        assert "takes no more connections" in told_by(url.replace("backbot@", "guest@"))
    finally:
        postgresql.do("DROP ROLE guest")


# --------------------------------------------------------------------------- promises


def test_a_commit_is_on_the_disk_whatever_the_server_is_set_to(opened, url, postgresql):
    """And a process that hangs in a transaction is cut off, so that others can write."""
    postgresql.do(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = off")
    postgresql.do(f"ALTER DATABASE {name_of(url)} SET idle_in_transaction_session_timeout = 0")
    postgresql.do(
        f"ALTER DATABASE {name_of(url)} SET default_transaction_isolation = serializable"
    )
    database = opened(busy_s=3.0)
    assert database.read(value("SHOW transaction_isolation")) == "repeatable read"
    assert database.write(value("SHOW transaction_isolation")) == "read committed"
    for setting, right in (
        ("synchronous_commit", "on"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("lock_timeout", "3s"),
        ("client_encoding", "UTF8"),
    ):
        assert database.write(value(f"SHOW {setting}")) == right
        assert database.read(value(f"SHOW {setting}")) == right


def test_a_stricter_commit_stays(opened, url, postgresql):
    """Who has a copy on another machine written at once knows why."""
    postgresql.do(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = remote_apply")
    assert opened().read(value("SHOW synchronous_commit")) == "remote_apply"


HANGING = """
import asyncio
from backbot.state.database import Database
database = Database(sys.argv[1])
async def work(connection):
    print("begun", flush=True)
    await asyncio.sleep(60)
database.write(work)
"""


def test_a_process_killed_while_it_writes_holds_up_nobody(database, url):
    """The lock ends with its connection."""
    database.open()
    process = started(HANGING, url)
    assert process.stdout.readline() == "begun\n"
    process.kill()
    process.communicate()
    begin = time.monotonic()
    database.write(value("DELETE FROM withdrawn"))
    assert time.monotonic() - begin < 4


def test_the_audit_log_cannot_be_emptied_either(records, database):
    """TRUNCATE is a way around triggers for rows."""
    first = records(database=database)
    first.audit("1", "rebuild")
    with pytest.raises(StateError):
        database.write(value("TRUNCATE audit"))
    assert len(first.audit_log()) == 1


# --------------------------------------------------------------------------- it goes and comes


def test_a_server_that_went_and_came_costs_nothing(database, postgresql):
    """The first piece of work after it succeeds: old connections are tried before they are used."""
    database.write(value("INSERT INTO withdrawn VALUES ('a', 'b', 1.0)"))
    with postgresql.away():
        pass
    assert database.read(value("SELECT slug FROM withdrawn")) == "a"
    assert database.write(value("DELETE FROM withdrawn RETURNING slug")) == "a"


def test_while_it_is_away_it_is_told_and_afterwards_it_works(database, postgresql):
    """Quickly enough that no warning waits."""
    database.open()
    with postgresql.away():
        for work in (database.read, database.write):
            begin = time.monotonic()
            with pytest.raises(StateError, match="cannot be reached there"):
                work(value("SELECT 1"))
            assert time.monotonic() - begin < 2
    assert database.write(value("SELECT 1")) == 1


def test_a_warning_opened_while_it_is_away_is_written_when_it_is_back(store, postgresql, caplog):
    """By the thread, without anybody calling it; nothing that was there is lost."""
    first = store(retry_s=0.1)
    first.start()
    first.save("old", SAID)
    with postgresql.away():
        assert first.load("new", NOW).triage.open_tier is Tier.NERVE
        first.save("new", SAID)
        assert first.load("new", NOW) == SAID
        time.sleep(0.5)
    deadline = time.monotonic() + 20
    while first._unwritten and time.monotonic() < deadline:
        time.sleep(0.05)
    again = store()
    assert again.load("old", NOW) == SAID
    assert again.load("new", NOW).triage.open_tier is Tier.EMERGENCY
    assert caplog.text.count("are kept in memory for now") == 1
    assert "in the database again" in caplog.text
    assert WORDS not in caplog.text


def test_what_the_inbox_took_before_a_power_cut_is_there_after_it(opened, postgresql):
    """A change that could not be written can be written again, and once is enough."""
    inbox = DatabaseInbox(opened(), Cipher.of(KEY))
    assert inbox.apply([Taken(1, 7, b"one"), Taken(2, 7, b"two")]) == {1, 2}
    inbox.apply([Done(1)])
    with postgresql.away(), pytest.raises(StateError):
        inbox.apply([Taken(3, 7, b"three")])
    assert inbox.apply([Taken(2, 7, b"two"), Taken(3, 7, b"three")]) == {3}
    left = DatabaseInbox(opened(), Cipher.of(KEY)).waiting()
    assert [(row.update_id, row.content) for row in left] == [(2, b"two"), (3, b"three")]


def test_a_server_that_is_away_at_the_start_is_opened_later(opened, postgresql):
    """The bot starts without it."""
    database = opened()
    with postgresql.away(), pytest.raises(StateError, match="cannot be reached there"):
        database.open()
    database.open()
    assert database.examine().is_current


# --------------------------------------------------------------------------- backup


def test_a_backup_is_put_back_as_the_handbook_says(opened, url, postgresql, records, tmp_path):
    """pg_dump while it runs, pg_restore into an empty database; the audit log stays closed."""
    first = records()
    first.withdraw("desk", "1")
    name, copy = name_of(url), postgresql.folder / "backbot.dump"
    server = ("--host", postgresql.folder, "--port", postgresql.port, "--username", "backbot")
    postgresql.tool("pg_dump", "--format=custom", f"--file={copy}", *server, name)
    opened.close()
    postgresql.drop(name)
    postgresql.do(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    postgresql.tool("pg_restore", "--exit-on-error", f"--dbname={name}", *server, copy)
    after = opened()
    assert after.examine().is_current
    again = records(database=after)
    assert again.withdrawals()[0].slug == "desk"
    again.audit("2", "restore")
    assert [entry.who for entry in again.audit_log()] == ["2", "1"]
    with pytest.raises(StateError):
        after.write(value("DELETE FROM audit"))


# --------------------------------------------------------------------------- the driver


WITHOUT = """
from backbot.settings import load_settings
from backbot.wiring import Program
program = Program(load_settings())
program.database.open()
program.close()
loaded = [n for n in sys.modules if n.partition(".")[0] in {"psycopg", "psycopg_binary"}]
assert not loaded, loaded
print("ok")
"""


def test_without_postgresql_its_driver_is_not_loaded(apart, monkeypatch):
    """It would cost memory and time that nobody asked for."""
    monkeypatch.setenv("BACKBOT_DATABASE_URL", f"sqlite:///{apart}/own.db")
    done = subprocess.run(script(WITHOUT), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("ok\n", "")


MISSING_DRIVER = """
sys.modules["psycopg"] = None  # as where it is not installed
from backbot.errors import SettingsError
from backbot.state.database import Database
Database("sqlite:///x.db")
try:
    Database("postgresql://u:hunter2@h/b")
except SettingsError as error:
    print(error)
"""


def test_a_driver_that_is_not_installed_is_told(apart):
    """With the command that installs it; SQLite needs none."""
    done = subprocess.run(script(MISSING_DRIVER), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert 'pip install "psycopg[binary]>=3.2,<4" greenlet' in done.stdout
    assert "hunter2" not in done.stdout
    assert sys.modules["psycopg"]
