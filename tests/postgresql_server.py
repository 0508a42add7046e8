"""A PostgreSQL server of the tests' own: in a temporary folder, on this machine only.

It is made with the programs that the distribution's package installs, and runs as a user without
rights, because PostgreSQL refuses to run as root. Who comes through the socket needs no password,
who comes through 127.0.0.1 does.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

MISSING = (
    "PostgreSQL is not installed, so the tests ran on SQLite only. "
    "On Debian or Ubuntu: apt install postgresql"
)
PASSWORD = "p@ss/word#1"
QUOTED = "p%40ss%2Fword%231"
USER = "backbot"


class PostgresqlServer:
    """A cluster that can be started and stopped again.

    Attributes:
        folder: Where everything of it lies, and its socket.
        port: Of the socket and of 127.0.0.1.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="backbot-pg-"))
        self._as: dict[str, object] = {"cwd": self.folder}
        if os.geteuid() == 0:
            user = _user_without_rights()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._numbers = itertools.count(1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)  # in a folder that only that user can enter
        self._run("initdb", "--username", USER, "--pwfile", password, "--encoding=UTF8",
                  "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256",
                  "--no-sync", "-D", self.folder / "data")  # fmt: skip

    def _run(self, program: str, *words: object) -> None:
        done = subprocess.run(
            [self._programs / program, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._as,
        )
        assert done.returncode == 0, done.stdout

    def tool(self, program: str, *words: object) -> None:
        """Run one of PostgreSQL's programs, such as `pg_dump`, as the server's user."""
        self._run(program, *words)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        # its output to a file: a pipe would be held open by the server
        self._run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-o", options,
                  "-l", self.folder / "log")  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        """End it; `immediate` as a power cut would."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", self.folder / "data")

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Ended as by a power cut while the block runs, and started again after it."""
        self.stop("immediate")
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Takes connections, or has them, and answers nothing while the block runs."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        processes = [first, *_children_of(first)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    @contextlib.contextmanager
    def encrypted(self) -> Iterator[Path]:
        """Offers TLS while the block runs; gives the certificate, which is for localhost."""
        data = self.folder / "data"
        for name, content in zip(("server.key", "server.crt"), _certificate(), strict=True):
            (data / name).write_bytes(content)
            (data / name).chmod(0o600)
            os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
        certificate = self.folder / "root.crt"
        shutil.copy(data / "server.crt", certificate)
        self._set_tls("on")
        try:
            yield certificate
        finally:
            self._set_tls("off")

    def _set_tls(self, state: str) -> None:
        self.do(f"ALTER SYSTEM SET ssl = {state}")
        self.do("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 10
        while self.do("SHOW ssl") != [(state,)]:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def remove(self) -> None:
        """End it, and leave nothing behind."""
        with contextlib.suppress(AssertionError):  # it is stopped already
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The address of one of its databases, through the socket."""
        return f"postgresql://{USER}@/{name}?host={self.folder}&port={self.port}"

    def url_with_password(self, name: str, *, password: str = QUOTED, host: str = "") -> str:
        """The address through 127.0.0.1."""
        return f"postgres://{USER}:{password}@{host or f'127.0.0.1:{self.port}'}/{name}"

    def do(self, statement: str, name: str = "postgres") -> list[tuple]:
        """Run a statement outside of a transaction; its rows."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def make(self) -> str:
        """The name of a new and empty database."""
        name = f"test{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        """Take a database away, whoever is connected to it."""
        self.do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _user_without_rights() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")  # whom the package makes
    except KeyError:
        return pwd.getpwnam("nobody")


def _certificate() -> tuple[bytes, bytes]:
    """A key and a certificate for localhost that it signs itself, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, made.public_bytes(serialization.Encoding.PEM)


def _children_of(parent: int) -> Iterator[int]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(status.parent.name)


def programs() -> Path | None:
    """The folder with the server's programs; Debian keeps it out of PATH. None for none."""
    found = shutil.which("postgres")
    if found and (folder := Path(found).resolve().parent) and (folder / "pg_ctl").exists():
        return folder
    kept = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    newest = max(kept, key=lambda each: float(each.parts[-3]), default=None)
    return newest.parent if newest else None


@contextlib.contextmanager
def running() -> Iterator[PostgresqlServer]:
    """A running server; the test is skipped where there is none to run."""
    folder = programs()
    if folder is None:
        pytest.skip(MISSING)
    server = PostgresqlServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.remove()
