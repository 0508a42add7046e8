"""Conversations in memory: gone with the process, gone after the retention period."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from backbot.model import Conversation


class MemoryConversationStore:
    """A `ConversationStore` that keeps conversations in memory, for a time and up to a number.

    Safe to use from several threads. A conversation is kept for the retention period after its
    last turn; when there are too many, the one untouched for longest goes first.

    Args:
        retention_s: Seconds that a conversation is kept after its last turn, above 0.
        max_conversations: How many are kept at most, at least 1.
        clock: POSIX time in seconds; dates a conversation that was saved without a date.

    Raises:
        ValueError: A number is out of its range.
    """

    def __init__(
        self,
        retention_s: float,
        *,
        max_conversations: int = 50_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if retention_s <= 0:
            raise ValueError("retention_s must be above 0")
        if max_conversations < 1:
            raise ValueError("max_conversations must be at least 1")
        self._retention_s = retention_s
        self._max = max_conversations
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Conversation] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def load(self, key: str, now: float) -> Conversation:
        """The conversation under that key; a new one when there is none or it has expired."""
        with self._lock:
            self._purge(now)
            kept = self._kept.get(key)
            if kept is None:
                return Conversation()
            if now - kept.updated_at >= self._retention_s:
                del self._kept[key]
                return Conversation()
            return kept

    def save(self, key: str, conversation: Conversation) -> None:
        """Keep it under that key, as the most recently used."""
        if not conversation.updated_at:
            # without a date it would look fifty years old and be gone at once, warnings included
            conversation = replace(conversation, updated_at=self._clock())
        with self._lock:
            self._kept[key] = conversation
            self._kept.move_to_end(key)
            while len(self._kept) > self._max:
                self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """Drop it. No error when there is none."""
        with self._lock:
            self._kept.pop(key, None)

    def _purge(self, now: float) -> None:
        # the order of saving is the order of dates, so the expired ones stand in front
        while self._kept:
            key, oldest = next(iter(self._kept.items()))
            if now - oldest.updated_at < self._retention_s:
                return
            del self._kept[key]
