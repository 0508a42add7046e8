"""Greetings, thanks and the like get a human sentence instead of an answer."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from backbot import kept
from backbot.answer import wording
from backbot.kept import compiled

_LONGEST = 80
_NO_LETTERS = compiled(r"[^a-z' ]+")
_TABLE = Path(__file__).with_name("smalltalk.toml")
_KEPT, _KEPT_KINDS = "smalltalk.bin", "smalltalk-kinds.bin"
_MADE_BY = (Path(__file__), Path(kept.__file__), _TABLE)


def small_talk(text: str) -> str:
    """The sentence that answers a greeting or thanks, or "" where the text is none.

    Args:
        text: As typed.
    """
    folded = text.casefold().replace("’", "'")
    if any(c.isalpha() and not c.isascii() for c in folded):
        return ""  # "привет, ok" is no English "ok"
    plain = " ".join(_NO_LETTERS.sub(" ", folded).split())
    if not plain or len(plain) > _LONGEST:
        return ""
    if not _any_of_them().fullmatch(plain):
        return ""
    return next((answer for pattern, answer in _patterns() if pattern.fullmatch(plain)), "")


@lru_cache(maxsize=1)
def _any_of_them() -> re.Pattern[str]:
    """Matches what one of the patterns matches: most texts need no other."""

    def make() -> tuple[Any, ...]:
        before, after, every = _around(_table())
        # A second one may follow ("thanks, bye"); the first has the answer.
        return kept.plain_pattern(rf"{before}(?:{every}){after}(?: (?:{every}){after})?")

    return kept.pattern_of(kept.get(_KEPT, _key(), make))


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """That of each kind, with its answer."""

    def make() -> list[tuple[tuple[Any, ...], str]]:
        table = _table()
        before, after, every = _around(table)
        return [
            (
                kept.plain_pattern(
                    rf"{before}(?:{'|'.join(talk['say'])}){after}(?: (?:{every}){after})?"
                ),
                talk["answer"],
            )
            for talk in table["talk"]
        ]

    kinds = kept.get(_KEPT_KINDS, _key(), make)
    return tuple((kept.pattern_of(kind), str(getattr(wording, name))) for kind, name in kinds)


def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text("utf-8"))


def _key() -> bytes:
    return kept.key_of(_MADE_BY)


def _around(table: dict[str, Any]) -> tuple[str, str, str]:
    """What may stand before and after, and everything that is said."""
    openers, tails = "|".join(table["openers"]), "|".join(table["tails"])
    every = "|".join(say for talk in table["talk"] for say in talk["say"])
    return rf"(?:(?:{openers})(?: (?:{tails}))? )*", rf"(?: (?:{tails}))*", every
