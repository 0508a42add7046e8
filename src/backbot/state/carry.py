"""Everything from one database into another that is empty: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, func, select

from backbot.errors import StateError
from backbot.state.database import Database
from backbot.state.schema import Base

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_LONG_S = 600.0
_TABLES = tuple(Base.metadata.sorted_tables)

_Rows = dict[Table, Sequence[dict[str, Any]]]


def carry_over(source: Database, target: Database) -> int:
    """Copy every row, all or nothing, while no bot uses either; encrypted ones stay as they are.

    Args:
        source: Brought up to date first; otherwise left as it is.
        target: Made where there is none.

    Returns:
        How many rows there were.

    Raises:
        StateError: One of them cannot be used, or there is something in the target already.
    """
    source.open()
    rows = source.read(_read, wait_s=_LONG_S)

    async def write(connection: AsyncConnection) -> None:
        for table in _TABLES:
            if await connection.scalar(select(func.count()).select_from(table)):
                raise StateError(
                    f"The database {target.name} is not empty ({table.name}). Nothing was copied. "
                    "Name an empty one in BACKBOT_DATABASE_URL."
                )
        for table, values in rows.items():
            await connection.execute(table.insert(), values)
            counting = table.autoincrement_column
            if counting is not None and connection.dialect.name == "postgresql":
                # the ids came along, so what counts them must go on after the last
                sequence = func.pg_get_serial_sequence(table.name, counting.name)
                await connection.execute(select(func.setval(sequence, func.max(counting))))

    target.open()
    target.write(write, wait_s=_LONG_S)
    return sum(map(len, rows.values()))


async def _read(connection: AsyncConnection) -> _Rows:
    rows: _Rows = {}
    for table in _TABLES:
        query = select(table).order_by(*table.primary_key)
        if found := [dict(row) for row in (await connection.execute(query)).mappings()]:
            rows[table] = found
    return rows
