"""Updates in: each is written down before Telegram may forget it, then goes to its chat.

An update that the inbox cannot write down is answered all the same. Telegram then keeps it until
it was answered: it may be delivered again, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from backbot.bot import staff_wording
from backbot.bot.chats import Chats
from backbot.bot.inbox import Left
from backbot.bot.lines import Job
from backbot.bot.running import Run
from backbot.bot.updates import Incoming, chat_of, parse_update
from backbot.errors import BackbotError
from backbot.model import Tier

logger = logging.getLogger(__name__)

PUT_TIMEOUT_S = 0.75
"""A disk that takes longer must not keep a warning waiting: with the second that its conversation
may take to be kept, it is out within two."""
UNWRITTEN_S = 10.0
"""So long nothing can be written down until admins are told."""
TOLD_AGAIN_S = 3600.0


class Intake:
    """Takes updates, those of the last run first.

    Args:
        run: Inbox, and which updates are known.
        chats: Answers them.
    """

    def __init__(self, run: Run, chats: Chats) -> None:
        self._run = run
        self._chats = chats
        self._unwritten_since = self._unwritten_told = 0.0

    def is_full(self) -> bool:
        """Whether so many wait that no more are to be fetched."""
        return self._run.ledger.pressing > self._run.options.max_waiting

    async def take(self, update_id: int, incoming: Incoming, update: object) -> bool:
        """Write an update down and have it answered; whether Telegram may forget it now."""
        again = update_id in self._run.ledger.unwritten
        if again and update_id not in self._run.ledger.open:
            return True  # answered from memory meanwhile
        try:
            async with asyncio.timeout(PUT_TIMEOUT_S):
                new = await self._run.inbox.put(update_id, update)
        except Exception as error:  # noqa: BLE001 a disk that fails must not silence a warning
            if not again:
                logger.error(  # noqa: TRY400 no text
                    "update %s: not written down, answered all the same: %s",
                    update_id,
                    type(error).__name__,
                )
                self._run.metrics.count("backbot_inbox_failures_total")
                self._run.ledger.unwritten.add(update_id)
                self._chats.dispatch(Job(update_id, update, incoming))
            self._not_written(error)
            return False
        self._is_written()
        if again:
            self._run.ledger.unwritten.discard(update_id)
        elif new and not self._run.ledger.knows(update_id):
            self._chats.dispatch(Job(update_id, update, incoming))
        else:
            self._run.metrics.count("backbot_duplicates_total")
        return True

    def _not_written(self, error: Exception) -> None:
        """Tell admins where it lasts: else a full disk is seen in the log alone."""
        now = time.monotonic()
        self._unwritten_since = self._unwritten_since or now
        lasts = now - self._unwritten_since >= UNWRITTEN_S
        if lasts and (not self._unwritten_told or now - self._unwritten_told >= TOLD_AGAIN_S):
            self._unwritten_told = now
            why = str(error) if isinstance(error, BackbotError) else staff_wording.NO_ANSWER
            self._run.tasks.courtesy(self._run.report(staff_wording.NOT_WRITTEN.format(why=why)))

    def _is_written(self) -> None:
        self._unwritten_since = 0.0
        if self._unwritten_told:
            self._unwritten_told = 0.0
            self._run.tasks.courtesy(self._run.report(staff_wording.WRITTEN_AGAIN))

    async def recover(self) -> None:
        """Answer what the last run took and did not finish, warnings first."""
        try:
            left = await self._run.inbox.waiting()
        except Exception as error:  # noqa: BLE001 new messages are answered meanwhile
            logger.error(  # noqa: TRY400 no text
                "what the last run left cannot be read: %s", type(error).__name__
            )
            self._run.tasks.courtesy(self._recover_later())
            return
        left = [each for each in left if not self._run.ledger.knows(each.update_id)]
        if not left:
            return
        logger.warning("%d updates of the last run to answer", len(left))
        if unreadable := sum(not each.readable for each in left):
            self._run.presence.lateness.could_not_read(unreadable)
        tiers = await asyncio.gather(*(self._run.tier(each.update) for each in left))
        for each in _warnings_first(left, tiers):
            incoming = replace(parse_update(each.update), again=not each.warnings)
            job = Job(
                each.update_id, each.update, incoming, each.warnings, each.replies, left=True
            )
            self._chats.dispatch(job)

    async def _recover_later(self) -> None:
        await asyncio.sleep(30)
        await self.recover()


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
