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


def test_the_questions_kept_for_staff_go_with_the_group(opened, store, records):
    """Of each member, also where no conversation is left; then they can be forgotten as before."""
    database = opened()
    kept = records(database=database)
    conversations = store(database=database, on_forget=kept.forget, on_move=kept.move)
    conversations.save(f"{OLD}:7", OPEN)
    for key in (f"{OLD}:7", f"{OLD}:8", f"{OLD}1:9"):
        kept.add_unanswered(key, f"does ice help {key[-1]}?")
    conversations.move(OLD, NEW)
    assert [q.text for q in kept.of_person(f"{NEW}:7")] == ["does ice help 7?"]
    assert [q.text for q in kept.of_person(f"{NEW}:8")] == ["does ice help 8?"]
    assert len(kept.of_person(f"{OLD}1:9")) == 1
    assert kept.of_person(f"{OLD}:7") == kept.of_person(f"{OLD}:8") == ()
    conversations.forget(f"{NEW}:7")
    assert kept.of_person(f"{NEW}:7") == ()
    assert len(kept.unanswered()) == 2


def test_questions_in_memory_go_with_the_group(records):
    """Where there is no key they are nowhere else."""
    kept = records(key="")
    kept.add_unanswered(f"{OLD}:7", "does ice help?")
    kept.move(OLD, NEW)
    assert len(kept.of_person(f"{NEW}:7")) == 1
    assert kept.of_person(f"{OLD}:7") == ()


def test_where_the_questions_cannot_go_nothing_goes_yet(opened, store):
    """It is tried again with the group's next message, and then all of it goes."""
    database, fails = opened(), [StateError("The disk is full.")]

    def on_move(_chat, _to):
        if fails:
            raise fails.pop()

    conversations = store(database=database, on_move=on_move)
    conversations.save(f"{OLD}:7", OPEN)
    with pytest.raises(StateError):
        conversations.move(OLD, NEW)
    assert conversations.load(f"{OLD}:7", NOW + 1).triage.open_tier is Tier.EMERGENCY
    conversations.move(OLD, NEW)
    assert conversations.load(f"{NEW}:7", NOW + 1).triage.open_tier is Tier.EMERGENCY
