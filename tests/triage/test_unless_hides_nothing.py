"""What a rule excepts hides no sign: exceptions are about the sign's own words."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules

# Where and when, which says nothing of a sign: each of these once stood alone as an exception.
BESIDE = ("in the kitchen", "in a meeting", "at the pool", "with my mask on", "this week")


def tier(text):
    """Of one message."""
    return assess(text, TriageState(), 0.0).tier


def pressing():
    """Every example of every emergency rule that has exceptions."""
    return [
        text
        for rule in load_rules().rules
        if rule.tier is Tier.EMERGENCY and rule.unless
        for text in rule.examples_yes
        # "feeling down there? none": an answer, which nothing may follow
        if tier(text) is Tier.EMERGENCY and not text.endswith("none")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "chest pain lying on mattress",
        "crushing chest pain in meeting at work what do i do",
        "chest pain in the sauna, passed out",
        "cant breathe even with my mask off",
        "gasping for fresh air chest tight",
        "chest pain while doing push ups, spreading to jaw",
        "carrying my rucksack and got crushing pain in chest",
        "short of breath on the stairs suddenly since yesterday with calf swelling",
        "went to the gym and pissed my pants",
        "have to change my pants for work twice as i wet them",
        "hit by a car on my commute",
        "rear ended going 40 on the commute",
        "hit by a car doing about 50 minutes ago",
        "found unconscious at work",
        "slurring my words in a meeting",
        "swallowed 30 pills on an empty stomach",
        "she took all the tramadol she was prescribed",
        "taken too many tablets every day this week",
        "on the roof of the club going to jump",
        "left a note at my desk saying goodbye",
        "want to hurt myself again at home",
    ],
)
def test_where_and_when_it_came_hides_no_emergency(text):
    """A place or a time beside a sign is no reason for it."""
    assert tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize("beside", BESIDE)
def test_no_place_or_time_silences_the_signs_of_an_emergency(beside):
    """Said behind any example of any emergency rule, it takes none of them away."""
    hidden = [text for text in pressing() if tier(f"{text} {beside}") is Tier.NONE]
    assert not hidden


@pytest.mark.parametrize(
    "text",
    [
        "something tore in my back not a muscle, feel faint",
        "sudden tearing pain in my back, not a muscle tear",
        "cannot lift my leg and its not from pain",
        "slurring after no drinks at all",
        "losing strength in my leg not because of pain",
        "something ripped inside, thought it was a muscle but im grey and sweaty",
    ],
)
def test_a_harmless_reason_that_is_denied_is_none(text):
    """Nor one that was only thought of at first."""
    assert tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "like a rock sitting on my chest",
        "pressure in my chest like a pressure cooker",
        "chest pain like my sports bra is crushing me",
        "chest pressure like someone put heavy weights on me",
        "tearing pain like paper ripping down my back",
        "im leaking like a tap",
    ],
)
def test_what_a_sign_is_likened_to_is_no_reason(text):
    """People say what it feels like."""
    assert tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "i can pee normally just cant feel it coming out",
        "stopped twice to pee on the way home and couldnt",
        "sat in the car for an hour and then cant get it started at the urinal",
        "cut myself with a razor while shaving on purpose",
        "never had trouble weeing before but now nothing comes out",
        "not been able to pee normally",
        "struggling to wee well",
        "not passing urine well",
    ],
)
def test_what_goes_on_behind_an_exception_counts(text):
    """The exception is only the first half of what is said."""
    assert tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "reduced feeling around my anus, none at all on the left",
        "lost control of my bowels gone completely",
        "wet myself by accident",
        "had to buy new pants because i keep wetting myself",
        "using maternity pads for the wee",
        "doing laundry every day i wet the bed every night",
        "cant lift my leg over the bath, it just hangs there dead",
        "cant touch or move my leg",
        "woke up paralysed mum called 999 for help with legs",
        "got hit by a car by accident",
        "had to be cut out the car after crash",
        "pushed me hard down the stairs",
        "thrown across the treadmill into the wall",
        "when i breathe deeply i get a sharp chest pain",
        "hot and sweaty with chest pain",
        "crushing weight across my rib cage",
        "feel faint pain in back and tummy",
        "went grey in the face and cold, back pain",
        "cant speak now",
        "do i have ces 2026 mri said compression",
        "took 50 mg oxycodone too much and cant stay awake",
        "swallowed months of ibuprofen i had saved",
        "saved up all my tablets for the weekend so i can go",
        "im holding a bread knife to my wrist",
        "want to jump off the car park",
        "theres no future for my family with me in it",
        "family better off financially if i was dead",
        "hope i never wake so i dont feel this",
        "im checking out my time is done",
        "writing letters all day for when im gone",
        "cant wake her up stiff and cold",
        "id be better off dead than in this chair",
        "my son is bedwetting since he hurt his back",
        "bedwetting and back pain, my daughter is 14",
    ],
)
def test_an_exception_asks_for_the_harmless_thing_itself(text):
    """A word of it, or one that harm has too, is not enough."""
    assert tier(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "cant grip the bar or a cup",
        "painful neck and my grip has gone",
        "my leg gives me no support",
        "cant walk as my balance has gone",
        "unsteady on my feet when im walking the dog",
        "losing my balance when i exercise and when i dont",
        "sore neck and cant do up buttons",
        "keep dropping the soap and my keys",
        "feverish at the gym, back pain deep",
        "body temperature 38.9 and back pain",
        "fever of 39 degrees in the room, back agony",
        "my mum had breast cancer years ago and now her back hurts",
        "like wearing a tight belt round my ribs",
        "not constipated i just cannot poo, wont come",
        "in bed cant get hard any more",
        "constant pain day and night pillow or no pillow all night",
        "on prednisolone and steroid jabs for years, sudden sharp back pain",
    ],
)
def test_no_exception_hides_what_should_be_seen_today(text):
    """Urgent signs too are more than the words around them."""
    assert tier(text) >= Tier.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "can't feel the stretch in my glutes, am I doing pigeon wrong",
        "chest is sore from press ups, can i still stretch my back",
        "short of breath in my mask when i hoover, silly me",
        "hung out the wet washing and my back twinged",
        "changing nappies all day, how do i save my back",
        "my legs refuse to do one more squat lol",
        "i look after my paralysed brother and lifting him hurts my back",
        "hit a wall with my rehab exercises, bored of them",
        "whiplash claim",
        "confused about which exercises to do for a stiff back",
        "can i have two cocodamol with a glass of wine for my back",
        "i'd rather die than do another plank haha, what else is good",
        "would i be better off with a firmer mattress",
        "cut myself shaving bending over the sink, back twinged",
        "sweaty after spin class and my back is stiff",
        "my star sign is cancer, am i prone to bad backs lol",
        "no control of her bladder yet, our toddler is 2, changing her hurts my back",
    ],
)
def test_what_an_exception_is_about_stays_quiet(text):
    """The harmless meaning, said with the sign's own words."""
    assert tier(text) is Tier.NONE
