"""What makes a question quick changes nothing of what is found."""

from __future__ import annotations

import numpy as np

from backbot.retrieval.retriever import _best_of_each, _cosines
from backbot.retrieval.spelling import Speller
from backbot.retrieval.terms import _openers, vocabulary


def test_a_rows_cosine_does_not_depend_on_where_it_stands():
    """To the last bit: among all rows, among a few, or alone."""
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((101, 384)).astype(np.float32)
    vector = rng.standard_normal(384).astype(np.float32)
    everything = _cosines(vectors, np.arange(101), vector)
    assert np.allclose(everything, vectors @ vector, atol=1e-4)
    for rows in (np.array([100]), np.array([3, 5, 4]), np.arange(1, 101)):
        assert _cosines(vectors, rows, vector).tolist() == everything[rows].tolist()


def test_the_best_unit_of_each_passage_is_its_own():
    """A passage without units has none, wherever it stands."""
    units = np.array([0.5, -0.2, -0.3, 0.9], dtype=np.float32)
    first = np.array([0, 0, 1, 3, 3, 4, 4])
    found = _best_of_each(units, first)
    assert np.allclose(found, [0, 0.5, -0.2, 0, 0.9, 0])
    assert _best_of_each(units[:0], np.array([0, 0])).tolist() == [0]


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
