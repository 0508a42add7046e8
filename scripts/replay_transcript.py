"""Whether the README's chat is what `backbot chat` says; with `--write`, make it so.

The lines after `you> ` are typed into a chat over the articles of this repository, with no
setting but the folders. What differs from run to run is masked before comparing: scores,
milliseconds and the ids of index generations.

    python scripts/replay_transcript.py [--write] [--index DIR]
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PROMPT = "you> "
_BLOCK = re.compile(r"(<!-- transcript:.*?-->\n```text\n)(.*?)(\n```)", re.DOTALL)
_MASKS = (
    (re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}"), "GENERATION"),
    (re.compile(r"\d+(?:\.\d+)? ms"), "N ms"),
    (re.compile(r"\b\d\.\d{2,3}\b"), "SCORE"),
    (re.compile(r"\b\d{1,3}%"), "SHARE"),
)


def transcript(readme: str) -> str:
    """The chat as it stands in the README.

    Raises:
        ValueError: There is no such block.
    """
    found = _BLOCK.search(readme)
    if found is None:
        raise ValueError("The README has no ```text block after a `transcript` comment.")
    return found[2]


def typed(chat: str) -> list[str]:
    """What the person types in it."""
    return [line.removeprefix(PROMPT) for line in chat.splitlines() if line.startswith(PROMPT)]


def environment(index: Path) -> dict[str, str]:
    """The environment without settings of backbot but the folders."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKBOT_")}
    return kept | {"BACKBOT_CORPUS_DIR": str(ROOT / "corpus"), "BACKBOT_INDEX_DIR": str(index)}


def backbot(*words: str, env: Mapping[str, str], typing: str = "") -> str:
    """What a command prints; run in an empty folder, so that no `.env` is read.

    Raises:
        RuntimeError: The command failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "backbot", *words],
            cwd=folder,
            env=dict(env),
            input=typing,
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise RuntimeError(f"backbot {' '.join(words)} failed: {result.stderr}")
    return result.stdout


def replay(lines: list[str], index: Path) -> str:
    """The chat anew, over an index that is there."""
    typing = "".join(f"{line}\n" for line in lines)
    return backbot("chat", env=environment(index), typing=typing).strip()


def masked(chat: str) -> str:
    """The chat without what differs from run to run."""
    for pattern, name in _MASKS:
        chat = pattern.sub(name, chat)
    return chat


def main() -> int:
    """Compare or write; 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the new chat into the README")
    parser.add_argument("--index", type=Path, help="where an index is kept between runs")
    options = parser.parse_args()
    readme = README.read_text("utf-8")
    old = transcript(readme)
    with tempfile.TemporaryDirectory() as folder:
        index = (options.index or Path(folder)).resolve()
        backbot("index", "build", env=environment(index))
        new = replay(typed(old), index)
    if masked(old) == masked(new):
        return 0
    if options.write:
        README.write_text(_BLOCK.sub(lambda m: m[1] + new + m[3], readme), "utf-8")
        return 0
    lines = masked(old).splitlines(), masked(new).splitlines()
    print("\n".join(difflib.unified_diff(*lines, "README.md", "now", lineterm="")))
    return 1


if __name__ == "__main__":
    sys.exit(main())
