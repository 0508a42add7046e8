"""A sentence that is sent in several messages is read as one."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.pieces import JOIN_WITHIN_S

NOW = 1_700_000_000.0


def tiers(*turns: str, gap_s: float = 30.0) -> list[Tier]:
    """The open tier after each message."""
    state = TriageState()
    seen = []
    for k, text in enumerate(turns):
        assessment = assess(text, state, NOW + k * gap_s)
        state = assessment.state
        seen.append(assessment.open_tier)
    return seen


@pytest.mark.parametrize(
    "turns",
    [
        ("its gone numb", "between my legs"),
        ("tingling", "in my feet, both of them"),
        ("crushing pain", "in my chest"),
        ("nothing comes out", "when i go for a wee"),
        ("gone numb", "where?", "my bum"),
        ("i fell", "off a ladder"),
    ],
)
def test_pieces_of_an_emergency_are_an_emergency(turns: tuple[str, ...]) -> None:
    """Neither piece says it, the whole does."""
    assert max(tiers(*turns[:-1]), default=Tier.NONE) < Tier.EMERGENCY
    assert tiers(*turns)[-1] is Tier.EMERGENCY


@pytest.mark.parametrize(
    "turns",
    [
        ("what is numbness?", "in my chair i sit badly"),
        ("my back hurts", "my chair is bad", "thanks"),
        ("stiff back", "from the gym", "both legs ache too"),
        ("is heat good?", "my legs are long"),
    ],
)
def test_whole_messages_are_not_joined_into_a_sign(turns: tuple[str, ...]) -> None:
    """Questions are whole by themselves, and ordinary pieces make no sign."""
    assert tiers(*turns)[-1] is Tier.NONE


def test_pieces_far_apart_are_not_joined() -> None:
    """What was typed an hour ago is no part of this sentence."""
    assert tiers("crushing pain", "in my chest", gap_s=JOIN_WITHIN_S + 1)[-1] is Tier.NONE


def test_joining_never_lowers() -> None:
    """A second piece keeps what the first one opened."""
    assert tiers("i cant pee", "since monday", "maybe it is nothing")[-1] is Tier.EMERGENCY


def test_a_long_message_is_not_remembered_as_a_piece() -> None:
    """Only a few words are kept for joining."""
    long = (
        "my back has been stiff since i started the new job at the desk by the window last month"
    )
    assert assess(long, TriageState(), NOW).state.recent == ""


@pytest.mark.parametrize(
    "turns",
    [
        ("cant feel my toes since this morning", "both feet"),
        ("my left calf keeps buzzing", "since friday", "same on the right now"),
        ("tingling in my leg", "and the other"),
        ("my left leg is weak", "so is the right"),
        ("my left foot is asleep", "ok", "and my right"),
        ("my foot is numb", "both of them"),
        ("did a stretch and my foot went numb", "both feet"),
        ("did a stretch and my foot went numb, both feet",),
        ("my dad has back pain", "his legs", "both of them", "theyre numb"),
        ("any numbness?", "in my legs"),
        ("my leg tingles since monday, both legs",),
    ],
)
def test_the_other_side_told_in_a_few_words_counts(turns: tuple[str, ...]) -> None:
    """A clause that only says that the other leg has it too."""
    assert tiers(*turns)[-1] is Tier.EMERGENCY


@pytest.mark.parametrize(
    "turns",
    [
        ("my foot is numb", "the left one"),
        ("my foot is numb", "the other one is fine"),
        ("sciatica in my left leg", "the right one is ok"),
        ("my foot tingles", "which leg do i stretch", "both legs?"),
        ("my foot is numb", "i did the hamstring stretch, both legs, twice"),
        ("my hand is numb", "both hands"),
        ("my leg tingles", "is heat or ice better", "both"),
        ("my lower back hurts", "since monday", "my left foot feels kinda numb too"),
    ],
)
def test_which_side_it_is_makes_no_second_one(turns: tuple[str, ...]) -> None:
    """One side named, hands, an answer to something else, and a "too" besides the back."""
    assert tiers(*turns)[-1] is Tier.NERVE


@pytest.mark.parametrize(
    ("turns", "tier"),
    [
        (("my back hurts", "no numbness", "actually yes my legs"), Tier.EMERGENCY),
        (("No numbness or anything.", "well actually i do, between my legs"), Tier.EMERGENCY),
        (("i dont have a fever", "wait i do"), Tier.URGENT),
        (("no trouble peeing", "actually i do"), Tier.EMERGENCY),
        (("No numbness in my bum.", "Hmm, actually yes."), Tier.EMERGENCY),
        (("my bum isnt numb", "scratch that it is"), Tier.EMERGENCY),
        (("i can feel my legs", "no wait i cant"), Tier.EMERGENCY),
        (("i can touch my toes", "well i cant today"), Tier.NONE),
        (("no numbness", "actually yes my back is sore today"), Tier.NONE),
        (("no fever", "actually i have a question"), Tier.NONE),
        (("no numbness", "yes"), Tier.NONE),
    ],
)
def test_a_denial_can_be_taken_back(turns: tuple[str, ...], tier: Tier) -> None:
    """What was denied last is there after all; anything else said with "actually" is not."""
    assert tiers(*turns)[-1] is tier


def test_a_fall_told_in_one_word_counts() -> None:
    """With a nerve sign it is the injury of the spine that it is in a sentence."""
    assert tiers("my back hurts", "fell", "my leg is numb")[-1] is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("turns", "tier"),
    [
        (("surgery last week", "wound is leaking"), Tier.URGENT),
        (("the stitches are oozing", "i had an operation 5 days ago"), Tier.URGENT),
        (("surgery went well last week", "wound is healing nicely"), Tier.NONE),
        (("my tap is leaking", "i had surgery last month"), Tier.NONE),
        (("shoulder blade pain", "and sweating"), Tier.EMERGENCY),
        (("upper back ache since lunch", "im clammy"), Tier.EMERGENCY),
        (("shoulder blade pain from my rucksack", "and sweaty"), Tier.NONE),
        (("upper back tight", "sweating a lot in this heat"), Tier.NONE),
    ],
)
def test_what_is_told_of_a_wound_or_a_sweat_is_put_together(
    turns: tuple[str, ...], tier: Tier
) -> None:
    """An operation and its wound, an upper back and a sweat that nothing explains."""
    assert tiers(*turns)[-1] is tier


@pytest.mark.parametrize("text", ["no stiffness for weeks now, great", "great", "ps", "update,"])
def test_a_clause_of_no_more_than_a_greeting_is_read(text: str) -> None:
    """It has no words left once that is taken away."""
    assert assess(text, TriageState(), NOW).tier is Tier.NONE
