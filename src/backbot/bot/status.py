"""How the bot is, for monitors: /readyz and /metrics. Nothing here tells who wrote or what."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from backbot.bot.options import Around
from backbot.bot.running import Run
from backbot.errors import BackbotError

CHECK_TIMEOUT_S = 2.0


class Status:
    """Looks at a run and at the program around it.

    Args:
        run: Presence, metrics, and what waits.
        around: What serving needs, and what is counted elsewhere.
    """

    def __init__(self, run: Run, around: Around) -> None:
        self._run = run
        self._around = around
        self._generation = ""

    async def ready(self) -> Mapping[str, str]:
        """What serving needs, each "ok" or what is wrong in a word."""
        found = {}
        for name, check in self._around.checks.items():
            try:
                async with asyncio.timeout(CHECK_TIMEOUT_S):
                    await asyncio.to_thread(check)
                found[name] = "ok"
            except Exception as error:  # noqa: BLE001 that is what is asked
                found[name] = type(error).__name__
        found["telegram"] = "ok" if self._run.presence.is_reached() else "not reached"
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
                self._run.metrics.count("backbot_rebuilds_total")
            self._generation = generation
        reached = self._run.presence.pulse.alive.reached_at
        return self._run.metrics.render(
            {
                "backbot_inbox_depth": (
                    "Updates taken and not answered.",
                    len(self._run.ledger.open),
                ),
                "backbot_postponed": (
                    "Answers slowed down for a flood.",
                    self._run.ledger.postponed,
                ),
                "backbot_outbox_depth": ("Messages waiting to be sent.", self._run.outbox.waiting),
                "backbot_index_served": ("1 where an index is served.", bool(generation)),
                "backbot_telegram_reached": (
                    "1 where Telegram can be reached.",
                    self._run.presence.is_reached(),
                ),
                "backbot_telegram_reached_seconds": ("When it last was, POSIX time.", reached),
            },
            noted,
        )
