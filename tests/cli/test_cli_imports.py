"""What the quick commands load: no library that only answering, storing or Telegram needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import backbot

SOURCES = Path(backbot.__file__).resolve().parents[1]
HEAVY = {
    "alembic", "cryptography", "docx", "faiss", "httpx", "lxml", "numpy", "onnxruntime", "pypdf",
    "sqlalchemy", "telegram", "tokenizers", "torch",
}  # fmt: skip
RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from backbot.cli import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def loaded(folder: Path, *words: str) -> set[str]:
    """Top-level packages that a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(SOURCES), *words],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("ask", "--help"),
        ("triage", "my foot has gone numb"),
        ("triage", "--explain", "--json", "no puedo orinar"),
    ],
    ids=" ".join,
)
def test_quick_commands_load_no_heavy_library(apart, words):
    """Version, help and the escalation engine alone."""
    assert loaded(apart, *words).isdisjoint(HEAVY)


def test_the_version_names_the_index_without_opening_it(clinic):
    """The pointer is read, numpy is not."""
    assert loaded(clinic, "--version").isdisjoint(HEAVY)


@pytest.mark.parametrize("words", [("--help",), ("triage", "my foot has gone numb")])
def test_triage_and_help_read_no_settings_library(apart, words):
    """Where nothing is set about the rules."""
    assert loaded(apart, *words).isdisjoint({"pydantic", "pydantic_settings"})


def test_a_second_question_loads_neither_the_tree_nor_what_checks_settings(clinic):
    """Nor FAISS, where every passage is a candidate."""
    loaded(clinic, "ask", "how long should I stretch?")
    never = {"click", "tqdm", "pydantic", "pydantic_settings", "asyncio", "faiss", "tokenizers"}
    assert loaded(clinic, "ask", "how long should I stretch?").isdisjoint(never)


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "--json", "how", "long?"),
        ("triage", "--explain", "my foot has gone numb"),
        ("triage", "my foot has gone numb", "--json", "--explain"),
    ],
    ids=" ".join,
)
def test_a_single_text_is_answered_as_by_the_command_tree(process, clinic, words):
    """Behind `--` words are words: the tree reads them, and says the same."""
    quick = process(*words)
    name, *rest = words
    options = [word for word in rest if word.startswith("--")]
    text = [word for word in rest if word not in options]
    by_tree = process(name, *options, "--", *text)

    def without_time(result):
        return re.sub(r'"elapsed_ms": [\d.]+', "", result.out)

    assert without_time(quick) == without_time(by_tree)
    assert (quick.status, quick.err) == (by_tree.status, by_tree.err)


def test_asking_loads_nothing_of_telegram_and_no_database(clinic):
    """Nor what only imports and exports need."""
    never = {"telegram", "sqlalchemy", "alembic", "httpx", "lxml", "docx", "pypdf", "cryptography"}
    assert loaded(clinic, "ask", "how long should I stretch?").isdisjoint(never)
