"""What a third, hostile Bot API server has found: answers that are none, or only begin."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from backbot.bot import wire
from backbot.bot.app import BotOptions
from backbot.bot.handlers import Handler
from backbot.bot.outbox import UNLIMITED
from backbot.bot.sender import Backoff
from backbot.state.memory import MemoryConversationStore
from bot.conftest import RunningBot
from bot.second_bot_api_server import TOKEN, Fault, SecondServer

PERSON = 4_503_599_627_370_401
ALARM = "I cannot pee"


@pytest.fixture
def second():
    """The second server, listening."""
    with SecondServer() as running:
        yield running
        assert running.violations == []


@pytest.fixture
def run(second, assistant):
    """Start the bot for a block; it gives up early."""
    options = BotOptions(
        token=TOKEN,
        api_url=second.url,
        poll_timeout_s=2,
        backoff=Backoff(0.02, 0.1),
        attempts=6,
        drain_s=3,
        typing_after_s=5,
        limits=UNLIMITED,
    )
    handler = Handler(assistant, MemoryConversationStore(3600))

    @asynccontextmanager
    async def running(**changes):
        bot = RunningBot(handler, replace(options, **changes))
        try:
            yield bot
        finally:
            await bot.leave()

    return running


async def until(holds, seconds=8.0):
    """Wait in the bot's own loop until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 the server has a thread of its own
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("text", ["does heat help?", ALARM])
@pytest.mark.parametrize(
    "page",
    [
        (403, b"<html><h1>403 Forbidden</h1>cloudflare</html>"),
        (400, b"<html><h1>400 Bad Request</h1>nginx</html>"),
        (403, b'{"message":"Forbidden"}'),
        (401, b"<html>Please sign in</html>"),
        (409, b""),
        (502, b"null"),
        (502, b'"Bad Gateway"'),
        (503, b"[]"),
        (429, b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":[1]}'),
        (200, b"[" * 50_000),
        (200, b"[]"),
        (200, b'{"description":"?"}'),
    ],
    ids=lambda page: f"{page[0]} {page[1][:12].decode()}" if isinstance(page, tuple) else "",
)
async def test_a_page_from_a_proxy_refuses_nothing(second, run, page, text):
    """It is sent again as it was: only what Telegram itself says ends a message or a chat."""
    second.fail("sendMessage", Fault("page", page), times=3)
    async with run():
        second.say(PERSON, text)
        await until(lambda: second.sent(PERSON))
    assert second.count("sendMessage") >= 4


@pytest.mark.parametrize("text", ["does heat help?", ALARM])
async def test_a_refusal_that_nobody_knows_loses_no_reply(second, run, text):
    """Refused in its plainest form, too, it is sent again after a while."""
    body = b'{"ok":false,"error_code":400,"description":"Bad Request: SOMETHING_NEW"}'
    second.fail("sendMessage", Fault("page", (400, body)), times=3)
    async with run():
        second.say(PERSON, text)
        await until(lambda: second.sent(PERSON))


async def test_a_refusal_that_stays_ends(second, run):
    """Even of a warning: the chat's other messages wait behind it."""
    body = b'{"ok":false,"error_code":400,"description":"Bad Request: SOMETHING_NEW"}'
    second.fail("sendMessage", Fault("page", (400, body)), times=8)
    async with run():
        second.say(PERSON, ALARM)
        second.say(PERSON, "hello")
        await until(lambda: any("Hello" in message.text for message in second.sent(PERSON)))


@pytest.mark.parametrize("asked", ['"parameters":{"retry_after":"1"}', '"x":1'])
async def test_how_long_to_wait_is_read_where_its_number_is_missing(second, run, asked):
    """The words say it, too; hurrying on would only make the wait longer."""
    body = f'{{"ok":false,"error_code":429,"description":"Too Many: retry after 1",{asked}}}'
    second.fail("sendMessage", Fault("page", (429, body.encode())))
    async with run():
        began = time.monotonic()
        second.say(PERSON, "does heat help?")
        await until(lambda: second.sent(PERSON))
        assert time.monotonic() - began >= 1
    assert second.count("sendMessage") == 2


async def test_a_refusal_under_a_200_is_a_refusal(second, run):
    """Some servers of one's own answer so."""
    body = b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'
    second.fail("sendMessage", Fault("page", (200, body)))
    async with run():
        second.say(PERSON, "does heat help?")
        await until(lambda: second.count("sendMessage"))
        await asyncio.sleep(0.3)
    assert second.count("sendMessage") == 1


@pytest.mark.parametrize("text", ["does heat help?", ALARM])
async def test_what_was_accepted_is_not_sent_again_where_its_answer_breaks_off(second, run, text):
    """The first bytes tell that it was; nobody needs the rest, and nobody wants it twice."""
    second.fail("sendMessage", Fault("truncated"), times=9)
    async with run():
        second.say(PERSON, text)
        second.say(PERSON, "hello")
        await until(lambda: any("Hello" in message.text for message in second.sent(PERSON)))
    texts = [message.text for message in second.sent(PERSON)]
    assert len(texts) == len(set(texts))


class Dripping:
    """A server that sends an answer's beginning, and then a byte now and then for ever."""

    def __init__(self, begun: bytes) -> None:
        self._begun = begun
        self.url = ""

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._drip, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _drip(self, reader, writer) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + self._begun)
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.mark.parametrize("begun", [b"", b'{"ok":'])
async def test_an_answer_that_drips_comes_to_an_end(monkeypatch, begun):
    """A byte now and then is not silence: whoever waits for the whole would wait for ever."""
    import ssl

    monkeypatch.setattr(wire, "_WHOLE_S", 0.3)
    async with Dripping(begun) as server:
        asking = wire.Wire(server.url, ssl.create_default_context(), most=2, kept=1, kept_s=9)
        try:
            async with asyncio.timeout(5):
                with pytest.raises(wire.NoAnswerError):
                    await asking.post("/", [], b"", wire.Patience(1.0, 1.0, 0.2))
        finally:
            await asking.close()
