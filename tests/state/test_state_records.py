"""What staff did, what people pressed, what was not answered."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from backbot.errors import StateError
from backbot.model import Approval, AuditEntry, Feedback, Withdrawal
from backbot.ports import Records
from backbot.state.records import LOOK_S
from backbot.state.schema import CONSENTED_DAYS, FEEDBACK_DAYS
from state.conftest import DAY, NOW, started

TODAY = datetime.fromtimestamp(NOW, UTC).date()
LONG_AGO = date(2000, 1, 1)


def test_they_are_the_port(records):
    """What the bot is given satisfies what it asks for."""
    port: Records = records()
    assert port.withdrawn() == frozenset()


# --------------------------------------------------------------------------- audit


def test_the_audit_log_is_read_newest_first(records):
    """Who, what, to what, when."""
    first = records()
    first.audit("1", "rebuild", "20270101T000000000Z-0a0a0a0a", "2 articles changed")
    first.audit("2", "rollback")
    assert records().audit_log() == (
        AuditEntry(NOW, "2", "rollback"),
        AuditEntry(NOW, "1", "rebuild", "20270101T000000000Z-0a0a0a0a", "2 articles changed"),
    )
    assert len(first.audit_log(limit=1)) == 1


@pytest.mark.parametrize(
    "change", ["UPDATE audit SET who='3'", "DELETE FROM audit", "DELETE FROM audit WHERE id=1"]
)
def test_the_audit_log_is_only_added_to(records, database, change):
    """The database itself refuses, whoever asks."""
    first = records(database=database)
    first.audit("1", "rebuild")

    async def work(connection) -> None:
        await connection.execute(text(change))

    with pytest.raises(StateError):
        database.write(work)
    assert [entry.who for entry in first.audit_log()] == ["1"]


def test_characters_that_no_database_takes_lose_no_line(records):
    """Half a surrogate pair and NUL can be typed; so can very long names."""
    first = records()
    first.audit("A\0nn \ud83d", "write" * 50, "x" * 500, "why\0 \ud83d" + "y" * 5000)
    first.approve("desk", "\0\ud83d", "Dr\0 Example")
    newest, oldest = records().audit_log()
    assert (oldest.who, oldest.detail[:5]) == ("Ann ?", "why ?")
    assert newest.detail == "reviewed by Dr Example"


AUDITOR = """
from backbot.state.cipher import Cipher
from backbot.state.database import Database
from backbot.state.records import DatabaseRecords
from backbot.state.withdrawn import WithdrawnFile
from pathlib import Path
url, path, who = sys.argv[1:]
database = Database(url)
records = DatabaseRecords(database, Cipher(), WithdrawnFile(Path(path + ".json")), 1.0)
for _ in range(40):
    records.audit(who, "write")
    records.count("tier:nerve")
records.flush()
database.close()
"""


def test_processes_that_write_together_lose_nothing(records, url, path):
    """Lines and counters of all of them, from the first start on."""
    processes = [started(AUDITOR, url, path, who) for who in "abc"]
    for process in processes:
        _, err = process.communicate(timeout=90)
        assert (process.returncode, err) == (0, "")
    entries = records().audit_log(limit=1000)
    assert sorted(entry.who for entry in entries) == sorted("abc" * 40)
    assert records().counts(LONG_AGO) == {"tier:nerve": 120}


# --------------------------------------------------------------------------- withdrawn


def test_a_withdrawn_article_is_out_at_once_and_after_a_restart(records):
    """Until it is restored; both are in the audit log, once."""
    first = records()
    assert first.withdraw("desk", "1")
    assert not first.withdraw("desk", "2")
    assert first.withdrawn() == {"desk"}
    again = records()
    assert again.withdrawn() == {"desk"}
    assert again.withdrawals() == (Withdrawal("desk", "1", NOW),)
    assert again.restore("desk", "3")
    assert not again.restore("desk", "3")
    assert again.withdrawn() == frozenset()
    assert [(entry.who, entry.action) for entry in again.audit_log()] == [
        ("3", "restore"),
        ("1", "withdraw"),
    ]


def test_other_processes_see_it_within_five_seconds(records):
    """In both directions, without a restart."""
    bot, command_line = records(), records()
    assert bot.withdrawn() == frozenset()
    for change, right in ((command_line.withdraw, {"desk"}), (command_line.restore, set())):
        assert change("desk", "somebody")
        begin = time.monotonic()
        while bot.withdrawn() != right:
            assert time.monotonic() - begin < 5
            time.sleep(0.05)
    assert LOOK_S <= 4


def test_asking_what_is_withdrawn_costs_next_to_nothing(records):
    """It is asked for every question."""
    first = records()
    first.withdrawn()
    begin = time.perf_counter()
    for _ in range(1000):
        first.withdrawn()
    assert time.perf_counter() - begin < 0.1


def test_a_database_that_cannot_be_read_brings_no_article_back(records, broken):
    """The last that was known counts, in a file beside it."""
    records().withdraw("desk", "1")
    broken()
    after = records()
    assert after.withdrawn() == {"desk"}
    time.sleep(0.2)  # the thread has looked, in vain
    assert after.withdrawn() == {"desk"}
    with pytest.raises(StateError):
        after.withdraw("heat", "1")


def test_a_damaged_file_leaves_the_last_that_was_known(records, path):
    """And is made again from the database."""
    first = records()
    first.withdraw("desk", "1")
    file = path.parent / "withdrawn.json"
    for damage in ("", "[", "7", '{"withdrawn": 7}', '{"other": []}'):
        file.write_text(damage)
        assert records()._file.read() == frozenset()
    first.withdrawals()
    assert first._file.read() == {"desk"}
    assert json.loads(file.read_text()) == {"withdrawn": ["desk"]}


# --------------------------------------------------------------------------- approvals


def test_an_approval_names_approver_and_reviewer_apart(records):
    """Approving is no clinical review."""
    first = records()
    first.approve("desk", "1", "Dr Example")
    first.approve("heat", "2")
    assert records().approvals() == (
        Approval("heat", "2", "", NOW),
        Approval("desk", "1", "Dr Example", NOW),
    )
    assert first.approvals("desk") == (Approval("desk", "1", "Dr Example", NOW),)
    assert first.audit_log()[0].detail == "reviewed by nobody"


# --------------------------------------------------------------------------- pressed


def test_feedback_keeps_the_day_and_no_person(records, path):
    """Which articles or rules it was about."""
    first = records()
    first.add_feedback("helpful", articles=["desk", "heat"])
    first.add_feedback("misread", rules=["N-NUM-01"])
    right = (
        Feedback("helpful", TODAY, articles=("desk", "heat")),
        Feedback("misread", TODAY, rules=("N-NUM-01",)),
    )
    assert first.feedback(TODAY) == right
    assert records().feedback(LONG_AGO) == right
    assert first.feedback(TODAY + timedelta(days=1)) == ()


def test_counters_add_up_over_days_and_restarts(records, clock):
    """From a day on."""
    first = records()
    for name in ("answers", "answers", "tier:nerve"):
        first.count(name)
    first.flush()
    clock.advance(DAY)
    again = records()
    again.count("answers", 3)
    assert again.counts(TODAY) == {"answers": 5, "tier:nerve": 1}
    assert again.counts(TODAY + timedelta(days=1)) == {"answers": 3}


@pytest.mark.parametrize("name", ["my leg is numb", "", "x" * 65, "Häuser", "a\nb"])
def test_a_counter_never_carries_what_somebody_wrote(records, path, name):
    """A name of another shape is counted as other."""
    first = records()
    first.count(name)
    assert first.counts(LONG_AGO) == {"other": 1}


def test_the_thread_writes_what_was_noted(records):
    """Without anybody reading it."""
    first = records()
    first.count("answers")
    first.add_feedback("helpful")
    other = records()
    deadline = time.monotonic() + 20
    while not (other.counts(LONG_AGO) and other.feedback(LONG_AGO)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert other.counts(LONG_AGO) == {"answers": 1}
    assert len(other.feedback(LONG_AGO)) == 1


def test_what_happens_beside_an_answer_never_raises_and_never_waits(records, broken):
    """The database is broken, then mended: nothing was lost."""
    fault = broken()
    first = records()
    begin = time.monotonic()
    first.count("answers")
    first.add_feedback("helpful")
    first.add_unanswered("7", "what of my zebra?")
    first.withdrawn()
    assert time.monotonic() - begin < 0.5
    with pytest.raises(StateError):
        first.counts(LONG_AGO)
    fault.mend()
    assert first.counts(LONG_AGO) == {"answers": 1}
    assert len(first.feedback(LONG_AGO)) == 1
    assert len(first.unanswered()) == 1


def test_what_happens_beside_an_answer_never_raises_once_closed(records, database):
    """The program is ending."""
    first = records(database=database)
    database.close()
    first.count("answers")
    first.add_feedback("helpful")
    first.add_unanswered("7", "why?")
    assert first.withdrawn() == frozenset()


# --------------------------------------------------------------------------- not answered


def test_a_question_is_kept_for_staff_without_personal_details(records, on_disk, clock):
    """Newest first, encrypted on the disk."""
    first = records()
    first.add_unanswered("7", "can my zebra call you at 020 7946 0000?", reason="nothing found")
    clock.advance(1)
    first.add_unanswered("8", "why?", articles=["desk"])
    for kept in (first, records()):
        newest, oldest = kept.unanswered()
        assert (newest.text, newest.at, newest.articles) == ("why?", NOW + 1, ("desk",))
        assert (oldest.text, oldest.at) == ("can my zebra call you at [number]?", NOW)
        assert oldest.reason == "nothing found"
    first.flush()
    written = on_disk()
    assert b"zebra" not in written
    assert b"nothing found" not in written


def test_without_a_key_questions_are_in_memory_only(records, on_disk, opened):
    """Staff see them until the bot stops; the disk never does."""
    first = records(key="")
    question_id = first.add_unanswered("7", "what of my zebra?")
    assert [question.text for question in first.unanswered()] == ["what of my zebra?"]
    assert first.consent("7", question_id)
    assert first.unanswered()[0].consented
    opened().open()
    assert b"zebra" not in on_disk()
    assert records(key="").unanswered() == ()


@pytest.mark.parametrize("key", ["", "a-key-of-more-than-thirty-two-characters"])
def test_only_the_person_can_consent(records, key):
    """A forged button changes nothing."""
    first = records(key=key)
    question_id = first.add_unanswered("7", "why?")
    assert not first.consent("8", question_id)
    assert not first.consent("7", "0" * 16)
    assert not first.unanswered()[0].consented
    assert first.consent("7", question_id)
    assert first.unanswered()[0].consented


@pytest.mark.parametrize("key", ["", "a-key-of-more-than-thirty-two-characters"])
def test_a_question_ends_with_the_retention_period_unless_consented(records, clock, key):
    """With consent after half a year."""
    first = records(key=key)
    first.add_unanswered("7", "declined")
    first.consent("7", first.add_unanswered("7", "consented"))
    clock.advance(DAY)
    assert [question.text for question in first.unanswered()] == ["consented"]
    first.purge()
    clock.advance((CONSENTED_DAYS - 1) * DAY)
    assert first.unanswered() == ()
    assert first.purge() == (1 if key else 0)


def test_a_person_sees_and_forgets_only_their_own(records):
    """For /mydata and /forget."""
    first = records()
    for key in ("7", "8"):
        first.add_unanswered(key, f"from {key}")
    assert [question.text for question in first.of_person("7")] == ["from 7"]
    first.forget("7")
    assert first.of_person("7") == ()
    assert [question.text for question in records().unanswered()] == ["from 8"]


@pytest.mark.parametrize("key", ["", "a-key-of-more-than-thirty-two-characters"])
def test_staff_drop_what_they_have_dealt_with(records, key):
    """By id; unknown ids are no error."""
    first = records(key=key)
    done = first.add_unanswered("7", "done")
    first.add_unanswered("7", "open")
    assert first.drop_unanswered([done, "0" * 16]) == 1
    assert [question.text for question in first.unanswered()] == ["open"]


def test_a_question_of_a_lost_key_is_left_out(records):
    """And ends with its period."""
    first = records()
    first.add_unanswered("7", "why?")
    first.flush()
    assert records(key="another-key-of-more-than-thirty-two-letters").unanswered() == ()


def test_ids_fit_into_a_button_and_cannot_be_guessed(records):
    """64 random bits."""
    first = records()
    ids = {first.add_unanswered("7", "why?") for _ in range(50)}
    assert len(ids) == 50
    assert all(len(each) == 16 for each in ids)


# --------------------------------------------------------------------------- periods


def test_old_feedback_and_counters_are_purged_the_audit_log_never(records, clock):
    """A year and a month; what staff did stays."""
    first = records()
    first.add_feedback("helpful")
    first.count("answers")
    first.audit("1", "rebuild")
    first.approve("desk", "1")
    first.withdraw("desk", "1")
    first.flush()
    clock.advance(FEEDBACK_DAYS * DAY)
    assert first.purge() == 0
    clock.advance(DAY)
    assert first.purge() == 2
    assert first.counts(LONG_AGO) == {}
    assert len(first.audit_log()) == 3
    assert len(first.approvals()) == 1
    assert first.withdrawn() == {"desk"}


def test_a_folder_that_cannot_be_written_costs_no_answer(records, path):
    """The small file beside the database is only a help."""
    first = records()
    first.withdraw("desk", "1")
    (path.parent / "withdrawn.json").unlink()
    (path.parent / "withdrawn.json").mkdir()
    assert first.restore("desk", "1")
    assert first.withdrawn() == frozenset()
