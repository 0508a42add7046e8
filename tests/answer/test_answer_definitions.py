"""Which questions ask what a thing is, and which sentences say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answer.cut import hits, passage
from backbot.answer.definitions import defines, term_of
from backbot.answer.extract import choose


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("What is a trigger point?", ("trigge", "point")),
        ("whats fascia", ("fascia",)),
        ("wat r hamstrings", ("hamstr",)),
        ("what are hip flexors exactly?", ("hip", "flexor")),
        ("define muscle tightness", ("muscle", "tightn")),
        ("What does myalgia mean?", ("myalgi",)),
        ("what are those trigger points called again", ("trigge", "point")),
        ("trigger points explained", ("trigge", "point")),
        ("explain trigger points please", ("trigge", "point")),
        ("microtears??", ("microt",)),
        ("Hip flexors", ("hip", "flexor")),
    ],
)
def test_a_question_for_a_meaning_names_its_term(question, term):
    """Articles, fillers and plural endings are not of the term."""
    assert term_of(question) == term


@pytest.mark.parametrize(
    "question",
    [
        "What is the best stretch for tight hamstrings?",
        "what is it",
        "what is good for back pain",
        "what are the signs of a pulled muscle",
        "what is causing my back pain",
        "what is the difference between stiff and tight",
        "Does heat help?",
        "stretches for hamstrings",
        "my back still hurts badly",
        "what is a very long way round to ask nothing at all",
    ],
)
def test_other_questions_ask_for_no_meaning(question):
    """The opening words alone are not enough."""
    assert term_of(question) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Trigger points are tender points in a muscle.",
        "A trigger point is a tender point in a muscle.",
        "Trigger point pain means pain from a knot.",
        "The trigger point is usually a knot.",
        "A myofascial trigger point is a tender point in a muscle.",
        "The trigger points lie in tight muscles.",
    ],
)
def test_a_sentence_that_says_what_it_is_defines(text):
    """The term first, then is, are or means."""
    assert defines(text, ("trigge", "point"))


@pytest.mark.parametrize(
    "text",
    [
        "Trigger points are often caused by overuse.",
        "Trigger points are common.",
        "Trigger points are one of the commonest causes of pain.",
        "A trigger point is a major cause of pain.",
        "Trigger point injections are an option for ongoing pain.",
        "Trigger points form through overuse.",
        "Massage helps against trigger points.",
        "Trigger points",
    ],
)
def test_a_sentence_that_says_something_of_it_does_not_define(text):
    """Where it comes from and how common it is are other questions."""
    assert not defines(text, ("trigge", "point"))


def test_the_definition_comes_first_from_whatever_place_it_has():
    """Introductions define, and rank behind sections that say more."""
    found = hits(
        passage("Overusing a muscle makes knots appear.", section="Causes", number=1),
        passage("Massage loosens whatever hurts under the thumb.", section="Help", number=2),
        passage("Trigger points are tender places.", section="", number=0),
        scores=(0.9, 0.8, 0.2),
    )
    shown = choose(found, term=("trigge", "point"))
    assert shown[0].units[0].text == "Trigger points are tender places."
    assert len(shown) > 1, "the rest of the answer is not lost"
    assert choose(found)[0].units[0].text == "Overusing a muscle makes knots appear."


def test_a_sentence_between_two_shown_ones_goes_before_what_ranks_higher_elsewhere():
    """How long it takes, without how little of that to rest, would mislead."""
    gap = "Rest only two days of those."
    made = passage(
        f"Healing needs three weeks of patience.\n{gap}\nSee somebody when nothing changes.",
    )
    other = passage(" ".join(f"word{k}" for k in range(102)), article="other")
    found = [
        replace(hit, unit_scores=scores)
        for hit, scores in zip(
            hits(made, other, scores=(0.5, 0.5)), ((1.0, 0.2, 0.5), (0.4,)), strict=True
        )
    ]
    shown = [unit.text for excerpt in choose(found) for unit in excerpt.units]
    assert shown[:3] == [
        "Healing needs three weeks of patience.",
        gap,
        "See somebody when nothing changes.",
    ]
    assert len(shown) == 3, "the other ranks higher than the gap, and no longer fits"
