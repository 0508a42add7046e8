"""The generation being served: notices a changed `CURRENT`, swaps one reference.

A question takes one generation and keeps it to its last line. A new generation that cannot
be served leaves the old one in service: an old answer is better than none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from backbot.errors import BackbotError, NoGenerationError
from backbot.index.generation import Generation
from backbot.index.store import IndexStore
from backbot.model import EncoderIdentity
from backbot.ports import VectorIndexFormat

logger = logging.getLogger(__name__)

_Signature = tuple[int, int, int] | None


class LiveIndex:
    """Gives the published generation to any number of threads.

    Attributes:
        last_error: Why the newest generation is not the one in service; None when it is.
    """

    def __init__(
        self,
        store: IndexStore,
        vector_format: VectorIndexFormat,
        identity: EncoderIdentity,
        *,
        clock: Callable[[], float] = time.monotonic,
        check_every_s: float = 1.0,
        retry_after_s: float = 30.0,
        whole: bool = False,
    ) -> None:
        """Take a store; nothing is opened yet.

        Args:
            store: Whose `CURRENT` is followed.
            vector_format: Reads the vector index.
            identity: Of the encoder that questions are embedded with.
            clock: Seconds that never go back.
            check_every_s: How often `CURRENT` is looked at, at most.
            retry_after_s: When a generation that could not be opened is tried again, while
                an older one is in service.
            whole: Read each generation whole and check its checksums, so that nothing that
                happens to its files later reaches whoever is served.
        """
        self.last_error: BackbotError | None = None
        self._store = store
        self._vector_format = vector_format
        self._identity = identity
        self._clock = clock
        self._check_every_s = check_every_s
        self._retry_after_s = retry_after_s
        self._whole = whole
        self._generation: Generation | None = None
        self._seen: _Signature = None
        self._tried_at = float("-inf")
        self._checked_at = float("-inf")
        self._refreshing = threading.Lock()

    def current(self) -> Generation:
        """The generation in service.

        Raises:
            NoGenerationError: Nothing was ever published.
            ModelMismatchError: The only one was built by another encoder.
            CorruptGenerationError: The only one is damaged.
        """
        if self._clock() - self._checked_at >= self._check_every_s:
            self._refresh()
        generation = self._generation
        if generation is None:
            # A new exception for each caller: one that is raised again and again grows.
            error = self.last_error or NoGenerationError("There is no index yet.")
            raise type(error)(str(error)) from error
        return generation

    def look_again(self) -> None:
        """Something was published here: whoever comes next need not wait for the next look."""
        self._checked_at = float("-inf")

    def _refresh(self) -> None:
        # With a generation in hand nobody waits for the one who looks; without, all must.
        if not self._refreshing.acquire(blocking=self._generation is None):
            return
        try:
            now = self._clock()
            if now - self._checked_at < self._check_every_s:
                return  # another thread has just looked
            self._look(now)
            self._checked_at = now
        finally:
            self._refreshing.release()

    def _look(self, now: float) -> None:
        signature = self._signature()
        failed = self.last_error is not None
        due = self._generation is None or now - self._tried_at >= self._retry_after_s
        if signature == self._seen and self._tried_at > float("-inf") and not (failed and due):
            return
        self._seen, self._tried_at = signature, now
        try:
            self._swap()
            self.last_error = None
        except BackbotError as error:
            if str(error) != str(self.last_error):
                logger.warning("the published index cannot be served: %s", error)
            self.last_error = error

    def _swap(self) -> None:
        manifest = self._store.manifest()
        if self._generation is not None and manifest.id == self._generation.id:
            return
        manifest.require_encoder(self._identity)
        self._generation = self._store.open(self._vector_format, manifest.id, whole=self._whole)
        logger.info("serving index generation %s", manifest.id)

    def _signature(self) -> _Signature:
        """What changes when `CURRENT` is replaced; None while there is none."""
        try:
            stat = self._store.current_file.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
