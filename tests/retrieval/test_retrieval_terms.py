"""What words are compared by: stems and lay words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.retrieval.terms import (
    fold,
    query_terms,
    stem,
    terms_of,
    vocabulary,
    words_of,
)

CORPUS = ("hamstring", "hamstrings", "stretching", "massage", "inflammation", "cold", "glute")
TERMS = {stem(word): k for k, word in enumerate(CORPUS)}


def asked(text):
    """The query terms of a text over the small corpus."""
    return query_terms(text, TERMS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stretches", "stretching"),
        ("fibre", "fiber"),
        ("fibres", "fibers"),
        ("stabilise", "stabilize"),
        ("posture's", "posture"),
        ("programmes", "programs"),
        ("colour", "color"),
    ],
)
def test_forms_and_spellings_of_a_word_have_one_stem(one, other):
    """British and American, plural, genitive."""
    assert stem(one) == stem(other)


def test_folding_makes_quotes_dashes_and_accents_plain():
    """As they come from phones."""
    assert fold("Don’t – CAFÉ") == "don't - cafe"


def test_stop_words_and_single_letters_carry_no_topic():
    """What is left is what the question is about."""
    assert terms_of("What is the best of it?") == []
    assert [t.word for t in asked("is b hamstring q 7")] == ["hamstring", "7"]


def test_a_lay_word_stands_for_the_articles_word():
    """Its own stem comes first, so it counts most where the corpus has it."""
    (found,) = asked("bum")
    assert found.options[0] == "bum"
    assert "glute" in found.options
    assert found.known


def test_a_lay_phrase_is_one_term():
    """Its words do not count one by one."""
    (found,) = asked("ice pack")
    assert found.word == "ice pack"
    assert "cold" in found.options


def test_a_phrase_of_small_words_is_one_term_too():
    """The back of my thigh is the hamstring, not a back."""
    words = [t.word for t in asked("the back of my thigh")]
    assert words == ["back of my thigh"]


def test_no_phrase_is_longer_than_what_is_looked_for():
    """A phrase of five words would never be found."""
    assert {len(phrase) for phrase in vocabulary().phrases} <= {2, 3, 4}


def test_a_repeated_word_counts_once():
    """Also in another form."""
    assert len(asked("hamstring hamstrings hamstring")) == 1


def test_an_unknown_word_is_kept_and_marked():
    """It tells that the corpus may not hold the answer."""
    (found,) = asked("submarine")
    assert not found.known


def test_an_age_is_no_figure_that_is_asked_about():
    """A year or an amount is."""
    assert [term.word for term in asked("is back pain normal at 25")] == ["back", "pain", "normal"]
    assert [term.word for term in asked("I'm only 16 with a sore back")] == ["sore", "back"]
    assert "2024" in [term.word for term in asked("the 2024 study")]


def test_lying_down_is_a_way_of_stretching_or_rest():
    """As it stands beside a stretch or not."""
    assert "lie" in asked("hamstring stretch lying down")[-1].options
    assert "rest" in asked("is lying down good")[0].options


def test_a_general_word_is_marked():
    """Covering "pain" proves little."""
    assert asked("pain")[0].general
    assert not asked("massage")[0].general


@given(st.text(max_size=200))
def test_any_text_has_terms_or_none(text):
    """No text is too strange; each term has an option, and no two terms are one."""
    found = asked(text)
    assert all(term.options and term.word for term in found)
    assert len({term.options[0] for term in found}) == len(found)
    assert all(word == fold(word) for word in words_of(text))
