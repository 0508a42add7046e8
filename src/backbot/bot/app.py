"""The transport: fetches updates, hands them to the handler, sends what it gives back.

    getUpdates ─▶ Inbox.put ─▶ one worker per chat ─▶ Handler.take ─▶ ready ─▶ Sender
       ▲                                                 Inbox.done ◀─ Sender ◀─ rest
       └── the offset moves on only after `put`

Chats run side by side; inside a chat one update is answered before the next is looked at. The
first look at a text (triage) has threads of its own, so that slow answers elsewhere cannot hold
up a warning.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from telegram import BotCommandScopeChat
from telegram.error import Conflict, InvalidToken, TelegramError

from backbot.bot import wording
from backbot.bot.api import Api, TooBigError, connect
from backbot.bot.handlers import Handler
from backbot.bot.inbox import Inbox, MemoryInbox
from backbot.bot.log import install_redaction
from backbot.bot.parts import Fetch, Part, Work
from backbot.bot.sender import Backoff, ChatClosedError, Sender
from backbot.bot.updates import chat_of, parse_update
from backbot.errors import SettingsError

logger = logging.getLogger(__name__)

DEFAULT_API_URL = "https://api.telegram.org"
TYPING_REPEAT_S = 4.5
"""Telegram takes the mark away after five seconds."""
CONFIRM_TIMEOUT_S = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BotOptions:
    """How the bot talks to Telegram.

    Attributes:
        token: The bot's token; kept out of `repr`.
        api_url: Root of the Bot API server, without `/bot`.
        poll_timeout_s: How long one request for updates may wait, whole seconds.
        workers: Answers computed at the same time.
        attempts: How often a message that is no escalation is tried.
        backoff: Waits between attempts.
        answer_timeout_s: After this the person gets the safety sentence instead of an answer.
        typing_after_s: When the typing mark appears.
        drain_s: How long a stop waits for what was taken.
        remind_every_s: How often to look whether admins are to be reminded of something.
        max_waiting: Polling pauses while more updates than this wait for their turn.
    """

    token: str = field(repr=False)
    api_url: str = DEFAULT_API_URL
    poll_timeout_s: int = 30
    workers: int = 4
    attempts: int = 8
    backoff: Backoff = field(default_factory=Backoff)
    answer_timeout_s: float = 60.0
    typing_after_s: float = 0.0
    drain_s: float = 25.0
    remind_every_s: float = 3600.0
    max_waiting: int = 1000

    def check(self) -> None:
        """Raise SettingsError where no request could be made at all."""
        if not re.fullmatch(r"[A-Za-z0-9:_-]+", self.token):
            raise SettingsError(
                "BACKBOT_TELEGRAM_TOKEN is empty or holds characters that no token has. "
                "Copy it again from @BotFather."
            )
        url = urlsplit(self.api_url)
        if url.scheme not in {"http", "https"} or not url.netloc:
            raise SettingsError(
                f"BACKBOT_TELEGRAM_API_URL is {self.api_url!r}, which is no web address. "
                f"It is the root of a Bot API server, such as {DEFAULT_API_URL}."
            )


async def run_bot(
    handler: Handler, options: BotOptions, stop: asyncio.Event, *, inbox: Inbox | None = None
) -> None:
    """Answer on Telegram until `stop` is set; then finish what was taken, and leave.

    A server that cannot be reached is tried again for as long as it takes.

    Args:
        handler: Decides on the answers.
        options: How to talk to Telegram.
        stop: Set it from a signal handler or a test.
        inbox: Where updates wait; in memory by default.

    Raises:
        SettingsError: The token was refused, or an option cannot work.
    """
    options.check()
    install_redaction((options.token,))
    api = connect(options.token, options.api_url)
    try:
        if await _sign_in(api, options, stop):
            handler.username = api.username
            logger.info("signed in as @%s", api.username)
            await _Service(handler, api, options, inbox or MemoryInbox()).run(stop)
    finally:
        await api.shutdown()


async def run_until_signal(handler: Handler, options: BotOptions) -> None:
    """`run_bot` until SIGINT or SIGTERM arrives."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run_bot(handler, options, stop)


def main_loop(handler: Handler, options: BotOptions) -> None:
    """`run_until_signal` for a program that has no event loop of its own."""
    asyncio.run(run_until_signal(handler, options))


async def _sign_in(api: Api, options: BotOptions, stop: asyncio.Event) -> bool:
    """Check the token; false where the stop came first."""
    failures = 0
    while not stop.is_set():
        try:
            await _unless(stop, api.initialize())
        except InvalidToken:
            # the library's own message repeats the token
            raise SettingsError(
                f"The Bot API server at {options.api_url} refused BACKBOT_TELEGRAM_TOKEN. "
                "Copy the token again from @BotFather."
            ) from None
        except Exception as error:  # noqa: BLE001 whatever it is, the network may come back
            failures += 1
            wait_s = options.backoff.wait_s(error, failures)
            logger.warning(
                "cannot reach %s (%s); trying again in %.1f s",
                options.api_url,
                type(error).__name__,
                wait_s,
            )
            await _sleep(wait_s, stop)
        else:
            return not stop.is_set()
    return False


class _Service:
    """One run of the bot, from signing in to leaving."""

    def __init__(self, handler: Handler, api: Api, options: BotOptions, inbox: Inbox) -> None:
        self._handler = handler
        self._api = api
        self._options = options
        self._inbox = inbox
        self._sender = Sender(api, options.backoff, options.attempts)
        self._triage = ThreadPoolExecutor(2, "triage")
        self._answers = ThreadPoolExecutor(options.workers, "answer")
        # one may wait for another: a build after an approval for the build before
        self._operations = ThreadPoolExecutor(4, "operation")
        self._queues: dict[int | None, deque[tuple[int, object]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._courtesies: set[asyncio.Task[None]] = set()
        self._open: set[int] = set()
        self._offset: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until the stop, finish what was taken, tell Telegram."""
        self._courtesy(self._introduce())
        self._courtesy(self._tell_admins())
        self._courtesy(self._remind())
        try:
            await self._poll(stop)
            await self._drain()
            await self._confirm()
        finally:
            for task in self._tasks | self._courtesies:
                task.cancel()
            await asyncio.gather(*self._tasks, *self._courtesies, return_exceptions=True)
            for pool in (self._triage, self._answers, self._operations):
                pool.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ updates in

    async def _poll(self, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            if len(self._open) > self._options.max_waiting:
                await _sleep(0.05, stop)
                continue
            try:
                request = self._api.raw_updates(
                    self._offset, timeout_s=self._options.poll_timeout_s
                )
                await self._take_in(await _unless(stop, request))
            except Exception as error:  # noqa: BLE001 polling must outlive every fault
                failures += 1
                wait_s = self._options.backoff.wait_s(error, failures)
                logger.warning("%s; trying again in %.1f s", _poll_fault(error), wait_s)
                if isinstance(error, Conflict):
                    await self._drop_webhook()
                await _sleep(wait_s, stop)
            else:
                failures = 0

    async def _take_in(self, updates: object) -> None:
        """Hand a batch to the chats' workers, moving the offset past each as it is taken."""
        if updates is None:
            return
        if not isinstance(updates, list):
            raise TypeError("updates are no list")
        moved = not updates
        for update in updates:
            update_id = parse_update(update).update_id
            if update_id is None:
                logger.error("an update without an id was skipped")
                continue
            if await self._inbox.put(update_id, update):
                self._dispatch(update_id, update)
            self._offset = max(self._offset or 0, update_id + 1)
            moved = True
        if not moved:
            # nothing to move the offset by: the same batch will come again, so do not hurry
            raise ValueError("no update of the batch has an id")

    def _dispatch(self, update_id: int, update: object) -> None:
        self._open.add(update_id)
        chat = chat_of(update)
        queue = self._queues.get(chat)
        if queue is None:
            queue = self._queues[chat] = deque()
            self._spawn(self._work_off(chat, queue))
        queue.append((update_id, update))

    async def _work_off(self, chat: int | None, queue: deque[tuple[int, object]]) -> None:
        """The worker of one chat: one update after the other, until none is left."""
        while queue:
            update_id, update = queue.popleft()
            try:
                await self._process(update_id, update)
            except Exception as error:  # noqa: BLE001 one bad update must not end its chat
                logger.error(  # noqa: TRY400 no text
                    "update %s: failed: %s", update_id, type(error).__name__
                )
            await self._close(update_id)
        # no await between the last look at the queue and this, so nothing is left behind
        del self._queues[chat]

    async def _close(self, update_id: int) -> None:
        self._open.discard(update_id)
        try:
            await self._inbox.done(update_id)
        except Exception as error:  # noqa: BLE001 worst case, it is answered twice
            logger.error(  # noqa: TRY400 no text
                "update %s: not marked done: %s", update_id, type(error).__name__
            )

    # ------------------------------------------------------------------ messages out

    async def _process(self, update_id: int, update: object) -> None:
        started = time.monotonic()
        incoming = parse_update(update)
        if incoming.callback_id:
            self._courtesy(self._sender.noticed(incoming.callback_id))
        work = await _in(self._triage, lambda: self._handler.take(update))
        delivered = True
        for part in work.ready:
            delivered = delivered and await self._send(part)
        if work.fetch is not None:
            self._spawn(self._fetched(work.fetch))
        if work.background:
            self._spawn(self._in_background(work))
        elif work.rest is not None and delivered:
            await self._finish(update_id, work, work.rest, incoming.chat_id)
        logger.info(
            "update %s: %s in chat %s done in %.3f s",
            update_id,
            incoming.kind,
            incoming.chat_id,
            time.monotonic() - started,
        )

    async def _finish(
        self, update_id: int, work: Work, rest: Iterator[Part], chat_id: int | None
    ) -> None:
        """Let the slow parts come, and send them; the safety sentence where they do not."""
        quiet = asyncio.Lock()
        typing = asyncio.create_task(self._type(chat_id, quiet))
        try:
            while (part := await self._next(rest)) is not None:
                await _hush(typing, quiet)
                if not await self._send(part):
                    return
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            logger.error(  # noqa: TRY400 no text
                "update %s: no answer: %s", update_id, type(error).__name__
            )
            await _hush(typing, quiet)
            for part in work.failsafe:
                await self._send(part)
        finally:
            typing.cancel()

    async def _next(self, rest: Iterator[Part]) -> Part | None:
        """The next slow part, None at the end; TimeoutError when it takes too long."""
        computing = asyncio.ensure_future(_in(self._answers, lambda: next(rest, None)))
        # its thread cannot be stopped; what it brings later is not looked at
        computing.add_done_callback(lambda late: late.cancelled() or late.exception())
        done, _ = await asyncio.wait({computing}, timeout=self._options.answer_timeout_s)
        if not done:
            raise TimeoutError
        return computing.result()

    async def _in_background(self, work: Work) -> None:
        if work.rest is None:
            return
        try:
            while (part := await self._next_operation(work.rest)) is not None:
                await self._send(part)
        except Exception as error:  # noqa: BLE001 the bot goes on
            logger.error("operation failed: %s", type(error).__name__)  # noqa: TRY400 no text
            for part in work.failsafe:
                await self._send(part)

    async def _next_operation(self, rest: Iterator[Part]) -> Part | None:
        return await _in(self._operations, lambda: next(rest, None))

    async def _fetched(self, fetch: Fetch) -> None:
        """Fetch a person's file into a folder of its own, say what becomes of it, remove it."""
        with tempfile.TemporaryDirectory(prefix="backbot-") as folder:
            # the name is ours: the sender's may be anything
            target = Path(folder) / f"document{fetch.suffix}"
            try:
                await self._api.fetch(fetch.file_id, target, fetch.max_bytes)
                work = Work(rest=fetch.then(target), failsafe=fetch.failed)
            except Exception as error:  # noqa: BLE001 whatever it is, the sender is told
                too_big = isinstance(error, TooBigError) or "too big" in str(error).lower()
                logger.warning("a document was not fetched: %s", type(error).__name__)
                work = Work(rest=iter(fetch.too_big if too_big else fetch.failed))
            await self._in_background(work)

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

    async def _type(self, chat_id: int | None, quiet: asyncio.Lock) -> None:
        if chat_id is None:
            return
        await asyncio.sleep(self._options.typing_after_s)
        while True:
            async with quiet:
                await self._sender.typing(chat_id)
            await asyncio.sleep(TYPING_REPEAT_S)

    # ------------------------------------------------------------------ beginning and end

    async def _introduce(self) -> None:
        await self._drop_webhook()
        try:
            await self._api.set_my_commands(wording.COMMANDS)
        except Exception as error:  # noqa: BLE001 a menu, no more
            logger.warning("commands not registered: %s", type(error).__name__)
        for chat_id, commands in self._handler.menus():
            scope = BotCommandScopeChat(chat_id)
            try:
                await self._api.set_my_commands((*wording.COMMANDS, *commands), scope=scope)
            except Exception as error:  # noqa: BLE001 who has never written has no chat yet
                logger.info("no menu for user %s: %s", chat_id, type(error).__name__)

    async def _tell_admins(self) -> None:
        """Say what is wrong with the set-up. An admin who never wrote to the bot gets nothing."""
        for part in await asyncio.to_thread(lambda: list(self._handler.for_admins())):
            try:
                await self._sender.send(part)
            except Exception as error:  # noqa: BLE001 the log has it too
                logger.warning("admin %s was not told: %s", part.chat_id, type(error).__name__)

    async def _remind(self) -> None:
        """Tell admins now and then what is overdue; once one has been told, the week begins."""
        while True:
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

    async def _reaches(self, part: Part) -> bool:
        try:
            return await self._sender.send(part) is not None
        except ChatClosedError:
            return False

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


async def _in(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, call)


async def _hush(typing: asyncio.Task[None], quiet: asyncio.Lock) -> None:
    """End the typing mark: one that overtook the message would stay for five seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0), quiet:
            typing.cancel()
    typing.cancel()


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
