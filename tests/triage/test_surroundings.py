"""What stands around a sign does not take it away: each sign in each of many surroundings."""

from __future__ import annotations

import itertools

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

_NOW = 1_800_000_000.0

EMERGENCIES = (
    "i cant feel my bum",
    "i cant pee",
    "havent been able to pee since this morning",
    "my groin is numb",
    "both my legs are numb",
    "i wet myself last night and didnt feel it",
    "i have lost control of my bowels",
    "numb between my legs",
    "i cant feel when i wipe",
    "my legs keep giving way and they are getting weaker",
    "cant move my legs",
    "chest pain going into my arm",
    "i fell off a roof and my back hurts",
    "i want to kill myself",
    "took 30 paracetamol",
    "my face is drooping on one side",
    "pins and needles in both feet",
    "i cant tell when my bladder is full",
    "i pooed myself without noticing",
    "sudden tearing pain in my back and i feel faint",
)
NERVE_SIGNS = (
    "my left foot is numb",
    "tingling in my right leg",
    "pain shoots down my leg",
    "pins and needles in my toes on one side",
    "sciatica down the left side",
    "burning pain down my right leg",
    "my right hand tingles",
)
BESIDE = (
    "my back pain has been the same for years. {}",
    "{}. my back has been bad for years",
    "ive had back problems since 2015. {}",
    "i had an mri in 2019. {}",
    "{}. last time was 3 years ago",
    "10 years ago i broke my arm. {}",
    "my mum had a slipped disc. {}",
    "{}. i saw my doctor last month",
    "no fever. {}",
    "{}. i can still walk",
    "{}. it went away last time",
)
TOLD_IN_PIECES = (
    "fell on my back and now my leg is numb",
    "i fell. it was off a ladder",
    "tearing pain. between the shoulder blades",
    "severe back pain. came out of nowhere. im clammy",
    "shoulder blade pain and im sweating",
    "epidural 3 weeks ago and now my foot is numb",
    "in june i could stand on it. now it folds under me",
    "woke up with foot drop",
)
COMPLAINTS = (
    "my lower back hurts",
    "my back is stiff in the morning",
    "i pulled a muscle in my back",
    "my neck is stiff",
    "my hips are tight",
    "knots in my shoulders",
)
BEFORE = (
    "hi im 34 and ",
    "not sure if this is serious but ",
    "for about 3 weeks now ",
    "after driving for 6 hours ",
    "i had an mri last year, ",
    "i have had back pain for years and now ",
    "had back pain for years and ",
    "my back has always been bad but ",
    "bad back for 2 days, ",
    "been to physio twice, ",
    "i take ibuprofen but ",
    "when i sit too long ",
    "my wife says i should ask, ",
    "gave birth 4 months ago and ",
    "i work nights and ",
    "got diabetes and ",
)
BEHIND = (
    "",
    " what should i do??",
    ", is that normal",
    " and i cant sleep",
    ". any stretches?",
    " for 3 days now",
    " lol",
    ", otherwise fine",
    ". had this before in 2018",
    ". doctor said its just muscular",
    " and painkillers dont help",
    " :(",
)


def tiers(sign: str) -> dict[str, Tier]:
    """Each text that has the sign in it, and what it gets."""
    texts = [f"{before}{sign}{behind}" for before, behind in itertools.product(BEFORE, BEHIND)]
    return {text: assess(text, TriageState(), _NOW).tier for text in texts}


@pytest.mark.parametrize("sign", EMERGENCIES)
def test_an_emergency_stays_one(sign: str) -> None:
    """Whatever was there for years, whoever is well otherwise or laughs about it."""
    assert {text: tier for text, tier in tiers(sign).items() if tier < Tier.EMERGENCY} == {}


@pytest.mark.parametrize("sign", [*EMERGENCIES, *TOLD_IN_PIECES])
def test_what_another_sentence_tells_takes_nothing_away(sign: str) -> None:
    """A back that was bad for years and a scan of years ago say nothing of a sign of today."""
    texts = [beside.format(sign) for beside in BESIDE]
    tiers = {text: assess(text, TriageState(), _NOW).tier for text in texts}
    assert {text: tier for text, tier in tiers.items() if tier < Tier.EMERGENCY} == {}


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("cant feel my bum. its been like that for years", Tier.URGENT),
        ("had back pain for years and woke up, foot floppy", Tier.EMERGENCY),
        ("foot drop for years and back pain", Tier.URGENT),
        ("cant lift my arm all the way up, stiff shoulder for years", Tier.URGENT),
        ("my bladder leaks. had it for 10 years, back pain too", Tier.URGENT),
        ("had a laminectomy in 2019 and now my left foot is numb", Tier.NERVE),
        ("my legs ache. gp asked about numbness. i said no", Tier.NONE),
        ("my legs ache. gp asked about numbness. i said yes", Tier.EMERGENCY),
        ("they asked about numbness. told them all of my left leg", Tier.NERVE),
        ("woke with dead privates after the gym", Tier.EMERGENCY),
        ("legs like jelly after the gym", Tier.NONE),
        ("leg day was like a week ago but today both my legs feel like noodles", Tier.EMERGENCY),
        ("had a stroke in 2010, on warfarin, now my foot is numb", Tier.EMERGENCY),
    ],
)
def test_what_else_is_told_is_read_for_what_it_is(text: str, tier: Tier) -> None:
    """A sign of years, an operation of years ago, what a clinician asked about."""
    assert assess(text, TriageState(), _NOW).tier is tier


@pytest.mark.parametrize("sign", NERVE_SIGNS)
def test_a_nerve_sign_is_neither_lost_nor_an_emergency(sign: str) -> None:
    """It may be urgent beside other words, never nothing and never an emergency."""
    found = tiers(sign).items()
    assert {t: tier for t, tier in found if tier not in {Tier.NERVE, Tier.URGENT}} == {}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_an_ordinary_complaint_gets_no_message(complaint: str) -> None:
    """In any of these surroundings."""
    assert {text: tier for text, tier in tiers(complaint).items() if tier} == {}
