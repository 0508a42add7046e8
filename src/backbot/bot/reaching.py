"""Whether Telegram can be reached: signing in, and what is told where it cannot.

What may pass by itself is tried again for ever. A token that is refused ends the run; another
process that uses it is told to admins.
"""

from __future__ import annotations

import asyncio
import logging
import time

from telegram.error import InvalidToken, RetryAfter

from backbot.bot import staff_wording
from backbot.bot.api import is_page
from backbot.bot.options import BotOptions
from backbot.bot.running import Run, sleep, unless
from backbot.errors import SettingsError

logger = logging.getLogger(__name__)

REFUSED_AGAIN_S = 5.0
FAILED_AGAIN_S = 10.0
"""After an outage whoever has written meanwhile, an emergency perhaps, is heard so soon."""


async def sign_in(run: Run, stop: asyncio.Event) -> bool:
    """Check the token; false where the stop came first.

    Raises:
        SettingsError: It was refused.
    """
    options, failures = run.options, 0
    while not stop.is_set():
        try:
            await unless(stop, run.api.initialize())
        except Exception as error:  # noqa: BLE001 whatever it is, the network may come back
            if isinstance(error, InvalidToken) and not is_page(error):
                # the library's own message repeats the token
                raise _refused(options) from None
            failures += 1
            run.presence.pulse.failed(error)
            wait_s = options.backoff.wait_s(error, failures)
            logger.warning(
                "cannot reach %s (%s); trying again in %.1f s",
                options.api_url,
                type(error).__name__,
                wait_s,
            )
            await sleep(wait_s, stop)
        else:
            if not stop.is_set():
                run.presence.reached()
            return not stop.is_set()
    return False


def troubled(run: Run, error: Exception, failures: int) -> float:
    """A request has failed. Tell of trouble that does not pass by itself.

    Args:
        run: Presence, options and tasks.
        error: What went wrong.
        failures: How often in a row.

    Returns:
        How many seconds to wait before the next try.

    Raises:
        SettingsError: The token was taken back.
    """
    pulse = run.presence.pulse
    pulse.failed(error)
    wait_s = run.options.backoff.wait_s(error, failures)
    if not isinstance(error, RetryAfter):
        wait_s = min(wait_s, FAILED_AGAIN_S)
    if pulse.is_refused():
        raise _refused(run.options) from None
    _tell_of_rivals(run)
    return wait_s if pulse.refused_at is None else min(wait_s, REFUSED_AGAIN_S)


def rivalled(run: Run) -> None:
    """Another process has set its webhook in the place of ours. Tell where that lasts."""
    run.presence.pulse.conflicts.append(time.monotonic())
    _tell_of_rivals(run)


def _tell_of_rivals(run: Run) -> None:
    if run.presence.pulse.is_rivalled():
        logger.error("another process uses this token; admins are told")
        run.tasks.courtesy(run.report(staff_wording.ANOTHER_PROCESS))


def _refused(options: BotOptions) -> SettingsError:
    return SettingsError(
        f"The Bot API server at {options.api_url} refused BACKBOT_TELEGRAM_TOKEN. "
        "Copy the token again from @BotFather."
    )
