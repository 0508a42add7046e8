"""A new key in front of the old one: what is stored is encrypted with it, row by row.

Afterwards the old key is needed for backups only. Rows that cannot be read stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select, update

from backbot.state.cipher import Cipher
from backbot.state.database import Database
from backbot.state.schema import CONVERSATIONS, INBOX, UNANSWERED

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

logger = logging.getLogger(__name__)

_AT_ONCE = 200  # others may write in between
_WAIT_S = 60.0
_SEALED = (
    (CONVERSATIONS, ("state", "words")),
    (UNANSWERED, ("content",)),
    (INBOX, ("content",)),
)


def reseal(database: Database, cipher: Cipher) -> int:
    """Encrypt with the first key what is not yet; also what was written before there was one.

    Returns:
        How many rows were changed.

    Raises:
        StateError: The database cannot be written; what was done stays done.
    """
    if not cipher.has_key:
        return 0
    changed = sum(_resealed(database, cipher, *each) for each in _SEALED)
    if changed:
        logger.info("%d rows were encrypted with the newest key", changed)
    return changed


def _resealed(database: Database, cipher: Cipher, table: Table, columns: tuple[str, ...]) -> int:
    (primary,) = table.primary_key
    query = select(primary, *(table.c[name] for name in columns)).order_by(primary).limit(_AT_ONCE)
    after: Any = None
    changed, more = 0, True

    async def work(connection: AsyncConnection) -> tuple[int, Sequence[Any]]:
        some = query if after is None else query.where(primary > after)
        rows = (await connection.execute(some)).mappings().all()
        n = 0
        for row in rows:
            stored = {name: row[name] for name in columns if row[name] is not None}
            new = {name: anew for name, old in stored.items() if (anew := cipher.renewed(old))}
            if new:
                here = primary == row[primary.name]
                await connection.execute(update(table).where(here).values(**new))
                n += 1
        return n, [row[primary.name] for row in rows]

    while more:
        n, seen = database.write(work, wait_s=_WAIT_S)
        changed += n
        more = len(seen) == _AT_ONCE
        after = seen[-1] if seen else after
    return changed
