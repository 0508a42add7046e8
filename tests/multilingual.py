"""An encoder that knows a few sentences in several languages, and nothing of others."""

from __future__ import annotations

from collections.abc import Sequence

from backbot.ports import Embeddings
from fakes import HashEmbedder


class MultilingualEmbedder(HashEmbedder):
    """To it, sentences that say the same are the same sentence.

    Args:
        said: Groups of sentences that say one thing each; the first one stands for its group.
    """

    def __init__(self, said: Sequence[Sequence[str]]) -> None:
        super().__init__("multilingual")
        self._meant = {text: group[0] for group in said for text in group}

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), d)."""
        return super().encode([self._meant.get(text, text) for text in texts])
