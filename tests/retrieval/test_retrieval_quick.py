"""What makes a question quick changes nothing of what is found."""

from __future__ import annotations

import numpy as np

from backbot.retrieval import retriever
from backbot.retrieval.retriever import Retriever, _cosines
from backbot.retrieval.spelling import Speller
from backbot.retrieval.terms import _openers, vocabulary
from fakes import HashEmbedder
from retrieval.built import build  # noqa: F401 - a fixture


def test_a_rows_cosine_does_not_depend_on_where_it_stands():
    """To the last bit: among all rows, among a few, or alone."""
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((101, 384)).astype(np.float32)
    vector = rng.standard_normal(384).astype(np.float32)
    everything = _cosines(vectors, np.arange(101), vector)
    assert np.allclose(everything, vectors @ vector, atol=1e-4)
    for rows in (np.array([100]), np.array([3, 5, 4]), np.arange(1, 101)):
        assert _cosines(vectors, rows, vector).tolist() == everything[rows].tolist()


def test_what_is_left_out_is_remembered_for_each_choice_of_it(build):  # noqa: F811
    """Leaving out another article, or none, or a new generation, is another thing."""
    embedder = HashEmbedder()
    texts = {"heat": "Heat relaxes stiff muscles.\n", "cold": "Cold brings swelling down.\n"}
    generation = build(texts, embedder)
    finder = Retriever(embedder)

    def found(generation, *without):
        hits = finder.retrieve("muscles", generation, without=frozenset(without)).hits
        return {hit.passage.article for hit in hits}

    for _ in range(2):
        assert found(generation) == {"heat", "cold"}
        assert found(generation, "heat") == {"cold"}
        assert found(generation, "cold") == {"heat"}
        assert found(generation, "heat", "cold") == set()
    assert found(build({"chair": "A chair supports the spine.\n"}, embedder)) == {"chair"}
    assert found(generation) == {"heat", "cold"}
    assert retriever._shown.cache_info().maxsize == 4


def test_every_phrase_of_the_lists_is_looked_for():
    """By its first word."""
    assert {phrase[0] for phrase in vocabulary().phrases} == _openers()


def test_the_tokeniser_is_asked_about_a_word_once():
    """A strange word is looked at twice, and the tokeniser is slow."""
    asked = []

    def whole(word: str) -> bool:
        asked.append(word)
        return False

    speller = Speller(["massage"], [], whole)
    asked.clear()
    assert speller.mend("mssage") == "massage"
    assert asked
    assert len(asked) == len(set(asked))
    before = len(asked)
    assert speller.mend("mssage") == "massage"
    assert len(asked) == before


def test_words_are_remembered_only_up_to_a_number():
    """What strangers type does not fill the memory."""
    speller = Speller(["massage"], [], lambda _word: True)
    for cached in (speller._meant, speller._is_right):
        assert cached.cache_info().maxsize == 4096
