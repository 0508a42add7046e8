"""Messages out: each part of a reply to Telegram, in its place, once.

What an earlier run has sent already is left out, and a reply that is late says so. Each accepted
message of several is noted, so that a restart sends the rest only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import replace

from backbot.bot import tongues
from backbot.bot.lateness import belated, lateness_of
from backbot.bot.lines import Job
from backbot.bot.parts import Part, Priority
from backbot.bot.running import Run
from backbot.bot.sender import ChatClosedError
from backbot.bot.updates import Incoming

logger = logging.getLogger(__name__)

TYPING_REPEAT_S = 4.5
"""Telegram takes the mark away after five seconds."""
TYPING_MOST = 50


class Delivery:
    """Sends what updates are answered with.

    Args:
        run: Sender, inbox and handler.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    async def deliver(self, job: Job, part: Part) -> bool:
        """Send one part of an update's reply; false where the chat takes no more."""
        if job.skips(part):
            job.went(part)
            return True
        job.warned = job.warned or part.priority is Priority.ESCALATION
        late_s = lateness_of(job.update, time.time())
        parts: tuple[Part, ...] = (part,)
        if not job.told_late and late_s >= self._run.options.presence.late_after_s:
            job.told_late, job.late_s = True, late_s
            language = tongues.language_of(job.incoming.language)
            parts = belated(part, late_s, language)
        accepted = all([await self.send(each) for each in parts])
        job.went(part)
        return accepted

    async def accepted(self, job: Job, part: Part) -> None:
        """Note that one message of several was accepted, so that a restart does not repeat it."""
        try:
            warning = part.priority is Priority.ESCALATION
            await self._run.inbox.accepted(job.update_id, warning=warning)
        except Exception as error:  # noqa: BLE001 worst case, it is sent twice
            logger.error(  # noqa: TRY400 no text
                "update %s: not noted as sent: %s", job.update_id, type(error).__name__
            )

    async def send(self, part: Part) -> bool:
        """Send one part; false where the chat takes no more."""
        slot = part.slot
        if slot is not None and slot.message_id is not None:
            part = replace(part, edit_of=slot.message_id)
        try:
            message_id = await self._run.sender.send(part)
        except ChatClosedError:
            logger.warning("chat %s: takes no messages any more (403)", part.chat_id)
            return False
        if slot is not None and message_id is not None:
            slot.message_id = message_id
        if message_id is not None:
            self._run.handler.sent(part, message_id)
        return True


class Typing:
    """The typing mark over one answer; no task before it is due, and it seldom is.

    Args:
        run: Sender, options, and how much waits.
        incoming: What is being answered.
    """

    def __init__(self, run: Run, incoming: Incoming) -> None:
        self._run = run
        self._incoming = incoming
        self._quiet = asyncio.Lock()  # held while Telegram is told
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Show it when the time has come; where there is no time for marks it is put off."""
        self._timer = self._loop.call_later(self._run.options.typing_after_s, self._start)

    def _start(self) -> None:
        if self._has_time():
            self._task = self._loop.create_task(self._show())
        else:
            self._timer = self._loop.call_later(TYPING_REPEAT_S, self._start)

    async def _show(self) -> None:
        chat_id, thread_id = self._incoming.chat_id, self._incoming.thread_id
        if chat_id is None:
            return
        while True:
            if self._has_time():
                async with self._quiet:
                    await self._run.sender.typing(chat_id, thread_id)
            await asyncio.sleep(TYPING_REPEAT_S)

    def _has_time(self) -> bool:
        """Where hundreds wait, their answers need the time that typing marks would take."""
        return self._run.ledger.pressing <= TYPING_MOST

    async def hush(self) -> None:
        """End it: a mark that overtook the message would stay for five seconds."""
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0), self._quiet:
                    self.cancel()
        self.cancel()

    def cancel(self) -> None:
        """End it, whatever is on the way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
