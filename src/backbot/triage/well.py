"""Clauses that say no more than that a part is well, or only sore: "legs are ok".

What they name is no part of the sign beside them: "pain down to my left knee, right one's fine"
is of one leg, "pain into my elbow, legs are ok" of an arm; so is what stands before "the right
one is only sore cos of squats".
"""

from __future__ import annotations

from collections.abc import Iterator

from backbot.triage.context.cues import Cues
from backbot.triage.text import words_of

_WELL = words_of("ok okay fine normal good alright grand great perfect well")
_SMALL = words_of(
    "my the his her their both all other left right one ones side sides is are feel feels seem "
    "seems s still just perfectly totally completely absolutely yes yeah also too and so far all "
    "walking working works work thank god luckily touch wood"
)
_ONLY, _SORE = words_of("only just"), words_of("sore achy stiff tired")
_WHY = words_of("cos because from after cause coz")
_SIDES = words_of("left right other")
_PARTS = ("leg", "leg_both", "arm", "trunk", "buttock", "saddle", "face", "bladder_word", "toilet")
_MOST = 8  # words
# What takes it back: "legs fine, then they gave way", "bladder ok until today".
_TURNS = words_of(
    "then but until till except when though although however only apart unless it they its "
    "theyre which that without if while"
)
_NOT_SO = words_of("not isnt arent cant cannot wont dont doesnt")


def well_clauses(cues: Cues) -> Iterator[tuple[int, int]]:
    """The token ranges of such clauses.

    Args:
        cues: The marked text.
    """
    tokens = cues.tokens
    words = cues.words(0, len(tokens))
    if words.isdisjoint(_WELL) and (words.isdisjoint(_ONLY) or words.isdisjoint(_SORE)):
        return
    parts = {k for name in cues.here(_PARTS) for a, b in cues.spans(name) for k in range(a, b)}
    begin = 0
    for end in range(1, len(tokens) + 1):
        if end < len(tokens) and not tokens[end].brk:
            continue
        if 1 < _told(cues, begin, end) - begin <= _MOST and _says_well(cues, begin, end, parts):
            yield begin, end
        begin = end


def _told(cues: Cues, begin: int, end: int) -> int:
    """Where a clause ends but for the reason it gives: "just sore from the gym"."""
    return next((k for k in range(begin + 1, end) if cues.tokens[k].word in _WHY), end)


def _says_well(cues: Cues, begin: int, end: int, parts: set[int]) -> bool:
    tokens = cues.tokens
    stop = _told(cues, begin, end)
    last, before = tokens[stop - 1].word, tokens[stop - 2].word
    if not (last in _WELL and stop == end) and not (last in _SORE and before in _ONLY):
        return False
    if end < len(tokens) and (tokens[end].word in _TURNS or _is_denied_next(cues, end)):
        return False
    told = [k for k in range(begin, stop) if tokens[k].word not in _SMALL | _WELL | _ONLY | _SORE]
    if not all(k in parts for k in told):
        return False
    return bool(told) or not cues.words(begin, end).isdisjoint(_SIDES)


def _is_denied_next(cues: Cues, begin: int) -> bool:
    """Whether the next clause says "not": "bladder fine, bowels not so"."""
    tokens = cues.tokens
    end = next((k for k in range(begin + 1, len(tokens)) if tokens[k].brk), len(tokens))
    return not cues.words(begin, end).isdisjoint(_NOT_SO)
