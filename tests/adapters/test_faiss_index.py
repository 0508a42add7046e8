"""The FAISS file: exact search, stable order, damage noticed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.adapters.faiss_index import FaissFormat, FaissIndex
from backbot.errors import CorruptGenerationError, IndexStoreError


def unit_rows(n, d, seed=0):
    """Random float32 rows of length one."""
    rows = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def make(tmp_path):
    """Writes vectors and opens what was written."""

    def make(vectors) -> FaissIndex:
        FaissFormat().write(vectors, tmp_path / "dense.faiss")
        return FaissFormat().read(tmp_path / "dense.faiss")

    return make


def test_search_is_exact(make):
    """The rows found are those of a full comparison, best first."""
    vectors = unit_rows(500, 32)
    query = unit_rows(1, 32, seed=1)[0]
    rows, scores = make(vectors).search(query, 20)
    expected = np.argsort(-(vectors @ query), kind="stable")[:20]
    assert rows.tolist() == expected.tolist()
    np.testing.assert_allclose(scores, (vectors @ query)[expected], atol=1e-6)
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)


def test_row_finds_itself(make):
    """After writing and reading each row is its own best match."""
    vectors = unit_rows(50, 16)
    index = make(vectors)
    assert [int(index.search(vector, 1)[0][0]) for vector in vectors] == list(range(50))


def test_more_rows_wanted_than_there_are(make):
    """All of them come back, and no filler."""
    rows, scores = make(unit_rows(3, 8)).search(unit_rows(1, 8, seed=1)[0], 10)
    assert sorted(rows.tolist()) == [0, 1, 2]
    assert scores.shape == (3,)


def test_empty_index_finds_nothing(make):
    """No rows is a valid index."""
    rows, scores = make(np.empty((0, 8), dtype=np.float32)).search(unit_rows(1, 8)[0], 5)
    assert rows.shape == scores.shape == (0,)


@settings(max_examples=50, deadline=None)
@given(picks=st.lists(st.integers(0, 3), min_size=1, max_size=40), k=st.integers(1, 45))
def test_equal_scores_keep_the_lower_row(tmp_path_factory, picks, k):
    """With duplicates everywhere, the order is by score and then by row, at every cut."""
    vectors = unit_rows(4, 8)[picks]
    path = tmp_path_factory.mktemp("f") / "dense.faiss"
    FaissFormat().write(vectors, path)
    index = FaissFormat().read(path)
    query = unit_rows(1, 8, seed=5)[0]
    rows, scores = index.search(query, k)
    everything, all_scores = index.search(query, len(picks))
    keys = list(zip((-all_scores).tolist(), everything.tolist(), strict=True))
    assert keys == sorted(keys)
    assert sorted(everything.tolist()) == list(range(len(picks)))
    assert rows.tolist() == everything[:k].tolist()
    assert scores.tolist() == all_scores[:k].tolist()


@pytest.mark.parametrize("k", [1, 40, 99, 150, 220, 300, 380])
@pytest.mark.parametrize("better_rows_first", [True, False])
def test_ties_across_the_cut_keep_the_lower_rows(make, k, better_rows_first):
    """Where better rows come later, FAISS drops equals as it likes; the search does not."""
    vectors = unit_rows(4, 8)
    query = unit_rows(1, 8, seed=5)[0]
    by_score = np.argsort(vectors @ query)
    order = by_score[::-1] if better_rows_first else by_score
    picks = np.repeat(order, [30, 120, 60, 190])
    index = make(vectors[picks])
    everything, _ = index.search(query, len(picks))
    assert index.search(query, k)[0].tolist() == everything[:k].tolist()


@pytest.mark.parametrize("k", [0, -1])
def test_wanting_no_rows_is_refused(make, k):
    """A k below one is the caller's mistake."""
    with pytest.raises(ValueError, match="k must"):
        make(unit_rows(3, 8)).search(unit_rows(1, 8)[0], k)


def test_query_of_another_length_is_refused(make):
    """Another model's vector is not compared."""
    with pytest.raises(IndexStoreError, match="length 8"):
        make(unit_rows(3, 8)).search(unit_rows(1, 16)[0], 1)


def test_writing_twice_gives_the_same_bytes(tmp_path):
    """One set of vectors, one file."""
    for name in ("a", "b"):
        FaissFormat().write(unit_rows(20, 8), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("shape", [(4,), (2, 0), (2, 2, 2)])
def test_vectors_of_no_such_shape_are_refused(tmp_path, shape):
    """Only rows can be indexed."""
    with pytest.raises(IndexStoreError, match="shape"):
        FaissFormat().write(np.zeros(shape, dtype=np.float32), tmp_path / "dense.faiss")


def test_unwritable_path_is_named(tmp_path):
    """A missing folder is an error with the path."""
    with pytest.raises(IndexStoreError, match=r"dense\.faiss cannot be written"):
        FaissFormat().write(unit_rows(2, 8), tmp_path / "missing" / "dense.faiss")


def test_missing_file_is_a_corrupt_generation(tmp_path):
    """FAISS's own exceptions do not get through."""
    with pytest.raises(CorruptGenerationError, match="missing or damaged"):
        FaissFormat().read(tmp_path / "dense.faiss")


@pytest.mark.parametrize("keep", [0, 3, 20, 200])
def test_truncated_file_is_a_corrupt_generation(tmp_path, keep):
    """Cut off anywhere, the file is refused."""
    path = tmp_path / "dense.faiss"
    FaissFormat().write(unit_rows(20, 8), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CorruptGenerationError, match="missing or damaged"):
        FaissFormat().read(path)


def test_foreign_file_is_a_corrupt_generation(tmp_path):
    """Something else under that name is refused."""
    path = tmp_path / "dense.faiss"
    path.write_bytes(b"not an index at all, but long enough to be read as one " * 4)
    with pytest.raises(CorruptGenerationError, match="missing or damaged"):
        FaissFormat().read(path)


def test_index_of_distances_is_refused(tmp_path):
    """A Euclidean index would rank the worst first."""
    import faiss

    index = faiss.IndexFlatL2(8)
    index.add(unit_rows(3, 8))
    (tmp_path / "dense.faiss").write_bytes(faiss.serialize_index(index).tobytes())
    with pytest.raises(CorruptGenerationError, match="inner-product"):
        FaissFormat().read(tmp_path / "dense.faiss")
