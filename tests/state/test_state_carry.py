"""A clinic changes from one kind of database to the other, and nobody's warning is closed."""

from __future__ import annotations

import pytest

from backbot.errors import StateError
from backbot.model import Conversation
from backbot.state.carry import _read, carry_over
from backbot.state.cipher import Cipher
from backbot.state.conversations import DatabaseConversationStore
from backbot.state.database import Database
from backbot.state.inbox import DatabaseInbox, Done, Taken
from backbot.state.records import DatabaseRecords
from backbot.state.reports import DatabaseReports
from backbot.state.schema import Base
from backbot.state.withdrawn import WithdrawnFile
from state.conftest import DAY, KEY, NOW
from state.test_state_conversations import SAID
from state.test_state_records import LONG_AGO


@pytest.fixture
def pair(url, tmp_path, postgresql):
    """A database of one kind and the address of an empty one of the other."""
    name = postgresql.make()
    other = postgresql.url(name) if url.startswith("sqlite") else f"sqlite:///{tmp_path}/other.db"
    source, target = Database(url), Database(other)
    yield source, target
    source.close()
    target.close()
    postgresql.drop(name)


class Everything:
    """All that keeps state, over one database."""

    def __init__(self, database, clock, tmp_path) -> None:
        cipher = Cipher.of(KEY)
        self.store = DatabaseConversationStore(database, cipher, DAY, clock=clock)
        self.inbox = DatabaseInbox(database, cipher, clock=clock)
        file = WithdrawnFile(tmp_path / f"{id(database)}.json")
        self.records = DatabaseRecords(database, cipher, file, DAY, clock=clock)
        self.reports = DatabaseReports(database, clock=clock)

    def seen(self) -> tuple:
        """What it gives."""
        records = self.records
        return (
            self.store.load("7", NOW),
            self.inbox.waiting(),
            self.inbox.look(),
            records.audit_log(),
            records.withdrawals(),
            records.approvals(),
            records.feedback(LONG_AGO),
            records.counts(LONG_AGO),
            records.unanswered(),
            self.reports.owed(),
        )


def test_everything_comes_along_and_counting_goes_on(pair, clock, tmp_path):
    """Conversations, what waits, what staff did, what was pressed and asked."""
    source, target = pair
    before = Everything(source, clock, tmp_path)
    before.store.save("7", SAID)
    before.inbox.apply([Taken(5, 7, b"five"), Taken(6, 8, b"six"), Done(6)])
    before.records.withdraw("desk", "1")
    before.records.approve("heat", "1", "Dr Example")
    before.records.add_feedback("helpful", articles=["heat"])
    before.records.count("answers", 3)
    before.records.consent("7", before.records.add_unanswered("7", "why?"))
    before.reports.owe(7, "rebuild", "G1")
    right = before.seen()
    assert set(source.read(_read)) == set(Base.metadata.tables.values())  # none is left out here
    assert carry_over(source, target) == 11
    after = Everything(target, clock, tmp_path)
    assert after.seen() == right
    assert after.store.load("7", NOW) == SAID
    assert before.seen() == right
    after.records.audit("2", "rebuild")
    after.records.approve("cold", "2")
    after.records.add_feedback("helpful")
    assert [entry.who for entry in after.records.audit_log()] == ["2", "2", "1", "1"]
    assert len(after.records.feedback(LONG_AGO)) == 2


def test_a_database_that_holds_something_is_not_written_over(pair, clock, tmp_path):
    """Neither half nor whole."""
    source, target = pair
    for database, key in ((source, "7"), (target, "8")):
        Everything(database, clock, tmp_path).store.save(key, SAID)
    with pytest.raises(StateError, match="not empty"):
        carry_over(source, target)
    assert Everything(target, clock, tmp_path).store.load("7", NOW) == Conversation()
    assert Everything(target, clock, tmp_path).store.load("8", NOW) == SAID


def test_an_empty_database_is_carried_over_too(pair):
    """Nothing is there yet, and the tables are made."""
    source, target = pair
    assert carry_over(source, target) == 0
    assert target.examine().is_current
