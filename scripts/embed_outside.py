"""Embed the questions of src/backbot/retrieval/outside.toml with the bundled encoder.

    python scripts/embed_outside.py

Run it when the list has changed; a test tells when it was forgotten. Fit the decision anew
afterwards (scripts/fit_scope.py).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from backbot.adapters.onnx_embedder import load_embedder
from backbot.retrieval.outside import FILE, outside_questions, pack
from backbot.settings import folders, load_settings

TARGET = Path(__file__).parents[1] / "src" / "backbot" / "retrieval" / FILE


def main() -> None:
    """Write the file; print how many questions it holds."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    embedder = load_embedder("", cache_dir=folders(load_settings()).cache)
    texts = [question.text for question in outside_questions()]
    TARGET.write_bytes(pack(embedder.encode(texts), embedder.identity))
    print(len(texts), "questions,", TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
