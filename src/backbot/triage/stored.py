"""Compiled tables of the rules, kept so that the next start need not compile them (`kept.py`)."""

from __future__ import annotations

from pathlib import Path

from backbot import kept
from backbot.kept import get, read, write

__all__ = ["get", "key_of", "read", "write"]

_HERE = Path(__file__).parent
# What turns tables into compiled ones. Hashed themselves: in a checkout, code changes while the
# version stays.
_COMPILERS = (
    "stored.py",
    "rules.py",
    "branches.py",
    "lexicon.py",
    "text.py",
    "languages.py",
    "lint.py",
    "tables.py",
)


def key_of(*parts: bytes) -> bytes:
    """What a value is known by: the tables it was made from, the code and this Python.

    Args:
        parts: The bytes of the tables, in a fixed order.

    Returns:
        32 bytes; b"" where the code cannot be read, which means: keep nothing.
    """
    made_by = (*(_HERE / name for name in _COMPILERS), Path(kept.__file__))
    return kept.key_of(made_by, *parts)
