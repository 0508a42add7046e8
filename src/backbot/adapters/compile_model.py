"""A sentence-transformers model → the graph that `onnx_embedder` serves. Needs the extra `models`.

PyTorch traces the transformer with its pooling and normalisation into an ONNX graph. Without
constant folding every weight in that graph is, byte for byte, a tensor of the model's
`model.safetensors`, so each is replaced by a reference (offset, length) into that file: the
graph is left with about 120 kB. It is then served once, on sentences of many kinds, and must
agree with sentence-transformers before anything is published.

The graph takes one array, `input_ids` (texts, tokens), without padding: rows of one call have
equally many tokens. It gives `vectors` (texts, d), of unit length.

The graph in the package is made with
`python -c "from backbot.adapters.compile_model import refresh_packaged; refresh_packaged()"`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import struct
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backbot.adapters.onnx_embedder import (
    DEFAULT_MODEL,
    DEFAULT_NAMES,
    DESCRIPTION_FILE,
    GRAPH_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    OnnxEmbedder,
    default_model_folder,
    weights_sha256,
    write_atomically,
)
from backbot.errors import EmbedderError
from backbot.model import EncoderIdentity

OPSET = 17  # the first with LayerNormalization; every supported ONNX Runtime knows it
LEAST_COSINE = 0.9999

# What may stay in the graph beside the references: position tables and scalars.
_MAX_INLINE_BYTES = 64 * 1024
_POOLINGS = ("mean", "cls")

# Kinds of text on which an export can go wrong: nothing, one word, case, spaces, other
# scripts, emoji, numbers, line breaks, and more tokens than the model reads.
_CHECK_TEXTS = (
    "",
    "back",
    "Why does my lower back hurt after sitting?",
    "WHY DOES MY LOWER BACK HURT AFTER SITTING?",
    "  a question   with spaces around it and within  ",
    "Is a herniated disc at L4/L5 the same as sciatica?",
    "I can't feel my left foot & it's been 3.5 weeks…",
    "Ibuprofen 400 mg, 3×/day: how long?",
    "Warum tut mein Rücken morgens so weh?",
    "¿Qué ejercicios ayudan con el dolor de espalda?",
    "腰が痛いときは寝ていたほうがいいですか",
    "У меня болит спина после работы",
    "ظهري يؤلمني منذ أسبوع",
    "पीठ दर्द के लिए क्या करें",
    "my back 😖🔥 pls help 🙏🏽",
    "naïve café résumé – “quoted” — dash",
    "1. Lie down.\n2. Bend your knees.\n\n3. Breathe out.",
    "https://example.org/back?pain=1&level=7",
    "Keep moving, take short walks and change how you sit. " * 6,
    "Pain that spreads into the leg is often called sciatica. " * 40,
    "x" * 300,
)


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """What compiling has made.

    Attributes:
        identity: Of the model; also in the description file.
        graph: The ONNX file.
        description: The JSON file beside it.
        model: What to give as `BACKBOT_MODEL` in order to serve it.
        graph_bytes: Size of the graph.
        least_cosine: The worst agreement with sentence-transformers found, at least 0.9999.
    """

    identity: EncoderIdentity
    graph: Path
    description: Path
    model: str
    graph_bytes: int
    least_cosine: float


def compile_model(model: str, out_dir: Path | None) -> CompiledModel:
    """Compile a sentence-transformers model and check the result against it.

    Args:
        model: A sentence-transformers folder, "" for the default model, or a name that
            sentence-transformers can fetch.
        out_dir: The folder of compiled models; the result goes to its subfolder named by the
            weights' sha256, where `load_embedder` looks. None: beside the weights.

    Returns:
        Where it stands and how well it agrees.

    Raises:
        EmbedderError: The extra is not installed; the model is not there or cannot be
            compiled; the result differs from sentence-transformers; the folder cannot be
            written. Nothing has been written then.
    """
    _require_extra()
    folder = _source_folder(model)
    name = DEFAULT_MODEL if model in DEFAULT_NAMES else _name(model, folder)
    identity, graph, least_cosine = _compile(folder, name)
    target = folder if out_dir is None else out_dir / identity.sha256
    fetched = model not in DEFAULT_NAMES and not Path(model).expanduser().is_dir()
    try:
        target.mkdir(parents=True, exist_ok=True)
        if target != folder and (fetched or _is_renaming_link(folder / WEIGHTS_FILE)):
            _bring(folder / WEIGHTS_FILE, target / WEIGHTS_FILE)
            _bring(folder / TOKENIZER_FILE, target / TOKENIZER_FILE)
        write_atomically(target / GRAPH_FILE, graph)
        # Last: a graph counts only with its description.
        write_atomically(target / DESCRIPTION_FILE, _description(identity))
    except OSError as error:
        raise EmbedderError(
            f"The compiled model cannot be written to {target}: {error.strerror}."
        ) from error
    return CompiledModel(
        identity=identity,
        graph=target / GRAPH_FILE,
        description=target / DESCRIPTION_FILE,
        model=str(target if fetched else folder),
        graph_bytes=len(graph),
        least_cosine=least_cosine,
    )


def refresh_packaged(graphs: Path | None = None) -> None:
    """Make the package's own graph of the default model again; for maintainers.

    Args:
        graphs: The folder to write to; None for the package's.

    Raises:
        EmbedderError: As `compile_model`.
    """
    _require_extra()
    identity, graph, _ = _compile(default_model_folder(), DEFAULT_MODEL)
    target = graphs or Path(__file__).parent / "graphs"
    write_atomically(target / f"{DEFAULT_MODEL}.onnx", graph)
    write_atomically(target / f"{DEFAULT_MODEL}.json", _description(identity))


def _compile(folder: Path, name: str) -> tuple[EncoderIdentity, bytes, float]:
    """Export, take the weights out, serve and compare. Writes nothing but a temporary folder."""
    tensors = _read_tensors(folder / WEIGHTS_FILE)
    with _quiet():
        reference = _load_reference(folder)
        pooling = _check_shape(reference, folder)
        exported = _export(reference, pooling)
    graph = _refer_to_weights(exported, tensors, folder / WEIGHTS_FILE)
    identity = EncoderIdentity(
        name=name,
        sha256=weights_sha256(folder / WEIGHTS_FILE),
        dimensions=int(reference[0].auto_model.config.hidden_size),
        pooling=pooling,
        max_tokens=_max_tokens(reference, folder),
    )
    return identity, graph, _verify(identity, graph, folder, reference)


# ------------------------------------------------------------------ the model


def _require_extra() -> None:
    try:
        with _quiet():
            import onnx  # noqa: F401
            import sentence_transformers  # noqa: F401
            import torch  # noqa: F401
    except ImportError as error:
        raise EmbedderError(
            f"Compiling a model needs {error.name or 'a package'}, which is not installed. "
            "Get it with `pip install 'backbot[models]'`."
        ) from error


def _source_folder(model: str) -> Path:
    if model in DEFAULT_NAMES:
        return default_model_folder()
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    try:
        with _quiet():
            from huggingface_hub import snapshot_download

            return Path(snapshot_download(model, allow_patterns=["*.json", "*.txt", WEIGHTS_FILE]))
    except Exception as error:
        raise EmbedderError(
            f"{model!r} is no folder here and could not be fetched as a model's name "
            f"({type(error).__name__}). Give the path of a sentence-transformers folder."
        ) from error


def _name(model: str, folder: Path) -> str:
    return folder.resolve().name if Path(model).expanduser().is_dir() else model


def _load_reference(folder: Path) -> Any:  # noqa: ANN401 - untyped library
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            # The fused attention kernels trace to twice as many nodes.
            model_kwargs={"attn_implementation": "eager"},
        )
    except Exception as error:
        raise EmbedderError(
            f"sentence-transformers cannot load {folder}: {type(error).__name__}: {error}"
        ) from error


def _check_shape(reference: Any, folder: Path) -> str:  # noqa: ANN401 - untyped library
    """The pooling, where the model is a plain transformer with mean or cls pooling."""
    modules = [type(module).__name__ for module in reference]
    if modules not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise EmbedderError(
            f"{folder} is made of {', '.join(modules)}. Only a transformer with pooling, and "
            "normalisation where it has it, can be compiled."
        )
    config = reference[1].get_config_dict()
    poolings = config.get("pooling_mode") or [
        # sentence-transformers 5 has one flag for each kind.
        key.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token")
        for key, chosen in config.items()
        if key.startswith("pooling_mode_") and chosen
    ]
    pooling = poolings if isinstance(poolings, str) else "+".join(poolings)
    if pooling not in _POOLINGS:
        raise EmbedderError(
            f"{folder} pools by {pooling!r}. Only models with mean or cls pooling can be compiled."
        )
    if reference.default_prompt_name:
        raise EmbedderError(
            f"{folder} puts the prompt {reference.default_prompt_name!r} before every text, "
            "which cannot be compiled."
        )
    if not (folder / TOKENIZER_FILE).is_file():
        raise EmbedderError(f"{folder} holds no {TOKENIZER_FILE}, so it cannot be compiled.")
    return pooling


def _max_tokens(reference: Any, folder: Path) -> int:  # noqa: ANN401 - untyped library
    length = reference.max_seq_length
    if not isinstance(length, int) or not 2 < length <= 1_000_000:  # noqa: PLR2004
        raise EmbedderError(
            f"{folder} does not say how many tokens it reads: set max_seq_length in its "
            "sentence_bert_config.json."
        )
    return length


def _export(reference: Any, pooling: str) -> bytes:  # noqa: ANN401 - untyped library
    import torch

    class Encoder(torch.nn.Module):
        """One array in, unit-length vectors out: every token counts, none is padding."""

        def __init__(self, transformer: Any) -> None:  # noqa: ANN401
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any) -> Any:  # noqa: ANN401
            tokens = self.transformer(input_ids=input_ids, return_dict=True).last_hidden_state
            if pooling == "mean":
                # As a product with ones: ONNX Runtime adds up along an axis in another order when
                # there is one text than when there are more, and a text is to have one vector. A
                # sum will do, it is made unit-length anyway.
                ones = torch.ones_like(tokens[:, :, :1]).transpose(1, 2)
                pooled = torch.matmul(ones, tokens).squeeze(1)
            else:
                pooled = tokens[:, 0]
            return torch.nn.functional.normalize(pooled, p=2, dim=1)

    encoder = Encoder(reference[0].auto_model).eval()
    sample = torch.tensor([reference.tokenizer("a sample of text")["input_ids"]])
    with tempfile.TemporaryDirectory(prefix="backbot-model-") as temporary:
        exported = Path(temporary) / GRAPH_FILE
        try:
            with torch.no_grad():
                torch.onnx.export(
                    encoder,
                    (sample,),
                    exported,
                    input_names=["input_ids"],
                    output_names=["vectors"],
                    dynamic_axes={
                        "input_ids": {0: "texts", 1: "tokens"},
                        "vectors": {0: "texts"},
                    },
                    opset_version=OPSET,
                    dynamo=False,
                    do_constant_folding=False,
                )
        except Exception as error:
            raise EmbedderError(
                f"PyTorch cannot export this model: {type(error).__name__}: {error}"
            ) from error
        return exported.read_bytes()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the foreign libraries' deprecations and progress bars from the user.

    What a traced shape or index may have got wrong shows in the comparison with
    sentence-transformers, which is the check that counts.
    """
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


# ------------------------------------------------------------------ the weights


@dataclass(frozen=True, slots=True)
class _Tensor:
    """Where a tensor's bytes stand in the weights file."""

    offset: int
    length: int


def _read_tensors(weights: Path) -> tuple[_Tensor, ...]:
    """The tensors of a safetensors file: 8 bytes of header length, JSON, then the data."""
    if not weights.is_file():
        raise EmbedderError(
            f"{weights.parent} holds no {WEIGHTS_FILE}. Only models whose weights are in that "
            "one file can be compiled; sentence-transformers writes it with `save_pretrained`."
        )
    try:
        with weights.open("rb") as file:
            (header_bytes,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(header_bytes, weights.stat().st_size)))
        header.pop("__metadata__", None)
        data = 8 + header_bytes
        kinds = {entry["dtype"] for entry in header.values()}
        tensors = tuple(
            _Tensor(offset=data + start, length=end - start)
            for start, end in (entry["data_offsets"] for entry in header.values())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise EmbedderError(f"{weights} is no readable safetensors file.") from error
    if not kinds <= {"F32", "I64"}:  # whole numbers are position tables
        raise EmbedderError(
            f"The weights {weights} are {', '.join(sorted(kinds))}. "
            "Only models kept as 32-bit floats (F32) can be compiled."
        )
    return tensors


def _refer_to_weights(exported: bytes, tensors: Sequence[_Tensor], weights: Path) -> bytes:
    """The graph with each weight replaced by where it stands in the weights file."""
    import onnx

    graph = onnx.load_model_from_string(exported)
    data = np.memmap(weights, dtype=np.uint8, mode="r")
    by_length: dict[int, list[_Tensor]] = {}
    for tensor in tensors:
        by_length.setdefault(tensor.length, []).append(tensor)
    inline_bytes = 0
    for initializer in graph.graph.initializer:
        raw = onnx.numpy_helper.to_array(initializer).tobytes()
        for tensor in by_length.get(len(raw), ()):
            if data[tensor.offset : tensor.offset + tensor.length].tobytes() == raw:
                _refer(initializer, tensor)
                break
        else:
            inline_bytes += len(raw)
    if inline_bytes > _MAX_INLINE_BYTES:
        raise EmbedderError(
            f"{inline_bytes} bytes of the traced model's weights are not in {weights} as they "
            "are, so it cannot be compiled."
        )
    _multiply_untransposed(graph)
    for node in graph.graph.node:
        node.doc_string = ""  # some PyTorch versions write source paths here
    return bytes(graph.SerializeToString(deterministic=True))


def _multiply_untransposed(model: Any) -> None:  # noqa: ANN401 - untyped library
    """Let products read the weights as they lie, rather than transposed.

    PyTorch keeps a linear layer's weights transposed. ONNX Runtime would transpose copies of
    all of them at every start; its own FusedMatMul needs none: loading is a quarter quicker,
    and takes 10 MB less, with the same bits in the result.
    """
    import onnx

    graph = model.graph
    weights = {initializer.name for initializer in graph.initializer}
    transposed = {
        node.output[0]: node.input[0]
        for node in graph.node
        if node.op_type == "Transpose"
        and node.input[0] in weights
        and [list(attribute.ints) for attribute in node.attribute] == [[1, 0]]
    }
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in transposed:
            node.input[1] = transposed[node.input[1]]
            node.op_type, node.domain = "FusedMatMul", "com.microsoft"
            node.attribute.append(onnx.helper.make_attribute("transB", 1))
    read = {name for node in graph.node for name in node.input}
    for node in [node for node in graph.node if node.output[0] in transposed.keys() - read]:
        graph.node.remove(node)
    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))


def _refer(initializer: Any, tensor: _Tensor) -> None:  # noqa: ANN401 - untyped library
    import onnx

    dims, data_type, name = list(initializer.dims), initializer.data_type, initializer.name
    initializer.Clear()
    initializer.dims.extend(dims)
    initializer.data_type = data_type
    initializer.name = name
    initializer.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (
        ("location", WEIGHTS_FILE),
        ("offset", str(tensor.offset)),
        ("length", str(tensor.length)),
    ):
        entry = initializer.external_data.add()
        entry.key, entry.value = key, value


# ------------------------------------------------------------------ the check and the files


def _verify(
    identity: EncoderIdentity,
    graph: bytes,
    folder: Path,
    reference: Any,  # noqa: ANN401 - untyped library
) -> float:
    """The least cosine between what is served and sentence-transformers."""
    with tempfile.TemporaryDirectory(prefix="backbot-model-") as temporary:
        staged = folder
        if _is_renaming_link(folder / WEIGHTS_FILE):
            staged = Path(temporary)
            _bring(folder / WEIGHTS_FILE, staged / WEIGHTS_FILE)
        served = OnnxEmbedder(
            identity,
            graph=graph,
            weights_folder=staged,
            tokenizer_file=folder / TOKENIZER_FILE,
        ).encode(_CHECK_TEXTS)
    try:
        with _quiet():
            expected = reference.encode(
                list(_CHECK_TEXTS), normalize_embeddings=True, show_progress_bar=False
            )
    except Exception as error:
        raise EmbedderError(
            f"sentence-transformers cannot run {folder}: {type(error).__name__}: {error}"
        ) from error
    cosines = np.einsum("nd,nd->n", served, np.asarray(expected, dtype=np.float32))
    worst = int(np.argmin(np.nan_to_num(cosines, nan=-1.0)))
    if not cosines[worst] >= LEAST_COSINE:
        raise EmbedderError(
            f"The compiled model differs from sentence-transformers: cosine {cosines[worst]:.6f} "
            f"on {_CHECK_TEXTS[worst][:40]!r}, at least {LEAST_COSINE} is needed. It cannot be "
            "served."
        )
    return float(cosines[worst])


def _is_renaming_link(weights: Path) -> bool:
    """Whether the weights are a link to a file of another name, as in Hugging Face's cache."""
    return weights.resolve().name != WEIGHTS_FILE


def _bring(source: Path, target: Path) -> None:
    """Put a file somewhere else: as a second name where the disk allows it, else as a copy."""
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)


def _description(identity: EncoderIdentity) -> bytes:
    return (json.dumps(asdict(identity), indent=2) + "\n").encode()
