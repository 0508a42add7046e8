"""Where a message may begin anew without a full stop: at a line's end, behind a question.

"Is swimming good for bad backs" / "fell off a scaffold": on a phone a line's end may be a comma or
a full stop, and a question's comma may end it. What is asked, denied or told of a dog before such
a place says nothing of what stands behind it. So such a message is read a second time, with full
stops there, and the graver reading counts (docs/safety.md). Where the one part needs the other to
be understood ("which is the worse sign" / "numbness or pain"), it is not read apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backbot.triage.context.vocabulary import OPENERS, OR, TERMS
from backbot.triage.text import HARD, SOFT, Token, words_of

# Words that a line cannot end with, and words that go on where it ended.
_UNFINISHED = words_of(
    "and or nor like with for of to in on at from than as the a an my your if when which that "
    "what plus"
)
_GOES_ON = words_of("and or nor like with for of to at from than as that plus he she his her its")
# What asks for signs, or what they are called: those named behind it belong to it.
_ASKS_FOR_SIGNS = words_of(
    "symptom symptoms sign signs flag flags difference between people person someone somebody "
    "patients means mean meaning cause causes called like if when"
)
# A question that points at what was told: "my book says foot drop is from L5" / "is that right".
_POINTS = words_of("it its this that thats these them those they")
# What ends an old sign, or answers: "numb leg in 2015" / "fixed, fine since".
_ENDS = words_of(
    "no none gone fixed cured healed fine ok okay since never sorted better ago cleared resolved "
    "all said told returned"
)
# What may be gone on with over a line: a list of denials, what somebody asked about.
_LISTS = words_of(
    "asked checked check asks says said no not dont never none without dentist dental"
)

_QUESTION = 3  # words of a whole question, at least
_QUESTION_BEFORE_COMMA = 4
_TOLD = 3  # and of what is told beside it
_LINE = 4  # of each of two lines neither of which asks
_LINE_OF_ITS_OWN = 7  # and of one that speaks of an end: shorter ones may end what stands before
_NO_ITEM = 5  # words that are more than the next item of a list
_LONGEST = 400  # words: to read more than that twice takes long


def told_apart(
    text: str, tokens: Sequence[Token], asked_about: Collection[int] = ()
) -> list[Token] | None:
    """The tokens with full stops where the message may begin anew; None where it does so nowhere.

    Args:
        text: As typed.
        tokens: Its, as `tokenise` gives them.
        asked_about: Where signs begin that were read as only asked about.
    """
    soft = [k for k, token in enumerate(tokens) if k and token.brk == SOFT]
    if not soft or len(tokens) > _LONGEST:
        return None
    lines = {k for k in soft if "\n" in text[tokens[k - 1].end : tokens[k].start]}
    stops = [k for k, token in enumerate(tokens) if k and token.brk == HARD]
    begins = [0, *sorted({*lines, *stops})]
    anew: list[int] = []
    for number, begin in enumerate(begins):
        end = begins[number + 1] if number + 1 < len(begins) else len(tokens)
        if begin in lines and _parts_lines(tokens[begins[number - 1] : begin], tokens[begin:end]):
            anew.append(begin)
        comma = next((k for k in soft if begin < k < end), None)
        if (
            comma is not None
            and asked_about
            and not any(begin <= k < comma for k in asked_about)
            and _ends_a_question(tokens[begin:comma], tokens[comma:end])
        ):
            anew.append(comma)
    if not anew:
        return None
    apart = list(tokens)
    for k in anew:
        apart[k] = tokens[k]._replace(brk=HARD)
    return apart


def _parts_lines(before: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Whether a line's end may be a full stop."""
    if before[-1].word in _UNFINISHED or behind[0].word in _GOES_ON:
        return False
    first, second = _words(before), _words(behind)
    if before[0].word in OPENERS:
        whole = len(before) >= _QUESTION and not first & _ASKS_FOR_SIGNS
        return whole and len(behind) >= _TOLD
    if behind[0].word in OPENERS and not second & (_ASKS_FOR_SIGNS | _POINTS):
        return len(before) > 1 and len(behind) >= _TOLD
    if first & _LISTS and (len(behind) < _NO_ITEM or second & OR):
        return False
    own = _LINE_OF_ITS_OWN if second & _ENDS else _LINE
    return len(before) >= _LINE and len(behind) >= own


def _ends_a_question(question: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Whether a comma may end a question: what stands behind it is no list that it asks about."""
    told = next((k for k, token in enumerate(behind) if k and token.brk), len(behind))
    return (
        question[0].word in OPENERS
        and len(question) >= _QUESTION_BEFORE_COMMA
        and told >= _TOLD
        and question[-1].word not in _UNFINISHED
        and behind[0].word not in OPENERS | _GOES_ON | TERMS  # "how do i avoid cramps, numbness"
        and not _words(question) & _ASKS_FOR_SIGNS
        and not _words(behind) & OR
    )


def _words(tokens: Sequence[Token]) -> set[str]:
    return {token.word for token in tokens}
