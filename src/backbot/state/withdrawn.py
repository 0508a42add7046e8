"""The withdrawn slugs as a small file beside the database: the last that was known.

The database is what counts. The file is for programs that do not open it (`backbot ask`), and for
a start at which it cannot be read: an article that was taken out must not come back for that.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from pathlib import Path

logger = logging.getLogger(__name__)

_Stamp = tuple[int, int, int] | None


class WithdrawnFile:
    """Reads and writes the file; reading is cheap enough for every question.

    Args:
        path: Where it is; may be missing, as may its folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: _Stamp = None
        self._slugs: frozenset[str] = frozenset()

    def read(self) -> frozenset[str]:
        """The slugs in the file; the last ones that could be read where it is damaged."""
        with self._lock:
            stamp = self._stamped()
            if stamp == self._stamp:
                return self._slugs
            if stamp is None:
                self._stamp, self._slugs = None, frozenset()
                return self._slugs
            try:
                slugs = json.loads(self._path.read_text(encoding="utf-8"))["withdrawn"]
                self._slugs = frozenset(map(str, slugs))
            except (OSError, ValueError, TypeError, KeyError) as error:
                logger.error("%s cannot be read: %s", self._path, type(error).__name__)  # noqa: TRY400 one line will do
            self._stamp = stamp
            return self._slugs

    def write(self, slugs: frozenset[str]) -> None:
        """Put these in its place, whole or not at all; a failure is logged."""
        if slugs == self.read():
            return
        import tempfile  # noqa: PLC0415 - takes 3 ms of an answer's start

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".withdrawn-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump({"withdrawn": sorted(slugs)}, file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
            except OSError:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            logger.error("%s cannot be written: %s", self._path, error.strerror)  # noqa: TRY400 one line will do

    def _stamped(self) -> _Stamp:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
