"""ONNX Runtime by its C interface: the numbers of its Python module, and nothing left behind."""

import gc
import resource
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from backbot.adapters import onnx_session
from backbot.adapters.onnx_embedder import DEFAULT_MODEL, default_model_folder
from backbot.adapters.onnx_session import Session

pytestmark = pytest.mark.model

GRAPHS = Path(onnx_session.__file__).parent / "graphs"
GRAPH = (GRAPHS / f"{DEFAULT_MODEL}.onnx").read_bytes()
DIMENSIONS = 384


def ids_of(texts: int, tokens: int) -> list[list[int]]:
    """Ids of words that the model knows, other ones in each text."""
    return [[101, *range(2000 + 40 * n, 1998 + 40 * n + tokens), 102] for n in range(texts)]


@pytest.fixture(scope="module")
def session() -> Session:
    """The default model's, opened once."""
    return Session(GRAPH, default_model_folder().resolve(), cores=2)


def test_vectors_are_those_of_the_librarys_own_python_module(session):
    """To the last bit, for one text and several, short and long."""
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path",
        str(default_model_folder().resolve()),
    )
    theirs = onnxruntime.InferenceSession(GRAPH, options, providers=["CPUExecutionProvider"])
    for texts, tokens in ((1, 2), (1, 12), (1, 47), (3, 20), (8, 9), (1, 256)):
        ids = ids_of(texts, tokens)
        (expected,) = theirs.run(None, {"input_ids": np.array(ids, dtype=np.int64)})
        made = session.run(ids, DIMENSIONS)
        assert made.dtype == np.float32
        assert made.shape == (texts, DIMENSIONS)
        assert (made == expected).all()


def test_many_threads_share_a_session(session):
    """Each gets what it asked for."""
    asked = [ids_of(1, tokens) for tokens in range(2, 30)] * 4
    expected = [session.run(ids, DIMENSIONS) for ids in asked]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda ids: session.run(ids, DIMENSIONS), asked))
    assert all((a == b).all() for a, b in zip(made, expected, strict=True))


def test_what_the_library_refuses_is_told_in_its_words(session, tmp_path):
    """A damaged graph, weights that are not there, numbers that are no token, another width."""
    with pytest.raises(RuntimeError, match="protobuf"):
        Session(b"no graph at all", tmp_path, cores=1)
    with pytest.raises(RuntimeError, match=r"model\.safetensors"):
        Session(GRAPH, tmp_path, cores=1)
    with pytest.raises(RuntimeError, match="indices element out of data bounds"):
        session.run([[101, 999_999, 102]], DIMENSIONS)
    with pytest.raises(RuntimeError, match="invalid dimensions for output"):
        session.run(ids_of(1, 5), DIMENSIONS + 1)
    assert session.run(ids_of(1, 5), DIMENSIONS).shape == (1, DIMENSIONS)


def test_a_session_that_is_given_up_gives_back_its_memory():
    """Each holds some 40 MB of packed weights: ten of them one after the other hold one."""

    def resident_mb() -> float:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * resource.getpagesize() / 2**20

    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc here")
    folder = default_model_folder().resolve()
    Session(GRAPH, folder, cores=1).run(ids_of(1, 5), DIMENSIONS)
    gc.collect()
    before = resident_mb()
    for _ in range(10):
        Session(GRAPH, folder, cores=1).run(ids_of(1, 5), DIMENSIONS)
    gc.collect()
    assert resident_mb() - before < 150


def test_without_the_library_it_says_what_is_missing(monkeypatch):
    """An installation that was cut down."""
    monkeypatch.setattr(onnx_session, "_LIBRARIES", ("no-such-library*",))
    onnx_session._runtime.cache_clear()
    try:
        with pytest.raises(RuntimeError, match="is not installed"):
            onnx_session._runtime()
    finally:
        onnx_session._runtime.cache_clear()


def test_a_file_that_is_no_library_is_told(tmp_path):
    """Damaged, or another program's."""
    file = tmp_path / "libonnxruntime.so.1"
    file.write_bytes(b"no library")
    with pytest.raises(RuntimeError, match="libonnxruntime"):
        onnx_session._Runtime(file)


def test_an_older_library_is_told(monkeypatch):
    """It has no table of the version that is asked for."""
    monkeypatch.setattr(onnx_session, "_VERSION", 9999)
    library = next(
        (Path(pytest.importorskip("onnxruntime").__file__).parent / "capi").glob(
            "libonnxruntime*[0-9]*"
        )
    )
    with pytest.raises(RuntimeError, match="older than"):
        onnx_session._Runtime(library)


def test_a_program_ends_while_a_thread_still_computes():
    """No crash at its end: nobody takes the session from under a run."""
    program = """
        import threading, time
        from backbot.adapters.onnx_embedder import load_embedder
        from pathlib import Path
        import tempfile
        embedder = load_embedder("", cores=2, cache_dir=Path(tempfile.mkdtemp()))
        text = "pain in the lower back " * 60
        def work():
            while True:
                embedder.encode([text])
        for _ in range(2):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
    """
    for _ in range(3):
        ended = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
