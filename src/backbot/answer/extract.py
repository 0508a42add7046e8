"""Hits → the few sentences and list items that answer, verbatim, with citations.

Nothing is generated: every line is a unit of a passage, exactly as it stands in the article. A
list stays whole with the sentence that introduces it, and so does a sequence of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from backbot.model import Hit, Unit

MOST_WORDS = 110
_PASSAGES = 5
_LEAST_SHARE_OF_TOP = 0.75  # passages far below the best one are about something else
_LEAST_SHARE_OF_BEST = 0.8  # and so are units far below the best unit
_SAME = 88.0  # token-set similarity above which two sentences say the same


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Consecutive units of one passage that are shown together.

    Attributes:
        hit: Where they stand.
        units: One sentence, or a lead-in and its list.
        first: Number of the first unit in the passage.
        score: How well they answer.
    """

    hit: Hit
    units: tuple[Unit, ...]
    first: int
    score: float

    @property
    def words(self) -> int:
        """How long it is."""
        return sum(len(unit.text.split()) for unit in self.units)


def choose(
    hits: Sequence[Hit],
    *,
    most_words: int = MOST_WORDS,
    allowed: Callable[[str], bool] = lambda _text: True,
) -> tuple[Excerpt, ...]:
    """The excerpts that answer, in reading order: best passage first.

    Args:
        hits: Best first, with unit scores.
        most_words: All excerpts together stay within it, but for one list that is longer.
        allowed: Whether a unit may be shown at all.

    Returns:
        At least one excerpt where any unit is allowed.
    """
    candidates = sorted(_candidates(hits, allowed), key=lambda e: -e.score)
    chosen: list[Excerpt] = []
    words = 0
    for excerpt in candidates:
        if chosen and excerpt.score < candidates[0].score * _LEAST_SHARE_OF_BEST:
            break
        if words + excerpt.words > most_words and (chosen or len(excerpt.units) == 1):
            continue
        if any(_same(excerpt, other) for other in chosen):
            continue
        chosen.append(excerpt)
        words += excerpt.words
    return tuple(sorted(chosen, key=lambda e: (e.hit.rank, e.first)))


def _candidates(hits: Sequence[Hit], allowed: Callable[[str], bool]) -> Iterable[Excerpt]:
    for hit in hits[:_PASSAGES]:
        if hit.score < hits[0].score * _LEAST_SHARE_OF_TOP:
            break
        for first, units in groups(hit.passage.units):
            if not all(allowed(unit.text) for unit in units):
                continue
            best = max(hit.unit_scores[first : first + len(units)], default=0.0)
            # Weights.total brings the fused score to [0, 1]; the best passage should count
            # about as much as the best sentence.
            yield Excerpt(hit, tuple(units), first, best + 3.0 * hit.score)


def groups(units: Sequence[Unit]) -> Iterable[tuple[int, list[Unit]]]:
    """Units that belong together: a sentence alone, a list with its lead-in.

    Yields:
        Number of the first unit, and the units.
    """
    k = 0
    while k < len(units):
        stop = k + 1
        if units[k].lead_in or units[k].kind != "sentence":
            while stop < len(units) and units[stop].kind != "sentence":
                stop += 1
        yield k, list(units[k:stop])
        k = stop


def _same(one: Excerpt, other: Excerpt) -> bool:
    """Whether two sentences of different places say the same."""
    if len(one.units) > 1 or len(other.units) > 1:
        return False
    return fuzz.token_sort_ratio(one.units[0].text, other.units[0].text) >= _SAME
