"""Stand-ins that satisfy the ports: deterministic, quick, and real enough to find things."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from backbot.model import EncoderIdentity
from backbot.ports import Embeddings, Rows, Scores


def identity(name: str = "hash", dimensions: int = 32, max_tokens: int = 256) -> EncoderIdentity:
    """An encoder's identity; another name is another encoder."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return EncoderIdentity(name, sha256, dimensions, "mean", max_tokens)


class HashEmbedder:
    """An `Embedder` without weights: a text is the sum of its words' random directions.

    Texts that share words are similar, so ranking by it is meaningful. Counts what it is
    asked to encode in `encoded`.
    """

    def __init__(self, name: str = "hash", dimensions: int = 32, max_tokens: int = 256) -> None:
        self._identity = identity(name, dimensions, max_tokens)
        self._seed = name
        self.encoded: list[str] = []

    @property
    def identity(self) -> EncoderIdentity:
        """What makes its vectors comparable with others."""
        return self._identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), d)."""
        self.encoded.extend(texts)
        rows = np.zeros((len(texts), self._identity.dimensions), dtype=np.float32)
        for n, text in enumerate(texts):
            words = re.findall(r"\w+", text.casefold()) or [""]
            rows[n] = np.sum([self._direction(word) for word in words], axis=0)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        """A token for each mark and for each four letters of a word, and two at the ends."""
        words = re.findall(r"\w+|[^\w\s]", text)
        return 2 + sum(1 + (len(word) - 1) // 4 for word in words)

    def _direction(self, word: str) -> Embeddings:
        seed = hashlib.sha256(f"{self._seed}\0{word}".encode()).digest()[:8]
        rng = np.random.default_rng(int.from_bytes(seed, "big"))
        return rng.standard_normal(self._identity.dimensions).astype(np.float32)


class NumpyIndex:
    """A `VectorIndex` that compares with every row."""

    def __init__(self, vectors: Embeddings) -> None:
        self._vectors = vectors

    def search(self, query: Embeddings, k: int) -> tuple[Rows, Scores]:
        """The `k` best rows, best first."""
        scores = self._vectors @ query
        rows = np.argsort(-scores, kind="stable")[:k].astype(np.int64)
        return rows, scores[rows].astype(np.float32)


class NumpyFormat:
    """A `VectorIndexFormat` that keeps the rows as they are."""

    def write(self, vectors: Embeddings, path: Path) -> None:
        """Write the rows."""
        with path.open("wb") as file:
            np.save(file, vectors)

    def read(self, path: Path) -> NumpyIndex:
        """Read them."""
        with path.open("rb") as file:
            return NumpyIndex(np.load(file))


class FixedClock:
    """Seconds that go on only when told to."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
