"""`backbot database carry-over`: another database, and nothing forgotten."""

from __future__ import annotations

import pytest

from backbot.settings import load_settings
from backbot.wiring import Program


@pytest.fixture
def old(apart, monkeypatch):
    """A database in which somebody has withdrawn an article; the new one is set and empty."""
    monkeypatch.setenv("BACKBOT_DATABASE_URL", "sqlite:///old.db")
    program = Program(load_settings())
    program.records.withdraw("desk", "1")
    program.close()
    monkeypatch.setenv("BACKBOT_DATABASE_URL", "sqlite:///new.db")
    return apart / "old.db"


def test_everything_is_copied_and_the_old_one_stays(cli, old):
    """What was withdrawn stays withdrawn; the old database is left to be moved away."""
    result = cli("database", "carry-over", "sqlite:///old.db")
    assert result.status == 0, result.err
    assert "were copied" in result.out
    assert "move the old database away" in result.out
    program = Program(load_settings())
    assert [w.slug for w in program.records.withdrawals()] == ["desk"]
    program.close()
    assert old.is_file()


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("sqlite:///nowhere.db", 2, "There is no database"),
        ("sqlite:///new.db", 2, "is the database in BACKBOT_DATABASE_URL itself"),
        ("old.db", 2, "sqlite:///var/backbot.db"),
        ("mysql://host/name", 2, "sqlite:///var/backbot.db"),
    ],
)
def test_a_wrong_address_is_told_and_makes_nothing(cli, old, address, status, told):
    """What is wrong and what to do; no empty database appears at a mistyped address."""
    result = cli("database", "carry-over", address)
    assert (result.status, result.out) == (status, "")
    assert told in result.err
    assert not (old.parent / "nowhere.db").exists()


def test_what_is_not_empty_is_left_alone(cli, old):
    """A second time there is something in it already."""
    assert cli("database", "carry-over", "sqlite:///old.db").status == 0
    again = cli("database", "carry-over", "sqlite:///old.db")
    assert again.status != 0
    assert "is not empty" in again.err
    assert "Nothing was copied" in again.err
