"""The build lock: one at a time, named, and gone with its holder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import backbot
from backbot.errors import BuildInProgressError
from backbot.index.lock import BuildLock

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from backbot.index.lock import BuildLock
with BuildLock(Path(sys.argv[1]), lambda: datetime.now(UTC)).held(sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def lock(folder: Path, moment: datetime = MOMENT) -> BuildLock:
    """The lock of a folder."""
    return BuildLock(folder / "LOCK", lambda: moment)


def holder(folder: Path, by: str) -> subprocess.Popen[str]:
    """Another process that holds the lock until it is killed."""
    environment = {**os.environ, "PYTHONPATH": str(Path(backbot.__file__).parents[1])}
    command = [sys.executable, "-c", HOLDER, str(folder / "LOCK"), by]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_is_named_until_it_is_killed(tmp_path: Path):
    """Its number, its user, on whose behalf, since when; SIGKILL is enough to free the lock."""
    mine = lock(tmp_path)
    with holder(tmp_path, "Telegram user 42") as other:
        told = rf"process {other.pid} of user \S+ for Telegram user 42, since 20\d\d-.* UTC\. Wait"
        with pytest.raises(BuildInProgressError, match=told):
            mine.require_free()
        with pytest.raises(BuildInProgressError, match=told), mine.held():
            pass
        other.kill()
        other.wait(30)
    mine.require_free()
    with mine.held():
        assert json.loads((tmp_path / "LOCK").read_text())["pid"] == os.getpid()


def test_times_are_told_in_utc(tmp_path: Path):
    """Wherever the holder's clock stands."""
    there = MOMENT.astimezone(timezone(timedelta(hours=5)))
    with (
        lock(tmp_path, there).held(),
        pytest.raises(BuildInProgressError, match="since 2026-01-02 03:04:05 UTC"),
    ):
        lock(tmp_path).require_free()


def test_looking_whether_it_is_free_writes_nothing(tmp_path: Path):
    """Neither the file nor the folder is made."""
    lock(tmp_path / "none").require_free()
    lock(tmp_path).require_free()
    assert list(tmp_path.iterdir()) == []


def test_looking_at_a_dead_signature_leaves_it(tmp_path: Path):
    """A process that was killed could not remove it; the lock counts, not the file."""
    (tmp_path / "LOCK").write_text('{"pid": 1, "user": "x", "started": "2026-01-01T00:00:00"}')
    before = (tmp_path / "LOCK").read_bytes()
    lock(tmp_path).require_free()
    assert (tmp_path / "LOCK").read_bytes() == before
    with lock(tmp_path).held():
        pass
    assert (tmp_path / "LOCK").read_bytes() == b""


def test_a_long_signature_leaves_nothing_behind(tmp_path: Path):
    """The next holder's shorter name is the whole content."""
    (tmp_path / "LOCK").write_text("x" * 500)
    with lock(tmp_path).held():
        assert json.loads((tmp_path / "LOCK").read_text())["started"] == MOMENT.isoformat()


@pytest.mark.parametrize("signature", ["[]", "{", '{"pid": 1}', "\x00"])
def test_an_unreadable_signature_is_still_a_lock(tmp_path: Path, signature: str):
    """Somebody holds it, whoever that is."""
    with lock(tmp_path).held():
        (tmp_path / "LOCK").write_text(signature)
        with pytest.raises(BuildInProgressError, match="not said its name"):
            lock(tmp_path).require_free()
