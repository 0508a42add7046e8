"""The sockets: what a foreign library must offer to be plugged in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backbot.model import Conversation, EncoderIdentity

Embeddings = NDArray[np.float32]
Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to unit-length vectors."""

    @property
    def identity(self) -> EncoderIdentity:
        """What makes its vectors comparable with others."""
        ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), d). A row never depends on the other texts."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of the text, special ones included, before truncation."""
        ...


class VectorIndex(Protocol):
    """Nearest rows by inner product."""

    def search(self, query: Embeddings, k: int) -> tuple[Rows, Scores]:
        """The `k` best rows for one query of shape (d,): rows and scores, best first."""
        ...


class VectorIndexFormat(Protocol):
    """How a vector index is made and kept in a file."""

    def write(self, vectors: Embeddings, path: Path) -> None:
        """Index rows of shape (n, d) and write them to `path`."""
        ...

    def read(self, path: Path) -> VectorIndex:
        """Open what `write` wrote."""
        ...


class ConversationStore(Protocol):
    """Where conversations are kept between turns. Memory now, a database later."""

    def load(self, key: str, now: float) -> Conversation:
        """The conversation under that key; a new one when there is none or it has expired."""
        ...

    def save(self, key: str, conversation: Conversation) -> None:
        """Keep it under that key."""
        ...

    def forget(self, key: str) -> None:
        """Drop it. No error when there is none."""
        ...
