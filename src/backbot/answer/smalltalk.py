"""Greetings, thanks and the like get a human sentence instead of an answer."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from backbot import kept
from backbot.answer import wording

_LONGEST = 80
_NO_LETTERS = re.compile(r"[^a-z' ]+")
_KEPT, _MADE_BY = "smalltalk.bin", (Path(__file__), Path(kept.__file__))


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
def _compiled() -> tuple[Any, tuple[Any, ...]]:
    """The pattern for all of it and that of each kind with its answer's name, as plain data."""
    data = Path(__file__).with_name("smalltalk.toml").read_bytes()
    key = kept.key_of(_MADE_BY, data)
    every, kinds = kept.get(_KEPT, key, lambda: _compile(tomllib.loads(data.decode())))
    return every, tuple(kinds)


def _compile(table: dict[str, Any]) -> tuple[Any, list[Any]]:
    before, after, every = _around(table)
    # A second one may follow ("thanks, bye"); the first has the answer.
    return (
        kept.plain_pattern(rf"{before}(?:{every}){after}(?: (?:{every}){after})?"),
        [
            (
                kept.plain_pattern(
                    rf"{before}(?:{'|'.join(talk['say'])}){after}(?: (?:{every}){after})?"
                ),
                talk["answer"],
            )
            for talk in table["talk"]
        ],
    )


@lru_cache(maxsize=1)
def _any_of_them() -> re.Pattern[str]:
    """Matches what one of the patterns matches: most texts need no other."""
    every, _ = _compiled()
    return kept.pattern_of(every)


def _around(table: dict[str, Any]) -> tuple[str, str, str]:
    """What may stand before and after, and everything that is said."""
    openers, tails = "|".join(table["openers"]), "|".join(table["tails"])
    every = "|".join(say for talk in table["talk"] for say in talk["say"])
    return rf"(?:(?:{openers})(?: (?:{tails}))? )*", rf"(?: (?:{tails}))*", every


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    _, kinds = _compiled()
    return tuple((kept.pattern_of(kind), str(getattr(wording, name))) for kind, name in kinds)
