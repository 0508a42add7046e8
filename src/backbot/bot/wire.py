"""HTTP/1.1 to one server over connections that are kept: for what is sent all the time.

The library's own client, httpx, takes 1.5 to 3 ms of processor time for a request, more where
many are on the way; this takes a fifth. What is needed once a day stays with httpx: files,
proxies, addresses that hold a password.

An answer that came in one piece and says how long it is, as nearly all do, is read here; h11 reads
whatever is not as plain, from its beginning. Nothing is sent twice by this file: whoever called
decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
import select
import ssl
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import cast
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import h11

_MOST_HEAD = 2**16
_UNQUOTED = f"{ascii_letters}{digits}_.-~%+".encode()
_GZIP_OR_ZLIB = 47
_PACKED = {b"gzip", b"x-gzip", b"deflate"}
_ADDRESS = re.compile(r"[!$-;=@-~]+")
"""Printable ASCII without what has to be quoted or begins a query: " # < > ?"""
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rb"[^\x00-\x08\x0a-\x1f\x7f]*"
_HEADER = re.compile(rb"(%s):(%s)\r\n" % (_TOKEN, _VALUE))
_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: %s)?\r\n((?:%s:%s\r\n)*)\r\n" % (_VALUE, _TOKEN, _VALUE)
)
_WITHOUT_BODY = {204, 304}
_HEADS = 64
_DIGITS = 12
_MATTERS = {b"content-length", b"content-encoding"}
_WHOLE_S = 60.0
"""An answer that has begun must be there by then: one that drips would hold up whoever waits."""
_HAPPY_EYEBALLS_S = 0.25
"""After this the other kind of address (IPv4, IPv6) is tried beside the first."""


class BrokenError(Exception):
    """The connection or the answer is broken; whether the request was acted on is not known.

    Attributes:
        begun: Status and body as far as they came, 0 and b"" where nothing did.
    """

    begun: tuple[int, bytes] = (0, b"")


class NoAnswerError(TimeoutError):
    """The server did not connect or answer in time.

    Attributes:
        begun: As in `BrokenError`.
    """

    begun: tuple[int, bytes] = (0, b"")


class CrowdedError(TimeoutError):
    """No place came free in time; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, None for ever.

    Attributes:
        place: For one of the connections that there may be.
        connect: For a new connection, its encryption included.
        read: For the next piece of the answer.
        whole: For all of the answer, from its first piece on; None for what is usual.
    """

    place: float | None
    connect: float | None
    read: float | None
    whole: float | None = None


class Wire:
    """Connections to one server, each for one request at a time.

    Args:
        url: The server's root, or any address below it.
        tls: For https.
        most: How many connections there may be.
        kept: How many of them are kept while they are not needed.
        kept_s: For how long.
    """

    def __init__(
        self, url: str, tls: ssl.SSLContext, *, most: int, kept: int, kept_s: float
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = tls if parts.scheme == "https" else None
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])
        name = f"[{self._host}]" if ":" in self._host else self._host
        self._name = name if parts.port is None else f"{name}:{parts.port}"
        self._most, self._kept, self._kept_s = most, kept, kept_s
        self._places = asyncio.Semaphore(most)
        self._idle: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self._heads: dict[tuple[str, tuple[tuple[str, str], ...]], bytes] = {}

    async def post(
        self, target: str, headers: list[tuple[str, str]], body: bytes, patience: Patience
    ) -> tuple[int, bytes]:
        """Send a request and wait for all of its answer.

        Args:
            target: The path, with a query where there is one.
            headers: Beside Host, Content-Length and Accept-Encoding.
            body: What is sent.
            patience: How long to wait.

        Returns:
            The status, and the body as it was before it was packed.

        Raises:
            BrokenError: No connection, it broke off, or the answer is no HTTP.
            NoAnswerError: It took too long.
            CrowdedError: Too many others are on the way.
        """
        places = self._places
        try:
            async with asyncio.timeout(patience.place):
                await places.acquire()
        except TimeoutError:
            raise CrowdedError from None
        try:
            if places is not self._places:
                raise BrokenError("closed")
            connection = self._unused() or await self._connected(patience.connect)
            if places is not self._places:  # all were closed while this one was opened
                connection.close()
                raise BrokenError("closed")
            self._busy.add(connection)
            try:
                found = await connection.ask(self._request(target, headers, body), body, patience)
            finally:
                self._busy.discard(connection)
                self._put_back(connection)
        finally:
            places.release()
        return found

    async def close(self) -> None:
        """Close every connection, also one that somebody waits on. A later request opens anew."""
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()
        self._busy.clear()
        self._places = asyncio.Semaphore(self._most)  # who waits in the old one still leaves it
        await asyncio.sleep(0)  # the loop lets go of them in its next round

    # ------------------------------------------------------------------ inside

    def _request(self, target: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
        """The request's head; refused where it would not be one.

        The same few are sent all the time, so each is made once and kept but for the length.
        """
        key = (target, tuple(headers))
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _HEADS:
                self._heads.clear()
            fixed = [("Host", self._name), ("Accept-Encoding", "gzip, deflate")]
            request = h11.Request(method="POST", target=target, headers=fixed + headers)
            made = h11.Connection(h11.CLIENT).send(request) or b""
            head = self._heads[key] = made.removesuffix(b"\r\n")
        return b"%sContent-Length: %d\r\n\r\n" % (head, len(body))

    def _unused(self) -> _Connection | None:
        """The connection that was used last, where one is still good."""
        now = asyncio.get_running_loop().time()
        while self._idle and self._idle[0].since < now - self._kept_s:
            self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_ready() and connection.is_silent():
                return connection
            connection.close()
        return None

    def _put_back(self, connection: _Connection) -> None:
        if len(self._idle) < self._kept and connection.is_ready():
            connection.since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()

    async def _connected(self, timeout_s: float | None) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                _, connection = await loop.create_connection(
                    _Connection,
                    self._host,
                    self._port,
                    ssl=self._tls,
                    happy_eyeballs_delay=_HAPPY_EYEBALLS_S,
                )
        except TimeoutError:
            raise NoAnswerError from None
        except (OSError, UnicodeError) as error:  # a name that no address book can hold
            raise BrokenError(type(error).__name__) from error
        return connection


def form_of(parameters: Mapping[str, str]) -> bytes:
    """As `urllib.parse.urlencode`, for names that need no marks: a third of its time."""
    return b"&".join(b"%s=%s" % (k.encode(), _quoted(v)) for k, v in parameters.items())


def _quoted(text: str) -> bytes:
    quoted = text.encode(errors="replace")
    quoted = quoted.replace(b"%", b"%25").replace(b"+", b"%2B").replace(b" ", b"+")
    for code in frozenset(quoted.translate(None, _UNQUOTED)):
        quoted = quoted.replace(bytes((code,)), b"%%%02X" % code)
    return quoted


def is_direct(url: str) -> bool:
    """Whether an address is for `Wire`: no proxy on the way, no password or odd name in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.username is not None:
        return False
    if not _ADDRESS.fullmatch(url):
        return False
    proxies = getproxies()
    on_the_way = parts.scheme in proxies or "all" in proxies
    return bool(parts.hostname) and not (on_the_way and not _is_bypassed(parts))


def _is_bypassed(parts: SplitResult) -> bool:
    return bool(proxy_bypass(parts.hostname or ""))


class _Connection(asyncio.Protocol):
    """One connection; `since` is when it was last put back."""

    def __init__(self) -> None:
        self.since = 0.0
        self._http: h11.Connection | None = None
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None
        self._status = 0
        self._packed = b""
        self._pieces: list[bytes] = []
        self._heard = 0.0
        self._whole_s, self._whole_by = _WHOLE_S, math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._lost = False

    async def ask(self, head: bytes, body: bytes, patience: Patience) -> tuple[int, bytes]:
        """Send a request and wait for its answer; after any failure nothing more can be asked."""
        if self._transport is None or not self.is_ready():
            raise BrokenError("closed")
        loop = asyncio.get_running_loop()
        self._answered = loop.create_future()
        self._status, self._packed, self._pieces = 0, b"", []
        self._transport.write(head + body)
        self._heard, self._whole_by = loop.time(), math.inf
        self._whole_s = _WHOLE_S if patience.whole is None else patience.whole
        if patience.read is not None:
            self._timer = loop.call_later(patience.read, self._look, patience.read)
        try:
            return await self._answered
        except BaseException:
            self.close()
            raise
        finally:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._answered = None

    def is_ready(self) -> bool:
        """Whether another request can be sent."""
        if self._lost or self._http is not None or self._answered is not None:
            return False
        return self._transport is not None and not self._transport.is_closing()

    def is_silent(self) -> bool:
        """Whether nothing has come since the last answer, no hanging up either.

        The system is asked, for a busy loop hears of it late: what is sent after the server has
        hung up is lost, and whoever sent it cannot know that.
        """
        transport = self._transport
        number = -1 if transport is None else transport.get_extra_info("socket").fileno()
        if number < 0:
            return False
        waiting = select.poll()
        waiting.register(number, select.POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        """Hang up, at once."""
        self._lost = True
        if self._transport is not None:
            self._transport.abort()
        self._fail(BrokenError("closed"))

    # ------------------------------------------------------------------ called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """A piece of the answer, or something that nobody asked for."""
        self._heard = asyncio.get_running_loop().time()
        self._whole_by = min(self._whole_by, self._heard + self._whole_s)
        if self._answered is None or self._answered.done():
            self.close()
            return
        self._take(data)

    def eof_received(self) -> None:
        """The server says no more: some answers end so."""
        if self._answered is not None and not self._answered.done():
            self._take(b"")
        else:
            self._lost = True  # an encrypted connection takes some rounds of the loop to end

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._lost = True
        self._fail(BrokenError("closed" if exc is None else type(exc).__name__))

    # ------------------------------------------------------------------ inside

    def _look(self, patience_s: float) -> None:
        """Whether the server has been silent for too long, or drips."""
        loop = asyncio.get_running_loop()
        left_s = min(self._heard + patience_s, self._whole_by) - loop.time()
        if left_s > 0:
            self._timer = loop.call_later(left_s, self._look, patience_s)
        else:
            self._fail(NoAnswerError())

    def _take(self, data: bytes) -> None:
        http = self._http
        try:
            if http is None:
                if plain := _plain(data):
                    self._status, self._packed, body = plain
                    self._pieces.append(body)
                    self._finish()
                    return
                http = self._http = _waiting()
            http.receive_data(data)
            while (event := http.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    self._status = event.status_code
                    named = (v for k, v in event.headers if k == b"content-encoding")
                    self._packed = b",".join(named).lower()
                elif isinstance(event, h11.Data):
                    self._pieces.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    self._finish()
                    return
                elif not isinstance(event, h11.InformationalResponse):
                    self._fail(BrokenError("closed"))
                    return
        except (h11.RemoteProtocolError, zlib.error) as error:
            self._fail(BrokenError(type(error).__name__))

    def _finish(self) -> None:
        body = b"".join(self._pieces)
        if self._packed and body:
            body = _unpacked(body, self._packed)
        http = self._http
        if http is not None and http.our_state is h11.DONE and http.their_state is h11.DONE:
            self._http = None  # else it is the connection's last answer
            if http.trailing_data[0]:
                self._lost = True  # more than was asked for
        if self._answered is not None and not self._answered.done():
            self._answered.set_result((self._status, body))

    def _fail(self, error: BrokenError | NoAnswerError) -> None:
        self._lost = True
        if self._answered is not None and not self._answered.done():
            error.begun = (self._status, self._so_far())
            self._answered.set_exception(error)

    def _so_far(self) -> bytes:
        body = b"".join(self._pieces)
        if self._packed and body:
            with contextlib.suppress(zlib.error):
                return _unpacked(body, self._packed)
        return body


def _plain(data: bytes) -> tuple[int, bytes, bytes] | None:
    """Status, Content-Encoding and body of an answer that is whole and says nothing unusual."""
    head = _HEAD.match(data)
    if head is None or head.end() > _MOST_HEAD:
        return None
    told: dict[bytes, bytes] = {}
    for name, value in _HEADER.findall(head[2]):
        lower = name.lower()
        if lower in told and lower in _MATTERS:
            return None
        told[lower] = value.strip(b" \t")
    length, status = told.get(b"content-length", b""), int(head[1])
    body = data[head.end() :]
    if status in _WITHOUT_BODY or b"transfer-encoding" in told or b"connection" in told:
        return None
    if not (length.isdigit() and len(length) < _DIGITS and int(length) == len(body)):
        return None
    return status, told.get(b"content-encoding", b"").lower(), body


def _waiting() -> h11.Connection:
    """What reads an answer from its beginning: it is told that a request was sent."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
    http.send(h11.Request(method="POST", target="/", headers=[("Host", "x")]))
    http.send(h11.EndOfMessage())
    return http


def _unpacked(body: bytes, names: bytes) -> bytes:
    for name in reversed(names.split(b",")):
        if name.strip() in _PACKED:
            body = _inflated(body)
    return body


def _inflated(body: bytes) -> bytes:
    with contextlib.suppress(zlib.error):
        # as far as it goes: a missing checksum is no reason to send a message twice
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body)
    return zlib.decompress(body, -zlib.MAX_WBITS)  # what some servers mean by deflate
