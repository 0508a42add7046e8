"""A key that is put in front of the old one takes over what is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backbot.model import Conversation
from backbot.state.cipher import Cipher
from backbot.state.inbox import DatabaseInbox, Done, Taken
from backbot.state.reseal import reseal
from state.conftest import KEY, NOW
from state.test_state_conversations import OTHER_KEY, SAID, WORDLESS

BOTH = Cipher.of(f"{OTHER_KEY},{KEY}")


@pytest.fixture
def written(store, records, database):
    """One row of each kind, with the old key."""
    store(database=database).save("7", SAID)
    kept = records(database=database)
    kept.add_unanswered("7", "why?")
    kept.flush()
    inbox = DatabaseInbox(database, Cipher.of(KEY))
    inbox.apply([Taken(1, 7, b"one"), Taken(2, 7, b"two")])
    inbox.apply([Done(2)])


def test_after_a_change_the_new_key_is_enough(written, store, records, database):
    """Conversations with their words, questions for staff, what waits."""
    assert reseal(database, BOTH) == 3
    assert store(key=OTHER_KEY).load("7", NOW) == SAID
    assert [question.text for question in records(key=OTHER_KEY).unanswered()] == ["why?"]
    (left,) = DatabaseInbox(database, Cipher.of(OTHER_KEY)).waiting()
    assert left.content == b"one"


def test_what_the_newest_key_has_already_is_left_alone(written, database, ask):
    """A second start writes nothing."""
    assert reseal(database, Cipher.of(KEY)) == 0
    assert reseal(database, BOTH) == 3
    before = ask("SELECT state FROM conversations")
    assert reseal(database, BOTH) == 0
    assert reseal(database, Cipher.of(OTHER_KEY)) == 0
    assert ask("SELECT state FROM conversations") == before


def test_what_cannot_be_read_is_left_as_it_is(written, store, database):
    """The old key may yet be found."""
    assert reseal(database, Cipher.of(OTHER_KEY)) == 0
    assert reseal(database, Cipher()) == 0
    assert store().load("7", NOW) == SAID


def test_a_first_key_takes_hold_of_what_was_written_without(store, database, ask):
    """Which signs were told was readable until then."""
    store(key="", database=database).save("7", SAID)
    assert b"saddle_numbness" in ask("SELECT state FROM conversations")
    assert reseal(database, Cipher.of(KEY)) == 1
    assert b"saddle_numbness" not in ask("SELECT state FROM conversations")
    assert store().load("7", NOW) == WORDLESS


def test_every_row_is_reached_however_many_there_are(store, database):
    """They are taken in parts, so that others can write in between."""
    many = store(database=database)
    for number in range(401):
        many.save(str(number), Conversation(turns=("hello",), updated_at=NOW, country="GB"))
    many.flush()
    assert reseal(database, BOTH) == 401
    assert store(key=OTHER_KEY).notices() == ()


def test_a_conversation_that_goes_on_meanwhile_loses_nothing(store, database):
    """What is in memory is newer than what is stored, and is written over it."""
    first = store(database=database)
    first.save("7", SAID)
    first.save("7", replace(SAID, turns=("newer",)))
    assert reseal(database, BOTH) == 1
    first.flush()
    assert store(key=f"{OTHER_KEY},{KEY}").load("7", NOW).turns == ("newer",)
