"""A clinic's own messages, numbers and windows, read so that a bad file never disarms anything.

| the file | in force |
|---|---|
| can be read | the packaged wording with the clinic's in its place; a copy is kept |
| malformed, or gone | the last copy that could be read, else the packaged wording; see `error` |

A wrong file never stops the bot: it is named in the log, to the admins and by `doctor`.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from backbot.errors import RuleError
from backbot.triage.messages import Wording, load_override

logger = logging.getLogger(__name__)

_Stamp = tuple[int, int, int] | None


class ClinicFile:
    """Follows a clinic's file; safe to use from several threads.

    Args:
        path: The file (BACKBOT_RULES_FILE); None where the clinic has none.
        kept: Where the last copy that could be read is kept.

    Attributes:
        error: Why the file as it stands is not in force; "" when it is.
    """

    def __init__(self, path: Path | None, kept: Path) -> None:
        self.error = ""
        self._path = path
        self._kept = kept
        self._stamp: _Stamp = None
        self._read = False
        self._wording: Wording | None = None
        self._lock = threading.Lock()

    def wording(self) -> Wording | None:
        """What is in force; None means the packaged wording. Never raises."""
        if self._path is None:
            return None
        with self._lock:
            stamp = _stamp(self._path)
            if not self._read or stamp != self._stamp:
                self._read, self._stamp = True, stamp
                self._load(self._path)
            return self._wording

    def _load(self, path: Path) -> None:
        try:
            self._wording = load_override(path)
        except RuleError as error:
            self.error = str(error)
            logger.error(  # noqa: TRY400 - the sentence is the clinic's, a traceback is not
                "the clinic's file is not in force: %s", error
            )
            if self._wording is None:
                self._wording = self._last_good()
            return
        self.error = ""
        logger.info(
            "the clinic's own wording is in force: %s", ", ".join(self._wording.overridden)
        )
        self._keep(path)

    def _last_good(self) -> Wording | None:
        if not self._kept.exists():
            return None
        try:
            return load_override(self._kept)
        except RuleError as error:
            logger.error("the kept copy cannot be read either: %s", error)  # noqa: TRY400
            return None

    def _keep(self, path: Path) -> None:
        """Keep a copy, whole or not at all; without one the bot still runs."""
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            draft = self._kept.with_suffix(f".{os.getpid()}")
            draft.write_bytes(path.read_bytes())
            draft.replace(self._kept)
        except OSError as error:
            logger.warning("no copy of the clinic's file was kept: %s", error.strerror)


def _stamp(path: Path) -> _Stamp:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
