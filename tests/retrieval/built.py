"""A generation built from a few small articles with an encoder without weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from backbot.adapters.faiss_index import FaissFormat
from backbot.corpus.reader import serialise_article
from backbot.index.generation import Generation
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta
from backbot.rebuild import rebuild
from backbot.retrieval import lexical
from fakes import HashEmbedder

Build = Callable[..., Generation]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds and opens a generation: articles by slug, each a body or (body, questions)."""
    made = iter(range(100))

    def make(
        articles: Mapping[str, str | tuple[str, tuple[str, ...]]], embedder: HashEmbedder
    ) -> Generation:
        folder = tmp_path / str(next(made))
        corpus = folder / "corpus"
        corpus.mkdir(parents=True)
        for slug, article in articles.items():
            body, questions = article if isinstance(article, tuple) else (article, ())
            meta = ArticleMeta(slug, slug.title(), questions=questions)
            (corpus / f"{slug}.md").write_text(serialise_article(meta, body), "utf-8")
        store = IndexStore(folder / "index")
        form = FaissFormat()
        today = date(2026, 6, 1)
        rebuild(corpus, store, embedder, form, today=today, extras=lexical.build)
        return store.open(form)

    return make
