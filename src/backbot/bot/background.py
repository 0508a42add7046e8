"""What may take minutes, so that its chat must not wait for it: builds, and files of staff's."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backbot.bot.api import TooBigError
from backbot.bot.delivery import Delivery
from backbot.bot.parts import Fetch, Part, Work
from backbot.bot.running import Run
from backbot.bot.sender import UndeliveredError

logger = logging.getLogger(__name__)


class Background:
    """Sends what takes its time.

    Args:
        run: Threads and client.
        delivery: Sends messages.
    """

    def __init__(self, run: Run, delivery: Delivery) -> None:
        self._run = run
        self._delivery = delivery

    async def work_off(self, work: Work, *, until_told: bool = False) -> None:
        """Send what takes its time.

        Raises:
            UndeliveredError: With `until_told`, where the way to the server failed.
        """
        if work.rest is None:
            return
        try:
            while (part := await self._next(work.rest)) is not None:
                await self._delivery.send(part)
        except Exception as error:
            logger.error("operation failed: %s", type(error).__name__)  # noqa: TRY400 no text
            if until_told and isinstance(error, UndeliveredError):
                raise
            if work.failsafe is None:
                return
            with contextlib.suppress(*(() if until_told else (UndeliveredError,))):
                for part in await self._run.threads.triage(work.failsafe):
                    await self._delivery.send(part)

    async def fetch(self, fetch: Fetch) -> None:
        """Fetch a person's file into a folder of its own, say what becomes of it, remove it.

        Raises:
            UndeliveredError: The way to the server failed before anything was told.
        """
        with tempfile.TemporaryDirectory(prefix="backbot-") as folder:
            # the name is ours: the sender's may be anything
            target = Path(folder) / f"document{fetch.suffix}"
            try:
                await self._run.api.fetch(fetch.file_id, target, fetch.max_bytes)
                work = Work(rest=fetch.then(target), failsafe=lambda: fetch.failed)
            except Exception as error:  # noqa: BLE001 whatever it is, the sender is told
                too_big = isinstance(error, TooBigError) or "too big" in str(error).lower()
                logger.warning("a document was not fetched: %s", type(error).__name__)
                work = Work(rest=iter(fetch.too_big if too_big else fetch.failed))
            await self.work_off(work, until_told=True)

    async def _next(self, rest: Iterator[Part]) -> Part | None:
        return await self._run.threads.operation(lambda: next(rest, None))
