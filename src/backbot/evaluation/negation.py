"""Negation alone: is this sign said to be absent in this sentence?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from backbot.errors import UsageError
from backbot.evaluation.metrics import Rate

# Below this likeness (0 to 100) the words in the sentence are another thing than the concept.
FUZZY_CUTOFF = 75.0

NegatedCall = Callable[[str, int, int], bool]


def locate(concept: str, sentence: str) -> tuple[int, int] | None:
    """Where the concept stands in the sentence.

    As whole words first, then as any part, both ignoring case and kinds of white space; then
    the likest stretch of whole words, for a concept that is spelt or inflected otherwise.

    Returns:
        Half-open code point offsets, or None where nothing is like it.
    """
    words = [re.escape(word) for word in concept.split()]
    if not words:
        return None
    phrase = r"\s+".join(words)
    for pattern in (rf"(?<!\w){phrase}(?!\w)", phrase):
        found = re.search(pattern, sentence, re.IGNORECASE)
        if found:
            return found.span()
    likest = fuzz.partial_ratio_alignment(
        concept.lower(), sentence.lower(), score_cutoff=FUZZY_CUTOFF
    )
    # A letter may change its length in lower case; such a sentence has no usable offsets here.
    if likest is None or len(sentence.lower()) != len(sentence):
        return None
    start, end = likest.dest_start, likest.dest_end
    while start > 0 and sentence[start - 1].isalnum():
        start -= 1
    while end < len(sentence) and sentence[end].isalnum():
        end += 1
    return start, end


@dataclass(frozen=True, slots=True)
class NegationResult:
    """One sentence.

    Attributes:
        row_id: Id in the file.
        sentence: As given.
        concept: As given.
        gold: Whether it is negated.
        predicted: Whether it was found negated; None where the concept is not in the sentence,
            which counts as wrong.
    """

    row_id: str
    sentence: str
    concept: str
    gold: bool
    predicted: bool | None


@dataclass(frozen=True, slots=True)
class NegationScore:
    """Precision, recall and F1 of "negated".

    Attributes:
        results: One per row, in order.
    """

    results: tuple[NegationResult, ...]

    @property
    def accuracy(self) -> Rate:
        """Rows decided rightly, either way."""
        return Rate(sum(r.predicted is r.gold for r in self.results), len(self.results))

    @property
    def precision(self) -> Rate:
        """Of the rows found negated, those that are."""
        found = [r for r in self.results if r.predicted is True]
        return Rate(sum(r.gold for r in found), len(found))

    @property
    def recall(self) -> Rate:
        """Of the negated rows, those found negated."""
        gold = [r for r in self.results if r.gold]
        return Rate(sum(r.predicted is True for r in gold), len(gold))

    @property
    def affirmed_recall(self) -> Rate:
        """Of the rows that are not negated, those found so: a miss here hides a symptom."""
        gold = [r for r in self.results if not r.gold]
        return Rate(sum(r.predicted is False for r in gold), len(gold))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing was found rightly."""
        hits = self.recall.ok
        total = self.precision.n + self.recall.n
        return 2 * hits / total if total else 0.0

    @property
    def unlocated(self) -> tuple[NegationResult, ...]:
        """Rows whose concept is not in their sentence."""
        return tuple(r for r in self.results if r.predicted is None)


def score_negation(rows: Iterable[Mapping[str, Any]], negated: NegatedCall) -> NegationScore:
    """Ask about every row's concept and count.

    Args:
        rows: `{"id", "sentence", "concept", "negated"}`; other fields are ignored.
        negated: `negated(sentence, start, end)`: is the span, half-open code point offsets,
            spoken of as absent?

    Raises:
        UsageError: A row lacks a field, or its `negated` is no truth value.
    """
    results = []
    for number, row in enumerate(rows, 1):
        sentence, concept, gold = row.get("sentence"), row.get("concept"), row.get("negated")
        if (
            not isinstance(sentence, str)
            or not isinstance(concept, str)
            or not isinstance(gold, bool)
        ):
            raise UsageError(
                f"Row {number} of the negation file needs text in 'sentence' and 'concept', and "
                "true or false in 'negated'."
            )
        span = locate(concept, sentence)
        predicted = negated(sentence, *span) if span else None
        row_id = str(row.get("id", number))
        results.append(NegationResult(row_id, sentence, concept, gold, predicted))
    return NegationScore(tuple(results))
