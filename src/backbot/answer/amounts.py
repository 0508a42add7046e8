"""Questions for a figure: "how long", "how often", "how many". The sentence that has it answers.

Which kinds of figure there are, and how they are read, is `corpus.figures`' matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from backbot.corpus.figures import figures_of
from backbot.kept import compiled

_UNITS = r"(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|night|week|wk|month|year|yr)s?"
_RATE = compiled(
    r"\bho?w (?:often|frequent(?:ly)?|regular(?:ly)?)\b|\bho?w many times\b"
    rf"|\btimes (?:a|per|each|every) {_UNITS}\b|\bonce or twice\b"
)
_WHO = r"(?:i|we|you|he|she|they)"
_WHAT = rf"(?:{_WHO}|it|this|that|things|(?:my|the|his|her|their) \w+)"
_TIME = compiled(
    rf"\bho?w many {_UNITS}\b|\b(?:for|after) how much time\b|\bho?w much (?:time|rest)\b"
    r"|\bwh?at length of time\b|\bho?w (?:long|soon|quick(?:ly)?|fast)\b"
    r"|\b(?:til|till|until) it(?:'?s| is)? (?:better|gone)\b"
    # Not "when is it bad", "when do I need a scan": these ask for a condition.
    rf"|\bwh?en(?:'?ll| will) {_WHAT}\b(?! need)|\bwh?en(?:'?s| is) {_WHAT} (?:gonna|going to)\b"
    rf"|\bwh?en (?:can|could|may) {_WHO}\b(?! (?:see|call|ask|go to)\b)"
    rf"|\bwh?en (?:should {_WHO} have|{_WHO} (?:can|could|should) expect)\b"
)
_VOLUME = compiled(r"\bho?w (?:much|many) (?:water|fluids?|lit(?:re|er)s|glasses|cups|pints)\b")
_COUNT = compiled(
    r"\bho?w (?:common|many)\b|\bwh?at (?:share|proportion|fraction|number)\b"
    r"|\bper ?cent(?:age)?\b|%"
)
_SESSIONS = compiled(
    r"\bho?w many (?:\w+ ){0,2}(?:massages?|sessions?|treatments?|visits?|appointments?)\b"
    r"(?! (?:a|per|each|every)\b)"
)
_ASKED = (
    (_SESSIONS, frozenset({"sessions", "count", "times"})),
    (_RATE, frozenset({"rate"})),
    (_TIME, frozenset({"time"})),
    (_VOLUME, frozenset({"volume"})),
    (_COUNT, frozenset({"share", "count", "ratio"})),
)
_SOME_TIMES = compiled(
    r"\b(?:several|multiple|many|few|couple of) times (?:a|per|each|every)\b", re.IGNORECASE
)
_SOME_TIME = compiled(
    rf"\b(?:an? )?(?:few|several|couple of|many) {_UNITS}\b|\ban? {_UNITS} or (?:two|so|more)\b",
    re.IGNORECASE,
)

# Measures that somebody may ask for and a passage may lack: then nothing of it answers.
_MEASURED = tuple(
    (
        compiled(rf"{asks}|\bho?w many (?:{units})\b|\bin (?:{units})[?.! ]*$"),
        frozenset(families),
    )
    for asks, units, families in (
        (
            (
                r"\bho?w (?:hot|cold|warm|cool) (?:should|must|does|is|are|can|to)\b"
                r"|\b(?:wh?at|which|right|best|ideal|safe) temp(?:erature)?s?\b"
            ),
            r"degrees|celsius|fahrenheit",
            ("temperature", "angle"),
        ),
        (
            r"\bho?w (?:heavy|much weight)\b",
            r"kg|kilos?|kilograms?|grams?|pounds|lbs?",
            ("mass",),
        ),
        (
            r"\bho?w (?:tall|wide|thick)\b",
            r"cm|centimet(?:re|er)s?|mm|millimet(?:re|er)s?|inch(?:es)?",
            ("length",),
        ),
        (r"\brep range\b", r"reps?|repetitions?|sets", ("times", "count")),
        (r"\bwh(?:at|ich) year\b", r"years ago|centuries", ("year",)),
    )
)

_NOT_AMOUNTS = frozenset({"year", "age"})

# "How long", "how often" and "how much water" are asked of something that is done: the figure of
# another one does not answer. An exercise is whatever is done with a muscle.
_OF_DOING = frozenset({"time", "rate", "volume", "sessions"})
_DONE = tuple(
    compiled(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"stretch\w*|flexib\w*|lunges?|loosen\w*|exercis\w*",
        r"strength\w*|core|planks?|bridges?|clamshells?|squats?|train\w*|gym|workouts?|exercis\w*",
        r"massag\w*|roll(?:er|ing|s)?|knead\w*|balls?|rub\w*|press\w*",
        r"heat\w*|hot|warm(?!-?\s?up)\w*|bath|compress\w*",
        r"ice|iced|icing|cold|cool|frozen|packs?",
        r"rest\w*|bed|lie|lying",
        r"heal\w*|recover\w*|better|last\w*|gone|go away|back to normal",
        r"sit\w*|chairs?|desk|breaks?|stand\w*|get up|screen|office",
        r"drink\w*|water|fluids?|hydrat\w*",
    )
)

# "How long does it last" is asked of something that ails. What heals in three weeks is the pulled
# muscle, so nothing else may be answered with it: each of these must be what a passage is about.
_LASTING = compiled(
    r"\b(?:last(?:s|ing)?|takes?|heal\w*|recover\w*|better|gone|go(?:es)? away|disappear\w*|clear"
    r"|settles?|ease|subside|cured?|fix(?:ed)?|(?:get|be|getting) (?:over|rid)|back to normal"
    r"|hurt(?:s|ing)?|(?:be|have) (?:in |an? )?(?:\w+ )?(?:pain|ache)|off work)\b"
)
_AILING = tuple(
    compiled(rf"\b(?:{words})", re.IGNORECASE)
    for words in (
        r"dis[ck]s?\b|herniat|hernia\b",
        r"nerve|sciatic",
        r"neck|cervical",
        r"shoulder|trapezius|traps?\b|upper back",
        r"hamstring|hammies|back of (?:my|the) thigh",
        r"hip|flexor",
        r"glute|buttock|bum\b",
        r"trigger|myofascial",
        r"scar tissue|arthrit|stenosis|spondyl|facet|fractur|whiplash|coccyx|tailbone",
        r"needling|needles?\b",
        r"postur|slouch",
        r"imbalance",
    )
)
# A pulled muscle is hard, knotted and goes into spasm: these are the thing only without one.
_WITH_A_STRAIN = tuple(
    compiled(rf"\b(?:{words})", re.IGNORECASE)
    for words in (r"spasm|cramp|seized|locked", r"knots?\b", r"stiff")
)
_STRAIN = compiled(
    r"\b(?:pull|strain|sprain|tear|tore|torn|tweak|twist|injur|rip|lift|hurt (?:my|the) back)"
)
_OTHER_TIME = compiled(r"\b(?:rest\w*|bed|lie|lying|sit\w*|ice|heat|stretch\w*|hold)\b")
# Rest between workouts is not the rest of a pulled muscle.
_REST_BETWEEN = compiled(
    r"\brest\w*\b.{0,20}\bbetween\b|\brest days?\b|\bdays? off (?:the )?(?:gym|train)"
)
_WORKOUT = compiled(r"\b(?:workout|training|overwork)", re.IGNORECASE)
_PAIN = compiled(r"\b(?:pain|ache|aching|hurt|sore|back\b|backache)")
_OF_PAIN = compiled(r"\b(?:pain|ache|hurt)", re.IGNORECASE)


def is_about_what_lasts(question: str, wanted: frozenset[str]) -> Callable[[str], bool] | None:
    """For "how long does it last": whether a passage is about the thing that ails.

    Args:
        question: What was looked up.
        wanted: The families of figures that it asks for.

    Returns:
        Says so of a passage's title, section and text; None where any passage may answer.
    """
    things = _things_that_last(question, wanted)
    return (lambda text: all(thing.search(text) for thing in things)) if things else None


def _things_that_last(question: str, wanted: frozenset[str]) -> list[re.Pattern[str]]:
    text = question.casefold()
    if wanted and _REST_BETWEEN.search(text):
        return [_WORKOUT]
    if "time" not in wanted or not _LASTING.search(text):
        return []
    also = () if _STRAIN.search(text) else _WITH_A_STRAIN
    return [thing for thing in (*_AILING, *also) if thing.search(text)]


def asked_for(question: str) -> frozenset[str]:
    """The families of figures that a question asks for; none where it asks for something else.

    Args:
        question: As typed, or with its spelling put right.
    """
    text = question.casefold()
    for pattern, families in _ASKED:
        if pattern.search(text):
            return families
    return frozenset()


def is_lacking(question: str, wanted: frozenset[str], shown: Iterable[tuple[str, str]]) -> bool:
    """Whether it is asked how long, how often or how much, and nothing that is shown says so.

    A figure counts where what is asked about is done in its sentence or its section, or where the
    question names nothing that is done.

    Args:
        question: What was looked up.
        wanted: The families of figures that it asks for.
        shown: Section and text of each sentence of the answer.
    """
    if wanted.isdisjoint(_OF_DOING):
        return False
    # "After how much time do I stand up": "every 30 minutes" answers too.
    answering = frozenset({"time", "rate"})
    if not wanted & answering:
        answering = wanted
    asked = [pattern for pattern in _DONE if pattern.search(question)]
    if _lasts_in_general(question, wanted):
        shown = [(section, text) for section, text in shown if _OF_PAIN.search(text)]
    return not any(
        not families_in(text).isdisjoint(answering)
        and (not asked or any(pattern.search(f"{section} {text}") for pattern in asked))
        for section, text in shown
    )


def _lasts_in_general(question: str, wanted: frozenset[str]) -> bool:
    """Whether it is asked how long back pain lasts, whatever it comes from.

    That a pulled muscle heals in three weeks says so of a pulled muscle.
    """
    text = question.casefold()
    return (
        "time" in wanted
        and bool(_LASTING.search(text) and _PAIN.search(text))
        and not (_STRAIN.search(text) or _OTHER_TIME.search(text))
    )


def measure_asked_for(question: str) -> frozenset[str]:
    """Families of the temperature, weight, length, repetitions or year that a question asks for.

    Unlike on how long and how often, articles may say nothing on these, and what they say of the
    thing itself is no answer: "how hot should the pack be".

    Args:
        question: As typed, or with its spelling put right.

    Returns:
        Families any of which would answer; none where no such measure is asked for.
    """
    text = question.casefold()
    return next((families for pattern, families in _MEASURED if pattern.search(text)), frozenset())


# Of articles' texts only, never of people's.
@lru_cache(maxsize=16384)
def families_in(text: str) -> frozenset[str]:
    """The families of the figures that a sentence of an article holds.

    "Several times a day" counts as a rate, and "a day or two" as a time: it is what the sentence
    says on how often, or how long.
    """
    figures = figures_of(text)
    families = {figure.family for figure in figures}
    if _SOME_TIMES.search(text) or any(f.family == "time" and f.per for f in figures):
        families.add("rate")
    if _SOME_TIME.search(text):
        families.add("time")
    return frozenset(families)


@lru_cache(maxsize=16384)
def values_in(text: str) -> frozenset[tuple[str, float, float, str]]:
    """The figures of a sentence of an article as kind, from, to and "per", for comparing.

    Years and ages are left out: they say whom or when, not how much.
    """
    return frozenset(
        (figure.family, figure.low, figure.high, figure.per)
        for figure in figures_of(text)
        if figure.family not in _NOT_AMOUNTS
    )
