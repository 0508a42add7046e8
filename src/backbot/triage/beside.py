"""What stands beside a sign, that combinations ask for: how new it is, how sudden, which limb.

"numb" with "suddenly" or "since yesterday", old and unchanged or told as news, on the left or the
right (docs/safety.md, D3, D4 and D8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backbot.model import Tier
from backbot.triage.context.cues import Cues
from backbot.triage.context.mention import Mention
from backbot.triage.context.negation import Negation
from backbot.triage.context.times import RECENT_DAYS, YEAR_DAYS, Moment
from backbot.triage.parts import (
    BESIDE,
    LIMB_REACH,
    OWN_COMPLAINT,
    SIDE_REACH,
    is_of_a_back,
    one_leg,
)
from backbot.triage.text import words_of

# Word classes, and what combinations call them.
_MODIFIERS = {
    "m_recent": "recent", "m_sudden": "sudden", "m_worse": "worsening", "m_severe": "severe",
    "m_stable": "stable", "m_new": "new", "m_positional": "positional",
    "m_brief_fine": "brief_fine",
}  # fmt: skip
FAMILY = {
    "limb_numbness": "numbness", "numbness": "numbness", "tingling": "tingling",
    "limb_weakness": "weakness", "muscle_weakness": "weakness",
    "electric_burning_pain": "electric", "radiating_leg_pain": "radiating",
    "radiating_arm_pain": "radiating", "sciatica_named": "radiating",
}  # fmt: skip
# Signs whose own words may say that they get worse: "losing feeling", "getting weaker"; in others
# they do not ("pain spreads to my elbow", "losing my balance").
_TELLS_CHANGE = frozenset(
    {"limb_numbness", "numbness", "tingling", "limb_weakness", "muscle_weakness", "foot_drop"}
)


def with_keys(mention: Mention, cues: Cues, times: Sequence[Moment]) -> Mention:
    """The mention with all that combinations may ask for."""
    beside = _modifiers_beside(mention, cues) | _age_beside(mention, cues, times)
    if mention.tier is Tier.EMERGENCY and any(
        cues.sentence[start] == cues.sentence[mention.anchor] or not is_of_a_back(cues, start)
        for start, _ in cues.spans("m_stable")
    ):
        beside.add("stable")
    if {"positional", "brief_fine"} <= beside:
        beside -= {"sudden", "new", "recent"}  # asleep for a minute and awake again (C22)
    if "stable" in beside and _is_news(mention, cues, times):
        beside.remove("stable")
    for start, _ in cues.near("both", mention.start - 2, mention.stop + SIDE_REACH):
        if cues.tokens[start].word not in _ONE_OF_TWO:
            beside.add("both_sides")
    single = one_leg(cues)
    for start, stop in cues.near("leg_both", mention.start - 2, mention.stop + SIDE_REACH):
        of_one = any(a <= start and stop <= b for a, b in single)
        # "calves ache, pain shoots down my leg"
        sore = bool(cues.words(stop, mention.start + 1) & OWN_COMPLAINT) and bool(
            cues.near("leg", mention.start, mention.stop)
        )
        if start < mention.stop and not of_one and not (sore and stop <= mention.start):
            beside.add("both")
    keys = {mention.concept, *_limbs_of(mention, cues)}
    keys.update(f"{mention.concept}+{name}" for name in beside)
    if _is_of_no_part(mention, cues):
        keys.add("numbness+no_part")
    return mention._replace(keys=frozenset(keys))


_ONE_OF_TWO = frozenset({"2", "two", "either", "each"})


def _is_of_no_part(mention: Mention, cues: Cues) -> bool:
    """Whether a numbness is said of nothing, rather than of the back, a limb and the like.

    A limb that only the message before has named is none of this one's.
    """
    if mention.concept == "limb_numbness":
        return not any(cues.spans(name) for name in _NUMB_PARTS)
    if mention.concept != "numbness":
        return False
    first, last = cues.bounds(cues.sentence[mention.anchor])
    low, high = max(first, mention.start - _PART_BEFORE), min(last, mention.stop + _PART_AFTER)
    return not any(cues.near(name, low, high) for name in _NUMB_PARTS)


_NUMB_PARTS = ("trunk", "leg", "arm", "leg_both", "face")
_PART_BEFORE, _PART_AFTER = 4, 2


def _is_news(mention: Mention, cues: Cues, times: Sequence[Moment]) -> bool:
    """Whether something else is old and the sign is not: "a bad disc for years but now …"."""
    low, _ = cues.bounds(cues.sentence[mention.anchor])
    before = cues.words(max(low, mention.start - BESIDE), mention.start)
    if before & {"but", "however", "suddenly", "today", "yesterday", "recently"}:
        return True
    if "except" in cues.words(max(low, mention.start - BESIDE), mention.stop):
        return True  # "nothing new except i cant pee"
    if _is_the_backs(mention, cues, times):
        return True
    spans = cues.inside("m_stable", cues.sentence[mention.anchor])
    # "since the birth 5 days ago"
    if any(m.days <= RECENT_DAYS and b <= m.token <= b + 1 for m in times for _, b in spans):
        return True
    # "dry for years, now soaked", "back pain for years and now i cant pee"
    turns = {b for _, b in spans if b < len(cues.tokens) and cues.tokens[b].brk}
    low = max(low, mention.start - _TOLD_BEFORE)
    old = [b for _, b in spans] + [t.token for t in times if t.days >= YEAR_DAYS]
    turns |= {
        k
        for k in range(max(min(old, default=mention.start), low) + 1, mention.start)
        if cues.tokens[k - 1].word in _AND_THEN
    }
    return any(
        cues.tokens[b].word == "now"
        and not cues.words(b, b + 4) & _AS_EVER
        and "not" not in cues.words(b + 1, b + 2)
        for b in turns
    )


_AND_THEN = words_of("and n then so")


def _is_the_backs(mention: Mention, cues: Cues, times: Sequence[Moment]) -> bool:
    """Whether what is old is a back told of before: "bad back since 2010, wet myself".

    Behind an "and" only where the back stands before the time: what "for years ive had back pain
    and leaks" tells of is old, both of it.
    """
    first, _ = cues.bounds(cues.sentence[mention.anchor])
    low = max(first, mention.start - _TOLD_BEFORE)
    old = [b for _, b in cues.near("m_stable", low, mention.start)]
    old += [t.token + 1 for t in times if low <= t.token < mention.start and t.days >= YEAR_DAYS]
    ends = [k for k in range(low + 1, mention.start + 1) if cues.tokens[k].brk]
    joins = [k for k in range(low + 1, mention.start + 1) if cues.tokens[k].word in _AND_THEN]

    def is_a_backs(b: int) -> bool:
        if any(end >= b for end in ends):
            return any(cues.near(name, low, max(ends)) for name in ("back", "pain"))
        joined = any(join >= b for join in joins)
        return joined and any(cues.near(name, low, b) for name in ("back", "pain"))

    return bool(old) and all(map(is_a_backs, old))


_TOLD_BEFORE = 24  # tokens, so that a long text takes no longer by the square of its length
_AS_EVER = words_of("no same unchanged still nothing")


def _age_beside(mention: Mention, cues: Cues, times: Sequence[Moment]) -> set[str]:
    """What the times in its sentence say of a sign's age."""
    number = cues.sentence[mention.anchor]
    # once for each sentence, so that a long one takes no longer by the square of its length
    told = cues.ages.get(number)
    if told is None:
        told = cues.ages[number] = _ages_told(number, cues, times)
    beside = set(told)
    if "lasts" in beside:
        beside.remove("lasts")
        if cues.near("total_loss", mention.start, mention.stop):
            beside.add("lasting_total")
    return beside


def _ages_told(number: int, cues: Cues, times: Sequence[Moment]) -> frozenset[str]:
    """What the times in a sentence say; "lasts" where one of them says for how long."""
    told: set[str] = set()
    low, high = cues.bounds(number)
    for moment in times:
        if not low <= moment.token < high:
            continue
        if moment.days <= RECENT_DAYS:
            told.update(("new", "recent"))
        elif not moment.ago:
            told.update(("lasts", "stable" if moment.days >= YEAR_DAYS else "lasting"))
        elif moment.days >= YEAR_DAYS and "since" in cues.words(
            max(low, moment.token - BESIDE), moment.token
        ):
            told.add("stable")  # "since my second child fifteen years ago"
    return frozenset(told)


def _limbs_of(mention: Mention, cues: Cues) -> Iterator[str]:
    """Which limb a sign is in, and on which side: "leg_numbness", "leg_on_left"."""
    family = FAMILY.get(mention.concept, mention.concept)
    if mention.concept == "sciatica_named":
        yield from (f"leg_on_{side}" for side in _sides(cues, mention.start, mention.stop))
    for part in ("leg", "arm", "leg_both"):
        for start, stop in cues.near(part, mention.start - SIDE_REACH, mention.stop):
            if stop > mention.start:
                yield f"{'leg' if part == 'leg_both' else part}_{family}"
                if part == "leg" and mention.concept in FAMILY:
                    yield from (f"leg_on_{side}" for side in _sides(cues, start, stop))


def _modifiers_beside(mention: Mention, cues: Cues) -> set[str]:
    """What is said of a sign's onset and course in its sentence, not far from it."""
    sentence = cues.sentence[mention.anchor]
    low, high = mention.start - BESIDE - LIMB_REACH, mention.stop + BESIDE + 1
    beside: set[str] = set()
    for cls, name in _MODIFIERS.items():
        for start, stop in cues.near(cls, low, high):
            if cues.sentence[start] != sentence or mention.start - stop > BESIDE:
                continue
            inside = mention.start <= start < mention.stop
            if inside and name == "worsening" and not _tells_change(mention, cues, start):
                continue
            if name == "worsening" and (
                is_not_worse(cues, start)
                or _gets_better(cues, start, stop)
                or (mention.concept in _FELT and is_brought_on(cues, start))
            ):
                continue
            beside.add(name)
    return beside


def _tells_change(mention: Mention, cues: Cues, start: int) -> bool:
    """Whether a "worse" among a sign's own words is said of it: "my balance is getting worse"."""
    if mention.concept in _TELLS_CHANGE:
        return True
    return (
        mention.concept == "gait_disturbance"
        and "balance" in cues.words(mention.start, mention.stop)
        and cues.tokens[start].word in {"worse", "worsening", "deteriorating", "deteriorated"}
    )


# What is felt; weakness and a dropped foot keep their "worse", whatever brings it on.
_FELT = frozenset(
    {
        "limb_numbness", "numbness", "tingling", "electric_burning_pain", "radiating_leg_pain",
        "radiating_arm_pain", "sciatica_named",
    }
)  # fmt: skip
# Not "made": "lifting yesterday made it worse" tells of a change.
_BRINGS_ON = words_of("make makes making")
_BRINGS_ON_REACH = 4
_WHEN_IT_IS = words_of("when whenever while during sitting standing walking driving")
_IF_IT_IS = words_of("i im you we my")
_AT_TIMES = words_of("at in on first by with after")
_TIMES = words_of(
    "night nights nighttime bed morning mornings evening evenings cold heat bus car plane train "
    "stairs thing sitting standing walking driving lying bending coughing sneezing"
)


_NO_WORSE = words_of("no not isnt hasnt havent never doesnt wasnt nor arent havnt")
_MADE_WORSE = words_of("got getting get gone any been become it its much really")


def is_not_worse(cues: Cues, start: int) -> bool:
    """Whether a "worse" is denied right before it: "no worse", "its not got any worse"."""
    if cues.tokens[start].word not in {"worse", "worsening", "spreading", "bigger", "weaker"}:
        return False
    k = start
    while k and not cues.tokens[k].brk and cues.tokens[k - 1].word in _MADE_WORSE:
        k -= 1
    return bool(k) and not cues.tokens[k].brk and cues.tokens[k - 1].word in _NO_WORSE


_BETTER = words_of("better easier improving improves improved stronger easing settling fading")
_BETTER_REACH = 3


def _gets_better(cues: Cues, start: int, stop: int) -> bool:
    """Whether a course is one for the better: "better every day", "slowly getting easier"."""
    if cues.words(start, stop) & _COURSES_OF_ILL:
        return False
    low, high = cues.bounds(cues.sentence[start])
    low, high = max(low, start - _BETTER_REACH), min(high, stop + _BETTER_REACH)
    if cues.words(low, high) & (_NO_WORSE | _COURSES_OF_ILL):
        return False  # "not better, every day a bit less"
    return not cues.words(low, high).isdisjoint(_BETTER)


_COURSES_OF_ILL = words_of("worse worsening weaker less more spreading spread harder heavier")


def is_brought_on(cues: Cues, start: int) -> bool:
    """Whether it is "worse" at times, not more from day to day: "worse when i sit", "at night"."""
    if cues.tokens[start].word != "worse":
        return False
    before = cues.words(start - _BRINGS_ON_REACH, start)
    if "getting" in before or "got" in before:
        return False
    behind = cues.tokens[start + 1 : start + 4]
    if behind and behind[0].brk:
        behind = []
    follow, then, last = [*(token.word for token in behind), "", "", ""][:3]
    if then in {"the", "my", "a"}:
        then = last  # "in the morning", "worse in the last two days" is none
    return (
        bool(before & _BRINGS_ON)
        or follow in _WHEN_IT_IS
        or (follow == "if" and then in _IF_IT_IS)
        or (follow in _AT_TIMES and then in _TIMES)
    )


_COURSE = {"m_recent": "recent", "m_sudden": "sudden", "m_worse": "worsening", "m_new": "new"}
_WELL = words_of("fine ok well")
_WAS = words_of("was were")
_COURSE_WORDS = words_of(
    "it its thats this that i ive he she they was were is has have had been and but so just only "
    "about like since for the a an my of to in on at then ago when woke wake up bed went got get "
    "getting gets came come coming started starting start began first last next day days week "
    "weeks month months hour hours morning night nite evening bit little think maybe probably "
    "actually yeah yes same time been fine ok all over well lol sorry"
)
_MOST_COURSE_WORDS = 10


def course_alone(cues: Cues, negation: Negation, times: Sequence[Moment]) -> frozenset[str]:
    """What a text that tells of nothing else says of the course of what was told before.

    "Since i woke up", "each morning a bit less"; not "my new job is getting worse".

    Args:
        cues: The marked text.
        negation: Its negations.
        times: Its time expressions.
    """
    tokens = cues.tokens
    if not 0 < len(tokens) <= _MOST_COURSE_WORDS or tokens[-1].asks:
        return frozenset()
    words = cues.words(0, len(tokens))
    if words & _WELL and not words & _WAS:
        return frozenset()  # "its been fine since this morning"
    covered = {m.token for m in times}
    found = set()
    for cls in cues.here(_COURSE):
        for start, stop in cues.spans(cls):
            covered.update(range(start, stop))
            if not negation.is_over(start) and not is_brought_on(cues, start):
                found.add(_COURSE[cls])
    if any(moment.days <= RECENT_DAYS for moment in times):
        found |= {"new", "recent"}
    rest = [t.word for k, t in enumerate(tokens) if k not in covered and not t.word.isdigit()]
    return frozenset(found) if set(rest) <= _COURSE_WORDS else frozenset()


def _sides(cues: Cues, start: int, stop: int) -> Iterator[str]:
    """Which side's a body part is: "left lower leg", "the leg on the right"."""
    for k in range(max(0, start - SIDE_REACH), min(len(cues.tokens), stop + SIDE_REACH + 1)):
        word = cues.tokens[k].word
        if word not in {"left", "right"} or cues.sentence[k] != cues.sentence[start]:
            continue
        if k in cues.hidden:
            continue  # "the right one is fine"
        follow = cues.tokens[k + 1].word if k + 1 < len(cues.tokens) else ""
        if word == "right" and follow in _ADVERB_AFTER_RIGHT:
            continue
        if k < stop or cues.words(stop, k) & {"on", "the"}:
            yield word


_ADVERB_AFTER_RIGHT = words_of(
    "down to into through up across now away from after before at in over"
)
