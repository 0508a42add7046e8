"""A clinic's own articles decide what is off their topic: on beds, on scans, on what a visit costs."""

from __future__ import annotations

import pytest

from backbot.adapters.faiss_index import FaissFormat
from backbot.adapters.onnx_embedder import load_embedder
from backbot.answer import wording
from backbot.answer.scope import listed_words
from backbot.assistant import Assistant
from backbot.corpus.reader import serialise_article
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta, Conversation
from backbot.rebuild import rebuild
from backbot.retrieval import lexical
from backbot.retrieval.retriever import Retriever
from real import NOW, TODAY, VALUES

ARTICLES = {
    "Nights with a bad back": """
## Sleeping positions

Many people with a bad back rest best on their side, with a pillow between the knees. Lying face
down bends the neck and loads the lower back, so it is the hardest position.

## Choosing a mattress

A mattress of medium firmness suits most bad backs. Replace it after eight years or so.
""",
    "Scans of the back": """
## Who needs an X-ray

Few people with back pain need an X-ray in the first six weeks. It shows bones, not muscles.

## Side effects of the dye

The dye that is used for some pictures can make you feel warm for a minute or two.
""",
    "Your first visit": """
## What it costs

A first visit of 45 minutes costs 60 pounds, and each further visit costs 45 pounds.

## What to wear

Wear loose clothes, so that we can look at your back and your knees.
""",
}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Asks that clinic; articles may be withdrawn."""
    folder = tmp_path_factory.mktemp("own-topics")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, (title, body) in enumerate(ARTICLES.items()):
        meta = ArticleMeta(f"a{number}", title)
        (corpus / f"a{number}.md").write_text(serialise_article(meta, body), "utf-8")
    embedder = load_embedder("", cache_dir=folder / "cache")
    store = IndexStore(folder / "index")
    rebuild(corpus, store, embedder, FaissFormat(), today=TODAY, extras=lexical.build)
    generation = store.open(FaissFormat())
    finder = Retriever(embedder, names=listed_words())

    def answer(text, withdrawn=frozenset()):
        assistant = Assistant(
            lambda: generation,
            finder,
            lambda: VALUES,
            today=lambda: TODAY,
            withdrawn=lambda: withdrawn,
        )
        return assistant.reply(text, Conversation(), NOW)[0].answer

    return answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("how should I sleep with a bad back", "pillow between the knees"),
        ("is sleeping on my side bad for my back", "on their side"),
        ("is lying face down bad for my back", "hardest position"),
        ("which mattress firmness for a bad back", "medium firmness"),
        ("im only 110 pounds, which mattress for a bad back", "medium firmness"),
        ("do I need xrays for back pain", "first six weeks"),
        ("would a scan show my back muscles", "shows bones"),
        ("what does a first visit cost", "60 pounds"),
        ("what are the side effects of the dye in a scan", "warm for a minute"),
    ],
)
def test_what_an_article_is_about_is_answered(ask, text, said):
    """Though the lists hold beds, scans and prices, in other words and spellings."""
    answer = ask(text)
    assert answer.kind == "answer", answer.reason
    assert said in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "how do I book an appointment",
        "what are your opening hours",
        "how many painkillers can I take",
        "what are the side effects of strong painkillers",
        "is ibuprofen good for the back",
        "which tempur mattress should I buy",
        "my knee hurts on the stairs",
        "is golf bad for the back",
    ],
)
def test_the_rest_is_declined_as_before(ask, text):
    """Hours are no prices, brands no beds, and knees that clothes cover are no topic."""
    assert ask(text).kind == "declined"


@pytest.mark.parametrize(
    ("text", "topic"),
    [("is reiki good for my back", "procedure"), ("is golf bad for me", "activity")],
)
def test_a_fixed_sentence_is_said_only_where_it_is_true(ask, text, topic):
    """There is an article on scans: procedures are not uncovered."""
    answer = ask(text)
    assert answer.kind == "declined"
    fixed = wording.DECLINED_BY_TOPIC[topic].split("{")[0]
    assert (fixed in answer.text) is (topic == "activity")


def test_what_is_withdrawn_is_no_topic_any_more(ask):
    """The titles and headings that count are those of the articles that are shown."""
    asked = "how should I sleep with a bad back"
    assert ask(asked).kind == "answer"
    answer = ask(asked, frozenset({"a0"}))
    assert answer.kind == "declined"
    assert wording.DECLINED_BY_TOPIC["sleep"] in answer.text
