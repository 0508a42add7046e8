"""Where word classes and context cues stand in one text (docs/decisions/0005).

What every test of context looks at: places of a class near a sign, within a sentence, and the
words of a range of tokens.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from backbot.triage.lexicon import Marks, Spans


class Cues:
    """Where word classes and context cues stand in one text, by place.

    Args:
        numbers: Class number by name; context cues without their `ctx_`.
        marks: The marked text.
        hidden: Tokens that were marked as if they held no words.
    """

    def __init__(
        self, numbers: Mapping[str, int], marks: Marks, hidden: AbstractSet[int] = frozenset()
    ) -> None:
        self.hidden = hidden
        self.marks = marks
        self.tokens = marks.tokens
        self.sentence = marks.sentence
        self._numbers = numbers
        self._by_name: dict[str, Spans] = {}
        self._inside: dict[tuple[str, int], Spans] = {}
        self._bounds: dict[int, tuple[int, int]] = {}
        self._words = [token.word for token in marks.tokens]
        self.ages: dict[int, frozenset[str]] = {}
        """By sentence: what its times say of a sign's age, once somebody has asked."""
        self.of_a_back: dict[int, bool] = {}
        """By the place of a "for years": whether it is said of a back."""

    def spans(self, name: str) -> Spans:
        """All places of a class, sorted."""
        found = self._by_name.get(name)
        if found is None:
            # most are asked for in vain
            number = self._numbers[name]
            places = self.marks.places
            found = self._by_name[name] = places.of(number) if number in places.present else []
        return found

    def here(self, names: Iterable[str]) -> list[str]:
        """Those of the classes that stand anywhere."""
        numbers, present = self._numbers, self.marks.places.present
        return [name for name in names if numbers[name] in present]

    def near(self, name: str, low: int, high: int) -> Spans:
        """Places that begin in [low, high)."""
        spans = self.spans(name)
        if not spans:
            return spans
        return spans[bisect_left(spans, (low, 0)) : bisect_left(spans, (high, 0))]

    def bounds(self, number: int) -> tuple[int, int]:
        """First token of a sentence and one past its last."""
        known = self._bounds.get(number)
        if known is None:
            first = bisect_left(self.sentence, number)
            known = self._bounds[number] = (first, bisect_left(self.sentence, number + 1, first))
        return known

    def inside(self, name: str, number: int) -> Spans:
        """Places within a sentence."""
        key = (name, number)
        if key not in self._inside:
            self._inside[key] = self.near(name, *self.bounds(number))
        return self._inside[key]

    def words(self, start: int, stop: int) -> set[str]:
        """The words of a token range."""
        return set(self._words[max(0, start) : stop])


def longest(spans: Spans) -> Iterator[tuple[int, int]]:
    """Spans that are not inside another one."""
    if len(spans) < 2:  # noqa: PLR2004 - nothing that one could be inside of
        yield from spans
        return
    best: dict[int, int] = {}
    for start, stop in spans:
        best[start] = max(stop, best.get(start, 0))
    reach = 0
    for start in sorted(best):
        if best[start] > reach:
            reach = best[start]
            yield start, reach
