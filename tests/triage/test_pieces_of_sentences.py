"""What people type in scraps: a question answered by oneself, words with full stops between."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess


def _tier(text: str) -> Tier:
    return assess(text, TriageState(), 1e9).tier


@pytest.mark.parametrize(
    "text",
    [
        "bladder? gone",
        "feeling down there? none",
        "bowels ok bladder not",
        "fell. ladder. back.",
        "numb. everywhere below belt.",
        "no numbness in leg / its my privates",
        "legs feel like concrete, both",
        "LBP 3/7, ?retention",
    ],
)
def test_scraps_of_one_sentence_are_read_together(text):
    """What only marks part is one sentence where nothing is denied."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "loss of feeling down there? none",
        "numbness? none. weakness? none",
        "bowels ok, bladder not affected",
        "No pain. No numbness. Just stiff.",
        "Stiff. Old. Fat.",
        "back like wood",
        "ankles weak from old sprains",
        "legs fine, bladder fine, back sore",
    ],
)
def test_scraps_that_deny_or_mean_nothing_stay_apart(text):
    """An answer "none" to a loss is no loss, and an unlucky neighbour is no sign."""
    assert _tier(text) is Tier.NONE


def test_a_number_that_stands_alone_is_an_age():
    """In "76, felt a crunch" somebody is 76; a number among words is none."""
    assert _tier("76, bent down and felt a crunch, been in agony since") is Tier.URGENT
    assert _tier("did 76 reps and bent down, felt a crunch") is Tier.NONE


def test_a_limb_symptom_that_is_denied_makes_no_disc_a_nerve_sign():
    """A disc that is named, and no leg pain: the soft note only."""
    assert _tier("got a disc bulge on the mri but no leg pain or anything") is Tier.NONE
    assert _tier("got a disc bulge and leg pain") is Tier.NERVE
