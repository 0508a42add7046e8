"""How people put things is read as articles put them; nothing that was said is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.retrieval.phrasing import _phrases, put_plainly, question_in
from backbot.retrieval.terms import terms_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("what do tight muscles at the front of the hip do", "hip flexors"),
        ("the front of both my hips is tight", "hip flexors"),
        ("Couch potato consequences?", "sedentary"),
        ("does downward dog make you bendier", "yoga"),
        ("the same twist all day long", "repetitive"),
        ("I do it 2000 times a shift", "repetitive"),
        ("is walking good for a bad back", "move or to rest"),
        ("how do I know if it's serious", "see a professional"),
        ("should I be worried about my back", "see a professional"),
        ("red flags", "signs need emergency help"),
        ("how do I get rid of the knots", "what helps muscle knots"),
        ("how should I sit at work", "set up my desk"),
        ("how do I stand up straight", "correct bad posture"),
        ("I can't stand up straight", "difficulty standing upright"),
        ("how do I stretch my lower back", "which stretches"),
        ("how long do I put it on", "minutes"),
    ],
)
def test_the_articles_words_are_put_behind_what_is_said(text, words):
    """My, the and both are passed over."""
    assert words in put_plainly(text)


@pytest.mark.parametrize(
    "text",
    [
        "how often should I stretch?",
        "is massage safe",
        "",
        "the",
        "the same again",
        "why is walking so hard with tight hips",
        "what are knots",
        "does sitting hurt my back",
        "how long is it",
    ],
)
def test_a_question_in_plain_words_stays_itself(text):
    """Nothing is added where nothing is said in other words."""
    assert put_plainly(text) == text


def test_the_same_is_said_behind_the_first_phrase_only():
    """A story on one thing would else be drowned in it."""
    assert put_plainly("bum to bum").count("gluteal") == 1


@given(
    st.text() | st.lists(st.sampled_from(["bum", "the", "duvet", "abs", "?", "my"])).map(" ".join)
)
def test_nothing_that_was_said_is_lost(text):
    """What is put in brackets is all that is added."""
    added = set(_phrases().means.values())
    plain = put_plainly(text)
    for means in added | {"repetitive motion, overuse"}:
        plain = plain.replace(f" ({means})", "")
    assert plain == text or any(f" ({means})" in text for means in added)


def test_every_phrase_of_the_list_holds_a_word_that_counts():
    """A phrase of nothing but "the" and "my" would be found everywhere."""
    small = {
        "of",
        "to",
        "in",
        "on",
        "at",
        "up",
        "it",
        "is",
        "i",
        "and",
        "or",
        "so",
        "do",
        "be",
        "no",
    }
    assert all(not set(words) <= small for words in _phrases().means)


def test_no_phrase_reads_a_warning_sign_into_a_question():
    """Those are the escalation engine's matter."""
    signs = re.compile(r"numb|tingl|bladder|bowel|fever|weak(?:ness)? in|walk")
    assert not any(
        signs.search(" ".join(words)) and signs.search(means)
        for words, means in _phrases().means.items()
    )


def test_the_sentence_that_asks_is_taken_out_of_a_long_story_only():
    """A short question is read as a whole, and so is a story without a question of its own."""
    told = (
        "On Sunday I carried a wardrobe down three flights and since then my back has been stiff."
    )
    asked = "Should I put ice on it first?"
    assert question_in(f"{told} {asked} Thanks a lot for your help.") == asked
    assert question_in(asked) == ""
    assert question_in(told) == ""
    assert question_in(f"{told} My wife says ice and my mother says heat. Who is right?") == ""


def test_what_a_title_or_heading_names_is_left_as_it_is():
    """The articles in service go by that word, whatever others call it."""
    asked = "how should I sleep with sciatica"
    assert put_plainly(asked) != asked
    assert put_plainly(asked, [frozenset(terms_of("Sciatica at home"))]) == asked


def test_what_a_heading_names_in_part_is_put_plainly_still():
    """A phrase is its words together."""
    asked = "is downward dog any good"
    assert put_plainly(asked) != asked
    assert put_plainly(asked, [frozenset(terms_of("The dog"))]) == put_plainly(asked)
