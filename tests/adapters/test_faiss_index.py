"""The FAISS file: exact search, stable order, damage noticed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backbot
from backbot.adapters.faiss_index import FaissFormat, FaissIndex, factory_for
from backbot.errors import CorruptGenerationError, IndexStoreError

SOURCES = Path(backbot.__file__).resolve().parents[1]


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


# --------------------------------------------------------------------------- what is loaded when


def test_faiss_is_loaded_for_the_first_search_only(tmp_path):
    """Opening, and asking for its size, reads the first bytes; the rest is there for a search."""
    FaissFormat().write(unit_rows(40, 8), tmp_path / "dense.faiss")
    code = (
        "import sys, numpy; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from backbot.adapters.faiss_index import FaissFormat;"
        "index = FaissFormat().read(Path('dense.faiss'));"
        "assert (index.size, index.dimensions, 'faiss' in sys.modules) == (40, 8, False);"
        "rows, _ = index.search(numpy.eye(8, dtype=numpy.float32)[0], 3);"
        "assert len(rows) == 3 and 'faiss' in sys.modules"
    )
    command = [sys.executable, "-c", code, str(SOURCES)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_index_that_was_opened_is_searched_after_its_file_has_gone(tmp_path):
    """A generation in service may be pruned before its first search."""
    vectors = unit_rows(40, 8)
    FaissFormat().write(vectors, tmp_path / "dense.faiss")
    index = FaissFormat().read(tmp_path / "dense.faiss")
    (tmp_path / "dense.faiss").unlink()
    assert int(index.search(vectors[7], 1)[0][0]) == 7


def test_the_first_search_may_come_from_several_threads(make):
    """All of them find what one alone finds."""
    vectors = unit_rows(300, 16)
    index = make(vectors)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda k: int(index.search(vectors[k], 1)[0][0]), range(300)))
    assert found == list(range(300))


# --------------------------------------------------------------------------- large corpora


@pytest.mark.parametrize(
    ("rows", "kind"), [(0, "Flat"), (19_999, "Flat"), (20_000, "SQfp16"), (1_000_000, "SQfp16")]
)
def test_the_kind_of_index_depends_on_the_number_of_rows(rows, kind):
    """Flat where flat will do."""
    assert factory_for(rows) == kind


def test_a_large_index_finds_the_best_among_its_candidates(tmp_path):
    """The five best by exact scores are among what the retriever is given."""
    vectors = unit_rows(20_000, 32)
    FaissFormat().write(vectors, tmp_path / "dense.faiss")
    index = FaissFormat().read(tmp_path / "dense.faiss")
    assert (index.size, index.dimensions) == (20_000, 32)
    assert (tmp_path / "dense.faiss").stat().st_size < vectors.nbytes * 0.6
    for query in unit_rows(30, 32, seed=2):
        best = np.argsort(-(vectors @ query), kind="stable")[:5]
        assert set(best.tolist()) <= set(index.search(query, 256)[0].tolist())
