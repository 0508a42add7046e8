"""What an answer leaves out while a tier is open."""

from __future__ import annotations

import pytest

from answer.cut import META, passage
from backbot.answer import suppress
from backbot.answer.suppress import is_suppressed, speaks_of
from backbot.model import Tier
from backbot.triage import engine

ALL = engine._suppress(Tier.EMERGENCY)
URGENT = engine._suppress(Tier.URGENT)


def test_every_topic_the_engine_names_has_words():
    """A topic without words would let everything through."""
    assert ALL
    assert set(suppress._WORDS) >= ALL


@pytest.mark.parametrize(
    "text",
    [
        "Stretch the hamstrings daily.",
        "Planks strengthen the core.",
        "Deep tissue massage helps.",
        "A chiropractor can help.",
        "Press the spot with a finger.",
        "Roll the back on a foam pad.",
    ],
)
def test_an_urgent_answer_has_no_exercise_and_no_hands_on_advice(text):
    """In any case of letters."""
    assert speaks_of(text, URGENT)
    assert speaks_of(text.upper(), URGENT)


@pytest.mark.parametrize("text", ["Heat relaxes muscles.", "Use cold packs.", "Keep moving."])
def test_an_emergency_leaves_out_heat_cold_and_staying_active_too(text):
    """Those are still said while something is merely urgent."""
    assert speaks_of(text, ALL)
    assert not speaks_of(text, URGENT)


@pytest.mark.parametrize("text", ["A specialist should check it.", "Stress raises cortisol."])
def test_other_sentences_stay(text):
    """Advice to see somebody is what people need then."""
    assert not speaks_of(text, ALL)


def test_without_an_open_tier_nothing_is_left_out():
    """The usual case."""
    assert not speaks_of("Massage and stretching.", frozenset())
    assert not is_suppressed(passage("x", section="Massage"), META, frozenset())


def test_a_passage_is_left_out_for_its_heading_or_its_article():
    """Steps under "How do I stretch" need not say the word themselves."""
    assert is_suppressed(passage("Lie down.", section="How do I stretch?"), META, URGENT)
    assert not is_suppressed(passage("Lie down.", section="When to rest"), META, URGENT)
    from dataclasses import replace

    massage = replace(META, title="Massage for back pain")
    assert is_suppressed(passage("Lie down."), massage, URGENT)
