"""The vector index as a FAISS file: flat inner product, exact.

At the size of a clinic's corpus (up to 10 000 passages, 0.6 ms a search) nothing is gained by
an approximate index.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from backbot.errors import CorruptGenerationError, IndexStoreError
from backbot.ports import Embeddings, Rows, Scores


class FaissIndex:
    """A `VectorIndex` over a FAISS index. Searching is safe from several threads.

    Args:
        index: A FAISS inner-product index.
    """

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - faiss has no types
        self._index = index

    @property
    def size(self) -> int:
        """How many rows it holds."""
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """The length of a row."""
        return int(self._index.d)

    def search(self, query: Embeddings, k: int) -> tuple[Rows, Scores]:
        """Find the `k` best rows.

        Args:
            query: One embedding, shape (d,).
            k: How many rows are wanted, at least 1. Fewer come back when there are fewer.

        Returns:
            Row numbers and inner products, both of shape (min(k, n),), best first; equal
            scores keep the lower row number.

        Raises:
            IndexStoreError: The query has another length than the rows.
            ValueError: `k` is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if query.shape != (self.dimensions,):
            raise IndexStoreError(
                f"The index holds vectors of length {self.dimensions}, the question's has shape "
                f"{query.shape}. Build the index with the same model: `backbot index build`."
            )
        # One row more than wanted shows whether the last place is shared. FAISS gives no order
        # among equals, and which of them it drops at the edge is chance.
        wanted = min(k, self.size)
        fetch = min(wanted + 1, self.size)
        rows, scores = self._best(query, fetch)
        while wanted < fetch < self.size and scores[wanted - 1] == scores[-1]:
            fetch = min(2 * fetch, self.size)
            rows, scores = self._best(query, fetch)
        return rows[:wanted], scores[:wanted]

    def _best(self, query: Embeddings, count: int) -> tuple[Rows, Scores]:
        """The `count` best rows, ordered by falling score, then by row."""
        if count == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        flat = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
        all_scores, all_rows = self._index.search(flat, count)
        found = all_rows[0] >= 0
        rows = all_rows[0][found].astype(np.int64)
        scores = all_scores[0][found].astype(np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]


class FaissFormat:
    """A `VectorIndexFormat` that keeps a flat inner-product FAISS index in a file."""

    def write(self, vectors: Embeddings, path: Path) -> None:
        """Index rows of shape (n, d) and write them to `path`.

        Args:
            vectors: Unit-length float32 rows; n may be 0, d may not.
            path: The file, in a folder that exists. The caller publishes it.

        Raises:
            IndexStoreError: The vectors have no such shape, or the file cannot be written.
        """
        import faiss

        if vectors.ndim != 2 or vectors.shape[1] == 0:  # noqa: PLR2004 - rows and columns
            raise IndexStoreError(f"Vectors of shape {vectors.shape} cannot be indexed.")
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        try:
            # By way of bytes: FAISS's own writer takes no path that is not UTF-8, and says
            # what went wrong in terms of its C++ sources.
            path.write_bytes(faiss.serialize_index(index).tobytes())
        except OSError as error:
            raise IndexStoreError(
                f"The vector index {path} cannot be written: {error.strerror}."
            ) from error

    def read(self, path: Path) -> FaissIndex:
        """Open what `write` wrote.

        Raises:
            CorruptGenerationError: The file is missing, damaged or no inner-product index.
        """
        import faiss

        try:
            data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
            index = faiss.deserialize_index(data)
        except Exception as error:  # FAISS raises RuntimeError, numpy ValueError, files OSError
            raise CorruptGenerationError(
                f"The vector index {path} is missing or damaged. "
                "Build it again with `backbot index build --full`."
            ) from error
        if index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise CorruptGenerationError(f"The vector index {path} holds no inner-product index.")
        return FaissIndex(index)
