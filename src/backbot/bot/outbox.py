"""Whose turn it is to send: Telegram's limits, warnings first.

    overall        30 messages a second; the last two of them are kept for warnings
    one chat       1 a second on average, five at once; a warning may be a sixth
    one group      20 a minute
    429            that chat waits as long as the server says, the others go on
    on the way     24 at once, the last six of them for warnings; 40 more that the server has not
                   answered after a second, so that one slow answer holds up nobody else

Edits count. Telegram counts a message when it arrives, which is some time between our sending it
and its answer: so a place is free again one period after the answer, or a quarter of a second
after the sending, whichever comes first. Counting from the sending alone would now and then put
31 into one of the server's seconds.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from backbot.bot.parts import Priority

_ON_THE_WAY_S = 0.25
_SLOW_S = 1.0
_MOST_CHATS = 5_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What Telegram allows.

    Attributes:
        overall: Messages a second to everybody.
        overall_reserved: So many of these are for warnings alone.
        burst: Messages to one chat at once; as many seconds later they may be sent again.
        burst_reserved: So many more at once where they are warnings.
        group: Messages a minute to one group.
        on_the_way: Messages that are sent and not answered yet. Not Telegram's limit but ours:
            who waits here goes by priority, who waits for a connection does not.
        on_the_way_reserved: So many of these are for warnings alone.
        slow: So many that wait for their answer for more than a second do not count among these.
    """

    overall: float = 30
    overall_reserved: int = 2
    burst: float = 5
    burst_reserved: int = 1
    group: float = 20
    on_the_way: int = 24
    on_the_way_reserved: int = 6
    slow: int = 40


UNLIMITED = Limits(math.inf, 0, math.inf, 0, math.inf)
"""For measuring how fast we are ourselves."""


@dataclass(slots=True)
class _Place:
    """A message that counts until a moment, monotonic seconds."""

    until: float


class _Window:
    """At most so many places at a time."""

    def __init__(self, most: float, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self.places: list[_Place] = []

    def free_at(self, now: float, kept_free: float = 0) -> float:
        """When the next one fits."""
        self.places = [place for place in self.places if place.until > now]
        over = len(self.places) - (self.most - kept_free)
        if over < 0:
            return now
        return sorted(place.until for place in self.places)[int(over)]

    def take(self, now: float) -> _Place:
        """Take a place."""
        place = _Place(now + _ON_THE_WAY_S + self.seconds)
        self.places.append(place)
        return place


@dataclass(slots=True)
class _Chat:
    windows: tuple[_Window, ...]
    held_until: float = 0.0


@dataclass(order=True, slots=True)
class _Waiting:
    """Somebody who wants to send; the order is that of going first."""

    priority: int
    number: int
    chat_id: int = field(compare=False)
    granted: asyncio.Future[list[tuple[_Window, _Place]]] = field(compare=False)


class Outbox:
    """Lets those who want to send go one after the other.

    Args:
        limits: What is allowed.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._overall = _Window(self._limits.overall, 1.0)
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._ready: list[_Waiting] = []
        self._delayed: list[tuple[float, _Waiting]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._on_the_way = 0
        self._slow: set[int] = set()

    @property
    def waiting(self) -> int:
        """How many want to send."""
        return len(self._ready) + len(self._delayed)

    @asynccontextmanager
    async def turn(self, chat_id: int, priority: Priority) -> AsyncIterator[None]:
        """Wait for one's turn; inside, send one message and wait for its answer."""
        loop = asyncio.get_running_loop()
        entry = _Waiting(priority, next(self._numbers), chat_id, loop.create_future())
        heapq.heappush(self._ready, entry)
        self._pump()
        try:
            taken = await entry.granted
        except asyncio.CancelledError:
            if entry.granted.done() and not entry.granted.cancelled():
                self._settle(entry.granted.result())
            raise
        timer = loop.call_later(_SLOW_S, self._is_slow, entry.number)
        try:
            yield
        finally:
            timer.cancel()
            self._slow.discard(entry.number)
            self._settle(taken)

    def hold(self, chat_id: int, wait_s: float) -> None:
        """The server wants nothing for that chat for so many seconds."""
        chat = self._chat(chat_id)
        chat.held_until = max(chat.held_until, self._now() + wait_s)

    # ------------------------------------------------------------------ inside

    def _is_slow(self, number: int) -> None:
        self._slow.add(number)
        self._pump()

    def _settle(self, taken: list[tuple[_Window, _Place]]) -> None:
        self._on_the_way -= 1
        now = self._now()
        for window, place in taken:
            place.until = min(place.until, now + window.seconds)
        self._pump()

    def _pump(self) -> None:
        """Let go whoever may; look again when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._now()
        while self._delayed and self._delayed[0][0] <= now:
            heapq.heappush(self._ready, heapq.heappop(self._delayed)[1])
        again = math.inf
        while self._ready:
            entry = self._ready[0]
            if entry.granted.done():  # who waited has been cancelled
                heapq.heappop(self._ready)
                continue
            on_the_way = self._on_the_way - min(len(self._slow), self._limits.slow)
            if on_the_way >= self._limits.on_the_way - self._kept_free(entry, "way"):
                again = math.inf  # whoever comes back looks again
                break
            again = self._overall.free_at(now, self._kept_free(entry, "overall"))
            if again > now:
                break
            heapq.heappop(self._ready)
            free_at = self._chat_free_at(entry, now)
            if free_at > now:
                heapq.heappush(self._delayed, (free_at, entry))
                continue
            self._on_the_way += 1
            windows = (self._overall, *self._chat(entry.chat_id).windows)
            entry.granted.set_result([(w, w.take(now)) for w in windows if not math.isinf(w.most)])
        if self._delayed:
            again = min(again, self._delayed[0][0]) if self._ready else self._delayed[0][0]
        elif not self._ready or math.isinf(again):
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.001, again - now), self._pump)

    def _kept_free(self, entry: _Waiting, what: str) -> int:
        limits = self._limits
        if what == "way":
            return 0 if entry.priority == Priority.ESCALATION else limits.on_the_way_reserved
        if what == "overall":
            return 0 if entry.priority == Priority.ESCALATION else limits.overall_reserved
        return -limits.burst_reserved if entry.priority == Priority.ESCALATION else 0

    def _chat_free_at(self, entry: _Waiting, now: float) -> float:
        chat = self._chat(entry.chat_id)
        free = (w.free_at(now, self._kept_free(entry, "chat")) for w in chat.windows[:1])
        more = (w.free_at(now) for w in chat.windows[1:])
        return max(chat.held_until, *free, *more)

    def _chat(self, chat_id: int) -> _Chat:
        chat = self._chats.get(chat_id)
        if chat is None:
            burst = self._limits.burst
            windows = [_Window(burst, 0.0 if math.isinf(burst) else burst)]
            if chat_id < 0:
                windows.append(_Window(self._limits.group, 60.0))
            chat = self._chats[chat_id] = _Chat(tuple(windows))
            self._forget_idle()
        self._chats.move_to_end(chat_id)
        return chat

    def _forget_idle(self) -> None:
        """Chats that nothing counts for any more, oldest first, where there are too many."""
        now = self._now()
        while len(self._chats) > _MOST_CHATS:
            chat = next(iter(self._chats.values()))
            busy = any(place.until > now for w in chat.windows for place in w.places)
            if busy or chat.held_until > now:
                return
            self._chats.popitem(last=False)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
