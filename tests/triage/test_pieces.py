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
