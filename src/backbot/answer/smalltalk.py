"""Greetings, thanks and the like get a human sentence instead of an answer."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

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
    return next((answer for pattern, answer in _patterns() if pattern.fullmatch(plain)), "")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("backbot.answer").joinpath("smalltalk.toml").read_text("utf-8")
    table = tomllib.loads(text)
    openers, tails = "|".join(table["openers"]), "|".join(table["tails"])
    every = "|".join(say for talk in table["talk"] for say in talk["say"])
    before = rf"(?:(?:{openers})(?: (?:{tails}))? )*"
    after = rf"(?: (?:{tails}))*"
    return tuple(
        (
            # A second one may follow ("thanks, bye"); the first has the answer.
            re.compile(rf"{before}(?:{'|'.join(talk['say'])}){after}(?: (?:{every}){after})?"),
            str(getattr(wording, talk["answer"])),
        )
        for talk in table["talk"]
    )
