"""Fetches updates: the offset moves on only past what is safe, and past a stop it says so.

Why the loop is ours: docs/decisions/0003-own-poll-loop.md.
"""

from __future__ import annotations

import asyncio
import logging
import time

from telegram.error import Conflict, InvalidToken, TelegramError

from backbot.bot.intake import Intake
from backbot.bot.reaching import troubled
from backbot.bot.running import Run, sleep, unless
from backbot.bot.updates import parse_update

logger = logging.getLogger(__name__)

CONFIRM_TIMEOUT_S = 5.0
HELD_S = 0.5
QUICK_S = 0.2
IDLE_S = 0.2
"""A server that waits as asked never answers an empty request that fast; this bounds the rest."""


class Polling:
    """Asks Telegram for updates.

    Args:
        run: Client, options and presence.
        intake: Takes them.
    """

    def __init__(self, run: Run, intake: Intake) -> None:
        self._run = run
        self._intake = intake
        self._offset: int | None = None

    async def until(self, stop: asyncio.Event) -> None:
        """Poll until the stop.

        Raises:
            SettingsError: The token was taken back.
        """
        failures = idle = 0
        while not stop.is_set():
            if self._intake.is_full():
                self._run.presence.pulse.tried_at = time.monotonic()
                await sleep(0.05, stop)
                continue
            began, taken = time.monotonic(), self._run.ledger.taken
            try:
                request = self._run.api.raw_updates(
                    self._offset, timeout_s=self._run.options.poll_timeout_s
                )
                updates = await unless(stop, request)
                if updates is not None:
                    self._run.presence.reached()
                if await self._take_in(updates):
                    await sleep(HELD_S, stop)
                # a server that does not wait, or that brings the same again, must not be hurried
                quick = time.monotonic() - began < QUICK_S
                idle = idle + 1 if quick and taken == self._run.ledger.taken else 0
                if idle > 1:
                    await sleep(IDLE_S, stop)
            except Exception as error:  # noqa: BLE001 polling must outlive every fault
                failures += 1
                self._run.metrics.count("backbot_polls_failed_total")
                wait_s = troubled(self._run, error, failures)
                logger.warning("%s; trying again in %.1f s", _poll_fault(error), wait_s)
                if isinstance(error, Conflict):
                    await self.drop_webhook()
                await sleep(wait_s, stop)
            else:
                failures = 0

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
            self._run.tasks.courtesy(
                self._run.threads.triage(lambda: self._run.handler.expect(several))
            )
        safe = await asyncio.gather(*(self._intake.take(*each) for each in known))
        held = [each[0] for each, is_safe in zip(known, safe, strict=True) if not is_safe]
        if known:
            # back, too: after a quiet week Telegram numbers anew, and the old offset is void
            self._offset = min(held) if held else max(each[0] for each in known) + 1
        return bool(held)

    async def drop_webhook(self) -> None:
        """Polling and a webhook exclude each other; what waits is kept."""
        try:
            await self._run.api.delete_webhook(drop_pending_updates=False)
        except Exception as error:  # noqa: BLE001 polling will say so if it matters
            logger.warning("webhook not removed: %s", type(error).__name__)

    async def confirm(self) -> None:
        """Tell Telegram what is done, so that the next start does not answer it again."""
        offset = min(self._run.ledger.open, default=self._offset)
        if offset is None:
            return
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await self._run.api.raw_updates(offset, timeout_s=0, limit=1)
        except Exception as error:  # noqa: BLE001 worst case, the last batch is answered twice
            logger.warning("the last updates are not confirmed: %s", type(error).__name__)


def _poll_fault(error: Exception) -> str:
    if isinstance(error, Conflict):
        return "another process fetches updates with this token, or a webhook is set"
    if isinstance(error, InvalidToken):
        return "the server refuses the token"
    if isinstance(error, TelegramError):
        return f"no updates ({type(error).__name__})"
    return f"updates could not be read ({type(error).__name__})"
