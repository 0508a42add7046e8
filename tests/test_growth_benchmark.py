"""The benchmark of growth measures what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import backbot

ROOT = Path(__file__).resolve().parents[1]


def test_a_row_for_each_size(apart):
    """Built, changed, searched beside a flat index: two texts embedded again, all five found."""
    environment = {**os.environ, "PYTHONPATH": str(Path(backbot.__file__).parents[1])}
    command = [sys.executable, str(ROOT / "benchmarks" / "growth.py"), "--passages", "30", "50"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    heading, *rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines)
    assert [row[:2] for row in rows] == [["30", "Flat"], ["50", "Flat"]]
    for row in rows:
        cells = dict(zip(heading, row, strict=True))
        assert cells["recall@5"] == "1.000"
        assert cells["one article changed"].endswith(", 2 embedded")
