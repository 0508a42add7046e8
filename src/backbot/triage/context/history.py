"""History: a sign that was there once and is told as past.

ConText's historical, by what a text says of times ("in 2010", "when i was eight", "as a kid"). A
bladder, bowel, saddle or both-leg sign is past only where it has gone or came once, years ago
(docs/safety.md, D3); what has gone is told by `recovery`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from backbot.model import FindingStatus, Tier
from backbot.triage.context.mention import CONTINENCE, CRISES, RED_CONCEPTS, Judgement, Mention
from backbot.triage.context.recovery import after_recovery, recovered
from backbot.triage.context.times import LONG_AGO, OLD_DAYS, YEAR_DAYS, Moment
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import STILL_TOLD, TURNS, WINDOW
from backbot.triage.lexicon import Spans
from backbot.triage.text import words_of

_GOING_ON = words_of("had used was were got suffered")


def historical(said: Utterance, m: Mention) -> Judgement | None:
    """A sign that has gone, that came once long ago, or that is told as past."""
    first, end = said.sentence_of(m)
    first, end = max(first, m.start - WINDOW + 1), min(end, m.stop + WINDOW)
    ages = [
        t
        for t in said.times
        if t.ago and first <= t.token < end and not _is_of_another_clause(said, t.token, m)
    ]
    past = [
        (start, stop)
        for start, stop in said.around("past_only", m)
        if said.word(start - 1) != "since" and not _is_of_another_clause(said, start, m)
    ]
    if m.concept == "trauma_major":
        # "bad back in 2015 and now hit by a car": the year is of something else
        ages = [
            t
            for t in ages
            if not _ends_its_clause(said, t.token, m.start) and not _is_now(said, t.token, m)
        ]
        if old := _of_an_old_accident(said, m, ages, past):
            return said.judged(FindingStatus.HISTORICAL, *old)
    days = max((t.days for t in ages), default=None)
    return _past_sign(said, m, ages, past, days)


_YOUNG = words_of(
    "child kid teenager boy girl little young younger lad school teens was toddler baby youngster"
)


def _of_an_old_accident(
    said: Utterance, m: Mention, ages: Sequence[Moment], past: Spans
) -> tuple[int, int] | None:
    """The words that put an accident long ago: a time, or "when i was eight" behind it."""
    _, end = said.sentence_of(m)
    if "again" in said.words(m.stop, end):
        return None
    if ages and max(t.days for t in ages) >= OLD_DAYS:
        return ages[0].token, ages[0].token + 1
    for start, stop in past:
        if stop > m.start and _YOUNG & said.words(start, stop):
            return start, stop
    return None


_ABSENT = words_of("im am was were ill be")  # "once im gone"


def _past_sign(
    said: Utterance, m: Mention, ages: Sequence[Moment], past: Spans, days: float | None
) -> Judgement | None:
    """A sign that has gone, or that is told as past."""
    number = said.sentence[m.anchor]
    gone = recovered(said, m)
    if gone and m.concept in CRISES and said.word(gone[0] - 1) in _ABSENT:
        gone = None  # "they would be happier if i am gone"
    if gone:
        if m.concept == "stroke_signs" and days is None and not past:
            return None  # a face that drooped for five minutes is a warning of the next
        return after_recovery(said, m, gone, LONG_AGO if days is None and past else days)
    if said.inside("still_there", number):
        return None
    if m.concept in RED_CONCEPTS:
        return _once_long_ago(said, m, ages)
    if (past or (days or 0) >= OLD_DAYS) and _is_told_as_past(said, m):
        place = past[0] if past else (ages[0].token, ages[0].token + 1)
        # "after my op last year i was fine but numb toes": only what comes first is past
        parted = TURNS & said.words(place[1], m.start) or _is_now(said, place[1], m)
        if not parted and not _ends_its_clause(said, place[1] - 1, m.start):
            return said.judged(FindingStatus.HISTORICAL, *place)
    return None


_ONCE_REACH = 1
_ENDED_VERBS = words_of("had was were went got felt lost wet peed couldnt did didnt pooed")


def _once_long_ago(said: Utterance, m: Mention, ages: Sequence[Moment]) -> Judgement | None:
    """A sign that came once, years ago: "my legs went numb once in 2004"."""
    old = [t for t in ages if t.days >= YEAR_DAYS]
    beside = said.words(m.start - _ONCE_REACH, m.stop + _ONCE_REACH)
    if not old or "once" not in beside or not said.words(m.start, m.stop) & _ENDED_VERBS:
        return None
    _, end = said.sentence_of(m)
    if STILL_TOLD & said.words(m.stop, min(end, m.stop + WINDOW)):
        return None
    return said.judged(FindingStatus.HISTORICAL, old[0].token, old[0].token + 1)


_PAST_REACH = 7
_LASTING = words_of("have ive has is still now")


def _is_told_as_past(said: Utterance, m: Mention) -> bool:
    """Whether the words up to a sign are in the past tense: "i had numb toes"."""
    low = max(said.sentence_of(m)[0], m.start - _PAST_REACH)
    words = said.words(low, m.stop)
    return bool(words & _GOING_ON) and not words & _LASTING


_OF_THE_SIGN = words_of("that it this which its thats all everything and but")
_TOLD_VERBS = words_of(
    "had was were did went hurt broke injured slipped saw got been started felt"
)
_PAST_VERBS = words_of("had was were used")


def _is_of_another_clause(said: Utterance, time: int, m: Mention) -> bool:
    """Whether a time tells of something else: "chest pain, was fine last year".

    Or "last year it was just pain, ..." before an emergency. "that was last year" is the
    sign's.
    """
    first, end = said.sentence_of(m)
    breaks = said.breaks
    index = bisect_left(breaks, time + 1)  # of the first comma behind the time
    low = max(breaks[index - 1] if index else 0, first)
    close = min(breaks[index] if index < len(breaks) else end, end)
    if m.stop <= time:
        if low < m.stop or said.tokens[low].word in _OF_THE_SIGN:
            return False
    else:
        own = said.words(max(close, m.start - WINDOW), m.stop)
        if m.tier is not Tier.EMERGENCY or m.start < close or _PAST_VERBS & own:
            return False
    told = {
        k
        for k in range(max(low, time - WINDOW), min(close, time + WINDOW))
        if said.tokens[k].word in _TOLD_VERBS
    }
    return bool(told - {time - 1})  # "fell off a ladder, was last year"


_TODAY = words_of("today tonight yesterday again suddenly currently")  # directly behind a sign
_NOW = _TODAY | {"now"}


def _is_now(said: Utterance, time: int, m: Mention) -> bool:
    """Whether the sign behind a time is of today: "a stroke in 2010, face droops today"."""
    if time >= m.start:
        return False
    beside = said.next_word(m.stop) in _TODAY
    return beside or bool(_NOW & said.words(max(time, m.start - WINDOW), m.stop))


_OPENING_TIME = 3  # tokens of "a year ago" at the head of a sentence
_JOINS = words_of("and n but")
_OF_THE_TIME = words_of("ago back earlier")


def _ends_its_clause(said: Utterance, time: int, sign: int) -> bool:
    """Whether a time belongs to what was told before the sign: "had an op last year and …".

    A time that opens the sentence, or a past tense behind it, goes for the sign too.
    """
    after = time + 1
    while after < sign and said.tokens[after].word in _OF_THE_TIME:
        after += 1
    if after > sign:
        return False
    between = said.words(after, sign)
    if "now" in between:
        return True
    first, _ = said.bounds(said.sentence[time])
    follow = said.tokens[after]
    opens = time - first < _OPENING_TIME
    parted = bool(follow.brk) or follow.word in _JOINS
    return not opens and parted and not between & _GOING_ON


_CHILDHOOD_REACH = 8
_PARTS_FROM_THEN = words_of("but now today lately since again")
_TEACHES = words_of("teach teaching teacher teachers work working job")


def as_a_child(said: Utterance, m: Mention) -> Judgement | None:
    """A wet bed in childhood: "i wet the bed as a kid, now i only have a stiff back"."""
    number = said.sentence[m.anchor]
    if m.concept not in CONTINENCE or said.inside("still_there", number):
        return None
    low, high = m.start - _CHILDHOOD_REACH, m.stop + _CHILDHOOD_REACH
    places = said.near("childhood", low, high)
    if not places or _TEACHES & said.words(*said.bounds(number)):
        return None  # "at the primary school i teach at"
    for start, stop in places:
        between = said.words(stop, m.start) | said.words(m.stop, start)
        if said.sentence[start] == number and not between & _PARTS_FROM_THEN:
            return said.judged(FindingStatus.HISTORICAL, start, stop)
    return None
