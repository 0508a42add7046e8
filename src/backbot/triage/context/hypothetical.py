"""Hypothetical: a sign that is feared, avoided, watched for or supposed, and not there.

ConText's hypothetical: "if i ever get numb legs", "scared of a wheelchair". What is had already
("in case i wet myself again") and a clause that tells anew are no suppositions; a thought of
suicide never is one (docs/safety.md, H2 and D12).
"""

from __future__ import annotations

from backbot.model import FindingStatus
from backbot.triage.context.mention import CONTINENCE, RED_CONCEPTS, Judgement, Mention
from backbot.triage.context.times import YEAR_DAYS
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import (
    ABLE,
    DENIALS,
    LEADING,
    LONGEST_CUE,
    OPENERS,
    PERSON_WORDS,
    SIGNS_IN_LISTS,
    STATED,
    THEIRS,
)
from backbot.triage.text import words_of

_NOW_REACH, _BEHIND_REACH = 7, 4
_AVOIDS = words_of("avoid avoiding prevent preventing")
_SUPPOSED = words_of("suppose assume assuming imagine pretend dread")
_HYPOTHETICALLY = words_of("hypothetically hypothetical theory theoretically pretend")
_WHOLE_CUES = words_of("happens safe prepared reference")


_CONDITION_REACH = 10  # tokens from "if I ever get" to the sign
_AVOID_REACH = 3  # from "avoid", "prevent"
_NOT_FEARED = words_of("rid relief over help now since with and because but ive")


def supposed(said: Utterance, m: Mention) -> Judgement | None:
    """A sign that is feared, avoided, or only thought of: "if i ever get numb legs"."""
    if m.concept == "suicidal_thoughts":
        return None  # "scared i will do something stupid"
    low = max(said.sentence_of(m)[0], m.start - _CONDITION_REACH - LONGEST_CUE)
    blocked = {a for a, _ in said.near("conditional_not", low, m.start + 1)}
    for start, stop in said.near("conditional", low, m.start + 1):
        cue = said.words(start, stop)
        if said.word(start - 1) == "as" or said.is_parted(start + 1, stop - 1):
            continue  # "as if someone cut it"; "never had this before, i get numb toes"
        if start in blocked and "ever" not in cue:
            continue  # "if my leg goes numb again"; "if my leg ever goes numb" is feared
        avoids = bool(cue & _AVOIDS)
        reach = _AVOID_REACH if avoids else _CONDITION_REACH
        if _is_of_something_else(said, start, stop, m.start, avoids=avoids):
            continue
        if "again" in said.words(stop, m.start) and "ever" not in cue:
            continue  # "what if i get an accident again, wet myself at work"
        if _is_had(said, m, cue) or _is_told_anew(said, stop, m, cue):
            continue
        if _is_no_supposition(said, start, stop, m, cue):
            continue
        if m.start - stop > reach or _NOT_FEARED & said.words(stop, m.start):
            continue
        return said.judged(FindingStatus.CONDITIONAL, start, stop)
    return None


_TO_LOOK_FOR = words_of("watch look warning red flag flags ever what")


def _is_had(said: Utterance, m: Mention, cue: set[str]) -> bool:
    """Whether words of fear or care speak of what is there already.

    "in case i wet myself again"; "unless i push i cant pee", at the head of a sentence.
    """
    if cue == {"unless"}:
        first, _ = said.sentence_of(m)
        return said.tokens[said.opening(first, m.start)].word == "unless"
    if m.concept not in RED_CONCEPTS or "ever" in cue:
        return False
    follow = said.word(m.stop)
    if follow in {"again", "anymore"} or {"pads", "nappies"} & said.words(m.start, m.stop):
        return True
    if cue & _AVOIDS and m.concept in CONTINENCE:
        return follow == "i"  # "to avoid wetting myself i go …"
    return not cue & _TO_LOOK_FOR and _is_of_now(said, m)


_HAD_ALREADY = words_of("again already still since")


def _is_of_now(said: Utterance, m: Mention) -> bool:
    """Whether words behind a sign say that it is there: "for 3 days", "one more time"."""
    _, end = said.sentence_of(m)
    end = min(end, m.stop + _BEHIND_REACH)
    words = said.words(m.stop, end)
    if words & _HAD_ALREADY or {"one", "more"} <= words:
        return True
    return "for" in words and any(
        m.stop < t.token < end and not t.ago and t.days <= YEAR_DAYS for t in said.times
    )


_SUBJECTS = words_of("i im ive he hes she shes they theyre it its")
_CONTINUES = words_of(
    "and or that if when where whether than until till before n what like which who how why think "
    "feel feeling felt so while notice notices noticed see find realise say says said told point "
    "stage case as after once"
)
_NO_CLAUSE_AFTER = _CONTINUES | OPENERS
_WOULD = words_of("would wouldnt could couldnt should shouldnt might will wont ill id may")
_AS_IT_IS = words_of("as because cos coz cause since")


def _is_told_anew(said: Utterance, stop: int, m: Mention, cue: set[str]) -> bool:
    """Whether a clause of its own begins between the cue and the sign, or within it.

    "if i get an urge i dont make it", "afraid of being alone as my legs give way". What would
    follow ("i wouldnt walk") is still supposed.
    """
    # "before it happens i get no warning": such a cue is whole without a clause
    first = stop if cue & _WHOLE_CUES else stop + 1
    for k in range(first, m.stop):
        word, before = said.tokens[k].word, said.tokens[k - 1].word
        if before in _AS_IT_IS and (word in _SUBJECTS or word == "my"):
            return True
        certain = "would" in cue and before in {"that", "why"}
        if word not in _SUBJECTS or (before in _NO_CLAUSE_AFTER and not certain):
            continue
        if "so" in said.words(k - 3, k) or _WOULD & said.words(k, m.stop):
            continue
        inside = m.start <= k
        if inside and (word in {"it", "its"} or not _denies(said, k, m.stop)):
            continue
        return True
    return False


def _denies(said: Utterance, low: int, high: int) -> bool:
    """Whether something is denied between two tokens, more than in "i havent,"."""
    return any(
        said.tokens[k].word in DENIALS
        and (said.tokens[k].word in ABLE or (k + 1 < high and not said.tokens[k + 1].brk))
        for k in range(low, high)
    )


_SOME_DAY = words_of("if will ill might may could would scared worried afraid fear what should")


def _is_no_supposition(said: Utterance, start: int, stop: int, m: Mention, cue: set[str]) -> bool:
    """Whether what looks like a supposition is none: "i suppose my bum is numb"."""
    if cue == {"one", "day"}:
        first, _ = said.bounds(said.sentence[start])
        return not _SOME_DAY & said.words(first, m.start)
    if cue & _SUPPOSED and said.word(start - 1) in {"i", "id"}:
        return True
    # "hypothetically my bum is numb": no words switch a person's own sign off
    own = PERSON_WORDS & said.words(stop, m.stop)
    if cue & _SUPPOSED and "my" in own and {"is", "are"} & said.words(stop, m.stop):
        return True
    return bool(cue & _HYPOTHETICALLY and own and "if" not in said.words(stop, m.start))


_WHOLE = _WHOLE_CUES | _HYPOTHETICALLY | _SUPPOSED  # whole without a clause, before a comma


def _is_of_something_else(
    said: Utterance, start: int, stop: int, sign: int, *, avoids: bool
) -> bool:
    """Whether what is feared or avoided was said before the sign begins.

    "just in case, my foot drags", "i avoid sitting, my bum is numb": a list of what is feared
    goes on over its commas, but it is a list of signs.
    """
    if stop > sign:
        return False
    breaks = said.breaks_within(stop, sign)
    if breaks and breaks[0] == stop:
        clause = said.words(stop, sign + LEADING)
        whole = _WHOLE & said.words(start, stop) and not THEIRS & clause
        own = "my" in clause and clause & STATED
        if said.tokens[start].word == "in" or whole or own:
            return True
    if breaks and breaks[0] > stop and _is_another_fear(said, start, stop, breaks[0], sign):
        return True
    if not avoids or stop == sign:
        return False
    if {"this", "it", "that", "i", "im", "ive"} & said.words(stop, sign):
        return True  # "to avoid surgery i rest, and i cant feel my bum"
    return bool(breaks) and not any(said.near(name, stop, breaks[0]) for name in SIGNS_IN_LISTS)


_ANYTHING = words_of("anything something any things symptoms problems say eg ie")
# Whoever is scared of a fall may tell of a sign behind the comma.
_SIGNS_FEARED = tuple(name for name in SIGNS_IN_LISTS if name not in {"trauma", "minor_fall"})


def _is_another_fear(said: Utterance, start: int, stop: int, end: int, sign: int) -> bool:
    """Whether what is feared ended at a comma, and was no sign: "scared of a wheelchair, …".

    "if i ever get worse, numb legs say" goes on.
    """
    cue, feared = said.words(start, stop), said.words(stop, end)
    if {"now", "today", "already"} & said.words(sign, sign + _NOW_REACH):
        return True
    if {"ever", "what"} & (cue | feared) or _ANYTHING & feared:
        return False
    return not any(said.near(name, stop, end) for name in _SIGNS_FEARED)
