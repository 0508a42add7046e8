"""Faults of the network, of the server and of ourselves: nobody is forgotten."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import pytest
from telegram.error import NetworkError

from backbot.bot import chats, reaching, sender, wording
from backbot.bot.app import BotOptions, run_bot
from backbot.bot.flood import FloodOptions
from backbot.bot.inbox import MemoryInbox
from backbot.bot.parts import Part, Priority
from backbot.bot.sender import Backoff
from backbot.errors import SettingsError
from bot.bot_api_server import TOKEN, BotApiServer
from bot.conftest import RunningBot, until

# ---------------------------------------------------------------------- sending


async def test_429_is_waited_out_in_that_chat_only(server, running):
    """The server's own number of seconds, while other chats go on."""
    server.fault("sendMessage", chat=1, status=429, description="Too Many Requests", retry_after=1)
    async with running():
        started = time.monotonic()
        await server.write("hello", chat=1)
        await server.write("hello", chat=2)
        (other,) = await server.messages(1, chat=2)
        (waited,) = await server.messages(1, chat=1)
    assert other.at - started < 0.8
    assert waited.at - started >= 1.0


async def test_a_429_without_a_time_is_tried_again(server, running):
    """Some servers leave the number out."""
    server.fault("sendMessage", status=429, description="Too Many Requests", times=2)
    async with running():
        await server.write("hello")
        assert len(await server.messages(1)) == 1


@pytest.mark.parametrize(("status", "times"), [(500, 99), (400, 99), (500, 3)])
async def test_a_file_that_is_not_taken_ends_in_a_word(server, running, status, times):
    """/mydata: after a few attempts the person is told; a fault that passes is not told."""
    server.fault("sendDocument", status=status, description="Internal Server Error", times=times)
    async with running(attempts=40):
        await server.write("/mydata")
        (told,) = await server.messages(1)
        await server.write("hello")
        await server.messages(2)
    assert (wording.NO_FILE in told.text) == (times > 3)
    assert (told.file_name == "my-data.json") == (times == 3)
    assert "What I keep about this chat" in told.text


@pytest.mark.parametrize("kind", ["status", "drop", "garbage"])
async def test_a_failed_send_is_tried_again(server, running, kind):
    """502, a broken connection, a page of some proxy: the answer comes, once, in order."""
    server.fault("sendMessage", kind, times=2)
    async with running():
        await server.write("hello")
        await server.write("does heat help?")
        first, second = await server.messages(2)
    assert first.text.startswith("Hello")
    assert second.text.startswith("Heat")


async def test_a_lost_confirmation_costs_one_duplicate_at_most(server, running):
    """The message was accepted but the answer to it was lost: nobody can know."""
    server.fault("sendMessage", "drop_after")
    async with running():
        await server.write("hello")
        await server.messages(2)
    assert len(server.sent) == 2


async def test_an_answer_is_given_up_a_warning_is_not(server, running):
    """Four attempts for an answer; the warning goes on, and so does the chat."""
    server.fault("sendMessage", chat=1, times=9)
    server.fault("sendMessage", chat=2, times=4)
    async with running(attempts=4):
        await server.write("I cannot pee", chat=1)
        await server.write("does heat help?", chat=2)
        await server.write("hello", chat=2)
        assert "112" in (await server.messages(1, chat=1))[0].text
        assert (await server.messages(1, chat=2))[0].text.startswith("Hello")


@pytest.fixture
def failing(monkeypatch):
    """Sending fails for every message with that word in it; how often it did."""
    from backbot.bot.api import Api

    call, failed = Api.call, []

    async def fail(self, method, data, **how):
        if method == "sendMessage" and failing.word in str(data["text"]):
            failed.append(time.monotonic())
            await asyncio.sleep(failing.hangs_s)
            raise NetworkError("Internal Server Error")
        return await call(self, method, data, **how)

    class Failing:
        word, hangs_s, times = "You asked", 0.0, failed

    failing = Failing()
    monkeypatch.setattr(Api, "call", fail)
    return failing


@pytest.mark.parametrize("hangs_s", [0.0, 60.0])
async def test_a_warning_does_not_wait_behind_an_answer_that_is_stuck(
    server, running, failing, monkeypatch, hangs_s
):
    """The server fails for one message, or says nothing; after the warning there are no tips."""
    monkeypatch.setattr(chats, "STUCK_S", 0.1)
    failing.hangs_s = hangs_s
    async with running(attempts=10_000):
        await server.write("echo 1")
        await until(lambda: failing.times)
        await server.write("a question that the warning overtakes, too")
        await server.write("my foot is numb")
        await server.write("I cannot pee")
        await server.messages(2)
        await server.write("hello again")  # looked at when it comes: the warning had been sent
        *_, then = await server.messages(3)
        tried = len(failing.times)
        await asyncio.sleep(0.3)
    assert sorted(text[:6] for text in server.texts()[:2]) == ["Please", "🚨 Call"]
    assert then.text.startswith("Hello")
    assert len(server.sent) == 3
    assert len(failing.times) == tried
    assert sum("112" in text for text in server.texts()) == 1


async def test_no_answer_follows_a_warning_that_an_emergency_has_overtaken(
    server, running, failing, monkeypatch
):
    """Both warnings go out, the more pressing one first, and then no tips."""
    monkeypatch.setattr(chats, "STUCK_S", 0.1)
    failing.word = "specialist"
    async with running():
        await server.write("my foot is numb")
        await until(lambda: failing.times)
        await server.write("I cannot pee")
        await server.messages(1)
        failing.word = "nothing"
        await server.messages(2)
        await server.write("hello")
        emergency, nerve, then = await server.messages(3)
    assert "112" in emergency.text
    assert "specialist" in nerve.text
    assert then.text.startswith("Hello")


async def test_a_question_behind_an_answer_that_is_stuck_waits_for_it(
    server, running, failing, monkeypatch
):
    """A warning that is no emergency takes no answer away, and order is kept."""
    monkeypatch.setattr(chats, "STUCK_S", 0.1)
    async with running(attempts=10_000):
        await server.write("echo 1")
        await until(lambda: failing.times)
        await server.write("hello")
        await server.write("my foot is numb")
        await server.messages(1)
        failing.word = "nothing"
        texts = [sent.text for sent in await server.messages(4)]
    starts = [text.partition(" ")[0] for text in texts]
    assert starts == ["Please", "You", "Hello", "Heat"]


# ---------------------------------------------------------------------- answers that hang


async def test_a_warning_does_not_wait_for_an_answer_that_is_being_computed(
    server, running, assistant, monkeypatch
):
    """It goes out while the answer hangs, whatever waits between; then there are no tips."""
    monkeypatch.setattr(chats, "STUCK_S", 0.1)
    async with running(answer_timeout_s=60, workers=1):
        await server.write("blocked")
        await until(lambda: assistant.seen)
        await server.write("/help")
        await server.write("I cannot pee")
        (warning, *_) = await server.messages(1)
        assistant.gate.set()
        await server.write("hello")
        texts = [sent.text for sent in await server.messages(3)]
    assert "112" in warning.text
    assert texts[1].startswith("<help>")
    assert texts[2].startswith("Hello")


async def test_a_disk_that_hangs_does_not_hold_a_warning_up(server, handler, options):
    """It is written down later, or Telegram keeps it."""

    class HangingInbox(MemoryInbox):
        async def put(self, update_id, update):
            await asyncio.sleep(60)
            return await super().put(update_id, update)

    stop = asyncio.Event()
    bot = asyncio.create_task(run_bot(handler, options, stop, inbox=HangingInbox()))
    began = time.monotonic()
    await server.write("I cannot pee")
    await server.messages(1)
    took_s = time.monotonic() - began
    stop.set()
    await asyncio.wait_for(bot, 10)
    assert took_s < 1.5
    assert len(server.sent) == 1


async def test_an_emergency_that_is_told_bit_by_bit_does_not_wait_either(
    server, running, assistant, monkeypatch
):
    """What waits is read together; none of it is a sign by itself."""
    monkeypatch.setattr(chats, "STUCK_S", 0.1)
    begin = assistant.begin

    def begin_together(text, conversation, now):
        said = f"{conversation.triage.recent} {text}"
        told = "I cannot pee" if "no feeling when I wipe" in said else text
        turn = begin(told, conversation, now)
        triage = replace(turn.conversation.triage, recent=said)
        return replace(turn, conversation=replace(turn.conversation, triage=triage))

    monkeypatch.setattr(assistant, "begin", begin_together)
    async with running(answer_timeout_s=60):
        await server.write("blocked")
        await until(lambda: assistant.seen)
        for text in ("well, no feeling", "when", "I wipe"):
            await server.write(text)
        (warning,) = await server.messages(1)
        assistant.gate.set()
        await server.write("hello")
        await server.messages(2)
    assert "112" in warning.text
    assert len(server.sent) == 2


async def test_an_answer_that_a_lesser_warning_has_overtaken_shows_its_question(
    server, running, assistant, monkeypatch
):
    """What stands above it is another message by then."""
    monkeypatch.setattr(chats, "STUCK_S", 0.1)
    async with running(answer_timeout_s=60):
        question = await server.write("blocked, echo")
        await until(lambda: assistant.seen)
        await server.write("my foot is numb")
        await server.messages(1)
        assistant.gate.set()
        warning, answer, other = await server.messages(3)
    assert warning.text.startswith("Please see")
    assert answer.text.startswith("You asked: blocked")
    assert answer.reply_to == question
    assert other.reply_to is None


async def test_no_warning_goes_before_a_forget_that_was_sent_first(
    server, running, assistant, monkeypatch
):
    """The other way round the warning would be forgotten."""
    monkeypatch.setattr(chats, "STUCK_S", 0.05)
    async with running(answer_timeout_s=0.5):
        await server.write("blocked")
        await until(lambda: assistant.seen)
        await server.write("/forget")
        await server.write("I cannot pee")
        texts = [sent.text for sent in await server.messages(3)]
    assert texts[0].startswith("<failsafe>")
    assert texts[1].startswith("<forgotten>")
    assert "Call 112" in texts[2]


async def test_answers_that_were_put_off_do_not_follow_an_emergency(server, running):
    """They were worked out as if it were not there; before it, each shows its question."""
    flood = FloodOptions(messages=1, within_s=60, slow_s=0.2, most=50)
    async with running(flood=flood):
        asked = [await server.write(f"echo {number}") for number in range(4)]
        await server.messages(2)
        await server.write("I cannot pee")
        await until(lambda: any("112" in text for text in server.texts()))
        later = await server.write("echo after it")
        await until(lambda: server.sent[-1].reply_to == later)
    warned = next(n for n, sent in enumerate(server.sent) if "112" in sent.text)
    assert [sent.reply_to for sent in server.sent[:warned]] == [None, *asked[1:warned]]
    assert len(server.sent) == warned + 2


# ---------------------------------------------------------------------- a server that is away


async def test_a_warning_is_tried_every_few_seconds(server, running, failing, monkeypatch):
    """However long the server was away, it goes out soon after."""
    monkeypatch.setitem(sender._LONGEST_WAIT_S, Priority.ESCALATION, 0.05)
    failing.word = "112"
    async with running(backoff=Backoff(0.02, 30.0)):
        await server.write("I cannot pee")
        await until(lambda: len(failing.times) > 12, 5)
        failing.word = "nothing"
        await server.messages(1)


async def test_a_server_that_is_back_is_asked_soon(server, running, monkeypatch):
    """What was written during an outage may be an emergency."""
    monkeypatch.setattr(reaching, "FAILED_AGAIN_S", 0.05)
    server.fault("getUpdates", times=12)
    async with running(backoff=Backoff(0.02, 30.0)):
        await server.write("I cannot pee")
        await asyncio.wait_for(server.messages(1), 5)


async def test_a_parse_error_is_sent_as_plain_text_at_once(server, running):
    """The words arrive, with their buttons, without markup."""
    server.fault(
        "sendMessage", status=400, description="Bad Request: can't parse entities: whatever"
    )
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
    assert answer.parse_mode is None
    assert answer.raw.startswith("Heat relaxes muscles [1].\n\n[1] Source: Heat & cold")
    assert answer.buttons


async def test_refused_buttons_do_not_cost_the_answer(server, running):
    """Any other refusal: the bare words."""
    server.fault("sendMessage", status=400, description="Bad Request: BUTTON_DATA_INVALID")
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
    assert answer.buttons == []


async def test_what_is_refused_in_every_form_is_given_up(server, running):
    """No endless loop: the next message has its turn, and is refused too."""
    server.fault("sendMessage", chat=1, status=400, description="Bad Request: no", times=50)
    async with running():
        await server.write("I cannot pee", chat=1)
        await server.write("hello", chat=1)
        await server.until(lambda: server.calls.count("sendMessage") >= 10)
        await asyncio.sleep(0.5)
        refused = server.calls.count("sendMessage")
        await server.write("does heat help?", chat=2)
        assert (await server.messages(1, chat=2))[0].text.startswith("Heat")
    assert refused < 50


async def test_403_ends_it_for_that_update(server, running, assistant):
    """The person blocked the bot: no attempt more, no answer computed; later they may be back."""
    server.fault("sendMessage", chat=1, status=403, description="Forbidden: bot was blocked")
    async with running():
        await server.write("my leg is numb", chat=1)
        await server.until(lambda: "sendMessage" in server.calls)
        await server.push(1, my_chat_member={"chat": {"id": 1, "type": "private"}})
        await server.write("hello", chat=1)
        (answer,) = await server.messages(1, chat=1)
    assert answer.text.startswith("Hello")
    assert assistant.seen == ["hello"]
    assert server.calls.count("sendMessage") == 2


async def test_typing_is_shown_while_the_answer_is_made(server, running, assistant):
    """Before the answer, and not after it."""
    assistant.slow = {"heat": 0.1}
    async with running():
        await server.write("does heat help?")
        (answer,) = await server.messages(1)
        await asyncio.sleep(0.05)
    assert server.actions
    assert all(at < answer.at for _, _, at in server.actions)


async def test_a_late_typing_mark_does_not_overtake_the_answer(server, running):
    """It would stand there for five seconds with nothing to come."""
    server.fault("sendChatAction", "slow")
    async with running():
        await server.write("hello")
        (answer,) = await server.messages(1)
        await asyncio.sleep(0.25)
    assert [at < answer.at for _, _, at in server.actions] == [True]


async def test_a_failing_typing_mark_costs_nothing(server, running):
    """It is a courtesy."""
    server.fault("sendChatAction", status=400, description="Bad Request", times=5)
    async with running():
        await server.write("hello")
        await server.messages(1)


# ---------------------------------------------------------------------- polling


@pytest.mark.parametrize("kind", ["status", "drop", "garbage"])
async def test_polling_outlives_faults(server, running, kind):
    """502, a broken connection, a page that is no JSON."""
    server.fault("getUpdates", kind, times=3)
    async with running():
        await server.write("hello")
        assert len(await server.messages(1)) == 1


async def test_a_conflict_is_waited_out(server, running):
    """Another process polled, or a webhook was set, which is removed."""
    server.fault("getUpdates", status=409, description="Conflict: terminated", times=2)
    async with running():
        await server.write("hello")
        assert len(await server.messages(1)) == 1
    assert server.calls.count("deleteWebhook") == 3


async def test_the_server_may_restart(server, running):
    """Connection refused for a while; what was written meanwhile is answered."""
    async with running():
        await server.write("hello")
        await server.messages(1)
        await server.stop()
        await server.write("does heat help?")
        await asyncio.sleep(0.1)
        await server.start()
        _, answer = await server.messages(2)
    assert answer.text.startswith("Heat")


async def test_a_server_that_is_not_there_yet_is_waited_for(options, handler, caplog):
    """The bot may be started before the network is."""
    late = BotApiServer()
    await late.start()
    await late.stop()
    bot = RunningBot(handler, replace(options, api_url=late.url))
    await asyncio.sleep(0.1)
    assert "cannot reach" in caplog.text
    await late.start()
    await late.write("hello")
    await late.messages(1)
    await bot.leave()
    await late.stop()


async def test_waiting_for_a_server_can_be_stopped(options, handler):
    """Nothing to finish, no error."""
    bot = RunningBot(handler, replace(options, api_url="http://127.0.0.1:9"))
    await asyncio.sleep(0.05)
    await bot.leave()


@pytest.mark.parametrize("token", [TOKEN[:-1] + "x", "nonsense"])
async def test_a_wrong_token_is_named_without_being_told(server, options, handler, token):
    """401 and 404 at the start: a sentence that names the setting, without the secret."""
    with pytest.raises(SettingsError) as raised:
        await run_bot(handler, replace(options, token=token), asyncio.Event())
    assert "BACKBOT_TELEGRAM_TOKEN" in str(raised.value)
    assert token not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("token", ["", "12:ab cd", "12:ab\n", "12:ab/../x"])
async def test_a_token_with_impossible_characters_is_refused_before_any_request(
    server, options, handler, token
):
    """It would end up in a URL."""
    with pytest.raises(SettingsError, match="BACKBOT_TELEGRAM_TOKEN"):
        await run_bot(handler, replace(options, token=token), asyncio.Event())
    assert server.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8081",
        "",
        "ftp://x",
        "http://",
        "http://host:99999",
        "http://host:abc",
        "http://host:0",
        "http://host:-1",
        "http://[::1",
        "http://[zz]",
        "http://ho st",
        "http://host\x00",
        "http://a..b",
        "http://.",
        "http://*",
        f"http://{'a' * 64}.example",
        "http://host?x=1",
        "http://host/#here",
    ],
)
async def test_a_wrong_api_url_is_named(options, handler, url):
    """Otherwise it would be retried for ever as a server that cannot be reached."""
    with pytest.raises(SettingsError, match="BACKBOT_TELEGRAM_API_URL"):
        async with asyncio.timeout(2):
            await run_bot(handler, replace(options, api_url=url), asyncio.Event())


async def test_the_password_of_a_wrong_api_url_is_not_shown(options, handler):
    """What a person copies into a question for help must not hold it."""
    with pytest.raises(SettingsError) as raised:
        await run_bot(
            handler, replace(options, api_url="http://me:s3cret@host:99999"), asyncio.Event()
        )
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.telegram.org",
        "https://api.telegram.org/",
        "http://127.0.0.1:8081",
        "http://[::1]:8081/below",
        "http://bot_api:8081",
        "https://bücher.example",
        "https://user:pass@host.example",
        "https://host.example.",
    ],
)
def test_a_right_api_url_passes(url):
    """Names that only a clinic's own network knows are as good as any."""
    BotOptions("1:a", url).check()


async def test_without_a_disk_people_are_answered_and_the_offset_waits(
    server, handler, options, assistant
):
    """An update that cannot be written down is answered, and confirmed only after that."""

    class FailingInbox(MemoryInbox):
        failures = 3

        async def put(self, update_id, update):
            assert server.confirmed <= update_id
            if self.failures:
                self.failures -= 1
                raise OSError("the disk is full")
            return await super().put(update_id, update)

    stop, inbox = asyncio.Event(), FailingInbox()
    task = asyncio.create_task(run_bot(handler, options, stop, inbox=inbox))
    await server.write("my leg is numb, blocked")
    (warning,) = await server.messages(1)
    assert "specialist" in warning.text
    asked = server.calls.count("getUpdates")
    await server.until(lambda: server.calls.count("getUpdates") > asked)
    assert server.confirmed <= 1001  # delivered again, for it is neither written nor answered
    assistant.gate.set()
    await server.messages(2)
    await server.until(lambda: server.confirmed == 1002)
    stop.set()
    await task
    assert len(server.sent) == 2


async def test_polling_pauses_while_too_much_waits(server, running, assistant):
    """Memory is bounded: what is not taken stays with Telegram."""
    async with running(max_waiting=3):
        await server.write("blocked")
        await server.messages(0)
        await server.until(lambda: assistant.seen)
        for _ in range(4):
            await server.write("hello")
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        newest = await server.write("hello")
        await asyncio.sleep(0.1)
        assert server.confirmed < 1000 + 6
        assistant.gate.set()
        await server.messages(6)
    assert newest


# ---------------------------------------------------------------------- stopping


async def test_a_stop_finishes_what_was_taken(server, running, assistant):
    """Every update that was taken is answered, and confirmed, before the bot leaves."""
    async with running() as bot:
        await server.write("my leg is numb, blocked")
        await server.write("hello")
        last = await server.push(8, message={**server.message(8, 1), "text": "blocked"})
        await server.until(lambda: len(assistant.seen) == 2)
        bot.stop.set()
        await asyncio.sleep(0.05)
        assert not bot.task.done()
        await server.write("too late", chat=9)
        assistant.gate.set()
        await asyncio.wait_for(bot.task, 3)
    assert [text[:6] for text in server.texts(7)] == ["Please", "Heat r", "Hello "]
    assert len(server.texts(8)) == 1
    assert server.texts(9) == []
    assert server.confirmed == last + 1


async def test_the_last_batch_is_confirmed_after_it_was_answered(server, handler, options):
    """No request for updates follows it that would do so."""
    stop = asyncio.Event()

    class StoppingInbox(MemoryInbox):
        async def put(self, update_id, update):
            stop.set()
            return await super().put(update_id, update)

        async def done(self, update_id):
            assert server.sent
            assert server.confirmed <= update_id

    await server.write("hello")
    await asyncio.wait_for(run_bot(handler, options, stop, inbox=StoppingInbox()), 5)
    assert server.confirmed == 1002


async def test_what_came_too_late_is_answered_by_the_next_start(server, running):
    """Nothing is dropped between two runs, and nothing is answered twice."""
    async with running():
        await server.write("hello")
        await server.messages(1)
    await server.write("does heat help?")
    async with running():
        _, answer = await server.messages(2)
        await asyncio.sleep(0.05)
    assert answer.text.startswith("Heat")
    assert len(server.sent) == 2


async def test_a_stop_does_not_wait_for_ever(server, running, assistant, caplog):
    """After its time the bot leaves, and says how many it left behind."""
    async with running(drain_s=0.2) as bot:
        await server.write("blocked")
        await server.until(lambda: assistant.seen)
        bot.stop.set()
        await asyncio.wait_for(bot.task, 2)
    assert "left with 1 updates unanswered" in caplog.text


async def test_sigterm_is_a_clean_stop(server, tmp_path):
    """The real process: it finishes the answer, sends it, and exits with 0 and no traceback."""
    script = tmp_path / "serve.py"
    script.write_text(
        textwrap.dedent("""
            import logging, os, sys
            from bot.fake_assistant import FakeAssistant
            from backbot.bot.app import BotOptions, main_loop
            from backbot.bot.handlers import Handler
            from backbot.state.memory import MemoryConversationStore

            logging.basicConfig(level=logging.DEBUG)
            handler = Handler(FakeAssistant(slow={"heat": 0.5}), MemoryConversationStore(60))
            main_loop(handler, BotOptions(os.environ["T"], sys.argv[1], typing_after_s=0))
        """)
    )
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "T": TOKEN}
    process = subprocess.Popen(  # noqa: ASYNC220 back at once
        [sys.executable, str(script), server.url], env=environment, stderr=subprocess.PIPE
    )
    try:
        await server.write("does heat help?", chat=5)
        await server.until(lambda: server.actions, timeout_s=15)
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.to_thread(process.communicate, timeout=10)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert len(server.texts(5)) == 1
    log = errors.decode()
    assert "stopping: 1 updates to finish" in log
    assert TOKEN not in log
    assert TOKEN.partition(":")[2] not in log
    assert "heat" not in log.lower()
    assert "Traceback" not in log


# ---------------------------------------------------------------------- values


def test_the_token_is_not_in_the_options_repr():
    """Options end up in error messages."""
    assert TOKEN not in repr(BotOptions(TOKEN))


def test_priorities_put_warnings_first():
    """A queue sorts by them."""
    assert sorted(Priority) == [Priority.ESCALATION, Priority.ANSWER, Priority.OTHER]
    assert Part(Priority.OTHER, 1, "x", "x").buttons == ()
