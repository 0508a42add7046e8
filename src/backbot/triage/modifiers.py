"""What a message says as a whole: age, falls, risks, an operation, the other side.

Combinations ask for these wherever they stand (docs/safety.md, D6 and D9), undenied.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from backbot.triage.beside import FAMILY, is_not_worse
from backbot.triage.context.cues import Cues
from backbot.triage.context.mention import Mention
from backbot.triage.context.negation import Negation
from backbot.triage.context.times import RECENT_DAYS, Moment
from backbot.triage.parts import (
    LIMB_REACH,
    SIDE_REACH,
    clause_around,
    is_of_a_back,
)
from backbot.triage.rules import NEGATIVE_WORDS
from backbot.triage.text import Token, words_of

MESSAGE_MODIFIERS: Mapping[str, tuple[str, ...]] = {
    "m_other_too": ("other_too",), "m_inject": ("inject",), "m_immune": ("immune",),
    "m_procedure": ("procedure",), "m_unwell": ("very_unwell",), "m_thinner": ("thinner",),
    "m_fall": ("minor_fall", "trauma"), "m_strain": ("strain",),
    "m_spine": ("back", "direct_blow"),
    "m_older": ("m_older",), "m_age70": ("m_age70",), "m_child": ("m_child",),
    "m_severe": ("m_severe",), "m_badly": ("m_badly",), "m_sudden": ("m_sudden",),
    "m_worse": ("m_worse",),
    "m_new": ("m_new",), "m_direct_blow": ("direct_blow",), "m_stable": ("m_stable",),
    "m_height": ("m_height",), "m_faint": ("faint",), "m_lasting": ("m_lasting",),
    "m_limb": ("leg", "arm"),
    "m_stiff_neck": ("stiff_neck",), "m_meningeal": ("meningeal",),
    "m_pregnant": ("m_pregnant",), "m_pregnancy_alarm": ("pregnancy_alarm",),
    "m_bladder": ("bladder_word", "toilet"),
    "m_private": ("private_act",),
    "m_surgery": ("surgery_told",), "m_wound": ("wound_told",),
    "m_upper_back": ("upper_back",), "m_sweats": ("sweats_told",),
    "m_sweat_explained": ("sweat_explained",),
}  # fmt: skip
_MODIFYING = {cls: name for name, classes in MESSAGE_MODIFIERS.items() for cls in classes}
# "havent got up for a pee all day": named is enough.
_EVEN_DENIED = frozenset({"m_bladder", "m_limb"})


def _is_only_a_back(cues: Cues, start: int, told: Sequence[Mention]) -> bool:
    """Whether a clause that tells of no sign says of a back how long: "the same for years"."""
    if not is_of_a_back(cues, start):
        return False
    low, high = clause_around(cues, start, _NEXT_CLAUSE)
    return not any(low <= m.anchor < high for m in told)


_AFTER_A_PROCEDURE_DAYS = 92  # by then a new sign is none of what was done
# What is said of the person or of the sign, and happened at no time.
_NO_EVENTS = frozenset(
    {
        "m_spine", "m_limb", "m_older", "m_age70", "m_child", "m_lasting", "m_stable", "m_new",
        "m_worse", "m_bladder", "m_pregnant", "m_other_too", "m_thinner", "m_immune", "m_badly",
        "m_unwell",
    }
)  # fmt: skip
_EVENTS = frozenset(cls for cls, name in _MODIFYING.items() if name not in _NO_EVENTS)
_NEXT_CLAUSE = words_of("and but now then so")
_WHEN = words_of(
    "it that this was happened about around over nearly almost roughly in on at back the like "
    "years year months month weeks week ago yrs some maybe when i my a few couple of all"
)


def _told_of_time(cues: Cues, times: Sequence[Moment], told: Sequence[Mention]) -> set[str]:
    """What the times in a message say of all of it."""
    found: set[str] = set()
    for name, days in (("m_old", RECENT_DAYS), ("m_long_ago", _AFTER_A_PROCEDURE_DAYS)):
        if _was_long_ago(cues, [m.token for m in times if m.ago and m.days > days], told):
            found.add(name)
    if any(not moment.ago and moment.days > RECENT_DAYS for moment in times):
        found.add("m_lasting")
    if any(t.word == "since" for t in cues.tokens):
        found.add("m_since")
    return found


def _was_long_ago(cues: Cues, old: Sequence[int], told: Sequence[Mention]) -> bool:
    """Whether what a message tells of was at one of the old times in it.

    A time dates what stands in its own clause ("fell in 2015, numb since"), or in the one before
    where it stands alone ("i fell. it was 5 years ago"): a scan or another illness of years ago
    makes nothing else old. What a sentence without a time tells of is not old either.

    Args:
        cues: Of the text.
        old: Tokens of its old times.
        told: Its signs.
    """
    if not old:
        return False
    events = {m.anchor for m in told}
    for cls in cues.here(_EVENTS):
        events.update(start for start, _ in cues.spans(cls))
    clause, number, alone = [], 0, {0: True}
    for k, token in enumerate(cues.tokens):
        if k and (token.brk or token.word in _NEXT_CLAUSE):
            number += 1
        clause.append(number)
        timed = token.word in _WHEN or token.word in _NEXT_CLAUSE or token.word[0].isdigit()
        alone[number] = alone.get(number, True) and timed
    dated = {clause[k] for k in old}
    dated |= {number - 1 for number in dated if alone[number]}
    sentences = {cues.sentence[k] for k, number in enumerate(clause) if number in dated}
    return any(clause[k] in dated for k in events) and all(
        cues.sentence[k] in sentences for k in events
    )


def message_modifiers(
    cues: Cues, negation: Negation, times: Sequence[Moment], told: Sequence[Mention]
) -> frozenset[str]:
    """What the message as a whole says of age, injury, risk and time; where it told of signs."""
    found: set[str] = set()
    for cls in cues.here(_MODIFYING):  # a few of the many, and of most messages none
        name = _MODIFYING[cls]
        if (
            name not in found
            and not (name == "m_child" and (_is_a_parents(cues) or _is_unborn(cues)))
            and any(
                (name in _EVEN_DENIED or not negation.is_over(start))
                and not _falls_asleep(cues, stop)
                and not (name == "m_child" and _is_no_age(cues, stop))
                and not (name == "m_other_too" and _is_well(cues, stop))
                and not (name == "m_stable" and _is_only_a_back(cues, start, told))
                and not (name == "m_worse" and is_not_worse(cues, start))
                for start, stop in cues.spans(cls)
            )
        ):
            found.add(name)
    if "m_other_too" in found and not _tells_of_another(cues, told):
        found = found - {"m_other_too"} | {"m_next_side"}  # another if one was told before
    found |= _told_of_time(cues, times, told)
    if cues.spans("leg_both") and cues.spans("arm"):
        found.add("m_both_hint")
    found |= _bare_age(cues.tokens)
    if _fell(cues.tokens):
        found.add("m_fall")
    if _has_leg_pain(cues, negation):
        found.add("m_leg_pain")
    return frozenset(found)


def _is_a_parents(cues: Cues) -> bool:
    """Whether a parent speaks of their own body: "my son is 6 and i carry him, my back is bad"."""
    own = cues.spans("own_body")
    if not own or cues.spans("childs_body"):
        return False
    return not any(cues.words(start, stop) & _OF_ONESELF for start, stop in cues.spans("m_child"))


def _is_unborn(cues: Cues) -> bool:
    """Whether the only child is the one to be born: "pregnant, baby not moving much"."""
    if not cues.spans("m_pregnant"):
        return False
    return all("baby" in cues.words(start, stop) for start, stop in cues.spans("m_child"))


_OF_ONESELF = words_of("i im am")


def _bare_age(tokens: Sequence[Token]) -> set[str]:
    """What a number that stands alone says of age: "76, felt a crunch", "slipped, 86"."""
    for k, token in enumerate(tokens):
        alone = (not k or token.brk) and (k + 1 == len(tokens) or tokens[k + 1].brk)
        if alone and token.word in _OLDER:
            return {"m_older"} if token.word < _AGED else {"m_older", "m_age70"}
    return set()


_OLDER, _AGED = frozenset(map(str, range(65, 100))), "70"


def _fell(tokens: Sequence[Token]) -> bool:
    """Whether a clause says no more than that somebody fell: "my back hurts, fell yesterday"."""
    return any(
        token.word in _FALLING
        and (not k or bool(token.brk) or tokens[k - 1].word in _BEFORE_A_FALL)
        and (k + 1 == len(tokens) or bool(tokens[k + 1].brk) or tokens[k + 1].word in _FALL_AND)
        for k, token in enumerate(tokens)
    )


_FALLING = words_of("fell slipped tripped")
_BEFORE_A_FALL = words_of("just then and but cos because after")
_FALL_AND = words_of("yesterday today tonight earlier monday tuesday wednesday thursday friday")


def _has_leg_pain(cues: Cues, negation: Negation) -> bool:
    return any(
        not negation.is_over(min(start, first))
        and cues.sentence[start] == cues.sentence[first]
        and -SIDE_REACH < first - stop <= SIDE_REACH
        for start, stop in cues.spans("pain")
        for first, _ in cues.near("leg", start - LIMB_REACH, stop + LIMB_REACH)
    )


def _is_no_age(cues: Cues, stop: int) -> bool:
    """Whether a number is no child's age: "child fifteen years ago", "im 7 months pregnant"."""
    follow = [t.word for t in cues.tokens[stop - 1 : stop + 3]]
    if "old" in follow:
        return False
    return "ago" in follow or bool(set(follow[1:2]) & _NO_AGE)


_NO_AGE = words_of(
    "month months week weeks day days hour hours minute minutes mins foot feet ft stone st kg cm "
    "of out times weeks in miles km steps reps sets per percent pounds lbs"
)


def _is_well(cues: Cues, stop: int) -> bool:
    """Whether the other side is named as the good one: "the right one is ok"."""
    behind = cues.words(stop - 1, stop + 2)
    return bool(behind & _ALL_WELL) and not behind & NEGATIVE_WORDS


_ALL_WELL = words_of("ok okay fine normal alright")


def _tells_of_another(cues: Cues, told: Sequence[Mention]) -> bool:
    """Whether there was a first one: "now in my left foot" is no second leg beside a back.

    Nor is it one where all that was told before is of the same side: "left leg hurts, now my left
    foot is numb". What names no side, or both, says itself that there are two.
    """
    limbs = [k for name in ("leg", "leg_both", "arm") for k, _ in cues.spans(name)]
    sides = [k for k, token in enumerate(cues.tokens) if token.word in _SIDES]
    first_of = {cues.tokens[k].word: k for k in reversed(sides)}
    named_at = sorted([*limbs, *sides])
    signs = [mention for mention in told if mention.concept in FAMILY]
    told_by = min((mention.stop for mention in signs), default=len(cues.tokens) + 1)
    told_from = min((mention.start for mention in signs), default=len(cues.tokens) + 1)
    for start, stop in cues.spans("other_too"):
        words = cues.words(start, stop + 1)
        named = words & _SIDES
        if len(named) != 1 or words & _OF_TWO:
            return True
        before = bisect_left(named_at, start)
        if not before or {side for side, k in first_of.items() if k < start} == named:
            continue
        if told_by <= start or told_from <= named_at[before - 1]:
            return True
    return False


_SIDES = words_of("left right")
_OF_TWO = words_of(
    "other both second 2nd opposite same next matching one ones un uns yin yins wan wans "
    "join joins joined joining caught copied copying follows following followed does doing"
)


def _falls_asleep(cues: Cues, stop: int) -> bool:
    """Whether a fall is one into sleep."""
    return stop < len(cues.tokens) and cues.tokens[stop].word == "asleep"
