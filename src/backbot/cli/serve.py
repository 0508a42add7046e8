"""The bot on Telegram, from the settings on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backbot.errors import BackbotError, SettingsError

if TYPE_CHECKING:
    from backbot.bot.app import Around, BotOptions
    from backbot.bot.menu import About
    from backbot.wiring import Program

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 3600.0


def serve(running: Program) -> None:
    """Serve on Telegram until a signal arrives.

    Raises:
        SettingsError: There is no token, it was refused, or a setting cannot work yet.
    """
    settings = running.settings
    if settings.telegram_token is None:
        raise SettingsError(
            "BACKBOT_TELEGRAM_TOKEN is not set, so there is nothing to run on Telegram. "
            "Set it in .env, or use `backbot chat` for the terminal."
        )
    from backbot.cli.lean import leave_out_what_is_never_used, make_database_apart, one_heap

    running.lasts = True
    one_heap()
    make_database_apart(running)
    leave_out_what_is_never_used()
    from backbot.bot.app import main_loop
    from backbot.bot.inbox import DurableInbox
    from backbot.bot.log import install_redaction
    from backbot.cli.logs import service_logs

    token = settings.telegram_token.get_secret_value()
    debug = logging.getLogger().level == logging.DEBUG
    service_logs(settings.log_level, settings.log_format, debug=debug)
    # The address of one's own server may hold a user's name and password.
    user, at, _ = urlsplit(settings.telegram_api_url).netloc.rpartition("@")
    install_redaction((token, user + at, settings.heartbeat_url))
    _say_what_starts(running)
    running.ready = _ready_for_patients(running)
    try:
        main_loop(
            running.handler(),
            _options(running, token),
            inbox=DurableInbox(running.inbox),
            around=_around(running),
        )
    finally:
        running.close()
    logger.info("stopped")


def _options(running: Program, token: str) -> BotOptions:
    """How to talk to Telegram, as the settings have it."""
    from backbot.bot.app import BotOptions
    from backbot.bot.http import Webhook
    from backbot.bot.presence import PresenceOptions

    settings, webhook = running.settings, None
    if settings.webhook_url and settings.webhook_secret is not None:
        webhook = Webhook(settings.webhook_url, settings.webhook_secret.get_secret_value())
    return BotOptions(
        token=token,
        api_url=settings.telegram_api_url,
        presence=PresenceOptions(settings.heartbeat_url, running.alive_file),
        webhook=webhook,
        http=settings.http_address,
    )


def _around(running: Program) -> Around:
    """What /readyz, /metrics and the bot's profile in Telegram tell."""
    from backbot.bot.app import Around
    from backbot.bot.menu import about

    since = datetime.now(UTC).date()

    def texts() -> tuple[About, ...]:
        named = running.assistant.country(running.settings.country)
        return tuple(about(named[2] if named else ""))

    return Around(
        checks={"index": running.serving, "database": running.inbox.look},
        noted=lambda: running.records.counts(since),
        generation=lambda: running.serving().id,
        texts=texts,
        troubles=running.troubles,
    )


def _ready_for_patients(running: Program) -> Callable[[], bool]:
    """Whether `doctor --go-live` passes, looked at once an hour: it reads every article.

    Where that cannot be found out, it is a test version still.
    """
    found: tuple[bool, float] | None = None

    def ready() -> bool:
        nonlocal found
        if found is None or time.monotonic() - found[1] >= LOOK_AGAIN_S:
            from backbot.doctor import missing_for_patients

            try:
                missing = bool(missing_for_patients(running))
            except BackbotError as error:
                logger.warning("whether patients may use it is not known: %s", error)
                missing = True
            found = (not missing, time.monotonic())
        return found[0]

    return ready


def _say_what_starts(running: Program) -> None:
    """What is served, before the first question; a missing index is told, never fatal."""
    settings = running.settings
    with suppress(BackbotError):  # one of the notices
        generation = running.warm()
        logger.info("index generation %s, %d passages", generation.id, len(generation.passages))
    for line in (*running.without_effect(), *running.notices()):
        logger.warning("%s", line)
    if not settings.admin_ids:
        logger.warning("BACKBOT_ADMIN_IDS is not set, so nobody can /rebuild from the chat")
    logger.info("starting on %s", settings.telegram_api_url)
