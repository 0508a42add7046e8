"""Compiling models: what comes out equals the reference, what cannot be compiled is refused."""

import json
import shutil
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from backbot.adapters import compile_model as compiling
from backbot.adapters.compile_model import compile_model, refresh_packaged
from backbot.adapters.onnx_embedder import load_embedder, read_description
from backbot.errors import EmbedderError

pytestmark = pytest.mark.reference

TEXTS = ["", "back", "Why does my back hurt?", "ПРИВЕТ 腰痛 🙏", "pain and more pain " * 40]
GRAPHS = Path(compiling.__file__).parent / "graphs"


def reference_vectors(folder, texts):
    """What sentence-transformers makes of the texts, at unit length."""
    from sentence_transformers import SentenceTransformer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)


def cosines(served, expected):
    """Row by row."""
    return (served * expected).sum(axis=1)


@pytest.fixture
def copy_of(tmp_path):
    """Copies a model folder, so that the test may change it."""

    def copy(folder):
        return Path(shutil.copytree(folder, tmp_path / "copy"))

    return copy


def test_packaged_graph_can_be_made_again(tmp_path, embedder):
    """Recompiling the default model gives a graph of the same vectors and description."""
    refresh_packaged(tmp_path)
    name = "all-MiniLM-L6-v2.json"
    assert (tmp_path / name).read_bytes() == (GRAPHS / name).read_bytes()
    again = compiling.OnnxEmbedder(
        read_description(tmp_path / name),
        graph=(tmp_path / "all-MiniLM-L6-v2.onnx").read_bytes(),
        weights_folder=compiling.default_model_folder(),
        tokenizer_file=compiling.default_model_folder() / "tokenizer.json",
    )
    assert cosines(again.encode(TEXTS), embedder.encode(TEXTS)).min() >= 0.999999


def test_packaged_graph_holds_no_weights():
    """It is small, and every weight refers into the model's own file."""
    import onnx

    path = GRAPHS / "all-MiniLM-L6-v2.onnx"
    assert path.stat().st_size < 200_000
    graph = onnx.load(str(path), load_external_data=False).graph
    locations = {
        entry.value
        for tensor in graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    assert len(graph.initializer) == 101
    assert all(t.data_location == onnx.TensorProto.EXTERNAL for t in graph.initializer)
    assert locations == {"model.safetensors"}


def test_packaged_graph_names_no_folders():
    """Nothing of the machine it was made on is in it."""
    data = (GRAPHS / "all-MiniLM-L6-v2.onnx").read_bytes()
    assert b"site-packages" not in data
    assert b".py" not in data


def test_compiled_model_is_served_like_the_reference(small_model, tmp_path):
    """A cls-pooled model without normalisation, compiled into the cache, found by its folder."""
    compiled = compile_model(str(small_model), tmp_path / "models")
    served = load_embedder(str(small_model), cache_dir=tmp_path)
    expected = reference_vectors(small_model, TEXTS)
    assert cosines(served.encode(TEXTS), expected).min() >= 0.9999
    assert np.abs(expected @ expected.T - np.eye(len(TEXTS))).max() < 0.99  # texts do differ
    assert served.identity == compiled.identity
    assert compiled.identity.name == "tiny-bert"
    assert (compiled.identity.pooling, compiled.identity.max_tokens) == ("cls", 48)
    assert compiled.identity.dimensions == 32
    assert compiled.least_cosine >= 0.9999
    assert compiled.model == str(small_model)
    assert compiled.graph == tmp_path / "models" / compiled.identity.sha256 / "backbot.onnx"
    assert sorted(p.name for p in compiled.graph.parent.iterdir()) == [
        "backbot.json",
        "backbot.onnx",
    ]


def test_model_is_compiled_beside_its_weights(make_small_model, tmp_path):
    """Without another folder the two files go into the model's own; mean pooling works too."""
    folder = make_small_model("mean")
    compiled = compile_model(str(folder), None)
    assert compiled.description == folder / "backbot.json"
    served = load_embedder(str(folder), cache_dir=tmp_path)
    assert cosines(served.encode(TEXTS), reference_vectors(folder, TEXTS)).min() >= 0.9999


def test_weights_behind_a_renaming_link_are_served(small_model, copy_of, tmp_path):
    """Hugging Face's cache links to files named by checksum, which the runtime refuses."""
    folder = copy_of(small_model)
    weights = folder / "model.safetensors"
    weights.rename(tmp_path / "0123abcd")
    weights.symlink_to(tmp_path / "0123abcd")
    compiled = compile_model(str(folder), tmp_path / "models")
    served = load_embedder(str(folder), cache_dir=tmp_path)
    assert cosines(served.encode(TEXTS), reference_vectors(small_model, TEXTS)).min() >= 0.9999
    assert (compiled.graph.parent / "model.safetensors").is_file()


def test_fetched_model_is_found_by_its_name(small_model, monkeypatch, tmp_path):
    """What was compiled from a name is served by that name, without the folder it came from."""
    monkeypatch.setattr(compiling, "_source_folder", lambda model: small_model)
    compiled = compile_model("org/tiny", tmp_path / "models")
    assert compiled.model == str(compiled.graph.parent)
    by_name = load_embedder("org/tiny", cache_dir=tmp_path)
    by_folder = load_embedder(compiled.model, cache_dir=tmp_path)
    assert by_name.identity.name == "org/tiny"
    assert by_name.encode(TEXTS).tobytes() == by_folder.encode(TEXTS).tobytes()


def test_compiling_is_quiet(small_model, tmp_path, capfd):
    """Neither the tracer's warnings nor progress bars reach the user."""
    compile_model(str(small_model), tmp_path)
    assert capfd.readouterr() == ("", "")


# ------------------------------------------------------------------ what cannot be compiled


def refused(folder, tmp_path, match):
    """Compiling fails with that sentence and writes nothing."""
    out = tmp_path / "out"
    with pytest.raises(EmbedderError, match=match):
        compile_model(str(folder), out)
    assert not out.exists()


def test_other_pooling_is_refused(make_small_model, tmp_path):
    """Max pooling is not served, and is named."""
    refused(make_small_model("max"), tmp_path, "pools by 'max'")


def test_further_modules_are_refused(small_model, copy_of, tmp_path):
    """A dense layer after the pooling would be lost."""
    folder = copy_of(small_model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers.models import Dense

        (folder / "2_Dense").mkdir()
        Dense(32, 8).save(str(folder / "2_Dense"))
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    dense = f"{Dense.__module__}.Dense"
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": dense})
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    refused(folder, tmp_path, "Transformer, Pooling, Dense")


def test_default_prompt_is_refused(small_model, copy_of, tmp_path):
    """Words put before every text would be missing."""
    folder = copy_of(small_model)
    path = folder / "config_sentence_transformers.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {"prompts": {"q": "query: "}, "default_prompt_name": "q"}
    path.write_text(json.dumps(config), encoding="utf-8")
    refused(folder, tmp_path, "prompt 'q'")


def test_missing_weights_are_refused(small_model, copy_of, tmp_path):
    """Old pickled weights cannot be referred to."""
    folder = copy_of(small_model)
    (folder / "model.safetensors").unlink()
    refused(folder, tmp_path, r"holds no model\.safetensors")


def test_half_precision_is_refused(small_model, copy_of, tmp_path):
    """Weights that would have to be converted are not the file's own bytes."""
    folder = copy_of(small_model)
    header = json.dumps({"w": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(
        struct.pack("<Q", len(header)) + header + b"\0\0\0\0"
    )
    refused(folder, tmp_path, "F16.*32-bit floats")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 40, struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 8) + b'{"w": 3}'],
)
def test_damaged_weights_are_refused(small_model, copy_of, tmp_path, content):
    """A file that is no safetensors file is named."""
    folder = copy_of(small_model)
    (folder / "model.safetensors").write_bytes(content)
    refused(folder, tmp_path, "no readable safetensors file")


def test_missing_tokenizer_is_refused(small_model, copy_of, tmp_path):
    """Serving reads tokenizer.json and nothing else."""
    folder = copy_of(small_model)
    tokenizer = folder / "tokenizer.json"
    (folder / "vocab.txt").write_text(
        "\n".join(json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]),
        encoding="utf-8",
    )
    tokenizer.unlink()
    refused(folder, tmp_path, r"tokenizer\.json")


def test_folder_that_is_no_model_is_refused(small_model, tmp_path):
    """Weights alone do not load."""
    folder = tmp_path / "bare"
    folder.mkdir()
    shutil.copy(small_model / "model.safetensors", folder)
    refused(folder, tmp_path, "sentence-transformers cannot load")


def test_result_that_differs_is_refused(small_model, monkeypatch, tmp_path):
    """Were the export wrong, nothing would be published: here it is told to pool otherwise."""
    real = compiling._export
    monkeypatch.setattr(compiling, "_export", lambda model, pooling: real(model, "mean"))
    refused(small_model, tmp_path, "differs from sentence-transformers")


def test_model_that_does_not_run_is_refused(small_model, copy_of, tmp_path):
    """A tokenizer that gives ids beyond the model's vocabulary is the model's fault, said so."""
    from tokenizers import Tokenizer

    folder = copy_of(small_model)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.add_tokens(["sciatica"]) == 1
    tokenizer.save(str(folder / "tokenizer.json"))
    refused(folder, tmp_path, "failed to run")


def test_name_that_cannot_be_fetched_is_refused(tmp_path):
    """A mistyped path is neither a folder nor a model's name, and both are said."""
    refused("no/such/model/folder", tmp_path, "is no folder here and could not be fetched")


def test_weights_outside_the_file_are_refused(small_model, monkeypatch, tmp_path):
    """A graph that kept its weights to itself would be a second copy of them."""
    monkeypatch.setattr(compiling, "_read_tensors", lambda weights: ())
    refused(small_model, tmp_path, "are not in")


def test_missing_extra_names_the_command(monkeypatch, tmp_path):
    """Without the extra the error is the line to type."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(EmbedderError, match=r"onnx.*pip install 'backbot\[models\]'"):
        compile_model("", tmp_path)


def test_unwritable_folder_is_named(small_model, tmp_path):
    """A result that cannot be kept is an error with its path."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(EmbedderError, match="cannot be written"):
        compile_model(str(small_model), tmp_path / "file" / "models")
