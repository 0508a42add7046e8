"""The project's own articles behind the real encoder: one index for a whole test session.

A test module that wants it says `from real import real_clinic`. The index is built once, however
many modules do; it takes some ten seconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from backbot.adapters.faiss_index import FaissFormat
from backbot.adapters.onnx_embedder import load_embedder
from backbot.answer.scope import listed_words
from backbot.assistant import Assistant
from backbot.corpus.reader import read_corpus
from backbot.index.generation import Generation
from backbot.index.store import IndexStore
from backbot.model import Conversation, EncoderIdentity, Reply
from backbot.ports import Embedder, Embeddings
from backbot.rebuild import rebuild
from backbot.retrieval import lexical
from backbot.retrieval.retriever import Retriever
from backbot.triage.messages import MessageValues

PROJECT = Path(__file__).resolve().parents[1]
CORPUS = PROJECT / "corpus"
EVALUATION = PROJECT / "evaluation"
TODAY = date(2026, 6, 1)
NOW = 1_800_000_000.0
VALUES = MessageValues(clinic_name="Elm Clinic", clinic_phone="01632 960001", country="GB")


class CountingEmbedder:
    """The encoder it wraps, and what it was asked to encode, call by call."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.calls: list[list[str]] = []

    @property
    def identity(self) -> EncoderIdentity:
        """The wrapped one's."""
        return self._inner.identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """The wrapped one's vectors."""
        self.calls.append(list(texts))
        return self._inner.encode(texts)

    def count_tokens(self, text: str) -> int:
        """The wrapped one's count."""
        return self._inner.count_tokens(text)


@dataclass(frozen=True)
class Clinic:
    """What a running program has, and the article files it was built from."""

    assistant: Assistant
    generation: Generation
    embedder: CountingEmbedder
    finder: Retriever
    bodies: dict[str, str]

    def ask(self, *turns: str) -> Reply:
        """The reply to the last of some turns, a minute apart."""
        return self.talk(*turns)[-1]

    def talk(self, *turns: str) -> list[Reply]:
        """The replies to some turns, a minute apart."""
        conversation, replies = Conversation(), []
        for k, text in enumerate(turns):
            reply, conversation = self.assistant.reply(text, conversation, NOW + 60 * k)
            replies.append(reply)
        return replies


@cache
def _built(folder: Path) -> Clinic:
    embedder = CountingEmbedder(load_embedder("", cache_dir=folder / "cache"))
    store = IndexStore(folder / "index")
    rebuild(CORPUS, store, embedder, FaissFormat(), today=TODAY, extras=lexical.build)
    generation = store.open(FaissFormat())
    finder = Retriever(embedder, names=listed_words())
    assistant = Assistant(lambda: generation, finder, lambda: VALUES, today=lambda: TODAY)
    bodies = {article.meta.slug: article.body for article in read_corpus(CORPUS)}
    return Clinic(assistant, generation, embedder, finder, bodies)


@pytest.fixture(scope="session")
def real_clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """The real articles, rules, encoder and index."""
    folder = tmp_path_factory.getbasetemp() / "real-clinic"
    folder.mkdir(exist_ok=True)
    return _built(folder)


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one labelled answer set; the kept ones are nobody's to read here."""
    assert "kept" not in name
    text = (EVALUATION / "answers" / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def turns_of(row: dict[str, Any]) -> list[str]:
    """What the person says in a row, turn by turn."""
    turns = row.get("turns") or [row["question"]]
    return [turn if isinstance(turn, str) else turn["text"] for turn in turns]
