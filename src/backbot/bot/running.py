"""What the parts of one run share: the ways in and out, threads, and tasks.

The first look at a text (triage) has threads of its own, so that slow answers elsewhere cannot
hold up a warning. Work for staff, which may take minutes, has its own, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from backbot.bot.api import Api
from backbot.bot.handlers import Handler
from backbot.bot.inbox import Inbox
from backbot.bot.ledger import Ledger
from backbot.bot.metrics import Metrics
from backbot.bot.options import BotOptions
from backbot.bot.outbox import Outbox
from backbot.bot.parts import Part, Work
from backbot.bot.presence import Presence, tell
from backbot.bot.sender import Sender
from backbot.bot.updates import Incoming

CALM_S = 0.5
"""So long answers wait for texts that nobody has looked at yet."""

T = TypeVar("T")


class Run:
    """One run of the bot, from signing in to leaving: what each of its parts needs.

    Args:
        handler: Decides on the answers.
        api: The client.
        options: How to talk to Telegram.
        inbox: Where updates wait.
    """

    def __init__(self, handler: Handler, api: Api, options: BotOptions, inbox: Inbox) -> None:
        self.handler = handler
        self.api = api
        self.options = options
        self.inbox = inbox
        self.ledger = Ledger()
        self.tasks = Tasks()
        self.threads = Threads(options.workers)
        self.metrics = Metrics()
        self.outbox = Outbox(options.limits)
        self.sender = Sender(
            api, options.backoff, options.attempts, self.outbox, self.metrics, moved=self._moved
        )
        self.presence = Presence(
            replace(
                options.presence,
                silent_s=options.presence.silent_s + options.poll_timeout_s,
            ),
            lambda: self.threads.triage(handler.well),
            self.report,
        )

    async def report(self, text: str) -> None:
        """Send a text to every admin; who cannot be reached is logged, no more."""
        await tell(self.sender.send, self.handler.tell_admins(text))

    async def tier(self, update: object, before: Sequence[Incoming] | None = None) -> int:
        """How pressing an update is: the handler's `tier`."""
        return await self.threads.triage(lambda: self.handler.tier(update, before))

    def _moved(self, chat_id: int, to: int) -> None:
        self.tasks.courtesy(self.threads.triage(lambda: self.handler.moved(chat_id, to)))


class Threads:
    """Where what takes time is computed.

    Args:
        answers: Answers computed at the same time.
    """

    def __init__(self, answers: int) -> None:
        self._triage = ThreadPoolExecutor(2, "triage")
        self._answers = ThreadPoolExecutor(answers, "answer")
        # one may wait for another: a build after an approval for the build before
        self._operations = ThreadPoolExecutor(4, "operation")
        self._looking = 0
        self._calm = asyncio.Event()
        self._calm.set()

    async def triage(self, call: Callable[[], T]) -> T:
        """Something quick that a warning may depend on."""
        return await _in(self._triage, call)

    async def operation(self, call: Callable[[], T]) -> T:
        """Something that may take minutes."""
        return await _in(self._operations, call)

    async def first_look(self, take: Callable[[], Work]) -> Work:
        """Decide on an update; answers that are not begun yet wait for it."""
        self._looking += 1
        self._calm.clear()
        try:
            return await self.triage(take)
        finally:
            self._looking -= 1
            if not self._looking:
                self._calm.set()

    async def answer(
        self, rest: Iterator[Part], timeout_s: float
    ) -> tuple[list[Part], Exception | None]:
        """All slow parts up to a failure, and that; TimeoutError where they take too long.

        In one go: to come back for the next would be to queue behind other chats' answers, with
        a message sent and its update not yet marked as done.
        """

        def compute() -> tuple[list[Part], Exception | None]:
            parts: list[Part] = []
            try:
                parts.extend(rest)
            except Exception as error:  # noqa: BLE001 told by whoever asked
                return parts, error
            return parts, None

        # where many come at once, the last one's warning goes before the first one's answer
        if not self._calm.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CALM_S):
                    await self._calm.wait()
        computing = asyncio.ensure_future(_in(self._answers, compute))
        # its thread cannot be stopped; what it brings later is not looked at
        computing.add_done_callback(lambda late: late.cancelled() or late.exception())
        try:
            done, _ = await asyncio.wait({computing}, timeout=timeout_s)
            if not done:
                raise TimeoutError
            return computing.result()
        finally:
            computing.cancel()  # where it has not begun, nobody needs it any more

    def end(self) -> None:
        """Begin nothing more; what is being computed is not waited for."""
        for pool in (self._triage, self._answers, self._operations):
            pool.shutdown(wait=False, cancel_futures=True)


class Tasks:
    """What goes on beside the loop that takes updates: owed, a courtesy, or without an end."""

    def __init__(self) -> None:
        self._owed: set[asyncio.Task[None]] = set()
        self._courtesies: set[asyncio.Task[None]] = set()
        self._endless: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that a stop has to wait for."""
        _begin(work, self._owed)

    def courtesy(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody is owed."""
        _begin(work, self._courtesies)

    def watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that has no end of its own."""
        _begin(work, self._endless)

    async def drain(self, most_s: float) -> None:
        """Wait for what is owed, but no longer than that; for courtesies a moment."""
        deadline = time.monotonic() + most_s
        while self._owed and (left_s := deadline - time.monotonic()) > 0:
            await asyncio.wait(set(self._owed), timeout=left_s)
        if self._courtesies:
            await asyncio.wait(set(self._courtesies), timeout=1.0)

    async def end(self) -> None:
        """End everything that is still going on."""
        running = self._owed | self._courtesies | self._endless
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _begin(work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)


async def _in(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, call)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What the work gives; None where the stop comes first, which ends the work."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return None
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def sleep(wait_s: float, stop: asyncio.Event) -> None:
    """Wait, but no longer than until the stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), wait_s)
