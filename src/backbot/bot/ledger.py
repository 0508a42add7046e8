"""Which updates this run has taken, and which of them still wait."""

from __future__ import annotations

REMEMBERED = 10_000


class Ledger:
    """Update ids, and how many wait; no words.

    Attributes:
        open: Taken and not answered.
        unwritten: Taken, though the inbox could not write them down: Telegram keeps them.
        taken: How many were taken in all.
        postponed: How many answers wait because somebody writes too fast.
    """

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.unwritten: set[int] = set()
        self.taken = 0
        self.postponed = 0
        self._ids: dict[int, None] = {}

    def take(self, update_id: int) -> None:
        """An update goes to its chat."""
        self.open.add(update_id)
        self.taken += 1
        self._ids[update_id] = None
        while len(self._ids) > REMEMBERED:
            oldest = next(iter(self._ids))
            del self._ids[oldest]
            self.unwritten.discard(oldest)

    def close(self, update_id: int) -> None:
        """It was answered, or is to be answered anew."""
        self.open.discard(update_id)

    def knows(self, update_id: int) -> bool:
        """Whether it was taken before, as far back as is remembered."""
        return update_id in self._ids

    @property
    def pressing(self) -> int:
        """How many are open; those that are slowed down are in no hurry."""
        return len(self.open) - self.postponed
