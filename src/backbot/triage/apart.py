"""Where a message may begin anew without a full stop: at a line's end, behind a question's comma.

"Is swimming good for bad backs" / "fell off a scaffold": on a phone a line's end may be a comma or
a full stop, a question's comma may end it, and many type neither (`run_on`). What is asked, denied
or told of a dog before such a place says nothing of what stands behind it. So such a message is
read a second time, with full stops there, and the graver reading counts (docs/safety.md). Where
the one part needs the other to be understood ("which is the worse sign" / "numbness or pain"), it
is not read apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backbot.triage.context.vocabulary import OPENERS, OR, TERMS
from backbot.triage.run_on import (
    ASKS_FOR_SIGNS,
    POINTS,
    QUESTION,
    UNFINISHED,
    behind_a_denial,
    beside_a_question,
    words_in,
)
from backbot.triage.text import HARD, SOFT, Token, words_of

_GOES_ON = words_of("and or nor like with for of to at from than as that plus he she his her its")
# What ends an old sign, or answers: "numb leg in 2015" / "fixed, fine since".
_ENDS = words_of(
    "no none gone fixed cured healed fine ok okay since never sorted better ago cleared "
    "resolved all said told returned"
)
# What may be gone on with over a line: a list of denials, what somebody asked about.
_LISTS = words_of(
    "asked checked check asks says said no not dont never none without dentist dental"
)

_QUESTION_BEFORE_COMMA = 4
_TOLD = 3  # and of what is told beside it
_LINE = 4  # of each of two lines neither of which asks
_LINE_OF_ITS_OWN = 7  # and of one that speaks of an end: shorter ones may end what stands before
_NO_ITEM = 5  # words that are more than the next item of a list
_LONGEST = 400  # words: to read more than that twice takes long


def told_apart(
    text: str,
    tokens: Sequence[Token],
    asked_about: Collection[tuple[int, int]] = (),
    denied: Collection[tuple[int, int]] = (),
) -> list[Token] | None:
    """The tokens with full stops where the message may begin anew; None where it does so nowhere.

    Args:
        text: As typed.
        tokens: Its, as `tokenise` gives them.
        asked_about: The places of signs, [start, stop), that were read as only asked about.
        denied: And as denied.
    """
    soft = [k for k, token in enumerate(tokens) if k and token.brk == SOFT]
    if not (soft or asked_about or denied) or len(tokens) > _LONGEST:
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
            and not any(begin <= k < comma for k, _ in asked_about)
            and _ends_a_question(tokens[begin:comma], tokens[comma:end])
        ):
            anew.append(comma)
    anew += beside_a_question(tokens, asked_about)
    anew += behind_a_denial(tokens, denied)
    if not anew:
        return None
    apart = list(tokens)
    for k in anew:
        apart[k] = tokens[k]._replace(brk=HARD)
    return apart


def _parts_lines(before: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Whether a line's end may be a full stop."""
    if before[-1].word in UNFINISHED or behind[0].word in _GOES_ON:
        return False
    first, second = words_in(before), words_in(behind)
    if before[0].word in OPENERS:
        whole = len(before) >= QUESTION and not first & ASKS_FOR_SIGNS
        return whole and len(behind) >= _TOLD
    if behind[0].word in OPENERS and not second & (ASKS_FOR_SIGNS | POINTS):
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
        and question[-1].word not in UNFINISHED
        and behind[0].word not in OPENERS | _GOES_ON | TERMS  # "how do i avoid cramps, numbness"
        and not words_in(question) & ASKS_FOR_SIGNS
        and not words_in(behind) & OR
    )
