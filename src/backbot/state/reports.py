"""Reports that staff are owed: what a restart must not leave them waiting for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from backbot.state.database import Database
from backbot.state.schema import REPORTS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class OwedReport:
    """A report that has not been sent.

    Attributes:
        report_id: Its number.
        chat: Who is owed it: a private chat.
        what: What was begun, in a word: "rebuild", "approval", "publish", "rollback".
        before: The generation that was served then, "" for none.
        at: When it was begun, POSIX time.
    """

    report_id: int
    chat: int
    what: str
    before: str
    at: float


class DatabaseReports:
    """The table of reports. Safe from several threads; everything may raise `StateError`.

    Args:
        database: Shared with the conversations.
        clock: POSIX time in seconds.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def owe(self, chat: int, what: str, before: str) -> int:
        """Something long begins; the number of the report that will follow.

        Args:
            chat: Who is to be told.
            what: As in `OwedReport`.
            before: The generation that is served now, "" for none.
        """
        row = {"chat": chat, "what": what, "before": before, "at": self._clock()}

        async def work(connection: AsyncConnection) -> int:
            written = insert(REPORTS).values(**row).returning(REPORTS.c.id)
            return int((await connection.execute(written)).scalar_one())

        return self._database.write(work)

    def told(self, report_id: int) -> None:
        """The report was sent, or nobody is left to be told. No error where it was so before."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(REPORTS).where(REPORTS.c.id == report_id))

        self._database.write(work)

    def owed(self) -> tuple[OwedReport, ...]:
        """What has not been sent, oldest first."""

        async def work(connection: AsyncConnection) -> tuple[OwedReport, ...]:
            rows = await connection.execute(select(REPORTS).order_by(REPORTS.c.id))
            return tuple(OwedReport(r.id, r.chat, r.what, r.before, r.at) for r in rows)

        return self._database.read(work)
