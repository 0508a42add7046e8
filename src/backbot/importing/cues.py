"""Signs that a line is not part of an article, by vocabulary. Reads `cues.toml` once."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backbot.importing.blocks import Shape, shape_of

Reach = Literal["aside", "box", "tail"]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
_PLACEHOLDERS = {
    "%date%": (
        rf"(?:{_WEEKDAY}(?:\d{{1,2}}(?:st|nd|rd|th)?\.? {_MONTH}(?:,? \d{{4}})?|"
        rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|"
        r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})\b)"
    ),
    "%network%": (
        r"(?:facebook|twitter|x\.com|linked ?in|pinterest|whats ?app|instagram|reddit|tumblr|"
        r"youtube|tik ?tok|telegram|e-?mail|print|copy link|messenger|snapchat|bluesky|mastodon|"
        r"rss|pocket|flipboard|sms|\bx\b)"
    ),
    "%bank%": (
        r"(?:getty ?images|shutterstock|istock(?:photo)?|unsplash|pexels|pixabay|adobe ?stock|"
        r"dreamstime|alamy|123rf|depositphotos|freepik)"
    ),
}


@dataclass(frozen=True, slots=True)
class Cue:
    """One sign, as described at the top of `cues.toml`.

    Attributes:
        reason: For the report, in plain words.
        reach: How far it speaks: this line, a box below it, or all that follows.
        max_words: Longest line it is believed on.
        patterns: Any of them is enough.
        matches: Lines that must bear it.
        ignores: Lines that must not.
    """

    reason: str
    reach: Reach
    max_words: int
    patterns: tuple[re.Pattern[str], ...]
    matches: tuple[str, ...]
    ignores: tuple[str, ...]

    def found_in(self, text: str, shape: Shape) -> bool:
        """Whether the line bears the sign."""
        # A line without spaces has few words however long it is.
        if shape.count > self.max_words or len(text) > 60 + 14 * self.max_words:
            return False
        return any(pattern.search(text) for pattern in self.patterns)


@functools.cache
def all_cues() -> tuple[Cue, ...]:
    """The cues of the package, in the order in which they are tried."""
    data = Path(__file__).with_name("cues.toml").read_text("utf-8")
    return tuple(
        Cue(
            reason=entry["reason"],
            reach=entry["reach"],
            max_words=entry["max_words"],
            patterns=tuple(_compiled(pattern) for pattern in entry["patterns"]),
            matches=tuple(entry["matches"]),
            ignores=tuple(entry["ignores"]),
        )
        for entry in tomllib.loads(data)["cue"]
    )


_BETWEEN = re.compile(r"\s[|·•/]\s")
_MOST_PARTS = 12


def cue_of(text: str, shape: Shape) -> Cue | None:
    """The first cue that the line bears, None where it bears none.

    A line of several parts between strokes or dots ("By A · Checked by B") bears the cue of one
    of them where most of them bear one.
    """
    cue = _cue_of(text, shape)
    if cue is not None or not _BETWEEN.search(text):
        return cue
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if not 1 < len(parts) <= _MOST_PARTS:
        return None
    cues = [found for part in parts if (found := _cue_of(part, shape_of(part)))]
    asides = (found for found in cues if found.reach == "aside")
    return next(asides, None) if 2 * len(cues) > len(parts) else None


def _cue_of(text: str, shape: Shape) -> Cue | None:
    return next((cue for cue in all_cues() if cue.found_in(text, shape)), None)


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, meaning in _PLACEHOLDERS.items():
        pattern = pattern.replace(name, meaning)
    return re.compile(pattern, re.IGNORECASE)
