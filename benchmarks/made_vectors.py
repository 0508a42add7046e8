"""Vectors made from a text's digest: quick, the same every time, and without meaning.

For measuring what a build costs beside its embeddings. Needs numpy only: other projects' programs
use the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384


def made_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit-length rows, shape (len(texts), 384)."""
    rows = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        np.random.Generator(np.random.SFC64(seed)).standard_normal(out=row, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
