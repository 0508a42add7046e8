"""The vector index as a FAISS file, inner product; of which kind depends on how much there is.

Up to 20 000 passages it is flat and exact: at a clinic's size (up to 10 000, 0.6 ms a search)
nothing is gained by anything else. Above, numbers of 16 bits halve the memory that is read and
with it the time. What they cost in exactness is a score's fourth digit: the retriever, which
takes hundreds of candidates from here, works out their scores anew (benchmarks/README.md has the
recall). Kinds that look at a part of the rows only would be quicker still and miss some.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backbot.errors import CorruptGenerationError, IndexStoreError
from backbot.ports import Embeddings, Rows, Scores

# How a flat index begins in its file: kind, dimensions, rows, two numbers without a meaning,
# whether it is trained, metric; then how many floats follow.
_FLAT_HEAD = struct.Struct("<4siqqqBiQ")
_FLAT, _INNER_PRODUCT = b"IxFI", 0
# From how many rows on which FAISS factory string
_FACTORIES = ((0, "Flat"), (20_000, "SQfp16"))


class FaissIndex:
    """A `VectorIndex` over a FAISS index. Searching is safe from several threads.

    Args:
        size: How many rows it holds.
        dimensions: The length of a row.
        load: Gives the FAISS inner-product index; called at the first search, since a corpus so
            small that every passage is a candidate is never searched, and the library takes its
            time and memory.
    """

    def __init__(self, size: int, dimensions: int, load: Callable[[], Any]) -> None:
        self.size = size
        self.dimensions = dimensions
        self._load = load
        self._loading = threading.Lock()
        self._loaded: Any = None

    @property
    def _index(self) -> Any:  # noqa: ANN401 - faiss has no types
        if self._loaded is None:
            with self._loading:
                if self._loaded is None:
                    self._loaded = self._load()
        return self._loaded

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


def factory_for(rows: int) -> str:
    """The FAISS factory string for an index of so many rows."""
    return next(name for least, name in reversed(_FACTORIES) if rows >= least)


class FaissFormat:
    """A `VectorIndexFormat` that keeps an inner-product FAISS index in a file.

    Args:
        whole: Whether `read` reads the file now. Otherwise it is mapped and must stay as it is.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole

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
        kind = factory_for(len(vectors))
        index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
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
        try:
            if self._whole:
                data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
            else:
                data = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
        except (OSError, ValueError) as error:  # ValueError: it is empty
            raise _corrupt(path) from error
        if shape := _flat_shape(data):
            return FaissIndex(*shape, lambda: _deserialised(data, path))
        index = _deserialised(data, path)
        return FaissIndex(int(index.ntotal), int(index.d), lambda: index)


def _flat_shape(data: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Rows and dimensions of a whole flat inner-product index, read from its first bytes.

    None where the bytes are anything else, or not all of them are there: FAISS then says what.
    """
    if len(data) < _FLAT_HEAD.size:
        return None
    kind, d, n, _, _, trained, metric, floats = _FLAT_HEAD.unpack(
        data[: _FLAT_HEAD.size].tobytes()
    )
    is_flat = kind == _FLAT and trained == 1 and metric == _INNER_PRODUCT
    whole = d > 0 and floats == n * d and len(data) == _FLAT_HEAD.size + 4 * floats
    return (n, d) if is_flat and whole else None


def _deserialised(data: NDArray[np.uint8], path: Path) -> Any:  # noqa: ANN401 - untyped library
    import faiss

    try:
        index = faiss.deserialize_index(np.array(data))
    except Exception as error:  # FAISS raises RuntimeError, numpy ValueError
        raise _corrupt(path) from error
    if index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise CorruptGenerationError(f"The vector index {path} holds no inner-product index.")
    return index


def _corrupt(path: Path) -> CorruptGenerationError:
    return CorruptGenerationError(
        f"The vector index {path} is missing or damaged. "
        "Build it again with `backbot index build --full`."
    )
