"""Where updates wait between being fetched and being done: in memory, or on disk."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from backbot.bot.updates import chat_of
from backbot.state.inbox import Accepted, Change, DatabaseInbox, Done, Taken

logger = logging.getLogger(__name__)

REMEMBERED = 10_000
WAIT_S = 1.5
STUCK_WAIT_S = 0.2


@dataclass(slots=True)
class Left:
    """An update that an earlier run took and did not finish.

    Attributes:
        update_id: Telegram's.
        update: As it came, or one that holds the chat only where it cannot be read any more.
        warnings: How many messages of a warning Telegram has accepted already.
        replies: How many other messages.
        readable: Whether it is as it came.
    """

    update_id: int
    update: object = field(repr=False)
    warnings: int = 0
    replies: int = 0
    readable: bool = True


class Inbox(Protocol):
    """Takes an update over before Telegram is told that it was received.

    The offset moves past an update, or the webhook answers 200, only after `put` returned. An
    exception from `put` holds it, and Telegram delivers the update again.
    """

    async def put(self, update_id: int, update: object) -> bool:
        """Take an update; false when that id was taken before."""
        ...

    async def accepted(self, update_id: int, *, warning: bool) -> None:
        """Telegram has accepted one message of the reply, and there are more."""
        ...

    async def done(self, update_id: int) -> None:
        """Everything that the update was answered with has been accepted, or given up."""
        ...

    async def waiting(self) -> Sequence[Left]:
        """What an earlier run took and did not finish, oldest first."""
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

    async def accepted(self, update_id: int, *, warning: bool) -> None:
        """Nothing is kept that could be sent twice."""

    async def done(self, update_id: int) -> None:
        """Nothing is kept that would have to be dropped."""

    async def waiting(self) -> Sequence[Left]:
        """Nothing outlives the process."""
        return ()


class DurableInbox:
    """Updates in the database. What is asked for while the disk is busy is written together.

    Nobody waits long for a database that hangs, and less once it has: else the next message of a
    chat, which may be an emergency, would wait for every note about those before it. What was
    asked for is still written as soon as that can be.

    Args:
        table: Where they are kept.
        retry_s: How long to wait before what is done is written down again, where that failed.
    """

    def __init__(self, table: DatabaseInbox, *, retry_s: float = 5.0) -> None:
        self._table = table
        self._retry_s = retry_s
        self._owed: set[int] = set()
        self._paying: asyncio.Task[None] | None = None
        self._asked: list[tuple[Change, asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._is_open = False
        self._writing_since = math.inf

    async def put(self, update_id: int, update: object) -> bool:
        """Take an update: when this returns it is on the disk.

        Returns:
            False when that id was taken before.

        Raises:
            StateError: It is not.
        """
        content = json.dumps(update, ensure_ascii=True, separators=(",", ":")).encode()
        return await self._write(Taken(update_id, chat_of(update), content), None)

    async def accepted(self, update_id: int, *, warning: bool) -> None:
        """Note that one message of the reply was accepted."""
        await self._write(Accepted(update_id, warning))

    async def done(self, update_id: int) -> None:
        """Forget the words, remember the id; a failure is made up for once it can be."""
        try:
            await self._write(Done(update_id))
        except Exception:
            self._owed.add(update_id)
            if self._paying is None or self._paying.done():
                self._paying = asyncio.create_task(self._pay())
            raise

    async def _pay(self) -> None:
        """Write what is done, so that no restart answers it again."""
        while owed := tuple(self._owed):
            await asyncio.sleep(self._retry_s)
            written = (self._write(Done(update_id)) for update_id in owed)
            results = await asyncio.gather(*written, return_exceptions=True)
            self._owed -= {
                update_id
                for update_id, result in zip(owed, results, strict=True)
                if not isinstance(result, BaseException)
            }

    async def waiting(self) -> Sequence[Left]:
        """What was taken and is not done, oldest first."""
        rows = await asyncio.to_thread(self._table.waiting)
        left = []
        for row in rows:
            update = None if row.content is None else json.loads(row.content)
            readable = update is not None
            if update is None:
                # enough for the safety text: a message without readable words, in that chat
                update = {"update_id": row.update_id}
                if row.chat is not None:
                    update["message"] = {"chat": {"id": row.chat}, "text": None}
            left.append(Left(row.update_id, update, row.warnings, row.replies, readable))
        return left

    async def _write(self, change: Change, wait_s: float | None = WAIT_S) -> bool:
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append((change, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        if not self._is_open:  # its tables may have to be made
            return await written
        if time.monotonic() - self._writing_since > WAIT_S:
            wait_s = STUCK_WAIT_S
        return await asyncio.wait_for(written, wait_s)

    async def _write_all(self) -> None:
        while self._asked:
            batch, self._asked = self._asked, []
            self._writing_since = time.monotonic()
            try:
                changes = [change for change, _ in batch]
                new = await self._table.applied(changes)
            except Exception as error:  # noqa: BLE001 whoever asked is told
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
            else:
                self._is_open = True
                fresh = set(new)
                for change, written in batch:
                    first = change.update_id in fresh
                    if isinstance(change, Taken):
                        fresh.discard(change.update_id)  # the same id twice in one batch
                    if not written.done():
                        written.set_result(first)
            finally:
                self._writing_since = math.inf
