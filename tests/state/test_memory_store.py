"""Conversations in memory: kept for a time, up to a number, apart from each other."""

from __future__ import annotations

import pytest

from backbot.model import Conversation
from backbot.state.memory import MemoryConversationStore


def said(at: float, *turns: str) -> Conversation:
    """A conversation of that time."""
    return Conversation(turns=turns, updated_at=at)


def test_a_conversation_comes_back_as_it_was():
    """Under its own key only."""
    store = MemoryConversationStore(60)
    store.save("7", said(100, "a"))
    assert store.load("7", 101) == said(100, "a")
    assert store.load("7:1", 101) == Conversation()


def test_a_conversation_expires_after_its_last_turn():
    """At the end of the period it is gone, not merely hidden."""
    store = MemoryConversationStore(60)
    store.save("7", said(100))
    store.save("8", said(130))
    assert store.load("7", 159.9) == said(100)
    assert store.load("7", 160) == Conversation()
    assert len(store) == 1


def test_any_load_drops_what_has_expired():
    """People who never come back are forgotten all the same."""
    store = MemoryConversationStore(60)
    store.save("7", said(100))
    store.load("8", 1000)
    assert len(store) == 0


def test_the_one_untouched_for_longest_goes_first():
    """Memory is bounded."""
    store = MemoryConversationStore(60, max_conversations=2)
    for key in ("a", "b", "a", "c"):
        store.save(key, said(100))
    assert store.load("b", 100) == Conversation()
    assert store.load("a", 100) == said(100)
    assert len(store) == 2


def test_a_conversation_without_a_date_is_dated():
    """Otherwise an open warning would look expired at once."""
    store = MemoryConversationStore(60, clock=lambda: 500.0)
    store.save("7", Conversation(turns=("a",)))
    assert store.load("7", 501) == said(500, "a")


def test_forget_drops_at_once_and_twice_is_no_error():
    """As /forget promises."""
    store = MemoryConversationStore(60)
    store.save("7", said(100))
    store.forget("7")
    store.forget("7")
    assert store.load("7", 100) == Conversation()


@pytest.mark.parametrize(("retention_s", "most"), [(0, 1), (-1, 1), (1, 0)])
def test_senseless_limits_are_refused(retention_s, most):
    """A store that keeps nothing would close every open warning."""
    with pytest.raises(ValueError):
        MemoryConversationStore(retention_s, max_conversations=most)


def test_an_open_warning_outlives_the_words():
    """Texts go after the retention period; that a warning is open stays for its window."""
    from backbot.model import Tier, TriageState

    store = MemoryConversationStore(60, window_s=600)
    state = TriageState(open_tier=Tier.NERVE, opened_at=100)
    store.save("7", Conversation(triage=state, turns=("a",), updated_at=100))
    assert store.load("7", 400) == Conversation(triage=state, updated_at=100)
    assert store.load("7", 700) == Conversation()
    assert len(store) == 0
