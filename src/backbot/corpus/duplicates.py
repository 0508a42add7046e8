"""The same sentence, or nearly the same, in two places; and the same sentence once with a "not".

Two sentences are nearly the same when nine in ten of their words are, whatever the order. The
pairs are found by their rarest words (a prefix filter): two sets of words with a Jaccard index
of at least t share one of their first n - ceil(t n) + 1 words, rarest first. So the work grows
with the number of sentences and not with its square.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from backbot.corpus.issue import Issue, issue_at, shown
from backbot.corpus.prose import Prose, Sentence
from backbot.corpus.words import Weights, topic_words

_ALIKE = 0.9  # Dice's coefficient of the words
_FEWEST_WORDS = 8  # shorter sentences may well be alike: "See a doctor if the pain gets worse."
_FEWEST_ITEM_WORDS = 12  # "Hold for 30 seconds, then let go." may stand in many lists
_FEWEST_DENIED_WORDS = 5
_TELLING = 0.5

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_DENIALS = frozenset(
    ("no", "not", "never", "none", "nor", "neither", "without", "cannot", "avoid")
)
_AUXILIARIES = frozenset(("do", "does", "can", "be", "is", "are", "any", "a", "an", "the"))


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence as it is compared.

    Attributes:
        sentence: The sentence.
        words: How many it has.
        stems: Its words without denials, articles and such, with how often each stands there.
        denials: How many words say no.
    """

    sentence: Sentence
    words: int
    stems: Counter[str]
    denials: int

    @property
    def long_enough(self) -> bool:
        least = _FEWEST_WORDS if self.sentence.kind == "sentence" else _FEWEST_ITEM_WORDS
        return self.words >= least

    @property
    def article(self) -> str:
        return self.sentence.place.file


def repeated(proses: Iterable[Prose]) -> Iterator[Issue]:
    """Warnings about sentences that stand in two places, within an article or across.

    Sentences in a row that are repeated in a row give one warning. Where one of two has a word
    such as "not" and the other has none, the warning says that they contradict each other.
    """
    reads = [_read(sentence) for prose in proses for sentence in prose.sentences]
    weights = Weights.of(read.stems for read in reads)
    pairs = {
        (first, second)
        for first, second in _candidates(reads)
        if _alike(reads[first], reads[second], weights)
    }
    runs: list[tuple[int, int, int]] = []
    inside: set[tuple[int, int]] = set()
    for first, second in sorted(pairs):
        if (first, second) in inside:
            continue
        if reads[first].denials != reads[second].denials:
            yield _denied(reads[first].sentence, reads[second].sentence)
            continue
        if not (reads[first].long_enough and reads[second].long_enough):
            continue
        length = 1
        while _goes_on(reads, first + length, second + length, weights):
            inside.add((first + length, second + length))
            length += 1
        runs.append((first, second, length))
    yield from _repeats(reads, runs)


def _read(sentence: Sentence) -> _Read:
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(sentence.text)]
    kept, denials = [], 0
    for word in words:
        if word in _DENIALS or word.endswith("n't"):
            denials += 1
        elif word not in _AUXILIARIES:
            kept.append(word)
    stems = Counter(stem for word in kept for stem in (topic_words(word) or (word,)))
    return _Read(sentence, len(words), stems, denials)


def _candidates(reads: Sequence[_Read]) -> Iterator[tuple[int, int]]:
    """Pairs that share one of their rarest words; each once, the earlier first."""
    counts = Counter(stem for read in reads for stem in read.stems)
    jaccard = _ALIKE / (2 - _ALIKE)
    owners: dict[str, list[int]] = {}
    for n, read in enumerate(reads):
        if read.words < _FEWEST_DENIED_WORDS:
            continue
        rarest = sorted(read.stems, key=lambda stem: (counts[stem], stem))
        prefix = rarest[: len(rarest) - math.ceil(jaccard * len(rarest)) + 1]
        seen: set[int] = set()
        for stem in prefix:
            seen.update(owners.get(stem, ()))
            owners.setdefault(stem, []).append(n)
        for other in sorted(seen):
            yield other, n


def _alike(one: _Read, other: _Read, weights: Weights) -> bool:
    total = one.stems.total() + other.stems.total()
    shared = (one.stems & other.stems).total()
    if not total or 2 * shared < _ALIKE * total:
        return False
    # "The standing stretch has these steps", "The lying stretch has these steps": two things.
    only_one, only_other = one.stems - other.stems, other.stems - one.stems
    return not (
        any(weights[stem] >= _TELLING for stem in only_one)
        and any(weights[stem] >= _TELLING for stem in only_other)
    )


def _goes_on(reads: Sequence[_Read], first: int, second: int, weights: Weights) -> bool:
    """Whether the sentences after a repeated one are repeated too, however short."""
    return (
        second < len(reads)
        and reads[first].article == reads[first - 1].article
        and reads[second].article == reads[second - 1].article
        and reads[first].denials == reads[second].denials
        and _alike(reads[first], reads[second], weights)
    )


def _denied(one: Sentence, other: Sentence) -> Issue:
    return issue_at(
        "warning",
        "contradiction",
        other.place,
        f"{shown(other.text, 200)} and {shown(one.text, 200)} ({one.place}) are nearly the same, "
        "but one of them says no. Find out which is right and correct the other.",
        (one.place,),
    )


def _repeats(reads: Sequence[_Read], runs: Iterable[tuple[int, int, int]]) -> Iterator[Issue]:
    """One warning for all the places in which the same sentences stand."""
    groups: list[tuple[set[int], int]] = []
    for first, second, length in runs:
        joined = {first, second}
        apart = []
        for members, size in groups:
            if size == length and members & joined:
                joined |= members
            else:
                apart.append((members, size))
        groups = [*apart, (joined, length)]
    for members, length in groups:
        sentences = [reads[n].sentence for n in sorted(members)]
        yield _repeat(sentences, length)


def _repeat(sentences: Sequence[Sentence], length: int) -> Issue:
    first, second = sentences[:2]
    others = tuple(sentence.place for sentence in sentences if sentence is not second)
    if first.text.casefold() == second.text.casefold():
        what = f"{shown(second.text, 160)} stands also in {others[0]}"
    else:
        what = f"{shown(second.text, 160)} is nearly {shown(first.text, 160)} in {others[0]}"
    more = [*map(str, others[1:])]
    also = f", and the like in {'; '.join(more)}" if more else ""
    after = f" (and the next {length - 1} with it)" if length > 1 else ""
    return issue_at(
        "warning",
        "repeat",
        second.place,
        f"{what}{after}{also}. Keep it in one place, or change all of them together from now on.",
        others,
    )
