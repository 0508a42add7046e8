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
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.local_table.fullname):
        table = mapper.local_table
        yield f"### `{table.name}`\n"
        yield f"{(mapper.class_.__doc__ or '').strip()}\n"
        yield "| column | what for | kept | who reads it |"
        yield "|---|---|---|---|"
        for column in table.columns:
            told = (column.comment, column.info["period"], column.info["reader"])
            yield f"| `{column.name}` | {' | '.join(str(each) for each in told)} |"
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
