"""Signs' words in harmless senses, and beside each the sign that they must not hide."""

from __future__ import annotations

import pytest

from backbot.model import TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules


def _tier(text: str) -> str:
    return assess(text, TriageState(), 0.0).tier.label


@pytest.mark.parametrize(
    ("harmless", "sign", "tier"),
    [
        ("doc asked if i leak, i said no", "doc asked if i leak, i said yes", "emergency"),
        (
            "asked whether my legs were numb and i said no",
            "asked if i can feel my legs when i wipe, i said no",
            "emergency",
        ),
    ],
)
def test_what_was_asked_and_denied_is_no_sign(harmless, sign, tier):
    """A no to "do you leak" denies; a no to "can you feel it" is the sign."""
    assert _tier(harmless) == "none"
    assert _tier(sign) == tier


@pytest.mark.parametrize(
    ("harmless", "sign"),
    [
        (
            "potty training our 2 yr old, bending all day. he had 3 accidents today, my back",
            "potty training our 2 yr old and i had 3 accidents today myself",
        ),
        (
            "my 2 year old wet herself and i scrubbed carpets, back aches",
            "my 3 year old fell and now wets herself, i scrub carpets",
        ),
    ],
)
def test_a_small_child_is_not_dry_yet(harmless, sign):
    """A toddler's accidents are none; the parent's are, and those of a child that fell."""
    assert _tier(harmless) == "none"
    assert _tier(sign) == "emergency"


def test_a_wet_bed_in_childhood_is_past():
    """Long ago and outgrown; started again, it counts."""
    assert _tier("as a kid i wet the bed, now i just have a stiff back") == "none"
    assert _tier("i wet the bed as a child and now it started again") == "emergency"


def test_a_question_what_a_word_means_stays_one_beside_a_persons_story():
    """A bare "what is foot drop" asks, whatever stands before it."""
    assert _tier("grandad had it in the 80s, what is foot drop exactly") == "none"
    assert _tier("what is this foot drop i have since monday") != "none"


def test_a_question_about_anybody_is_none_of_the_askers():
    """The "you" that a disc may paralyse is everybody."""
    assert _tier("can a slipped disc paralyse you, my back is only stiff") == "none"
    assert _tier("can you help, my legs are paralysed") == "emergency"


@pytest.mark.parametrize(
    ("harmless", "sign"),
    [
        ("the lift is dead so 9 floors twice a day, calves sore", "my calves are dead"),
        ("buzzing after the gig last night, feet sore", "my feet have been buzzing all night"),
        ("i prefer the wooden one over someone elses", "my foot is like wood"),
        ("i love lemonade and bubbles", "lemonade bubbles in my foot"),
        ("our current electrical plan", "electric current in my leg"),
    ],
)
def test_words_that_are_said_of_things_too_need_a_body_part(harmless, sign):
    """Dead, buzzing, wooden, fizzy and electric: only of a part of the body."""
    assert _tier(harmless) == "none"
    assert _tier(sign) != "none"


def test_dont_feel_pressured_is_a_mood():
    """A bare "don't feel" is a loss only before what can be felt."""
    assert _tier("i dont feel pressured by you") == "none"
    assert _tier("i dont feel anything when you touch it") != "none"


def test_a_comma_ends_a_harmless_phrase():
    """The guard for "hit by a deadline" does not reach over a comma."""
    assert _tier("hit by a big deadline, stiff neck") == "none"
    assert _tier("hit by a bus, deadline or not my neck hurts") == "emergency"


def test_a_parents_own_back_is_no_childs():
    """A child in the message raises nothing when the back is the parent's."""
    assert _tier("my 4 year old is heavy, how bad is lifting him for my back") == "none"
    assert _tier("my 9 year old son, his back hurts so badly he cries") == "urgent"


def test_skydiving_alone_hurts_nobody():
    """A sport is an accident only where somebody speaks of a body."""
    assert _tier("we love the paraglider videos") == "none"
    assert _tier("paragliding accident, my back hurts") == "emergency"


def test_fear_of_doing_something_stupid_is_never_a_mere_condition():
    """Suicidal thoughts told as a fear are present."""
    assert _tier("im scared i will do something stupid") == "emergency"


@pytest.mark.parametrize(
    "word", ["mood", "soak", "tweak", "stitch", "healing", "skill", "spam", "win", "bins", "glue"]
)
def test_an_everyday_word_is_no_misspelling(word):
    """Correct words stay what they are: "tweak" is not "weak", nor "win" "wind"."""
    assert load_rules().speller.resolve(word) == (word,)


@pytest.mark.parametrize(
    ("harmless", "sign"),
    [
        ("no urge to go to the gym", "no urge to go to the toilet at the gym"),
        ("hot water bottle leaked and soaked the bed", "i leaked and soaked the bed"),
    ],
)
def test_words_of_another_sense_still_say_that_an_emergency_is_none(harmless, sign):
    """What is read as no sign itself, the gym, the bottle, is still what a sign's words speak of."""
    assert _tier(harmless) == "none"
    assert _tier(sign) == "emergency"


@pytest.mark.parametrize(
    "text", ["cant feel any of my toes", "cant feel much of my foot", "i dont feel any of my toes"]
)
def test_a_share_of_a_part_is_not_felt(text):
    """Of a foot "any" and "much" are not felt; "cant feel any better" has no part."""
    assert _tier(text) == "nerve"
    assert _tier("i cant feel any better in my legs") == "none"
