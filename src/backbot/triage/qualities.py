"""Qualities such as "numb", "weak", "burning": where they are no sign, and where they need a part.

"dead legs after a marathon", "weak wifi" and "dont feel like it" are none; "asleep" is one only of
a part; "numb" says enough alone (docs/safety.md, D2 and H4).
"""

from __future__ import annotations

from collections.abc import Iterator

from backbot.triage.context.cues import Cues
from backbot.triage.parts import (
    BESIDE,
    LIMB_REACH,
    NEAR,
    SIDE_REACH,
)
from backbot.triage.text import words_of

# "tired legs", "heavy arm": a weakness only beside a limb.
_VAGUE_WEAK = words_of(
    "heavy jelly wobbly limp week collapse collapsed shaky gives fails packing lazy slow weak "
    "tremble trembles trembling trembly shake shakes "
    "fold folds cave crumble failing tired spaghetti noodle noodles"
)
# Of these, what no exertion explains: power that is gone, not legs that are tired (C24).
_LOST_POWER = words_of(
    "weak week collapse collapsed gives fails fold folds cave crumble failing limp"
)
# "all week, legs fine": a time; "weak quads, how to train them": a muscle to be trained.
_BEFORE_A_WEEK = words_of("all this last next every each per one a the whole")
_TRAINED = words_of(
    "quads quad calves hamstrings ankles wrists knees shoulders hips glutes core abs triceps"
    " biceps"
)
_OF_ITS = words_of("in of my the your lower upper")  # "weakness in my lower back"


def is_no_sign(cues: Cues, quality: str, start: int, stop: int) -> bool:
    """Whether the words of a quality mean something else here."""
    if quality == "numb":
        dead = cues.words(start, stop) == {"dead"}
        dead = dead and not cues.near("saddle", start - NEAR, stop + NEAR)
        if dead and _is_after_exercise(cues, start, stop):
            return True  # "dead legs after a marathon"
        weight = stop < len(cues.tokens) and cues.tokens[stop].word == "weight"
        return weight or _is_mood(cues, start, stop)
    if quality in {"weak", "weak_noun"}:
        return _is_a_limp(cues, start, stop) or _weak_is_fine(cues, start, stop)
    if quality == "burn" and cues.near("down", stop, stop + SIDE_REACH):
        return False  # "burning all down my leg after gardening": no muscle's burn runs
    if quality in {"odd_feel", "burn"}:
        private = quality == "odd_feel" and cues.near("saddle", start - NEAR, stop + NEAR)
        return not private and _is_after_exercise(cues, start, stop)
    # "zaps in my legs when I look down" is a sign of the neck, with a rule of its own
    return quality == "electric" and any(
        cues.sentence[k] == cues.sentence[start]
        for k, _ in cues.near("neck_bend", start - 2 * BESIDE, stop + 2 * BESIDE)
    )


def is_asked_about(cues: Cues, start: int, stop: int) -> bool:
    """Whether a clinician asks or looks for it, in no part, and no yes follows.

    "My legs ache. gp asked about numbness, i said no": the numbness is not the legs'.
    """
    low, high = cues.bounds(cues.sentence[start])
    before = cues.words(max(low, start - _ASKED_REACH), start)
    if not before & _ASKS or not before & _FOR_IT:
        return False
    if cues.words(stop, stop + _ANSWER_REACH) & _ANSWERED_YES:
        return False
    # "asked about numbness. told them all of my left leg": what follows may be the answer
    high = max(high, stop + _ANSWER_REACH)
    return not any(cues.near(part, low, high) for part in _ASKED_PARTS)


_ASKED_REACH, _ANSWER_REACH = 5, 10
_ASKS = words_of("asked asks asking ask checked checks checking check tested testing tests")
_FOR_IT = words_of("about for if whether any")
_ASKED_PARTS = ("leg", "leg_both", "arm", "saddle", "buttock", "face")
_ANSWERED_YES = words_of(
    "yes yeah yep yup ya have had got do did there lied its it is was been comes and but"
)


def _is_after_exercise(cues: Cues, start: int, stop: int) -> bool:
    """Whether the sentence tells of exercise beside it, of these days."""
    tired = cues.near("after_exercise", start - 2 * BESIDE, stop + 2 * BESIDE)
    return any(
        cues.sentence[k] == cues.sentence[start]
        and not cues.words(k - _WHEN_REACH, last + _WHEN_REACH) & _TOO_LONG_AGO
        for k, last in tired
    )


_WHEN_REACH = 6
_TOO_LONG_AGO = words_of("week weeks month months fortnight ago")


_LIMPING = words_of("i he she we to a the with slight small bit")


def _is_a_limp(cues: Cues, start: int, stop: int) -> bool:
    """Whether "limp" is a way of walking: "i limp a bit"; a limp arm has no power."""
    return cues.words(start, stop) == {"limp"} and bool(cues.words(start - 1, start) & _LIMPING)


_OF_A_PART = words_of(
    "asleep sleep sleeping dead frozen anaesthetic anesthetic sleepy slept foreign alien detached "
    "disconnected switched turned buzzing crawling fuzzy ants vibrating static"
)
OF_THINGS_TOO = words_of(
    "dead frozen broke broken off gone died buzzing crawling fuzzy ants static vibrating "
    "unplugged disconnected been not connected isnt arent"
)


def needs_limb(cues: Cues, start: int, stop: int) -> bool:
    """Whether only a part can be asleep or dead so, not a person or a phone."""
    return bool(cues.words(start, stop) & _OF_A_PART)


# Of what is felt, these say it without a body part; "like wood", "someone elses", "fizzy" and
# "electric" are said of other things too.
_SAID_ALONE = {
    "numb": words_of(
        "numb numbness numbed numbish numby nummb numm num deadness hypoaesthesia hypoesthesia "
        "anaesthesia feeling feelings sensation sensations feel feels felt sunn deadened"
    ),
    "tingle": words_of(
        "tingle tingles tingled tingling tinglings tingly tingler tingliness pins needles "
        "paraesthesia "
        "paraesthesias paresthesia paresthesias parasthesia prickling prickles jhunjhuni fizzing "
        "buzzing"
    ),
    "electric": words_of("shock shocks zap zaps zapping jolt jolts zinger zingers"),
}
_PAINFUL = words_of(
    "pain pains shock shocks feeling feelings sensation sensations jolt jolts stab stabs zap zaps "
    "spark sparks twinge twinges"
)
# What follows where "dont feel" is a loss: "dont feel pressured" is a mood.
_MAY_BE_FELT = words_of(
    "anything nothing much it them a any my his her the your when in on at down below under "
    "properly touch things thing as because cos coz since and but or from after now anymore there "
    "here where if well right inside that this with for during"
)


def stands_alone(cues: Cues, quality: str, start: int, stop: int) -> bool:
    """Whether a quality is a sign without any body part: "numb", "pins and needles"."""
    alone = _SAID_ALONE.get(quality)
    if alone is None:
        return True
    words = cues.words(start, stop)
    if quality == "electric":
        return bool((words | cues.words(stop, stop + 1)) & _PAINFUL)
    if not words & alone:
        return False
    if cues.tokens[stop - 1].word in _FEELS and stop < len(cues.tokens):
        follow = cues.tokens[stop]
        return bool(follow.brk) or follow.word in _MAY_BE_FELT
    return True


_FEELS = words_of("feel feels")


def one_sided(cues: Cues, part: int, names: set[str]) -> bool:
    """Whether a buttock is one side's, with a leg beside it (decision D2)."""
    near = cues.words(part - 2, part) | cues.words(part + 2, part + 2 + LIMB_REACH)
    return bool(near & {"left", "right", "one"}) and "leg" in names


def _is_mood(cues: Cues, start: int, stop: int) -> bool:
    """Whether "don't feel" goes on with something that is no loss of feeling."""
    if not {"feel", "sense"} & cues.words(start, stop):
        return False
    if cues.near("share_of_a_part", stop - 1, stop + 1):
        return False  # "cant feel any of my toes"
    return bool(cues.near("notfeel_ok", stop - 1, stop + 1))


def _weak_is_fine(cues: Cues, start: int, stop: int) -> bool:
    """Whether the weak thing is the core, the glutes or the wifi, and no limb is near."""
    sentence = cues.sentence[start]

    def limb_within(reach: int) -> bool:
        return any(
            cues.sentence[first] == sentence and first - stop <= reach and start - last <= reach
            for part in ("leg", "arm", "leg_both")
            for first, last in cues.near(part, start - reach - 2, stop + reach + 1)
        )

    words = cues.words(start, stop)
    if cues.tokens[start].word == "week" and cues.words(start - 1, start) & _BEFORE_A_WEEK:
        return True
    beside = cues.words(stop, stop + 1) | cues.words(start - 1, start)
    if words == {"weak"} and beside & _TRAINED and cues.inside("train", sentence):
        return True
    if words & _VAGUE_WEAK:
        if _is_tired(cues, words, start, stop):
            return True
        if "weak" not in words:
            return not limb_within(NEAR)
    for first, last in _of_this_clause("weak_ok", start, stop, cues):
        if first > stop and not cues.words(stop, first) <= _OF_ITS:
            continue
        if cues.sentence[first] == sentence and start - last <= SIDE_REACH:
            return not limb_within(LIMB_REACH)
    return False


def _of_this_clause(name: str, start: int, stop: int, cues: Cues) -> Iterator[tuple[int, int]]:
    """Places beside a weakness that no comma parts from it: "sore back, i have weakness"."""
    for first, last in cues.near(name, start - LIMB_REACH - 1, stop + LIMB_REACH):
        if not any(token.brk for token in cues.tokens[last : start + 1]):
            yield first, last


def _is_tired(cues: Cues, words: set[str], start: int, stop: int) -> bool:
    """Whether a weakness is that of training, or of legs tired by it (C24)."""
    if cues.inside("weak_trained", cues.sentence[start]):
        return True
    return not words & _LOST_POWER and _is_after_exercise(cues, start, stop)
