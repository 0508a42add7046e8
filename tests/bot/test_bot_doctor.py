"""What `doctor` finds out about Telegram and about messages in hand, over real HTTP."""

from __future__ import annotations

import asyncio
import time

import pytest

from backbot.bot.heartbeat import Alive
from backbot.bot.inbox import DurableInbox
from backbot.doctor import _checked, _telegram
from backbot.settings import load_settings
from backbot.wiring import Program
from bot.bot_api_server import TOKEN


@pytest.fixture
def look(server, tmp_path, monkeypatch):
    """Doctor's Telegram check, in a thread, as on the command line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    monkeypatch.setenv("BACKBOT_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("BACKBOT_TELEGRAM_API_URL", server.url)
    monkeypatch.setenv("BACKBOT_DATABASE_URL", f"sqlite:///{tmp_path}/b.db")
    programs = []

    async def check(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"BACKBOT_{name}", value)
        programs.append(Program(load_settings()))
        return await asyncio.to_thread(_checked, "telegram", _telegram, programs[-1])

    yield check
    for program in programs:
        program.close()


async def test_a_sound_token_is_named_and_nothing_is_confirmed(server, look):
    """Who the bot is, whether it runs, and that admins are missing."""
    await server.write("hello")
    finding = await look()
    assert finding.ok, finding.message
    assert "@back_test_bot, polling, the bot does not run" in finding.message
    assert "ADMIN_IDS" in finding.message
    assert server.confirmed == 0


async def test_a_refused_token_is_told(look):
    """Without showing it."""
    finding = await look(TELEGRAM_TOKEN="1:another-token-of-nobody")
    assert not finding.ok
    assert "refuses BACKBOT_TELEGRAM_TOKEN" in finding.message
    assert "another-token" not in finding.message


async def test_a_conflict_is_told(server, look):
    """409: somebody else fetches the updates."""
    server.fault("getUpdates", status=409, description="Conflict: terminated by other request")
    finding = await look()
    assert not finding.ok
    assert "Another process uses this token" in finding.message


async def test_a_running_bot_is_not_disturbed_and_its_own_conflict_is_told(server, look, tmp_path):
    """Its note says that it was interrupted; updates are not fetched beside it."""
    program = Program(load_settings())
    Alive(conflict_at=time.time()).write(program.alive_file)
    finding = await look()
    assert not finding.ok
    assert "Another process uses this token" in finding.message
    assert "getUpdates" not in server.calls


async def test_messages_in_hand_are_told(look):
    """The last update, the last reply; a fault where somebody waits for long."""
    program = Program(load_settings())
    inbox = DurableInbox(program.inbox)
    await inbox.put(1, {"update_id": 1})
    await inbox.done(1)
    finding = await look()
    assert finding.ok
    assert "last reply 20" in finding.message
    assert "nothing waits for an answer" in finding.message
    program.inbox._clock = lambda: time.time() - 3600
    await inbox.put(2, {"update_id": 2})
    finding = await look()
    assert not finding.ok
    assert "1 messages wait for an answer" in finding.message
    program.close()


async def test_a_webhook_that_telegram_cannot_call_is_told(server, look):
    """With what Telegram says of it."""
    url = "http://127.0.0.1:9/hook"
    server.webhook = {"url": url}
    settings = {"WEBHOOK_URL": url, "WEBHOOK_SECRET": "s" * 20}
    assert (await look(**settings)).ok
    known = server._do_getwebhookinfo

    async def failing(parameters):
        told = {"last_error_date": int(time.time()), "last_error_message": "Connection refused"}
        return {**await known(parameters), **told}

    server._do_getwebhookinfo = failing
    finding = await look(**settings)
    assert not finding.ok
    assert "Connection refused" in finding.message
