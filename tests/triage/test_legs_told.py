"""Legs told in pictures, in two sentences and beside their harmless look-alikes."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

_NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    "text",
    [
        "used to be able to lift that knee to get my sock on. not now",
        "last week i could raise my foot. now i cant",
        "the stairs were fine last week. now the thigh wont lift me",
        "feels as if somebody wired both my feet to the socket",
        "my left foot is not pressing the brake",
        "my legs were not having it",
    ],
)
def test_what_a_leg_could_do_before_and_cannot_now(text: str) -> None:
    """Power that was there a short time ago, or an order that no leg follows, is an emergency."""
    assert assess(text, TriageState(), _NOW).tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "used to be able to touch my toes. not any more",
        "walked ten miles fine last week. knees are sore today",
        "rubbed cream on my knee, felt nothing change, back too",
        "no kick in my coffee and no bounce in my mattress, back stiff",
    ],
)
def test_the_same_words_of_harmless_things(text: str) -> None:
    """Said of toes never reached, creams, chairs and coffee, the words get no full message."""
    assert assess(text, TriageState(), _NOW).tier < Tier.URGENT


def test_a_supposition_is_none_where_something_is_likened() -> None:
    """What "as if" says is felt; what "what if" says is only feared."""
    told = assess("as if i got a shock down both legs", TriageState(), _NOW)
    asked = assess("what if i get a shock down both legs", TriageState(), _NOW)
    assert told.tier is Tier.EMERGENCY
    assert asked.tier < Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "back pain for years and now it shoots into my left leg",
        "low back pain for 2 weeks now left leg tingles",
        "back pain, and now numb in my left foot",
        "now my left foot is numb",
        "my back hurts, today my right leg tingles too",
        "right side of my back hurts now tingling in my right leg",
        "my left leg hurts and now numb in my left foot",
        "knee surgery in 2019, now tingling in my right leg",
        "no numbness but now my left foot tingles",
        "for 2 days big toe numb",
        "2 kids, foot is numb",
    ],
)
def test_a_first_leg_is_no_second_one(text: str) -> None:
    """One leg is named, whatever else has hurt before it."""
    assert assess(text, TriageState(), _NOW).tier is Tier.NERVE


@pytest.mark.parametrize(
    "text",
    [
        "my leg tingles, now left foot too",
        "numb foot. now the left one as well",
        "left leg numb. now in the right",
        "toes on the right are numb and today my left foot is too",
        "right foot buzzing and now the left leg does it",
    ],
)
def test_a_second_leg_is_one(text: str) -> None:
    """Where a leg, or the other side, was told before."""
    assert assess(text, TriageState(), _NOW).tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("before", "then", "tier"),
    [
        ("back pain for a week", "now my left foot is numb", Tier.NERVE),
        ("my left leg is numb", "now my left foot tingles too", Tier.NERVE),
        ("my left leg is numb", "now my right foot tingles", Tier.EMERGENCY),
        ("my leg is numb", "now my left foot tingles too", Tier.EMERGENCY),
    ],
)
@pytest.mark.parametrize("later_s", [60.0, 7200.0])
def test_a_second_leg_of_a_later_message(
    before: str, then: str, tier: Tier, later_s: float
) -> None:
    """It is one beside a leg that was told, unless both are on the same side."""
    first = assess(before, TriageState(), _NOW)
    assert assess(then, first.state, _NOW + later_s).tier is tier


@pytest.mark.parametrize(
    "text",
    [
        "my knees hurt, tingling in my right leg",
        "my calves ache, pain shoots down my leg",
        "my knees hurt / tingling in my right leg",
        "my legs are sore after a run / pain shoots down my leg",
    ],
)
def test_what_is_sore_is_not_what_tingles(text: str) -> None:
    """A leg that is named with the sign has it, not the two that ache beside it."""
    state = TriageState()
    for number, turn in enumerate(text.split(" / ")):
        said = assess(turn, state, _NOW + 20 * number)
        state = said.state
    assert said.tier is Tier.NERVE


@pytest.mark.parametrize(
    "text", ["both legs ache and tingle", "my feet hurt and are numb", "legs ache, numb"]
)
def test_two_that_ache_may_tingle(text: str) -> None:
    """Where no other one is named."""
    assert assess(text, TriageState(), _NOW).tier is Tier.EMERGENCY
