"""Right words typed for others, and long words written as they sound."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

NOW = 1_800_000_000.0


def _tier(text: str) -> Tier:
    return assess(text, TriageState(), NOW).tier


@pytest.mark.parametrize(
    "text",
    [
        "numb down their since yesterday",
        "cant feel anything down they're",
        "its gone all tingly down thier",
        "i cant we since last night",
        "cant weigh since last night",
        "i cant p",
        "my bottom is dumb",
        "both legs have gone dumb",
        "i cant move my lets",
        "numb between my lags",
        "no feeling in my bump",
        "cant feel when i whip",
        "groyne is numb",
        "cant hold my pooh",
        "cant breed properly",
        "my chest hearts",
        "heart pane",
        "chest pan and sweating",
        "im feeling suicedal",
        "paralazed from the waist",
        "im suddenly breathliss",
        "fell off the scaffalding",
        "took the whole box of amitryptaline",
        "cant feel anything down their sins monday",
        "numb down hear since yesterday",
        "thinking of sue a side",
        "my leg is dumb and my privates too",
    ],
)
def test_emergencies_typed_with_another_word(text: str) -> None:
    """Its neighbours tell what was meant."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text", ["osteoperosis and sudden back pain", "on prednisalone for years and sudden back pain"]
)
def test_long_words_written_as_they_sound(text: str) -> None:
    """A wrong vowel in a long word is a likely slip."""
    assert _tier(text) is Tier.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "the pain moves down their backs, is that normal in teenagers",
        "dumb question but can i stretch both legs at once",
        "this bot is dumb",
        "i carried a heavy frying pan and my back hurts",
        "broke a window pane, back is stiff from cleaning it up",
        "28 weeks pregnant and the skin over my bump is sore",
        "we cant weigh ourselves with these scales",
        "he lets me rest my back",
        "cant hear you, what did you say about planks",
        "winnie the pooh pillow for my neck",
        "a historical building, all stairs, my back aches",
        "my tablet is next to me and i read in bed, neck sore",
        "put the shopping into the car and my back went",
        "i overdosed on netflix",
        "my back aches a wee bit after the drive",
    ],
)
def test_the_same_words_meant_as_they_are(text: str) -> None:
    """No sign is made of them."""
    assert _tier(text) is Tier.NONE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my left leg pain from waist to toes", Tier.NERVE),
        ("left leg and right leg numb from waist to toes", Tier.EMERGENCY),
        ("right leg numb from waist to toes and now the left is going", Tier.EMERGENCY),
        ("numb from waist to toes", Tier.EMERGENCY),
        ("numbness on my feet", Tier.EMERGENCY),
        ("mum is wobbly on her feet since her neck got bad", Tier.URGENT),
        ("tingling after 12 hours on my feet", Tier.NERVE),
    ],
)
def test_one_leg_or_both(text: str, expected: Tier) -> None:
    """A leg told from end to end is one; feet are both, unless one is unsteady on them."""
    assert _tier(text) is expected


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("aint been able to pee since yesterday noon", Tier.EMERGENCY),
        ("i aint peed since yesterday", Tier.EMERGENCY),
        ("my legs aint numb", Tier.NONE),
        ("it aint numb", Tier.NONE),
    ],
)
def test_aint_stands_for_what_is_meant(text: str, tier: Tier) -> None:
    """For "have not" before what was done, else for "is not"."""
    assert assess(text, TriageState(), 1.8e9).tier is tier
