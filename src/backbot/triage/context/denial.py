"""Denial: whether a sign is negated, by a cue that reaches it, by an answer, or apart from it.

ConText's negation, with what people take back: "no numbness", "numbness? no", "he asked if i leak,
i said no". A denial counts only where nothing says that it is over, of a time before, or withdrawn
(docs/safety.md, H2: in doubt a sign is present).
"""

from __future__ import annotations

from backbot.model import FindingStatus
from backbot.triage.context.mention import CONTINENCE, CRISES, Judgement, Mention, lowered
from backbot.triage.context.negation import (
    DENIED_NOUNS,
    LINKS,
    LIST_REACH,
    NOUN_CUES,
    OPINIONS,
    Scope,
)
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import (
    ABLE,
    DENIALS,
    DENIED_SIGNS,
    FINITE,
    LEADING,
    LONGEST_CUE,
    OR,
)
from backbot.triage.text import HARD, words_of

_ANSWER_REACH = 10  # tokens between an answer and what it answers
# A sign that begins with one of these is a thing one can have none of ("no loss of control").
_NOUN_LOSS = words_of(
    "loss lack lost losing loosing less difficulty difficulties trouble problem problems issue "
    "issues control incontinence retention feeling sensation bladder bowel urinary numb numbness "
    "bother accident accidents pads"
)
_OWNERS = words_of("my his her the our both")


def denied(said: Utterance, m: Mention, own: set[int]) -> Judgement | None:
    """A sign that is denied: "no numbness", "numbness? no", "no longer numb".

    Args:
        said: The text.
        m: The sign.
        own: Tokens of the sign's own words within it; a negation there is part of the sign.
    """
    apart = _denies_apart(said, m)
    if apart is not None:
        return said.judged(FindingStatus.NEGATED, apart, apart + 1)
    cue = _cue_over(said, m, own)
    if cue is None:
        return _negated_behind(said, m)
    if _is_undone(said, cue, m):
        return None
    words = said.quote(cue.start, cue.stop)
    if words.lower().endswith("longer"):
        return Judgement(FindingStatus.HISTORICAL, words, lowered(m))
    return Judgement(FindingStatus.NEGATED, words)


# A sign told in many words ("couldnt walk to the loo without having to sit and pant") is not
# undone by a negation somewhere among them.
_TOLD_AT_LENGTH = 6


def _cue_over(said: Utterance, m: Mention, own: set[int]) -> Scope | None:
    """The cue whose scope holds the sign, or that stands within it."""
    if m.negative:
        # "cannot feel" stays; "loss of control" can be denied
        deniable = not DENIALS & said.words(m.start, m.stop)
        if deniable or said.tokens[m.anchor].word in _NOUN_LOSS:
            return said.negation.over(m.anchor, (m.start, m.stop))
        return None
    cue = said.negation.over(m.anchor, (m.anchor, m.anchor + 1))
    if cue is None or cue.start in own:
        # before the quality only its scope counts: "half hasnt come back, numb there"
        brief = m.stop - m.anchor <= _TOLD_AT_LENGTH
        cue = said.negation.within(m.anchor, m.stop, own) if brief else None
    return cue


def _is_undone(said: Utterance, cue: Scope, m: Mention) -> bool:
    """Whether a cue denies no sign after all, for what stands around it."""
    if m.concept in CRISES and said.is_parted(cue.stop + 1, m.start):
        return True  # "no pain, thinking of ending it all"
    return _is_of_the_time_before(said, cue, m) or _is_spent(said, cue, m) or is_retracted(said, m)


# What one should have: none of it is the sign.
_FUNCTIONS = words_of("control sensation strength power")
_LOST_OF_IT = (_NOUN_LOSS - _FUNCTIONS - words_of("bladder bowel urinary")) | DENIALS


def _negated_behind(said: Utterance, m: Mention) -> Judgement | None:
    """The sign denied by what follows it: "numbness? no"."""
    beside = said.words(m.start - LEADING, m.stop)
    if _FUNCTIONS & said.words(m.start, m.stop) and not _LOST_OF_IT & beside:
        return None  # "bladder control? none"
    after = said.negation.after(m.stop)
    if after and not said.text[said.tokens[after[1] - 1].end :].lstrip().startswith("?"):
        return said.judged(FindingStatus.NEGATED, *after)
    return None


_CUES_INSIDE = NOUN_CUES | {"not"}
_TELLS_OF_A_LOSS = DENIALS | words_of(
    "gone lost loss losing stopped stuck blocked numb dead weak tingling tingly wet soaked out "
    "hard difficult odd weird strange different wrong less slow slower only just"
)


def _denies_apart(said: Utterance, m: Mention) -> int | None:
    """The "no" of a sign that denies another one, which a comma parts from the rest.

    "no leaks, normal wee" tells of no wee that fails, nor does "no weakness, bladder works";
    "yes i can feel my bits, no my legs are fine" answers twice.
    """
    for k in range(m.start, m.stop):
        if said.tokens[k].word not in _CUES_INSIDE:
            continue
        last = m.start < k == m.stop - 1 and said.tokens[k].brk
        if last and said.next_word(m.stop) in _OWNERS:
            return k
        breaks = said.breaks_within(k + 2, m.stop - 1)
        if not breaks or said.tokens[breaks[0] - 1].word not in DENIED_NOUNS:
            continue
        rest = said.words(m.start, k) | said.words(breaks[0], m.stop)
        if not rest & _TELLS_OF_A_LOSS:
            return k
    return None


_UP_TO_REACH = 4
_NEVER = words_of("never havent hasnt hadnt didnt")
_UP_TO = words_of("before till until til")
_A_TIME = words_of(
    "last this yesterday today tonight now monday tuesday wednesday thursday friday saturday "
    "sunday then recently my the i lately two three four five a"
)
_DAYS = words_of(
    "yesterday monday tuesday wednesday thursday friday saturday sunday this last mon tue tues "
    "wed thurs fri sat sun"
)


def _is_of_the_time_before(said: Utterance, cue: Scope, m: Mention) -> bool:
    """Whether a sign was denied up to a time: "i never wet myself before last week".

    Or since a day on which it was there: "havent wet myself since tuesday".
    """
    since = m.concept in CONTINENCE and said.word(m.stop) == "since"
    if since and said.word(m.stop + 1) in _DAYS:
        return True
    if not _NEVER & said.words(cue.start, cue.stop):
        return False
    high = min(m.stop + _UP_TO_REACH, len(said.tokens) - 1)
    for k in range(m.stop, high):
        if said.tokens[k].brk:
            return False
        if said.tokens[k].word in _UP_TO and not said.tokens[k + 1].brk:
            return said.tokens[k + 1].word in _A_TIME
    return False


_QUALITIES = words_of("numb tingly dead weak wet floppy leaking wetting peeing pooing losing")
# Before a sign's first word, what shows that it is still denied.
_GOES_ON = (LINKS | OPINIONS) - words_of("around round down about up over under")
_GOES_ON |= words_of("a an any really very so too at all new been be or nor and n no not")
_ENDED_BY = words_of("today anymore currently yesterday lately recently tonight yet")


def _is_spent(said: Utterance, cue: Scope, m: Mention) -> bool:
    """Whether what a cue denies was said before the sign: "no back pain today bum is numb".

    The sign is a clause of its own then, behind a noun that the cue denies; a list that ends
    in "or" goes on.
    """
    inside = not m.negative and {"no", "not", "nor"} & said.words(m.start + 1, m.stop)
    if m.start <= cue.stop or inside:
        return False
    before = m.start - 1
    while before > cue.stop and said.tokens[before].word in _OWNERS:
        before -= 1
    parted = said.is_parted(cue.stop + 1, m.start)
    if said.tokens[before].word in _GOES_ON and not said.tokens[m.start].brk:
        return False
    if _is_within_a_list(said, cue, m):
        return False
    if not any(said.near(name, cue.stop, m.start) for name in DENIED_SIGNS):
        return False
    told = bool(FINITE & said.words(m.start, m.stop))
    ended = _ENDED_BY & said.words(cue.stop, m.start)
    begins = ended or said.tokens[m.start].word in _QUALITIES
    return told or (not parted and bool(begins))


_OR_SO = words_of("so more anything something maybe")  # "or so" joins nothing


def _is_within_a_list(said: Utterance, cue: Scope, m: Mention) -> bool:
    """Whether an "or" joins a sign to what is denied: "no pain, wetting or soiling".

    "no back pain or leg pain, bladder leaking": its list had ended.
    """
    for k in range(cue.stop, min(m.stop + LIST_REACH, len(said.tokens))):
        if k >= m.stop and said.tokens[k].brk == HARD:
            break
        if said.tokens[k].word not in OR:
            continue
        if k >= m.start:
            if said.word(k + 1) not in _OR_SO:
                return True
        elif not said.is_parted(k, m.start):
            return True
    return False


def is_retracted(said: Utterance, m: Mention) -> bool:
    """Whether a denial is taken back behind it: "i said no but i do", "and did last night"."""
    _, end = said.beside(m)
    return said.affirms("retracted", m.stop, end) or any(
        said.ends(stop) for _, stop in said.near("retracted_at_the_end", m.stop, end)
    )


_ASKED_OF_IT = words_of(
    "serious normal come should dangerous bad worry need matter ok safe urgent"
)


def answered_no(said: Utterance, m: Mention) -> Judgement | None:
    """What somebody asked and the answer was no: "he asked if i leak, i said no"."""
    for start, stop in said.around("answered_no", m):
        if not start < m.start < stop:
            continue
        # "asked if i can feel it, i said no": the answer is the sign
        able = ABLE & said.words(start, m.stop)
        retracted = "but" in said.words(stop, stop + 2)
        asked_of_it = _ASKED_OF_IT & said.words(start, m.start)
        if is_retracted(said, m) or said.claimed or asked_of_it or _goes_on(said, stop):
            break
        if not able and not retracted:
            return said.judged(FindingStatus.NEGATED, start, stop)
    for start, stop in said.around("answered_no_first", m):
        able = ABLE & said.words(start, m.stop)
        if is_retracted(said, m) or said.claimed:
            break
        if 0 <= m.start - stop <= _ANSWER_REACH and not able:
            return said.judged(FindingStatus.NEGATED, start, stop)
    return _answered_next(said, m)


# Of a list that was asked for, what is there already; behind its answer, what is after all.
_HAD_OF_IT = words_of("my this that his her our how why when since i im ive")
_TAKEN_BACK = words_of(
    "yes except apart actually besides but bar lied well until though now today tonight since "
    "yesterday then both still again only woke wake started start starting starts came comes "
    "coming began begun happened happening have has got get feel felt going gone lost cant "
    "morning evening last later next after before was new is lie lies lying truth wrong"
)


def _answered_next(said: Utterance, m: Mention) -> Judgement | None:
    """A list asked for, its answer in the next sentence: "GP asked about fevers. all no"."""
    if said.claimed or is_retracted(said, m):
        return None
    first, end = said.bounds(said.sentence[m.anchor] + 1)
    for start, stop in said.near("all_no", first, min(end, first + LONGEST_CUE)):
        if start != first or not said.ends(stop):
            continue
        if _TAKEN_BACK & said.words(stop, stop + _ANSWER_REACH):
            continue  # "all no. except the fever"
        for _, high in said.around("asked_through", m):
            # "asked about my cancer", "about the leaking": what is there already
            asked = said.words(high, m.stop)
            named = "the" in asked and "family" not in asked
            if high <= m.start and not (named or _HAD_OF_IT & asked):
                return said.judged(FindingStatus.NEGATED, start, stop)
    return None


_NO_OF_A_THING = words_of(
    "scan scans mri need appointment appointments tests test reason tablets problem rush beds "
    "idea wonder way further point"
)


def _goes_on(said: Utterance, stop: int) -> bool:
    """Whether a "no" is no answer: "asked about the leaking, he said no scan needed"."""
    return said.tokens[stop - 1].word == "no" and said.next_word(stop) in _NO_OF_A_THING
