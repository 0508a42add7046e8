"""A line's end, or a question's comma, may end a sentence: what stands behind it is read alone."""

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess


def _tier(text: str) -> Tier:
    return assess(text, TriageState(), 0.0).tier


@pytest.mark.parametrize(
    "text",
    [
        "what is the best chair for a bad back\nfell through the loft hatch, agony between shoulders",
        "does sleeping on my back stop neck pain\ndont know when my bladder is full",
        "is yoga good\nlegs wont move",
        "the dog jumped on my sore back\nthen i woke up and both my legs are numb",
        "no tingling in my arms at all\nskiing, hit a tree at speed and cant turn my head",
        "dont want to be alive\nhad an epidural in 2009 for my eldest, fine since then, what mattress",
        "fell down the stairs and my back is agony\nwhat is the best swim stroke",
        "is swimming good for bad backs, fell off a scaffold, back is in bits",
        "how many squats are right for a beginner, cant wee since last night",
    ],
)
def test_what_is_asked_or_told_before_does_not_hide_a_sign(text: str) -> None:
    """Neither a question without its mark nor an old story swallows the next line."""
    assert _tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "which is the worse sign\nnumbness between the legs or losing your bladder",
        "no fever\nnumbness\nbladder trouble",
        "no chest pain\nbreathlessness\nor arm pain\njust tight shoulders",
        "my book says saddle numbness is from the cauda equina\nis that right",
        "both legs went numb after my operation in 2015\nfixed, fine since",
        "my dog fell off the balcony\nhis back legs are limp",
        "is it safe to exercise with a stiff back, tight hips or sore knees",
        "symptoms of cauda equina please\nnumb bum\nnot being able to pee",
        "what stretches help\nmy hips are tight\nmy back is stiff",
    ],
)
def test_lines_that_need_each_other_stay_one(text: str) -> None:
    """Lists, answers and questions that point back are not torn from what they belong to."""
    assert _tier(text) in {Tier.NONE, Tier.NERVE}
