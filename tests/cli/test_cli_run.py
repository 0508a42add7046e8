"""`backbot run` and `start` as processes of their own, against a Bot API server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import textwrap
from pathlib import Path

import httpx

from bot.bot_api_server import TOKEN, BotApiServer


async def launch(command: str, token: str, url: str, **more: str) -> asyncio.subprocess.Process:
    """The bot in a process of its own."""
    settings = {"BACKBOT_TELEGRAM_TOKEN": token, "BACKBOT_TELEGRAM_API_URL": url}
    settings |= {f"BACKBOT_{name}": value for name, value in more.items()}
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


def hears_a_stop(pid: int) -> bool:
    """Whether a process catches SIGTERM, as Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    caught = next(line for line in lines if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


async def test_a_stop_while_it_loads_is_clean(clinic):
    """Nobody is served yet and nothing has to be finished: status 0, as at any other stop."""
    bot = await launch("run", TOKEN, "http://127.0.0.1:9")
    async with asyncio.timeout(30):
        while not hears_a_stop(bot.pid):  # noqa: ASYNC110 another process
            await asyncio.sleep(0.005)
    bot.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(bot.communicate(), 30)
    assert bot.returncode == 0, err.decode()
    assert b"starting on" not in err
    assert b"Traceback" not in err


async def test_a_thread_that_hangs_does_not_keep_the_process(clinic):
    """An encoder that never comes back: what is owed is done, and the process ends with 0."""
    code = """
        import sys, threading
        from backbot.cli import entry
        def main():
            threading.Thread(target=threading.Event().wait).start()
            sys.exit(0)
        entry.main, entry._LAST_S, sys.argv = main, 0.1, ["backbot", "run"]
        entry.console()
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(code), stderr=asyncio.subprocess.PIPE
    )
    try:
        _, err = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    assert b"still hangs" in err


async def test_without_a_model_warnings_still_go_out(clinic):
    """The bot starts, says what is missing in the log and at /readyz, and finds the signs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    async with BotApiServer() as server, httpx.AsyncClient(base_url=url) as client:
        bot = await launch("run", TOKEN, server.url, MODEL="gone", HTTP_PORT=port)
        await server.write("i cannot pee and my groin is numb", chat=9)
        await server.write("does heat help?", chat=8)
        (warning,) = await server.messages(1, chat=9)
        (declined,) = await server.messages(1, chat=8)
        ready = await client.get("/readyz")
        page = await client.get("/metrics")
        bot.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(bot.communicate(), 30)
    logged = err.decode()
    assert bot.returncode == 0, logged
    assert warning.text.startswith("🚨")
    assert "can't reach my articles" in declined.text
    assert ready.status_code == 503
    assert ready.json()["index"] == "EmbedderError"
    assert "backbot_index_served 0" in page.text
    assert "No answers yet, only warning signs: The model 'gone'" in logged


async def test_what_happens_to_the_index_files_does_not_reach_the_running_bot(clinic):
    """Cut short in place, as by a copy over them on a full disk: it answers as before."""
    async with BotApiServer() as server:
        bot = await launch("run", TOKEN, server.url, ADMIN_IDS="5")
        await server.write("does heat help a stiff back?", chat=9)
        (before,) = await server.messages(1, chat=9)
        for path in (clinic / "index" / "generations").rglob("*"):
            if path.is_file():
                os.truncate(path, 0)
        await server.write("does heat help a stiff back?", chat=8)
        (after,) = await server.messages(1, chat=8)
        bot.send_signal(signal.SIGTERM)
        await asyncio.wait_for(bot.communicate(), 30)
        assert bot.returncode == 0
        assert "[1]" in before.text
        assert after.text == before.text
        server.chats.add(5)
        again = await launch("run", TOKEN, server.url, ADMIN_IDS="5")
        (told,) = await server.messages(1, chat=5)
        again.send_signal(signal.SIGTERM)
        await asyncio.wait_for(again.communicate(), 30)
    assert "No answers yet, only warning signs" in told.text
    assert "backbot index rollback" in told.text


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


async def test_bot_serves_a_webhook_health_and_metrics(clinic):
    """Everything from settings, over real HTTP; JSON logs without text, token or secret."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    secret = "a-secret-of-the-webhook"
    url = f"http://127.0.0.1:{port}"
    more = {"WEBHOOK_URL": f"{url}/hook", "WEBHOOK_SECRET": secret, "HTTP_PORT": str(port)}
    async with BotApiServer() as server, httpx.AsyncClient(base_url=url) as client:
        bot = await launch("run", TOKEN, server.url, LOG_FORMAT="json", COUNTRY="GB", **more)
        await server.until(lambda: server.webhook and ("short", "tl") in server.about, 40)
        assert server.about["short", ""] == "Automated. Not for emergencies: call 999."
        server.chats.add(9)
        body = {**server.message(9, 1), "text": "my zebra foot has gone numb"}
        update = {"update_id": 1, "message": body}
        header = {"X-Telegram-Bot-Api-Secret-Token": secret}
        assert (await client.post("/hook", json=update)).status_code == 403
        assert (await client.post("/hook", json=update, headers=header)).status_code == 200
        assert (await client.post("/hook", json=update, headers=header)).status_code == 200
        await server.messages(2, chat=9)
        ready = await client.get("/readyz")
        assert ready.json() == {"index": "ok", "database": "ok", "telegram": "ok"}
        page = (await client.get("/metrics")).text
        bot.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(bot.communicate(), 30)
    logged = err.decode()
    assert bot.returncode == 0, logged
    assert len(server.texts(9)) == 2
    assert 'backbot_noted_total{what="tier",value="nerve"} 1' in page
    assert "backbot_index_served 1" in page
    lines = [json.loads(line) for line in logged.splitlines()]
    assert any("webhook set" in line["message"] for line in lines)
    for private in ("zebra", TOKEN, secret):
        assert private not in logged
        assert private not in page
