"""Body parts of a text, and which of them a quality such as "numb" belongs to.

The second way of finding (docs/decisions/0005): a quality on a part. Here is the part: the more
specific one where two overlap, none that is denied for another, the nearest in the quality's
clause, with what is joined to that by "and" or "to".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from backbot.triage.context.cues import Cues, longest
from backbot.triage.text import HARD, SOFT, words_of

NEAR = 8  # tokens between a symptom and its body part (specification, section 1)
BESIDE = 10  # tokens between a sign and its modifier
_CHAINED = 5  # tokens between two parts of one list
LIMB_REACH = 4
SIDE_REACH = 3
_CHAIN = words_of(
    "and n or the my his her their both all to down into in of through plus inner left right also "
    "around upto till from with lower upper outer side on a towards as well"
)
_PARTS = ("half_body", "saddle", "leg_both", "buttock", "face", "leg", "arm", "trunk")


def part_spans(cues: Cues) -> Iterator[tuple[int, int, str]]:
    """Body parts in text order; the more specific one where they overlap."""
    taken: set[int] = set()
    found: list[tuple[int, int, str]] = []
    single = {k for a, b in (*cues.spans("not_both"), *one_leg(cues)) for k in range(a, b)}
    taken.update(k for a, b in cues.spans("not_part") for k in range(a, b))
    for part in cues.here(_PARTS):
        for start, stop in longest(cues.spans(part)):
            place = range(start, stop)
            if not taken.isdisjoint(place):
                continue
            taken.update(place)
            name = "leg" if part == "leg_both" and not single.isdisjoint(place) else part
            found.append((start, stop, name))
    yield from sorted(found)


def one_leg(cues: Cues) -> Sequence[tuple[int, int]]:
    """Where one leg is told from end to end: "left leg from waist to toes"."""
    spans = cues.spans("one_leg")
    if not spans or not _OTHER_TOO.isdisjoint(words := {token.word for token in cues.tokens}):
        return ()
    return () if {"left", "right"} <= words else spans


_OTHER_TOO = frozenset({"both", "other", "second", "bilateral", "each", "either"})


def contrasted(parts: list[tuple[int, int, str]], cues: Cues) -> list[tuple[int, int, str]]:
    """The parts without those that are denied for another: "numb, not my leg, my privates"."""
    denied = [
        part
        for part in parts
        if "not" in cues.words(part[0] - _DENIED_REACH, part[0])
        and _is_denied_place(part[0], cues)
    ]
    others = [part for part in parts if part not in denied and part[2] != "trunk"]
    kept = [
        part
        for part in denied
        if not any(cues.sentence[part[0]] == cues.sentence[other[0]] for other in others)
    ]
    return sorted([*(part for part in parts if part not in denied), *kept])


_DENIED_REACH = 3
_TO_THE_PLACE = words_of("my the his her in on of from down it its is at")


def _is_denied_place(start: int, cues: Cues) -> bool:
    """Whether only small words stand between a "not" and a part: "not in my leg"."""
    k = start - 1
    while k >= 0 and cues.tokens[k].word in _TO_THE_PLACE and not cues.tokens[k + 1].brk:
        k -= 1
    return k >= 0 and cues.tokens[k].word == "not" and not cues.tokens[k + 1].brk


def clauses(cues: Cues) -> list[int]:
    """The clause number of each token."""
    starts = {start for start, _ in cues.spans("terminators")}
    subjects = {start for start, _ in cues.spans("subjects")}
    numbers: list[int] = []
    number = 0
    for k, token in enumerate(cues.tokens):
        new = k and (
            token.brk == HARD
            or k in starts
            or (token.brk == SOFT and k in subjects)
            or (token.word in {"and", "n"} and k + 1 in subjects)
        )
        number += bool(new)
        numbers.append(number)
    return numbers


class Linker:
    """Finds the body parts that a quality belongs to."""

    def __init__(
        self, cues: Cues, parts: Sequence[tuple[int, int, str]], clauses: Sequence[int]
    ) -> None:
        self._cues = cues
        self._parts = parts
        self.clauses = clauses
        self._starts = [start for start, *_ in parts]
        self._sentence = cues.sentence

    def parts_of(self, start: int, stop: int) -> Iterator[tuple[int, int, str]]:
        """The body parts of the quality [start, stop).

        Inside its clause the nearest one, and what is joined to that by "and", "to", "down";
        without any there, the nearest in the sentence; else in the sentence before, then after.
        """
        near = self._near(start, stop) or self._in_neighbour(start)
        if not near:
            return

        def rank(index: int) -> tuple[int, int]:
            first, last, _ = self._parts[index]
            gap = max(first - stop, start - last, 0)
            if gap and last <= start and self._cues.words(last, start) & OWN_COMPLAINT:
                gap = max(gap, _SORE_ITSELF)  # "knees hurt, tingling in my right leg"
            # "tingling in my toes": a part that follows wins over an equally near one before
            return (gap - (1 if first >= stop else 0), first)

        chosen = [self._parts[k] for k in self._joined(min(near, key=rank))]
        yield from [p for p in chosen if p[2] != "trunk"] or chosen

    def is_beside(self, part: tuple[int, int, str], start: int, stop: int) -> bool:
        """Whether a part is of the quality's clause and near, or of another sentence.

        "My leg. It is dead" is a leg's; "the lift is dead, so 9 floors twice, calves sore" is not.
        """
        first, last, _ = part
        if self._sentence[first] != self._sentence[start]:
            return True
        if first - stop > _BESIDE_A_PART or start - last > _BESIDE_A_PART:
            return False
        low, high = min(last, stop), max(first, start)
        between = self._cues.words(low, high)
        if between & _HAD:
            between -= _WHO_HAS_IT  # "the crawling feeling i have in my shin"
        if between & _OTHER_SUBJECT and not between & _STANDS_FOR_IT:
            return False  # "touched my thigh and its dead" speaks of the thigh
        parted = any(token.brk for token in self._cues.tokens[low : high + 1])
        return not (parted and self._cues.words(last, last + 2) & OWN_COMPLAINT)

    def _near(self, start: int, stop: int) -> list[int]:
        low = bisect_left(self._starts, start - NEAR - _CHAINED)
        high = bisect_left(self._starts, stop + NEAR + 1)
        here = [
            k
            for k in range(low, high)
            if self._sentence[self._parts[k][0]] == self._sentence[start]
            and start - self._parts[k][1] <= NEAR
        ]
        limbs = [k for k in here if self._parts[k][2] != "trunk"]
        clause = self.clauses[start]
        return [k for k in limbs if self.clauses[self._parts[k][0]] == clause] or limbs or here

    def _in_neighbour(self, start: int) -> list[int]:
        """Parts of the sentence before, else of the one after, if the quality's has none."""
        number = self._sentence[start]
        if self._of_sentence(number):
            return []
        first, stop = self._cues.bounds(number + 1)
        after = number + 1 if stop - first > 1 else number + 2  # "numb. where? between my legs"
        for other in (number - 1, number + 1, after):
            if found := [k for k in self._of_sentence(other) if self._parts[k][2] != "trunk"]:
                return found
        return []

    def _of_sentence(self, number: int) -> range:
        first, stop = self._cues.bounds(number)
        return range(bisect_left(self._starts, first), bisect_left(self._starts, stop))

    def _joined(self, index: int) -> Iterator[int]:
        """The part and those joined to it."""
        yield index
        for step in (1, -1):
            at = index
            while 0 <= at + step < len(self._parts) and self._are_joined(at, at + step):
                at += step
                yield at

    def _are_joined(self, one: int, other: int) -> bool:
        left, right = sorted((self._parts[one], self._parts[other]))
        if self._sentence[left[0]] != self._sentence[right[0]] or right[0] - left[1] > _CHAINED:
            return False
        return self._cues.words(left[1], right[0]) <= _CHAIN


# "buzzing after the gig, feet sore": the feet have a complaint of their own.
OWN_COMPLAINT = words_of(
    "sore stiff tight ache aches aching achy hurt hurts hurting tired fine ok good killing creaky"
)
_SORE_ITSELF = 4  # words: "in my lower right leg" is nearer
_OTHER_SUBJECT = words_of("and but so then n i we he she they after")
_STANDS_FOR_IT = words_of("it its")
_WHO_HAS_IT = words_of("i he she")
_HAD = words_of("have has had get gets got feel feels felt")
_BESIDE_A_PART = 7  # tokens from such a word to its part


def is_of_a_back(cues: Cues, start: int) -> bool:
    """Whether a clause says of a back or its pain how long: "cant pee. back bad for years"."""
    if start not in cues.of_a_back:
        low, high = clause_around(cues, start)
        cues.of_a_back[start] = bool(cues.words(low, high) & _ILLS) or any(
            cues.near(name, low, high) for name in ("back", "pain")
        )
    return cues.of_a_back[start]


def clause_around(cues: Cues, k: int, begin: Collection[str] = frozenset()) -> tuple[int, int]:
    """The tokens [low, high) around one up to a comma, a full stop or a word that begins another.

    No more than a few to either side, so that a long text takes no longer by its square.
    """
    first, end = cues.bounds(cues.sentence[k])
    first, end = max(first, k - _CLAUSE), min(end, k + _CLAUSE)

    def parts(at: int) -> bool:
        return bool(cues.tokens[at].brk) or cues.tokens[at].word in begin

    low = next((at for at in range(k, first, -1) if parts(at)), first)
    return low, next((at for at in range(k + 1, end) if parts(at)), end)


_CLAUSE = 24


_ILLS = words_of(
    "sciatica disc disk discs arthritis stenosis neck scoliosis spondylosis fibromyalgia spasm "
    "spasms"
)
