"""Tokens and texts stay out of the log, whoever logs and however."""

from __future__ import annotations

import asyncio
import io
import logging

import pytest

from backbot.bot.log import RedactingFilter, install_redaction
from bot.bot_api_server import TOKEN

WORDS = "xylophone-shaped pain"
SECRET = TOKEN.partition(":")[2]


@pytest.fixture
def log():
    """Everything that a handler on the root logger writes at debug level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


async def test_a_conversation_leaves_ids_and_no_words(server, running, assistant, log, caplog):
    """At debug level, with faults, refusals and failing answers, over the real libraries."""
    caplog.set_level(logging.DEBUG)
    assistant.answer = f"{WORDS} again [1]."
    server.fault("sendMessage", times=1)
    server.fault("sendMessage", "garbage", chat=8)
    server.fault("getUpdates", "garbage")
    async with running():
        await server.write(f"echo {WORDS}")
        await server.write(f"explode at once {WORDS}")
        await server.write(f"explode later {WORDS}", chat=8)
        await server.write("/rebuild " + WORDS, chat=9)
        await server.press(f"q:{WORDS}", chat=9)
        await server.push_raw({"update_id": 5000, "message": {"chat": {"id": 7}, "text": [WORDS]}})
        await server.messages(3)
        await server.messages(1, chat=8)
        await server.messages(2, chat=9)
    for text in (log(), caplog.text):
        assert "chat 7" in text
        assert "refused /rebuild to user 9" in text
        assert "kind=answer tier=none" in text
        assert WORDS not in text
        assert "xylophone" not in text
        assert "secret words" not in text
        assert SECRET not in text
        assert "HTTP/1.1" not in text
        assert "Ann" not in text


@pytest.mark.parametrize(
    "logger",
    ["telegram.Bot", "telegram.request.BaseRequest", "httpx", "httpcore.http11", "asyncio"],
)
def test_network_libraries_are_withheld(log, logger):
    """Below a warning nothing, from there on only who spoke."""
    install_redaction()
    for level in (logging.DEBUG, logging.INFO, logging.CRITICAL):
        logging.getLogger(logger).log(level, "POST /bot%s/x %s", TOKEN, WORDS)
    assert log().count("\n") == 1
    assert "text withheld" in log()


@pytest.mark.parametrize(
    "message",
    [
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        f"token={TOKEN.replace(':', '%3A')}",
        f"({TOKEN})",
    ],
)
def test_tokens_are_hidden_in_any_record(log, message):
    """In the message, in its arguments, in a stack."""
    install_redaction()
    logging.getLogger("somebody").warning(message)
    logging.getLogger("somebody").warning("see %s and %s", message, 5)
    assert SECRET not in log()
    assert log().count("***") == 2
    assert "and 5" in log()


def test_an_exception_keeps_its_type_and_lines_and_loses_its_words(log):
    """Also those of its cause."""
    install_redaction()
    try:
        try:
            raise ValueError(WORDS)  # noqa: TRY301
        except ValueError as error:
            raise RuntimeError(WORDS) from error
    except RuntimeError:
        logging.getLogger("backbot.x").exception("it failed")
    assert "it failed" in log()
    assert "RuntimeError\ncaused by" in log()
    assert "test_bot_log.py" in log()
    assert WORDS not in log()


def test_secrets_of_any_shape_are_hidden(log):
    """A token that does not look like one; added to the filter that is there."""
    install_redaction()
    install_redaction(["12:short"])
    logging.getLogger("x").warning("bot12:short/getMe")
    assert "short" not in log()
    root = logging.getLogger()
    assert all(
        sum(isinstance(f, RedactingFilter) for f in handler.filters) == 1
        for handler in root.handlers
    )


def test_a_broken_record_breaks_nothing(log):
    """A wrong format string costs one line."""
    install_redaction()
    logging.getLogger("x").warning("%d %d", "a")  # noqa: PLE1206
    assert "unreadable log record" in log()


async def test_a_forgotten_task_does_not_tell_its_exception(log):
    """Asyncio quotes the exception of a task that nobody awaited."""
    install_redaction()

    async def fail():
        raise ValueError(WORDS)

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    context = {"message": "Task exception was never retrieved", "exception": task.exception()}
    asyncio.get_running_loop().default_exception_handler({**context, "task": task})
    assert "text withheld" in log()
    assert WORDS not in log()
