"""The real application against a Bot API server of its own, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from backbot.bot.app import BotOptions, run_bot
from backbot.bot.handlers import Handler
from backbot.bot.log import RedactingFilter
from backbot.bot.outbox import UNLIMITED
from backbot.bot.sender import Backoff
from backbot.state.memory import MemoryConversationStore
from bot.bot_api_server import TOKEN, BotApiServer
from bot.fake_assistant import FakeAssistant

ADMIN, STAFF = 7001, 7002


@pytest.fixture(autouse=True)
def _no_filter_is_left_behind():
    """The redacting filter stays on root handlers, which outlive a test."""
    yield
    for handler in (*logging.getLogger().handlers, logging.lastResort):
        for found in [f for f in handler.filters if isinstance(f, RedactingFilter)]:
            handler.removeFilter(found)


@pytest.fixture
async def server() -> AsyncIterator[BotApiServer]:
    """A Bot API server that listens."""
    async with BotApiServer() as running:
        yield running


@pytest.fixture
def assistant():
    """The fake assistant that the bot under test asks."""
    fake = FakeAssistant()
    yield fake
    fake.gate.set()


@pytest.fixture
def handler(assistant: FakeAssistant) -> Handler:
    """The real handler, with one admin and one member of staff."""
    return Handler(
        assistant,
        MemoryConversationStore(3600),
        admin_ids=frozenset({ADMIN}),
        staff_ids=frozenset({STAFF}),
    )


class RunningBot:
    """The application in a task of this loop."""

    def __init__(self, handler: Handler, options: BotOptions) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(run_bot(handler, options, self.stop))

    async def leave(self) -> None:
        """Stop, and wait until it has left."""
        self.stop.set()
        await asyncio.wait_for(self.task, 5)


async def until(holds, seconds=8.0):
    """Wait in the bot's own loop until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 the server has a thread of its own
            await asyncio.sleep(0.01)


@pytest.fixture
def options(server: BotApiServer) -> BotOptions:
    """Short waits."""
    return BotOptions(
        token=TOKEN,
        api_url=server.url,
        poll_timeout_s=5,
        backoff=Backoff(0.02, 0.1),
        attempts=4,
        drain_s=3,
        typing_after_s=0,
        limits=UNLIMITED,
    )


@pytest.fixture
async def running(
    server: BotApiServer, handler: Handler, options: BotOptions, assistant: FakeAssistant
) -> AsyncIterator[Callable[..., contextlib.AbstractAsyncContextManager[RunningBot]]]:
    """Start the bot for a block, with other options where some are given."""

    @asynccontextmanager
    async def run(which: Handler = handler, **changes):
        bot = RunningBot(which, replace(options, **changes))
        try:
            yield bot
        finally:
            assistant.gate.set()
            await bot.leave()

    return run


@pytest.fixture
def released() -> threading.Event:
    """Something to wait for in a thread."""
    return threading.Event()
