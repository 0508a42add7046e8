"""The table of docs/privacy.md: every column with its purpose, its period and its reader."""

from __future__ import annotations

from collections.abc import Iterator

from backbot.state.schema import Base

BEGIN = "<!-- made by scripts/refresh_privacy.py: begin -->"
END = "<!-- made by scripts/refresh_privacy.py: end -->"


def tables() -> str:
    """Every table and column of the database as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    told = {m.local_table: m.class_.__doc__ or "" for m in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        yield f"### `{table.name}`\n"
        yield f"{told[table].strip()}\n"
        yield "| column | what for | kept | who reads it |"
        yield "|---|---|---|---|"
        for column in table.columns:
            cells = (column.comment, column.info["period"], column.info["reader"])
            yield f"| `{column.name}` | {' | '.join(map(str, cells))} |"
        yield ""


def refreshed(page: str) -> str:
    """The page with what stands between the two marks made anew.

    Raises:
        ValueError: A mark is missing.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/privacy.md has lost its marks {BEGIN!r} and {END!r}")
    return f"{head}{BEGIN}\n\n{tables()}\n{END}{tail}"
