"""A group that became a supergroup: what is open in it goes with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backbot.errors import StateError
from backbot.model import Conversation, Tier, TriageState
from backbot.state.memory import MemoryConversationStore
from state.conftest import DAY, NOW

OLD, NEW = -5, -1001234567890
OPEN = Conversation(
    TriageState(open_tier=Tier.EMERGENCY, opened_at=NOW), ("my zebra leg",), (), NOW, "GB"
)
NERVE = Conversation(
    TriageState(open_tier=Tier.NERVE, opened_at=NOW - 5), ("hello",), (), NOW + 1, "PT"
)


@pytest.fixture(params=["memory", "database", "restarted"])
def kept(request, store):
    """A store, and what is asked later: the same one, or another one over the same database."""
    if request.param == "memory":
        memory = MemoryConversationStore(DAY)
        return memory, lambda: memory
    first = store()
    return first, (lambda: first) if request.param == "database" else store


def test_open_warnings_go_with_the_group(kept):
    """Each member's, whether in memory or only on the disk; nothing stays under the old id."""
    store, after = kept
    store.save(f"{OLD}:7", OPEN)
    store.save(f"{OLD}:8", NERVE)
    store.save(f"{OLD}1:7", NERVE)  # another group, whose id begins alike
    after().move(OLD, NEW)
    again = after()
    assert again.load(f"{NEW}:7", NOW + 2).triage.open_tier is Tier.EMERGENCY
    assert again.load(f"{NEW}:7", NOW + 2).turns == ("my zebra leg",)
    assert again.load(f"{NEW}:8", NOW + 2) == NERVE
    assert again.load(f"{OLD}:7", NOW + 2) == Conversation()
    assert again.load(f"{OLD}1:7", NOW + 2) == NERVE


def test_what_was_said_in_the_new_group_already_lowers_nothing(kept):
    """Both are put together, the higher tier wins, and to move twice changes nothing."""
    store, after = kept
    store.save(f"{OLD}:7", OPEN)
    store.save(f"{NEW}:7", NERVE)
    moving = after()
    moving.move(OLD, NEW)
    moving.move(OLD, NEW)
    found = after().load(f"{NEW}:7", NOW + 2)
    assert found.triage.open_tier is Tier.EMERGENCY
    assert found.turns == ("my zebra leg", "hello")
    assert found.country == "PT"


def test_a_person_who_wrote_before_is_still_forgotten_in_time():
    """In memory the old stand before the young, moved or not."""
    store = MemoryConversationStore(DAY)
    store.save("1", replace(NERVE, updated_at=NOW + 100))
    store.save(f"{OLD}:7", Conversation(turns=("words",), updated_at=NOW))
    store.move(OLD, NEW)
    assert store.load(f"{NEW}:7", NOW + DAY + 1) == Conversation()
    assert len(store) == 1


def test_a_database_that_does_not_answer_moves_nothing_and_says_so(opened, store, monkeypatch):
    """A warning must not be left behind because nobody knew whose there are."""
    store().save(f"{OLD}:7", OPEN)
    database = opened()
    failing = store(database=database)

    def fails(*_arguments, **_options):
        raise StateError("The disk is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", fails)
        with pytest.raises(StateError):
            failing.move(OLD, NEW)
    failing.move(OLD, NEW)
    assert failing.load(f"{NEW}:7", NOW).triage.open_tier is Tier.EMERGENCY
