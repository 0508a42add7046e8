"""The benchmark of rebuilds measures what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import backbot

ROOT = Path(__file__).resolve().parents[1]


def run(*words: str) -> list[list[str]]:
    """The rows of its table, with made vectors."""
    environment = {**os.environ, "PYTHONPATH": str(Path(backbot.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "rebuild.py"), "--made", "--json", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"]


def test_the_made_corpus_is_as_large_as_asked_for_and_one_change_costs_two_texts(apart):
    """A passage a section, all texts different; the added sentence and its passage are new."""
    ((name, size, full, same, one),) = run(
        "--articles", "6", "--sections", "3", "--questions", "4"
    )
    assert name == "backbot"
    assert size == "18 (90 sentences, 4 sample questions)"
    assert f", {18 + 90 + 4} embedded" in full
    assert ", 0 embedded" in same
    assert ", 2 embedded" in one
