"""Replies to the bot's own question about warning signs, and to a list of them under an answer."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

ASKED = TriageState(asked=True)
DESPAIR = TriageState(asked=True, asked_crisis=True)
LISTED = TriageState(listed="emergency_info")
NERVES = TriageState(listed="nerve_info")
START = 1_800_000_000.0


@pytest.mark.parametrize(
    "reply",
    [
        "both legs", "my legs", "yes both legs", "legs yes", "the first one", "number 2", "1 and 3",
        "only the last one", "weak", "peeing", "yeah the peeing one", "a bit", "sort of", "maybe",
        "sometimes", "i think so", "yes but only when i sit", "yes since monday", "two of them",
        "the second one i think", "just the numbness",
    ],
)  # fmt: skip
def test_whoever_names_hedges_or_points_says_yes(reply):
    """Having read a list of emergencies; by itself the same reply is none."""
    assert assess(reply, ASKED, START).tier is Tier.EMERGENCY
    assert assess(reply, TriageState(), START).tier < Tier.EMERGENCY


@pytest.mark.parametrize(
    "reply",
    [
        "no", "none of them", "not really", "no i can pee fine", "which stretch is best", "ok thanks",
        "yes please tell me about ice", "heat or ice", "what helps my legs", "leg stretches?",
        "my back", "all good", "i sit all day", "no number 2", "i can feel my legs fine",
    ],
)  # fmt: skip
def test_a_no_or_a_question_of_its_own_does_not(reply):
    """And it closes the question."""
    after = assess(reply, ASKED, START)
    assert after.tier is Tier.NONE
    assert not after.state.asked


@pytest.mark.parametrize("reply", ["what do you mean", "what", "huh", "i dont understand"])
def test_whoever_does_not_understand_is_asked_again(reply):
    """With the same question, and what they then say is the answer."""
    for state, note in ((ASKED, "ask"), (DESPAIR, "ask_crisis")):
        after = assess(reply, state, START)
        assert (after.tier, after.note) == (Tier.NONE, note)
        assert assess("yes", after.state, START + 60).tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    "reply", ["kind of", "maybe", "sometimes", "i dont know", "not sure", "no by accident"]
)
def test_half_a_yes_to_the_question_about_despair_is_one(reply):
    """As is an overdose that was not meant."""
    assert assess(reply, DESPAIR, START).template == "crisis+emergency"


@pytest.mark.parametrize("reply", ["no", "no just my back", "god no", "both legs ache", "legs"])
def test_what_is_no_yes_to_despair_is_none(reply):
    """Legs were not what it asked about."""
    assert assess(reply, DESPAIR, START).template != "crisis+emergency"


@pytest.mark.parametrize(
    "reply",
    ["i have that", "all of them", "yes thats me", "i have the first one", "i have two of those"],
)
def test_whoever_says_to_have_what_was_listed_has_it(reply):
    """Whatever the list was."""
    assert assess(reply, LISTED, START).template == "emergency"
    assert assess(reply, NERVES, START).template == "nerve"
    assert assess(reply, TriageState(), START).tier is Tier.NONE


@pytest.mark.parametrize("reply", ["yes", "the second", "maybe"])
def test_a_mere_yes_to_a_list_is_asked_about(reply):
    """It was no question. The next yes answers one."""
    after = assess(reply, LISTED, START)
    assert (after.tier, after.note) == (Tier.NONE, "ask")
    assert assess("yes", after.state, START + 60).tier is Tier.EMERGENCY


def test_a_list_is_one_for_the_next_message_only():
    """What is asked in between ends it."""
    listed = assess("what is cauda equina syndrome", TriageState(), START)
    assert listed.note == "emergency_info"
    assert assess("i have that", listed.state, START + 60).tier is Tier.EMERGENCY
    between = assess("how long does ice take", listed.state, START + 60)
    assert assess("i have that", between.state, START + 120).tier is Tier.NONE
