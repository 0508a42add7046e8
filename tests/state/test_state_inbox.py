"""The inbox's table: what was taken is there once, and what is done is forgotten but for its id."""

from __future__ import annotations

import pytest

from backbot.state.cipher import Cipher
from backbot.state.inbox import Accepted, DatabaseInbox, Done, Taken, Waiting
from state.conftest import KEY


@pytest.fixture
def inbox(opened, clock) -> DatabaseInbox:
    """A table, empty."""
    return DatabaseInbox(opened(), Cipher.of(KEY), clock=clock)


@pytest.mark.parametrize("beside", [(), (2, 3)], ids=["alone", "with others"])
def test_an_update_is_new_once(inbox, beside):
    """Delivered again it is known, waiting or done, alone or in a batch; its words stay."""
    others = [Taken(number, 8, b"other") for number in beside]
    assert inbox.apply([Taken(1, 7, b"one"), *others]) == {1, *beside}
    assert inbox.apply([Taken(1, 7, b"forged"), *others]) == frozenset()
    first = next(row for row in inbox.waiting() if row.update_id == 1)
    assert first == Waiting(1, 7, b"one")
    inbox.apply([Done(1)])
    assert inbox.apply([Taken(1, 7, b"one"), Taken(4, 7, b"new")]) == {4}
    assert inbox.apply([Taken(1, 7, b"one")]) == frozenset()
    assert 1 not in {row.update_id for row in inbox.waiting()}


def test_the_same_id_twice_in_one_batch_is_one(inbox):
    """The first counts."""
    assert inbox.apply([Taken(1, 7, b"one"), Taken(1, 7, b"two")]) == {1}
    assert inbox.waiting() == (Waiting(1, 7, b"one"),)


def test_what_was_accepted_is_counted_warnings_apart(inbox):
    """A restart sends the rest only."""
    inbox.apply([Taken(1, 7, b"one"), Taken(2, None, b"two")])
    inbox.apply(
        [Accepted(1, warning=True), Accepted(1, warning=False), Accepted(1, warning=False)]
    )
    assert inbox.waiting() == (Waiting(1, 7, b"one", 1, 2), Waiting(2, None, b"two"))


def test_taken_and_done_in_one_batch_is_done(inbox):
    """So is one that could not be written when it was taken."""
    assert inbox.apply([Taken(1, 7, b"one"), Done(1), Done(2)]) == {1}
    assert inbox.waiting() == ()
    assert inbox.apply([Taken(2, 7, b"two")]) == frozenset()


def test_what_is_done_leaves_no_words(inbox, ask):
    """Nor whose they were."""
    inbox.apply([Taken(1, 7, b"one")])
    assert ask("SELECT count(*) FROM inbox WHERE content IS NOT NULL AND chat = 7") == 1
    inbox.apply([Done(1)])
    assert ask("SELECT count(*) FROM inbox WHERE content IS NOT NULL OR chat IS NOT NULL") == 0
