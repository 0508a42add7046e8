"""`backbot run` and `start` as processes of their own, against a Bot API server on loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from bot.bot_api_server import TOKEN, BotApiServer


async def launch(command: str, token: str, url: str) -> asyncio.subprocess.Process:
    """The bot in a process of its own."""
    settings = {"BACKBOT_TELEGRAM_TOKEN": token, "BACKBOT_TELEGRAM_API_URL": url}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "backbot",
        command,
        env=os.environ | settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_bot_answers_and_stops_cleanly(clinic):
    """Warning first, then the answer; SIGTERM ends it with 0; no text and no token is logged."""
    async with BotApiServer() as server:
        bot = await launch("start", TOKEN, server.url)
        await server.write("my foot has gone numb, is it my zebra hamstrings?")
        await server.until(lambda: len(server.texts()) >= 2, 40)
        bot.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(bot.communicate(), 30)
    logged = err.decode()
    assert bot.returncode == 0, logged
    assert out == b""
    assert "clinician" in server.texts()[0]
    assert "index generation" in logged
    assert "zebra" not in logged
    assert TOKEN not in logged
    assert TOKEN.partition(":")[2] not in logged


async def test_refused_token_is_told_and_status_2(clinic):
    """One sentence that names the setting, and no token."""
    async with BotApiServer() as server:
        bot = await launch("run", "4:refused-by-the-server", server.url)
        _, err = await asyncio.wait_for(bot.communicate(), 40)
    logged = err.decode()
    assert bot.returncode == 2
    assert "BACKBOT_TELEGRAM_TOKEN" in logged.splitlines()[-1]
    assert "refused-by-the-server" not in logged
    assert "Traceback" not in logged
