"""A worker for each chat: one update is answered before the next is looked at.

Chats run side by side. Who writes too fast gets answers slowly, and warnings at once: where many
of a chat's messages wait, or one takes long to be answered, a new one is looked at when it comes,
and its warning goes first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Collection, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from backbot.bot.background import Background
from backbot.bot.delivery import Delivery, Typing
from backbot.bot.flood import Flood
from backbot.bot.lines import Job, Later, Line
from backbot.bot.notices import Notices
from backbot.bot.parts import Fetch, Part, Priority, Work
from backbot.bot.running import Run
from backbot.bot.sender import UndeliveredError
from backbot.model import Tier

logger = logging.getLogger(__name__)

MANY_WAIT = 4
"""So many messages of a chat are answered quickly, and in order whatever they say."""
STUCK_S = 1.0
"""What takes longer, to compute or to send, keeps no warning of its chat waiting."""
BITS = 4
"""So many messages before one are read together with it: a sign may be told bit by bit."""

T = TypeVar("T")


class Chats:
    """Answers updates, each chat's in their order.

    Args:
        run: What the parts of a run share.
        delivery: Sends messages.
        background: Does what may take minutes.
        notices: Shows staff their commands.
    """

    def __init__(
        self, run: Run, delivery: Delivery, background: Background, notices: Notices
    ) -> None:
        self._run = run
        self._delivery = delivery
        self._background = background
        self._notices = notices
        self._flood = Flood(run.options.flood)
        self._lines: dict[int | None, Line] = {}

    def dispatch(self, job: Job) -> None:
        """Put an update behind what waits in its chat."""
        incoming = job.incoming
        if incoming.callback_id:  # whatever waits in that chat: the button must not turn on
            self._run.tasks.spawn(self._run.sender.noticed(incoming.callback_id))
        self._run.ledger.take(job.update_id)
        chat = incoming.chat_id
        line = self._lines.get(chat)
        if line is None:
            line = self._lines[chat] = Line()
            self._run.tasks.spawn(self._work_off(chat, line))
        line.add(job)
        if len(line.jobs) > MANY_WAIT or line.stuck:
            self._run.tasks.spawn(self._look_ahead(job, line))

    # ------------------------------------------------------------------ in line

    async def _work_off(self, chat: int | None, line: Line) -> None:
        """The worker of one chat: one update after the other, until none is left."""
        while line.jobs or line.later:
            await self._warn(line)
            if line.jobs:
                job = line.jobs.popleft()
                await self._guarded(job, self._begin(job, line))
            elif await self._may_go_on(line):
                later = line.later.popleft()
                self._run.ledger.postponed -= 1
                line.next_at = time.monotonic() + self._run.options.flood.slow_s
                await self._guarded(later.job, self._end(later.job, later.work, line))
        # no await between the last look at the queue and this, so nothing is left behind
        del self._lines[chat]

    async def _may_go_on(self, line: Line) -> bool:
        """Wait for the next slow answer's time; false where a new message came first."""
        line.arrived.clear()
        wait_s = line.next_at - time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(line.arrived.wait(), max(0.0, wait_s))
            return False
        return True

    async def _guarded(self, job: Job, work: Coroutine[Any, Any, bool]) -> None:
        """Do a step of an update; mark it done where that was the last."""
        try:
            if not await work:
                return
        except UndeliveredError:
            self._run.ledger.close(job.update_id)
            self._run.tasks.courtesy(self._again(job))
            return
        except Exception as error:  # noqa: BLE001 one bad update must not end its chat
            logger.error(  # noqa: TRY400 no text
                "update %s: failed: %s", job.update_id, type(error).__name__
            )
        await self._close(job)

    async def _again(self, job: Job) -> None:
        """Answer an update anew: the server or the way to it failed for long."""
        await asyncio.sleep(self._run.options.again_after_s)
        warnings, replies = job.sent
        self.dispatch(Job(job.update_id, job.update, job.incoming, warnings, replies))

    async def _close(self, job: Job) -> None:
        self._run.ledger.close(job.update_id)
        self._run.metrics.took(time.monotonic() - job.began)
        if job.late_s:
            self._run.presence.lateness.note(job.late_s, warning=job.warned)
            self._run.metrics.count("backbot_late_total")
        try:
            await self._run.inbox.done(job.update_id)
        except Exception as error:  # noqa: BLE001 worst case, it is answered twice
            logger.error(  # noqa: TRY400 no text
                "update %s: not marked done: %s", job.update_id, type(error).__name__
            )

    # ------------------------------------------------------------------ one update

    async def _begin(self, job: Job, line: Line) -> bool:
        """Decide, and send what is decided at once; whether that was all."""
        incoming = job.incoming
        self._run.metrics.count("backbot_updates_total", "kind", incoming.kind)
        self._notices.met(incoming)
        if job.overtaken and job.work is None and not await self._run.tier(incoming):
            # dozens of reminders would push the warning itself out of sight
            logger.info("update %s: an emergency overtook it", job.update_id)
            return True
        work = job.work or await self._looked_at(job)
        delivered = True
        answer_follows = work.fetch is not None or (work.rest is not None and not work.background)
        for number, part in enumerate(work.ready, start=1):
            delivered = delivered and await self._aside(job, part, line)
            if delivered and (answer_follows or number < len(work.ready)):
                await self._delivery.accepted(job, part)
        if work.emergency and delivered:
            await self._leave_out(line, {incoming.key})
        if work.fetch is not None and delivered:
            # done when it is told what became of it: a restart fetches it again
            self._run.tasks.spawn(self._guarded(job, self._fetched(job, work.fetch)))
            return False
        if work.background:
            self._run.tasks.spawn(self._background.work_off(work))
        elif work.rest is not None and delivered and not job.overtaken:
            too_fast = self._flood.wrote(incoming.key) or bool(line.later)
            if not too_fast:
                return await self._end(job, work, line)
            return not await self._postpone(Later(job, work), line)
        _log_done(job)
        return True

    async def _postpone(self, later: Later, line: Line) -> bool:
        """Answer later; false where too many wait already, and the person is told so."""
        if len(line.later) < self._run.options.flood.most:
            later.job.apart = True
            line.later.append(later)
            line.refused = False
            self._run.ledger.postponed += 1
            return True
        logger.warning("chat %s: writes too fast", later.job.incoming.chat_id)
        if not line.refused:
            line.refused = True
            for part in self._run.handler.too_fast(later.job.incoming):
                await self._aside(later.job, part, line)
        return False

    async def _leave_out(self, line: Line, whose: Collection[str]) -> None:
        """After an emergency there are no tips: end the answers of these people that wait."""
        for later in [each for each in line.later if each.job.incoming.key in whose]:
            line.later.remove(later)
            self._run.ledger.postponed -= 1
            logger.info("update %s: an emergency overtook the answer", later.job.update_id)
            await self._close(later.job)

    async def _end(self, job: Job, work: Work, line: Line) -> bool:
        if work.rest is not None:
            await self._finish(job, work, line)
        _log_done(job)
        return True

    async def _finish(self, job: Job, work: Work, line: Line) -> None:
        """Let the slow parts come, and send them; the safety sentence where they do not."""
        typing = Typing(self._run, job.incoming)
        typing.begin()
        try:
            computing = self._run.threads.answer(
                work.rest or iter(()), self._run.options.answer_timeout_s
            )
            computed = await self._beside(job, line, computing, gives_way=True)
            await typing.hush()
            if computed is None:
                return
            parts, failed = computed
            for number, part in enumerate(parts, start=1):
                if not await self._aside(job, _shown(job, part) if number == 1 else part, line):
                    return
                if number < len(parts):  # the last one's mark is the update's own
                    await self._delivery.accepted(job, part)
            if failed is not None:
                await self._failed(job, work, failed, line)
        except UndeliveredError:
            raise
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            await typing.hush()
            await self._failed(job, work, error, line)
        finally:
            typing.cancel()

    async def _failed(self, job: Job, work: Work, error: Exception, line: Line) -> None:
        """Say what a person is owed where there is no answer."""
        logger.error("update %s: no answer: %s", job.update_id, type(error).__name__)
        if work.failsafe is not None:
            for part in await self._run.threads.triage(work.failsafe):
                await self._aside(job, _shown(job, part), line)

    async def _fetched(self, job: Job, fetch: Fetch) -> bool:
        await self._background.fetch(fetch)
        _log_done(job)
        return True

    async def _looked_at(self, job: Job) -> Work:
        handler = self._run.handler
        return await self._run.threads.first_look(lambda: handler.take(job.incoming))

    # ------------------------------------------------------------------ warnings out of turn

    async def _look_ahead(self, job: Job, line: Line) -> None:
        """Telegram takes one answer a second in a chat: a warning must not wait for many."""
        ahead = [each for each in line.questions_before(job) if each.work is None][-BITS:]
        for bits in ([], ahead) if ahead else ([],):
            before = [each.incoming for each in bits]
            if await self._run.tier(job.incoming, before) > Tier.NONE:
                job.bits = bits
                line.press(job)
                return

    async def _aside(self, job: Job, part: Part, line: Line) -> bool:
        """Send a part; a warning behind it waits for a short time only.

        Returns:
            Whether the chat takes more; false, too, for an answer that an emergency has overtaken:
            after that there are no tips.
        """
        is_answer = part.priority is Priority.ANSWER
        if job.overtaken and is_answer:
            return False
        sending = self._delivery.deliver(job, part)
        return bool(await self._beside(job, line, sending, gives_way=is_answer))

    async def _beside(
        self, job: Job, line: Line, doing: Coroutine[Any, Any, T], *, gives_way: bool
    ) -> T | None:
        """Compute or send for an update; a warning behind it waits for a short time only.

        Returns:
            What came of it; None where it gives way to an emergency that has overtaken it.
        """
        working = asyncio.ensure_future(doing)
        timer = asyncio.get_running_loop().call_later(STUCK_S, self._stuck, line)
        try:
            while not working.done():
                passing = asyncio.ensure_future(line.pressed.wait())
                await asyncio.wait({working, passing}, return_when=asyncio.FIRST_COMPLETED)
                passing.cancel()
                warned = await self._warn(line)
                job.apart = job.apart or bool(warned)
                if not warned.get(job.incoming.key):
                    continue
                job.overtaken = True
                if gives_way and not working.done():
                    logger.info("update %s: an emergency overtook the answer", job.update_id)
                    return None
            return await working
        finally:
            timer.cancel()
            line.stuck = False
            working.cancel()

    def _stuck(self, line: Line) -> None:
        """An answer, the server, or the way to it, hangs: look at all that wait behind it."""
        line.stuck = True
        for job in line.jobs:
            self._run.tasks.spawn(self._look_ahead(job, line))

    async def _warn(self, line: Line) -> dict[str, bool]:
        """Send the warnings of updates that wait; their answers keep their place.

        Returns:
            Who was warned, and whether of an emergency.
        """
        warned: dict[str, bool] = {}
        line.pressed.clear()
        while line.pressing:
            job = line.pressing.popleft()
            if job not in line.jobs or job.work is not None:
                continue
            try:
                bits = [each for each in job.bits if each in line.jobs and each.work is None]
                for each in bits:
                    each.work = await self._looked_at(each)
                job.work = work = await self._looked_at(job)
                for each in line.questions_before(job):
                    each.overtaken = each.overtaken or work.emergency
                if not any(part.priority is Priority.ESCALATION for part in work.ready):
                    continue  # a dry run of staff's, perhaps: in its place
                job.work = replace(work, ready=())
                for part in work.ready:
                    if await self._delivery.deliver(job, part):
                        await self._delivery.accepted(job, part)
                        key = job.incoming.key
                        warned[key] = work.emergency or warned.get(key, False)
                    else:
                        job.work = Work()
            except Exception as error:  # noqa: BLE001 then its turn comes as any other's
                logger.error(  # noqa: TRY400 no text
                    "update %s: no warning ahead: %s", job.update_id, type(error).__name__
                )
        await self._leave_out(line, {who for who, emergency in warned.items() if emergency})
        return warned


def _shown(job: Job, part: Part) -> Part:
    """The part, with the question that it replies to where something else came between."""
    if not job.apart or part.reply_to is not None or part.edit_of is not None:
        return part
    return replace(part, reply_to=job.incoming.message_id)


def _log_done(job: Job) -> None:
    logger.info(
        "update %s: %s in chat %s done in %.3f s",
        job.update_id,
        job.incoming.kind,
        job.incoming.chat_id,
        time.monotonic() - job.began,
    )
