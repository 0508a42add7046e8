"""The transport: fetches updates, hands them to the handler, sends what it gives back.

    getUpdates ─▶ Inbox.put ─▶ one worker per chat ─▶ Handler.take ─▶ ready ─▶ Sender
       ▲    a webhook call ─┘                            Inbox.done ◀─ Sender ◀─ rest
       └── the offset moves on, the call is answered with 200, only after `put`

| module | concern |
|---|---|
| `options` | what a run can be told |
| `running` | what its parts share: threads, tasks, the ways in and out |
| `reaching` | signing in; what is told where Telegram cannot be reached |
| `polling`, `calls` | updates fetched, updates brought by calls of the webhook |
| `intake`, `ledger` | each written down first; which are known, which wait; a restart's rest |
| `chats`, `lines` | a worker for each chat, and what waits in it |
| `delivery` | messages out, each once; the typing mark |
| `background` | builds and files of staff's |
| `notices` | profile and menus, reminders, reports that are owed |
| `status` | /readyz and /metrics |

Here they are put together, begun and ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator

from backbot.bot.api import connect
from backbot.bot.background import Background
from backbot.bot.calls import Calls
from backbot.bot.chats import Chats
from backbot.bot.delivery import Delivery
from backbot.bot.handlers import Handler
from backbot.bot.http import HttpServer, Pages, application
from backbot.bot.inbox import Inbox, MemoryInbox
from backbot.bot.intake import Intake
from backbot.bot.log import install_redaction
from backbot.bot.notices import Notices
from backbot.bot.options import Around, BotOptions
from backbot.bot.polling import Polling
from backbot.bot.reaching import sign_in
from backbot.bot.running import Run
from backbot.bot.status import Status

__all__ = ["Around", "BotOptions", "main_loop", "run_bot", "run_until_signal"]

logger = logging.getLogger(__name__)


async def run_bot(
    handler: Handler,
    options: BotOptions,
    stop: asyncio.Event,
    *,
    inbox: Inbox | None = None,
    around: Around | None = None,
) -> None:
    """Answer on Telegram until `stop` is set; then finish what was taken, and leave.

    A server that cannot be reached is tried again for as long as it takes.

    Args:
        handler: Decides on the answers.
        options: How to talk to Telegram.
        stop: Set it from a signal handler or a test.
        inbox: Where updates wait; in memory by default.
        around: What it asks the program around it.

    Raises:
        SettingsError: The token was refused, or an option cannot work.
    """
    options.check()
    secret = (options.webhook.secret,) if options.webhook else ()
    install_redaction((options.token, *secret))
    api = connect(options.token, options.api_url)
    service = _Service(Run(handler, api, options, inbox or MemoryInbox()), around or Around())
    try:
        async with _serving(service, options):
            service.begin()
            if await sign_in(service.running, stop):
                handler.username = api.username
                logger.info("signed in as @%s", api.username)
                await service.run(stop)
            service.running.presence.end()
    finally:
        await service.close()
        await api.shutdown()


async def run_until_signal(
    handler: Handler,
    options: BotOptions,
    *,
    inbox: Inbox | None = None,
    around: Around | None = None,
) -> None:
    """`run_bot` until SIGINT or SIGTERM arrives."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run_bot(handler, options, stop, inbox=inbox, around=around)


def main_loop(
    handler: Handler,
    options: BotOptions,
    *,
    inbox: Inbox | None = None,
    around: Around | None = None,
) -> None:
    """`run_until_signal` for a program that has no event loop of its own."""
    asyncio.run(run_until_signal(handler, options, inbox=inbox, around=around))


@contextlib.asynccontextmanager
async def _serving(service: _Service, options: BotOptions) -> AsyncIterator[None]:
    """Health, metrics and the webhook over HTTP, where there is somewhere to listen."""
    if options.http is None:
        yield
        return
    server = HttpServer(options.http)
    pages = Pages(service.calls.take_one, service.status.ready, service.status.metrics_page)
    serving = asyncio.create_task(server.serve(application(pages, options.webhook)))
    logger.info("listening on %s port %d", options.http[0], server.port)
    try:
        yield
    finally:
        server.stop()
        await asyncio.gather(serving, return_exceptions=True)
        server.close()


class _Service:
    """The parts of one run, put together.

    Args:
        running: What they share.
        around: What they ask the program around them.
    """

    def __init__(self, running: Run, around: Around) -> None:
        self.running = running
        self._notices = Notices(running, around)
        delivery = Delivery(running)
        background = Background(running, delivery)
        intake = Intake(running, Chats(running, delivery, background, self._notices))
        self._intake = intake
        self._polling = Polling(running, intake)
        self.calls = Calls(running, intake)
        self.status = Status(running, around)

    def begin(self) -> None:
        """The process is there; Telegram may not be."""
        presence = self.running.presence
        presence.begin()
        self.running.tasks.watch(presence.beat())

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until the stop, finish what was taken, tell Telegram."""
        tasks, presence = self.running.tasks, self.running.presence
        webhook = self.running.options.webhook
        await self._intake.recover()
        tasks.courtesy(self._introduce())
        tasks.courtesy(self._notices.tell_admins())
        tasks.watch(self._notices.remind())
        tasks.watch(self._notices.watch())
        tasks.watch(presence.report(lambda: not self.running.ledger.open))
        if webhook is None:
            await self._polling.until(stop)
        else:
            await self.calls.until(webhook, stop)
        presence.stopping()
        await self._drain()
        if webhook is None:
            await self._polling.confirm()

    async def close(self) -> None:
        """End everything that is still going on."""
        await self.running.tasks.end()
        self.running.threads.end()

    async def _introduce(self) -> None:
        if self.running.options.webhook is None:
            await self._polling.drop_webhook()
        await self._notices.introduce()

    async def _drain(self) -> None:
        """Finish what was taken, as far as there is time."""
        waiting = self.running.ledger.open
        logger.info("stopping: %d updates to finish", len(waiting))
        await self.running.tasks.drain(self.running.options.drain_s)
        if waiting:
            logger.error("left with %d updates unanswered", len(waiting))
