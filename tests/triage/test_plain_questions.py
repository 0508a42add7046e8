"""Ordinary messages with alarming side details, and beside each the sign it must not hide."""

from __future__ import annotations

import pytest

from backbot.model import Assessment, TriageState
from backbot.triage.engine import assess


def _assess(text: str) -> Assessment:
    return assess(text, TriageState(), 0.0)


def _tier(text: str) -> str:
    return _assess(text).tier.label


@pytest.mark.parametrize(
    ("harmless", "sign"),
    [
        (
            "a passenger fell down the stairs yesterday, she was fine, but my neck is stiff",
            "a lad fell off the scaffold, he was fine but now his back hurts",
        ),
        (
            "rear-ended in spring, nobody hurt, just a dented boot. how high should a headrest be?",
            "rear-ended in spring, nobody hurt then, but my neck is agony now",
        ),
        (
            "the horse bucked and I stayed on, proud. does riding strengthen the core?",
            "the horse bucked me off and my back is agony",
        ),
        (
            "one of our group had a heart attack in 2018, marvellous chap. are poles good?",
            "one of our group has crushing chest pain right now",
        ),
    ],
)
def test_an_accident_that_harmed_nobody_is_no_sign(harmless, sign):
    """Another's mishap without harm, a near miss, an illness of years ago; harm done counts."""
    assert _tier(harmless) == "none"
    assert _tier(sign) == "emergency"


@pytest.mark.parametrize(
    ("harmless", "sign"),
    [
        (
            "legs went dead in seiza, fine after a minute. is kneeling bad for the back?",
            "legs went dead in seiza yesterday, they are still dead",
        ),
        (
            "its freezing and i cant feel my feet, which socks are best?",
            "its freezing and my feet have been numb since yesterday",
        ),
    ],
)
def test_legs_that_slept_or_are_cold_get_a_note(harmless, sign):
    """What one sat on and what is cold wakes up again; what lasts is the sign."""
    assert _tier(harmless) == "none"
    assert _assess(harmless).note is not None
    assert _tier(sign) == "emergency"


@pytest.mark.parametrize(
    ("harmless", "sign", "tier"),
    [
        ("nearly wet myself laughing at your article", "wet myself laughing, again", "emergency"),
        (
            "if i die doing burpees tell my wife i loved her",
            "tell my wife i loved her",
            "emergency",
        ),
        ("i burn my arms on the oven, do i use heat", "my arm burns down to the hand", "nerve"),
        ("is my crunch gonna paralyse me one day", "this pain paralysed my legs", "emergency"),
        ("my wee brother gave me a dead leg playing football", "my wee wont come", "emergency"),
        (
            "i went to the gym feverishly, what stretch",
            "i am feverish and my back aches",
            "urgent",
        ),
    ],
)
def test_jokes_and_other_senses_are_no_signs(harmless, sign, tier):
    """What nearly happened for laughing, burnt skin, what may come, another word."""
    assert _tier(harmless) == "none"
    assert _tier(sign) == tier


def test_a_carer_asks_for_their_own_back():
    """His treatment explains whose back aches; a back of his own counts."""
    assert _tier("he's having radiotherapy so i drive him daily, how do i set my seat?") == "none"
    assert _tier("he's having radiotherapy so i drive him daily, his back hurts") != "none"


def test_a_year_of_two_digits_is_no_age():
    """A year: "in '94" is long ago; ninety-four after a fall is an age."""
    assert _tier("fell overboard in '94, that was enough swimming for me") == "none"
    assert _tier("fell in the garden, 94, back agony") == "urgent"
    assert _tier("she's '94' and fell in the garden, back agony") == "urgent"


def test_dialects_me_and_ma_are_my():
    """As in "it fell on me back" is a body part; "call me back" is none."""
    assert _tier("landed on me backside off the roof and me back is agony") == "emergency"
    assert _tier("call me back about the chair please") == "none"


def test_what_was_there_last_night_and_is_gone_counts_in_full():
    """Gone within days is no all-clear for bladder, bowel and saddle (specification, 3)."""
    assert _tier("couldnt pee last night, fine now") == "emergency"
