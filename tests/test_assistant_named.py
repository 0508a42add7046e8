"""A sentence that names what the one before it tells of anybody is said behind it, never alone."""

from __future__ import annotations

import pytest

from backbot.adapters.faiss_index import FaissFormat
from backbot.adapters.onnx_embedder import load_embedder
from backbot.answer.scope import listed_words
from backbot.assistant import Assistant
from backbot.corpus.reader import serialise_article
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta, Conversation
from backbot.rebuild import rebuild
from backbot.retrieval import lexical
from backbot.retrieval.retriever import Retriever
from real import NOW, TODAY, VALUES

NAMED = "This is a compression fracture."
BODY = f"""
## When a bone of the back gives way

When the front of a thin bone collapses, the bone takes on a wedge shape. {NAMED} It can follow
something as small as a sneeze or a stumble on the stairs.

## Walking with thin bones

Walk every day, on flat ground and in good shoes, and hold on to the rail on stairs.
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Asks a clinic of one article."""
    folder = tmp_path_factory.mktemp("named")
    corpus = folder / "corpus"
    corpus.mkdir()
    meta = ArticleMeta("bones", "Thin bones and the back")
    (corpus / "bones.md").write_text(serialise_article(meta, BODY), "utf-8")
    embedder = load_embedder("", cache_dir=folder / "cache")
    store = IndexStore(folder / "index")
    rebuild(corpus, store, embedder, FaissFormat(), today=TODAY, extras=lexical.build)
    generation = store.open(FaissFormat())
    finder = Retriever(embedder, names=listed_words())

    def answer(text):
        assistant = Assistant(lambda: generation, finder, lambda: VALUES, today=lambda: TODAY)
        return assistant.reply(text, Conversation(), NOW)[0].answer

    return answer


@pytest.mark.parametrize(
    "text",
    ["what is a compression fracture of the back", "why does a thin bone of the back collapse"],
)
def test_a_name_is_said_behind_what_it_names(ask, text):
    """And what goes on about it is not lost."""
    said = ask(text).text
    assert NAMED in said
    assert said.index("wedge shape") < said.index(NAMED)
