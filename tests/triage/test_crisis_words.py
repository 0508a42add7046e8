"""Words of despair, of harm to oneself and of poison that name nothing, and their look-alikes."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

NOW = 1_800_000_000.0

CRISES = [
    "what is the easiest way to die",
    "whats the quickest way to go, my back has finished me",
    "a lad at work put on facebook that he cant go on",
    "i no want to live more, my back is very bad",
    "the only reason im still here is my cat",
    "if it wasnt for my kids id have done it by now",
    "im a pharmacist so i know exactly what id need",
    "thinking about checking out permanantly",
    "feeling suisidal with this pain",
    "i scratched my wrists open last nite",
    "long sleeves so nobody sees what i do to my arms",
    "my partner is stood on the roof and wont come down",
    "tuk to many tabs",
    "my pikin swallow my pain drug",
    "the twins have pink stuff round there mouths and tablets all over the floor",
    "packet says max 8, i have been on about 15 a day all week",
]
HARMLESS = [
    "im dying here lol, 8 hours in the saddle chair",
    "going to hang up my boots after this season",
    "i want this ache to die down before friday",
    "the only thing stopping me lifting more is a stiff lower back",
    "i want to join her at pilates but my back is stiff",
    "the kids would be happier if i could play football again",
    "our old mare wants to die poor thing, my back is tight from mucking out",
    "i'm on too many tablets for my liking, natural ways to help a stiff back?",
    "too many tablets and phones, my neck is stiff from looking down",
    "my son took paracetamol for his back",
    "kids had chicken nuggets and i took my ibuprofen, back a bit sore",
    "si joint pain again, which stretches",
]


@pytest.mark.parametrize("text", CRISES)
def test_a_cry_for_help_is_an_emergency(text):
    """Whatever the words, and whoever it is told of."""
    assert assess(text, TriageState(), NOW).tier is Tier.EMERGENCY


@pytest.mark.parametrize("text", HARMLESS)
def test_a_look_alike_is_none(text):
    """The same words in another sense bring no message."""
    assert assess(text, TriageState(), NOW).tier is Tier.NONE
