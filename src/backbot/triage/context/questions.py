"""Questions: a sign that is only asked about, in general, and nobody's own.

"can sciatica cause a numb foot", "what are the signs of cauda equina". A statement, a question
that points at what is told beside it ("numb bum, is that normal") and bare words before or behind
a whole question stay somebody's own (docs/safety.md, H2). What is only asked about gets a soft
note and no warning.
"""

from __future__ import annotations

from backbot.model import FindingStatus, Tier
from backbot.triage.context.cues import longest
from backbot.triage.context.denial import is_retracted
from backbot.triage.context.mention import CORE, CRISES, Judgement, Mention
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import (
    LEADING,
    MEDICAL,
    OPENERS,
    PERSON_WORDS,
    QUESTION_OPENERS,
    READS,
    SIGNS_IN_LISTS,
    STATED,
    TERMS,
    THEIRS,
    WINDOW,
)
from backbot.triage.lexicon import Spans
from backbot.triage.text import words_of

_WONDERS = words_of("i im was just wondering wonder curious asking")
# Questions whose comma may go on to the sign that is asked about.
_ASKS_FOR_SIGNS = words_of(
    "symptom symptoms sign signs difference between people person someone somebody patients means "
    "mean meaning cause causes called like for of if when with from about"
)


def feared_without_signs(said: Utterance, m: Mention) -> Judgement | None:
    """A condition that is feared by somebody who has none of its signs."""
    if m.concept != "ces_named_self":
        return None
    low, high = said.beside(m)
    for start, stop in said.near("no_signs", max(low, m.start - WINDOW), high):
        if not is_retracted(said, m) and start < m.stop + WINDOW:
            return said.judged(FindingStatus.INFORMATIONAL, start, stop)
    return None


def asked_about(said: Utterance, m: Mention) -> Judgement | None:
    """A sign that is asked about in general: "can sciatica cause a numb foot"."""
    if m.concept in CRISES and m.tier is Tier.EMERGENCY:
        return None
    number = said.sentence[m.anchor]
    if _asks_of_oneself(said, m, number) or _is_stated(said, m, number):
        return None
    # "sciatica, what causes it" asks what a word means, "numb foot, what causes it" tells
    term = _is_a_term(said, m)
    if (number, term) not in said.asked:
        said.asked[number, term] = _general_question(said, number, points=not term)
    cue = said.asked[number, term] or _of_anybody(said, m, number)
    if not cue or _is_told_first(said, m, number) or _is_told_after(said, m, number):
        return None
    return Judgement(FindingStatus.INFORMATIONAL, cue)


def _asks_of_oneself(said: Utterance, m: Mention, number: int) -> bool:
    """Whether a question can hardly be idle: "is it normal to not feel when you wipe"."""
    if not _is_plain(said, m) or _disclaimers(said):
        return False
    return any(start <= m.start for start, _ in said.inside("asks_of_oneself", number))


_ASKS_FOR_SIGNS_FIRST = _ASKS_FOR_SIGNS - {"when", "for"}
_CURIOUS = words_of(
    "question wondering just only curious curiosity out of interest general generally asking im hi"
)


def _is_stated(said: Utterance, m: Mention, number: int) -> bool:
    """Whether it is a plain statement, whatever else the message says: "my bum is numb".

    Bare words about bladder, bowel or saddle with nothing but "just curious" beside them too.
    """
    first, end = said.bounds(number)
    if m.names_a_condition or said.tokens[said.opening(first, m.start)].word in OPENERS:
        return False
    first, end = max(first, m.start - WINDOW), min(end, m.stop + WINDOW)
    words = said.words(m.start, m.stop)
    asked = said.around("informational", m)
    wondering = [place for place in asked if not _is_read_later(said, place, m)]
    if asked and not wondering:
        return True  # "chest pressure, read about it online"
    if any(not said.words(*place) <= _CURIOUS for place in wondering):
        # "please explain what to do, cant pee"
        before = all(stop <= m.start for _, stop in wondering)
        asks = _ASKS_FOR_SIGNS_FIRST & said.words(first, m.start)
        return bool(said.tokens[m.start].brk and words & STATED and before and not asks)
    if words & STATED:
        return True
    if m.tier is not Tier.EMERGENCY or words <= MEDICAL or "?" in said.text:
        others = said.words(first, m.start) | said.words(m.stop, end)
        return _is_plain(said, m) and others <= _CURIOUS
    return all(said.words(*place) <= _CURIOUS for place in _disclaimers(said))


def _is_read_later(said: Utterance, place: tuple[int, int], m: Mention) -> bool:
    """Whether somebody says behind a sign and a comma where they have read of it."""
    return (
        place[0] >= m.stop
        and bool(READS & said.words(*place))
        and said.is_parted(m.stop, place[0])
    )


def _is_a_term(said: Utterance, m: Mention) -> bool:
    """Whether it is the name of a thing: a diagnosis, "incontinence", "foot drop"."""
    if m.names_a_condition:
        return True
    first, _ = said.bounds(said.sentence[m.start])
    opens = m.start <= said.opening(first, m.start + 1)
    return opens and said.words(m.start, m.stop) <= TERMS


def _is_told_first(said: Utterance, m: Mention, number: int) -> bool:
    """Whether a sign is told before the question: "numb bum, how serious is that".

    Such words are somebody's own without an "I". A diagnosis that is named, or a sign whose
    meaning or cause is asked, stays a general question.
    """
    low, high = said.bounds(number)
    first = said.opening(low, high)
    if m.start - first > LEADING or said.word(first) in OPENERS or _disclaimers(said):
        return False
    asked = said.inside("informational", number)
    if not asked or asked[0][0] < m.stop:
        return False
    remedies = {start for start, _ in said.inside("remedy_asked", number)}
    if all(start in remedies for start, _ in asked):
        return True  # "numb toes, which stretches help"
    if _is_a_term(said, m):
        return False
    opens = said.tokens[asked[0][0]]
    if _is_plain(said, m) and (opens.brk or opens.word in OPENERS):
        return True  # "numb bum, is there a tablet for it"
    return _is_told_bare(said, m, number, asked)


def _is_plain(said: Utterance, m: Mention) -> bool:
    """Whether it is a sign of bladder, bowel or saddle in lay words."""
    return m.concept in CORE and not said.words(m.start, m.stop) <= MEDICAL


_ABOUT_THE_SIGN = words_of("cause causes caused causing mean means meaning is it that this they")
_CUE_AND_OBJECT = 4


def _is_told_bare(said: Utterance, m: Mention, number: int, asked: Spans) -> bool:
    """Whether bare words are somebody's own, given what is asked behind them."""
    if any(start < m.start for start, _ in said.inside("fiction", number)):
        return False  # "my book says foot drop is from L5, is that right"
    first = asked[0][0]
    of_it = _ABOUT_THE_SIGN & said.words(first, first + _CUE_AND_OBJECT)
    if said.tokens[first].brk and not of_it:
        return True  # "numb toes, whats the best chair"
    judged = {start for start, _ in said.inside("judging", number)}
    return all(start in judged for start, _ in asked)


_TOLD_REACH = 2  # tokens between a comma and a sign that is told behind it


def _is_told_after(said: Utterance, m: Mention, number: int) -> bool:
    """Whether a sign follows a whole question: "would heat help, foot wont lift".

    The question asks for no symptoms and names none, and no second one follows it.
    """
    if _is_a_term(said, m) or _disclaimers(said):
        return False
    first, _ = said.bounds(number)
    first = said.opening(first, m.start)
    breaks = said.breaks_within(first + 1, m.start)
    if not breaks or breaks[-1] < m.start - _TOLD_REACH:
        return False
    asked = said.inside("informational", number)
    again = said.tokens[breaks[-1]].word in OPENERS
    if again or any(start >= breaks[0] for start, _ in asked):
        return False
    if READS & said.words(first, first + 3):
        # "read about it online, numb bum, cant pee"
        return not THEIRS & said.words(max(breaks[0], m.start - WINDOW), m.stop)
    asks = said.tokens[first].word in OPENERS
    if not asks or _ASKS_FOR_SIGNS & said.words(first, breaks[0]):
        return False
    return not any(said.near(name, first, breaks[-1]) for name in SIGNS_IN_LISTS)


# What makes a question that points ask after all: "is it normal to get …", "can you help with …".
_GOES_ON = words_of(
    "to for of with when if in after about a an having getting being called and or like "
    "when during while from on at by as than"
)


def _pointing(said: Utterance, number: int) -> list[tuple[int, int]]:
    """Questions that point at what is told beside them, whole by themselves."""
    return [
        (start, stop)
        for start, stop in longest(said.inside("pointing", number))
        if said.next_word(stop) not in _GOES_ON
    ]


def _general_question(said: Utterance, number: int, *, points: bool) -> str:
    """The words that make a sentence a question about the sign in general, or "".

    Args:
        said: The text.
        number: Of the sentence.
        points: Whether a question may point at the sign ("what causes it").
    """
    first, stop = said.bounds(number)
    asides = _pointing(said, number)
    pointing = asides if points else []
    first = said.opening(first, stop, pointing)
    if first >= stop:
        return ""
    opener = said.tokens[first].word
    causal = opener in OPENERS and any(
        not any(low <= start < high for low, high in asides)
        for start, _ in said.inside("causal_verb", number)
    )
    asks, shows = _question(said, first, stop)
    cues = [
        (a, b)
        for a, b in said.inside("informational", number)
        if _opens(said, a, first)
        and not _only_wonders(said, a, b, stop)
        and not any(low <= a < high for low, high in pointing)
        and "but" not in said.words(a, b)  # "your article helped but my grip is weak"
    ]
    disclaimed = _disclaimers(said)
    if not (cues or asks or disclaimed or _asks_at_the_end(said, first, stop)):
        return ""
    if shows and not (asks or causal):
        return ""
    if _is_personal(said, number, first, stop, causal=causal):
        return ""
    return said.quote(*cues[0]) if cues else said.quote(first, first + 1)


_DISOWNS = words_of(
    "dont havent not curiosity curious interest interested asking wondering nosy general "
    "generally want exam course essay studies homework project class presentation dissertation"
)


def _disclaimers(said: Utterance) -> list[tuple[int, int]]:
    """Where somebody says that it is not about them.

    A message that begins with "just wondering" is no less told, and what a comma parts is no
    such phrase: "nobody listens, hands have gone clumsy". Nor is "touch wood", "so far so
    good", "im healthy": whoever says so may tell of a sign in the same breath.
    """
    if said.disowned is not None:
        return said.disowned
    said.disowned = [
        (start, stop)
        for start, stop in said.spans("disclaimer")
        if _DISOWNS & said.words(start, stop)
        and not (start < LEADING and said.words(start, stop) <= _WONDERS)
        and not said.is_parted(start + 1, stop - 1)
        and not _has_an_object(said, stop)
    ]
    return said.disowned


def _has_an_object(said: Utterance, stop: int) -> bool:
    """Whether "i dont have any" goes on: "i dont have any pain"."""
    any_of_what = said.tokens[stop - 1].word == "any"
    return any_of_what and said.next_word(stop) not in {"", "of", "at", "myself", "thankfully"}


def _only_wonders(said: Utterance, start: int, stop: int, end: int) -> bool:
    """Whether a cue is no more than a polite beginning: "just wondering, numb toes"."""
    parted = stop < end and bool(said.tokens[stop].brk)
    return parted and said.words(start, stop) <= _WONDERS


_YOU_REACH = 10  # tokens between a sign and the person it is told of
_ANYBODY = words_of("you people someone somebody")
_LEAVES = words_of("make makes leave leaves give gives get gets making leaving")


def _of_anybody(said: Utterance, m: Mention, number: int) -> str:
    """The "you" of "can a disc paralyse you, my back is fine but i wonder", or ""."""
    first, stop = said.bounds(number)
    first = said.opening(first, stop)
    if first >= m.anchor or said.tokens[first].word not in QUESTION_OPENERS:
        return ""
    if PERSON_WORDS & said.words(m.start - _YOU_REACH, m.stop):
        return ""
    leaves = said.tokens[m.anchor - 1].word in _ANYBODY and bool(
        _LEAVES & said.words(m.anchor - 3, m.anchor)
    )
    after = m.stop < stop and said.word(m.stop) in _ANYBODY
    inside = m.stop - m.start > 1 and said.tokens[m.stop - 1].word in _ANYBODY
    return said.tokens[first].word if leaves or after or inside else ""


_SHORT_QUESTION = 5
_ENDS_IN = words_of("meaning definition explained what")


def _asks_at_the_end(said: Utterance, first: int, stop: int) -> bool:
    """Whether a few words end in the question: "foot drop meaning", "foot drop is what"."""
    return stop - first <= _SHORT_QUESTION and said.tokens[stop - 1].word in _ENDS_IN


_WAS = words_of("was were")
_BEING = words_of("is are")
_AFTER_I_WAS = words_of(
    "sat told diagnosed fine ok in at on out just so asleep only always never up off with rushed "
    "lying trying able unable stuck left woken carried hit thrown knocked about late busy rear "
    "shunted attacked mugged assaulted kicked punched pushed crushed pinned trampled run found "
    "admitted taken given t"
)
# "can not pee", "does not walk": a statement, whatever it begins with.
_NOT_AFTER_OPENER = words_of(
    "be just not hardly barely no scarcely unable only never t i my he she walk pee wee poo move "
    "stand sit sleep eat manage hold feel still"
)
# "is this cauda equina" asks about oneself; "is it normal", "is it true that" do not.
_POINTING = frozenset({"it", "this", "that", "these", "its"})
_GENERAL = words_of(
    "true normal common possible usual typical dangerous serious rare harmful a an"
)
_BARE_LENGTH = 2


def _question(said: Utterance, first: int, stop: int) -> tuple[bool, bool]:
    """Whether it begins as a question, and whether that points at something of one's own.

    "is numbness …" and "is it normal …" ask, "is this …" points, "can not pee" does neither.
    """
    opener, follow, after = (
        said.tokens[k].word if k < stop else "" for k in range(first, first + 3)
    )
    if opener not in QUESTION_OPENERS:
        return False, False
    if opener in _WAS and (follow.endswith("ing") or follow in _AFTER_I_WAS):
        return False, False  # "was driving home and …": the "I" is left out
    if opener in _BEING and stop - first <= _BARE_LENGTH and "?" not in said.text:
        return False, False  # "my leg" / "is tingling"
    points = follow in _POINTING
    asks = follow not in _NOT_AFTER_OPENER and (not points or after in _GENERAL)
    return asks, points


def _opens(said: Utterance, start: int, first: int) -> bool:
    """Whether a cue stands where it is a question: "is a …" only where a sentence begins."""
    if said.tokens[start].word not in QUESTION_OPENERS or start <= first:
        return True
    return bool(said.tokens[start].brk) or said.tokens[start - 1].word in {"and", "or", "so"}


# Beside a verb of cause, nobody in particular: "can it make me limp".
_IN_GENERAL = words_of("me i you us")


def _is_personal(said: Utterance, number: int, first: int, stop: int, *, causal: bool) -> bool:
    """Whether somebody speaks of a person they know, not of people in general."""
    hidden = {
        k
        for name in ("impersonal", "disclaimer")
        for a, b in said.inside(name, number)
        for k in range(a, b)
    }
    if causal:
        hidden |= {k for k in range(first, stop) if said.tokens[k].word in _IN_GENERAL}
    name = "personal_strong" if causal else "personal"
    return any(hidden.isdisjoint(range(start, end)) for start, end in said.inside(name, number))
