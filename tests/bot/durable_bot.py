"""A bot with an inbox on disk as a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from bot.bot_api_server import TOKEN

SCRIPT = textwrap.dedent("""
    import logging, os, sys
    from bot.fake_assistant import FakeAssistant
    from backbot.bot.app import BotOptions, main_loop
    from backbot.bot.handlers import Handler
    from backbot.bot.inbox import DurableInbox
    from backbot.bot.outbox import UNLIMITED
    from backbot.bot.sender import Backoff
    from backbot.state.cipher import Cipher
    from backbot.state.database import Database
    from backbot.state.inbox import DatabaseInbox
    from backbot.state.memory import MemoryConversationStore

    logging.basicConfig(level=logging.INFO)
    url, state, key, slow = sys.argv[1:5]
    database = Database(state)
    slow = {"slow": float(slow)}
    options = BotOptions(
        os.environ["T"], url, poll_timeout_s=2, limits=UNLIMITED, backoff=Backoff(0.05, 0.2)
    )
    handler = Handler(FakeAssistant(slow=slow), MemoryConversationStore(3600))
    main_loop(handler, options, inbox=DurableInbox(DatabaseInbox(database, Cipher.of(key))))
    database.close()
""")


class DurableBot:
    """Starts, kills and stops the process; its log goes to a file."""

    def __init__(
        self,
        url: str,
        folder: Path,
        key: str = "k" * 40,
        slow_s: float = 0.0,
        database_url: str = "",
    ) -> None:
        self.path = folder / "var" / "backbot.db"
        self.log = folder / "bot.log"
        self._arguments = [url, database_url or f"sqlite:///{self.path}", key, str(slow_s)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path, "T": TOKEN}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SCRIPT, *self._arguments], env=environment, stderr=log
            )

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def stop(self) -> int:
        """A clean stop; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(self._process.wait, 20)
        self._process = None
        return status
