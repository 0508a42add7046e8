"""How long an index build takes: of everything, of nothing new, of one changed article.

Works on a copy of `corpus/` in a temporary folder; the index in service is left alone. Under a
minute on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from machine import ROOT, machine, show

from backbot.rebuild import RebuildReport
from backbot.settings import load_settings
from backbot.wiring import Program

ARTICLE = "hamstrings.md"
SENTENCE = "A benchmark has added this sentence to the article on the hamstrings."


class Stages:
    """How many seconds each stage of a build took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage = ""
        self._since = 0.0

    def __call__(self, stage: str, _done: int, _total: int) -> None:
        """Called by the build when something has moved on."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    what = machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus"
        shutil.copytree(ROOT / "corpus", corpus)
        settings = load_settings().model_copy(
            update={"corpus_dir": corpus, "index_dir": folder / "index"}
        )
        program = Program(settings)
        full, stages = build(program)
        same, _ = build(program)
        with (corpus / ARTICLE).open("a", encoding="utf-8") as article:
            article.write(f"\n{SENTENCE}\n")
        one, one_stages = build(program)
    if not full.published or same.published or one.changed != (Path(ARTICLE).stem,):
        sys.exit("The builds did not do what they are measured for.")
    texts_s = full.embedded / stages.seconds["embedding"]
    passages_s = full.counts.passages / stages.seconds["embedding"]
    rate = f"{texts_s:.0f} texts/s: {passages_s:.1f} passages/s, each with its sentences"
    show(
        what,
        [
            ("full build", seconds(full, stages)),
            ("of this embedding", rate),
            ("build with nothing changed", seconds(same)),
            ("build with one article changed", seconds(one, one_stages)),
        ],
    )


def build(program: Program) -> tuple[RebuildReport, Stages]:
    """One build, and the time of its stages."""
    stages = Stages()
    return program.rebuild(progress=stages), stages


def seconds(report: RebuildReport, stages: Stages | None = None) -> str:
    """How long, how much was embedded, and how long the content tests took of it."""
    text = f"{report.seconds:.2f} s: {report.counts.passages} passages, "
    text += f"{report.embedded} texts embedded, {report.reused} reused"
    if stages and "testing" in stages.seconds:
        text += (
            f"; embedding {stages.seconds.get('embedding', 0.0):.1f} s, "
            f"{len(report.tests)} sample questions asked {stages.seconds['testing']:.1f} s"
        )
    return text


if __name__ == "__main__":
    main()
