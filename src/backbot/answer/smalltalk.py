"""Greetings, thanks and the like get a human sentence instead of an answer."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

from backbot.answer import wording

_LONGEST = 80
_NO_LETTERS = re.compile(r"[^a-z' ]+")


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
def _table() -> dict[str, Any]:
    text = resources.files("backbot.answer").joinpath("smalltalk.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _any_of_them() -> re.Pattern[str]:
    """Matches what one of the patterns matches, and is compiled in a seventh of the time."""
    table = _table()
    before, after, every = _around(table)
    return re.compile(rf"{before}(?:{every}){after}(?: (?:{every}){after})?")


def _around(table: dict[str, Any]) -> tuple[str, str, str]:
    """What may stand before and after, and everything that is said."""
    openers, tails = "|".join(table["openers"]), "|".join(table["tails"])
    every = "|".join(say for talk in table["talk"] for say in talk["say"])
    return rf"(?:(?:{openers})(?: (?:{tails}))? )*", rf"(?: (?:{tails}))*", every


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    table = _table()
    before, after, every = _around(table)
    return tuple(
        (
            # A second one may follow ("thanks, bye"); the first has the answer.
            re.compile(rf"{before}(?:{'|'.join(talk['say'])}){after}(?: (?:{every}){after})?"),
            str(getattr(wording, talk["answer"])),
        )
        for talk in table["talk"]
    )
