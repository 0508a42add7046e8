"""What a rebuild costs after one article has changed, against a full one, and against others'.

    python benchmarks/rebuild.py                            1 000 articles of one passage each
    python benchmarks/rebuild.py --sections 10              10 000 passages, a quarter of an hour
    python benchmarks/rebuild.py --articles 10000 --sections 10 --made      100 000, made vectors

With `--peer langchain=PYTHON --peer llamaindex=PYTHON`, where PYTHON is the interpreter of that
project's own environment (`peer_….py` says what to install there), they index the same articles.
The articles are made up (`made_corpus.py`) and stand in a temporary folder. How many texts are
embedded is counted, not guessed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from build import Stages
from machine import ROOT, describe, machine
from made_corpus import change_one, make_corpus
from made_vectors import DIMENSIONS, made_vectors

from backbot.model import EncoderIdentity
from backbot.ports import Embedder, Embeddings
from backbot.rebuild import RebuildReport
from backbot.settings import load_settings
from backbot.wiring import Program

PEERS = {"langchain": "LangChain", "llamaindex": "LlamaIndex"}


class MadeEmbedder:
    """An `Embedder` that costs next to nothing and means nothing."""

    identity = EncoderIdentity("made", "0" * 64, DIMENSIONS, "mean", 256)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), 384)."""
        return made_vectors(texts)

    def count_tokens(self, text: str) -> int:
        """About as many as the real one counts."""
        return len(text.split()) * 4 // 3 + 2


class MadeProgram(Program):
    """The program with made vectors."""

    def _embedder(  # type: ignore[override]
        self, *, threads: int = 1, cores: int = 1, for_one: bool = False
    ) -> Embedder:
        del threads, cores, for_one
        return MadeEmbedder()


def main() -> None:
    """Measure and print."""
    options = arguments()
    what = machine()
    rows = [ours(options)]
    for peer in options.peer:
        name, _, python = peer.partition("=")
        rows.append(theirs(name, python, options))
    if options.json:
        print(json.dumps({"machine": what, "rows": rows}, ensure_ascii=False))
        return
    print(f"{describe(what)}\n\n| | passages | full | nothing changed | one article changed |")
    print("|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--sections", type=int, default=1, help="passages in each article")
    parser.add_argument("--questions", type=int, default=200, help="sample questions in all")
    parser.add_argument("--made", action="store_true", help="made vectors, no encoder")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def ours(options: argparse.Namespace) -> list[str]:
    """One row of the table: backbot's."""
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name, "corpus")
        corpus.mkdir()
        make_corpus(corpus, options.articles, options.sections, options.questions)
        changes = {"corpus_dir": corpus, "index_dir": Path(name, "index")}
        settings = load_settings().model_copy(update=changes)
        program = (MadeProgram if options.made else Program)(settings)
        full = build(program)
        same = build(program)
        change_one(corpus)
        one = build(program)
    if not full[0].published or same[0].published or len(one[0].changed) != 1:
        sys.exit("The builds did not do what they are measured for.")
    counts = full[0].counts
    return [
        "backbot",
        f"{counts.passages} ({counts.units} sentences, {counts.questions} sample questions)",
        *(cell(report, stages) for report, stages in (full, same, one)),
    ]


def build(program: Program) -> tuple[RebuildReport, Stages]:
    """One build, and the time of its stages."""
    stages = Stages()
    report = program.rebuild(progress=stages)
    stages("", 0, 0)
    return report, stages


def cell(report: RebuildReport, stages: Stages) -> str:
    """Seconds in all and of the stages that take some, and texts embedded."""
    told = ", ".join(f"{stage} {s:.1f}" for stage, s in stages.seconds.items() if s >= 0.05)
    return f"{report.seconds:.1f} s, {report.embedded} embedded" + (f" ({told})" if told else "")


def theirs(name: str, python: str, options: argparse.Namespace) -> list[str]:
    """One row of the table: another project's, from its own environment."""
    if name not in PEERS or not python:
        sys.exit(f"--peer must be one of {', '.join(PEERS)}, then = and an interpreter.")
    with tempfile.TemporaryDirectory() as folder:
        corpus, index = Path(folder, "corpus"), Path(folder, "index")
        corpus.mkdir()
        index.mkdir()
        make_corpus(corpus, options.articles, options.sections, options.questions)
        script = ROOT / "benchmarks" / f"peer_{name}.py"
        made = ["--made"] if options.made else []
        result = subprocess.run(
            [python, str(script), str(corpus), str(index), *made],
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if result.returncode:
        sys.exit(f"{script.name} failed.")
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    versions = ", ".join(f"{package} {number}" for package, number in found["versions"].items())
    return [
        f"{PEERS[name]} ({versions})",
        str(found["passages"]),
        *(
            f"{found['runs'][run]['seconds']:.1f} s, {found['runs'][run]['embedded']} embedded"
            for run in ("full", "nothing", "one")
        ),
    ]


if __name__ == "__main__":
    main()
