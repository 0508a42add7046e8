"""Who writes faster than anybody reads: their answers slow down, warnings never do."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass

_MOST_PEOPLE = 5_000


@dataclass(frozen=True, slots=True)
class FloodOptions:
    """When somebody is slowed down, and how much.

    Attributes:
        messages: So many may be written within `within_s`; whoever writes more is slowed down.
        within_s: Seconds.
        slow_s: The least time between two answers then, in seconds.
        most: So many answers may wait; beyond, a sentence says that the message is not answered.
    """

    messages: int = 30
    within_s: float = 60.0
    slow_s: float = 3.0
    most: int = 200


class Flood:
    """Counts who writes how often.

    Args:
        options: When it is too often.
    """

    def __init__(self, options: FloodOptions) -> None:
        self._options = options
        self._written: OrderedDict[str, deque[float]] = OrderedDict()

    def wrote(self, who: str) -> bool:
        """Note a message; whether whoever wrote it writes too fast."""
        now = time.monotonic()
        times = self._written.setdefault(who, deque(maxlen=self._options.messages + 1))
        self._written.move_to_end(who)
        times.append(now)
        while len(self._written) > _MOST_PEOPLE:
            self._written.popitem(last=False)
        full = len(times) > self._options.messages
        return full and now - times[0] < self._options.within_s
