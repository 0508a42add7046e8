"""Ranking over small made corpora: exact, in a fixed order, at any size."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backbot.retrieval import retriever
from backbot.retrieval.retriever import Retriever, Weights, holds
from fakes import HashEmbedder
from retrieval.built import build  # noqa: F401 - a fixture

HEAT = "Heat relaxes stiff muscles.\n\n## How long\n\nUse heat for twenty minutes. Then rest.\n"
COLD = "Cold packs bring swelling down.\n\n## When\n\nUse ice on a fresh strain.\n"
CHAIR = "A chair with armrests supports the spine.\n"
SMALL = {
    "heat": (HEAT, ("how long should I use heat?",)),
    "cold": (COLD, ("does ice help?",)),
    "chair": CHAIR,
}


@pytest.fixture
def embedder():
    """An encoder without weights that counts."""
    return HashEmbedder()


@pytest.fixture
def small(build, embedder):  # noqa: F811
    """Three articles, one of them without sample questions."""
    return build(SMALL, embedder)


@pytest.fixture
def finder(embedder):
    """A retriever with the same encoder; what building encoded is forgotten."""
    embedder.encoded.clear()
    return Retriever(embedder)


def ids(found):
    """The passages in order."""
    return [hit.passage.passage_id for hit in found.hits]


def test_the_passage_that_answers_comes_first(small, finder):
    """And the views that say so are told."""
    found = finder.retrieve("how long should I use heat?", small)
    assert found.hits[0].passage.article == "heat"
    assert found.hits[0].passage.section == "How long"
    assert [hit.rank for hit in found.hits] == list(range(1, len(small.passages) + 1))
    views = {"passage", "unit", "question", "learnt", "lexical", "coverage", "heading"}
    assert set(found.hits[0].parts) == views
    assert found.hits[0].parts["question"] == pytest.approx(1.0, abs=1e-5)
    assert found.query == "how long should I use heat?"


def test_an_article_without_questions_is_found_too(small, finder):
    """By its words and its vectors, as if it had a question as near as they let expect."""
    found = finder.retrieve("which chair supports the spine", small)
    assert found.hits[0].passage.article == "chair"
    parts = found.hits[0].parts
    expected = max(0.8 * parts["passage"], 0.7 * parts["unit"]) + parts["learnt"]
    assert 0 < parts["question"] == pytest.approx(expected)


def test_one_question_among_many_passages_does_not_draw_what_is_asked_of_others(build, embedder):  # noqa: F811
    """It counts as far as its article has enough of them; asked itself, it counts in full."""
    other = "\n\n".join(f"## Part {k}\n\nWord{k} on thing{k}.\n" for k in range(12))
    body = f"{HEAT}\n{other}"
    asked = "how long should I use heat?"
    few = build({"heat": (body, (asked,))}, embedder)
    finder = Retriever(embedder)

    def question(text, generation):
        found = finder.retrieve(text, generation)
        return next(h for h in found.hits if h.passage.section == "How long").parts["question"]

    assert question(asked, few) == pytest.approx(1.0, abs=1e-5)
    near = "how long should I use ice on a strain?"
    many = build({"heat": (body, (asked, *(f"nothing {k}" for k in range(60))))}, embedder)
    assert question(near, few) < question(near, many)


def test_the_score_is_the_weighted_mean_of_its_parts(small, finder):
    """So that an explanation adds up."""
    w = Weights()
    for hit in finder.retrieve("cold packs", small).hits:
        total = sum(getattr(w, name) * value for name, value in hit.parts.items())
        assert hit.score == pytest.approx(total / w.total, abs=1e-5)


def test_a_heading_that_names_what_is_asked_goes_before_its_neighbours(build, embedder):  # noqa: F811
    """As far as there are no sample questions to say so."""
    body = "Curves differ.\n\n## Braces\n\nThey hold.\n\n## Symptoms\n\nOne side is higher.\n"
    bare = build({"curve": body}, embedder)
    found = Retriever(embedder).retrieve("curve symptoms", bare)
    assert found.hits[0].passage.section == "Symptoms"
    assert [hit.parts["heading"] for hit in found.hits] == [1.0, 0.0, 0.0]
    asked = tuple(f"about curves, {k}" for k in range(12))
    full = build({"curve": (body, asked)}, embedder)
    hits = Retriever(embedder).retrieve("curve symptoms", full).hits
    assert {hit.parts["heading"] for hit in hits} == {0.0}


def test_words_of_the_heading_are_held_by_each_of_its_sentences(build, embedder):  # noqa: F811
    """Naming the topic once more does not make a sentence answer better."""
    body = "## Braces\n\nBraces are braces. Wear it for six weeks.\n"
    generation = build({"curve": body}, embedder)
    hit = Retriever(embedder).retrieve("braces six weeks", generation).hits[0]
    cosines = hit.unit_vectors @ embedder.encode(["braces six weeks"])[0]
    held = [score - float(cosine) for score, cosine in zip(hit.unit_scores, cosines, strict=True)]
    assert 0 < held[0] < held[1] == pytest.approx(0.4)


def test_each_unit_has_a_score(small, finder):
    """The sentence with the question's words scores best."""
    hit = finder.retrieve("rest", small).hits[0]
    assert len(hit.unit_scores) == len(hit.passage.units)
    best = hit.passage.units[int(np.argmax(hit.unit_scores))]
    assert best.text == "Then rest."


def test_a_question_costs_one_text_to_encode(small, finder, embedder):
    """Warm or not, short or long."""
    finder.warm(small)
    assert embedder.encoded == []
    for k, question in enumerate(("cold", "heat " * 2000, ""), start=1):
        finder.retrieve(question, small)
        assert len(embedder.encoded) == k


def test_a_long_story_costs_its_question_once_more(small, finder, embedder):
    """And only that: what asks counts beside the story, and the two are one vector."""
    story = (
        "I drove for nine hours on Sunday, unpacked the whole car alone, and slept badly after it."
    )
    asked = "Is cold or heat the better thing for it?"
    finder.retrieve(f"{story} {asked}", small)
    assert len(embedder.encoded) == 2
    assert asked in embedder.encoded  # the two are read side by side


@pytest.mark.parametrize("question", ["", "   ", "what is it about the", "😀", "?!", "\x00", "a"])
def test_a_question_without_content_words_finds_something_and_signals_nothing(
    small, finder, question
):
    """No crash, no division by nothing."""
    found = finder.retrieve(question, small)
    assert len(found.hits) == len(small.passages)
    assert found.signals.words == 0
    assert found.signals.coverage == found.signals.top_coverage == found.signals.unknown == 0


def test_signals_tell_what_is_held_and_what_is_unknown(small, finder):
    """Half of the telling words are strange to the corpus."""
    known = finder.retrieve("ice strain", small)
    assert known.signals.top_coverage == pytest.approx(1.0)
    assert known.signals.unknown == 0
    strange = finder.retrieve("ice submarine", small)
    assert 0 < strange.signals.coverage < 1
    assert 0 < strange.signals.unknown < 1
    assert "ice" in strange.held
    assert "submarine" not in strange.held


def test_words_are_held_as_they_stand_and_side_by_side(small, finder):
    """With or without an "s", and no other form of the word."""
    found = finder.retrieve("ice or heat for a strain", small)
    text = found.hits[0].passage.text.casefold()
    one, two = text.split()[:2]
    assert holds(found, one)
    assert holds(found, f"{one.removesuffix('s')}s")
    assert holds(found, f"{one} {two}")
    assert not holds(found, f"{two} {one}")
    assert not holds(found, f"{one}ing")


def test_a_misspelt_word_and_a_lay_word_find_their_passage(small, finder):
    """Through the lexical view, whatever the encoder thinks."""
    for question, article in (("swellng", "cold"), ("armrsets", "chair"), ("icepack", "cold")):
        found = finder.retrieve(question, small)
        best = max(found.hits, key=lambda hit: hit.parts["lexical"])
        assert best.passage.article == article
        assert best.parts["lexical"] > 0
        assert found.signals.unknown == 0


def test_equal_scores_keep_the_order_of_rows(build, embedder):  # noqa: F811
    """Articles alike in every word differ in nothing but their place."""
    same = "Heat relaxes stiff muscles.\n"
    generation = build({"heat": same, "heat-b": same, "heat-c": same}, embedder)
    flat = Retriever(
        embedder, Weights(passage=0, unit=1, question=0, learnt=0, lexical=0, coverage=0)
    )
    found = flat.retrieve("heat", generation)
    assert len({hit.score for hit in found.hits}) == 1
    assert ids(found) == ["heat#0", "heat-b#0", "heat-c#0"]


def test_the_same_question_gives_the_same_answer(small, finder, embedder):
    """From another retriever too."""
    first = finder.retrieve("use ice or heat", small)
    assert finder.retrieve("use ice or heat", small) == first
    assert Retriever(embedder).retrieve("use ice or heat", small) == first


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(question=st.text("heatcoldchairspine use?", max_size=40))
def test_more_hits_begin_with_the_fewer(small, finder, question):
    """top_k(k) begins with top_k(k - 1), scores never rise, and shares lie in [0, 1]."""
    whole = finder.retrieve(question, small, k=10)
    for k in range(1, len(whole.hits) + 1):
        assert finder.retrieve(question, small, k=k).hits == whole.hits[:k]
    scores = [hit.score for hit in whole.hits]
    assert scores == sorted(scores, reverse=True)
    signals = whole.signals
    for share in (signals.top_coverage, signals.coverage, signals.unknown):
        assert 0 <= share <= 1
    assert all(0 <= hit.parts["coverage"] <= 1 for hit in whole.hits)


def test_a_corpus_of_one_passage_is_searched(build, embedder):  # noqa: F811
    """The smallest there is."""
    generation = build({"chair": CHAIR}, embedder)
    found = Retriever(embedder).retrieve("heat", generation)
    assert ids(found) == ["chair#0"]
    assert found.signals.question == 0


def test_the_questions_of_an_article_without_text_push_no_other_passage(build, embedder):  # noqa: F811
    """A heading and sample questions only: there is no passage that they are about."""
    generation = build(
        {"chair": CHAIR, "zebra": ("## Later\n", ("where do zebras live",))}, embedder
    )
    assert [p.article for p in generation.passages] == ["chair"]
    found = Retriever(embedder).retrieve("where do zebras live", generation)
    parts = found.hits[0].parts
    expected = max(0.8 * parts["passage"], 0.7 * parts["unit"]) + parts["learnt"]
    assert parts["question"] == pytest.approx(expected)
    assert found.signals.question == 0


def large_corpus():
    """Three hundred passages of made words, each with one of its own."""
    names = [f"{a}{b}{c}o" for a in "bdfgklmn" for b in "aeiou" for c in "bdfgklmn"][:300]
    body = "".join(
        f"## About {name}\n\nThe {name} part number {k} bends near the spine.\n\n"
        for k, name in enumerate(names)
    )
    return names, body


def test_a_large_corpus_is_searched_by_candidates_with_exact_scores(build, embedder, monkeypatch):  # noqa: F811
    """Beyond 256 passages each view proposes; scores are those of looking at every passage."""
    names, body = large_corpus()
    generation = build({"parts": (body, (f"tell me about {names[290]}",))}, embedder)
    assert len(generation.passages) == 300
    asked_for = []
    search = type(generation.dense).search

    def counting(self, query, k):
        asked_for.append(k)
        return search(self, query, k)

    monkeypatch.setattr(type(generation.dense), "search", counting)
    finder = Retriever(embedder)
    questions = [f"what is {names[k]}" for k in (0, 7, 150, 299)] + [f"about {names[290]}"]
    by_candidates = [finder.retrieve(q, generation) for q in questions]
    assert set(asked_for) == {256}
    monkeypatch.setattr(retriever, "_CANDIDATES", 1000)
    for question, found in zip(questions, by_candidates, strict=True):
        assert found.hits[0].passage.section.endswith(question.split()[-1])
        everything = finder.retrieve(question, generation)
        assert ids(found)[:3] == ids(everything)[:3]
        assert [h.score for h in found.hits[:3]] == [h.score for h in everything.hits[:3]]
        assert found.signals.question == everything.signals.question


def test_a_passage_that_only_the_words_find_is_a_candidate(build, embedder, monkeypatch):  # noqa: F811
    """FAISS need not propose it."""
    monkeypatch.setattr(retriever, "_CANDIDATES", 2)
    _, body = large_corpus()
    generation = build({"parts": f"{body}## Armour\n\nAn armadillo curls up.\n"}, embedder)
    # Misspelt, its vector is any vector, but its letters lead to the word.
    near, _ = generation.dense.search(embedder.encode(["armadilo"])[0], 2)
    last = len(generation.passages) - 1
    assert last not in near.tolist()
    found = Retriever(embedder).retrieve("armadilo", generation)
    assert generation.passages[last] in [hit.passage for hit in found.hits]


def test_a_passage_that_only_a_sample_question_finds_is_a_candidate(build, embedder, monkeypatch):  # noqa: F811
    """Its words and its vector may be others'."""
    monkeypatch.setattr(retriever, "_CANDIDATES", 2)
    _, body = large_corpus()
    other = ("An armadillo curls up.\n", ("why do submarines dive",))
    generation = build({"parts": body, "zebra": other}, embedder)
    near, _ = generation.dense.search(embedder.encode(["why do submarines dive"])[0], 2)
    last = len(generation.passages) - 1
    assert generation.passages[last].article == "zebra"
    assert last not in near.tolist()
    found = Retriever(embedder).retrieve("why do submarines dive", generation)
    assert "zebra#0" in ids(found)


def test_a_generation_is_prepared_once(small, finder, monkeypatch):
    """Warming up does the work; questions find it done."""
    made = []
    prepare = retriever.prepare
    monkeypatch.setattr(retriever, "prepare", lambda g: made.append(g.id) or prepare(g))
    finder.warm(small)
    for _ in range(3):
        finder.retrieve("heat", small)
    assert made == [small.id]


def test_old_generations_are_not_kept_for_ever(build, embedder):  # noqa: F811
    """Four are; a fifth pushes the first out, and its memory is free."""
    finder = Retriever(embedder)
    first = build({"chair": CHAIR}, embedder)
    finder.warm(first)
    gone = weakref.ref(first.dense)
    del first
    for _ in range(4):
        finder.warm(build({"chair": CHAIR}, embedder))
    gc.collect()
    assert gone() is None


class Fancies:
    """A reranker that fancies texts with a word."""

    def __init__(self, word):
        self._word = word
        self.asked = []

    def scores(self, query, texts):
        """One for a text with the word, else none."""
        self.asked.append((query, list(texts)))
        return np.array([float(self._word in text) for text in texts], dtype=np.float32)


def test_a_reranker_looks_again_at_the_best_and_changes_their_order(small, embedder):
    """It reads the question, its spelling put right, with each passage under its heading."""
    plain = Retriever(embedder).retrieve("does ice help", small)
    fancy = Fancies("armrests")
    found = Retriever(embedder, reranker=fancy).retrieve("does ice help", small)
    assert plain.hits[0].passage.article != "chair"
    assert found.hits[0].passage.article == "chair"
    ((query, texts),) = fancy.asked
    assert query == "does ice help"
    assert len(texts) == len(small.passages)
    assert all(" > " in text for text in texts)
    assert sorted(hit.passage.passage_id for hit in found.hits) == sorted(ids(plain))
    for hit in found.hits:
        before = next(h.score for h in plain.hits if h.passage == hit.passage)
        liked = float("armrests" in hit.passage.text)
        assert hit.score == pytest.approx((before + liked) / 2, abs=1e-5)
    # The decision to answer was fitted without it.
    assert found.signals.score == plain.signals.score == plain.hits[0].score


def test_a_reranker_does_not_look_at_what_is_far(build, embedder, monkeypatch):  # noqa: F811
    """At the best twenty; the others stay behind them, in their order."""
    monkeypatch.setattr(retriever, "_RERANKED", 2)
    generation = build(SMALL, embedder)
    plain = Retriever(embedder).retrieve("how long should I use heat?", generation)
    fancy = Fancies("nothing has this")
    found = Retriever(embedder, reranker=fancy).retrieve("how long should I use heat?", generation)
    assert [len(texts) for _, texts in fancy.asked] == [2]
    assert ids(found) == ids(plain)
    assert found.hits[1].score >= found.hits[2].score


def test_no_reranker_is_asked_by_default(small, finder):
    """None comes with the project."""
    assert finder.retrieve("heat", small).hits
    assert finder._reranker is None
