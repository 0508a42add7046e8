"""Two articles that give different figures for the same thing: the answer shows both.

"Rest for two days" in one article and "rest for a week" in another: whoever reads only one of them
is told less than the clinic knows. What counts as the same thing is told by the figures' kind (a
time, a rate, a share) and by how many telling words the two sentences have in common.
`corpus check` looks for the same over whole articles, so that a clinic can mend it; this is for
what it has not mended.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from backbot.answer.extract import MOST_WORDS, Excerpt, near_excerpts
from backbot.corpus.figures import Figure, figures_of
from backbot.corpus.words import Weights, opposites, topic_words
from backbot.frozen import dataclass
from backbot.kept import compiled
from backbot.model import Hit

# Cheaper than reading the figures: most sentences have none.
_MAY_HOLD_A_FIGURE = compiled(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty|hundred|thousand|half|quarter|dozen|couple|once|twice|daily|nightly|weekly|"
    r"hourly|monthly|every|a (?:second|minute|hour|day|week|month|year))\b",
    re.IGNORECASE,
)
_NOT_COMPARED = frozenset({"year", "age"})
_LEAST_SHARED = 1.0  # one telling word
_LEAST_ALIKE = 0.6
_SAYS_LITTLE = 1.0
_TOLERANCE = 0.1  # twelve weeks are three months
_MOST_RATIO = 40.0  # minutes and days are never the same thing
_EVEN = Weights.of(())  # every word tells as much as any other, general ones a quarter


@dataclass(frozen=True, slots=True)
class _Claim:
    """A figure and what it is about."""

    figure: Figure
    about: frozenset[str]


def conflicting(
    chosen: Sequence[Excerpt],
    hits: Sequence[Hit],
    *,
    allowed: Callable[[str], bool] = lambda _text: True,
    most_words: int = MOST_WORDS,
) -> tuple[Excerpt, ...]:
    """The excerpts to show where two articles differ; none where they do not.

    Args:
        chosen: What would be shown, in reading order.
        hits: The ranking that it was chosen from, best first.
        allowed: Whether a unit may be shown at all.
        most_words: All excerpts together stay within it.

    Returns:
        Those chosen from one passage, with the figure, and from another article the excerpt with
        the other figure.
    """
    claiming = [e for e in chosen if any(_claims(e))]
    if not claiming:
        return ()
    others = [e for e in near_excerpts(hits, allowed) if not e.leans and any(_claims(e))]
    for excerpt in claiming:
        for other in others:
            if _differ(excerpt, other):
                same = [e for e in chosen if e.hit is excerpt.hit]
                for shown in ((*same, other), (excerpt, other)):
                    if sum(e.words for e in shown) + len({id(e.hit) for e in shown}) <= most_words:
                        return tuple(shown)
    return ()


def _differ(one: Excerpt, other: Excerpt) -> bool:
    if one.hit.passage.article == other.hit.passage.article:
        return False
    return any(
        _same_thing(mine, theirs) and not _agree(mine.figure, theirs.figure)
        for mine in _claims(one)
        for theirs in _claims(other)
    ) and not any(
        # One of them may give both figures: for a mild strain, and for a bad one.
        _same_thing(mine, theirs) and _agree(mine.figure, theirs.figure)
        for mine in _claims(one)
        for theirs in _claims(other)
    )


def _claims(excerpt: Excerpt) -> Iterator[_Claim]:
    section = excerpt.hit.passage.section
    for unit in excerpt.units:
        yield from claims_of(unit.text, section)


@lru_cache(maxsize=8192)
def claims_of(text: str, section: str) -> tuple[_Claim, ...]:
    """The figures of a sentence; where it says little, its heading tells what they are about."""
    if not _MAY_HOLD_A_FIGURE.search(text):
        return ()
    figures = [figure for figure in figures_of(text) if figure.family not in _NOT_COMPARED]
    blanked = text
    for figure in figures:
        width = figure.end - figure.start
        blanked = blanked[: figure.start] + " " * width + blanked[figure.end :]
    about = frozenset(topic_words(blanked))
    if _EVEN.sum(about) < _SAYS_LITTLE:
        about |= frozenset(topic_words(section))
    return tuple(_Claim(figure, about | figure.things) for figure in figures)


def _same_thing(one: _Claim, other: _Claim) -> bool:
    mine, theirs = one.figure, other.figure
    if mine.family != theirs.family or mine.per != theirs.per:
        return False
    if mine.family == "count" and mine.things.isdisjoint(theirs.things):
        return False
    smaller, larger = sorted((max(mine.high, 1e-9), max(theirs.high, 1e-9)))
    if larger / smaller > _MOST_RATIO or opposites(one.about, other.about):
        return False
    shared = _EVEN.sum(one.about & other.about)
    if shared < _LEAST_SHARED:
        return False
    whole, part = _EVEN.sum(one.about), _EVEN.sum(other.about)
    return (shared / min(whole, part) + 2 * shared / (whole + part)) / 2 >= _LEAST_ALIKE


def _agree(one: Figure, other: Figure) -> bool:
    """Whether both can be meant: one holds the other, as far as numbers tell."""
    return _holds(one, other) or _holds(other, one)


def _holds(outer: Figure, inner: Figure) -> bool:
    low, high = _span(outer)
    least, most = _span(inner)
    return low <= least * (1 + _TOLERANCE) and most <= high * (1 + _TOLERANCE)


def _span(figure: Figure) -> tuple[float, float]:
    if figure.bound == "least":
        return figure.low, math.inf
    return (0.0 if figure.bound == "most" else figure.low), figure.high
