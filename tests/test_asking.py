"""Settings without the library that checks them: the same values, and never a secret on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import backbot
from backbot import asking, settings
from backbot.asking import CheckedBefore, settings_for_a_question, settings_to_serve
from backbot.errors import SettingsError
from backbot.settings import Settings, load_settings

SOURCES = Path(backbot.__file__).resolve().parents[1]
TOKEN = "123456789:AAF-secret_letters-of-the-bots-token"
KEY = "an-encryption-key-of-32-characters-"
GIVEN = {
    "TELEGRAM_TOKEN": TOKEN,
    "ADMIN_IDS": "1,2",
    "CLINIC_NAME": "Riverside",
    "CLINIC_HOURS": "Mo-Fr 08:00-18:00",
    "TIMEZONE": "Europe/London",
    "RETENTION_HOURS": "48",
    "ENCRYPTION_KEY": KEY,
    "HTTP_PORT": "8081",
    "INDEX_DIR": "somewhere",
}
SECRETS = {"telegram_token", "encryption_key", "database_url", "webhook_secret"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"BACKBOT_{name}", value)


@pytest.fixture
def checks(monkeypatch):
    """Grows with each time that settings are checked."""
    counted: list[int] = []

    def counting(*arguments):
        counted.append(1)
        return load_settings(*arguments)

    monkeypatch.setattr(settings, "load_settings", counting)
    return counted


def plain(value):
    """A secret's value, or the value itself."""
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def test_a_second_question_has_the_same_settings_unchecked(checks):
    """Every field but the secrets, which a question does not need."""
    settings_for_a_question()
    again = settings_for_a_question()
    assert isinstance(again, CheckedBefore)
    assert len(checks) == 1
    for name in Settings.model_fields:
        expected = None if name in SECRETS else getattr(load_settings(), name)
        assert getattr(again, name) == expected, name


@pytest.mark.parametrize("change", ["variable", "file"])
def test_a_changed_setting_is_checked(checks, monkeypatch, change):
    """By the environment or by `.env`, right or wrong."""
    settings_for_a_question()
    if change == "variable":
        monkeypatch.setenv("BACKBOT_CLINIC_NAME", "Hillside")
    else:
        monkeypatch.delenv("BACKBOT_CLINIC_NAME")
        Path(".env").write_text("BACKBOT_CLINIC_NAME=Hillside\n")
    assert settings_for_a_question().clinic_name == "Hillside"
    assert len(checks) == 2
    monkeypatch.setenv("BACKBOT_RETENTION_HOURS", "-1")
    for _ in range(2):
        with pytest.raises(SettingsError, match="BACKBOT_RETENTION_HOURS"):
            settings_for_a_question()


def test_a_folder_that_has_become_a_file_is_told():
    """As it is when settings are checked in full."""
    settings_for_a_question()
    Path("somewhere").write_text("")
    with pytest.raises(SettingsError, match="BACKBOT_INDEX_DIR"):
        settings_for_a_question()


def test_no_secret_is_written_down(tmp_path):
    """Not even where the rest is kept."""
    settings_for_a_question()
    (written,) = [path for path in tmp_path.rglob("*") if path.name == asking._KEPT]
    content = written.read_bytes()
    assert b"Riverside" in content
    assert TOKEN.encode() not in content
    assert KEY.encode() not in content


def test_the_bots_settings_are_the_same_with_their_secrets(tmp_path):
    """Checked by another process, which writes nothing."""
    served, expected = settings_to_serve(), load_settings()
    for name in (*Settings.model_fields, "http_address"):
        assert plain(getattr(served, name)) == plain(getattr(expected, name)), name
    assert TOKEN not in repr(served.telegram_token)
    assert not (tmp_path / "cache").exists()


def test_the_bots_wrong_settings_are_told_as_ever(monkeypatch):
    """The other process's fault is this one's."""
    monkeypatch.setenv("BACKBOT_HTTP_PORT", "many")
    with pytest.raises(SettingsError) as told:
        load_settings()
    with pytest.raises(SettingsError) as apart:
        settings_to_serve()
    assert str(apart.value) == str(told.value)


def test_the_library_that_checks_is_not_loaded_here():
    """Neither for the bot nor for a second question."""
    code = (
        "import sys; from backbot.asking import settings_for_a_question, settings_to_serve;"
        "settings_to_serve(); assert 'pydantic' not in sys.modules;"
        "settings_for_a_question() if len(sys.argv) > 1 else None;"
        "print('pydantic' in sys.modules)"
    )

    def run(*words: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert [run(), run("ask"), run("ask")] == ["False", "True", "False"]


def test_a_checker_that_dies_is_replaced(monkeypatch):
    """Killed or out of memory: the bot checks the settings itself."""
    monkeypatch.setattr(asking, "_checked", lambda _: os._exit(9))
    assert plain(settings_to_serve().telegram_token) == TOKEN


def test_a_checker_whose_parent_was_killed_says_nothing():
    """Nobody is left to be told, and a traceback in the log would look like a fault."""
    code = (
        "import os, signal, time\n"
        "from backbot import asking\n"
        "def checked(_):\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
        "    time.sleep(0.3)\n"
        "    return b'x' * 100_000\n"
        "asking._checked = checked\n"
        "asking.settings_to_serve()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    # waits until the checker, too, has let go of its output
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == ""
