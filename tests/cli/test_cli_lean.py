"""The bot's memory: what it never uses is not loaded, and the database is made elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import backbot
from backbot.cli.lean import make_database_apart, one_heap
from backbot.settings import load_settings
from backbot.wiring import Program

SOURCES = Path(backbot.__file__).resolve().parents[1]


def test_optional_parts_stay_unloaded_and_can_be_loaded_afterwards(tmp_path):
    """Httpx's command line and Telegram's passports; both libraries work all the same."""
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCES)!r});"
        "from backbot.cli.lean import leave_out_what_is_never_used as leave_out; leave_out();"
        "assert not {'rich', 'pygments', 'click', 'cryptography'} & set(sys.modules);"
        "import httpx, telegram; telegram.Bot('1:a'); httpx.Client().close();"
        "from cryptography.fernet import Fernet; import click; print(Fernet.generate_key)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "generate_key" in done.stdout


def test_serving_passes_the_command_tree_by(apart):
    """The bot holds no library for options or bars; without a token it ends before it serves."""
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCES)!r}); from backbot.cli import main\n"
        "try: main(['run'])\n"
        "finally: print({'click', 'tqdm'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "set()\n"), done.stderr


def test_a_missing_database_is_made_by_another_process(apart, monkeypatch):
    """It is whole, of today's version, and opened without Alembic from then on."""
    monkeypatch.setenv("BACKBOT_DATABASE_URL", f"sqlite:///{apart}/a%20folder/state.db")
    running = Program(load_settings())
    make_database_apart(running)
    assert (apart / "a folder" / "state.db").exists()
    assert "database" not in vars(running)
    monkeypatch.setattr("backbot.state.engine.migrate", lambda *_: 1 / 0, raising=True)
    running.inbox.look()
    running.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@nowhere.invalid/x", None])
def test_no_other_database_is_touched(apart, monkeypatch, url):
    """A server's, or one that is there."""
    if url is None:
        (apart / "state.db").write_bytes(b"kept")
        url = f"sqlite:///{apart / 'state.db'}"
    monkeypatch.setenv("BACKBOT_DATABASE_URL", url)
    monkeypatch.setattr("os.fork", lambda: 1 / 0)
    make_database_apart(Program(load_settings()))


def test_one_heap_is_harmless():
    """Wherever it is called, and as often."""
    one_heap()
    one_heap()
