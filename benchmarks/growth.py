"""How builds, searches, memory and rebuilds grow with the corpus: made articles, made vectors.

    python benchmarks/growth.py                          100, 10 000 and 100 000 passages, minutes
    python benchmarks/growth.py --passages 100 10000

Each size in processes of its own: one builds, changes an article and builds again, one opens the
index and searches it, so that the peak memory of serving is that of serving. Beside it a flat
FAISS index of the same vectors is searched for the same questions. Vectors without a meaning all
lie about as far from each other, which is the hardest case for anything but a flat index: half
of each question's vector is a passage's, so that it has nearest ones at all.

A search is that for the 256 candidates that the retriever takes; the recall is that of the five
best by exact scores among them, which is what the retriever ranks by.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from ask import peak_mb
from machine import describe, machine, percentile
from made_corpus import change_one, make_corpus
from made_vectors import made_vectors
from rebuild import MadeProgram, build

from backbot.adapters.faiss_index import FaissIndex, factory_for
from backbot.ports import Embeddings, VectorIndex
from backbot.retrieval.retriever import Retriever
from backbot.settings import load_settings

PASSAGES = (100, 10_000, 100_000)
SECTIONS = 10  # passages in an article
SAMPLE_QUESTIONS = 200
SEARCHES = 300
CANDIDATES = 256  # as many as the retriever takes
WANTED = 5
HEADINGS = (
    "passages",
    "FAISS index",
    "build",
    "of this embedding",
    "one article changed",
    "search p50, p99",
    "flat p50, p99",
    "ratio of p50",
    "recall@5",
    "whole retrieval p50, p99",
    "peak memory, serving",
)


def main() -> None:
    """Measure and print."""
    options = arguments()
    if options.part:
        print(json.dumps(PARTS[options.part](options.folder, options.passages[0])))
        return
    what = machine()
    rows = [size(passages) for passages in options.passages]
    print(describe(what))
    print("\n| passages | FAISS index | build | of this embedding | one article changed |", end="")
    print(
        " search p50, p99 | flat p50, p99 | ratio | recall@5 | whole retrieval p50, p99 |", end=""
    )
    print(" peak memory, serving |\n|" + "---|" * 11)
    for row in rows:
        print("| " + " | ".join(row) + " |")


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--passages", type=int, nargs="+", default=list(PASSAGES))
    parser.add_argument("--part", choices=["build", "search"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def size(passages: int) -> list[str]:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as name:
        built, searched = (part(what, Path(name), passages) for what in ("build", "search"))
    return [
        f"{built['passages']}",
        factory_for(built["passages"]),
        f"{built['seconds']:.1f} s",
        f"{built['embedding']:.1f} s",
        f"{built['again']:.1f} s, {built['embedded']} embedded",
        both(searched["ms"]),
        both(searched["flat_ms"]),
        f"{percentile(searched['ms'], 0.5) / percentile(searched['flat_ms'], 0.5):.2f}",
        f"{searched['recall']:.3f}",
        both(searched["whole_ms"]),
        f"{searched['peak_mb']:.0f} MB",
    ]


def part(what: str, folder: Path, passages: int) -> dict[str, Any]:
    """One of the two processes; what it prints."""
    command = [sys.executable, __file__, "--part", what, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--passages", str(passages)], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{passages} passages: {what} failed.")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def build_it(folder: Path, passages: int) -> dict[str, Any]:
    """A corpus of the size: its full build, and the one after an article has changed."""
    corpus = folder / "corpus"
    corpus.mkdir()
    make_corpus(corpus, max(1, passages // SECTIONS), SECTIONS, SAMPLE_QUESTIONS)
    program = program_in(folder)
    full, stages = build(program)
    change_one(corpus)
    one, _ = build(program)
    if not full.published or len(one.changed) != 1:
        sys.exit("The builds did not do what they are measured for.")
    return {
        "passages": full.counts.passages,
        "seconds": full.seconds,
        "embedding": stages.seconds["embedding"],
        "again": one.seconds,
        "embedded": one.embedded,
    }


def search_it(folder: Path, _passages: int) -> dict[str, Any]:
    """Searches of the index, of a flat one, and whole retrievals; memory before the flat one."""
    program = program_in(folder)
    generation = program.live.current()
    vectors = generation.passage_vectors
    rows = np.linspace(0, len(vectors) - 1, SEARCHES).astype(int)
    queries = vectors[rows] + made_vectors([f"question {k}" for k in range(SEARCHES)])
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    found, times = searches(generation.dense, queries)
    finder = program.finder
    whole = []
    for k in range(SEARCHES):
        question = f"How does the tight hamstring of article {k} help my lower back {k}?"
        started = time.perf_counter()
        finder.retrieve(question, generation)
        whole.append((time.perf_counter() - started) * 1000)
    peak = peak_mb(resource.RUSAGE_SELF)
    exact, flat_times = searches(flat_index(np.asarray(vectors)), queries)
    hits = [
        len(set(true[:WANTED]) & set(best_of(candidates, vectors, query)))
        for true, candidates, query in zip(exact, found, queries, strict=True)
    ]
    return {
        "ms": times,
        "flat_ms": flat_times,
        "whole_ms": whole[SEARCHES // 10 :],  # the first ones prepare
        "recall": sum(hits) / (min(WANTED, len(vectors)) * len(hits)),
        "peak_mb": peak,
    }


PARTS = {"build": build_it, "search": search_it}


class GrowthProgram(MadeProgram):
    """The program with made vectors, which are asked for rather than remembered."""

    @property
    def finder(self) -> Retriever:
        """What finds passages."""
        return self._finder


def program_in(folder: Path) -> GrowthProgram:
    """The program on the articles and the index in a folder."""
    changes = {"corpus_dir": folder / "corpus", "index_dir": folder / "index"}
    return GrowthProgram(load_settings().model_copy(update=changes))


def searches(index: VectorIndex, queries: Embeddings) -> tuple[list[list[int]], list[float]]:
    """Rows found for each query, and milliseconds of each search."""
    wanted = min(CANDIDATES, index.size)
    for query in queries[:20]:
        index.search(query, wanted)
    found, times = [], []
    for query in queries:
        started = time.perf_counter()
        rows, _ = index.search(query, wanted)
        times.append((time.perf_counter() - started) * 1000)
        found.append(rows.tolist())
    return found, times


def flat_index(vectors: Embeddings) -> FaissIndex:
    """The same vectors, all of them compared with every question."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    return FaissIndex(len(vectors), vectors.shape[1], lambda: index)


def best_of(candidates: list[int], vectors: Embeddings, query: Embeddings) -> list[int]:
    """The best of the candidates by exact scores."""
    order = np.argsort(-(vectors[candidates] @ query), kind="stable")[:WANTED]
    return [candidates[k] for k in order]


def both(values: list[float]) -> str:
    """Median and 99th percentile."""
    return f"{percentile(values, 0.5):.2f}, {percentile(values, 0.99):.2f} ms"


if __name__ == "__main__":
    main()
