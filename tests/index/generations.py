"""Small generations, written, published and kept aside without reading any article."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from backbot.index.generation import Parts, write_generation
from backbot.index.manifest import Manifest, text_digests
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta, Passage, Unit
from fakes import HashEmbedder, NumpyFormat

DIGEST = "0123abcd" * 8
FORMAT = NumpyFormat()


def parts(word: str = "heat", units: int = 2) -> Parts:
    """A generation of one article with two passages and one sample question."""
    embedder = HashEmbedder()
    sentences = [f"{word} number {n}." for n in range(units)]
    text = " ".join(sentences)
    passages = []
    for ordinal in range(2):
        offset = ordinal * (len(text) + 2)
        found = []
        for sentence in sentences:
            start = offset + text.index(sentence)
            found.append(Unit(sentence, start, start + len(sentence), "sentence", 0))
        passages.append(
            Passage(f"a#{ordinal}", "a", "Sec", text, offset, offset + len(text), tuple(found))
        )
    texts = [text, text, *sentences, *sentences, "Why?"]
    vectors = embedder.encode(texts)
    return Parts(
        articles={"a": ArticleMeta("a", "A – ü", questions=("Why?",))},
        digests={"a": "d" * 64},
        passages=tuple(passages),
        passage_vectors=vectors[:2],
        unit_vectors=vectors[2:-1],
        question_vectors=vectors[-1:],
        row_digests=np.frombuffer(b"".join(text_digests(texts)), np.uint8).reshape(-1, 16),
        extra={"terms.bin": b"\x00\x01"},
    )


def write(store: IndexStore, folder: Path, word: str = "heat") -> Manifest:
    """Write a generation into a staging folder."""
    made = parts(word)
    return write_generation(
        folder,
        made,
        Manifest(
            id=store.new_id(DIGEST),
            created=datetime.now(UTC),
            tool_version="0",
            encoder=HashEmbedder().identity,
            chunking={"max_tokens": 200},
            corpus_digest=DIGEST,
            counts=made.counts(),
            files={},
            previous=store.current_id() or "",
        ),
        FORMAT,
    )


def publish(store: IndexStore, word: str = "heat") -> str:
    """Stage and publish one."""
    with store.stage() as folder:
        write(store, folder, word)
        return store.publish(folder)


def keep(store: IndexStore, word: str = "kept") -> str:
    """Stage one and keep it aside."""
    with store.stage() as folder:
        write(store, folder, word)
        return store.keep(folder)


def word_of(store: IndexStore) -> str:
    """Which build is in service, read from its passages."""
    return store.open(FORMAT).passages[0].text.split()[0]
