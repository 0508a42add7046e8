"""The quick way to the Bot API server: connections are kept, nothing odd is taken for an answer."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gzip
import ipaddress
import ssl
import zlib
from urllib.parse import urlencode

import h11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, TimedOut

from backbot.bot import wire
from backbot.bot.api import connect
from backbot.bot.wire import (
    BrokenError,
    CrowdedError,
    NoAnswerError,
    Patience,
    Wire,
    form_of,
    is_direct,
)

PATIENT = Patience(5.0, 5.0, 5.0)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s"
HI = gzip.compress(b"hi")
TOKEN = "424242:AAfake-token_for-the-tests-0123456789abc"


class Server:
    """Answers each request with the next of its answers, the last one for ever.

    An answer is bytes, pieces of them that come slowly, None to hang up, or seconds to be silent
    for; bytes that end in b"END" are followed by the end of the connection.
    """

    def __init__(self, *answers, tls=None) -> None:
        self.answers = list(answers)
        self.connections = 0
        self.requests: list[bytes] = []
        self._tls = tls
        self._open: list[asyncio.StreamWriter] = []
        self._serving: list[asyncio.Task[None]] = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0.01)

    def hang_up(self) -> None:
        """End every connection."""
        for writer in self._open:
            writer.close()
        self._open.clear()

    async def _serve(self, reader, writer) -> None:
        self.connections += 1
        self._open.append(writer)
        self._serving.append(asyncio.current_task())
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader, writer) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        self.requests.append(head + await reader.readexactly(length))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return True
        if isinstance(answer, tuple):
            for piece in answer:
                await asyncio.sleep(0.1)
                writer.write(piece)
            return True
        if answer:
            writer.write(answer.removesuffix(b"END"))
            await writer.drain()
        return answer is not None and not answer.endswith(b"END")


@contextlib.asynccontextmanager
async def wired(server, *, most=10, kept=4, kept_s=30.0, tls=None):
    """Connections to that server."""
    wire = Wire(
        server.url, tls or ssl.create_default_context(), most=most, kept=kept, kept_s=kept_s
    )
    try:
        yield wire
    finally:
        await wire.close()


def ask(wire, patience=PATIENT):
    """One request."""
    return wire.post("/bot1/getMe", [("X-Test", "a")], b"a=b", patience)


async def test_one_connection_serves_many_requests():
    """A new one takes four times across the world, and more with encryption."""
    async with Server(OK) as server, wired(server) as wire:
        for _ in range(5):
            assert await ask(wire) == (200, b"hi")
    assert server.connections == 1
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /bot1/getMe HTTP/1.1"
    assert f"host: 127.0.0.1:{server.port}".encode() in head.lower()
    assert body == b"a=b"


async def test_requests_side_by_side_have_a_connection_each_and_some_are_kept():
    """A slow answer holds up nobody; what is kept is bounded."""
    async with Server(OK) as server, wired(server, kept=2) as wire:
        await asyncio.gather(*(ask(wire) for _ in range(5)))
        assert server.connections == 5
        await asyncio.gather(*(ask(wire) for _ in range(5)))
    assert server.connections == 5 + 3


async def test_a_connection_that_the_server_ended_is_not_used_again():
    """Servers end what was idle for long."""
    async with Server(OK) as server, wired(server) as wire:
        await ask(wire)
        server.hang_up()
        await asyncio.sleep(0.05)
        assert await ask(wire) == (200, b"hi")
    assert server.connections == 2


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_hanging_up_that_the_loop_has_not_heard_of_is_seen(encrypted, certificate):
    """What were sent then would be lost, and sent again only after a while."""
    context, file = certificate
    trusting = ssl.create_default_context(cafile=file)
    async with Server(OK, tls=context if encrypted else None) as server:
        for rounds in range(1, 13):
            async with wired(server, tls=trusting) as wire:
                await ask(wire)
                server.hang_up()
                for _ in range(rounds):
                    await asyncio.sleep(0)
                assert await ask(wire) == (200, b"hi")
    assert len(server.requests) == 2 * 12


async def test_closing_ends_also_what_is_not_connected_yet():
    """Nothing may be left running, and nothing is sent after the end."""
    async with Server(OK) as server, wired(server, most=2) as wire:
        asking = [asyncio.create_task(ask(wire)) for _ in range(4)]
        await asyncio.sleep(0)
        await wire.close()
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(end) for end in ends] == [BrokenError] * 4
        assert server.requests == []
        assert await ask(wire) == (200, b"hi")


async def test_what_was_kept_for_too_long_is_not_used_again():
    """Something on the way may have forgotten it, and says nothing."""
    async with Server(OK) as server, wired(server, kept_s=0.02) as wire:
        await ask(wire)
        await asyncio.sleep(0.05)
        await ask(wire)
    assert server.connections == 2


async def test_a_server_that_is_silent_is_given_up_and_its_late_answer_is_nobodys():
    """The next request must not get the last one's answer."""
    async with Server(0.3, OK) as server, wired(server) as wire:
        with pytest.raises(NoAnswerError):
            await ask(wire, Patience(5.0, 5.0, 0.1))
        assert await ask(wire) == (200, b"hi")
    assert server.connections == 2


async def test_a_server_that_goes_on_speaking_is_waited_for():
    """The time is for the next piece, not for the whole."""
    pieces = (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 4\r\n\r\nab", b"c", b"d")
    async with Server(pieces) as server, wired(server) as wire:
        assert await ask(wire, Patience(1.0, 1.0, 0.25)) == (200, b"abcd")


async def test_who_stops_waiting_frees_the_place_and_the_connection():
    """A stop must not leave half a request behind."""
    async with Server(5.0, OK) as server, wired(server, most=1) as wire:
        asking = asyncio.create_task(ask(wire))
        await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await ask(wire) == (200, b"hi")
    assert server.connections == 2


async def test_where_all_places_are_taken_nothing_is_sent():
    """And that is told apart from a server that does not answer."""
    async with Server(5.0) as server, wired(server, most=1) as wire:
        asking = asyncio.create_task(ask(wire))
        await asyncio.sleep(0.05)
        with pytest.raises(CrowdedError):
            await ask(wire, Patience(0.05, 5.0, 5.0))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalfEND",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalEND",
        b"<html>what is this?</html>\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\n\r\nEND",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2**17,
    ],
    ids=[
        "ended",
        "cut short",
        "cut chunk",
        "no HTTP",
        "no gzip",
        "another protocol",
        "endless head",
    ],
)
async def test_half_an_answer_or_nonsense_is_none(answer):
    """The caller decides whether to send again; the connection is not used again."""
    async with Server(answer, OK) as server, wired(server) as wire:
        with pytest.raises(BrokenError):
            await ask(wire)
        assert await ask(wire) == (200, b"hi")
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nhiEND",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhiEND",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        % len(gzip.compress(b"hi"))
        + gzip.compress(b"hi"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n"
        % len(zlib.compress(b"hi"))
        + zlib.compress(b"hi"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n"
        % len(zlib.compress(b"hi", wbits=-15))
        + zlib.compress(b"hi", wbits=-15),
        PACKED % (b"identity, gzip", len(HI), HI),
        PACKED % (b"deflate, GZIP", len(z := gzip.compress(zlib.compress(b"hi"))), z),
        PACKED % (b"gzip", len(HI) - 8, HI[:-8]),
    ],
    ids=[
        "continue",
        "chunked",
        "until the end",
        "last one",
        "gzip",
        "zlib",
        "deflate",
        "gzip and nothing",
        "packed twice",
        "no checksum",
    ],
)
async def test_every_way_to_send_an_answer_is_read(answer):
    """Telegram's own servers, a server of one's own, whatever stands before it."""
    async with Server(answer) as server, wired(server) as wire:
        assert await ask(wire) == (200, b"hi")
        assert await ask(wire) == (200, b"hi")


async def test_more_than_was_asked_for_ends_the_connection():
    """It may not be taken for the next request's answer."""
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    async with Server(OK + stray, OK) as server, wired(server) as wire:
        assert await ask(wire) == (200, b"hi")
        assert await ask(wire) == (200, b"hi")
    assert server.connections == 2


async def test_no_server_is_told():
    """At once."""
    async with Server(OK) as server:
        pass
    async with wired(server) as wire:
        with pytest.raises(BrokenError, match="Connect"):
            await ask(wire)


async def test_a_name_that_cannot_be_looked_up_is_told():
    """As any other that nobody has."""
    wire = Wire("http://a..test", ssl.create_default_context(), most=1, kept=1, kept_s=1.0)
    with pytest.raises(BrokenError, match="UnicodeError"):
        await ask(wire)


@pytest.fixture
def certificate(tmp_path):
    """A server's context, with a certificate that nobody vouches for, and the file of that."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


async def test_encrypted_and_only_to_whom_somebody_vouches_for(certificate):
    """The token is part of every address."""
    context, file = certificate
    trusting = ssl.create_default_context(cafile=file)
    async with Server(OK, tls=context) as server:
        async with wired(server, tls=trusting) as wire:
            assert await ask(wire) == (200, b"hi")
            assert await ask(wire) == (200, b"hi")
        assert server.connections == 1
        async with wired(server) as wire:
            with pytest.raises(BrokenError, match="SSLCert"):
                await ask(wire)
        server.url = server.url.replace("127.0.0.1", "localhost")  # not what it vouches for
        async with wired(server, tls=trusting) as wire:
            with pytest.raises(BrokenError, match="SSLCert"):
                await ask(wire)
    assert len(server.requests) == 2


@given(st.dictionaries(st.sampled_from(["text", "chat_id", "a"]), st.text()))
def test_a_form_is_as_the_standard_library_writes_it(parameters):
    """Whatever somebody types."""
    assert form_of(parameters) == urlencode(parameters, errors="replace").encode()


def test_a_form_takes_half_a_surrogate_pair():
    """Which no encoding has."""
    assert form_of({"text": "a\ud800b"}) == b"text=a%3Fb"


@pytest.mark.parametrize(
    ("url", "environment", "direct"),
    [
        ("https://api.telegram.org", {}, True),
        ("http://127.0.0.1:8081/there", {}, True),
        ("https://api.telegram.org", {"https_proxy": "http://proxy:3128"}, False),
        ("https://api.telegram.org", {"ALL_PROXY": "http://proxy:3128"}, False),
        ("https://api.telegram.org", {"http_proxy": "http://proxy:3128"}, True),
        (
            "https://api.telegram.org",
            {"https_proxy": "http://proxy:3128", "no_proxy": "telegram.org"},
            True,
        ),
        ("https://user:password@api.clinic.example", {}, False),
        ("https://bücher.example", {}, False),
        ("http://127.0.0.1:8081/with space", {}, False),
        ("http://127.0.0.1:8081?with=query", {}, False),
        ("http://127.0.0.1:99999", {}, False),
        ("http://127.0.0.1:port", {}, False),
        ("http://[::1", {}, False),
        ("http://[::1]:8081", {}, True),
    ],
)
def test_a_proxy_a_password_or_an_odd_name_is_left_to_the_library(
    url, environment, direct, monkeypatch
):
    """It knows how."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_direct(url) is direct


async def test_errors_are_the_librarys_and_hold_no_token():
    """Whoever sends knows these, and the log may show them."""
    async with Server(None, b"HTTP/1.1 200 OK\r\n", 1.0) as server:
        client = connect(TOKEN, server.url)
        with pytest.raises(NetworkError) as broken:
            await client.call("sendMessage", {"chat_id": 1, "text": "hello"})
        with pytest.raises(TimedOut) as late:
            await client.call("sendMessage", {"chat_id": 1}, read_timeout_s=0.1)
        await client.shutdown()
        for request in client._request:
            await request.shutdown()
    assert TOKEN not in f"{broken.value!r}{late.value!r}"


async def test_what_is_left_to_the_library_is_sent_by_it():
    """The same form, and with the password of the address."""
    said = b'{"ok": true, "result": {"message_id": 5}}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)
    data = {"chat_id": 1, "text": "a & b", "reply_markup": {"a": [1]}, "none": None}
    async with Server(answer) as server:
        for url in (server.url, server.url.replace("//", "//user:password@")):
            client = connect(TOKEN, url)
            assert await client.call("sendMessage", data) == {"message_id": 5}
            for request in client._request:
                await request.shutdown()
    quick, other = (request.partition(b"\r\n\r\n") for request in server.requests)
    assert quick[2] == other[2]
    assert b"authorization: basic" in other[0].lower()
    assert b"authorization" not in quick[0].lower()


# ---------------------------------------------------------------------- read here, or by h11

NAMES = ("Content-Type", "content-length", "Content-Encoding", "X-A", "connection", "Date")
LINES = st.tuples(st.sampled_from(NAMES), st.sampled_from(("gzip", "3", "0", "close", " x ", "")))


@given(
    status=st.sampled_from((100, 200, 204, 304, 400, 429, 502)),
    lines=st.lists(LINES, max_size=4),
    length=st.one_of(st.none(), st.integers(0, 6)),
    body=st.binary(max_size=6),
    ending=st.sampled_from(("\r\n", "\n")),
)
def test_what_is_read_here_is_what_h11_reads(status, lines, length, body, ending):
    """A plain answer means the same to both; what h11 refuses is never taken for plain."""
    told = [*lines, *([("Content-Length", str(length))] if length is not None else [])]
    head = "".join(f"{name}: {value}{ending}" for name, value in told)
    data = f"HTTP/1.1 {status} X{ending}{head}{ending}".encode() + body
    plain = wire._plain(data)
    if plain is None:
        return
    http, pieces, answer = wire._waiting(), [], None
    http.receive_data(data)
    while not isinstance(event := http.next_event(), h11.EndOfMessage):
        assert isinstance(event, (h11.Response, h11.Data))
        answer = event if isinstance(event, h11.Response) else answer
        pieces += [bytes(event.data)] if isinstance(event, h11.Data) else []
    assert http.trailing_data == (b"", False)
    assert http.their_state is h11.DONE
    packed = [value for name, value in answer.headers if name == b"content-encoding"]
    assert plain == (answer.status_code, b",".join(packed).lower(), b"".join(pieces))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded: x\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
        b"",
    ],
)
def test_what_is_not_plain_is_left_to_h11(data):
    """Half of it, too much of it, lengths that contradict each other, an end of the connection."""
    assert wire._plain(data) is None


def test_a_plain_answer_is_read_here():
    """As Telegram sends it."""
    data = b'HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nContent-Length: 11\r\n\r\n{"ok":true}'
    assert wire._plain(data) == (200, b"", b'{"ok":true}')
