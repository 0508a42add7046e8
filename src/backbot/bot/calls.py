"""Has Telegram call us, instead of polling: the webhook, and the updates that it brings.

A call is answered with 200 only after the update is safe; else Telegram calls again.
"""

from __future__ import annotations

import asyncio
import logging

from telegram.error import BadRequest

from backbot.bot import staff_wording
from backbot.bot.api import is_page
from backbot.bot.http import Webhook
from backbot.bot.intake import Intake
from backbot.bot.reaching import rivalled, troubled
from backbot.bot.running import Run, sleep, unless
from backbot.bot.updates import ALLOWED_UPDATES, parse_update

logger = logging.getLogger(__name__)

WEBHOOK_LOOK_S = 30.0


class Calls:
    """Takes what calls of the webhook bring.

    Args:
        run: Client, options and presence.
        intake: Takes updates.
    """

    def __init__(self, run: Run, intake: Intake) -> None:
        self._run = run
        self._intake = intake
        self._accepting = False

    async def take_one(self, update: object) -> bool:
        """Take what a call of the webhook brought; false where Telegram must call again."""
        incoming = parse_update(update)
        if incoming.update_id is None:
            logger.error("an update without an id was skipped")
            return True
        if not self._accepting or self._intake.is_full():
            return False
        return await self._intake.take(incoming.update_id, incoming, update)

    async def until(self, webhook: Webhook, stop: asyncio.Event) -> None:
        """Be called until the stop.

        Raises:
            SettingsError: The token was taken back.
        """
        self._accepting = True
        await self._be_called(webhook, stop)
        self._accepting = False

    async def _be_called(self, webhook: Webhook, stop: asyncio.Event) -> None:
        """Have Telegram call us, and look now and then whether it still can."""
        failures = 0
        is_set = told = False
        while not stop.is_set():
            try:
                if not is_set:
                    request = self._run.api.set_webhook(
                        webhook.url,
                        secret_token=webhook.secret,
                        allowed_updates=list(ALLOWED_UPDATES),
                        drop_pending_updates=False,
                    )
                    is_set = bool(await unless(stop, request))
                    logger.info("webhook set, path %s", webhook.path)
                else:
                    found = await self._run.api.get_webhook_info()
                    is_set = found.url == webhook.url
                    if not is_set:
                        logger.error("the webhook was changed by somebody else; set again")
                        rivalled(self._run)
                        continue
                self._run.presence.reached()
            except Exception as error:  # noqa: BLE001 the next time may go well
                failures += 1
                wait_s = troubled(self._run, error, failures)
                why = type(error).__name__
                if isinstance(error, BadRequest) and not is_page(error):  # Telegram's own words
                    why = str(error)
                    if not told:
                        told = True
                        self._run.tasks.courtesy(
                            self._run.report(staff_wording.WEBHOOK_REFUSED.format(why=why))
                        )
                logger.warning("webhook: %s; trying again in %.1f s", why, wait_s)
                await sleep(wait_s, stop)
            else:
                failures, told = 0, False
                await sleep(min(WEBHOOK_LOOK_S, self._run.options.presence.every_s), stop)
