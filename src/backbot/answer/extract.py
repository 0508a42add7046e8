"""Hits → the few sentences and list items that answer, verbatim, with citations.

Nothing is generated: every line is a unit of a passage, exactly as it stands in the article. A
list stays whole with the sentence that introduces it, and so does a sequence of steps; of entries
that nothing introduces and that bring their own headings, the best are taken where there is no
room for all. A sentence that leans on the one before it ("also", "this", "the two") brings that
one along, and one that takes back what the one before it says ("but") goes with that. What has
been said once, in nearly the same words, is not said again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from backbot.answer.amounts import families_in, values_in
from backbot.answer.definitions import defines
from backbot.frozen import dataclass
from backbot.kept import compiled
from backbot.model import Hit, Unit

# Words a person reads, list marks and `[n]` included. One list that is longer by itself is shown
# whole and alone where it is what answers best: half a list of steps would be worse than a long
# one. Nothing else is longer, but for a single sentence that is.
MOST_WORDS = 120
MOST_PASSAGES = 3
_LOOKED_AT = 5
_LEAST_SHARE_OF_TOP = 0.65  # passages far below the best one are about something else
_LEAST_SHARE_OF_BEST = 0.7  # and so are units far below the best unit
# The fused score lies in [0, 1] and a unit's in about [0, 1.4]; so the passage counts more.
_PASSAGE_WEIGHT = 5.0
# What a sentence gains that has a figure of the kind that is asked for ("how long", "how often").
_FIGURE = 0.5
# An article's introduction says in short what its sections say: of two, take the section.
_INTRODUCTION = 0.01
_SAME = 0.65  # share of a text's words that stand in another: then it says nothing new
# "Hamstrings are deactivated while a person sits": less in common, but the same in other words.
_SAME_TOPIC, _SAME_MEANING = 0.4, 0.8  # share of words, cosine
# "Rest for a day or two at most", "rest, but no longer than a day or two": one figure, one topic.
_SAME_FIGURES, _LEAST_SHARED = 0.4, 2  # share of words, words
_SHORTEST_WORD = 4  # shorter ones carry no topic
# What is left out of what has been chosen, as shares of a passage's best unit and as a distance
# of fused scores. Each was the last step at which next to no fact was lost.
_LEADS_UP = 0.5
_BESIDE = 0.4
_FAR_BEHIND = 0.1
_ENTRY = 0.7  # share of the best entry's score, where there is no room for all entries
_ENTRY_WORDS = 8  # on average, from which entries say something by themselves
_FEW_WORDS = 3  # of fewer, two list items may share most and still be two things
_STEM = 6  # letters that show two words to be one in another form

_WORD = compiled(r"[^\W_]+")
_LEANS = compiled(
    r"^(?:this|that|these|those|it|its|they|their|them|such|both|he|she|then|also|but|so|and|"
    r"however|one|another|other|the (?:two|first|second|other|same)|on the (?:other|contrary)|in "
    r"(?:contrast|addition)|for (?:example|instance)|as a result|thus|hence|moreover|furthermore|"
    r"additionally|similarly|likewise|instead(?! of)|otherwise)\b"
    r"|\b(?:also|too(?=[.,;]|$)|as well(?! as)|instead(?! of)|the two|therefore|such(?! as)"
    r"|(?:is|are) another)\b"
    # Of what is not said in the sentence itself: "discomfort in standing can follow over time"
    r"|^[^,]*\b(?:can|may) follow(?= over time|[.])"
    r"|\b(?:is a common|(?:is|are) (?:often )?the) result(?=[.])"
    # "Tight hamstrings then make": of something before; not "first cold, and then heat"
    r"|^(?!.*\b(?:if|when|because|first|and|after)\b.*\bthen\b)[^,]*\bthen\b",
    re.IGNORECASE,
)
# "It can be tempting to stay in bed. But this makes it worse": the second takes back the first.
_TAKES_BACK = compiled(r"^(?:but|however|yet)\b", re.IGNORECASE)
# "Chronic stress: Raises cortisol, which ...": an item that brings its own heading.
_BRINGS_HEADING = compiled(r"^[^\w.:]*[A-Z][^.:!?]{1,40}[.:]\W+\S.*[.]\W*$", re.DOTALL)
# "The stretches can be done at home", after "Hamstring stretches should be done …".
_NAMES = compiled(r"^The (?!lower|upper|spin|muscle|pelvi|hamstring)(?P<name>[a-z]{5,})\b")


@dataclass(frozen=True)
class Excerpt:
    """Units of one passage that are shown together.

    Attributes:
        hit: Where they stand.
        units: One sentence, a lead-in and its list, or entries of a list.
        first: Number of the first unit in the passage.
        score: How well they answer.
        defines: Whether they say what that is whose meaning is asked for.
    """

    hit: Hit
    units: tuple[Unit, ...]
    first: int
    score: float
    defines: bool = False

    @property
    def own_score(self) -> float:
        """How well they answer, whatever passage they stand in."""
        return self.score - _PASSAGE_WEIGHT * self.hit.score

    @cached_property
    def words(self) -> int:
        """How long it is to read, list marks included."""
        return sum([read(u.text).words + (u.kind != "sentence") for u in self.units])

    def gives(self, figures: frozenset[str]) -> bool:
        """Whether a figure of these families stands in it."""
        return any(not figures.isdisjoint(families_in(unit.text)) for unit in self.units)

    @cached_property
    def leans(self) -> bool:
        """Whether it cannot be understood without the sentence before it."""
        if self.first == 0 or len(self.units) > 1:
            return False
        text = self.units[0].text
        return read(text).leans or _names_again(text, self.hit.passage.units[self.first - 1].text)

    @property
    def takes_back(self) -> bool:
        """Whether the sentence before it must not be read without it."""
        return len(self.units) == 1 and read(self.units[0].text).takes_back

    def without_lesser_entries(self) -> Excerpt | None:
        """The best entries of a list that is led in by nothing and whose items bring headings.

        None for any other list, and for one whose items are few words each.
        """
        words = sum(read(unit.text).words for unit in self.units)
        entries = all(u.kind == "item" and _BRINGS_HEADING.match(u.text) for u in self.units)
        if not entries or words < _ENTRY_WORDS * len(self.units):
            return None
        scores = self.hit.unit_scores[self.first : self.first + len(self.units)]
        least = _ENTRY * max(scores, default=0.0)
        kept = tuple(u for u, score in zip(self.units, scores, strict=False) if score >= least)
        return replace(self, units=kept) if kept else None

    @cached_property
    def topic_words(self) -> frozenset[str]:
        """What it is about, for comparing it with others."""
        first, *others = self._unit_words
        return first.union(*others) if others else first

    @cached_property
    def _unit_words(self) -> list[frozenset[str]]:
        return [read(unit.text).topic_words for unit in self.units]

    def repeats(self, other: Excerpt) -> bool:
        """Whether it says hardly more than another one, or one unit of it the same."""
        mine, theirs = self.topic_words, other.topic_words
        if len(mine & theirs) >= _SAME * len(mine):
            return True
        if len(self.units) == 1:  # what is not so of all the other's words is so of no unit's
            return self._gives_the_same(other) or self._means_the_same(other)
        return any(
            len(one & two) >= _SAME * len(one | two) > 0
            for one in self._unit_words
            if len(one) >= _FEW_WORDS
            for two in other._unit_words
        )

    def _gives_the_same(self, other: Excerpt) -> bool:
        """Whether it is one sentence whose figures another one gives for the same thing."""
        values, words = values_in(self.units[0].text), self.topic_words
        least = max(_LEAST_SHARED, _SAME_FIGURES * len(words))
        return bool(values) and any(
            values <= values_in(unit.text) and len(words & others) >= least
            for unit, others in zip(other.units, other._unit_words, strict=True)
        )

    def _means_the_same(self, other: Excerpt) -> bool:
        """Whether it is one sentence that another one says in other words."""
        mine, theirs = self.hit.unit_vectors, other.hit.unit_vectors
        if len(self.units) > 1 or mine is None or theirs is None:
            return False
        if self.hit.passage.passage_id == other.hit.passage.passage_id:
            return False  # whoever wrote the one below the other meant two things
        words = self.topic_words
        all_units = other.hit.passage.units
        return any(
            len(words & others) >= _SAME_TOPIC * min(len(words), len(others))
            and float(mine[self.first] @ theirs[all_units.index(unit)]) >= _SAME_MEANING
            for unit, others in zip(other.units, other._unit_words, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Read:
    """What choosing needs of one unit's text.

    Attributes:
        words: How many.
        leans: Whether it points back at what stands before it.
        takes_back: Whether it begins by contradicting what stands before it.
        topic_words: Beginnings of the words that carry a topic.
    """

    words: int
    leans: bool
    takes_back: bool
    topic_words: frozenset[str]


# Of articles' texts only, never of people's.
@lru_cache(maxsize=16384)
def read(text: str) -> Read:
    """What choosing needs of a unit's text, remembered."""
    words = _WORD.findall(text.casefold())
    telling = frozenset(w[:_STEM] for w in words if len(w) >= _SHORTEST_WORD or w.isdigit())
    leans, takes_back = bool(_LEANS.search(text)), bool(_TAKES_BACK.match(text))
    return Read(len(text.split()), leans, takes_back, telling)


def _names_again(text: str, before: str) -> bool:
    """Whether a sentence begins with a thing that the one before it has brought up."""
    found = _NAMES.match(text)
    if not found:
        return False
    name = re.escape(found["name"].removesuffix("s")[:_STEM])
    mentions = [m.start() for m in re.finditer(rf"\b{name}", before, re.IGNORECASE)]
    return any(not before[:at].casefold().endswith("the ") for at in mentions)


# Excerpts of one passage that may be quoted in one go: between two of them nothing is left out
# that must not be shown.
_Stretch = tuple[Excerpt, ...]


def choose(
    hits: Sequence[Hit],
    *,
    most_words: int = MOST_WORDS,
    allowed: Callable[[str], bool] = lambda _text: True,
    figures: frozenset[str] = frozenset(),
    term: tuple[str, ...] = (),
    follows_up: bool = False,
) -> tuple[Excerpt, ...]:
    """The excerpts that answer, in reading order: first the passage with the best of them.

    Args:
        hits: Best first, with unit scores.
        most_words: All excerpts together stay within it, `[n]` marks included, but for one list
            or sentence that is longer by itself and answers best; that one then stands alone.
        allowed: Whether a unit may be shown at all. What is not allowed is not between two
            excerpts of one passage either, so a quotation from the first to the last is safe.
        figures: Families of figures that the question asks for, as `amounts.asked_for` tells.
        term: What the question asks the meaning of, as `definitions.term_of` tells.
        follows_up: Whether it was searched for together with what was asked before it. The best
            passage is then often about that, so the others are kept.

    Returns:
        Of at most `MOST_PASSAGES` passages; at least one excerpt where any may be shown that can
        be understood by itself.
    """
    stretches = [
        stretch
        for hit in _near(hits, 1.0 if follows_up else _FAR_BEHIND)
        for stretch in _stretches(hit, allowed, figures, term)
    ]
    if term and not any(excerpt.defines for stretch in stretches for excerpt in stretch):
        # Introductions say what a thing is, and rank behind the sections that say more.
        stretches += _defining(hits, allowed, term)
    place_of = {id(e): (stretch, k) for stretch in stretches for k, e in enumerate(stretch)}
    excerpts = [excerpt for stretch in stretches for excerpt in stretch]
    least = max((e.score for e in excerpts), default=0.0) * _LEAST_SHARE_OF_BEST
    choice = _Choice(most_words)
    for excerpt in sorted(excerpts, key=lambda e: (not e.defines, -e.score)):
        if choice.excerpts and excerpt.score < least:
            break
        stretch, at = place_of[id(excerpt)]
        first, last = _with_what_it_needs(stretch, at)
        if not stretch[first].leans:  # else what it leans on may not be shown
            # A single sentence left out between two shown ones reads like a mistake, and what
            # it says may be what the two need to be understood rightly: so it goes first.
            start = first - (
                first > 1 and choice.lacks_only(stretch[first - 1], stretch[first - 2])
            )
            end = last + 1
            end += end + 1 < len(stretch) and choice.lacks_only(stretch[end], stretch[end + 1])
            choice.add(stretch, stretch[start:end])
            choice.add(stretch, stretch[first : last + 1])  # where there is no room for both
            if part := excerpt.without_lesser_entries():  # nor for the list; else it repeats that
                choice.add(stretch, (*stretch[first:at], part, *stretch[at + 1 : last + 1]))
    best: dict[int, tuple[bool, float]] = {}
    for excerpt in choice.excerpts:
        own = (excerpt.defines, excerpt.score)
        best[excerpt.hit.rank] = max(own, best.get(excerpt.hit.rank, own))
    order = sorted(best, key=lambda rank: best[rank], reverse=True)
    passages = [sorted((e for e in choice.excerpts if e.hit.rank == r), key=_place) for r in order]
    if follows_up:
        if passages and figures:
            passages[0] = list(_without_lead_up(passages[0], figures))
        return tuple(e for excerpts in passages for e in excerpts)
    return _to_the_point(passages, figures)


def _with_what_it_needs(stretch: _Stretch, at: int) -> tuple[int, int]:
    """The first and the last of the excerpts without which one cannot be understood rightly."""
    first = last = at
    while first and stretch[first].leans:
        first -= 1
    # A list may fill an answer by itself, and what follows it seldom takes all of it back.
    while len(stretch[last].units) == 1 and last + 1 < len(stretch):
        if not stretch[last + 1].takes_back:
            break
        last += 1
    return first, last


def _place(excerpt: Excerpt) -> int:
    return excerpt.first


def _to_the_point(
    passages: Sequence[Sequence[Excerpt]], figures: frozenset[str]
) -> tuple[Excerpt, ...]:
    """What is left of what was chosen when all that is beside the point is left out.

    Args:
        passages: The excerpts of each passage in reading order, the best passage first.
        figures: Families of figures that the question asks for.
    """
    if not passages:
        return ()
    shown = list(_without_lead_up(passages[0], figures))
    for excerpts in passages[1:]:
        shown += _what_answers_too(excerpts, shown)
    return tuple(shown)


def _without_lead_up(excerpts: Sequence[Excerpt], figures: frozenset[str]) -> Sequence[Excerpt]:
    """The best passage from the sentence on that answers, or one that nearly does.

    Where a figure is asked for and the best sentence has one, that is the first with a figure.
    """
    best = max(excerpts, key=lambda e: e.own_score)
    enough = min(best.own_score, _LEADS_UP * best.own_score)  # a score may be below 0
    gives = figures if best.gives(figures) else frozenset()
    start = next(
        k
        for k, e in enumerate(excerpts)
        if e.defines or (e.own_score >= enough and (not gives or e.gives(gives)))
    )
    while start and excerpts[start].leans:
        start -= 1
    return excerpts[start:]


def _what_answers_too(excerpts: Sequence[Excerpt], said: Sequence[Excerpt]) -> list[Excerpt]:
    """Of a further passage, what answers about as well as its best sentence, and is new."""
    enough = _BESIDE * max(e.own_score for e in excerpts)
    keep = {
        k
        for k, e in enumerate(excerpts)
        if e.defines or (e.own_score >= enough and not any(e.repeats(other) for other in said))
    }
    for k in sorted(keep, reverse=True):
        at = k
        while at and excerpts[at].leans:
            at -= 1
            keep.add(at)
    for k, excerpt in enumerate(excerpts):
        if excerpt.takes_back and k - 1 in keep and excerpt.first == excerpts[k - 1].first + 1:
            keep.add(k)
    keep |= {k for k in range(1, len(excerpts) - 1) if {k - 1, k + 1} <= keep}
    return [excerpts[k] for k in sorted(keep)]


def near_excerpts(hits: Sequence[Hit], allowed: Callable[[str], bool]) -> tuple[Excerpt, ...]:
    """Everything that may be shown of the passages that are near enough, best passage first."""
    return tuple(
        excerpt
        for hit in _near(hits)
        for stretch in _stretches(hit, allowed)
        for excerpt in stretch
    )


class _Choice:
    """What has been chosen so far, and what still fits."""

    def __init__(self, most_words: int) -> None:
        self._most_words = most_words
        self._words = 0
        self._chosen: set[int] = set()
        self.excerpts: list[Excerpt] = []
        self.stretches: dict[str, _Stretch] = {}

    def has(self, excerpt: Excerpt) -> bool:
        """Whether this one has been chosen."""
        return id(excerpt) in self._chosen

    def lacks_only(self, between: Excerpt, beyond: Excerpt) -> bool:
        """Whether the one beyond has been chosen, and this one says what has not been said."""
        return (
            self.has(beyond)
            and not self.has(between)
            and not any(between.repeats(other) for other in self.excerpts)
        )

    def add(self, stretch: _Stretch, run: Sequence[Excerpt]) -> None:
        """Take a run of excerpts whole, where it fits and says something new."""
        passage_id = run[0].hit.passage.passage_id
        known = self.stretches.get(passage_id)
        if known is None and len(self.stretches) >= MOST_PASSAGES:
            return
        if known is not None and known is not stretch:
            return
        new = [excerpt for excerpt in run if not self.has(excerpt)]
        if not new:
            return
        words = self._words + sum([excerpt.words for excerpt in new])
        marks = len(self.stretches) + (known is None)
        if words + marks > self._most_words and (self.excerpts or len(run) > 1):
            return
        if any(excerpt.repeats(other) for excerpt in new for other in self.excerpts):
            return
        self._words = words
        self._chosen.update(map(id, new))
        self.excerpts.extend(new)
        self.stretches[passage_id] = stretch


def _near(hits: Sequence[Hit], behind: float = 1.0) -> Iterator[Hit]:
    """The passages that are near enough to the best one, at most so far behind it."""
    for hit in hits[:_LOOKED_AT]:
        if hit.score < max(hits[0].score * _LEAST_SHARE_OF_TOP, hits[0].score - behind):
            return
        yield hit


def _defining(
    hits: Sequence[Hit], allowed: Callable[[str], bool], term: tuple[str, ...]
) -> Iterator[_Stretch]:
    """What of farther passages says what a thing is, and nothing else of them."""
    for hit in hits:
        for stretch in _stretches(hit, allowed, term=term):
            for excerpt in stretch:
                if excerpt.defines and not excerpt.leans:
                    yield (excerpt,)


def _stretches(
    hit: Hit,
    allowed: Callable[[str], bool],
    figures: frozenset[str] = frozenset(),
    term: tuple[str, ...] = (),
) -> Iterator[_Stretch]:
    """The passage's excerpts, parted where something may not be shown."""
    stretch: list[Excerpt] = []
    for first, units in groups(hit.passage.units):
        dangling = len(units) == 1 and (units[0].lead_in or asks(units[0]))
        if dangling or not all(allowed(unit.text) for unit in units):
            if stretch:
                yield tuple(stretch)
            stretch = []
            continue
        best = max(hit.unit_scores[first : first + len(units)], default=0.0)
        score = best + _PASSAGE_WEIGHT * hit.score
        if not hit.passage.section:
            score -= _INTRODUCTION
        defining = bool(term) and defines(units[0].text, term)
        excerpt = Excerpt(hit, tuple(units), first, score, defining)
        if figures and excerpt.gives(figures):
            excerpt = replace(excerpt, score=score + _FIGURE)
        stretch.append(excerpt)
    if stretch:
        yield tuple(stretch)


def groups(units: Sequence[Unit]) -> Iterator[tuple[int, list[Unit]]]:
    """Units that belong together: a sentence alone, a list with its lead-in, a question answered.

    A question that an article asks is nothing without its answer, and "No." is nothing without
    its question: pages bring whole lists of questions under one heading.

    Yields:
        Number of the first unit, and the units.
    """
    k = 0
    while k < len(units):
        stop = k + 1
        if units[k].lead_in or units[k].kind != "sentence":
            while stop < len(units) and units[stop].kind != "sentence":
                stop += 1
        elif asks(units[k]):
            stop = _answered(units, k)
        yield k, list(units[k:stop])
        k = stop


def asks(unit: Unit) -> bool:
    """Whether a sentence is a question."""
    return unit.kind == "sentence" and unit.text.rstrip("*_ ").endswith("?")


def _answered(units: Sequence[Unit], asked: int) -> int:
    """Where the answer to a question ends: with its paragraph, or with the one below it."""
    stop = asked + 1
    if stop == len(units):
        return stop
    block = units[stop].block
    while (
        stop < len(units)
        and units[stop].block == block
        and units[stop].kind == "sentence"
        and not units[stop].lead_in
        and not asks(units[stop])
    ):
        stop += 1
    return stop
