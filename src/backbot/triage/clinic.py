"""A clinic's own messages, numbers, windows and rules, read so that a bad file disarms nothing.

| the file | in force |
|---|---|
| can be read | the packaged wording and rules with the clinic's in place; a copy is kept |
| malformed, or gone | the last copy that could be read, else what is packaged; see `error` |
| gone or malformed, and the copy's rules fit this version no more | the copy's wording alone |

A wrong file never stops the bot: it is named in the log, to the admins and by `doctor`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from backbot.errors import RuleError
from backbot.frozen import dataclass
from backbot.triage.engine import HOUR, InForce, Windows
from backbot.triage.messages import Wording, load_override
from backbot.triage.own import TABLES, load_own

logger = logging.getLogger(__name__)

_Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a file puts in place, and which file that was."""

    wording: Wording
    rules: InForce | None
    path: Path


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
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    def wording(self) -> Wording | None:
        """The wording in force; None means the packaged one. Never raises."""
        loaded = self._current()
        return loaded.wording if loaded else None

    def rules(self) -> InForce | None:
        """The rules in force; None means the packaged ones as they are. Never raises."""
        loaded = self._current()
        return loaded.rules if loaded else None

    def windows(self) -> Windows | None:
        """How long tiers stay open; None means the packaged times. Never raises."""
        wording = self.wording()
        return windows_of(wording) if wording else None

    def source(self) -> Path | None:
        """The file whose contents are in force: the clinic's, the kept copy, or None."""
        loaded = self._current()
        return loaded.path if loaded else None

    def _current(self) -> _Loaded | None:
        if self._path is None:
            return None
        with self._lock:
            stamp = _stamp(self._path)
            if not self._read or stamp != self._stamp:
                self._read, self._stamp = True, stamp
                self._load(self._path)
            return self._loaded

    def _load(self, path: Path) -> None:
        loaded = _attempt(path, lambda: _load(path), self._failed)
        if loaded is None:
            self._loaded = self._loaded or self._last_good()
        else:
            self.error = ""
            self._loaded = loaded
            if _stamp(path) == self._stamp:  # else it is not what was read
                self._keep(path)
        if self._loaded is not None:
            _tell(self._loaded)

    def _failed(self, told: str) -> None:
        self.error = told
        logger.error("the clinic's file is not in force: %s", told)

    def _last_good(self) -> _Loaded | None:
        """The kept copy: whole, else without its rules, else nothing."""
        if not self._kept.exists():
            return None
        ways = (lambda: _load(self._kept, trusted=True), lambda: _load_wording(self._kept))
        for way in ways:
            if loaded := _attempt(self._kept, way, _copy_failed):
                return loaded
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


def windows_of(wording: Wording) -> Windows:
    """How long tiers stay open, as the engine counts."""
    hours = wording.windows
    return Windows(
        hours.emergency_hours * HOUR, hours.urgent_hours * HOUR, hours.nerve_hours * HOUR
    )


def _load(path: Path, *, trusted: bool = False) -> _Loaded:
    """The whole file or nothing of it; see `load_own` for `trusted`."""
    _require_text(path)
    wording = load_override(path, also=TABLES)
    return _Loaded(wording, load_own(path, trusted=trusted), path)


def _require_text(path: Path) -> None:
    """RuleError for what would never end, and for what an editor leaves on a full disk."""
    with contextlib.suppress(OSError):  # whoever reads it says so
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise RuleError(f"{path.name}: is no ordinary file.")
        if status.st_size == 0:
            raise RuleError(f"{path.name}: is empty.")


def _load_wording(path: Path) -> _Loaded:
    return _Loaded(load_override(path, also=TABLES), None, path)


def _attempt(
    path: Path, way: Callable[[], _Loaded], failed: Callable[[str], None]
) -> _Loaded | None:
    """What a way of reading gives, or None after telling why it failed. Never raises."""
    try:
        return way()
    except RuleError as error:
        failed(str(error))
    except Exception as error:
        # A file can be odd in ways nobody thought of; that must not take the rules away.
        logger.debug("reading the clinic's file failed", exc_info=True)
        failed(f"{path.name}: cannot be read ({type(error).__name__}). Undo the last change.")
    return None


def _copy_failed(told: str) -> None:
    logger.error("the kept copy cannot be used as a whole: %s", told)


def _tell(loaded: _Loaded) -> None:
    """Log what is in force: a lowered rule is a warning at every start."""
    if loaded.wording.overridden:
        logger.info(
            "the clinic's own wording is in force: %s", ", ".join(loaded.wording.overridden)
        )
    if loaded.rules is None:
        return
    if own := [rule.rule_id for rule in loaded.rules.own_rules]:
        logger.info("the clinic's own rules are in force: %s", ", ".join(own))
    for change in loaded.rules.changes:
        level = logging.WARNING if change in loaded.rules.lowered else logging.INFO
        logger.log(level, "packaged rule %s", change)


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
