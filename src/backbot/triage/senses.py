"""Word senses that are no signs, and when the words are a sign nevertheless.

`guards.toml` lists phrases whose words are not read: "frozen peas", "a wee walk". The same words
may be a sign's: "like frozen peas between my legs", "cant hold my wee walk is hard". A phrase
hides nothing where it is what something feels like, where a sign reaches over its edge, where a
body part stands at it, or where a longer phrase under `unless` says so. In doubt the sign wins.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from backbot.triage.context.cues import Cues
from backbot.triage.text import words_of

Place = tuple[int, int]
"""A token range [start, stop)."""

_LIKE_REACH = 6  # words between "like" and a thing: "like someone has put numbing cream"
_LIKE = words_of("like though if")
_LIKES = words_of("would id i you we they he she dont didnt do looks look sounds things stuff")
_AND = words_of("and n but so then")
# What stands between a body part and what is said of it: "my legs keep going dead".
_IS = words_of(
    "is are was were be been go goes gone going went get gets getting got feel feels felt feeling "
    "so very really totally completely just all both still now always keep keeps turned became "
    "it its they theyre too a bit quite more has have had"
)
# The other way round: "numb patch on the inside of my thigh".
_IN = words_of(
    "in into through down at inside outside round around over of my the his her both left right "
    "whole all up pain pains feeling feelings sensation sensations patch patches one side insides "
    "running going shooting travelling moving"
)
# What begins the place of something felt: "static shocks | down both legs".
_DOWN = words_of(
    "in into through down inside across between below from going running shooting travelling all "
    "feeling feelings sensation sensations"
)


def other_senses(name: str, cues: Cues) -> list[Place]:
    """Places of a class of phrases that are no signs, without those that are a part of one.

    Args:
        name: The class.
        cues: The marked text.

    Returns:
        Sorted. Not those that a comma parts ("hit by a bus, deadline"), and not those in a
        phrase under `unless`: "fell down the | wet stairs".
    """
    if not (places := _unparted(name, cues)):
        return []
    signs = _unparted("guard_unless", cues)
    return [
        (start, stop)
        for start, stop in places
        if not any(first < stop and start < last for first, last in signs)
    ]


def _unparted(name: str, cues: Cues) -> list[Place]:
    """Places of a class without a comma inside."""
    breaks = [k for k, token in enumerate(cues.tokens) if token.brk]
    return [
        (start, stop)
        for start, stop in cues.spans(name)
        if bisect_left(breaks, start + 1) == bisect_left(breaks, stop)
    ]


def united(places: Sequence[Place]) -> list[Place]:
    """Sorted places, those that overlap as one: "leg of my desk", "desk gave way"."""
    found: list[Place] = []
    for start, stop in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


def is_likened(cues: Cues, place: Place) -> bool:
    """Whether a thing is what something feels like: "like knitting needles in both feet"."""
    for k in range(place[0] - 1, max(place[0] - _LIKE_REACH, 0) - 1, -1):
        if cues.tokens[k + 1].brk:
            return False
        if cues.tokens[k].word in _LIKE:
            return not cues.words(k - 1, k) & _LIKES
    return False


def crosses(cues: Cues, place: Place, sign: Place) -> bool:
    """Whether a sign reaches over the edge of a place: "cant hold my wee | pain is bad".

    Not over a comma or an "and": "breathless with laughter, back stiff".
    """
    start, stop = place
    first, last = sign
    if first >= stop or start >= last:
        return False
    before = first < start and not (cues.tokens[start].brk or cues.words(start - 1, start) & _AND)
    behind = stop < last and not (cues.tokens[stop].brk or cues.words(stop, stop + 1) & _AND)
    return before or behind


def is_felt_there(
    cues: Cues, qualities: Sequence[Place], parts: Sequence[Place], place: Place
) -> bool:
    """Whether a quality and its body part stand side by side over the edge of a place.

    "legs go | dead early", "numb | balls of my feet", "| static shocks | down both legs".

    Args:
        cues: The marked text.
        qualities: Where something is numb, dead, tingling, … near the place.
        parts: Where limbs and the like are named.
        place: Of the phrase.
    """
    start, stop = place
    for first, last in qualities:
        felt_inside = first < stop and start < last
        for low, high in parts:
            if felt_inside == (low < stop and start < high):
                continue
            if high <= first:
                between = (high, first, _IS)
            elif felt_inside and low >= stop and cues.tokens[stop].word in _DOWN:
                between = (stop, low, _IN)
            else:
                between = (last, low, _IN)
            if _are_side_by_side(cues, *between):
                return True
    return False


def _are_side_by_side(cues: Cues, start: int, stop: int, words: AbstractSet[str]) -> bool:
    """Whether nothing but these words stands in a range, and nothing parts it."""
    if start > stop or not cues.words(start, stop) <= words:
        return False
    return not any(token.brk for token in cues.tokens[start : stop + 1])
