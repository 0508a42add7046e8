"""How the bot bears load: the real program as a process, a server that enforces Telegram's limits.

    python benchmarks/load.py                20 messages a second for half a minute, then a burst
    python benchmarks/load.py --minutes 10   the same for ten minutes
    python benchmarks/load.py --crash        1,000 messages, `kill -9` every few seconds

The server is the one of the tests, on loopback. It answers 429 to whatever is more than 30
messages a second in all or, in one chat, more than one a second after five at once. Then it lets
everything pass, the bot's own limits are lifted, and one message from each chat comes at once:
the rate at which they are answered is what the machine can do.

Each message has a number, which the program under test puts before its reply, and that is all it
does otherwise: so it is seen which message was answered, when, how often and in which order.
Exit status 1 where one was not answered, or not in its chat's order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from machine import ROOT, machine, percentile, show

sys.path.insert(0, str(ROOT / "tests"))

from bot.bot_api_server import TOKEN, BotApiServer, RefusedError

CHATS = 1000
RATE = 20.0
OVERALL, BURST = 30, 5
SAMPLES = 10
CRASH_MESSAGES, CRASH_CHATS, CRASH_RATE = 1000, 200, 15.0
KILL_AFTER_S = (2.0, 6.0)
NUMBER = re.compile(r"#(\d+)#")


@dataclass
class Asked:
    """A message that was written."""

    chat: int
    at: float
    replies: list[str] = field(default_factory=list)


class LimitedServer(BotApiServer):
    """Telegram with its limits; knows when each message was written and answered."""

    def __init__(self) -> None:
        super().__init__()
        self.limited = True
        self.refused = 0
        self.latencies: list[float] = []
        self.asked: list[Asked] = []
        self.disorder = 0
        self.unanswered = 0
        self._last: dict[int, int] = {}
        self._second: deque[float] = deque()
        self._allowance: dict[int, tuple[float, float]] = defaultdict(lambda: (BURST, 0.0))

    async def ask(self, chat: int, text: str) -> None:
        """A person writes."""
        self.asked.append(Asked(chat, time.monotonic()))
        self.unanswered += 1
        await self.write(f"#{len(self.asked) - 1}# {text}", chat=chat)

    def repeated(self) -> tuple[int, int]:
        """How many replies were sent again, and how often the same at most."""
        counts = [n for asked in self.asked for n in Counter(asked.replies).values()]
        return sum(n - 1 for n in counts), max(counts, default=0)

    async def _do_sendmessage(self, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 as there
        chat, now = int(parameters["chat_id"]), time.monotonic()
        if self.limited:
            self._check(chat, now)
        sent = await super()._do_sendmessage(parameters)
        self.sent.clear()  # the server's own memory is not what is measured
        if found := NUMBER.search(parameters["text"]):
            self._note(chat, int(found[1]), parameters["text"], now)
        return sent

    def _note(self, chat: int, number: int, text: str, now: float) -> None:
        asked = self.asked[number]
        if not asked.replies:
            self.unanswered -= 1
            self.latencies.append(now - asked.at)
        asked.replies.append(text)
        # a warning may go first after a crash; nothing else may
        warning = "🚨" in text or "⚠️" in text
        wrong = asked.chat != chat or (number < self._last.get(chat, -1) and not warning)
        self.disorder += wrong
        self._last[chat] = max(number, self._last.get(chat, -1))

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


# --------------------------------------------------------------------------- the bot


@dataclass(frozen=True)
class NumberedTurn:
    """A turn, and the number that its text came with."""

    turn: Any
    mark: str

    @property
    def conversation(self) -> Any:  # noqa: ANN401 the assistant's
        """As it is."""
        return self.turn.conversation

    @property
    def escalation(self) -> Any:  # noqa: ANN401 the assistant's
        """With the number before it."""
        told = self.turn.escalation
        return told and replace(told, text=self.mark + told.text)


class Numbered:
    """An assistant that does not see the number of a text, and puts it before the reply."""

    def __init__(self, assistant: Any) -> None:  # noqa: ANN401 any
        self._assistant = assistant

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 as it is
        return getattr(self._assistant, name)

    def begin(self, text: str, conversation: Any, now: float) -> NumberedTurn:  # noqa: ANN401
        """Triage without the number."""
        found = NUMBER.match(text)
        mark = f"{found[0]} " if found else ""
        return NumberedTurn(self._assistant.begin(text[len(mark) :], conversation, now), mark)

    def finish(self, turn: NumberedTurn) -> Any:  # noqa: ANN401
        """The answer with the number before it."""
        reply, conversation = self._assistant.finish(turn.turn)
        if reply.answer.text:
            text = turn.mark + reply.answer.text
            reply = replace(reply, answer=replace(reply.answer, text=text))
        if reply.escalation is not None:
            reply = replace(reply, escalation=turn.escalation)
        return reply, conversation


def bot(*, limited: bool) -> None:
    """`backbot run`, with or without the bot's own limits; its replies bear their numbers."""
    # only the bot's process needs these
    from backbot.bot.outbox import UNLIMITED, Limits  # noqa: PLC0415
    from backbot.cli import serve  # noqa: PLC0415
    from backbot.cli.entry import main as backbot  # noqa: PLC0415
    from backbot.wiring import Program  # noqa: PLC0415

    options, assistant = serve._options, Program.assistant.func  # noqa: SLF001 no other way in

    def unlimited(program: Program, token: str) -> Any:  # noqa: ANN401 as there
        limits = Limits() if limited else UNLIMITED
        return replace(options(program, token), limits=limits, max_waiting=10_000)

    numbered = cached_property(lambda program: Numbered(assistant(program)))
    numbered.__set_name__(Program, "assistant")
    serve._options = unlimited  # noqa: SLF001
    Program.assistant = numbered
    backbot(["run"])


class Bot:
    """The bot as a process, and how much of the machine it takes."""

    def __init__(self, url: str, folder: Path, *, limited: bool) -> None:
        self._environment = os.environ | {
            "BACKBOT_TELEGRAM_TOKEN": TOKEN,
            "BACKBOT_TELEGRAM_API_URL": url,
            "BACKBOT_DATABASE_URL": f"sqlite:///{folder}/{limited}.db",
            "BACKBOT_ENCRYPTION_KEY": "load-" * 10,
            "BACKBOT_INDEX_DIR": str(folder / "index"),
            "BACKBOT_LOG_LEVEL": "WARNING",
        }
        self._command = [sys.executable, __file__, "--bot", "limited" if limited else "unlimited"]
        self._log = folder / "bot.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; its log goes to a file."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stderr=log, cwd=ROOT
            )

    def build(self) -> None:
        """The index, where there is none yet."""
        command = [sys.executable, "-m", "backbot", "index", "build", "--no-strict"]
        with self._log.open("ab") as log:
            subprocess.run(
                command, env=self._environment, stdout=log, stderr=log, cwd=ROOT, check=True
            )

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def stop(self) -> None:
        """As systemd does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, 60)

    def log(self) -> str:
        """What it has said."""
        return self._log.read_text("utf-8", "replace")

    def memory_mb(self) -> float:
        """What it holds now; not a number where the system does not tell."""
        try:
            text = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        except OSError:
            return math.nan
        return int(text.split("VmRSS:")[1].split()[0]) / 1000

    def cpu_s(self) -> float:
        """Processor seconds it has used; not a number where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            return math.nan
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --------------------------------------------------------------------------- the runs


async def answered(server: LimitedServer, timeout_s: float) -> None:
    """Wait until nobody waits, or the time is over."""
    until = time.monotonic() + timeout_s
    # looked at now and then: a condition to wait on would slow the server
    while server.unanswered and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(folder: Path, *, limited: bool) -> AsyncIterator[tuple[LimitedServer, Bot]]:
    """A server, and a bot that has answered its first message."""
    async with LimitedServer() as server:
        server.limited = limited
        running = Bot(server.url, folder, limited=limited)
        await asyncio.to_thread(running.build)
        running.start()
        try:
            await server.ask(1, "does heat help?")
            await answered(server, 180)
            if server.unanswered:
                raise SystemExit(f"the bot does not answer:\n{running.log()[-2000:]}")
            server.latencies.clear()
            yield server, running
        finally:
            await running.stop()


def verdict(server: LimitedServer) -> str:
    """How many were answered, and how."""
    repeated, most = server.repeated()
    again = f"{repeated} replies sent again" + (f", none more than {most} times" * bool(repeated))
    return (
        f"{len(server.asked) - server.unanswered} of {len(server.asked)} answered, "
        f"{server.disorder} out of order, {again}"
    )


def processor_time(used_s: float, own_s: float, messages: int) -> tuple[str, str]:
    """The row for it: the bot's, and this program's, which is server and people at once."""
    what = "processor time for one message: bot; server and those who write"
    return what, f"{1000 * used_s / messages:.1f} ms; {1000 * own_s / messages:.1f} ms"


async def steady(
    folder: Path, questions: list[str], minutes: float
) -> tuple[LimitedServer, list[tuple[str, str]]]:
    """So many messages a second from many chats, with Telegram's limits."""
    chance = random.Random(6)
    seconds = 60 * minutes
    memory: list[float] = []
    async with serving(folder, limited=True) as (server, running):
        used_s, own_s, began = running.cpu_s(), time.process_time(), time.monotonic()
        for n in range(int(RATE * seconds)):
            await asyncio.sleep(max(0.0, began + n / RATE - time.monotonic()))
            await server.ask(chance.randrange(1, CHATS + 1), chance.choice(questions))
            if time.monotonic() - began > seconds * len(memory) / SAMPLES:
                memory.append(running.memory_mb())
        await answered(server, 60)
        memory.append(running.memory_mb())
        used_s, own_s = running.cpu_s() - used_s, time.process_time() - own_s
    told = [1000 * s for s in server.latencies]
    quick = f"p50 {percentile(told, 0.5):.0f} ms, p99 {percentile(told, 0.99):.0f} ms"
    what = f"{RATE:g}/s from {CHATS} chats for {seconds:g} s, limits enforced"
    grown = memory[-1] - memory[len(memory) // 4]
    return server, [
        (what, f"{verdict(server)}, {server.refused} times 429"),
        ("from writing to the reply's first message", f"{quick}, longest {max(told):.0f} ms"),
        (
            f"memory every {seconds / SAMPLES:g} s, and at the end, MB",
            f"{', '.join(f'{each:.0f}' for each in memory)}; from a quarter on {grown:+.0f}",
        ),
        processor_time(used_s, own_s, len(told)),
    ]


async def burst(folder: Path, questions: list[str]) -> tuple[LimitedServer, list[tuple[str, str]]]:
    """One message from each chat at once, without limits."""
    chance = random.Random(7)
    async with serving(folder, limited=False) as (server, running):
        used_s, own_s, began = running.cpu_s(), time.process_time(), time.monotonic()
        for chat in range(1, CHATS + 1):
            await server.ask(chat, chance.choice(questions))
        await answered(server, 300)
        took_s, used_s = time.monotonic() - began, running.cpu_s() - used_s
        own_s = time.process_time() - own_s
    return server, [
        (
            f"{CHATS} messages at once, no limits",
            f"{took_s:.1f} s: {CHATS / took_s:.0f} messages/s; {verdict(server)}",
        ),
        processor_time(used_s, own_s, CHATS),
    ]


async def crash(folder: Path, questions: list[str]) -> tuple[LimitedServer, list[tuple[str, str]]]:
    """Many messages while the process is killed every few seconds."""
    chance = random.Random(8)
    kills = 0
    async with serving(folder, limited=True) as (server, running):
        began = time.monotonic()
        killed_at = began + chance.uniform(*KILL_AFTER_S)

        async def perhaps_kill() -> None:
            nonlocal kills, killed_at
            if time.monotonic() < killed_at:
                return
            running.kill()
            running.start()
            kills += 1
            # the next one falls into its work, not into its start
            before, until = len(server.latencies), time.monotonic() + 60
            while len(server.latencies) == before and time.monotonic() < until:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            killed_at = time.monotonic() + chance.uniform(*KILL_AFTER_S)

        killing = asyncio.create_task(perhaps_kill())
        for n in range(CRASH_MESSAGES):
            await asyncio.sleep(max(0.0, began + n / CRASH_RATE - time.monotonic()))
            await server.ask(chance.randrange(1, CRASH_CHATS + 1), chance.choice(questions))
            if killing.done():
                await killing
                killing = asyncio.create_task(perhaps_kill())
        await killing
        await answered(server, 180)
        took_s = time.monotonic() - began
    longest = max(server.latencies)
    what = f"{CRASH_MESSAGES} messages from {CRASH_CHATS} chats in {took_s:.0f} s"
    return server, [
        (f"{what}, kill -9 {kills} times", verdict(server)),
        ("replies sent again for each kill", f"{server.repeated()[0] / max(1, kills):.1f}"),
        ("the longest anybody waited", f"{longest:.1f} s"),
    ]


async def measure(arguments: argparse.Namespace) -> tuple[bool, list[tuple[str, str]]]:
    """The runs that were asked for; whether all was answered in order, and the rows."""
    path = ROOT / "evaluation" / "answers" / "questions.jsonl"
    questions = [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.crash:
            runs = [await crash(folder, questions)]
        else:
            runs = [await steady(folder, questions, arguments.minutes)]
            runs.append(await burst(folder, questions))
    held = all(not server.unanswered and not server.disorder for server, _ in runs)
    return held, [row for _, rows in runs for row in rows]


def main() -> int:
    """Measure and print; or be the bot."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=0.5, help="of 20 messages a second")
    parser.add_argument("--crash", action="store_true", help="kill -9 every few seconds instead")
    parser.add_argument("--bot", choices=("limited", "unlimited"), help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.bot:
        bot(limited=arguments.bot == "limited")
        return 0
    what = machine()
    held, rows = asyncio.run(measure(arguments))
    show(what, rows)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
