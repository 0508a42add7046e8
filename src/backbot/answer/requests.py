"""Requests that no article can answer, told by how they are asked: each gets its own fixed words.

What a medicine's dose is, what somebody has, whether somebody else should have an operation, what
the clinic charges: passages near to them are easily found, and none is an answer. Patterns and
word classes stand in `scope.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from backbot import kept
from backbot.frozen import dataclass
from backbot.kept import compiled

_APOSTROPHES = compiled(r"['’‘`]")
_MARKS = compiled(r"[^\w?.!;]+")
_SENTENCE_END = compiled(r"\s*[?.!;]+\s*")
_NAME = compiled(r"\{([a-z]+)\}")
_KEPT, MADE_BY = "requests.bin", (Path(__file__), Path(kept.__file__))


@dataclass(frozen=True, slots=True)
class Request:
    """A kind of request and how it is told.

    Attributes:
        kind: "medicine", "service", "diagnosis", "decision" or "instructions".
        patterns: Any of them, within one sentence.
        unless: Words that make it a question for the articles after all; None for none.
        told_by: What headings say of articles that answer it; None where none may.
        in_titles: Whether only titles say so.
        in_text: Whether passages say so too.
    """

    kind: str
    patterns: re.Pattern[str]
    unless: re.Pattern[str] | None
    told_by: re.Pattern[str] | None = None
    in_titles: bool = False
    in_text: bool = False

    def told_in(self, sentences: Iterable[str]) -> bool:
        """Whether a sentence, as `_sentences` gives them, speaks of it or asks it."""
        patterns = [each for each in (self.told_by, self.patterns) if each]
        return any(pattern.search(sentence) for sentence in sentences for pattern in patterns)


def request_in(text: str, told: Collection[int] = (), said: Sequence[str] = ()) -> str:
    """The kind of request a text makes, or "" where it makes none.

    Args:
        text: As typed.
        told: Requests that are for the articles after all, as `told_of` has them.
        said: Texts of passages that may answer them.
    """
    sentences = _sentences(text)
    for at, request in enumerate(_requests()):
        if at in told:
            continue
        for sentence in sentences:
            if request.patterns.search(sentence) and not (
                (request.unless and request.unless.search(sentence))
                or (request.in_text and request.told_in(_sentences_of(said)))
            ):
                return request.kind
    return ""


def told_of(titles: Collection[str], headings: Collection[str]) -> frozenset[int]:
    """Numbers of the requests that articles answer after all.

    A clinic may write what a visit costs; no article says what somebody has.

    Args:
        titles: Of the articles in service.
        headings: Of their sections.
    """
    in_titles = _sentences_of(titles)
    anywhere = in_titles + _sentences_of(headings)
    return frozenset(
        at
        for at, request in enumerate(_requests())
        if request.told_by and request.told_in(in_titles if request.in_titles else anywhere)
    )


def _sentences_of(texts: Iterable[str]) -> list[str]:
    return [sentence for text in texts for sentence in _sentences(text)]


def _sentences(text: str) -> list[str]:
    """Sentences in lower case, words and single spaces only."""
    plain = _MARKS.sub(" ", _APOSTROPHES.sub("", text.casefold()).replace("-", " "))
    return [sentence for part in _SENTENCE_END.split(plain) if (sentence := part.strip())]


@lru_cache(maxsize=1)
def _requests() -> tuple[Request, ...]:
    data = Path(__file__).with_name("scope.toml").read_bytes()
    key = kept.key_of(MADE_BY, data)
    plain = kept.get(_KEPT, key, lambda: _compiled(tomllib.loads(data.decode())))
    return tuple(
        Request(
            kind,
            kept.pattern_of(patterns),
            kept.pattern_of(unless) if unless else None,
            kept.pattern_of(told_by) if told_by else None,
            *where,
        )
        for kind, patterns, unless, told_by, *where in plain
    )


def _compiled(table: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Kind, patterns and exceptions of each request, as plain data."""
    return [
        (
            request["id"],
            kept.plain_pattern(
                "|".join(_filled(pattern, table["classes"]) for pattern in request["patterns"])
            ),
            *(
                kept.plain_pattern(request[name]) if name in request else None
                for name in ("unless", "told_by")
            ),
            *(request.get(name, False) for name in ("in_titles", "in_text")),
        )
        for request in table["request"]
    ]


def _filled(pattern: str, classes: Mapping[str, str]) -> str:
    """A pattern with its classes' words in their places."""
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda name: classes[name[1]], pattern)
    return pattern
