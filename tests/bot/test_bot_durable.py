"""Nothing is lost and nothing is said twice, whatever kills the bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import sqlite3
import time
from collections import Counter
from dataclasses import replace

import pytest

from backbot.bot.app import run_bot
from backbot.bot.inbox import DurableInbox
from backbot.bot.lateness import ago, belated, lateness_of
from backbot.bot.parts import Part, Priority
from backbot.bot.presence import PresenceOptions
from backbot.errors import StateError
from backbot.state.cipher import Cipher
from backbot.state.database import Database
from backbot.state.inbox import DatabaseInbox
from bot.conftest import ADMIN
from bot.durable_bot import DurableBot

KEY = "k" * 40


@pytest.fixture
def opened(tmp_path):
    """An inbox over the same file, as after a restart."""
    databases = []

    def another(key: str = KEY) -> DurableInbox:
        databases.append(Database(f"sqlite:///{tmp_path}/var/backbot.db"))
        return DurableInbox(DatabaseInbox(databases[-1], Cipher.of(key)))

    yield another
    for database in databases:
        database.close()


def message(update_id: int, text: str, chat: int = 7, at: float | None = None):
    """An update as Telegram sends it."""
    body = {"message_id": update_id, "date": int(at or time.time()), "text": text}
    body |= {"chat": {"id": chat, "type": "private"}, "from": {"id": chat, "is_bot": False}}
    return {"update_id": update_id, "message": body}


def on_disk(tmp_path) -> bytes:
    """Everything in the database's files."""
    return b"".join(file.read_bytes() for file in (tmp_path / "var").iterdir())


# ---------------------------------------------------------------------- the inbox


async def test_an_update_is_on_the_disk_when_put_returns_and_known_afterwards(opened):
    """A second inbox over the same file sees it; its id is taken once, also after it is done."""
    inbox, update = opened(), message(5, "zebra")
    assert await inbox.put(5, update)
    (left,) = await opened().waiting()
    assert left.update == update
    assert left.readable
    assert not await inbox.put(5, message(5, "zebra"))
    await inbox.done(5)
    assert await opened().waiting() == []
    assert not await opened().put(5, message(5, "zebra"))


async def test_many_at_once_are_all_taken_and_a_double_is_taken_once(opened):
    """What is asked for while the disk is busy is written together."""
    inbox = opened()
    ids = [*range(200), *range(50)]
    first = await asyncio.gather(*(inbox.put(n, message(n, "x")) for n in ids))
    assert sum(first) == 200
    assert len(await inbox.waiting()) == 200


async def test_words_are_encrypted_and_gone_once_answered(opened, tmp_path):
    """With a key nobody reads them on the disk."""
    inbox = opened()
    await inbox.put(5, message(5, "zebra stripes"))
    assert b"zebra" not in on_disk(tmp_path)


async def test_without_a_key_words_are_there_until_answered_for_this_user_alone(opened, tmp_path):
    """A lost message would be worse; afterwards they are overwritten, in the log as well."""
    inbox = opened("")
    await inbox.put(5, message(5, "zebra stripes"))
    (left,) = await opened("").waiting()
    assert left.update["message"]["text"] == "zebra stripes"
    for file in (tmp_path / "var").iterdir():
        assert file.stat().st_mode & 0o077 == 0
    await inbox.done(5)
    inbox._table._database.checkpoint()
    assert b"zebra" not in on_disk(tmp_path)


async def test_an_update_that_could_not_be_written_is_remembered_once_it_is_done(opened):
    """The disk came back between taking and answering: delivered again, it is known."""
    inbox = opened()
    await inbox.done(9)
    assert not await inbox.put(9, message(9, "x"))


async def test_what_could_not_be_marked_done_is_as_soon_as_it_can_be(tmp_path):
    """Otherwise a restart days later would answer it again."""
    database = Database(f"sqlite:///{tmp_path}/b.db", busy_s=0.1)
    inbox = DurableInbox(DatabaseInbox(database, Cipher.of(KEY)), retry_s=0.05)
    await inbox.put(5, message(5, "x"))
    other = sqlite3.connect(tmp_path / "b.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError):
        await inbox.done(5)
    await asyncio.sleep(0.3)
    assert len(await inbox.waiting()) == 1
    other.execute("ROLLBACK")
    other.close()
    deadline = time.monotonic() + 10
    while await inbox.waiting():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    database.close()


async def test_a_database_that_hangs_holds_up_no_emergency(server, tmp_path):
    """Locked by another process: each message is answered from memory, and none twice later."""
    bot, chats = DurableBot(server.url, tmp_path), (7, 8, *range(20, 26))
    bot.start()
    try:
        await server.write("hello", chat=7)
        await server.messages(1, chat=7)
        with contextlib.closing(sqlite3.connect(bot.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for text in ("does heat help?", "why is my leg numb?", "does heat help?"):
                await server.write(text, chat=7)
            for chat in chats[2:]:
                await server.write("does heat help?", chat=chat)
            begin = time.monotonic()
            for chat in chats[:2]:
                await server.write("i cannot pee", chat=chat)
            await server.until(lambda: all("🚨" in str(server.texts(c)) for c in chats[:2]), 40)
            took = time.monotonic() - begin
        assert took < 10
        database = Database(f"sqlite:///{bot.path}")
        inbox = DatabaseInbox(database, Cipher.of(KEY))
        deadline = time.monotonic() + 40
        while server._updates or inbox.waiting():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
        database.close()
        said = [server.texts(chat) for chat in chats]
        assert await bot.stop() == 0
        bot.start()
        await server.write("hello", chat=30)
        await server.messages(1, chat=30)
        assert await bot.stop() == 0
        assert [server.texts(chat) for chat in chats] == said
    finally:
        bot.kill()


async def test_old_ids_are_forgotten_and_waiting_updates_never(tmp_path):
    """After two days; what is not answered stays however old it is."""
    now = [1000.0]
    database = Database(f"sqlite:///{tmp_path}/b.db")
    table = DatabaseInbox(database, Cipher.of(KEY), clock=lambda: now[0])
    inbox = DurableInbox(table)
    await inbox.put(1, message(1, "x"))
    await inbox.put(2, message(2, "x"))
    await inbox.done(1)
    now[0] += 49 * 3600
    assert table.purge() == 1
    state = table.look()
    assert (state.waiting, state.oldest_at, state.last_reply_at) == (1, 1000.0, None)
    database.close()


# ---------------------------------------------------------------------- after a crash


async def left_behind(inbox, *updates):
    """As a bot that was killed leaves it."""
    for update in updates:
        await inbox.put(update["update_id"], update)


async def answered(server, handler, options, inbox, count, *, chat=None):
    """Run the bot until so many messages were sent."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_bot(handler, options, stop, inbox=inbox))
    messages = await server.messages(count, chat=chat)
    stop.set()
    await task
    return messages


async def test_the_rest_is_answered_at_the_next_start_warnings_first(
    server, handler, options, opened, assistant
):
    """Triage of all that wait; one worker answers, so the order is that of the workers."""
    texts = [(chat, "does heat help?") for chat in range(1, 31)]
    texts += [(31, "does heat help?"), (31, "now i cannot pee"), (32, "my leg is numb")]
    server.chats.update(range(1, 40))
    updates = [message(n, text, chat) for n, (chat, text) in enumerate(texts, start=1)]
    await left_behind(opened(), *updates)
    sent = await answered(server, handler, options, opened(), 34)
    assert sent[0].chat_id == 31
    assert "112" in sent[0].text
    assert [m.chat_id for m in sent].index(32) <= 2
    assert len(sent) == 34  # the numb leg and the old question of chat 31 have an answer, too
    assert await opened().waiting() == []


async def test_nothing_overtakes_a_command_of_its_own_chat(server, handler, options, opened):
    """/forget, then an emergency: the other way round the warning would be forgotten."""
    server.chats.add(5)
    await left_behind(opened(), message(1, "/forget", 5), message(2, "i cannot pee", 5))
    first, second = await answered(server, handler, options, opened(), 2)
    assert "forgotten" in first.text
    assert "112" in second.text


async def test_what_was_accepted_before_the_crash_is_not_sent_again(
    server, handler, options, opened
):
    """The warning had gone out; the answer had not."""
    server.chats.add(5)
    before = opened()
    await left_behind(before, message(1, "my leg is numb", 5))
    await before.accepted(1, warning=True)
    (only,) = await answered(server, handler, options, opened(), 1)
    await asyncio.sleep(0.05)
    assert only.text.startswith("Heat")
    assert len(server.sent) == 1


async def test_a_repeated_update_is_answered_once_across_restarts(
    server, handler, options, opened
):
    """Telegram delivers it again after the restart; the id is known."""
    update = message(5, "hello", 7)
    server.chats.add(7)
    await server.push_raw(update)
    await answered(server, handler, options, opened(), 1)
    await server.push_raw(update, message(6, "does heat help?", 7))
    await answered(server, handler, options, opened(), 2)
    assert len(server.sent) == 2


async def test_a_late_reply_says_how_late_and_admins_hear_how_many(
    server, handler, options, opened
):
    """A warning's own words come first; the number of late answers goes to the admins."""
    server.chats.update({5, 6, ADMIN})
    hours = time.time() - 2 * 3600
    await left_behind(
        opened(), message(1, "does heat help?", 5, hours), message(2, "i cannot pee", 6, hours)
    )
    quick = replace(options, presence=PresenceOptions(report_every_s=0.1))
    await answered(server, handler, quick, opened(), 1, chat=ADMIN)
    (answer,), (warning,), (report,) = (server.texts(chat) for chat in (5, 6, ADMIN))
    assert answer.startswith("You sent this 2 hours ago, while I was away.")
    assert "Heat" in answer
    assert warning.startswith("🚨")
    assert warning.rstrip().endswith("please tell me.")
    assert "Answered late: 2, of these with a warning: 1. The longest wait was 2 hours." in report


async def test_a_lost_key_leaves_nobody_without_a_word(server, handler, options, opened):
    """The words cannot be read; the safety text goes out, and admins are told."""
    server.chats.update({5, ADMIN})
    await left_behind(opened(), message(1, "i cannot pee", 5))
    quick = replace(options, presence=PresenceOptions(report_every_s=0.1))
    await answered(server, handler, quick, opened("q" * 40), 1, chat=ADMIN)
    assert "failsafe" in server.texts(5)[0]
    assert "1 waiting messages cannot be read" in server.texts(ADMIN)[0]


async def test_what_is_left_but_cannot_be_read_at_the_start_stops_nothing(
    server, handler, options, opened, caplog
):
    """New messages are answered; the rest is looked for again."""

    class Unreadable(DurableInbox):
        async def waiting(self):
            raise StateError("no disk")

    inbox = Unreadable(opened()._table)
    await server.write("hello")
    await answered(server, handler, options, inbox, 1)
    assert "cannot be read: StateError" in caplog.text


async def test_kill_9_under_load_loses_nothing_and_repeats_only_what_was_on_its_way(
    server, tmp_path
):
    """A real process, killed again and again; each message is answered, in its chat's order.

    Per kill and chat one message may have been accepted without our knowing it, no more.
    """
    bot = DurableBot(server.url, tmp_path, KEY, slow_s=0.02)
    chats, rounds, kills = range(1, 13), 0, 0
    chance = random.Random(6)
    bot.start()

    async def write_round():
        nonlocal rounds
        this, rounds = rounds, rounds + 1
        for chat in chats:
            odd = chance.random()
            kind = "my leg is numb" if odd < 0.2 else "slow" if odd < 0.5 else "quick"
            await server.write(f"{kind} echo <{this}>", chat=chat)

    async def load():
        while kills < 3:
            await write_round()
            await asyncio.sleep(1.0)

    def answers(chat):
        found = (re.search(r"You asked: .*<(\d+)>", text) for text in server.texts(chat))
        return [int(match[1]) for match in found if match]

    loading = asyncio.create_task(load())
    try:
        await server.until(lambda: server.sent, timeout_s=20)
        while not loading.done():
            await asyncio.sleep(chance.uniform(0.2, 0.9))
            bot.kill()
            kills += 1
            bot.start()
            seen = len(server.sent)
            # A bot killed with nothing left to answer rightly says nothing when it is back.
            await write_round()
            await server.until(lambda seen=seen: len(server.sent) > seen, timeout_s=20)
        await loading
        await server.until(
            lambda: all(len(set(answers(chat))) == rounds for chat in chats), timeout_s=60
        )
        assert await bot.stop() == 0
    finally:
        bot.kill()
        await loading
    assert rounds > kills
    for chat in chats:
        texts = server.texts(chat)
        first = list(dict.fromkeys(answers(chat)))
        assert first == sorted(first)
        asked = [n for n, times in Counter(answers(chat)).items() for _ in range(times - 1)]
        warnings = sum("specialist" in text for text in texts)
        numb = len({n for n in answers(chat) if any(f"numb echo <{n}>" in t for t in texts)})
        assert len(asked) + warnings - numb <= kills, (chat, texts)
    assert "Traceback" not in bot.log.read_text("utf-8")


# ---------------------------------------------------------------------- lateness


def test_lateness_ignores_what_makes_no_sense():
    """No date, a date in the future, a date that Telegram cannot have kept."""
    now = 1_800_000_000.0
    assert lateness_of(message(1, "x", at=now - 600), now) == 600
    assert lateness_of(message(1, "x", at=now + 600), now) == 0
    assert lateness_of(message(1, "x", at=now - 3 * 86400), now) == 0
    assert lateness_of({"update_id": 1, "message": {"date": "yesterday"}}, now) == 0
    assert lateness_of({"update_id": 1, "callback_query": {}}, now) == 0
    assert lateness_of({"edited_message": {"edit_date": int(now) - 5}}, now) == 5


@pytest.mark.parametrize(("seconds", "said"), [(240, "4 minutes"), (5400, "2 hours")])
def test_a_time_is_said_for_people(seconds, said):
    """Minutes up to an hour and a half, then hours."""
    assert ago(seconds) == said


def test_a_long_reply_gets_its_remark_as_a_message_of_its_own():
    """4096 units are the most; behind a warning, before an answer."""
    long = "x" * 4096
    warning = Part(Priority.ESCALATION, 1, long, long)
    assert [len(p.plain) > 4000 for p in belated(warning, 600)] == [True, False]
    answer = replace(warning, priority=Priority.ANSWER)
    assert [len(p.plain) > 4000 for p in belated(answer, 600)] == [False, True]


def test_the_update_survives_being_written_as_json():
    """Also with half a surrogate pair, which JSON can carry."""
    update = message(1, "a \ud83d b")
    assert json.loads(json.dumps(update, ensure_ascii=True)) == update
