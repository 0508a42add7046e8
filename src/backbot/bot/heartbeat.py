"""Signs of life: to a monitor elsewhere, to systemd, and for `doctor` and the next start.

A silent bot looks like a quiet day. So somebody else must notice: a monitor that expects a call
every minute, and systemd, which starts the bot again where it hangs.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from backbot.bot.api import tls_context

logger = logging.getLogger(__name__)

PING_TIMEOUT_S = 10.0


@dataclass(slots=True)
class Alive:
    """What the bot last knew of itself. Times are POSIX seconds, 0 for never.

    Attributes:
        at: When this was written; while the bot runs at most a minute ago.
        clean: Whether it stopped as it should.
        reached_at: When Telegram last answered.
        conflict_at: When Telegram last said that another process uses the token.
    """

    at: float = 0.0
    clean: bool = False
    reached_at: float = 0.0
    conflict_at: float = 0.0

    def write(self, path: Path) -> None:
        """Write it down; a failure is logged, no more."""
        self.at = time.time()
        new = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(asdict(self)), "utf-8")
            new.replace(path)
        except OSError as error:
            logger.warning("cannot write %s: %s", path, error.strerror)


def read_alive(path: Path) -> Alive | None:
    """What the last run wrote, None where there is nothing that can be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return Alive(
            float(found["at"]),
            bool(found["clean"]),
            float(found["reached_at"]),
            float(found["conflict_at"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


async def ping(url: str) -> bool:
    """Call the monitor; false, and a line in the log, where it did not take it."""
    try:
        async with httpx.AsyncClient(verify=tls_context(), timeout=PING_TIMEOUT_S) as client:
            answer = await client.get(url)
            answer.raise_for_status()
    except (httpx.HTTPError, OSError) as error:
        # without its text: the address is often all that keeps strangers from calling it
        logger.warning("the heartbeat was not taken: %s", type(error).__name__)
        return False
    return True


class Systemd:
    """Tells systemd how things are, where it asked to be told (`Type=notify`).

    Args:
        environment: Where NOTIFY_SOCKET and WATCHDOG_USEC are looked for.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        usec = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", "") in {"", str(os.getpid())}
        self.watchdog_s = int(usec) / 1e6 if usec.isdecimal() and mine else 0.0
        """How soon it wants to hear again, 0 for not at all."""

    def say(self, what: str) -> None:
        """Send a line such as READY=1. Never raises."""
        if not self._address:
            return
        # @ stands for the zero byte of a name that is in no folder
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)  # noqa: FBT003 its only argument
                out.sendto(what.encode(), name)
        except OSError as error:
            logger.warning("systemd was not told: %s", error.strerror)
