"""Strict reading of the rule files: an unknown key or a missing field is a named error."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from backbot.errors import RuleError
from backbot.frozen import dataclass

RULES_DIR = Path(__file__).with_name("rules")
"""The packaged rule files."""

SOURCES = frozenset({f"S{number}" for number in range(1, 32)} | {"A", "U"})
"""Keys of the source list; A = the clinic's own articles, U = general knowledge."""

CONFIDENCES = frozenset({"V", "M", "U"})
"""Read in the source, as republished by a third party, unverified."""

PROVENANCE_KEYS = frozenset(
    {"id", "version", "source", "confidence", "reviewed_by", "reviewed_on", "review_due"}
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row comes from and who has signed it.

    Attributes:
        id: Never reused.
        version: From 1, one more with every change.
        source: Keys of `SOURCES`.
        confidence: One of `CONFIDENCES`.
        reviewed_by: Initials, "" while nobody has signed.
        reviewed_on: When it was signed.
        review_due: When it should be looked at again; an overdue row stays in force.
    """

    id: str
    version: int
    source: tuple[str, ...]
    confidence: str
    reviewed_by: str
    reviewed_on: date | None
    review_due: date | None


@dataclass(frozen=True, slots=True)
class Row:
    """One table of a rule file, read field by field.

    Attributes:
        file: Name of the file, for error messages.
        name: Id of the row, for error messages.
        data: As parsed.
    """

    file: str
    name: str
    data: Mapping[str, object]

    def error(self, what: str) -> RuleError:
        """The error that says what is wrong with this row."""
        where = f"{self.file}: {self.name}" if self.name else self.file
        return RuleError(f"{where}: {what}.")

    def expect_only(self, allowed: frozenset[str]) -> None:
        """Raise RuleError where the row has a key that is not in `allowed`."""
        unknown = sorted(set(self.data) - allowed)
        if unknown:
            known = ", ".join(sorted(allowed))
            raise self.error(f"unknown key {unknown[0]!r}; known are {known}")

    def text(self, key: str, *, empty: bool = False) -> str:
        """The string under that key; `empty` says whether it may be ""."""
        value = self._get(key)
        if not isinstance(value, str):
            raise self.error(f"{key!r} must be a string")
        if not value.strip() and not empty:
            raise self.error(f"{key!r} must not be empty")
        return value

    def texts(self, key: str, *, at_least: int = 1) -> tuple[str, ...]:
        """The list of non-empty strings under that key."""
        values = self.items(key, at_least=at_least)
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.error(f"{key!r} must hold strings that are not empty")
        return tuple(str(value) for value in values)

    def whole(self, key: str, low: int, high: int) -> int:
        """The whole number under that key, `low` to `high` inclusive."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(f"{key!r} must be a whole number from {low} to {high}")
        return value

    def day(self, key: str) -> date | None:
        """The date under that key, written "2025-01-31"; None for ""."""
        value = self.text(key, empty=True)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise self.error(f'{key!r} must be "" or a date like "2025-01-31"') from error

    def calendar_day(self, key: str) -> date:
        """The date under that key, written as TOML does: 2026-05-01, without quotation marks."""
        value = self._get(key)
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.error(f"{key!r} must be a day like 2026-05-01, without quotation marks")
        return value

    def one_of(self, key: str, allowed: frozenset[str]) -> str:
        """The string under that key, which must be one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            known = ", ".join(sorted(allowed))
            raise self.error(f"{key!r} is {value!r}; known are {known}")
        return value

    def items(self, key: str, *, at_least: int = 0) -> tuple[object, ...]:
        """The list under that key."""
        value = self._get(key)
        if not isinstance(value, list) or len(value) < at_least:
            raise self.error(f"{key!r} must be a list of {at_least} or more")
        return tuple(value)

    def rows(self, key: str, id_key: str = "id", *, at_least: int = 0) -> tuple[Row, ...]:
        """The list of tables under that key, each named by its `id_key`; [] where it is absent."""
        if key not in self.data and not at_least:
            return ()
        rows = []
        for number, item in enumerate(self.items(key, at_least=at_least), start=1):
            if not isinstance(item, dict):
                raise self.error(f"{key!r} must be a list of tables")
            name = item.get(id_key)
            label = name if isinstance(name, str) and name else f"{key} {number}"
            prefix = f"{self.name}: " if self.name else ""
            rows.append(Row(self.file, prefix + label, item))
        return tuple(rows)

    def provenance(self) -> Provenance:
        """Id, version, sources, confidence and review fields."""
        source = self.texts("source")
        unknown = sorted(set(source) - SOURCES)
        if unknown:
            raise self.error(f"unknown source {unknown[0]!r}")
        return Provenance(
            id=self.text("id"),
            version=self.whole("version", 1, 10_000),
            source=source,
            confidence=self.one_of("confidence", CONFIDENCES),
            reviewed_by=self.text("reviewed_by", empty=True),
            reviewed_on=self.day("reviewed_on"),
            review_due=self.day("review_due"),
        )

    def _get(self, key: str) -> object:
        if key not in self.data:
            raise self.error(f"missing field {key!r}")
        return self.data[key]


def read_table(path: Path) -> Row:
    """Read one rule file.

    Args:
        path: A TOML file in UTF-8.

    Returns:
        The whole file as one row without a name.

    Raises:
        RuleError: The file cannot be read or is no TOML.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad's mark
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RuleError(f"{path.name}: cannot be read ({reason}).") from error
    except UnicodeDecodeError as error:
        raise RuleError(f"{path.name}: is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path.name}: is not valid TOML: {error}.") from error
    return Row(path.name, "", data)
