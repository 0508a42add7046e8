"""The transport: fetches updates, hands them to the handler, sends what it gives back.

    getUpdates ─▶ Inbox.put ─▶ one worker per chat ─▶ Handler.take ─▶ ready ─▶ Sender
       ▲    a webhook call ─┘                            Inbox.done ◀─ Sender ◀─ rest
       └── the offset moves on, the call is answered with 200, only after `put`

Chats run side by side; inside a chat one update is answered before the next is looked at. The
first look at a text (triage) has threads of its own, so that slow answers elsewhere cannot hold
up a warning. Who writes too fast gets answers slowly, and warnings at once: where many of a
chat's messages wait, a new one is looked at when it comes, and its warning goes first.

An update that the inbox cannot write down is answered all the same. The offset then waits until
it was answered: Telegram may deliver it again, and loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import signal
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from telegram import BotCommandScopeChat
from telegram.error import Conflict, InvalidToken, TelegramError

from backbot.bot import menu, staff_wording, tongues, wording
from backbot.bot.api import Api, TooBigError, connect, is_page
from backbot.bot.building import Owed
from backbot.bot.flood import Flood
from backbot.bot.handlers import Handler
from backbot.bot.http import HttpServer, Pages, Webhook, application
from backbot.bot.inbox import Inbox, Left, MemoryInbox
from backbot.bot.lateness import belated, lateness_of
from backbot.bot.log import install_redaction
from backbot.bot.menu import About
from backbot.bot.metrics import Metrics
from backbot.bot.options import Around, BotOptions
from backbot.bot.outbox import Outbox
from backbot.bot.parts import Fetch, Part, Priority, Work
from backbot.bot.presence import Presence, describe, register, tell
from backbot.bot.sender import ChatClosedError, Sender, UndeliveredError
from backbot.bot.updates import ALLOWED_UPDATES, Incoming, chat_of, parse_update
from backbot.errors import BackbotError, SettingsError
from backbot.model import Tier

__all__ = ["Around", "BotOptions", "main_loop", "run_bot", "run_until_signal"]

logger = logging.getLogger(__name__)

TYPING_REPEAT_S = 4.5
"""Telegram takes the mark away after five seconds."""
TYPING_MOST = 50
CONFIRM_TIMEOUT_S = 5.0
PUT_TIMEOUT_S = 2.0
"""A disk that takes longer must not keep a warning waiting."""
UNWRITTEN_S = 10.0
"""So long nothing can be written down until admins are told."""
TOLD_AGAIN_S = 3600.0
HELD_S = 0.5
QUICK_S = 0.2
IDLE_S = 0.2
"""A server that waits as asked never answers an empty request that fast; this bounds the rest."""
REFUSED_AGAIN_S = 5.0
LAST_WORD_S = 2.0
"""So long a stop waits for a report that is on its way."""
CALM_S = 0.5
"""So long answers wait for texts that nobody has looked at yet."""
WEBHOOK_LOOK_S = 30.0
REMEMBERED = 10_000
MANY_WAIT = 4
"""So many messages of a chat are answered quickly, and in order whatever they say."""

T = TypeVar("T")


async def run_bot(
    handler: Handler,
    options: BotOptions,
    stop: asyncio.Event,
    *,
    inbox: Inbox | None = None,
    around: Around | None = None,
) -> None:
    """Answer on Telegram until `stop` is set; then finish what was taken, and leave.

    A server that cannot be reached is tried again for as long as it takes.

    Args:
        handler: Decides on the answers.
        options: How to talk to Telegram.
        stop: Set it from a signal handler or a test.
        inbox: Where updates wait; in memory by default.
        around: What it asks the program around it.

    Raises:
        SettingsError: The token was refused, or an option cannot work.
    """
    options.check()
    secret = (options.webhook.secret,) if options.webhook else ()
    install_redaction((options.token, *secret))
    api = connect(options.token, options.api_url)
    service = _Service(handler, api, options, inbox or MemoryInbox(), around or Around())
    try:
        async with _serving(service, options):
            service.begin()
            if await _sign_in(api, options, stop, service.presence):
                handler.username = api.username
                logger.info("signed in as @%s", api.username)
                await service.run(stop)
            service.presence.end()
    finally:
        await service.close()
        await api.shutdown()


@contextlib.asynccontextmanager
async def _serving(service: _Service, options: BotOptions) -> AsyncIterator[None]:
    """Health, metrics and the webhook over HTTP, where there is somewhere to listen."""
    if options.http is None:
        yield
        return
    server = HttpServer(options.http)
    pages = Pages(service.take_one, service.ready, service.metrics_page)
    serving = asyncio.create_task(server.serve(application(pages, options.webhook)))
    logger.info("listening on %s port %d", options.http[0], server.port)
    try:
        yield
    finally:
        server.stop()
        await asyncio.gather(serving, return_exceptions=True)
        server.close()


async def run_until_signal(
    handler: Handler,
    options: BotOptions,
    *,
    inbox: Inbox | None = None,
    around: Around | None = None,
) -> None:
    """`run_bot` until SIGINT or SIGTERM arrives."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run_bot(handler, options, stop, inbox=inbox, around=around)


def main_loop(
    handler: Handler,
    options: BotOptions,
    *,
    inbox: Inbox | None = None,
    around: Around | None = None,
) -> None:
    """`run_until_signal` for a program that has no event loop of its own."""
    asyncio.run(run_until_signal(handler, options, inbox=inbox, around=around))


async def _sign_in(api: Api, options: BotOptions, stop: asyncio.Event, presence: Presence) -> bool:
    """Check the token; false where the stop came first."""
    failures = 0
    while not stop.is_set():
        try:
            await _unless(stop, api.initialize())
        except Exception as error:  # noqa: BLE001 whatever it is, the network may come back
            if isinstance(error, InvalidToken) and not is_page(error):
                # the library's own message repeats the token
                raise _refused(options) from None
            failures += 1
            presence.pulse.failed(error)
            wait_s = options.backoff.wait_s(error, failures)
            logger.warning(
                "cannot reach %s (%s); trying again in %.1f s",
                options.api_url,
                type(error).__name__,
                wait_s,
            )
            await _sleep(wait_s, stop)
        else:
            if not stop.is_set():
                presence.reached()
            return not stop.is_set()
    return False


def _refused(options: BotOptions) -> SettingsError:
    return SettingsError(
        f"The Bot API server at {options.api_url} refused BACKBOT_TELEGRAM_TOKEN. "
        "Copy the token again from @BotFather."
    )


@dataclass(slots=True, eq=False)
class _Job:
    """An update on its way through.

    Attributes:
        incoming: The update, read.
        warnings: Messages of a warning that were accepted before a restart.
        replies: Other messages that were.
        left: Whether an earlier run left it.
        sent: How many messages of a warning, and how many others, are accepted by now.
        work: What it comes to, where its warning had to go before what still waits.
    """

    update_id: int
    update: object = field(repr=False)
    incoming: Incoming = field(repr=False)
    warnings: int = 0
    replies: int = 0
    began: float = field(default_factory=time.monotonic)
    late_s: float = 0.0
    told_late: bool = False
    warned: bool = False
    left: bool = False
    sent: list[int] = field(default_factory=lambda: [0, 0])
    work: Work | None = field(default=None, repr=False)

    def went(self, part: Part) -> None:
        """A message was accepted, now or before a restart."""
        self.sent[part.priority is not Priority.ESCALATION] += 1

    def skips(self, part: Part) -> bool:
        """Whether an earlier run has sent that message already."""
        if part.priority is Priority.ESCALATION:
            self.warnings -= 1
            return self.warnings >= 0
        self.replies -= 1
        return self.replies >= 0


@dataclass(slots=True)
class _Later:
    """An answer that waits, because its chat writes too fast."""

    job: _Job
    work: Work
    incoming: Incoming


@dataclass(slots=True)
class _Line:
    """What waits in one chat."""

    jobs: deque[_Job] = field(default_factory=deque)
    later: deque[_Later] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    pressing: deque[_Job] = field(default_factory=deque)
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    next_at: float = 0.0
    refused: bool = False

    def add(self, job: _Job) -> None:
        """Put a job behind what waits, but before newer ones that have overtaken it on the way.

        What an earlier run left stays as it was put: there, warnings go first.
        """
        at = len(self.jobs)
        while at and not job.left and not self.jobs[at - 1].left:
            if self.jobs[at - 1].update_id < job.update_id:
                break
            at -= 1
        self.jobs.insert(at, job)
        self.arrived.set()

    def press(self, job: _Job) -> None:
        """Let a waiting update's warning go first, unless a command stands before it."""
        ahead = list(itertools.takewhile(lambda each: each is not job, self.jobs))
        waits = len(ahead) < len(self.jobs)
        commanded = (each.incoming.command() is not None for each in ahead)
        if waits and not any(commanded):
            self.pressing.append(job)
            self.pressed.set()


class _Typing:
    """The typing mark over one answer; no task before it is due, and it seldom is.

    Args:
        loop: The running one.
        after_s: When it appears.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, after_s: float) -> None:
        self.quiet = asyncio.Lock()
        self._loop = loop
        self._after_s = after_s
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(
        self, work: Callable[[], Coroutine[Any, Any, None]], has_time: Callable[[], bool]
    ) -> None:
        """Show it when the time has come; `work` holds `quiet` while it tells Telegram.

        Where there is no time for marks it is put off.
        """

        def start() -> None:
            if has_time():
                self._task = self._loop.create_task(work())
            else:
                self._timer = self._loop.call_later(TYPING_REPEAT_S, start)

        self._timer = self._loop.call_later(self._after_s, start)

    async def hush(self) -> None:
        """End it: a mark that overtook the message would stay for five seconds."""
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0), self.quiet:
                    self.cancel()
        self.cancel()

    def cancel(self) -> None:
        """End it, whatever is on the way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()


class _Service:
    """One run of the bot, from signing in to leaving."""

    def __init__(
        self, handler: Handler, api: Api, options: BotOptions, inbox: Inbox, around: Around
    ) -> None:
        self._handler = handler
        self._api = api
        self._options = options
        self._inbox = inbox
        self._around = around
        self._metrics = Metrics()
        self._outbox = Outbox(options.limits)
        self._sender = Sender(
            api, options.backoff, options.attempts, self._outbox, self._metrics, moved=self._moved
        )
        self.presence = Presence(
            replace(
                options.presence,
                silent_s=options.presence.silent_s + options.poll_timeout_s,
            ),
            lambda: _in(self._triage, handler.well),
            self._report,
        )
        self._flood = Flood(options.flood)
        self._accepting = False
        self._ids: dict[int, None] = {}
        self._unwritten: set[int] = set()
        self._unwritten_since = self._unwritten_told = 0.0
        self._menus = dict(handler.menus())
        self._shown: set[tuple[int, str | None]] = set()
        self._looking = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._postponed = 0
        self._taken = 0
        self._generation = ""
        self._triage = ThreadPoolExecutor(2, "triage")
        self._answers = ThreadPoolExecutor(options.workers, "answer")
        # one may wait for another: a build after an approval for the build before
        self._operations = ThreadPoolExecutor(4, "operation")
        self._lines: dict[int | None, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._courtesies: set[asyncio.Task[None]] = set()
        self._endless: set[asyncio.Task[None]] = set()
        self._open: set[int] = set()
        self._offset: int | None = None

    def begin(self) -> None:
        """The process is there; Telegram may not be."""
        self.presence.begin()
        self._watch(self.presence.beat())

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until the stop, finish what was taken, tell Telegram."""
        await self._recover()
        self._courtesy(self._introduce())
        self._courtesy(self._tell_admins())
        self._watch(self._remind())
        self._watch(self.presence.report(lambda: not self._open))
        if self._options.webhook is None:
            await self._poll(stop)
        else:
            self._accepting = True
            await self._be_called(self._options.webhook, stop)
            self._accepting = False
        self.presence.stopping()
        await self._drain()
        if self._options.webhook is None:
            await self._confirm()

    async def close(self) -> None:
        """End everything that is still going on."""
        running = self._tasks | self._courtesies | self._endless
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for pool in (self._triage, self._answers, self._operations):
            pool.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ updates in

    async def _poll(self, stop: asyncio.Event) -> None:
        failures = idle = 0
        while not stop.is_set():
            if self._is_full():
                self.presence.pulse.tried_at = time.monotonic()
                await _sleep(0.05, stop)
                continue
            began, taken = time.monotonic(), self._taken
            try:
                request = self._api.raw_updates(
                    self._offset, timeout_s=self._options.poll_timeout_s
                )
                updates = await _unless(stop, request)
                if updates is not None:
                    self.presence.reached()
                if await self._take_in(updates):
                    await _sleep(HELD_S, stop)
                # a server that does not wait, or that brings the same again, must not be hurried
                quick = time.monotonic() - began < QUICK_S
                idle = idle + 1 if quick and taken == self._taken else 0
                if idle > 1:
                    await _sleep(IDLE_S, stop)
            except Exception as error:  # noqa: BLE001 polling must outlive every fault
                failures += 1
                self.presence.pulse.failed(error)
                self._metrics.count("backbot_polls_failed_total")
                wait_s = self._troubled(self._options.backoff.wait_s(error, failures))
                logger.warning("%s; trying again in %.1f s", _poll_fault(error), wait_s)
                if isinstance(error, Conflict):
                    await self._drop_webhook()
                await _sleep(wait_s, stop)
            else:
                failures = 0

    def _troubled(self, wait_s: float) -> float:
        """Tell of trouble that does not pass by itself; how long to wait before the next try.

        Raises:
            SettingsError: The token was taken back.
        """
        pulse = self.presence.pulse
        if pulse.is_refused():
            raise _refused(self._options) from None
        if pulse.is_rivalled():
            logger.error("another process uses this token; admins are told")
            self._courtesy(self._report(staff_wording.ANOTHER_PROCESS))
        return wait_s if pulse.refused_at is None else min(wait_s, REFUSED_AGAIN_S)

    def _moved(self, chat_id: int, to: int) -> None:
        self._courtesy(_in(self._triage, lambda: self._handler.moved(chat_id, to)))

    async def _take_in(self, updates: object) -> bool:
        """Hand a batch to the chats' workers, moving the offset past what is safe.

        Returns:
            Whether the offset waits for an update that could not be written down.
        """
        if updates is None:
            return False
        if not isinstance(updates, list):
            raise TypeError("updates are no list")
        found = [(parse_update(update), update) for update in updates]
        known = [
            (read.update_id, read, each) for read, each in found if read.update_id is not None
        ]
        if len(known) < len(found):
            logger.error("%d updates without an id were skipped", len(found) - len(known))
        if updates and not known:
            # nothing to move the offset by: the same batch will come again, so do not hurry
            raise ValueError("no update of the batch has an id")
        known.sort(key=lambda each: each[0])
        if len(known) > 1:  # while they are written down; nobody waits for it
            several = [read for _, read, _ in known]
            self._courtesy(_in(self._triage, lambda: self._handler.expect(several)))
        safe = await asyncio.gather(*(self._take(*each) for each in known))
        held = [each[0] for each, is_safe in zip(known, safe, strict=True) if not is_safe]
        if known:
            # back, too: after a quiet week Telegram numbers anew, and the old offset is void
            self._offset = min(held) if held else max(each[0] for each in known) + 1
        return bool(held)

    async def take_one(self, update: object) -> bool:
        """Take what a call of the webhook brought; false where Telegram must call again."""
        incoming = parse_update(update)
        if incoming.update_id is None:
            logger.error("an update without an id was skipped")
            return True
        if not self._accepting or self._is_full():
            return False
        return await self._take(incoming.update_id, incoming, update)

    def _is_full(self) -> bool:
        return len(self._open) - self._postponed > self._options.max_waiting

    async def _take(self, update_id: int, incoming: Incoming, update: object) -> bool:
        """Write an update down and have it answered; whether Telegram may forget it now."""
        again = update_id in self._unwritten
        if again and update_id not in self._open:
            return True  # answered from memory meanwhile
        try:
            async with asyncio.timeout(PUT_TIMEOUT_S):
                new = await self._inbox.put(update_id, update)
        except Exception as error:  # noqa: BLE001 a disk that fails must not silence a warning
            if not again:
                logger.error(  # noqa: TRY400 no text
                    "update %s: not written down, answered all the same: %s",
                    update_id,
                    type(error).__name__,
                )
                self._metrics.count("backbot_inbox_failures_total")
                self._unwritten.add(update_id)
                self._dispatch(_Job(update_id, update, incoming))
            self._not_written(error)
            return False
        self._is_written()
        if again:
            self._unwritten.discard(update_id)
        elif new and update_id not in self._ids:
            self._dispatch(_Job(update_id, update, incoming))
        else:
            self._metrics.count("backbot_duplicates_total")
        return True

    def _not_written(self, error: Exception) -> None:
        """Tell admins where it lasts: else a full disk is seen in the log alone."""
        now = time.monotonic()
        self._unwritten_since = self._unwritten_since or now
        lasts = now - self._unwritten_since >= UNWRITTEN_S
        if lasts and (not self._unwritten_told or now - self._unwritten_told >= TOLD_AGAIN_S):
            self._unwritten_told = now
            why = str(error) if isinstance(error, BackbotError) else staff_wording.NO_ANSWER
            self._courtesy(self._report(staff_wording.NOT_WRITTEN.format(why=why)))

    def _is_written(self) -> None:
        self._unwritten_since = 0.0
        if self._unwritten_told:
            self._unwritten_told = 0.0
            self._courtesy(self._report(staff_wording.WRITTEN_AGAIN))

    async def _recover(self) -> None:
        """Answer what the last run took and did not finish, warnings first."""
        try:
            left = await self._inbox.waiting()
        except Exception as error:  # noqa: BLE001 new messages are answered meanwhile
            logger.error(  # noqa: TRY400 no text
                "what the last run left cannot be read: %s", type(error).__name__
            )
            self._courtesy(self._recover_later())
            return
        left = [each for each in left if each.update_id not in self._ids]
        if not left:
            return
        logger.warning("%d updates of the last run to answer", len(left))
        if unreadable := sum(not each.readable for each in left):
            self.presence.lateness.could_not_read(unreadable)
        tiers = await asyncio.gather(*(self._tier(each.update) for each in left))
        for each in _warnings_first(left, tiers):
            incoming = replace(parse_update(each.update), again=not each.warnings)
            job = _Job(
                each.update_id, each.update, incoming, each.warnings, each.replies, left=True
            )
            self._dispatch(job)

    async def _recover_later(self) -> None:
        await asyncio.sleep(30)
        await self._recover()

    async def _tier(self, update: object) -> int:
        return await _in(self._triage, lambda: self._handler.tier(update))

    def _dispatch(self, job: _Job) -> None:
        incoming = job.incoming
        if incoming.callback_id:  # whatever waits in that chat: the button must not turn on
            self._spawn(self._sender.noticed(incoming.callback_id))
        self._open.add(job.update_id)
        self._taken += 1
        self._ids[job.update_id] = None
        while len(self._ids) > REMEMBERED:
            oldest = next(iter(self._ids))
            del self._ids[oldest]
            self._unwritten.discard(oldest)
        chat = incoming.chat_id
        line = self._lines.get(chat)
        if line is None:
            line = self._lines[chat] = _Line()
            self._spawn(self._work_off(chat, line))
        line.add(job)
        if len(line.jobs) > MANY_WAIT:
            self._spawn(self._look_ahead(job, line))

    async def _look_ahead(self, job: _Job, line: _Line) -> None:
        """Telegram takes one answer a second in a chat: a warning must not wait for many."""
        if await self._tier(job.incoming) > Tier.NONE:
            line.press(job)

    async def _work_off(self, chat: int | None, line: _Line) -> None:
        """The worker of one chat: one update after the other, until none is left."""
        while line.jobs or line.later:
            await self._warn(line)
            if line.jobs:
                job = line.jobs.popleft()
                await self._guarded(job, self._begin(job, line))
            elif await self._may_go_on(line):
                later = line.later.popleft()
                self._postponed -= 1
                line.next_at = time.monotonic() + self._options.flood.slow_s
                await self._guarded(
                    later.job, self._end(later.job, later.work, later.incoming, line)
                )
        # no await between the last look at the queue and this, so nothing is left behind
        del self._lines[chat]

    async def _may_go_on(self, line: _Line) -> bool:
        """Wait for the next slow answer's time; false where a new message came first."""
        line.arrived.clear()
        wait_s = line.next_at - time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(line.arrived.wait(), max(0.0, wait_s))
            return False
        return True

    async def _guarded(self, job: _Job, work: Coroutine[Any, Any, bool]) -> None:
        """Do a step of an update; mark it done where that was the last."""
        try:
            if not await work:
                return
        except UndeliveredError:
            self._open.discard(job.update_id)
            self._courtesy(self._again(job))
            return
        except Exception as error:  # noqa: BLE001 one bad update must not end its chat
            logger.error(  # noqa: TRY400 no text
                "update %s: failed: %s", job.update_id, type(error).__name__
            )
        await self._close(job)

    async def _again(self, job: _Job) -> None:
        """Answer an update anew: the server or the way to it failed for long."""
        await asyncio.sleep(self._options.again_after_s)
        warnings, replies = job.sent
        self._dispatch(_Job(job.update_id, job.update, job.incoming, warnings, replies))

    async def _close(self, job: _Job) -> None:
        self._open.discard(job.update_id)
        self._metrics.took(time.monotonic() - job.began)
        if job.late_s:
            self.presence.lateness.note(job.late_s, warning=job.warned)
            self._metrics.count("backbot_late_total")
        try:
            await self._inbox.done(job.update_id)
        except Exception as error:  # noqa: BLE001 worst case, it is answered twice
            logger.error(  # noqa: TRY400 no text
                "update %s: not marked done: %s", job.update_id, type(error).__name__
            )

    # ------------------------------------------------------------------ messages out

    async def _begin(self, job: _Job, line: _Line) -> bool:
        """Decide, and send what is decided at once; whether that was all."""
        incoming = job.incoming
        self._metrics.count("backbot_updates_total", "kind", incoming.kind)
        if incoming.private and incoming.chat_id in self._menus:
            # their first message, perhaps, or the first that tells their language
            self._courtesy(self._register(incoming.chat_id, incoming.language))
        work = job.work or await self._looked_at(job)
        delivered = True
        answer_follows = work.fetch is not None or (work.rest is not None and not work.background)
        for number, part in enumerate(work.ready, start=1):
            delivered = delivered and await self._deliver(job, part)
            if delivered and (answer_follows or number < len(work.ready)):
                await self._accepted(job, part)
        if work.fetch is not None and delivered:
            # done when it is told what became of it: a restart fetches it again
            self._spawn(self._guarded(job, self._fetched(job, work.fetch)))
            return False
        if work.background:
            self._spawn(self._in_background(work))
        elif work.rest is not None and delivered:
            too_fast = self._flood.wrote(incoming.key) or bool(line.later)
            if not too_fast:
                return await self._end(job, work, incoming, line)
            return not await self._postpone(_Later(job, work, incoming), line)
        self._log_done(job, incoming)
        return True

    async def _postpone(self, later: _Later, line: _Line) -> bool:
        """Answer later; false where too many wait already, and the person is told so."""
        if len(line.later) < self._options.flood.most:
            line.later.append(later)
            line.refused = False
            self._postponed += 1
            return True
        logger.warning("chat %s: writes too fast", later.incoming.chat_id)
        if not line.refused:
            line.refused = True
            for part in self._handler.too_fast(later.incoming):
                await self._deliver(later.job, part)
        return False

    async def _end(self, job: _Job, work: Work, incoming: Incoming, line: _Line) -> bool:
        if work.rest is not None:
            await self._finish(job, work, incoming, line)
        self._log_done(job, incoming)
        return True

    def _log_done(self, job: _Job, incoming: Incoming) -> None:
        logger.info(
            "update %s: %s in chat %s done in %.3f s",
            job.update_id,
            incoming.kind,
            incoming.chat_id,
            time.monotonic() - job.began,
        )

    async def _finish(self, job: _Job, work: Work, incoming: Incoming, line: _Line) -> None:
        """Let the slow parts come, and send them; the safety sentence where they do not."""
        typing = _Typing(asyncio.get_running_loop(), self._options.typing_after_s)
        typing.begin(lambda: self._type(incoming, typing.quiet), self._has_time)
        try:
            parts, failed = await self._computed(work.rest or iter(()))
            await typing.hush()
            for number, part in enumerate(parts, start=1):
                if not await self._aside(self._deliver(job, part), line):
                    return
                if number < len(parts):  # the last one's mark is the update's own
                    await self._accepted(job, part)
            if failed is not None:
                await self._failed(job, work, failed)
        except UndeliveredError:
            raise
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            await typing.hush()
            await self._failed(job, work, error)
        finally:
            typing.cancel()

    async def _aside(self, sending: Coroutine[Any, Any, bool], line: _Line) -> bool:
        """Send an answer; where many wait, a warning that comes meanwhile is not kept waiting."""
        if len(line.jobs) <= MANY_WAIT:
            return await sending
        task = asyncio.ensure_future(sending)
        try:
            while not task.done():
                passing = asyncio.ensure_future(line.pressed.wait())
                await asyncio.wait({task, passing}, return_when=asyncio.FIRST_COMPLETED)
                passing.cancel()
                await self._warn(line)
            return await task
        finally:
            task.cancel()

    async def _looked_at(self, job: _Job) -> Work:
        self._looking += 1
        self._calm.clear()
        try:
            return await _in(self._triage, lambda: self._handler.take(job.incoming))
        finally:
            self._looking -= 1
            if not self._looking:
                self._calm.set()

    async def _warn(self, line: _Line) -> None:
        """Send the warnings of updates that wait; their answers keep their place."""
        line.pressed.clear()
        while line.pressing:
            job = line.pressing.popleft()
            if job not in line.jobs:
                continue
            try:
                job.work = work = await self._looked_at(job)
                if not any(part.priority is Priority.ESCALATION for part in work.ready):
                    continue  # a dry run of staff's, perhaps: in its place
                job.work = replace(work, ready=())
                for part in work.ready:
                    if await self._deliver(job, part):
                        await self._accepted(job, part)
                    else:
                        job.work = Work()
            except Exception as error:  # noqa: BLE001 then its turn comes as any other's
                logger.error(  # noqa: TRY400 no text
                    "update %s: no warning ahead: %s", job.update_id, type(error).__name__
                )

    async def _failed(self, job: _Job, work: Work, error: Exception) -> None:
        """Say what a person is owed where there is no answer."""
        logger.error("update %s: no answer: %s", job.update_id, type(error).__name__)
        if work.failsafe is not None:
            for part in await _in(self._triage, work.failsafe):
                await self._deliver(job, part)

    async def _deliver(self, job: _Job, part: Part) -> bool:
        """Send one part of an update's reply; false where the chat takes no more."""
        if job.skips(part):
            job.went(part)
            return True
        job.warned = job.warned or part.priority is Priority.ESCALATION
        late_s = lateness_of(job.update, time.time())
        parts: tuple[Part, ...] = (part,)
        if not job.told_late and late_s >= self._options.presence.late_after_s:
            job.told_late, job.late_s = True, late_s
            language = tongues.language_of(job.incoming.language)
            parts = belated(part, late_s, language)
        accepted = all([await self._send(each) for each in parts])
        job.went(part)
        return accepted

    async def _accepted(self, job: _Job, part: Part) -> None:
        """Note that one message of several was accepted, so that a restart does not repeat it."""
        try:
            warning = part.priority is Priority.ESCALATION
            await self._inbox.accepted(job.update_id, warning=warning)
        except Exception as error:  # noqa: BLE001 worst case, it is sent twice
            logger.error(  # noqa: TRY400 no text
                "update %s: not noted as sent: %s", job.update_id, type(error).__name__
            )

    async def _computed(self, rest: Iterator[Part]) -> tuple[list[Part], Exception | None]:
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
        done, _ = await asyncio.wait({computing}, timeout=self._options.answer_timeout_s)
        if not done:
            raise TimeoutError
        return computing.result()

    async def _in_background(self, work: Work, *, until_told: bool = False) -> None:
        """Send what takes its time.

        Raises:
            UndeliveredError: With `until_told`, where the way to the server failed.
        """
        if work.rest is None:
            return
        try:
            while (part := await self._next_operation(work.rest)) is not None:
                await self._send(part)
        except Exception as error:
            logger.error("operation failed: %s", type(error).__name__)  # noqa: TRY400 no text
            if until_told and isinstance(error, UndeliveredError):
                raise
            if work.failsafe is None:
                return
            with contextlib.suppress(*(() if until_told else (UndeliveredError,))):
                for part in await _in(self._triage, work.failsafe):
                    await self._send(part)

    async def _next_operation(self, rest: Iterator[Part]) -> Part | None:
        return await _in(self._operations, lambda: next(rest, None))

    async def _fetched(self, job: _Job, fetch: Fetch) -> bool:
        """Fetch a person's file into a folder of its own, say what becomes of it, remove it."""
        with tempfile.TemporaryDirectory(prefix="backbot-") as folder:
            # the name is ours: the sender's may be anything
            target = Path(folder) / f"document{fetch.suffix}"
            try:
                await self._api.fetch(fetch.file_id, target, fetch.max_bytes)
                work = Work(rest=fetch.then(target), failsafe=lambda: fetch.failed)
            except Exception as error:  # noqa: BLE001 whatever it is, the sender is told
                too_big = isinstance(error, TooBigError) or "too big" in str(error).lower()
                logger.warning("a document was not fetched: %s", type(error).__name__)
                work = Work(rest=iter(fetch.too_big if too_big else fetch.failed))
            await self._in_background(work, until_told=True)
        self._log_done(job, job.incoming)
        return True

    async def _send(self, part: Part) -> bool:
        """Send one part; false where the chat takes no more."""
        slot = part.slot
        if slot is not None and slot.message_id is not None:
            part = replace(part, edit_of=slot.message_id)
        try:
            message_id = await self._sender.send(part)
        except ChatClosedError:
            logger.warning("chat %s: takes no messages any more (403)", part.chat_id)
            return False
        if slot is not None and message_id is not None:
            slot.message_id = message_id
        if message_id is not None:
            self._handler.sent(part, message_id)
        return True

    async def _type(self, incoming: Incoming, quiet: asyncio.Lock) -> None:
        if incoming.chat_id is None:
            return
        while True:
            if self._has_time():
                async with quiet:
                    await self._sender.typing(incoming.chat_id, incoming.thread_id)
            await asyncio.sleep(TYPING_REPEAT_S)

    def _has_time(self) -> bool:
        """Where hundreds wait, their answers need the time that typing marks would take."""
        return len(self._open) - self._postponed <= TYPING_MOST

    # ------------------------------------------------------------------ beginning and end

    async def _introduce(self) -> None:
        if self._options.webhook is None:
            await self._drop_webhook()
        self._courtesy(self._describe())
        for chat_id in self._menus:
            await self._register(chat_id)

    async def _register(self, chat_id: int, language: str = "") -> None:
        """Show a member of staff their commands; whoever has no chat yet gets them later.

        Of the menus that there are, Telegram shows the first one in this order: the chat's own in
        the person's language, the chat's own, everybody's in that language, everybody's. So the
        chat's own stands there for any language, and once more in theirs where we speak it.
        """
        code = tongues.language_of(language)
        for shown in (None,) if code == "en" else (None, code):
            if (chat_id, shown) in self._shown:
                continue
            self._shown.add((chat_id, shown))
            try:
                all_of_them = (*menu.commands(shown), *self._menus[chat_id])
                scope = BotCommandScopeChat(chat_id)
                await register(self._api, all_of_them, shown, scope=scope)
            except Exception as error:  # noqa: BLE001 a menu, no more
                logger.info("no menu for user %s yet: %s", chat_id, type(error).__name__)
                self._shown.discard((chat_id, shown))

    async def _tell_admins(self) -> None:
        """Say what is wrong with the set-up. An admin who never wrote to the bot gets nothing."""
        for part in await asyncio.to_thread(lambda: list(self._handler.for_admins())):
            try:
                await self._sender.send(part)
            except Exception as error:  # noqa: BLE001 the log has it too
                logger.warning("admin %s was not told: %s", part.chat_id, type(error).__name__)

    async def _remind(self) -> None:
        """Tell admins now and then what is overdue; once one has been told, the week begins.

        Before that: what a restart has cut off, as soon as the database can be read.
        """
        while True:
            await self._tell_owed()
            try:
                parts = await _in(self._operations, lambda: list(self._handler.reminders()))
                told = False
                for part in parts:
                    told = await self._reaches(part) or told
                if told:
                    await _in(self._operations, self._handler.reminded)
            except Exception as error:  # noqa: BLE001 the next hour is another chance
                logger.warning("no reminders: %s", type(error).__name__)
            await asyncio.sleep(self._options.remind_every_s)

    async def _tell_owed(self) -> None:
        """Tell staff what became of the work that an earlier run did not see the end of."""
        try:
            for owed in await _in(self._operations, lambda: list(self._handler.owed())):
                telling = asyncio.ensure_future(self._tell(owed))
                try:
                    await asyncio.shield(telling)
                except asyncio.CancelledError:
                    # Stopped between Telegram's yes and the note of it, it would be told twice.
                    await asyncio.wait({telling}, timeout=LAST_WORD_S)
                    telling.cancel()
                    raise
        except Exception as error:  # noqa: BLE001 tried again with the next reminders
            logger.warning("what a restart cut off is not told: %s", type(error).__name__)

    async def _tell(self, owed: Owed) -> None:
        for part in owed.parts:
            if not await self._reaches(part):
                logger.warning("chat %s: a report was not delivered", part.chat_id)
        await _in(self._operations, owed.told)

    async def _reaches(self, part: Part) -> bool:
        try:
            return await self._sender.send(part) is not None
        except ChatClosedError:
            return False

    async def _describe(self) -> None:
        texts = await _in(self._operations, lambda: tuple(self._around.texts()))
        texts = texts or (About(None, "", "", wording.COMMANDS),)
        await describe(self._api, texts, groups=self._handler.in_groups)

    async def _report(self, text: str) -> None:
        await tell(self._sender.send, self._handler.tell_admins(text))

    # ------------------------------------------------------------------ over HTTP

    async def _be_called(self, webhook: Webhook, stop: asyncio.Event) -> None:
        """Have Telegram call us, and look now and then whether it still can."""
        failures = 0
        is_set = False
        while not stop.is_set():
            try:
                if not is_set:
                    request = self._api.set_webhook(
                        webhook.url,
                        secret_token=webhook.secret,
                        allowed_updates=list(ALLOWED_UPDATES),
                        drop_pending_updates=False,
                    )
                    is_set = bool(await _unless(stop, request))
                    logger.info("webhook set, path %s", webhook.path)
                else:
                    found = await self._api.get_webhook_info()
                    is_set = found.url == webhook.url
                    if not is_set:
                        logger.error("the webhook was changed by somebody else; set again")
                        continue
                self.presence.reached()
            except Exception as error:  # noqa: BLE001 the next time may go well
                failures += 1
                self.presence.pulse.failed(error)
                wait_s = self._troubled(self._options.backoff.wait_s(error, failures))
                logger.warning("webhook: %s; trying again in %.1f s", type(error).__name__, wait_s)
                await _sleep(wait_s, stop)
            else:
                failures = 0
                await _sleep(min(WEBHOOK_LOOK_S, self._options.presence.every_s), stop)

    async def ready(self) -> Mapping[str, str]:
        """What serving needs, each "ok" or what is wrong in a word."""
        found = {}
        for name, check in self._around.checks.items():
            try:
                async with asyncio.timeout(PUT_TIMEOUT_S):
                    await asyncio.to_thread(check)
                found[name] = "ok"
            except Exception as error:  # noqa: BLE001 that is what is asked
                found[name] = type(error).__name__
        found["telegram"] = "ok" if self.presence.is_reached() else "not reached"
        return found

    async def metrics_page(self) -> str:
        """Numbers for Prometheus."""
        noted: Mapping[str, int] = {}
        generation = ""
        with contextlib.suppress(BackbotError):
            noted = await asyncio.to_thread(self._around.noted)
        with contextlib.suppress(BackbotError):
            generation = await asyncio.to_thread(self._around.generation)
        if generation and generation != self._generation:
            if self._generation:
                self._metrics.count("backbot_rebuilds_total")
            self._generation = generation
        reached = self.presence.pulse.alive.reached_at
        return self._metrics.render(
            {
                "backbot_inbox_depth": ("Updates taken and not answered.", len(self._open)),
                "backbot_postponed": ("Answers slowed down for a flood.", self._postponed),
                "backbot_outbox_depth": ("Messages waiting to be sent.", self._outbox.waiting),
                "backbot_index_served": ("1 where an index is served.", bool(generation)),
                "backbot_telegram_reached": (
                    "1 where Telegram can be reached.",
                    self.presence.is_reached(),
                ),
                "backbot_telegram_reached_seconds": ("When it last was, POSIX time.", reached),
            },
            noted,
        )

    # ------------------------------------------------------------------ the end

    async def _drop_webhook(self) -> None:
        """Polling and a webhook exclude each other; what waits is kept."""
        try:
            await self._api.delete_webhook(drop_pending_updates=False)
        except Exception as error:  # noqa: BLE001 polling will say so if it matters
            logger.warning("webhook not removed: %s", type(error).__name__)

    async def _drain(self) -> None:
        logger.info("stopping: %d updates to finish", len(self._open))
        deadline = time.monotonic() + self._options.drain_s
        while self._tasks and (left_s := deadline - time.monotonic()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left_s)
        if self._courtesies:
            await asyncio.wait(set(self._courtesies), timeout=1.0)
        if self._open:
            logger.error("left with %d updates unanswered", len(self._open))

    async def _confirm(self) -> None:
        """Tell Telegram what is done, so that the next start does not answer it again."""
        offset = min(self._open, default=self._offset)
        if offset is None:
            return
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await self._api.raw_updates(offset, timeout_s=0, limit=1)
        except Exception as error:  # noqa: BLE001 worst case, the last batch is answered twice
            logger.warning("the last updates are not confirmed: %s", type(error).__name__)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that a stop has to wait for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _courtesy(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody is owed."""
        task = asyncio.create_task(work)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that has no end of its own."""
        task = asyncio.create_task(work)
        self._endless.add(task)
        task.add_done_callback(self._endless.discard)


def _warnings_first(left: Sequence[Left], tiers: Sequence[int]) -> list[Left]:
    """Chats that tell of danger before the others, each in its own order.

    What must be looked at today goes first in its chat too, unless a command stands before it.
    """
    chats: dict[int | None, int] = {}
    commanded: set[int | None] = set()
    pressing: list[int] = []
    for each, tier in zip(left, tiers, strict=True):
        chat = chat_of(each.update)
        chats[chat] = max(tier, chats.get(chat, 0))
        if parse_update(each.update).command() is not None:
            commanded.add(chat)
        pressing.append(tier if tier >= Tier.URGENT and chat not in commanded else 0)
    order = sorted(
        range(len(left)),
        key=lambda at: (-pressing[at], -chats[chat_of(left[at].update)], at),
    )
    return [left[at] for at in order]


async def _in(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, call)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
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


async def _sleep(wait_s: float, stop: asyncio.Event) -> None:
    """Wait, but no longer than until the stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), wait_s)


def _poll_fault(error: Exception) -> str:
    if isinstance(error, Conflict):
        return "another process fetches updates with this token, or a webhook is set"
    if isinstance(error, InvalidToken):
        return "the server refuses the token"
    if isinstance(error, TelegramError):
        return f"no updates ({type(error).__name__})"
    return f"updates could not be read ({type(error).__name__})"
