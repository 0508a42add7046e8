"""SIGKILL at every step and at any moment: one whole generation is in service, always."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import backbot

HERE = Path(__file__).parent
FOREVER_S = 60
# What is in service when an undisturbed one has ended, of each thing that changes an index.
OUTCOMES = {
    "build": "new",
    "keep": "old",
    "publish_staged": "new",
    "rollback": "new",
    "prune": "old",
}


def killed(folder: Path, *words: str) -> list[dict[str, object]]:
    """What the program in `killed_builds.py` says, one death a row."""
    roots = [HERE, HERE.parent, Path(backbot.__file__).parents[1]]
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_builds.py"), str(folder), *words],
        # One thread each: forking does not go well with more.
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, roots)),
            "OPENBLAS_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=FOREVER_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("operation", OUTCOMES)
def test_killed_at_any_step_one_whole_generation_is_in_service(tmp_path: Path, operation: str):
    """The old one up to one step, the new one from there; then the next one does it and cleans."""
    rows = killed(tmp_path, operation, "steps")
    assert rows[-1]["step"] == "nothing"
    assert len(rows) > 5  # each of them a way to die
    served = [row["after"] for row in rows]
    assert served == sorted(served, reverse=True)  # "old" … "new": it never goes back
    assert served[0] == "old"
    assert served[-1] == OUTCOMES[operation]
    if OUTCOMES[operation] == "new":
        last_old = rows[served.index("new") - 1]
        assert last_old["step"] == "os.rename .CURRENT.tmp"  # nothing before it counts
    for row in rows:
        assert row["again"] == OUTCOMES[operation], row
        assert row["leftovers"] == [], row
        assert row["staged"] == (operation == "keep"), row


@pytest.mark.parametrize(("operation", "count"), [("build", 40), ("publish_staged", 20)])
def test_killed_at_any_moment_one_whole_generation_is_in_service(
    tmp_path: Path, operation: str, count: int
):
    """Between the steps too, in the middle of a file: at random, the same each time."""
    rows = killed(tmp_path, operation, "times", str(count), "7")
    assert len(rows) == count
    assert sum(row["step"] != "nothing" for row in rows) > count / 4
    for row in rows:
        assert row["after"] in {"old", "new"}, row
        assert row["again"] == "new", row
        assert row["leftovers"] == [], row
