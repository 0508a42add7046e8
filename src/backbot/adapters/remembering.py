"""An encoder that remembers its last few single texts: a message is looked at twice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from backbot.model import EncoderIdentity
from backbot.ports import Embedder, Embeddings

# Those asked side by side, and no more: what people write is not to linger in memory.
_REMEMBERED = 64


class RememberingEmbedder:
    """The embedder inside, with its last single texts remembered. Safe for several threads.

    Args:
        embedder: Does the work.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._single = lru_cache(maxsize=_REMEMBERED)(self._encode_one)

    @property
    def identity(self) -> EncoderIdentity:
        """The embedder's."""
        return self._embedder.identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), d); read-only where remembered."""
        return self._single(texts[0]) if len(texts) == 1 else self._embedder.encode(texts)

    def count_tokens(self, text: str) -> int:
        """As the embedder counts."""
        return self._embedder.count_tokens(text)

    def _encode_one(self, text: str) -> Embeddings:
        row = self._embedder.encode([text])
        row.flags.writeable = False
        return row
