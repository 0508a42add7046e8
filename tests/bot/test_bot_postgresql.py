"""The bot with its state on a PostgreSQL server: killed, and with the server gone for a while."""

from __future__ import annotations

import asyncio
import random
import re
import time

import pytest

from backbot.bot.app import run_bot
from backbot.bot.handlers import Handler
from backbot.bot.inbox import DurableInbox
from backbot.model import Tier
from backbot.state.cipher import Cipher
from backbot.state.conversations import DatabaseConversationStore
from backbot.state.database import Database
from backbot.state.inbox import DatabaseInbox
from bot.durable_bot import DurableBot

KEY = "k" * 40


@pytest.fixture
def database_url(postgresql):
    """A new and empty database."""
    name = postgresql.make()
    yield postgresql.url(name)
    postgresql.drop(name)


class Bot:
    """The whole application on that database, in this loop."""

    def __init__(self, url, assistant, options) -> None:
        cipher = Cipher.of(KEY)
        self.database = Database(url)
        self.table = DatabaseInbox(self.database, cipher)
        self.store = DatabaseConversationStore(self.database, cipher, 3600, retry_s=0.2)
        self.store.start()
        self._stop = asyncio.Event()
        handler = Handler(assistant, self.store)
        inbox = DurableInbox(self.table, retry_s=0.2)
        self._task = asyncio.create_task(run_bot(handler, options, self._stop, inbox=inbox))

    async def leave(self) -> None:
        """Stop it, and its database."""
        self._stop.set()
        await asyncio.wait_for(self._task, 10)
        await asyncio.to_thread(self.database.close)


@pytest.fixture
def bot(database_url, assistant, options):
    """Starts it, as after a restart."""
    return lambda: Bot(database_url, assistant, options)


async def test_kill_9_loses_nothing_and_keeps_the_order_of_each_chat(
    server, tmp_path, database_url
):
    """A real process, killed while it answers; at most one message of a chat comes twice a kill."""
    bot = DurableBot(server.url, tmp_path, KEY, slow_s=0.02, database_url=database_url)
    chats, rounds, kills = range(1, 7), 4, 2
    chance = random.Random(8)

    def answers(chat):
        found = (re.search(r"You asked: .*<(\d+)>", text) for text in server.texts(chat))
        return [int(match[1]) for match in found if match]

    bot.start()
    try:
        for this in range(rounds):
            for chat in chats:
                await server.write(f"{chance.choice(['slow', 'quick'])} echo <{this}>", chat=chat)
            if 0 < this <= kills:
                seen = len(server.sent)
                await server.until(lambda seen=seen: len(server.sent) > seen, timeout_s=20)
                bot.kill()
                bot.start()
        await server.until(
            lambda: all(len(set(answers(chat))) == rounds for chat in chats), timeout_s=40
        )
        assert await bot.stop() == 0
    finally:
        bot.kill()
    for chat in chats:
        first = list(dict.fromkeys(answers(chat)))
        assert first == sorted(first)
        assert len(answers(chat)) - rounds <= kills
    table = Database(database_url)
    assert DatabaseInbox(table, Cipher.of(KEY)).look().waiting == 0
    table.close()
    assert "Traceback" not in bot.log.read_text("utf-8")


async def test_a_server_that_is_gone_for_a_while_silences_nobody_and_loses_nothing(
    server, bot, postgresql, caplog
):
    """Warnings go out meanwhile; afterwards all is written, and nothing is said twice."""
    first = bot()
    await server.write("does heat help?", chat=5)
    await server.messages(1, chat=5)

    def settled() -> bool:
        state = first.table.look()
        return not state.waiting and not first.store.flush()

    await asyncio.to_thread(postgresql.stop)
    try:
        begin = time.monotonic()
        await server.write("i cannot pee", chat=6)
        (warning,) = await server.messages(1, chat=6)
        assert time.monotonic() - begin < 5
        assert "112" in warning.text
        await server.write("does heat help?", chat=5)
        await server.messages(2, chat=5)
    finally:
        await asyncio.to_thread(postgresql.start)
    await server.write("does cold help?", chat=7)
    await server.messages(1, chat=7)
    deadline = time.monotonic() + 20
    while not await asyncio.to_thread(settled):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    sent = len(server.sent)
    await first.leave()

    again = bot()
    await server.write("does heat help?", chat=8)
    await server.messages(1, chat=8)
    await asyncio.sleep(0.3)
    new = [message for message in server.sent[sent:] if message.chat_id != 8]
    opened = await asyncio.to_thread(again.store.load, "6", time.time())
    await again.leave()
    assert new == []
    assert opened.triage.open_tier is Tier.EMERGENCY
    # its background work may look while the server is on its way down
    told = ("cannot be reached there", "starting or stopping")
    assert any(words in caplog.text for words in told)


async def test_a_server_that_hangs_delays_a_warning_by_seconds_only(server, bot, postgresql):
    """Connections stand and nothing comes back, as where the network swallows everything."""
    first = bot()
    await server.write("does heat help?", chat=5)
    await server.messages(1, chat=5)
    with postgresql.hanging():
        begin = time.monotonic()
        await server.write("i cannot pee", chat=6)
        await server.until(lambda: server.texts(6), timeout_s=10)
        assert "112" in server.texts(6)[0]
        assert time.monotonic() - begin < 6
        await server.write("i cannot pee", chat=7)
        await server.until(lambda: server.texts(7), timeout_s=10)
        assert "112" in server.texts(7)[0]
    deadline = time.monotonic() + 30
    while await asyncio.to_thread(lambda: first.table.look().waiting or first.store.flush()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert len(server.texts(6)) == len(server.texts(5)) == 1
    await first.leave()


async def test_a_server_that_is_away_at_the_start_is_waited_for_while_warnings_go_out(
    server, bot, postgresql
):
    """The bot starts without it and uses it as soon as it is there."""
    await asyncio.to_thread(postgresql.stop)
    try:
        first = bot()
        await server.write("i cannot pee", chat=6)
        (warning,) = await server.messages(1, chat=6)
        assert "112" in warning.text
    finally:
        await asyncio.to_thread(postgresql.start)
    deadline = time.monotonic() + 20
    while await asyncio.to_thread(first.store.flush):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    await first.leave()
    again = bot()
    kept = await asyncio.to_thread(again.store.load, "6", time.time())
    await again.leave()
    assert kept.triage.open_tier is Tier.EMERGENCY
