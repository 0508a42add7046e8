"""Updates on disk from the moment they are taken until their reply was accepted.

One transaction takes many changes (`apply`), so that twenty messages a second cost a few flushes
of the disk and not forty. `bot/inbox.py` gathers them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select, update

from backbot.state.cipher import Cipher, UnreadableError
from backbot.state.database import Database, Work
from backbot.state.schema import INBOX, REMEMBERED_HOURS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_AT_ONCE = 500
"""SQLite takes a limited number of values in one statement."""

_COUNTING = {"preserve_rowcount": True}  # of an INSERT nobody counts rows unless told

# Made once: making a statement takes as long as running it.
_INSERT = INBOX.insert()
_KNOWN = select(INBOX.c.update_id).where(INBOX.c.update_id.in_(bindparam("ids", expanding=True)))
_COUNT = {
    column.name: update(INBOX)
    .where(INBOX.c.update_id == bindparam("id"))
    .values({column.name: column + 1})
    for column in (INBOX.c.warnings, INBOX.c.replies)
}


@dataclass(frozen=True, slots=True)
class Taken:
    """An update was taken: its id, its chat where it has one, the update itself."""

    update_id: int
    chat: int | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """Telegram accepted one message of its reply, a part of a warning or another."""

    update_id: int
    warning: bool


@dataclass(frozen=True, slots=True)
class Done:
    """Its last reply was accepted, or given up."""

    update_id: int


Change = Taken | Accepted | Done


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that was taken and is not done.

    Attributes:
        update_id: Telegram's.
        chat: Where it came from, None for nowhere.
        content: As it was given, None where it cannot be read any more (the key is lost).
        warnings: How many messages of a warning were accepted already.
        replies: How many other messages.
    """

    update_id: int
    chat: int | None
    content: bytes | None
    warnings: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True)
class InboxState:
    """How the inbox stands.

    Attributes:
        waiting: How many updates are not done.
        oldest_at: When the oldest of them was taken, POSIX time; None where none waits.
        last_update_at: When the last update was taken, None for none in the last two days.
        last_reply_at: When the last one was done, None likewise.
    """

    waiting: int
    oldest_at: float | None
    last_update_at: float | None
    last_reply_at: float | None


class DatabaseInbox:
    """The inbox's table. Safe from several threads; everything may raise `StateError`.

    Args:
        database: Shared with the conversations.
        cipher: Encrypts the updates; without a key they are written as they are.
        clock: POSIX time in seconds.
    """

    def __init__(
        self, database: Database, cipher: Cipher, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock
        # one that could not be written when it was taken is remembered all the same
        ended = database.upsert(INBOX)
        self._ended = ended.on_conflict_do_update(
            index_elements=["update_id"],
            set_={"done_at": ended.excluded.done_at, "content": None, "chat": None},
        )
        self._unless_known = database.upsert(INBOX).on_conflict_do_nothing()

    def apply(self, changes: Iterable[Change], *, wait_s: float = 10.0) -> frozenset[int]:
        """Write changes in one transaction.

        Args:
            changes: In the order in which they happened.
            wait_s: How long to wait for the disk, in seconds.

        Returns:
            The ids of the updates that were taken for the first time.

        Raises:
            StateError: Nothing was written, or it took too long (and may still succeed).
        """
        return self._database.write(self._work(changes), wait_s=wait_s)

    async def applied(self, changes: Iterable[Change]) -> frozenset[int]:
        """`apply` for a coroutine."""
        return await self._database.written(self._work(changes))

    def _work(self, changes: Iterable[Change]) -> Work[frozenset[int]]:
        """What writes the changes; words are encrypted where it runs."""
        now, changes = self._clock(), tuple(changes)

        async def work(connection: AsyncConnection) -> frozenset[int]:
            return await self._change(connection, changes, now)

        return work

    async def _change(
        self, connection: AsyncConnection, changes: Iterable[Change], now: float
    ) -> frozenset[int]:
        taken: dict[int, dict[str, object]] = {}
        accepted: list[tuple[int, str]] = []
        done: dict[int, dict[str, object]] = {}
        blank: dict[str, object] = {
            "at": now,
            "chat": None,
            "content": None,
            "warnings": 0,
            "replies": 0,
        }
        for change in changes:
            key: dict[str, object] = {"update_id": change.update_id}
            match change:
                case Taken(update_id, chat, content):
                    sealed = self._cipher.seal(content)
                    row = {**key, **blank, "chat": chat, "content": sealed, "done_at": None}
                    taken.setdefault(update_id, row)
                case Accepted(update_id, warning):
                    accepted.append((update_id, "warnings" if warning else "replies"))
                case Done(update_id):
                    done[update_id] = {**key, **blank, "done_at": now}

        known = await self._written(connection, taken)
        for update_id, column in accepted:
            await connection.execute(_COUNT[column], {"id": update_id})
        if done:
            await connection.execute(self._ended, list(done.values()))
        return frozenset(taken) - known

    async def _written(
        self, connection: AsyncConnection, taken: Mapping[int, dict[str, object]]
    ) -> frozenset[int]:
        """Write what was taken; the ids that were known before."""
        if len(taken) == 1:  # the most frequent, and so one statement instead of two
            [(update_id, row)] = taken.items()
            done = await connection.execute(self._unless_known, row, execution_options=_COUNTING)
            return frozenset(() if done.rowcount else (update_id,))
        known = await _known(connection, tuple(taken))
        if new := [row for update_id, row in taken.items() if update_id not in known]:
            await connection.execute(_INSERT, new)
        return known

    def waiting(self) -> tuple[Waiting, ...]:
        """What was taken and is not done, oldest id first.

        Raises:
            StateError: The database cannot be read.
        """

        async def work(connection: AsyncConnection) -> tuple[Waiting, ...]:
            rows = await connection.execute(
                select(INBOX).where(INBOX.c.done_at.is_(None)).order_by(INBOX.c.update_id)
            )
            return tuple(
                Waiting(
                    row.update_id, row.chat, self._opened(row.content), row.warnings, row.replies
                )
                for row in rows
            )

        return self._database.read(work)

    def look(self) -> InboxState:
        """How it stands.

        Raises:
            StateError: The database cannot be read.
        """
        open_ = INBOX.c.done_at.is_(None)

        async def work(connection: AsyncConnection) -> InboxState:
            row = (
                await connection.execute(
                    select(
                        func.count().filter(open_),
                        func.min(INBOX.c.at).filter(open_),
                        func.max(INBOX.c.at),
                        func.max(INBOX.c.done_at),
                    )
                )
            ).one()
            return InboxState(*row)

        return self._database.read(work)

    def purge(self) -> int:
        """Forget the ids of updates that Telegram will not deliver again; how many went.

        Raises:
            StateError: The database cannot be written.
        """
        before = self._clock() - REMEMBERED_HOURS * 3600

        async def work(connection: AsyncConnection) -> int:
            gone = await connection.execute(delete(INBOX).where(INBOX.c.done_at < before))
            return gone.rowcount

        purged = self._database.write(work)
        self._database.checkpoint()  # the words of what was answered leave the log as well
        return purged

    def _opened(self, content: bytes | None) -> bytes | None:
        try:
            return None if content is None else self._cipher.open(content)
        except UnreadableError:
            return None


async def _known(connection: AsyncConnection, ids: Sequence[int]) -> frozenset[int]:
    found: set[int] = set()
    for at in range(0, len(ids), _AT_ONCE):
        found.update(await connection.scalars(_KNOWN, {"ids": ids[at : at + _AT_ONCE]}))
    return frozenset(found)
