"""The build lock: one change of an index folder at a time, and who is making it.

The kernel holds the lock (flock) and frees it when its holder ends, however it ends. The file's
content is the holder's signature; a signature without a lock is a dead process's.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from backbot.errors import BuildInProgressError

# Who has just taken the lock needs a moment to sign.
_TRIES = 5
_PAUSE_S = 0.02


class BuildLock:
    """The lock of one index folder.

    Args:
        path: The lock file; made when first held, in a folder that exists by then.
        now: The time, with a time zone.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now

    def require_free(self) -> None:
        """Refuse where somebody else holds the lock. Nothing is written, nothing is taken.

        Raises:
            BuildInProgressError: Somebody does; the message says who, and since when.
        """
        with (
            contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError),
            self._path.open(encoding="utf-8", errors="replace") as file,
        ):
            signature = file.read()
            if not signature:
                return
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise self._in_progress(signature) from error

    @contextlib.contextmanager
    def held(self, by: str = "") -> Iterator[None]:
        """Hold the lock.

        Args:
            by: On whose behalf, such as "Telegram user 42"; whoever is refused is told.

        Raises:
            BuildInProgressError: Somebody else does; the message says who, and since when.
            OSError: The file cannot be made or locked.
        """
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        with open(handle, "r+", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            self._take(file)
            file.seek(0)
            file.truncate()
            holder = {"pid": os.getpid(), "user": _user(), "started": self._now().isoformat()}
            file.write(json.dumps({**holder, "by": by} if by else holder))
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def _take(self, file: TextIO) -> None:
        tries = _TRIES
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                tries -= 1
                file.seek(0)
                signature = file.read()
                if signature or not tries:
                    raise self._in_progress(signature) from error
                time.sleep(_PAUSE_S)
            else:
                return

    def _in_progress(self, signature: str) -> BuildInProgressError:
        return BuildInProgressError(
            f"Another build or rollback is under way in {self._path.parent}: "
            f"{_holder(signature)}. Wait until it has ended."
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a container's user may have no name


def _holder(signature: str) -> str:
    """A signature as words: who, on whose behalf, and since when."""
    try:
        holder = json.loads(signature)
        since = datetime.fromisoformat(holder["started"]).astimezone(UTC)
        behalf = f" for {holder['by']}" if holder.get("by") else ""
        return (
            f"process {holder['pid']} of user {holder['user']}{behalf}, "
            f"since {since:%Y-%m-%d %H:%M:%S} UTC"
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return "by a process that has not said its name yet"
