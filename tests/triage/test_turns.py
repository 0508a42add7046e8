"""Signs told in a turn of the sentence, and whose they are."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    "text",
    [
        "leaked a drop with sneezes for 14 yrs. but from sunday its pouring out with no sneeze",
        "numb bum from the film, except the film was yesterday and its still numb",
        "it isnt that my leg gives way. it used to. now it wont hold me at all",
        "in june i could stand on it. now it folds under me",
        "what would stop a leg moving. mine's stopped",
        "how do you know when you need a poo? mine has just been arriving",
        "legs two sides is sleeping, always sleeping",
        "that was wee. and I never felt it leave",
        "tripped over the cat and fell down the stairs",
        "the dog knocked dad down the stairs",
        "goat knocked me off the shed roof",
        "fell of the roof at work",
        "the pain doesnt bother me but i cant pee",
        "i never told her but i wet myself last night",
        "came of my motorbike at speed",
        "got nocked off my bike by a van",
        "fed the cat and had an accident on my bed",
        "gp asked about numb legs, leaking wee. all no. both legs are numb though",
        "nurse asked about numb feet and leaking wee. No to everything. Both are there today",
        "GP asked about leaking wee. none of it is under control",
        "no i can hardly feel my legs",
        "no i can not pee",
        "no he can feel nothing in his legs",
        "my legs are numb will they ever be normal again",
    ],
)
def test_a_sign_is_found_behind_the_turn(text: str) -> None:
    """What was denied, asked or an animal's is there all the same."""
    assert assess(text, TriageState(), NOW).tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "numb bum from the film, walked it off on the way home",
        "it isnt that my leg gives way. its only stiff",
        "in june i could touch my toes. now i can fold forward only half way",
        "it wasnt a fart it was my back cracking",
        "GP asked about cancer in the family, fevers, weight. all no. which exercises are good?",
        "goat fell off the shed roof, laughed so much my back hurts",
        "cat had an accident on my bed again, so slept on the couch and woke up with a stiff neck",
        "my dog fell down the stairs",
        "nothing came of my scan",
        "no i can feel my legs",
        "nope she can move her feet",
        "my leg fell asleep on the couch, ok again now",
    ],
)
def test_a_look_alike_has_no_message(text: str) -> None:
    """The same words where nothing is wrong, or with an animal."""
    assert assess(text, TriageState(), NOW).tier is Tier.NONE


@pytest.mark.parametrize(
    "text",
    [
        "google says its a tumour and i have lost 2 stone",
        "i could stand on the ladder in june. now my leg folds under me",
    ],
)
def test_a_look_alike_beside_a_sign_hides_nothing(text: str) -> None:
    """Whatever a search engine says, or stands on a ladder, what the person has is still there."""
    assert assess(text, TriageState(), NOW).tier >= Tier.URGENT
