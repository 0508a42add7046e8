"""Conversations in memory: gone with the process, their words gone after the retention period.

What was written is kept for the retention period; that a warning is open, and which signs it was
for, for as long as the longest window (specification, 2a.22).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from backbot.model import Conversation
from backbot.state.merge import joined

LONGEST_WINDOW_S = 168 * 3600.0


def aged(
    conversation: Conversation, now: float, *, retention_s: float, window_s: float
) -> Conversation | None:
    """What is left of a conversation: all, the open warning and the number to call, or nothing.

    Args:
        conversation: As it was saved.
        now: POSIX time.
        retention_s: How long words are kept after the last turn.
        window_s: How long an open warning is kept after the last turn.
    """
    age_s = now - conversation.updated_at
    if age_s < retention_s:
        return conversation
    if age_s >= window_s or not (conversation.triage.open_tier or conversation.country):
        return None
    return without_words(conversation)


def without_words(conversation: Conversation) -> Conversation:
    """The conversation without anything that the person wrote, or that tells what it was."""
    triage = conversation.triage
    if not (conversation.turns or conversation.cited or triage.recent):
        return conversation
    return replace(conversation, turns=(), cited=(), triage=replace(triage, recent=""))


class MemoryConversationStore:
    """A `ConversationStore` that keeps conversations in memory, for a time and up to a number.

    Safe to use from several threads. A conversation's texts are kept for the retention period
    after its last turn, its open warning for `window_s`; when there are too many conversations,
    the one untouched for longest goes first.

    Args:
        retention_s: Seconds that a conversation is kept after its last turn, above 0.
        max_conversations: How many are kept at most, at least 1.
        window_s: How long an open warning is kept after the last turn, in seconds.
        clock: POSIX time in seconds; dates a conversation that was saved without a date.

    Raises:
        ValueError: A number is out of its range.
    """

    def __init__(
        self,
        retention_s: float,
        *,
        max_conversations: int = 50_000,
        window_s: float = LONGEST_WINDOW_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if retention_s <= 0:
            raise ValueError("retention_s must be above 0")
        if max_conversations < 1:
            raise ValueError("max_conversations must be at least 1")
        self._retention_s = retention_s
        self._max = max_conversations
        self._window_s = max(window_s, retention_s)
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._warnings: OrderedDict[str, Conversation] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept) + len(self._warnings)

    def load(self, key: str, now: float) -> Conversation:
        """The conversation under that key; a new one when there is none or it has expired."""
        with self._lock:
            self._purge(now)
            kept = self._kept.get(key) or self._warnings.get(key)
            return kept or Conversation()

    def expect(self, keys: Iterable[str], now: float) -> None:
        """Nothing: all of them are at hand."""

    def save(self, key: str, conversation: Conversation) -> None:
        """Keep it under that key, as the most recently used."""
        if not conversation.updated_at:
            # without a date it would look fifty years old and be gone at once, warnings included
            conversation = replace(conversation, updated_at=self._clock())
        with self._lock:
            self._warnings.pop(key, None)
            self._kept[key] = conversation
            self._kept.move_to_end(key)
            while len(self._kept) > self._max:
                self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """Drop it. No error when there is none."""
        with self._lock:
            self._kept.pop(key, None)
            self._warnings.pop(key, None)

    def move(self, chat: int, to: int) -> None:
        """A group has another id now: its members' conversations go with it."""
        with self._lock:
            for kept in (self._kept, self._warnings):
                for key in [key for key in kept if key.startswith(f"{chat}:")]:
                    new = f"{to}:{key.partition(':')[2]}"
                    known = self._kept.get(new) or self._warnings.pop(new, Conversation())
                    self._kept[new] = joined(known, kept.pop(key))
            by_date = sorted(self._kept.items(), key=lambda each: each[1].updated_at)
            self._kept = OrderedDict(by_date)

    def _purge(self, now: float) -> None:
        # the order of saving is the order of dates, so the expired ones stand in front
        while self._kept:
            key, oldest = next(iter(self._kept.items()))
            if now - oldest.updated_at < self._retention_s:
                break
            del self._kept[key]
            if oldest.triage.open_tier or oldest.country:
                # the words go, the open warning and the number to call stay
                self._warnings[key] = without_words(oldest)
        while self._warnings:
            key, oldest = next(iter(self._warnings.items()))
            if now - oldest.updated_at < self._window_s:
                break
            del self._warnings[key]
