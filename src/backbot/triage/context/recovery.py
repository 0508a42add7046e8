"""Recovery: the words that say a sign has gone, and whether it is that sign that went.

"numb for a week, fine now", but not "numb and the pain has gone". A sign of the last two weeks
that has gone counts as if it were there; later it gives one tier less, and after three months
nothing (docs/safety.md, D3 and D7).
"""

from __future__ import annotations

import itertools
from collections.abc import Set as AbstractSet

from backbot.model import FindingStatus
from backbot.triage.context.cues import longest
from backbot.triage.context.mention import RED_CONCEPTS, Judgement, Mention, lowered
from backbot.triage.context.times import OLD_DAYS, RECENT_DAYS
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import FINITE, TURNS
from backbot.triage.text import words_of

# What may be gone for good: a sign or what stands for it, never a back, a disc or a feeling.
_MAY_BE_GONE = words_of(
    "it its that thats this they theyre numbness tingling weakness pain pains symptoms symptom "
    "sciatica needles which everything fever"
)
_BESIDE_GONE = words_of("all completely fully totally now has have is just mostly")
_BARE_LENGTH, _SINCE_REACH = 2, 4


def after_recovery(
    said: Utterance, m: Mention, place: tuple[int, int], days: float | None
) -> Judgement | None:
    """What a sign that has gone still gives: all, one tier less, or nothing, by its age.

    Args:
        said: The text.
        m: The sign.
        place: The words that say that it has gone.
        days: How long ago it was, None where nothing says so.
    """
    if days is None:
        if m.concept in RED_CONCEPTS and _is_of_these_days(said, m):
            return None  # "couldnt pee last night, fine now"
    elif days <= RECENT_DAYS:
        return None
    elif days >= OLD_DAYS:
        return said.judged(FindingStatus.HISTORICAL, *place)
    return Judgement(FindingStatus.HISTORICAL, said.quote(*place), lowered(m))


_DAY_REACH = 25
_THESE_DAYS = words_of("yesterday today tonight")
_LAST_NIGHT = frozenset({("last", "night"), ("this", "morning"), ("last", "week")})


def _is_of_these_days(said: Utterance, m: Mention) -> bool:
    """Whether its sentence names yesterday, last night or today near by."""
    first, end = said.sentence_of(m)
    low, high = max(first, m.start - _DAY_REACH), min(end, m.stop + _DAY_REACH)
    words = [token.word for token in said.tokens[low:high]]
    return not _THESE_DAYS.isdisjoint(words) or any(
        pair in _LAST_NIGHT for pair in itertools.pairwise(words)
    )


def _has_returned(said: Utterance, m: Mention, since: int) -> bool:
    """Whether what went came back: "went away for two years and has returned"."""
    _, end = said.sentence_of(m)
    return any(
        not said.negation.is_over(start) and "not" not in said.words(start - 2, start)
        for start, _ in said.near("came_back", since, end)
    )


_RECOVERY_BEFORE, _RECOVERY_AFTER, _RECOVERY_NEXT = 4, 10, 8


def recovered(said: Utterance, m: Mention) -> tuple[int, int] | None:
    """The words that say it has gone, if they are about this sign."""
    number = said.sentence[m.anchor]
    low, high = said.bounds(number)
    low, high = max(low, m.start - _RECOVERY_BEFORE), min(high, m.stop + _RECOVERY_AFTER)
    for start, stop in longest(said.near("resolved", low, high)):
        if _was_another_time(said, stop) or _stays_lost(said, m, start, stop):
            continue
        if _is_recovery(said, m, start, stop) and not _has_returned(said, m, stop):
            return start, stop
    low, high = said.bounds(number + 1)
    for start, stop in longest(said.near("resolved", low, min(high, m.stop + _RECOVERY_NEXT))):
        if _stays_lost(said, m, start, stop):
            continue
        of_it = not _is_of_another(said, low, start, low) and not _was_another_time(said, stop)
        if stop - start > 1 and of_it and not said.negation.is_over(start):
            return start, stop
    return None


_LOST = words_of("lost lose loses losing loss went gone no")
_DEAD = words_of("numb dead")
_BACK_AGAIN = words_of("back returned")
_ONCE_REACH = 6


def _stays_lost(said: Utterance, m: Mention, start: int, stop: int) -> bool:
    """Whether what has not come back is the power or the feeling: "lost feeling, not returned".

    Of a bottom that "went dead and hasn't come back" it is the feeling, in doubt.
    """
    if not _BACK_AGAIN & said.words(start, stop):
        return False
    own = said.words(m.start, m.stop)
    first, _ = said.sentence_of(m)
    lost = own & _LOST_NOT_CURED or (own & _DEAD and m.concept in RED_CONCEPTS)
    return (
        bool(lost)
        and bool(own & _LOST)
        and "once" not in said.words(max(first, m.start - _ONCE_REACH), start)
    )


def _was_another_time(said: Utterance, stop: int) -> bool:
    """Whether it is of an earlier time that words say so: "it went away last time"."""
    behind = said.word(stop)
    return behind in {"before", "previously"} or (
        behind in {"last", "first", "other", "previous"} and said.word(stop + 1) == "time"
    )


_BARE_GONE = words_of("gone went has passed ended")
_NOT_YET = TURNS | {"still", "yet"}
_BEFORE_SIGN = words_of("recovered healed cured longer over")


def _is_recovery(said: Utterance, m: Mention, start: int, stop: int) -> bool:
    """Whether words of recovery in a sign's sentence say that the sign has gone."""
    if m.start <= start < m.stop or said.negation.is_over(start):
        return False
    if m.concept == "urinary_retention" and "nothing" in said.words(start, stop):
        return False  # "nothing would come, still nothing now"
    if start < m.start:
        # "the pain healed but my bum is numb"
        turned = said.is_parted(stop, m.start) or _NOT_YET & said.words(stop, m.start)
        return not turned and bool(_BEFORE_SIGN & said.words(start, stop))
    if _is_of_a_pain(said, m, start) or _is_of_something_else_gone(said, m, start, stop):
        return False
    bare = said.tokens[start].word in _BARE_GONE and stop - start <= _BARE_LENGTH
    return not bare or _has_gone(said, m, start, stop)


_OBJECTS = words_of("it that this them everything me him her")


def _is_of_something_else_gone(said: Utterance, m: Mention, start: int, stop: int) -> bool:
    """Whether something else has gone or is fine: "numb but my back is fine now"."""
    cured = said.word(stop) in _OBJECTS  # "antibiotics sorted it"
    clause = _begins_a_clause(said, m.stop, start)
    own = said.words(m.start, m.stop)
    if clause and not cured and _is_of_another(said, clause, start, m.stop, own):
        return True
    if not said.near("terminators", m.stop, start):
        return False
    return bool(said.near("back", m.stop, start) or said.near("pain", m.stop, start))


def _begins_a_clause(said: Utterance, low: int, high: int) -> int:
    """Where the last clause before `high` begins, 0 if none does from `low` on."""
    for k in range(high, low - 1, -1):
        if said.tokens[k].brk or (k < high and said.tokens[k].word in {"and", "but"}):
            return k
    return 0


# Beside words of recovery, none of them its subject.
_BESIDE_RECOVERY = _BESIDE_GONE | words_of(
    "year years month months week weeks day days hour hours ago time last this "
    "been was were am im ive had then so but and finally eventually later luckily thankfully "
    "gradually slowly soon also since ever always again not never hasnt havent a an the in with "
    "after for of bit much no i he she we they its it got getting feeling feels felt"
)
_MAY_BE_OVER = _MAY_BE_GONE - {"pain", "pains", "fever"} | words_of(
    "both legs leg foot feet arm hand hands one thing problem problems issue issues trouble "
    "operation op surgery physio treatment birth delivery injection age born until till by "
    "himself herself myself he she now"
)
# Word classes of what may recover with a sign: where it was, and what it was.
_MAY_RECOVER = (
    "leg", "arm", "leg_both", "saddle", "buttock", "bladder_word", "numb", "tingle", "weak",
    "weak_noun",
)  # fmt: skip


def _is_of_another(
    said: Utterance, low: int, start: int, end: int, own: AbstractSet[str] = frozenset()
) -> bool:
    """Whether what has gone is named, and is not the sign: "my bum is numb, headache gone".

    Args:
        said: The text.
        low: Where the clause begins.
        start: The words that say that it has gone.
        end: Of the sign.
        own: The sign's own words.
    """
    k = start - 1
    while k >= low and (said.tokens[k].word in _BESIDE_RECOVERY or said.tokens[k].word.isdigit()):
        k -= 1
    if k < max(low, end) or said.tokens[k].word in own or said.tokens[k].word in _MAY_BE_OVER:
        return False
    return not any(said.near(name, k, k + 1) for name in _MAY_RECOVER)


_ALL_OF_IT = words_of("all both everything they whole lot")


def _is_of_a_pain(said: Utterance, m: Mention, start: int) -> bool:
    """Whether a pain has gone, told after the sign: "numb and the pain has gone"."""
    pains = said.near("pain", m.stop, start)
    if not pains:
        return False
    joined = "and" in said.words(m.stop, pains[0][0])
    if not joined and not said.is_parted(m.stop, pains[0][0]):
        return False
    last = pains[-1][1]
    own_clause = not joined or bool(FINITE & said.words(m.start, m.stop))
    return not said.is_parted(last, start) and not _ALL_OF_IT & said.words(
        last, start + (not own_clause)
    )


_LOSS_AFTER_GONE = words_of(
    "numb dead weak tingly floppy clumsy funny weird from wrong down on limp asleep to under off "
    "into all completely totally out up midnight noon"
)
_LOST_NOT_CURED = words_of(
    "feeling sensation control power strength urge balance movement function use grip"
)


def _has_gone(said: Utterance, m: Mention, start: int, stop: int) -> bool:
    """Whether "gone" says that the sign has ended: not "gone numb", nor "the disc went"."""
    follow = said.next_word(stop)
    # "numb down there, went swimming"
    goes_on = follow in _LOSS_AFTER_GONE or follow.isdigit() or follow.endswith("ing")
    if goes_on or m.concept == "trauma_major":
        return False  # "the scaffold went and i went with it"
    k = start - 1
    if said.tokens[k].word == "but" and follow in {"", "now"}:
        return True  # "sciatica since last year but gone now"
    if said.tokens[k].word in _LOST_NOT_CURED:
        return False
    while k >= m.stop and said.tokens[k].word in _BESIDE_GONE:
        k -= 1
    if "since" in said.words(start - _SINCE_REACH, start):
        return False
    return k < m.stop or said.tokens[k].word in _MAY_BE_GONE
