"""Open warnings survive restarts, faults and lost keys; words are never written in the clear."""

from __future__ import annotations

import random
import signal
import threading
import time
from dataclasses import replace

import pytest

from backbot.model import Conversation, OpenConcept, Tier, TriageState
from backbot.state.memory import LONGEST_WINDOW_S
from backbot.triage.engine import assess
from state.conftest import DAY, HOUR, KEY, NOW, started

OTHER_KEY = "another-key-of-more-than-thirty-two-letters"
WORDS = "my zebra leg has gone numb"
EMERGENCY = TriageState(
    open_tier=Tier.EMERGENCY,
    opened_at=NOW - 60,
    concepts=(OpenConcept("saddle_numbness", NOW - 60), OpenConcept("back_pain", NOW - 90.5)),
    template="emergency",
    full_sent_at=NOW - 60,
    seen=True,
    asked=True,
    previous="leg,foot",
    language="de",
    cleared=True,
    asked_change=True,
    asked_crisis=True,
    recent=WORDS,
    recent_at=NOW,
    recent_signs=True,
)
SAID = Conversation(EMERGENCY, ("hello", WORDS), ("desk#1",), NOW, "GB")
WORDLESS = replace(SAID, triage=replace(EMERGENCY, recent=""), turns=(), cited=())


WORDS_KEPT = "SELECT words FROM conversations"


# --------------------------------------------------------------------------- restarts


def test_a_restart_keeps_the_whole_conversation(store):
    """With a key, to the last field."""
    store().save("7", SAID)
    assert store().load("7", NOW) == SAID
    assert store().load("8", NOW) == Conversation()


def test_without_a_key_a_restart_keeps_all_but_the_words(store, on_disk):
    """The warning, its signs and times, the country; what was written stays in memory."""
    before = store(key="")
    before.save("7", SAID)
    assert before.load("7", NOW) == SAID
    assert store(key="").load("7", NOW) == WORDLESS
    assert b"zebra" not in on_disk()


def test_words_are_encrypted_on_the_disk(store, on_disk):
    """And with them which signs were told."""
    store().save("7", SAID)
    written = on_disk()
    for clear in (b"zebra", b"saddle_numbness", b"desk#1", b"hello"):
        assert clear not in written


def test_a_turn_that_opens_nothing_is_written_by_the_thread(store):
    """Nobody waits for it, and a restart has it all the same."""
    first = store()
    first.start()
    question = Conversation(turns=("why is my back stiff?",), updated_at=NOW)
    first.save("7", question)
    deadline = time.monotonic() + 20
    while first._unwritten and time.monotonic() < deadline:
        time.sleep(0.02)
    assert store().load("7", NOW) == question


def test_a_conversation_without_a_date_is_dated(store):
    """Otherwise an open warning would look expired at once."""
    store().save("7", Conversation(triage=EMERGENCY))
    assert store().load("7", NOW).triage.open_tier is Tier.EMERGENCY


def test_many_threads_save_and_each_is_kept(store):
    """As the bot's threads do."""
    first = store()
    threads = [
        threading.Thread(target=lambda n=n: first.save(str(n), replace(SAID, country=f"{n}")))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = store()
    assert [again.load(str(n), NOW).country for n in range(20)] == [str(n) for n in range(20)]


def test_what_is_saved_while_it_is_being_written_is_written_too(store, database):
    """A newer conversation is never taken for the one that was written."""
    older = Conversation(turns=("a",), updated_at=NOW)
    newer = Conversation(turns=("a", "b"), updated_at=NOW + 1)
    first = store(database=database)
    first.load("7", NOW)
    first.save("7", older)

    def written(puts) -> None:
        first.save("7", newer)
        first._written(puts)

    database.write(first._put, committed=written)
    assert store().load("7", NOW + 1) == older
    assert first.load("7", NOW + 1) == newer
    assert first.flush() == 0
    assert store().load("7", NOW + 1) == newer


# --------------------------------------------------------------------------- periods


def test_words_end_with_the_retention_period_and_the_warning_stays(
    store, clock, ask, on_disk, url
):
    """Of an SQLite file on the disk too, once purged."""
    first = store()
    first.save("7", SAID)
    words = ask(WORDS_KEPT)
    first._database.checkpoint()
    assert words
    assert words in on_disk()
    clock.advance(DAY)
    later = store()
    assert later.load("7", clock.now) == WORDLESS
    assert later.purge() == 1
    later._database.checkpoint()
    assert ask(WORDS_KEPT) is None
    if url.startswith("sqlite"):
        assert words not in on_disk()
    assert store().load("7", clock.now) == WORDLESS


def test_the_warning_ends_with_its_window(store, clock, ask):
    """Nothing of the person is left."""
    store().save("7", SAID)
    clock.advance(LONGEST_WINDOW_S)
    later = store()
    assert later.load("7", clock.now) == Conversation()
    assert later.purge() == 1
    later._database.checkpoint()
    assert ask("SELECT count(*) FROM conversations") == 0


def test_a_talk_without_a_warning_ends_with_the_retention_period(store, clock):
    """No row is kept for nothing."""
    first = store()
    first.save("7", Conversation(turns=("hello",), updated_at=NOW))
    first.flush()
    clock.advance(DAY - 1)
    assert store().purge() == 0
    clock.advance(1)
    assert store().purge() == 1


def test_a_chosen_country_outlives_the_words(store, clock):
    """The number to call is right a day later."""
    first = store()
    first.save("7", Conversation(turns=("hello",), updated_at=NOW, country="NZ"))
    clock.advance(2 * DAY)
    assert first.load("7", clock.now) == Conversation(updated_at=NOW, country="NZ")
    assert store().load("7", clock.now) == Conversation(updated_at=NOW, country="NZ")


def test_a_clinics_longer_window_is_kept(store, clock):
    """`BACKBOT_RULES_FILE` may set one."""
    store(window_s=400 * HOUR).save("7", SAID)
    clock.advance(300 * HOUR)
    assert store(window_s=400 * HOUR).load("7", clock.now).triage.open_tier is Tier.EMERGENCY


async def test_memory_forgets_people_who_never_come_back(store, clock):
    """The sweep drops words, then all."""
    first = store()
    first.save("7", SAID)
    clock.advance(DAY)
    await first._sweep()
    assert first._kept["7"].conversation == WORDLESS
    clock.advance(LONGEST_WINDOW_S)
    await first._sweep()
    assert len(first) == 0


def test_memory_is_bounded_and_the_database_has_the_rest(store):
    """The one untouched for longest leaves memory first."""
    first = store(max_conversations=3)
    for number in range(6):
        first.save(str(number), replace(SAID, country=str(number)))
    assert len(first) == 3
    assert first.load("0", NOW).country == "0"


# --------------------------------------------------------------------------- keys


def test_a_wrong_key_leaves_at_least_the_nerve_warning_open(store):
    """The tier stands beside what is encrypted: an emergency stays an emergency."""
    first = store()
    first.save("1", SAID)
    first.save("2", Conversation(turns=("hello",), updated_at=NOW - 60))
    first.flush()
    for key in (OTHER_KEY, ""):
        later = store(key=key)
        emergency, talk = later.load("1", NOW).triage, later.load("2", NOW).triage
        assert (emergency.open_tier, emergency.opened_at) == (Tier.EMERGENCY, NOW - 60)
        assert (talk.open_tier, talk.opened_at) == (Tier.NERVE, NOW - 60)
        assert later.load("3", NOW) == Conversation()
        assert assess("hello", talk, NOW).template == "nerve_short"
        told = later.notices()
        assert len(told) == 1
        assert "2 of the last 2" in told[0]
        assert "BACKBOT_ENCRYPTION_KEY" in told[0]
        assert KEY not in told[0]
        assert OTHER_KEY not in told[0]


def test_who_writes_again_is_encrypted_with_the_new_key(store):
    """What cannot be read is replaced in time."""
    store().save("1", SAID)
    later = store(key=OTHER_KEY)
    later.save("1", replace(later.load("1", NOW), turns=("again",)))
    later.flush()
    assert later.notices() == ()
    assert store(key=OTHER_KEY).load("1", NOW).turns == ("again",)


def test_keys_are_changed_without_losing_anything(store):
    """The first encrypts, all decrypt."""
    store(key=KEY).save("1", SAID)
    both = store(key=f"{OTHER_KEY}, {KEY}")
    assert both.load("1", NOW) == SAID
    assert both.notices() == ()
    both.save("1", replace(SAID, country="DE"))
    assert store(key=OTHER_KEY).load("1", NOW) == replace(SAID, country="DE")


def test_a_key_that_is_set_later_reads_what_was_written_without(store):
    """Nobody is treated as unknown for it."""
    store(key="").save("1", SAID)
    assert store().load("1", NOW) == WORDLESS
    assert store().notices() == ()


@pytest.mark.parametrize(
    "state",
    [b"", b"0", b"1\xff\xff", b"0{}", b'0{"v": 99}'],
)
@pytest.mark.parametrize("tier", [0, 2, 9, -3])
def test_a_damaged_row_never_raises_and_counts_as_a_warning(store, ask, state, tier):
    """Neither empty, nor half, nor from a newer version, nor with a tier that is none."""
    store().save("1", SAID)
    ask("UPDATE conversations SET state=:state, open_tier=:tier", state=state, tier=tier)
    kept = store().load("1", NOW)
    assert kept.triage.open_tier >= max(Tier.NERVE, Tier(min(max(tier, 0), 3)))
    assert kept.turns == ()


# --------------------------------------------------------------------------- faults


def test_an_unknown_person_has_a_nerve_warning_while_nothing_can_be_read(store, broken):
    """The safety net goes with every reply, and no text about signs that nobody told."""
    broken()
    first = store()
    kept = first.load("7", NOW)
    assert kept.triage.open_tier is Tier.NERVE
    assert assess("hello", kept.triage, NOW).template == "nerve_short"
    assert first.load("7", NOW + 1) == kept  # the handler compares before it saves


def test_a_warning_opened_meanwhile_is_kept_in_memory_and_written_later(store, broken):
    """Still sent, kept, tried again."""
    fault = broken()
    first = store()
    first.load("7", NOW)
    first.save("7", SAID)
    assert first.load("7", NOW) == SAID
    assert first.flush() == 1
    fault.mend()
    assert first.flush() == 0
    assert store().load("7", NOW).triage.open_tier is Tier.EMERGENCY


def test_the_thread_writes_by_itself_once_it_can(store, broken, caplog):
    """Nobody has to call anything."""
    fault = broken()
    first = store(retry_s=0.05)
    first.start()
    first.load("7", NOW)
    first.save("7", SAID)
    time.sleep(0.3)
    fault.mend()
    deadline = time.monotonic() + 20
    while first._unwritten and time.monotonic() < deadline:
        time.sleep(0.05)
    assert store().load("7", NOW).triage.open_tier is Tier.EMERGENCY
    assert caplog.text.count("are kept in memory for now") == 1
    assert "in the database again" in caplog.text
    assert "zebra" not in caplog.text


def test_admins_are_told_that_a_database_takes_nothing(store, broken):
    """A full disk can still be read: without this, /status would call all well."""
    fault = broken()
    first = store()
    first.load("7", NOW)
    first.save("7", SAID)
    assert first.flush() == 1
    fault.mend()
    first._left_alone_until = time.monotonic() + 60
    (told,) = first.notices()
    assert "not written to" in told
    first._left_alone_until = 0.0
    assert first.flush() == 0
    assert first.notices() == ()


def test_the_assumed_warning_ends_when_the_database_knows_of_none(store, broken):
    """Nobody gets a week of warnings for a disk's hiccup."""
    fault = broken()
    first = store()
    talk = replace(first.load("7", NOW), turns=("hello",), updated_at=NOW)
    first.save("7", talk)
    fault.mend()
    after = first.load("7", NOW + 1)
    assert after.triage.open_tier is Tier.NONE
    assert after.turns == ("hello",)
    assert store().load("7", NOW + 1) == after


def test_what_the_database_knows_wins_over_the_assumption(store, broken):
    """An emergency that was open before the fault is open after it."""
    store().save("7", SAID)
    fault = broken()
    first = store()
    first.save("7", replace(first.load("7", NOW), turns=("thanks",), updated_at=NOW + 1))
    fault.mend()
    after = first.load("7", NOW + 2)
    assert after.triage.open_tier is Tier.EMERGENCY
    assert after.triage.seen
    assert after.turns == ("hello", WORDS, "thanks")
    assert after.country == "GB"


def test_a_sign_told_meanwhile_is_never_merged_away(store, broken):
    """Neither by an empty database nor by a lower warning, even within the same second."""
    lower = TriageState(Tier.NERVE, NOW - 50, (OpenConcept("tingling", NOW - 50),), seen=True)
    store().save("known", Conversation(lower, updated_at=NOW))
    fault = broken()
    first = store()
    for key in ("known", "unknown"):
        told = assess("my bum has gone numb and i cant pee", first.load(key, NOW).triage, NOW)
        first.save(key, Conversation(triage=told.state, updated_at=NOW))
        nerve = f"{key}-nerve"
        told = assess("my foot has gone numb", first.load(nerve, NOW).triage, NOW)
        first.save(nerve, Conversation(triage=told.state, updated_at=NOW))
    fault.mend()
    for key in ("known", "unknown"):
        after = first.load(key, NOW).triage
        assert after.open_tier is Tier.EMERGENCY
        assert not after.seen
        assert first.load(f"{key}-nerve", NOW).triage.open_tier is Tier.NERVE
    concepts = {each.concept for each in first.load("known", NOW).triage.concepts}
    assert "tingling" in concepts
    assert first.flush() == 0


def test_a_held_lock_delays_a_warning_by_no_more_than_told(store, held):
    """Another process writes and does not finish: the reply goes out, the row follows."""
    first = store(wait_s=0.2, retry_s=30.0)
    first.load("7", NOW)
    with held():
        begin = time.monotonic()
        for number in range(10):
            first.save("7", replace(SAID, country=str(number)))
            first.save("8", SAID)
        first.save("7", SAID)
        assert time.monotonic() - begin < 1
        assert first.load("7", NOW) == SAID
    assert first.flush() == 0
    assert store().load("8", NOW) == SAID


def test_notices_say_that_the_database_fails(store, broken, url):
    """What it means for people, and what to do."""
    broken()
    (told,) = store().notices()
    what = "no SQLite database" if url.startswith("sqlite") else "no database of that name"
    assert what in told
    assert "nerve warning" in told


# --------------------------------------------------------------------------- forgetting


def test_forget_drops_at_once_from_memory_and_disk(store, on_disk, ask, url):
    """Of an SQLite file even from the write-ahead log; twice is no error."""
    first = store(key="")
    first.save("7000123456", SAID)
    assert b"7000123456" in on_disk()
    first.forget("7000123456")
    first.forget("7000123456")
    assert first.load("7000123456", NOW) == Conversation()
    assert ask("SELECT count(*) FROM conversations") == 0
    if url.startswith("sqlite"):
        assert b"7000123456" not in on_disk()
    assert store(key="").load("7000123456", NOW) == Conversation()


@pytest.mark.parametrize("key", ["", KEY])
def test_forget_takes_the_persons_questions_along(store, records, key):
    """Those that are kept for staff, written or not yet, or in memory only."""
    kept = records(key=key)
    kept.add_unanswered("7", "what of my zebra?")
    kept.add_unanswered("8", "and mine?")
    first = store(on_forget=kept.forget)
    first.save("7", SAID)
    first.forget("7")
    assert [question.text for question in kept.unanswered()] == ["and mine?"]


def test_forget_is_made_up_for_when_the_database_fails(store, records, broken):
    """Nothing comes back from the disk later."""
    kept = records()
    kept.add_unanswered("7", "what of my zebra?")
    kept.flush()
    store().save("7", SAID)
    fault = broken()
    first = store()
    first.forget("7")
    assert first.load("7", NOW) == Conversation()
    fault.mend()
    assert first.flush() == 0
    assert store().load("7", NOW) == Conversation()
    assert records().unanswered() == ()


def test_what_is_said_after_forget_is_kept_and_the_old_is_gone(store, broken):
    """Also where the deletion had to wait."""
    store().save("7", SAID)
    fault = broken()
    first = store()
    first.forget("7")
    new = Conversation(turns=("a new start",), updated_at=NOW)
    first.save("7", new)
    fault.mend()
    assert first.flush() == 0
    assert store().load("7", NOW) == new


# --------------------------------------------------------------------------- kill -9

WRITER = """
import time
from backbot.model import Conversation, OpenConcept, Tier, TriageState
from backbot.state.cipher import Cipher
from backbot.state.conversations import DatabaseConversationStore
from backbot.state.database import Database
url, key, first, now = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
store = DatabaseConversationStore(
    Database(url), Cipher.of(key), 86400.0, wait_s=30.0
)
store.start()
for number in range(first, first + 100_000):
    at = now + number
    triage = TriageState(Tier.URGENT, at, (OpenConcept("tingling", at),), template="urgent")
    store.save(str(number % 50), Conversation(triage, ("hello",) * 4, updated_at=at))
    print(number, flush=True)
"""


def test_killed_while_it_writes_nothing_told_as_written_is_lost(store, url):
    """`kill -9` several times over: the database is sound and has every acknowledged warning."""
    chance = random.Random(11)
    first, acknowledged = 0, {}
    for _ in range(4):
        process = started(WRITER, url, KEY, first, NOW)
        lines = [process.stdout.readline()]
        killer = threading.Timer(0.2 + 0.5 * chance.random(), process.kill)
        killer.start()
        lines += process.stdout.readlines()
        assert process.wait(30) == -signal.SIGKILL, process.stderr.read()
        process.communicate()
        killer.join()
        numbers = [int(line) for line in lines if line.endswith("\n")]
        assert len(numbers) > 3
        acknowledged |= {str(number % 50): NOW + number for number in numbers}
        first = numbers[-1] + 2
        later = store()
        assert later._database.examine().is_current
        for key, at in acknowledged.items():
            assert later.load(key, NOW + first).triage.opened_at >= at


# --------------------------------------------------------------------------- several at once


def test_several_who_are_expected_are_read_in_one_go(store, database, monkeypatch):
    """Those the database knows, and those it does not; nothing is asked again."""
    before = store()
    for key in ("7", "8"):
        before.save(key, SAID)
    again = store(database=database)
    reads = []
    read = type(database).read
    monkeypatch.setattr(
        type(database),
        "read",
        lambda self, work, **options: reads.append(1) or read(self, work, **options),
    )
    again.expect(["7", "8", "9", "7"], NOW)
    assert [again.load(key, NOW) for key in ("7", "8", "9")] == [SAID, SAID, Conversation()]
    again.expect(["7", "8", "9"], NOW)
    assert len(reads) == 1


def test_what_is_expected_never_takes_the_place_of_what_is_known(store):
    """What is in memory is the newest there is."""
    before = store()
    before.save("7", SAID)
    again = store()
    newer = replace(SAID, turns=("something else",), updated_at=NOW + 1)
    again.save("7", newer)
    again.expect(["7"], NOW + 1)
    assert again.load("7", NOW + 1) == newer


def test_where_nothing_can_be_read_nobody_who_is_expected_counts_as_new(store, broken):
    """They are treated as having a warning open, as anybody is then."""
    store().save("7", SAID)
    fault = broken()
    later = store(retry_s=60.0)
    later.expect(["7", "8"], NOW)
    assert later.load("7", NOW).triage.open_tier is Tier.NERVE
    assert later.load("8", NOW).triage.open_tier is Tier.NERVE
    fault.mend()


def test_a_warning_does_not_wait_for_what_nobody_waits_for(store, ask):
    """It alone is on the disk when `save` returns; the rest follows."""
    before = store()
    before.save("8", Conversation(turns=("hello",), updated_at=NOW))
    before.save("7", SAID)
    assert ask("SELECT count(*) FROM conversations") == 1
    assert ask("SELECT max(key) FROM conversations") == "7"
    assert before.flush() == 0
    assert ask("SELECT count(*) FROM conversations") == 2
