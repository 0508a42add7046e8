"""How the bot bears load: the real program as a process, a server that enforces Telegram's limits.

    python benchmarks/load.py                20 messages a second for half a minute, then a burst
    python benchmarks/load.py --minutes 10   the same for ten minutes

The server is the one of the tests, on loopback. It answers 429 to whatever is more than 30
messages a second in all or, in one chat, more than one a second after five at once. Then it lets
everything pass, the bot's own limits are lifted, and one message from each chat comes at once:
the rate at which they are answered is what the machine can do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from machine import ROOT, machine, percentile, show

sys.path.insert(0, str(ROOT / "tests"))

from bot.bot_api_server import TOKEN, BotApiServer, RefusedError

CHATS = 1000
RATE = 20.0
OVERALL, BURST = 30, 5


class LimitedServer(BotApiServer):
    """Telegram with its limits; knows when each message was written and answered."""

    def __init__(self) -> None:
        super().__init__()
        self.limited = True
        self.refused = 0
        self.latencies: list[float] = []
        self._second: deque[float] = deque()
        self._allowance: dict[int, tuple[float, float]] = defaultdict(lambda: (BURST, 0.0))
        self._outstanding: dict[int, deque[float]] = defaultdict(deque)

    async def ask(self, chat: int, text: str) -> None:
        """A person writes."""
        self._outstanding[chat].append(time.monotonic())
        await self.write(text, chat=chat)

    @property
    def unanswered(self) -> int:
        """Messages without any reply yet."""
        return sum(map(len, self._outstanding.values()))

    async def _do_sendmessage(self, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 as there
        chat, now = int(parameters["chat_id"]), time.monotonic()
        if self.limited:
            self._check(chat, now)
        sent = await super()._do_sendmessage(parameters)
        if self._outstanding[chat]:
            self.latencies.append(now - self._outstanding[chat].popleft())
        return sent

    def _check(self, chat: int, now: float) -> None:
        while self._second and self._second[0] <= now - 1.0:
            self._second.popleft()
        left, at = self._allowance[chat]
        left = min(float(BURST), left + now - at)
        if len(self._second) >= OVERALL or left < 1:
            self.refused += 1
            error = RefusedError(429, "Too Many Requests: retry after 1")
            error.body["parameters"] = {"retry_after": 1}
            raise error
        self._second.append(now)
        self._allowance[chat] = (left - 1, now)


def start(url: str, folder: Path, *, limited: bool) -> subprocess.Popen[bytes]:
    """The bot as a process; its log goes to a file."""
    environment = os.environ | {
        "BACKBOT_TELEGRAM_TOKEN": TOKEN,
        "BACKBOT_TELEGRAM_API_URL": url,
        "BACKBOT_DATABASE_URL": f"sqlite:///{folder}/{limited}.db",
        "BACKBOT_ENCRYPTION_KEY": "load-" * 10,
        "BACKBOT_INDEX_DIR": str(folder / "index"),
        "BACKBOT_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, __file__, "--bot", "limited" if limited else "unlimited"]
    with (folder / "bot.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stderr=log, cwd=ROOT)


def bot(*, limited: bool) -> None:
    """What `backbot run` does, with or without the bot's own limits."""
    # only the bot's process needs these
    from backbot.bot.app import BotOptions, main_loop  # noqa: PLC0415
    from backbot.bot.inbox import DurableInbox  # noqa: PLC0415
    from backbot.bot.outbox import UNLIMITED, Limits  # noqa: PLC0415
    from backbot.cli.logs import service_logs  # noqa: PLC0415
    from backbot.settings import load_settings  # noqa: PLC0415
    from backbot.wiring import Program  # noqa: PLC0415

    program = Program(load_settings())
    service_logs("WARNING", "text")
    if program.store.current_id() is None:
        program.rebuild()
    program.warm()
    options = BotOptions(
        TOKEN,
        program.settings.telegram_api_url,
        limits=Limits() if limited else UNLIMITED,
        max_waiting=10_000,
    )
    main_loop(program.handler(), options, inbox=DurableInbox(program.inbox))
    program.close()


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """What the process holds now; not a number where the system does not tell."""
    try:
        text = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    except OSError:
        return math.nan
    return int(text.split("VmRSS:")[1].split()[0]) / 1000


async def answered(server: LimitedServer, timeout_s: float) -> None:
    """Wait until nobody waits."""
    async with asyncio.timeout(timeout_s):
        while server.unanswered:  # noqa: ASYNC110 no condition to wait on: it would slow the server
            await asyncio.sleep(0.05)


async def steady(
    server: LimitedServer, process: subprocess.Popen[bytes], questions: list[str], seconds: float
) -> tuple[float, float]:
    """So many messages a second; memory in MB after a quarter and at the end."""
    chance = random.Random(6)
    began, early = time.monotonic(), math.nan
    for n in range(int(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + n / RATE - time.monotonic()))
        await server.ask(chance.randrange(1, CHATS + 1), chance.choice(questions))
        if math.isnan(early) and time.monotonic() - began > seconds / 4:
            early = memory_mb(process)
    await answered(server, 60)
    return early, memory_mb(process)


async def measure(minutes: float) -> list[tuple[str, str]]:
    """Both runs."""
    path = ROOT / "evaluation" / "answers" / "questions.jsonl"
    questions = [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines()]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with LimitedServer() as server:
            process = start(server.url, folder, limited=True)
            try:
                await server.ask(1, "hello")
                await answered(server, 180)  # the index is built meanwhile
                server.latencies.clear()
                early, late = await steady(server, process, questions, 60 * minutes)
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait, 60)
            told = [1000 * s for s in server.latencies]
            asked = len(told) + server.unanswered
            count = f"{len(told)} of {asked} answered, {server.refused} times 429"
            quick = f"p50 {percentile(told, 0.5):.0f} ms, p99 {percentile(told, 0.99):.0f} ms"
            rows += [
                (f"{RATE:g}/s from {CHATS} chats for {60 * minutes:g} s, limits enforced", count),
                (
                    "from writing to the reply's first message",
                    f"{quick}, longest {max(told):.0f} ms",
                ),
                ("memory after a quarter and at the end", f"{early:.0f} MB, {late:.0f} MB"),
            ]
        async with LimitedServer() as server:
            server.limited = False
            process = start(server.url, folder, limited=False)
            try:
                await server.ask(1, "hello")
                await answered(server, 180)
                chance = random.Random(7)
                began = time.monotonic()
                for chat in range(1, CHATS + 1):
                    await server.ask(chat, chance.choice(questions))
                await answered(server, 300)
                took = time.monotonic() - began
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait, 60)
            rows.append(
                (
                    f"{CHATS} messages at once, no limits",
                    f"{took:.1f} s: {CHATS / took:.0f} messages/s",
                )
            )
    return rows


def main() -> None:
    """Measure and print; or be the bot."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--bot", choices=("limited", "unlimited"), help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.bot:
        bot(limited=arguments.bot == "limited")
        return
    what = machine()
    show(what, asyncio.run(measure(arguments.minutes)))


if __name__ == "__main__":
    main()
