"""Pages nobody has prepared: imported, approved as they come out, asked about.

    python evaluation/unseen_pages.py [--kept] [--misses] [FOLDER ...]

Each folder of `evaluation/pages/` holds five raw pages as a health site would give them, and
questions about these alone. The pages go through `backbot corpus import`, `approve`,
`index build` and `eval` in a temporary folder, as a clinic's own would, without a sample question
of ours. The pages are invented, many of their figures too: never show them to anybody.
"""

# ruff: noqa: T201, INP001, S603

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAGES = Path(__file__).parent / "pages"
SHOWN = (
    ("answers/questions", "hit@3", "fact in the first three"),
    ("answers/questions", "correct", "fact in the answer"),
    ("answers/questions", "false_declines", "wrongly declined"),
    ("answers/followups", "correct", "follow-ups answered"),
    ("answers/out_of_scope", "declined", "out of scope declined"),
)


def main() -> None:
    """Print a table, a line for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--kept", action="store_true", help="the folders kept aside too")
    parser.add_argument("--misses", action="store_true", help="every question that went wrong")
    asked = parser.parse_args()
    folders = asked.folders or [
        folder for folder in sorted(PAGES.iterdir()) if folder.is_dir() and _wanted(folder, asked)
    ]
    print(f"| pages | {' | '.join(name for *_, name in SHOWN)} |")
    print(f"|---|{'---|' * len(SHOWN)}")
    for folder in folders:
        told = measured(folder, misses=asked.misses and not folder.name.endswith("_kept"))
        print(f"| {folder.name} | {' | '.join(told)} |")


def _wanted(folder: Path, asked: argparse.Namespace) -> bool:
    return bool(asked.kept) or not folder.name.endswith("_kept")


def measured(folder: Path, *, misses: bool) -> list[str]:
    """How many of a folder's rows go right, in the order of `SHOWN`."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "corpus").mkdir()
        environment = os.environ | {
            f"BACKBOT_{what}_DIR": str(work / what.lower())
            for what in ("CORPUS", "DRAFTS", "INDEX")
        }

        def backbot(*words: str) -> str:
            command = [sys.executable, "-m", "backbot", *words]
            done = subprocess.run(
                command, cwd=work, env=environment, capture_output=True, text=True, check=False
            )
            # A gate that is missed is a result, and so is a sentence that is never said.
            if done.returncode and "eval" not in words and "approve" not in words:
                sys.exit(f"backbot {' '.join(words)}: {done.stderr}")
            return done.stdout

        backbot("corpus", "import", *map(str, sorted((folder.resolve() / "pages").iterdir())))
        for draft in sorted((work / "drafts").glob("*.md")):
            backbot("corpus", "approve", str(draft), "--by", "evaluation")
        backbot("index", "build")
        asked = str(folder.resolve())
        if misses:
            print(backbot("eval", "--misses", "--set", asked))
        blocks: Mapping[str, Any] = json.loads(backbot("eval", "--json", "--set", asked))["blocks"]
        return [_share(blocks, block, rate) for block, rate, _ in SHOWN]


def _share(blocks: Mapping[str, Any], block: str, rate: str) -> str:
    found = blocks.get(block, {}).get("rates", {}).get(rate)
    return f"{found['ok']}/{found['n']}" if found and found["n"] else "–"


if __name__ == "__main__":
    main()
