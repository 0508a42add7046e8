"""The real encoder, opened once, and a small model made on the spot."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from backbot.adapters.onnx_embedder import OnnxEmbedder, default_model_folder, load_embedder


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The default model's folder, with its real weights."""
    return default_model_folder()


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> OnnxEmbedder:
    """The default encoder as it is served."""
    return load_embedder("", cache_dir=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def linked_model(model_folder: Path, tmp_path: Path) -> Path:
    """A folder of the default model's files in which single ones can be replaced."""
    folder = tmp_path / "model"
    for source in model_folder.rglob("*"):
        if source.is_file():
            target = folder / source.relative_to(model_folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    return folder


@pytest.fixture(scope="session")
def make_small_model(
    model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Makes a sentence-transformers folder with a random two-layer BERT of 32 dimensions."""

    def make(pooling: str) -> Path:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers import AutoTokenizer, BertConfig, BertModel

        torch.manual_seed(7)
        config = BertConfig(
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
            initializer_range=0.4,  # large, so that different texts get clearly different vectors
        )
        root = tmp_path_factory.mktemp("small")
        with warnings.catch_warnings():  # the foreign libraries' own deprecations
            warnings.simplefilter("ignore")
            from sentence_transformers.models import Pooling, Transformer

            BertModel(config).save_pretrained(root / "parts")
            AutoTokenizer.from_pretrained(model_folder).save_pretrained(root / "parts")
            transformer = Transformer(str(root / "parts"), max_seq_length=48)
            model = SentenceTransformer(modules=[transformer, Pooling(32, pooling_mode=pooling)])
            model.save(str(root / "tiny-bert"))
        return root / "tiny-bert"

    return make


@pytest.fixture(scope="session")
def small_model(make_small_model: Callable[[str], Path]) -> Path:
    """A small model with cls pooling and no normalisation of its own; not to be written to."""
    return make_small_model("cls")
