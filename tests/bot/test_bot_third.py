"""What a third, hostile Bot API server has found: answers that are none, or only begin."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from backbot.bot import intake, presence, tongues, wire
from backbot.bot.app import BotOptions, run_bot
from backbot.bot.handlers import Handler
from backbot.bot.http import SECRET_HEADER, Webhook
from backbot.bot.inbox import Left, MemoryInbox
from backbot.bot.outbox import UNLIMITED
from backbot.bot.parts import Fetch, Part, Priority, Work
from backbot.bot.sender import Backoff
from backbot.bot.updates import parse_update
from backbot.errors import StateError
from backbot.model import Conversation, Tier, TriageState
from backbot.state.memory import MemoryConversationStore
from bot.conftest import RunningBot, until
from bot.fake_assistant import FakeAssistant
from bot.second_bot_api_server import TOKEN, Fault, SecondServer

ADMIN = 7001
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
    second.fail("sendMessage", Fault("page", (400, body)), times=50)
    async with run():
        second.say(PERSON, ALARM)
        await until(lambda: second.count("sendMessage") >= 8)
        second.say(PERSON, "hello")
        await until(lambda: second.count("sendMessage") >= 10)
        before = second.count("sendMessage")
        await asyncio.sleep(0.5)
        assert second.count("sendMessage") <= before + 3
    assert second.count("sendMessage") < 50


@pytest.mark.parametrize("body", [b'{"ok":true}', b'{"ok":true,"result":{"message_id":7,"da'])
@pytest.mark.parametrize("text", ["does heat help?", ALARM])
async def test_an_acceptance_without_its_result_is_one(second, run, body, text):
    """Whole by its length, and yet cut: Telegram has taken the message, so it goes once."""
    second.fail("sendMessage", Fault("page", (200, body)), times=50)
    async with run():
        second.say(PERSON, text)
        await until(lambda: second.count("sendMessage") >= 1)
        await asyncio.sleep(0.5)
        sent = second.count("sendMessage")
        await asyncio.sleep(0.5)
        assert second.count("sendMessage") == sent
    assert sent <= 2


@pytest.mark.parametrize(
    "page",
    [
        (429, b'{"ok":false,"description":7,"parameters":{"retry_after":%s}}' % (b"9" * 400)),
        (400, b'{"ok":false,"error_code":400,"description":["x"]}'),
    ],
    ids=["429", "400"],
)
async def test_a_refusal_of_odd_types_is_a_refusal(second, run, page):
    """Numbers beyond all bounds and descriptions that are none."""
    second.fail("sendMessage", Fault("page", page), times=1)
    async with run():
        second.say(PERSON, "does heat help?")
        await until(lambda: second.sent(PERSON))


@pytest.mark.parametrize("page", [(404, b"<html>nginx</html>"), (401, b"{}"), (403, b"<html>")])
async def test_a_page_from_a_proxy_at_the_start_refuses_no_token(second, run, page):
    """Exit status 2 tells systemd not to start again: the bot would stay away for good."""
    second.fail("getMe", Fault("page", page), times=3)
    async with run():
        second.say(PERSON, "does heat help?")
        await until(lambda: second.sent(PERSON))


async def test_a_page_from_a_proxy_takes_no_webhook_away(second, run, monkeypatch):
    """A hotel's login page says 401 for hours; a token that is taken back says so in JSON."""
    monkeypatch.setattr(presence, "REFUSED_S", 0.1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    second.fail("setWebhook", Fault("page", (401, b"<html>Please sign in</html>")), times=12)
    hook = Webhook("https://bot.clinic.example/hook", "s" * 40)
    async with run(webhook=hook, http=("127.0.0.1", port)):
        await until(lambda: second.count("setWebhook") > 12)


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


# ---------------------------------------------------------------------- the webhook


async def test_a_call_that_breaks_off_or_nests_too_deep_is_no_fault_of_ours(
    second, assistant, caplog
):
    """It is refused like any nonsense: no traceback for somebody who looks at night."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = BotOptions(
        token=TOKEN,
        api_url=second.url,
        webhook=Webhook("https://bot.clinic.example/hook", "s" * 40),
        http=("127.0.0.1", port),
    )
    bot = RunningBot(Handler(assistant, MemoryConversationStore(3600)), options)
    await until(lambda: second.count("setWebhook"))
    head = f"POST /hook HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {'s' * 40}\r\n"
    answers = []
    for length, body in ((900, b"{"), (120_000, b"[" * 60_000 + b"]" * 60_000)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}Content-Length: {length}\r\n\r\n".encode() + body)
        if len(body) < length:
            writer.write_eof()
        answers.append(await reader.read(12))
        writer.close()
    await bot.leave()
    assert answers[1] == b"HTTP/1.1 400"
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


# ---------------------------------------------------------------------- at night, in other words


class Curious(FakeAssistant):
    """Finds nothing where there are no words; notes whether signs had been asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[bool] = []
        self.sent_at: list[float] = []

    def begin(self, text, conversation, now):
        """Note it."""
        self.asked.append(conversation.triage.asked)
        if conversation.triage.open_tier:
            self.sent_at.append(conversation.triage.full_sent_at)
        return super().begin(text, conversation, now)

    def finish(self, turn):
        """A refusal where there are no words."""
        if any(map(str.isalnum, turn.text)):
            return super().finish(turn)
        reply, after = super().finish(replace(turn, text="weather"))
        return replace(reply, question=turn.text), after


def reply_to(text, language, chat=7):
    """All that a text of somebody with that language in Telegram is answered with."""
    handler = Handler(Curious(), MemoryConversationStore(3600), country="gb")
    body = {"message_id": 1, "date": 1, "text": text, "chat": {"id": chat, "type": "private"}}
    sender = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": language}
    parts = handler.handle({"update_id": 1, "message": body | {"from": sender}})
    return "\n".join(part.plain for part in parts)


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [
        ("ayuda weather", "es", "es"),
        ("hilfe weather", "de-AT", "de"),
        ("weather ظهري يؤلمني كثيرا", "en", "ar"),
    ],
)
def test_who_is_told_nothing_is_told_the_danger_signs_in_their_language(text, spoken, language):
    """A refusal in English says nothing to somebody who cries for help in another language."""
    told = reply_to(text, spoken)
    assert tongues.safety_net(language, "999") in told
    assert told.index("I have nothing on that.") < told.index("999")


def test_a_first_word_in_another_language_is_told_how_to_ask():
    """Here "hola" finds nothing; the person does not know yet that English is needed."""
    assert "Escriba en inglés" in reply_to("hola weather", "es")
    assert "Escriba" not in reply_to("weather", "en")


@pytest.mark.parametrize("text", ["🆘", "😭😭😭", "???", "…"])
def test_signs_without_words_are_answered_with_the_danger_signs(text):
    """Whoever cannot type may still press a face."""
    assert "<safety_net>" in reply_to(text, "en")
    assert "999" in reply_to(text, "fr")


@pytest.mark.parametrize("text", ["👍", "🙏🏽", "❤️ 😊", "weather"])
def test_who_is_content_is_not_frightened(text):
    """Thumbs up is no cry for help, and an English refusal says what the assistant wants."""
    assert "<safety_net>" not in reply_to(text, "en")


def talk(*messages):
    """What the engine was told with the last of some messages: texts, or what cannot be read."""
    curious = Curious()
    handler = Handler(curious, MemoryConversationStore(3600), country="gb")
    for number, message in enumerate(messages, start=1):
        content = {"text": message} if isinstance(message, str) else message
        body = {"message_id": number, "date": 1, "chat": {"id": 7, "type": "private"}, **content}
        list(handler.handle({"update_id": number, "message": body}))
    return curious.asked[-1]


@pytest.mark.parametrize(
    "listed", [{"voice": {"file_id": "v"}}, "/emergency", "/forget", "/country", {"text": 5}, "🆘"]
)
def test_yes_after_a_list_of_danger_signs_means_those(listed):
    """Whoever cannot speak to us reads the list, and types one word."""
    assert talk(listed, "yes") is True
    assert talk(listed, "/topics", "yes") is False


@pytest.mark.parametrize("text", ["👍", "🙏"])
def test_thumbs_up_under_a_list_of_danger_signs_thanks_for_it(text):
    """It was not asked whether there are any."""
    assert talk("/emergency", text) is False
    assert talk("/emergency", text, "yes") is False


# ---------------------------------------------------------------------- at midnight


@pytest.mark.parametrize(
    "text", ["delete my data", "what do you store about me?", "please forget everything", "GDPR"]
)
def test_who_asks_in_words_for_their_data_is_told_how(text):
    """Nobody knows commands; "nothing in my articles" would be no answer to a right."""
    assert "<privacy>" in reply_to(f"{text} weather", "en")
    assert "<privacy>" not in reply_to("my back and the weather", "en")


class Shelf(MemoryInbox):
    """An inbox whose disk may be full, and which has something left by an earlier run."""

    def __init__(self, left=()) -> None:
        super().__init__()
        self.full = False
        self.log: list[str] = []
        self._left = left

    async def put(self, update_id, update):
        """Written down, unless the disk is full."""
        if self.full:
            raise StateError("The disk is full. Make room.")
        return await super().put(update_id, update)

    async def accepted(self, update_id, *, warning):
        """Noted."""
        self.log.append("accepted")

    async def done(self, update_id):
        """Noted."""
        self.log.append("done")

    async def waiting(self):
        """What is left."""
        return self._left


async def serving(second, handler, inbox):
    """The bot in a task, over that inbox."""
    bot = RunningBot.__new__(RunningBot)
    options = BotOptions(TOKEN, second.url, poll_timeout_s=2, backoff=Backoff(0.02, 0.1))
    bot.stop = asyncio.Event()
    bot.task = asyncio.create_task(run_bot(handler, options, bot.stop, inbox=inbox))
    await until(lambda: second.count("getUpdates"))
    return bot


async def test_admins_are_told_where_nothing_can_be_written_down(second, assistant, monkeypatch):
    """Answers go on, so that nobody would notice before the restart that loses the rest."""
    monkeypatch.setattr(intake, "UNWRITTEN_S", 0.5)
    second.private(ADMIN)
    inbox = Shelf()
    handler = Handler(assistant, MemoryConversationStore(3600), admin_ids=frozenset({ADMIN}))
    bot = await serving(second, handler, inbox)
    inbox.full = True
    second.say(PERSON, "does heat help?")
    await until(lambda: second.sent(PERSON))
    assert second.sent(ADMIN) == []
    await asyncio.sleep(0.5)
    second.say(PERSON, "hello")
    await until(lambda: "The disk is full." in second.said(ADMIN))
    second.say(PERSON, "hello again")
    await until(lambda: len(second.sent(PERSON)) == 3)
    assert len(second.sent(ADMIN)) == 1
    inbox.full = False
    second.say(PERSON, "hello, is it mended?")
    await until(lambda: "written down again" in second.said(ADMIN))
    await bot.leave()
    assert len(second.sent(PERSON)) == 4


async def test_a_moment_of_a_busy_disk_is_not_told(second, assistant):
    """It passes, and an admin who is woken for nothing stops reading."""
    second.private(ADMIN)
    inbox = Shelf()
    handler = Handler(assistant, MemoryConversationStore(3600), admin_ids=frozenset({ADMIN}))
    bot = await serving(second, handler, inbox)
    inbox.full = True
    second.say(PERSON, "does heat help?")
    await until(lambda: second.sent(PERSON))
    inbox.full = False
    second.say(PERSON, "hello")
    await until(lambda: len(second.sent(PERSON)) == 2)
    await bot.leave()
    assert second.sent(ADMIN) == []


class Desk(Handler):
    """Says that it reads a file, and then what became of it."""

    def take(self, update):
        """A file, whatever comes."""
        chat = parse_update(update).chat_id
        reading, failed = (Part(Priority.OTHER, chat, text, text) for text in ("Reading", "No"))
        return Work((reading,), fetch=Fetch("x", ".txt", 9, lambda _: iter(()), (), (failed,)))


async def test_a_file_is_done_when_its_sender_has_been_told(second, assistant):
    """Killed while it is read, the bot would else leave "Reading" there for ever."""
    inbox = Shelf()
    bot = await serving(second, Desk(assistant, MemoryConversationStore(3600)), inbox)
    second.say(PERSON, "file")
    await until(lambda: "done" in inbox.log)
    assert inbox.log == ["accepted", "done"]
    await bot.leave()
    assert [message.text for message in second.sent(PERSON)] == ["Reading", "No"]


async def test_a_file_that_a_restart_cut_off_is_read_again(second, assistant):
    """That it is being read has been said."""
    second.private(PERSON)
    update = {"update_id": 5, "message": second.message(PERSON, text="file")}
    inbox = Shelf([Left(5, update, replies=1)])
    bot = await serving(second, Desk(assistant, MemoryConversationStore(3600)), inbox)
    await until(lambda: second.sent(PERSON))
    await bot.leave()
    assert [message.text for message in second.sent(PERSON)] == ["No"]


@pytest.mark.parametrize("warnings", [0, 1])
async def test_a_warning_that_a_restart_cut_off_comes_in_full(second, warnings):
    """The engine noted it as sent; "what you told me earlier" is no first word to anybody."""
    second.private(PERSON)
    update = {"update_id": 5, "message": second.message(PERSON, text=ALARM)}
    curious, store = Curious(), MemoryConversationStore(3600)
    state = TriageState(open_tier=Tier.EMERGENCY, template="emergency", full_sent_at=time.time())
    store.save(str(PERSON), Conversation(triage=state, updated_at=time.time()))
    bot = await serving(second, Handler(curious, store), Shelf([Left(5, update, warnings)]))
    await until(lambda: second.sent(PERSON) or warnings)
    await bot.leave()
    assert (curious.sent_at[-1] > 0) is bool(warnings)


@pytest.mark.parametrize("spoken", ["en", "de"])
def test_a_bot_without_a_key_does_not_promise_that_words_are_encrypted(assistant, spoken):
    """What waits for its answer is written all the same, and then readable."""
    for encrypts in (True, False):
        store = MemoryConversationStore(3600)
        store.encrypts = encrypts
        body = {"message_id": 1, "date": 1, "text": "/privacy"}
        body |= {"chat": {"id": 7, "type": "private"}, "from": {"id": 7, "language_code": spoken}}
        parts = Handler(assistant, store).handle({"update_id": 1, "message": body})
        told = "".join(part.plain for part in parts)
        assert (tongues.said("not_encrypted", spoken) in told) is not encrypts
