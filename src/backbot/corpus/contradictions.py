"""Two sentences that give different figures for what looks like the same thing.

| step | what is done |
|---|---|
| read | every figure with the words that tell what it is about: its clause; where that says little ("Hold for 30 seconds."), the headings above it and the line before its list as well |
| pair | figures of one family (times, rates, shares, …) that share a telling word, in two sentences; each figure with the one that it has most in common with |
| leave out | one holds the other ("15-20 minutes", "20 minutes"); words that are told apart on purpose (ice and heat, sitting and lying); what stands in one paragraph or one list; stages of a plan |
| score | how many of their telling words the two share, rare words counting more |

It is a machine's guess: the warning shows both sentences and leaves the judgement to a reader.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from backbot.corpus.figures import Figure, figures_of
from backbot.corpus.issue import Issue, Place, issue_at, shown
from backbot.corpus.prose import Prose, Sentence
from backbot.corpus.words import Weights, opposites, topic_words

_LEAST_SCORE = 0.55
# One rather rare word; more where unlike things are counted in the same way.
_LEAST_SHARED = {"": 0.6, "count": 0.8, "share": 1.0, "year": 1.2}
_SAYS_LITTLE = 0.7
_SAME_UNIT_TOLERANCE = 0.02
_TOLERANCE = 0.1  # twelve weeks are three months; "about"
_MOST_RATIO = 40.0  # minutes and days are never the same thing
_ALMOST_AS_GOOD = 0.1

_CLAUSE = re.compile(r"[,;:()]|\b(?:and|then|but|while|whereas|or)\b")
_STAGE = re.compile(
    r"""
      \b(?:weeks?|days?|months?|stages?|phases?|levels?|steps?|parts?|grades?)\s+
      (?:\d+|one|two|three|four|five|six)(?:\s*(?:[-–]|to)\s*\d+)?\b
    | \b(?P<first>(?:start|begin)(?:ning|ing)?\ with|at\ first)\b
    | \b(?P<later>until\ you\ can|(?:build|work)(?:ing)?\ up|increas(?:e|ing)|later)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """One figure and what it is about.

    Attributes:
        sentence: Where it stands.
        figure: The figure.
        about: Stems of the words that tell what it is about.
        stages: Of a plan: "week 2" and such, "first" or "later".
    """

    sentence: Sentence
    figure: Figure
    about: frozenset[str]
    stages: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Pair:
    score: float
    one: _Claim
    other: _Claim


def differing_figures(proses: Iterable[Prose]) -> Iterator[Issue]:
    """Warnings about figures that differ though they seem to be about the same thing.

    Articles that are not in English are left out.
    """
    proses = [prose for prose in proses if prose.english]
    sentences = [(prose, sentence) for prose in proses for sentence in prose.sentences]
    weights = Weights.of(topic_words(sentence.text) for _, sentence in sentences)
    claims = [
        claim for prose, sentence in sentences for claim in _claims(prose, sentence, weights)
    ]
    pairs = [pair for matched in _matched(claims, weights) for pair in matched if _differ(pair)]
    yield from _issues(sorted(pairs, key=lambda pair: -pair.score))


# --------------------------------------------------------------------------- read


def _claims(prose: Prose, sentence: Sentence, weights: Weights) -> Iterator[_Claim]:
    found = figures_of(sentence.text)
    if not found:
        return
    said = _blanked(sentence.text, found)
    stages = frozenset(
        stage.lastgroup or stage.group().casefold()
        for text in (sentence.section, sentence.lead_in, said)
        for stage in _STAGE.finditer(text)
    )
    headings = (
        topic_words(f"{sentence.section} {sentence.lead_in}"),
        topic_words(prose.article.meta.title),
    )
    for figure in found:
        about = set(_clause_words(sentence.text, figure, found)) | figure.things
        for more in headings:
            if weights.sum(about) < _SAYS_LITTLE:
                about |= set(more)
        yield _Claim(sentence, figure, frozenset(about), stages)


def _clause_words(text: str, figure: Figure, figures: Sequence[Figure]) -> tuple[str, ...]:
    """The telling words of the sentence; of the figure's clause where others are like it."""
    blanked = _blanked(text, figures)
    alike = [other for other in figures if other.family == figure.family]
    if len(alike) > 1:
        starts = [0, *(m.end() for m in _CLAUSE.finditer(blanked)), len(text)]
        start = max(n for n in starts if n <= figure.start)
        end = min((n for n in starts if n >= figure.end), default=len(text))
        own = topic_words(blanked[start:end])
        if own:
            return own
    return topic_words(blanked)


def _blanked(text: str, figures: Iterable[Figure]) -> str:
    """The sentence with its figures blanked."""
    for figure in figures:
        width = figure.end - figure.start
        text = text[: figure.start] + " " * width + text[figure.end :]
    return text


# --------------------------------------------------------------------------- pair


def _matched(claims: Sequence[_Claim], weights: Weights) -> Iterator[list[_Pair]]:
    """For every two sentences, which figure of one goes with which of the other."""
    pairs: dict[tuple[Place, str, Place, str], list[_Pair]] = {}
    for one, other in _candidates(claims, weights):
        score = _score(one, other, weights)
        if score >= _LEAST_SCORE:
            key = (
                one.sentence.place,
                one.sentence.text,
                other.sentence.place,
                other.sentence.text,
            )
            pairs.setdefault(key, []).append(_Pair(score, one, other))
    for found in pairs.values():
        found.sort(key=lambda pair: -pair.score)
        yield _best(found)


def _candidates(claims: Sequence[_Claim], weights: Weights) -> Iterator[tuple[_Claim, _Claim]]:
    """Claims of one family in two sentences that share a telling word; each pair once."""
    owners: dict[tuple[str, str], list[int]] = {}
    for n, claim in enumerate(claims):
        telling = [stem for stem in claim.about if weights[stem] >= 0.3]  # noqa: PLR2004
        seen: set[int] = set()
        for stem in telling:
            key = (claim.figure.family, stem)
            seen.update(owners.get(key, ()))
            owners.setdefault(key, []).append(n)
        for other in sorted(seen):
            if _comparable(claims[other], claim):
                yield claims[other], claim


def _comparable(one: _Claim, other: _Claim) -> bool:
    if one.sentence is other.sentence:
        return False
    place, there = one.sentence.place, other.sentence.place
    if place.file == there.file and one.sentence.block == other.sentence.block:
        return False  # "Start with ten minutes. Add more until you can walk for an hour."
    if one.stages and other.stages and one.stages != other.stages:
        return False
    if one.figure.per != other.figure.per and (
        one.figure.family == "time" or (one.figure.per and other.figure.per)
    ):
        return False
    if one.figure.things.isdisjoint(other.figure.things) and one.figure.family == "count":
        return False
    return not opposites(one.about, other.about)


def _score(one: _Claim, other: _Claim, weights: Weights) -> float:
    """How much two claims are about the same thing, from 0 to 1."""
    shared = weights.sum(one.about & other.about)
    if shared < _LEAST_SHARED.get(one.figure.family, _LEAST_SHARED[""]):
        return 0.0
    mine, theirs = weights.sum(one.about), weights.sum(other.about)
    contained = shared / min(mine, theirs)
    dice = 2 * shared / (mine + theirs)
    return (contained + dice) / 2


def _best(found: list[_Pair]) -> list[_Pair]:
    """Each figure with its best partner; none that agrees with another one nearly as good."""
    taken: set[tuple[int, Figure]] = set()
    chosen = []
    for pair in found:
        ends = {(0, pair.one.figure), (1, pair.other.figure)}
        if not taken & ends:
            taken |= ends
            chosen.append(pair)
    return [
        pair
        for pair in chosen
        if not any(
            rival.score >= pair.score - _ALMOST_AS_GOOD
            and (rival.one.figure == pair.one.figure or rival.other.figure == pair.other.figure)
            and not _differ(rival)
            for rival in found
        )
    ]


# --------------------------------------------------------------------------- compare


def _differ(pair: _Pair) -> bool:
    """Whether the two figures cannot both be meant, as far as numbers tell."""
    one, other = pair.one.figure, pair.other.figure
    tolerance = _SAME_UNIT_TOLERANCE if one.unit == other.unit else _TOLERANCE
    if "about" in (one.bound, other.bound):
        tolerance = max(tolerance, _TOLERANCE)
    if one.family == "year":
        tolerance = 0.0
    if _apart(one, other):
        return False
    if one.bound == other.bound == "least":
        return not _near(one.low, other.low, tolerance)
    if one.bound == other.bound == "most":
        return not _near(one.high, other.high, tolerance)
    return not (_holds(one, other, tolerance) or _holds(other, one, tolerance))


def _apart(one: Figure, other: Figure) -> bool:
    """Whether the two are so far apart that they cannot be about one thing."""
    smaller, larger = sorted((max(one.high, 1e-9), max(other.high, 1e-9)))
    return larger / smaller > _MOST_RATIO


def _near(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)


def _holds(outer: Figure, inner: Figure, tolerance: float) -> bool:
    """Whether every value of `inner` is one of `outer`."""
    low, high = _span(outer)
    inner_low, inner_high = _span(inner)
    return low <= inner_low * (1 + tolerance) and inner_high <= high * (1 + tolerance)


def _span(figure: Figure) -> tuple[float, float]:
    if figure.bound == "least":
        return figure.low, math.inf
    return (0.0 if figure.bound == "most" else figure.low), figure.high


# --------------------------------------------------------------------------- tell


def _issues(pairs: Sequence[_Pair]) -> Iterator[Issue]:
    """A warning for each pair; the same figure against the same other one is told once."""
    told: dict[tuple[Place, str, str], list[_Pair]] = {}
    for pair in pairs:
        mine = (pair.other.sentence.place, pair.other.figure.text, _value(pair.one))
        theirs = (pair.one.sentence.place, pair.one.figure.text, _value(pair.other))
        group = told.get(mine) or told.get(theirs)
        if group:
            group.append(pair)
            told.setdefault(mine, group)
            told.setdefault(theirs, group)
        else:
            told[mine] = told[theirs] = [pair]
    shown_groups: set[int] = set()
    for group in told.values():
        if id(group) not in shown_groups:
            shown_groups.add(id(group))
            yield _issue(group)


def _value(claim: _Claim) -> str:
    figure = claim.figure
    return f"{figure.family} {figure.low:.4g} {figure.high:.4g}"


def _issue(group: Sequence[_Pair]) -> Issue:
    one, other = group[0].one, group[0].other
    here, there = other.sentence.place, one.sentence.place
    places = {claim.sentence.place: None for pair in group for claim in (pair.one, pair.other)}
    others = tuple(place for place in places if place != here)
    more = [str(place) for place in others if place != there]
    also = f" See also {'; '.join(more)}." if more else ""
    return issue_at(
        "warning",
        "figures",
        here,
        f'"{other.figure.text}" here and "{one.figure.text}" in {there} may be about the same '
        f"thing. Here: {shown(other.sentence.text, 160)}. There: "
        f"{shown(one.sentence.text, 160)}. Find out which is right and correct the other; if "
        f"both are right, say in both sentences what makes the difference.{also}",
        others,
    )
