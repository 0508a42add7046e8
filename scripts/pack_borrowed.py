"""Pack the vectors of what people ask, and of what answers it: src/backbot/retrieval/borrowed.npz.

    python scripts/pack_borrowed.py

Reads the index in service, which must be one of the shipped articles. Run it when their sample
questions have changed much; an old file stays right, it only knows less.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from backbot.adapters.faiss_index import FaissFormat
from backbot.retrieval.borrowed import FILE, Borrowed, pack
from backbot.retrieval.retriever import prepare
from backbot.settings import load_settings
from backbot.wiring import Program

TARGET = Path(__file__).parents[1] / "src" / "backbot" / "retrieval" / FILE


def main() -> None:
    """Write the file; print what it holds."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    generation = Program(load_settings()).store.open(FaissFormat())
    nearest = prepare(generation).bound[:, 0]
    used, answer_of = np.unique(nearest[nearest >= 0], return_inverse=True)
    borrowed = Borrowed(
        generation.question_vectors[nearest >= 0], generation.passage_vectors[used], answer_of
    )
    TARGET.write_bytes(pack(borrowed, generation.manifest.encoder))
    size = TARGET.stat().st_size
    print(len(borrowed.questions), "questions,", len(used), "passages,", size, "bytes")


if __name__ == "__main__":
    main()
