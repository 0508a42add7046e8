"""Warming: the articles' sentences are looked at once, within a time, and only a number is kept."""

from __future__ import annotations

import pytest

from backbot import assistant
from backbot.assistant import Assistant
from backbot.model import Answer
from backbot.triage.messages import MessageValues
from fakes import HashEmbedder
from retrieval.built import build  # noqa: F401 - a fixture

BODY = (
    "Heat relaxes stiff muscles. Numbness in a leg may come from a nerve.\n\n"
    "## How long\n\nUse heat in this way:\n\n- twenty minutes\n- twice a day\n"
)
REMEMBERED = (assistant._lints_clean, assistant._tells_of_nerves)


@pytest.fixture
def generation(build):  # noqa: F811
    """One article with sentences and a list."""
    return build({"heat": BODY}, HashEmbedder())


@pytest.fixture
def cold():
    """An assistant that has looked at nothing yet."""
    for cache in REMEMBERED:
        cache.cache_clear()
    return Assistant(lambda: pytest.fail("no index is needed"), None, MessageValues)


def looked_at():
    """How often a sentence had to be looked at."""
    return [cache.cache_info().misses for cache in REMEMBERED]


def test_what_is_warm_is_not_looked_at_again(cold, generation):
    """An answer of those sentences finds them all, with its marks of a list."""
    cold.warm(generation)
    before = looked_at()
    assert min(before) > 0
    quoted = (
        "Heat relaxes stiff muscles. Numbness in a leg may come from a nerve.\n- twenty minutes"
    )
    assert assistant._mentions_signs(Answer("answer", quoted), None)
    assert all(assistant._lints_clean(u.text) for p in generation.passages for u in p.units)
    assert looked_at() == before


def test_what_is_found_is_the_same_warm_and_cold(cold, generation):
    """Looking early changes nothing."""
    texts = ["Numbness in a leg may come from a nerve.", "Heat relaxes stiff muscles."]
    unwarmed = [assistant._mentions_signs(Answer("answer", text), None) for text in texts]
    cold.warm(generation)
    assert [assistant._mentions_signs(Answer("answer", t), None) for t in texts] == unwarmed
    assert unwarmed == [True, False]


def test_warming_ends_when_its_time_is_over(cold, generation):
    """However many articles there are."""
    cold.warm(generation, seconds=0)
    assert looked_at() == [0, 0]


def test_sentences_are_remembered_up_to_a_number():
    """Memory does not grow with every new edition of an article."""
    for cache in REMEMBERED:
        assert cache.cache_info().maxsize == assistant._SENTENCES_REMEMBERED == 16384
