"""What says that a sign is none: the `unless` of its rule, where it speaks of that sign.

"chest pain" is none where a muscle is told of beside it, and a wee that "passes fine" is no
retention. Such words count in the sign's own clause only, not where they are denied, and the more
a sign weighs, the nearer they must stand: an emergency has to share a word with them, and what it
is put down to lowers nothing (docs/safety.md, H2 and H4).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from backbot.model import Tier
from backbot.triage.context.cues import Cues
from backbot.triage.context.negation import TELLING
from backbot.triage.lexicon import find
from backbot.triage.parts import (
    BESIDE,
)
from backbot.triage.rules import NEGATIVE_WORDS, Rule
from backbot.triage.text import words_of

_UNLESS = 5  # tokens between a sign and what says it is none
_LONGEST_UNLESS = 20
# A question that begins without a comma parts too: "legs not responding how do i stretch".
_PARTING = words_of("and but now n then how which what whats should could can best any")


class Unless(NamedTuple):
    """Where the text says that a sign is none, and the words that deny it."""

    start: int
    stop: int
    denied: tuple[int, ...] = ()

    def tells_of(self, sign: tuple[int, int], reach: int) -> bool:
        """Whether it shares a word with a sign, or no more than some words part them.

        "chest pain lying on the mattress", "fever after yoga": what stands beside a sign says
        where or when it came, and does not make an emergency harmless. Nor does a cause that is
        denied, "it tore, not a muscle", but by the sign's own word: "no control of ...".

        Args:
            sign: Its place.
            reach: Words that may part them; -1 where they have to share one.
        """
        start, stop = sign
        own = {*range(start, start + _OWN_DENIAL), *range(start, min(self.start, stop - 1))}
        touches = start - reach <= self.stop and self.start <= stop + reach
        return touches and all(k in own for k in self.denied)


def exceptions_of(rule: Rule, cues: Cues) -> list[Unless]:
    """Where the text says that the rule's sign is none, unless that is itself denied."""
    marks = cues.marks
    present = marks.places.present
    strict = rule.tier >= Tier.URGENT
    return sorted(
        Unless(*place, _denials(pattern.text, place, cues) if strict else ())
        for pattern in rule.unless
        for sequence in pattern.sequences
        if sequence.rarest in present and sequence.other in present
        for place in find(sequence, marks.places, marks.sentence)
        if not (pattern.text.endswith(_ALL_CLEAR) and _is_denied(cues, *place))
        and not _has_ended(place, cues)
    )


def _denials(pattern: str, place: tuple[int, int], cues: Cues) -> tuple[int, ...]:
    """Words that deny a harmless reason or only compare with it.

    "it tore, not a muscle", "not the menopause"; "like a rock on my chest".

    Args:
        pattern: The reason's; one that itself says "no" is not asked.
        place: Where it stands.
        cues: The marked text.
    """
    start, stop = place
    if pattern.endswith("_fine"):
        return ()
    words: set[str] = set()
    if "like" not in pattern:
        words.add("like")
    if not _SAYS_NO.search(pattern):
        words |= _NO_REASON
    opens = [b for a, b in cues.near("cant", start, stop) if a == start]
    from_here = max(opens, default=max(0, start - _DENIED_BEFORE))
    return tuple(k for k in range(from_here, stop) if cues.tokens[k].word in words)


def _has_ended(place: tuple[int, int], cues: Cues) -> bool:
    """Whether all was well only once: "peeing fine till yesterday", "never any trouble before"."""
    after = cues.words(place[1], place[1] + 2)
    return bool(_ENDING & after) or (
        "before" in after and cues.tokens[place[0]].word in _DENIED_ONCE
    )


_DENIED_BEFORE = 3  # "not from getting up too fast"
_OWN_DENIAL = 2  # words at a sign's head that may be its own "no"
_SAYS_NO = re.compile(r"\b(not|no|isnt|arent|aint|never|without|dont|nothing|nobody|none)\b")
_NO_REASON = words_of("not no isnt wasnt arent werent aint never without nor thought")
_DENIED_ONCE = words_of("no not never havent hadnt hasnt didnt dont")


def _is_denied(cues: Cues, start: int, stop: int) -> bool:
    """Whether an all-clear is none: "urine not passing normally", "not peeing fine"."""
    if cues.tokens[start].word in NEGATIVE_WORDS:
        return False
    if any(cues.near("asks_if_well", start, stop)):
        return True  # "cant hold my bowels is that normal"
    if cues.words(start + 1, stop) & _PEOPLE_WELL:
        return True  # "apart from not being able to wee im fine"
    before = start - 1
    while before > 0 and cues.tokens[before].word in _ABLE:
        before -= 1  # "not been able to pee normally", "struggling to pee well"
    if before != start - 1 and cues.tokens[before].word in _STRUGGLING:
        return True
    return bool(cues.words(before, stop) & _DENYING)


_TOLD = TELLING - words_of("i she he they since has have had is are was were hardly barely need")
_PEOPLE_WELL = words_of("im hes shes theyre")
_ENDING = words_of("till until til")  # "peeing fine till yesterday"
_OF_EXERTION = frozenset({"infection_signs"})  # everybody sweats after a run
# Between a denial and what one is able to do.
_ABLE = words_of(
    "to been able be seem manage managed passing emptying starting getting going having a for my"
)
_STRUGGLING = words_of(
    "struggle struggling struggles struggled hard harder difficult unable failing"
)
# Nothing that stands beside these explains them: nobody has a fever from yoga.
_NO_CAUSE = _OF_EXERTION | {"fragility_risk"}
_ALL_CLEAR = ("_fine", "_ok")  # end the names of the classes that say that all is well
_DENYING = words_of(
    "not never isnt arent wasnt dont doesnt didnt wont cant cannot couldnt hardly barely stopped"
)


def says_none(
    rule: Rule, place: tuple[int, int], exceptions: Sequence[Unless], cues: Cues
) -> bool:
    """Whether the text says that a rule's sign at a place is none.

    Args:
        rule: Whose sign it is.
        place: Where it stands.
        exceptions: What `exceptions_of` found for the rule.
        cues: The marked text.
    """
    if rule.concept == "trauma_major" and _is_only_a_sport(cues, place):
        return True
    if not exceptions:
        return False
    strict = rule.tier >= Tier.URGENT
    reach = _UNLESS
    if rule.tier is Tier.EMERGENCY or rule.concept in _NO_CAUSE:
        reach = -1
    elif strict:
        reach = 1
    beside = [e[:2] for e in exceptions if e.tells_of(place, reach)]
    explained = strict and rule.concept not in _OF_EXERTION
    return _is_dropped(place, beside, cues, strict=strict, explained=explained)


def _is_dropped(
    place: tuple[int, int],
    dropping: Sequence[tuple[int, int]],
    cues: Cues,
    *,
    strict: bool,
    explained: bool,
) -> bool:
    """Whether something beside the sign says that it is none.

    Args:
        place: Of the sign.
        dropping: Where the text says that the rule's sign is none.
        cues: The marked text.
        strict: Whether it has to say so in the same clause.
        explained: Whether what the sign came after says nothing of it.
    """
    start, stop = place
    low = bisect_left(dropping, (start - _LONGEST_UNLESS, 0))
    for first, last in dropping[low:]:
        if first > stop + _UNLESS:
            return False
        if last < start - _UNLESS or cues.sentence[first] != cues.sentence[start]:
            continue
        parted = first < stop and any(token.brk for token in cues.tokens[stop:last])
        turned = strict and first < stop and _begins_anew(cues.words(stop, last))
        if turned or (strict and parted and cues.tokens[first].word not in NEGATIVE_WORDS):
            continue  # "short of breath, what exercise can i do": two clauses, and no list
        if _is_denied_pain(first, last, cues) or _is_unchanged(place, last, cues):
            continue
        if cues.words(last, stop) & _GOES_ON:
            continue  # "stopped to pee and couldnt"
        if _is_of_the_clause_before(place, first, cues, strict=strict):
            continue
        if explained and not start <= first < stop and _is_attribution(cues, first, last):
            continue  # "wet myself after swimming"
        if not strict or _are_one_clause(cues, min(last, stop), max(first, start) + 1):
            return True
    return False


def _is_denied_pain(first: int, last: int, cues: Cues) -> bool:
    """Whether what would explain it is a pain that is not there: "numb down there no pain"."""
    if last - first < _BESIDE_PAIN or cues.tokens[first].word in NEGATIVE_WORDS:
        return False
    denied = cues.tokens[last - 2].word in {"no", "without"}
    return denied and bool(cues.near("pain", last - 1, last))


def _is_unchanged(place: tuple[int, int], last: int, cues: Cues) -> bool:
    """Whether a loss stays as it is: "cannot feel myself peeing no change" is no all-clear."""
    if cues.tokens[last - 1].word not in _UNCHANGED or last <= place[0]:
        return False
    return not NEGATIVE_WORDS.isdisjoint(cues.words(*place))


_BESIDE_PAIN = 3


def _is_of_the_clause_before(
    place: tuple[int, int], first: int, cues: Cues, *, strict: bool
) -> bool:
    """Whether the words that would say that a sign is none begin in a clause before it.

    "no change, cannot hold my pee", "ok apart from my bladder playing up": what is denied or fine
    there is something else. A list goes on over its commas: "no numbness, bladder trouble".
    """
    start, stop = place
    if first >= start:
        return False
    opens = cues.tokens[first].word in _WELL and cues.tokens[first + 1].word == "so"
    if opens or cues.words(first + 1, start) & _TURNING:
        return True  # "ok so my bowels let go", "ok apart from my bladder"
    breaks = [k for k in range(first + 1, start + 1) if cues.tokens[k].brk]
    if not strict or not breaks:
        # "no trouble pooing cant pee": what is denied is another thing than what cannot be done
        denied = cues.tokens[first].word in _DENIED_ONCE
        return strict and denied and cues.tokens[start].word in _CANNOT
    if cues.tokens[first].word in NEGATIVE_WORDS:
        ended = any(cues.tokens[k - 1].word in _UNCHANGED for k in breaks)
        told = cues.words(breaks[-1], stop) & _TOLD
        return ended or bool(told) or not NEGATIVE_WORDS.isdisjoint(cues.words(start, stop))
    if cues.tokens[first].word in _WELL or cues.words(first + 1, breaks[-1]) & _LONG_SINCE:
        return True  # "it was fine, bladder gone", "had a baby 3 months ago, hit by a car"
    # over a comma a cause counts, "pool was freezing, teeth chattering", but no pain of its own
    return any(cues.near(name, first, first + 1) for name in ("back", "pain"))


def _begins_anew(words: set[str]) -> bool:
    """Whether words behind a sign begin a clause: "fell down the stairs i cant sleep"."""
    own = "i" in words and bool(words & (NEGATIVE_WORDS | {"feel"}))
    return own or bool(words & _QUESTIONS)


_QUESTIONS = words_of("how which what whats should could best any can")
_WELL = words_of("fine ok okay normal good well")
_LONG_SINCE = words_of("ago year years month months")
_CANNOT = words_of("cant cannot couldnt unable")
_UNCHANGED = words_of("change changes better luck improvement")
_TURNING = words_of("but however although though except apart")
# What a sign says behind words that would explain it: "burnt myself with hot water on purpose".
_GOES_ON = _TURNING | words_of(
    "cant cannot couldnt nothing purpose purposely deliberately intentionally"
)


def _is_attribution(cues: Cues, start: int, stop: int) -> bool:
    """Whether words are no more than what a sign came after: "wet myself after swimming".

    People explain signs away; what they put them down to lowers nothing (specification, 2).
    """
    return any(a < start and stop <= b for a, b in cues.near("attributed", start - BESIDE, start))


def _is_only_a_sport(cues: Cues, place: tuple[int, int]) -> bool:
    """Whether it is skydiving or high speed, and nobody speaks of a body that was hurt."""
    start, stop = place
    if not any(a <= start and stop <= b for a, b in cues.near("vague_trauma", start, stop)):
        return False
    return not any(cues.spans(name) for name in ("back", "pain", "leg", "arm", "chest"))


def _are_one_clause(cues: Cues, start: int, stop: int) -> bool:
    """Whether nothing parts what stands before a place from what stands behind it.

    "after the gym, crushing chest pain and i feel sick": a harmless word in another clause says
    nothing of a sign.
    """
    if any(token.brk for token in cues.tokens[start:stop]):
        return False
    return not cues.words(start, stop) & _PARTING
