"""Telegram's Bot API: the library's client, and updates as raw JSON."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import json
import logging
import math
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import httpx
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from backbot.bot.updates import ALLOWED_UPDATES
from backbot.bot.wire import (
    BrokenError,
    CrowdedError,
    NoAnswerError,
    Patience,
    Wire,
    form_of,
    is_direct,
)

logger = logging.getLogger(__name__)

CONNECTIONS = 100
"""More than are on the way at once (`outbox.py`), and some for typing marks and buttons."""
CROWDED = 3
"""So many sends in a row find no free connection, and none is answered, until all are given up."""
KEPT_ALIVE = 24
"""As many as are on the way at once."""
KEPT_ALIVE_S = 30.0
"""Telegram's servers keep a connection for longer; a new one takes four times across the world."""
SEND_TIMEOUT_S = 15.0
FETCH_TIMEOUT_S = 90.0
FETCH_AGAIN_S = (0.5, 2.0)
"""A file that could not be fetched is asked for again after so many seconds each."""
CONNECT_TIMEOUT_S = 10.0
_WHOLE_UPDATES_S = 600.0  # a hundred long messages over a poor line


class Api(Bot):
    """The library's bot, which can also fetch updates without parsing them.

    `Bot.get_updates` raises when one update of a batch cannot be parsed and leaves the offset
    where it was, so that the same batch is fetched for ever. The raw batch goes through the
    library's own request and error translation, and no further.
    """

    _crowded = 0

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
        with_time = timeout_s + SEND_TIMEOUT_S
        try:
            result = await self._result("getUpdates", data, with_time)
        except TimedOut as error:
            # one request at a time for two connections: neither will ever come back
            if _is_crowded(error):
                await self._renew(0)
            raise
        return result

    async def call(
        self, method: str, data: dict[str, object], *, read_timeout_s: float = SEND_TIMEOUT_S
    ) -> Mapping[str, object]:
        """Call a method and take its result as it comes.

        What is sent a thousand times goes this way: the library's objects around a message cost
        as much as the message. And one that cannot be parsed was accepted all the same.

        Args:
            method: Such as "sendMessage".
            data: Its parameters; those that are None are left out.
            read_timeout_s: How long the server may take to answer, in seconds.

        Returns:
            The `result` of the server's answer; empty where it is no object.

        Raises:
            telegram.error.TelegramError: The request failed.
        """
        try:
            result = await self._result(method, data, read_timeout_s)
        except TimedOut as error:
            self._crowded = self._crowded + 1 if _is_crowded(error) else 0
            if self._crowded >= CROWDED:
                self._crowded = 0
                await self._renew(1)
            raise
        self._crowded = 0
        return result if isinstance(result, Mapping) else {}

    async def _result(self, method: str, data: dict[str, object], read_timeout_s: float) -> object:
        """As `Bot._post`, which looks for files and times in what holds neither."""
        request = self._request[0] if method == "getUpdates" else self._request[1]
        form = cast("RequestData", _Form(data))
        url = f"{self.base_url}/{method}"
        try:
            return await request.post(url, request_data=form, read_timeout=read_timeout_s)
        except (BadRequest, Conflict, Forbidden, InvalidToken) as error:
            if error.__cause__ is None:
                raise
            # a proxy's own page: Telegram has refused nothing, and may never have been asked
            raise NetworkError(type(error).__name__) from None
        except KeyError:  # neither a result nor a refusal
            raise TelegramError("Invalid server response") from None

    async def _renew(self, which: int) -> None:
        """Begin with a new pool: a connection that broke off badly can stay taken for ever."""
        logger.warning("no connection to the Bot API server came free; all of them are given up")
        request = self._request[which]
        with contextlib.suppress(Exception):  # the old one's end is of no interest
            await request.shutdown()
        await request.initialize()

    async def fetch(self, file_id: str, target: Path, max_bytes: int) -> None:
        """Fetch a file that somebody sent.

        Args:
            file_id: Telegram's.
            target: Where to write it.
            max_bytes: How much is read at most, whatever the server says of its size.

        Raises:
            TooBigError: It is bigger.
            telegram.error.TelegramError: It could not be fetched in time.
        """
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            for wait_s in FETCH_AGAIN_S:
                try:
                    await self._fetch(file_id, target, max_bytes)
                except BadRequest:
                    raise
                except NetworkError as error:
                    logger.warning("a file was not fetched: %s; again", type(error).__name__)
                    await asyncio.sleep(wait_s)
                else:
                    return
            await self._fetch(file_id, target, max_bytes)

    async def _fetch(self, file_id: str, target: Path, max_bytes: int) -> None:
        file = await self.get_file(file_id)
        if (file.file_size or 0) > max_bytes:
            raise TooBigError
        url = file.file_path or ""
        # a server of one's own in local mode gives a path on its own disk
        if not url.startswith(f"{self.base_file_url}/"):
            raise TelegramError("the server gave no address to fetch the file from")
        try:
            await _download(url, target, max_bytes)
        except httpx.HTTPError as error:
            # without its text: that repeats the address, which holds the token
            raise NetworkError(type(error).__name__) from None


def _is_crowded(error: TimedOut) -> bool:
    return isinstance(error.__cause__, (httpx.PoolTimeout, CrowdedError))


_Timeout = Any  # seconds, None, or what stands for "not said", whose type is not public


class _Form:
    """What a request takes of the library's `RequestData`, for parameters without files.

    Args:
        data: The parameters; those that are None are left out.
    """

    contains_files = False
    multipart_data: None = None

    def __init__(self, data: Mapping[str, object]) -> None:
        self.json_parameters = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in data.items()
            if value is not None
        }


class _Request(HTTPXRequest):
    """The library's, and a quicker way for what has no file and no proxy on its way.

    Args:
        url: Root of the server.
        connections: How many there may be at once.
        read_timeout_s: How long the server may take to answer, where nobody says otherwise.
        place_timeout_s: How long to wait for a connection that others have.
    """

    __slots__ = ("_patience", "_wire")

    def __init__(
        self, url: str, *, connections: int, read_timeout_s: float, place_timeout_s: float
    ) -> None:
        kept = httpx.Limits(
            max_connections=connections,
            max_keepalive_connections=min(KEPT_ALIVE, connections),
            keepalive_expiry=KEPT_ALIVE_S,
        )
        super().__init__(
            connection_pool_size=connections,
            read_timeout=read_timeout_s,
            write_timeout=SEND_TIMEOUT_S,
            connect_timeout=CONNECT_TIMEOUT_S,
            pool_timeout=place_timeout_s,
            httpx_kwargs={"verify": tls_context(), "limits": kept},
        )
        self._patience = Patience(place_timeout_s, CONNECT_TIMEOUT_S, read_timeout_s)
        self._wire: Wire | None = None
        if is_direct(url):
            self._wire = Wire(
                url, tls_context(), most=connections, kept=KEPT_ALIVE, kept_s=KEPT_ALIVE_S
            )

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._wire is not None:
            await self._wire.close()
        await super().shutdown()

    async def do_request(  # noqa: PLR0917 the library's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send a request; the status and the body of its answer.

        Raises:
            telegram.error.TimedOut: It was not sent or not answered in time.
            telegram.error.NetworkError: The connection failed.
        """
        told = url.rpartition("/")[2] in _TOLD_BY_THE_BEGINNING
        wire = self._wire
        if wire is None or method != "POST" or (request_data and request_data.contains_files):
            status, body = await super().do_request(
                url,
                method,
                request_data,
                read_timeout,
                write_timeout,
                connect_timeout,
                pool_timeout,
            )
            return (told and _taken(status, body)) or (status, body)
        patience = self._patience
        if isinstance(read_timeout, (int, float)):
            patience = replace(patience, read=read_timeout)
        if url.endswith("/getUpdates"):
            patience = replace(patience, whole=_WHOLE_UPDATES_S)
        form = request_data.json_parameters if request_data else {}
        target = url.partition("://")[2].partition("/")[2]
        try:
            status, body = await wire.post(f"/{target}", _HEADERS, form_of(form), patience)
            status = _status_of(status, body)
            return (told and _taken(status, body)) or (status, body)
        except CrowdedError as error:
            raise TimedOut("Pool timeout: no connection came free, nothing was sent") from error
        except (NoAnswerError, BrokenError) as error:
            if told and (found := _taken(*error.begun)):
                return found
            if isinstance(error, NoAnswerError):
                raise TimedOut from error
            raise NetworkError(str(error)) from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The server's answer, of which every part has the type that the library takes it for.

        Raises:
            telegram.error.TelegramError: It is none of Telegram's.
        """
        try:
            found = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or found.keys().isdisjoint(_MARKS):
            raise TelegramError("Invalid server response")
        parameters = found.get("parameters")
        found["parameters"] = parameters if isinstance(parameters, dict) else {}
        wait_s = _seconds(found["parameters"].pop("retry_after", None)) or _asked_to_wait(found)
        if wait_s:
            found["parameters"]["retry_after"] = wait_s
        if not isinstance(found.get("description", ""), str):
            del found["description"]
        return found


_MARKS = frozenset({"ok", "result", "error_code", "description"})
"""What an answer of Telegram's has, at least one of them."""
_RETRY_AFTER = re.compile(r"retry after (\d{1,6})\b", re.IGNORECASE)
_TOLD_BY_THE_BEGINNING = frozenset({"sendMessage", "editMessageText", "sendChatAction"})
"""Methods of whose result nothing is needed but the message's number, which stands first."""
_ACCEPTED = re.compile(rb'\s*\{\s*"ok"\s*:\s*true\b')
_REFUSED = re.compile(rb'\s*\{\s*"ok"\s*:\s*false\b')
_NUMBER = re.compile(rb'"result"\s*:\s*\{\s*"message_id"\s*:\s*(\d{1,18})\s*[,}]')


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, (int, float, str)) else 0.0
    except (ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < math.inf else None


def _asked_to_wait(found: Mapping[str, object]) -> float | None:
    """What the words say where the number that goes with them is missing."""
    asked = _RETRY_AFTER.search(str(found.get("description")))
    return _seconds(asked[1]) if asked else None


def _taken(status: int, body: bytes) -> tuple[int, bytes] | None:
    """An answer that is not whole, as far as it matters: what was accepted must not go twice.

    None for one that is whole, and for what was not accepted.
    """
    if status != HTTPStatus.OK or not _ACCEPTED.match(body) or _is_whole(body):
        return None
    number = _NUMBER.search(body)
    return status, b'{"ok":true,"result":{"message_id":%d}}' % int(number[1] if number else 0)


def _is_whole(body: bytes) -> bool:
    try:
        return "result" in json.loads(body)
    except (ValueError, RecursionError):
        return False


def _status_of(status: int, body: bytes) -> int:
    """The status, or the refusal that some servers put under a 200."""
    if status != HTTPStatus.OK or not _REFUSED.match(body):
        return status
    with contextlib.suppress(ValueError, RecursionError):
        code = json.loads(body).get("error_code")
        if isinstance(code, int) and code in range(400, 600):
            return code
    return HTTPStatus.BAD_GATEWAY


_HEADERS = [
    ("Accept", "*/*"),
    ("User-Agent", BaseRequest.USER_AGENT),
    ("Content-Type", "application/x-www-form-urlencoded"),
]


class TooBigError(Exception):
    """The file is bigger than was allowed."""


async def _download(url: str, target: Path, max_bytes: int) -> None:
    async with (
        httpx.AsyncClient(verify=tls_context(), timeout=SEND_TIMEOUT_S) as client,
        client.stream("GET", url) as response,
    ):
        response.raise_for_status()
        read = 0
        with target.open("wb") as file:
            async for piece in response.aiter_bytes():
                read += len(piece)
                if read > max_bytes:
                    raise TooBigError
                file.write(piece)


def connect(token: str, api_url: str) -> Api:
    """A client for that token; nothing is sent yet.

    Args:
        token: The bot's token.
        api_url: Root of the Bot API server, without `/bot`.
    """
    # The library's own switch for times as timedelta; without it each RetryAfter warns.
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    root = api_url.rstrip("/")
    return Api(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=_Request(
            root,
            connections=CONNECTIONS,
            read_timeout_s=SEND_TIMEOUT_S,
            place_timeout_s=SEND_TIMEOUT_S,
        ),
        get_updates_request=_Request(
            root,
            connections=2,
            read_timeout_s=SEND_TIMEOUT_S,
            place_timeout_s=SEND_TIMEOUT_S,
        ),
    )


@functools.cache
def tls_context() -> ssl.SSLContext:
    """One context for every client: reading the certificates takes 40 ms each time."""
    return httpx.create_ssl_context()


def is_page(error: BaseException | None) -> bool:
    """Whether a proxy's page stood in the server's place: that refuses no token."""
    while error is not None and type(error) is not TelegramError:
        error = error.__cause__
    return error is not None


def wait_of(error: RetryAfter) -> float:
    """How long the server asks to wait, in seconds."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, dt.timedelta) else float(asked)
