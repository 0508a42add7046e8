"""Whoever asked for a rebuild hears of it, whatever kills the bot meanwhile."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time

import pytest

from backbot.bot.handlers import Handler
from backbot.bot.operations import Built, Operations, Served
from backbot.errors import IndexStoreError, StateError
from backbot.state.database import Database
from backbot.state.memory import MemoryConversationStore
from backbot.state.reports import DatabaseReports
from bot.bot_api_server import TOKEN
from bot.conftest import ADMIN, STAFF
from bot.fake_assistant import FakeAssistant

SCRIPT = textwrap.dedent("""
    import os, sys, time
    from pathlib import Path
    from bot.conftest import ADMIN
    from bot.fake_assistant import FakeAssistant
    from backbot.bot.app import BotOptions, main_loop
    from backbot.bot.handlers import Handler
    from backbot.bot.inbox import DurableInbox
    from backbot.bot.operations import Built, Operations, Served
    from backbot.bot.outbox import UNLIMITED
    from backbot.bot.sender import Backoff
    from backbot.state.cipher import Cipher
    from backbot.state.database import Database
    from backbot.state.inbox import DatabaseInbox
    from backbot.state.memory import MemoryConversationStore
    from backbot.state.reports import DatabaseReports

    url, folder, how = sys.argv[1:4]
    current = Path(folder, "current")
    database = Database(f"sqlite:///{folder}/backbot.db")

    def build(who, publish, progress):
        if how == "switch":
            current.write_text("G2")
        for n in range(0 if how == "quick" else 600):
            time.sleep(0.2)
            progress("testing", n, 600)
        return Built("Published generation G2: all is well.")

    operations = Operations(
        build=build,
        served=lambda: Served(current.read_text(), "12 articles."),
        reports=DatabaseReports(database),
    )
    handler = Handler(
        FakeAssistant(), MemoryConversationStore(60), admin_ids=frozenset({ADMIN}),
        operations=operations, edit_every_s=0.05,
    )
    options = BotOptions(
        os.environ["T"], url, poll_timeout_s=1, limits=UNLIMITED, backoff=Backoff(0.05, 0.2),
        drain_s=1,
    )
    main_loop(handler, options, inbox=DurableInbox(DatabaseInbox(database, Cipher.of("k" * 40))))
    database.close()
""")


@pytest.fixture
def start(server, tmp_path):
    """Start the bot as a process of its own; all are killed at the end."""
    (tmp_path / "current").write_text("G1")
    begun = []

    def another(how: str = "slow") -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path, "T": TOKEN}
        arguments = [sys.executable, "-c", SCRIPT, server.url, str(tmp_path), how]
        begun.append(subprocess.Popen(arguments, env=environment))
        return begun[-1]

    yield another
    for process in begun:
        process.kill()
        process.wait()


def told(server, words: str) -> list[str]:
    """The admin's messages with those words."""
    return [text for text in server.texts(ADMIN) if words in text]


async def killed_in_a_rebuild(server, start, how: str) -> None:
    """An admin asks for one, and the process dies in the middle of it."""
    process = start(how)
    await server.write("/rebuild", chat=ADMIN)
    await server.until(lambda: told(server, "testing the sample questions"), 30)
    process.kill()
    process.wait()


async def started_again(server, start, process) -> None:
    """A clean stop, and a start that has had the time to tell whatever is owed."""
    process.terminate()
    await asyncio.to_thread(process.wait, 20)
    start()
    await server.write("/help", chat=ADMIN)
    await server.until(lambda: told(server, "For admins"), 30)


async def test_a_rebuild_that_was_killed_is_told_at_the_next_start_and_once(server, start):
    """With the time it was asked for and what is served still; the start after is silent."""
    before = time.time()
    await killed_in_a_rebuild(server, start, "slow")
    process = start()
    await server.until(lambda: told(server, "cut short by a restart"), 30)
    (text,) = told(server, "cut short by a restart")
    hours = {time.strftime("%H:", time.gmtime(at)) for at in (before, time.time())}
    assert any(f"The rebuild you asked for at {hour}" in text for hour in hours)
    assert "UTC" in text
    assert "still answers from generation G1" in text
    assert "/rebuild" in text
    await started_again(server, start, process)
    assert len(told(server, "cut short")) == 1


async def test_a_stop_while_the_report_is_on_its_way_waits_for_it(server, start):
    """Telegram has it and its answer has not come: the start after is silent all the same."""
    await killed_in_a_rebuild(server, start, "slow")
    server.fault("sendMessage", "slow_after", chat=ADMIN, times=2)
    process = start()
    await server.until(lambda: told(server, "cut short by a restart"), 30)
    await started_again(server, start, process)
    assert len(told(server, "cut short")) == 1


async def test_a_rebuild_that_was_killed_after_the_switch_tells_its_result(server, start):
    """What is served now, what was served before, and what it holds."""
    await killed_in_a_rebuild(server, start, "switch")
    start()
    await server.until(lambda: told(server, "cut short its report"), 30)
    (text,) = told(server, "cut short its report")
    assert "from generation G2 now, before it was G1" in text
    assert "12 articles." in text


async def test_a_rebuild_that_a_clean_stop_cut_short_is_told_as_well(server, start):
    """The stop waits a while for it, not for ever."""
    process = start()
    await server.write("/rebuild", chat=ADMIN)
    await server.until(lambda: told(server, "testing the sample questions"), 30)
    process.terminate()
    await asyncio.to_thread(process.wait, 20)
    start()
    await server.until(lambda: told(server, "cut short by a restart"), 30)


async def test_a_rebuild_that_was_told_is_not_told_again(server, start):
    """The report was accepted: nothing is owed."""
    process = start("quick")
    await server.write("/rebuild", chat=ADMIN)
    await server.until(lambda: told(server, "all is well"), 30)
    await started_again(server, start, process)
    assert told(server, "cut short") == []


# ---------------------------------------------------------------------- without a process


def message(text: str, who: int = ADMIN) -> dict:
    """An update as Telegram sends it."""
    body = {"message_id": 1, "date": int(time.time()), "text": text}
    body |= {"chat": {"id": who, "type": "private"}, "from": {"id": who, "is_bot": False}}
    return {"update_id": 1, "message": body}


@pytest.fixture
def reports(tmp_path):
    """The table."""
    database = Database(f"sqlite:///{tmp_path}/b.db")
    yield DatabaseReports(database)
    database.close()


def handler(reports, **operations) -> Handler:
    """The real one, for one admin and one member of staff."""
    served = operations.pop("served", lambda: Served("G1", "12 articles."))
    return Handler(
        FakeAssistant(),
        MemoryConversationStore(60),
        admin_ids=frozenset({ADMIN}),
        staff_ids=frozenset({STAFF}),
        operations=Operations(served=served, reports=reports, **operations),
        edit_every_s=0.01,
    )


def owed(of: Handler) -> list[str]:
    """What it would tell at its start."""
    return [part.plain for each in of.owed() for part in each.parts]


def test_a_rollback_is_owed_while_it_runs_and_not_what_this_run_has_begun(reports):
    """A run tells what earlier ones left, never its own work."""
    seen = []

    def rollback(_who: str) -> str:
        seen.append((reports.owed()[0].what, owed(running)))
        return "Back to G0."

    running = handler(reports, rollback=rollback)
    parts = [part.plain for part in running.handle(message("/rollback"))]
    assert parts == ["Back to G0."]
    assert seen == [("rollback", [])]
    assert reports.owed() == ()


def test_a_rebuild_that_fails_is_told_and_owed_no_more(reports):
    """The reason is the report."""

    def build(*_: object) -> Built:
        raise IndexStoreError("The disk is full.")

    running = handler(reports, build=build)
    texts = [part.plain for part in running.handle(message("/rebuild"))]
    assert "disk is full" in texts[-1]
    assert reports.owed() == ()


def test_a_report_whose_sending_was_cut_off_is_owed(reports):
    """The iterator was never asked for what comes after the last message."""
    running = handler(reports, build=lambda *_: Built("Done."))
    rest = running.take(message("/rebuild")).rest
    while "Done." not in next(rest).plain:
        pass
    del rest
    assert len(owed(handler(reports))) == 1


def test_a_restart_with_no_index_in_service_says_so(reports):
    """There is no generation to name."""

    def served() -> Served:
        raise IndexStoreError("none")

    reports.owe(ADMIN, "rebuild", "")
    (text,) = owed(handler(reports, served=served))
    assert "no index is in service" in text


def test_a_build_after_an_approval_that_was_cut_short_is_told_to_admins_too(reports):
    """They would have been asked to publish it."""
    reports.owe(STAFF, "approval", "G0")
    found = [part for each in handler(reports).owed() for part in each.parts]
    assert [part.chat_id for part in found] == [ADMIN, STAFF]
    assert all("Not in service yet" in part.plain for part in found)


def test_without_a_database_a_rebuild_runs_all_the_same(reports, monkeypatch):
    """Only a restart would lose its report."""

    def fails(*_: object) -> int:
        raise StateError("The disk is full.")

    monkeypatch.setattr(reports, "owe", fails)
    running = handler(reports, build=lambda *_: Built("Done."))
    assert [part.plain for part in running.handle(message("/rebuild"))][-1] == "Done."
