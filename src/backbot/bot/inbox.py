"""Where updates wait between being fetched and being done: memory now, a database later."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

REMEMBERED = 10_000


class Inbox(Protocol):
    """Takes an update over before Telegram is told that it was received.

    The polling loop confirms an update (moves the offset past it) only after `put` returned; an
    exception from `put` holds the offset, and Telegram delivers the update again.
    """

    async def put(self, update_id: int, update: object) -> bool:
        """Take an update; false when that id was taken before."""
        ...

    async def done(self, update_id: int) -> None:
        """Everything that the update was answered with has been accepted, or given up."""
        ...


class MemoryInbox:
    """Keeps ids only, so that an update delivered twice is answered once.

    What was taken and not done is lost with the process.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: OrderedDict[int, None] = OrderedDict()

    async def put(self, update_id: int, update: object) -> bool:  # noqa: ARG002 the port's
        """Take an update; false when that id was taken before."""
        if update_id in self._seen:
            return False
        self._seen[update_id] = None
        while len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True

    async def done(self, update_id: int) -> None:
        """Nothing is kept that would have to be dropped."""
