"""Word senses that are no signs hide none: the phrases of guards.toml, beside true signs."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from backbot.model import TriageState
from backbot.triage.engine import assess


def _tier(text: str) -> str:
    return assess(text, TriageState(), 0.0).tier.label


@pytest.mark.parametrize(
    "text",
    [
        "cant hold my wee pain in back is terrible",
        "not had a wee hours and hours now belly is huge",
        "can only wee bit by bit now since my back went",
        "cant feel my behind the past two days",
        "cant feel my nuts about a week since i lifted the sofa",
        "cant feel my tackle this morning",
        "cant feel my ass off and on all week",
        "i cant feel the number 2 coming out",
        "cant hold wind down there any more and the area is dead",
        "with every step stool comes out on its own",
        "passed full motion in bed without knowing",
        "soaked the seat cushion again didnt feel myself go",
        "i wet the car seat without knowing",
        "woke having slept in my own pee",
        "whole day without water coming out, bladder is paining",
        "i cannot pass more water",
        "cant move my foot rest of the leg is ok",
        "cant lift my arm rest of my body fine came on this morning",
        "lost the power in my hand over night",
        "a lorry hit my parked car with me in it",
        "i wish i was dead or anywhere but here",
        "every night i hope i drop dead before morning",
        "i cant go on this journey any more",
    ],
)
def test_a_sign_that_is_larger_than_the_phrase_wins(text):
    """What begins before a phrase or goes on behind it is no sense of the phrase."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("feels like someone has put numbing cream between my legs since yesterday", "emergency"),
        ("feels like the dentist numbed my bum", "emergency"),
        ("feels like ive got a bag of frozen peas between my legs", "emergency"),
        ("both feet feel like im wearing fuzzy socks but theyre bare", "emergency"),
        ("feels like electric stimulation in both my legs", "emergency"),
        ("like hot knitting needles in my foot", "nerve"),
        ("feels like sparkling water in my toes", "nerve"),
        ("its like an electric drill in my shin", "nerve"),
    ],
)
def test_what_something_feels_like_is_not_there(text, tier):
    """Nobody who feels fuzzy socks on bare feet wears any."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("my legs go dead early in the morning", "emergency"),
        ("both legs go dead quick when i stand", "emergency"),
        ("both legs weak back agony what do i do", "emergency"),
        ("both legs weak phone ambulance or not", "emergency"),
        ("both my feet are numb to the touch", "emergency"),
        ("my legs are numb to the waist", "emergency"),
        ("pins and needles in the balls of the feet left and right since monday", "emergency"),
        ("sitting in the chair gives me shocks down both legs", "emergency"),
        ("felt nothing after chiro in both legs", "emergency"),
        ("its numb when i sit on my bum", "emergency"),
        ("my left foot feel sleepy all day", "nerve"),
    ],
)
def test_a_body_part_at_the_edge_of_a_phrase_makes_a_sign_of_it(text, tier):
    """Whose part it is that is dead, numb or weak stands beside it."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("fell down the wet stairs", "emergency"),
        ("hit hardest by the car was my back, cant stand", "emergency"),
        ("saddle feels hard like wood, cant feel it", "emergency"),
        ("fell down the stairs and winded cant get my breath", "emergency"),
        ("i dont feel the pee coming nothing helps", "emergency"),
        ("never feel pressure to go even when im full", "emergency"),
        ("i get no urge to move my bowels any more", "emergency"),
        ("number one and number two are coming by themselves", "emergency"),
        ("he ran over my foot with the forklift", "emergency"),
        ("please forgive me for the thing i am about to do", "emergency"),
        ("im ending everything with pills tonight", "emergency"),
        ("been on to the suicide helpline twice this week", "emergency"),
        ("my cancer nurse said ring about new back pain", "urgent"),
        ("dropping weight without trying and back hurts", "urgent"),
        ("wrist is weak since neck injury", "urgent"),
        ("grip is weak on the right with neck and back pain", "urgent"),
    ],
)
def test_a_phrase_ends_where_its_harmless_sense_does(text, tier):
    """A phrase asks for what makes it harmless: a wave of tiredness, no wave of the sea."""
    assert _tier(text) == tier


@pytest.mark.parametrize(
    "text",
    [
        "my legs have a mind of their own at the pool",
        "dance floor and both knees buckled like they werent mine",
        "since salsa my legs feel like jelly and give way, both",
        "got out of bed has weak legs both since monday",
        "stuck on the sofa with two weak legs",
        "after football bladder wont empty",
        "heavy chest in bed and sweating",
        "legs gave way when he asked me to walk on my heels",
        "my legs collapse onto the armchair each time i get up",
        "sat down because both my legs folded",
        "legs on the bench buckled both of them",
        "fell off the ladder legs dont move",
        "numb from the neck down skiing accident",
        "i feel nothing in my glutes and between my legs",
        "lying on floor both legs like stone",
    ],
)
def test_furniture_company_and_places_beside_a_sign_hide_none(text):
    """Whose legs fail stands on a floor, at a dance or by a chair."""
    assert _tier(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "is an electric blanket ok for my legs and back",
        "bag of frozen peas or heat pack for my back?",
        "dead bugs or planks for a weak core?",
        "my legs are dead tired after moving house, back stiff, what helps",
        "my wee boy jumps on me and my back is sore",
        "up in the wee hours with the baby, back is sore",
        "going downstairs is fine, going up makes my back ache",
        "whats the science behind heat for muscles",
        "nearly had a heart attack when i saw the price of that chair",
        "no urge to exercise in this heat but my back needs it",
        "my mattress is dead comfy but my back still aches",
        "i was breathless with laughter, back stiff now",
        "the leg of my desk gave way and the monitor fell, back fine",
        "hit by a wave of tiredness every afternoon at my desk",
        "my range of motion in the bed is poor",
        "my bike saddle is hard like a rock",
        "my back was hit hardest by the gardening",
        "my fingers were numb with cold at the football, now just a stiff neck",
    ],
)
def test_other_senses_stay_quiet(text):
    """What the phrases are for."""
    assert _tier(text) == "none"


def test_a_phrase_stands_in_one_list():
    """A phrase that always hides and one that may be a sign are told apart."""
    rules = resources.files("backbot.triage") / "rules" / "guards.toml"
    lists = tomllib.loads(rules.read_text(encoding="utf-8"))
    assert set(lists) == {"phrases", "fixed", "unless"}
    every = [phrase for name in lists for phrase in lists[name]]
    assert len(every) == len(set(every))
