"""The whole program over real HTTP: real rules, real encoder, real index, a small corpus."""

from __future__ import annotations

import asyncio
import shutil
import time

import pytest

from backbot.bot import offers
from backbot.bot.app import BotOptions, run_bot
from backbot.bot.options import Around
from backbot.model import Conversation
from backbot.settings import load_settings
from backbot.wiring import Program
from bot.bot_api_server import TOKEN

pytestmark = pytest.mark.model

ARTICLE = """---
title: Tight hamstrings
questions: [why do tight hamstrings hurt my back]
---
Hamstrings are the muscles at the back of the thighs.

## Why tight hamstrings hurt
Tight hamstrings pull on the pelvis and strain the lower back. The strain can cause spasms.

## How often to stretch
Stretch the hamstrings five times a day & hold for 30 seconds.
"""
HEAT = """---
title: Heat and cold
questions: [does heat help a stiff back]
---
## Heat
Heat relaxes a stiff back.

## Cold
Cold packs bring swelling down.
"""
ADMIN = 7


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    """A clinic's folder with two articles, and settings that name an admin."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "hamstrings.md").write_text(ARTICLE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKBOT_ADMIN_IDS", str(ADMIN))
    monkeypatch.setenv("BACKBOT_COUNTRY", "GB")
    yield tmp_path
    while OPENED:
        OPENED.pop().close()


OPENED: list[Program] = []


def opened() -> Program:
    """A program over the current folder, closed with the test."""
    OPENED.append(Program(load_settings()))
    return OPENED[-1]


async def _running(server, program):
    stop = asyncio.Event()
    options = BotOptions(token=TOKEN, api_url=server.url, poll_timeout_s=2)
    return stop, asyncio.create_task(run_bot(program.handler(), options, stop))


async def test_a_person_gets_a_cited_answer_and_a_warning_first(server, clinic):
    """A typed question, then a nerve sign: the warning is its own first message."""
    program = opened()
    program.rebuild()
    stop, task = await _running(server, program)
    await server.write("why do tite hamstrings hurt my back??", chat=9)
    (answer,) = await server.messages(1, chat=9)
    assert "Tight hamstrings pull on the pelvis and strain the lower back." in answer.text
    assert "not yet reviewed by a clinician" in answer.text
    await server.write("my foot has gone numb, how often should i stretch hamstrings?", chat=9)
    _, warning, second = await server.messages(3, chat=9)
    assert warning.text.startswith("⚠️")
    assert "five times a day & hold" in second.text
    await server.write("now i cant pee", chat=9)
    messages = await server.messages(4, chat=9)
    assert messages[3].text.startswith("🚨")
    assert "999" in messages[3].text
    await server.write("does heat help?", chat=9)
    messages = await server.messages(5, chat=9)
    assert messages[4].text.startswith("🚨")
    stop.set()
    await asyncio.wait_for(task, 10)
    assert server.refusals == []


async def test_without_an_index_warnings_still_go_out_and_rebuild_brings_answers(server, clinic):
    """Nothing is built yet; an admin builds it from the chat, beside the running bot."""
    program = opened()
    stop, task = await _running(server, program)
    await server.write("why do tight hamstrings hurt?", chat=9)
    (no_index,) = await server.messages(1, chat=9)
    assert "can't reach my articles" in no_index.text
    await server.write("wet myself and my back hurts", chat=9)
    warning = (await server.messages(2, chat=9))[1]
    assert warning.text.startswith("🚨")
    await server.write("/rebuild", chat=9, user=9)
    refused = (await server.messages(3, chat=9))[2]
    assert "only for the clinic's staff" in refused.text
    await server.write("/rebuild", chat=ADMIN, user=ADMIN)
    (done,) = await server.messages(1, chat=ADMIN)
    await server.until(lambda: "Published generation" in done.text, 20)
    assert "old one meanwhile" in done.edits[0]
    (clinic / "corpus" / "heat-and-cold.md").write_text(HEAT, "utf-8")
    await server.write("/rebuild", chat=ADMIN, user=ADMIN)
    again = (await server.messages(2, chat=ADMIN))[1]
    await server.until(lambda: "New: heat-and-cold" in again.text, 20)
    await asyncio.sleep(1.1)
    await server.write("does heat help a stiff back", chat=ADMIN, user=ADMIN)
    answer = (await server.messages(3, chat=ADMIN))[2]
    assert "Heat relaxes a stiff back." in answer.text
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_a_broken_engine_gives_the_safety_net_and_no_advice(server, clinic, monkeypatch):
    """By injection: where triage itself fails, nothing is advised."""
    from backbot.triage import engine

    program = opened()
    program.rebuild()

    def broken(*_args, **_more):
        raise RuntimeError("injected")

    monkeypatch.setattr(engine, "assess", broken)
    stop, task = await _running(server, program)
    await server.write("why do tight hamstrings hurt my back", chat=9)
    (failsafe,) = await server.messages(1, chat=9)
    assert "999" in failsafe.text
    assert "pelvis" not in failsafe.text
    stop.set()
    await asyncio.wait_for(task, 10)


def test_chats_share_what_more_would_show(clinic):
    """A thousand people with the same question do not hold a thousand copies of its passages."""
    program = opened()
    program.rebuild()
    replies = [
        program.assistant.reply("how often should I stretch hamstrings", Conversation(), 0.0)[0]
        for _ in range(2)
    ]
    one, other = (offers._more(reply) for reply in replies)
    assert one
    assert [id(extract) for extract in one] == [id(extract) for extract in other]


async def test_a_warning_says_what_it_read_and_can_be_called_misread(server, clinic, caplog):
    """The button logs rule ids for review, and lowers nothing."""
    program = opened()
    program.rebuild()
    caplog.set_level("INFO")
    stop, task = await _running(server, program)
    await server.write("my foot has gone numb", chat=9)
    warning = (await server.messages(1, chat=9))[0]
    assert "I read: “" in warning.text
    await server.press(warning.data("Not what I meant"), chat=9, message_id=warning.message_id)
    messages = await server.messages(3, chat=9)
    assert any("noted that for the people" in m.text for m in messages)
    assert "called misread, rules N-NUM-01" in caplog.text
    assert "foot" not in caplog.text
    await server.write("does heat help", chat=9)
    later = (await server.messages(4, chat=9))[3]
    assert later.text.startswith("⚠️")
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_the_country_of_the_person_decides_the_number(server, clinic):
    """The clinic is in Britain, the person in pain in India; a warning that is open stays so."""
    program = opened()
    program.rebuild()
    stop, task = await _running(server, program)
    await server.write("/country", chat=9)
    await server.write("/country the moon", chat=9)
    await server.write("/country india", chat=9)
    await server.write("my mother cannot pee since morning", chat=9)
    asked, unknown, set_now, warning = await server.messages(4, chat=9)
    assert "Which country is the person in pain in?" in asked.text
    assert "nothing has changed" in unknown.text
    assert "emergency number (India):\n☎️ 112" in set_now.text
    assert "112" in warning.text
    assert "999" not in warning.text
    assert "If you are not with them" in warning.text
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_a_broken_clinic_file_is_told_to_the_admins_and_disarms_nothing(
    server, clinic, monkeypatch
):
    """The packaged rules go on, also with the clock three years ahead; admins hear of it."""
    (clinic / "own.toml").write_text("[[message]]\nnonsense = 1\n", "utf-8")
    monkeypatch.setenv("BACKBOT_RULES_FILE", str(clinic / "own.toml"))
    program = opened()
    program.rebuild()
    handler = program.handler()
    handler._clock = lambda: time.time() + 3 * 365 * 86400
    server.chats.add(ADMIN)
    stop = asyncio.Event()
    options = BotOptions(token=TOKEN, api_url=server.url, poll_timeout_s=2)
    task = asyncio.create_task(run_bot(handler, options, stop))
    (notice,) = await server.messages(1, chat=ADMIN)
    assert "own.toml" in notice.text
    await server.write("i cannot pee and my back hurts", chat=9)
    (warning,) = await server.messages(1, chat=9)
    assert warning.text.startswith("🚨")
    stop.set()
    await asyncio.wait_for(task, 10)


async def test_what_goes_wrong_while_it_runs_is_told_to_admins_once(server, clinic, monkeypatch):
    """The clinic's own file is broken and mended, the index vanishes: an admin hears of each."""
    rules = clinic / "own.toml"
    number = '{ country = "GB", name = "Britain", number = "555", confidence = "A", checked = "" }'
    rules.write_text(f"number = [{number}]\n", "utf-8")
    monkeypatch.setenv("BACKBOT_RULES_FILE", str(rules))
    program = opened()
    program.rebuild()
    server.chats.add(ADMIN)
    stop = asyncio.Event()
    options = BotOptions(token=TOKEN, api_url=server.url, poll_timeout_s=2, trouble_every_s=0.1)
    around = Around(troubles=program.troubles)
    task = asyncio.create_task(run_bot(program.handler(), options, stop, around=around))
    await server.write("i cannot pee", chat=9)
    await server.messages(1, chat=9)
    rules.write_text("number = [ nonsense", "utf-8")
    (told,) = await server.messages(1, chat=ADMIN)
    assert "own.toml: is not valid TOML" in told.text
    assert "the last ones that could be read" in told.text
    shutil.move(clinic / "index", clinic / "elsewhere")
    (_, told) = await server.messages(2, chat=ADMIN)
    assert "The newest index cannot be served, but the one before" in told.text
    rules.write_text(f"number = [{number}]\n", "utf-8")
    await asyncio.sleep(0.5)
    assert len(server.texts(ADMIN)) == 2
    rules.write_text("", "utf-8")
    (*_, told) = await server.messages(3, chat=ADMIN)
    assert "own.toml: is empty" in told.text
    await server.write("i cannot pee", chat=8)
    (warning,) = await server.messages(1, chat=8)
    assert "555" in warning.text
    stop.set()
    await asyncio.wait_for(task, 10)
