"""When an answer is given and when not: signals, and words the articles know nothing about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.answer import wording
from backbot.answer.scope import decide, off_topic_words
from backbot.model import Signals

GOOD = Signals(
    unit=0.7, question=0.7, top_coverage=1.0, coverage=1.0, unknown=0.0, words=3, held=3
)
POOR = Signals(unit=0.2, question=0.2, top_coverage=0.1, coverage=0.1, unknown=0.9, words=3)
MIDDLING = Signals(
    unit=0.5, question=0.5, top_coverage=0.5, coverage=0.6, unknown=0.2, words=3, held=2
)


def nothing_held(_word):
    """The best passages hold none of the words."""
    return False


def words(text):
    """The off-topic words found."""
    return [off.word for off in off_topic_words(text)]


def test_good_signals_answer_and_poor_ones_do_not():
    """A near sentence and a near sample question speak for an answer."""
    assert decide("heat?", GOOD, nothing_held).answers
    assert not decide("qwert asdf", POOR, nothing_held).answers


def test_an_off_topic_word_declines_a_middling_question():
    """The same signals, with a drug in the question."""
    assert decide("what helps tight muscles", MIDDLING, nothing_held).answers
    verdict = decide("does ibuprofen help tight muscles", MIDDLING, nothing_held)
    assert not verdict.answers
    assert (verdict.topic, verdict.word) == ("medicine", "ibuprofen")
    assert "ibuprofen" in verdict.why


def test_an_off_topic_word_that_the_best_passages_hold_does_not_count():
    """A clinic that adds an article on mattresses needs no change of the list."""
    verdict = decide("which mattress is best", MIDDLING, lambda word: word == "mattress")
    assert verdict.answers
    assert verdict.topic == ""


def test_a_phrase_counts_until_all_of_it_is_held():
    """One word of it in the passages is not the phrase."""
    verdict = decide("is a nerve block good", MIDDLING, lambda word: word == "nerve")
    assert verdict.word == "nerve block"


def test_a_medicine_by_name_weighs_more_than_good_signals():
    """A near sample question does not make it a question about something else."""
    assert not decide("valium for back spasms", replace(GOOD, unit=0.68), nothing_held).answers
    assert decide("a daily dose of stretching", replace(GOOD, unit=0.68), nothing_held).answers


def test_a_medicine_goes_before_other_off_topic_words():
    """Its sentence names who can advise."""
    verdict = decide("does a mattress or ibuprofen help", MIDDLING, nothing_held)
    assert verdict.topic == "medicine"


def test_a_question_without_content_words_is_never_answered():
    """However near something seems."""
    assert not decide("what about it", replace(GOOD, words=0), nothing_held).answers


@pytest.mark.parametrize(
    "text",
    [
        "can it heal without surgery",
        "can it heal without having surgery",
        "how do i avoid an operation",
        "stretches rather than ibuprofen",
        "what can i do instead of taking painkillers or a mri",
        "not surgery please, stretches",
    ],
)
def test_what_a_person_does_not_want_is_not_what_they_ask_about(text):
    """Without surgery: everything else is asked about."""
    assert not set(words(text)) & {"surgery", "operation", "ibuprofen"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("what is stronger than ibuprofen", "ibuprofen"),
        ("can i take more than 400mg", "mg"),
        ("400mg or 800 mg", "mg"),
        ("do I need an X-ray", "x ray"),
        ("is surgery better than massage", "surgery"),
        ("disc replacement?", "disc replacement"),
        ("without my doctor knowing, can i have codeine", "codeine"),
    ],
)
def test_what_a_person_asks_about_is_found(text, word):
    """Figures glued to units, hyphens, phrases before their words."""
    assert word in words(text)


@pytest.mark.parametrize("text", ["", "heat or cold?", "my gums", "costume", "surgeryless"])
def test_other_words_are_not_found(text):
    """Whole words only."""
    assert words(text) == []


def test_each_topic_has_a_fixed_sentence_or_the_general_one():
    """No sentence is for a topic that does not exist."""
    from backbot.answer.scope import _topics

    topics = {off.topic for off in _topics().values()}
    assert set(wording.DECLINED_BY_TOPIC) <= topics
    assert "pharmacist" in wording.DECLINED_BY_TOPIC["medicine"]


_SHARE = st.floats(0, 1)
_SIGNALS = st.builds(
    Signals,
    unit=st.floats(-1, 1),
    question=st.floats(-1, 1),
    top_coverage=_SHARE,
    coverage=_SHARE,
    unknown=_SHARE,
    words=st.integers(0, 30),
)


@given(_SIGNALS, st.text(max_size=80))
def test_the_probability_is_one_and_an_off_topic_word_never_raises_it(signals, text):
    """In [0, 1] for whatever was typed; a drug's name makes an answer less likely."""
    plain = decide(text, signals, nothing_held).probability
    with_drug = decide(f"{text} . ibuprofen", signals, nothing_held).probability
    assert 0 <= with_drug <= 1
    assert 0 <= plain <= 1
    assert with_drug <= plain or words(f"{text} . ibuprofen") == words(text)


def test_a_short_question_that_is_wholly_covered_is_answered():
    """One telling word, and the best passage holds it."""
    short = Signals(
        unit=0.4, question=0.4, top_coverage=1.0, coverage=1.0, unknown=0.0, words=1, held=1
    )
    assert decide("is shiatsu ok?", short, lambda _word: True).answers
    partly = replace(short, top_coverage=0.6, coverage=0.6, unknown=0.4)
    assert not decide("is shiatsu ok?", partly, lambda _word: True).answers
