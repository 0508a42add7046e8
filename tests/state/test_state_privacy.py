"""docs/privacy.md lists every column of the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from backbot.state.privacy import BEGIN, END, refreshed, tables
from backbot.state.schema import Base

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_a_column_has_purpose_period_and_reader_and_is_on_the_page(column):
    """Nothing is kept that nobody can say why."""
    assert column.comment
    assert column.info["period"]
    assert column.info["reader"]
    row = f"| `{column.name}` | {column.comment} | {column.info['period']} |"
    section = PAGE.read_text(encoding="utf-8").split(f"### `{column.table.name}`\n")[1]
    assert row in section.split("\n### ")[0]


def test_the_page_is_what_the_schema_says():
    """`python scripts/refresh_privacy.py` makes it so."""
    page = PAGE.read_text(encoding="utf-8")
    assert refreshed(page) == page


def test_a_page_without_its_marks_is_refused():
    """Rather than written at a wrong place."""
    with pytest.raises(ValueError, match="marks"):
        refreshed("# Privacy")
    assert refreshed(f"a {BEGIN} old {END} b") == f"a {BEGIN}\n\n{tables()}\n{END} b"
