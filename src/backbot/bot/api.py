"""Telegram's Bot API: the library's client, and updates as raw JSON."""

from __future__ import annotations

import datetime as dt
import functools
import os
import ssl

import httpx
from telegram import Bot
from telegram.error import RetryAfter
from telegram.request import HTTPXRequest

from backbot.bot.updates import ALLOWED_UPDATES

CONNECTIONS = 64
SEND_TIMEOUT_S = 15.0
CONNECT_TIMEOUT_S = 10.0


class Api(Bot):
    """The library's bot, which can also fetch updates without parsing them.

    `Bot.get_updates` raises when one update of a batch cannot be parsed and leaves the offset
    where it was, so that the same batch is fetched for ever. The raw batch goes through the
    library's own request and error translation, and no further.
    """

    async def raw_updates(self, offset: int | None, *, timeout_s: int, limit: int = 100) -> object:
        """Wait for updates from `offset` on; everything below it is confirmed thereby.

        Args:
            offset: The first update that is wanted, None for the first there is.
            timeout_s: How long the server may wait for one, in seconds.
            limit: How many at most, 1 to 100.

        Returns:
            The `result` of the server's answer: a list of updates, if the server is sound.

        Raises:
            telegram.error.TelegramError: The request failed.
        """
        data: dict[str, object] = {
            "offset": offset,
            "limit": limit,
            "timeout": timeout_s,
            "allowed_updates": list(ALLOWED_UPDATES),
        }
        result: object = await self._post(
            "getUpdates", data, read_timeout=timeout_s + SEND_TIMEOUT_S
        )
        return result


def connect(token: str, api_url: str) -> Api:
    """A client for that token; nothing is sent yet.

    Args:
        token: The bot's token.
        api_url: Root of the Bot API server, without `/bot`.
    """
    # The library's own switch for times as timedelta; without it each RetryAfter warns.
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    root = api_url.rstrip("/")
    tls = {"verify": _tls()}
    return Api(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            read_timeout=SEND_TIMEOUT_S,
            write_timeout=SEND_TIMEOUT_S,
            connect_timeout=CONNECT_TIMEOUT_S,
            pool_timeout=SEND_TIMEOUT_S,
            httpx_kwargs=tls,
        ),
        get_updates_request=HTTPXRequest(
            connection_pool_size=2,
            connect_timeout=CONNECT_TIMEOUT_S,
            pool_timeout=SEND_TIMEOUT_S,
            httpx_kwargs=tls,
        ),
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for every client: reading the certificates takes 40 ms each time."""
    return httpx.create_ssl_context()


def wait_of(error: RetryAfter) -> float:
    """How long the server asks to wait, in seconds."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, dt.timedelta) else float(asked)
