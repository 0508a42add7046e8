"""Time: how long ago, or for how long, something is said to have been.

"three days ago", "since 2015", "last month", "since september", but no ages of people. What counts
as recent or as old follows decision D3 of docs/safety.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backbot.frozen import dataclass
from backbot.triage.text import Token, words_of

OLD_DAYS, RECENT_DAYS, YEAR_DAYS = 90, 14, 365
LONG_AGO = 400.0  # what a year stands for: whoever writes it does not mean the last weeks
_YEAR_DIGITS = 4
_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "couple": 2, "few": 3, "several": 4, "many": 10, "some": 3,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_UNIT_DAYS = {
    "hour": 0, "hours": 0, "hrs": 0, "hr": 0, "minute": 0, "minutes": 0, "mins": 0, "min": 0,
    "day": 1, "days": 1, "night": 1, "nights": 1, "week": 7, "weeks": 7, "wk": 7, "wks": 7,
    "fortnight": 14, "month": 30, "months": 30, "mths": 30, "year": 365, "years": 365, "yr": 365,
    "yrs": 365, "decade": 3650, "decades": 3650, "summers": 365, "winters": 365,
}  # fmt: skip
_BEFORE_YEAR = words_of("in since from back my of around during until till after before")
# "since september" is weeks at least; "last winter" is over.
_MONTHS = words_of(
    "january february march april may june july august september october november december "
    "jan feb apr jun jul aug sept sep oct nov dec"
)
_SEASONS = words_of("spring summer autumn winter")
_FEASTS = words_of("easter christmas xmas diwali ramadan eid halloween lent")
_OF_A_SEASON = words_of("the about around early mid late end of beginning start")
_SINCE_DAYS, _LAST_SEASON_DAYS = 30.0, 91.0
_DISTANT = words_of("childhood teenager uni university")
_DISTANT_DAYS = 3650.0
_YOUNGEST, _OLDEST = 16, 110
_AGED_PERSON = words_of(
    "mother father mum mom dad wife husband son daughter gran granny grandma grandpa grandad nan "
    "uncle aunt aunty auntie brother sister patient male female man woman lady gentleman aged age "
    "im mr mrs ms m f mama papa"
)
_AGED_BEHIND = words_of("male female man woman lady gentleman")
_LASTED = words_of("for since past last over about almost nearly")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time expression.

    Attributes:
        token: Where it stands.
        days: How long ago or how long.
        ago: "ago" rather than "for".
    """

    token: int
    days: float
    ago: bool


def moments(tokens: Sequence[Token]) -> Iterator[Moment]:
    """Time expressions of a text, with their age in days."""
    for k, token in enumerate(tokens):
        word = token.word
        if word in _UNIT_DAYS and k:
            if found := _counted(tokens, k):
                yield found
        elif _is_year(word) and k and (tokens[k - 1].word in _BEFORE_YEAR or _alone(tokens, k)):
            yield Moment(k, LONG_AGO, tokens[k - 1].word != "since")
        elif word in _SEASONS | _MONTHS | _FEASTS and k:
            if found := _named(tokens, k):
                yield found
        elif word in _DISTANT and k and tokens[k - 1].word in {"a", "at", "in", "my"}:
            yield Moment(k, _DISTANT_DAYS, ago=True)


def _named(tokens: Sequence[Token], k: int) -> Moment | None:
    """The age of "since september", "since the summer", "last winter"."""
    before = [t.word for t in tokens[max(0, k - 3) : k]]
    while before and before[-1] in _OF_A_SEASON:
        before.pop()
    if "last" in before[-1:]:
        if tokens[k].word not in _SEASONS:
            return None
        return Moment(k, _LAST_SEASON_DAYS, ago="since" not in before)
    return Moment(k, _SINCE_DAYS, ago=False) if "since" in before[-1:] else None


def _alone(tokens: Sequence[Token], k: int) -> bool:
    """Whether nothing but marks stands beside a word: "after the twins (2010)"."""
    return bool(tokens[k].brk) and (k + 1 == len(tokens) or bool(tokens[k + 1].brk))


def _is_year(word: str) -> bool:
    return len(word) == _YEAR_DIGITS and word.isdigit() and word[:2] in {"19", "20"}


def _counted(tokens: Sequence[Token], k: int) -> Moment | None:
    """The age of "three days", "two weeks ago", "last month"."""
    unit = _UNIT_DAYS[tokens[k].word]
    before = tokens[k - 1].word
    if before == "last" and tokens[k].word in {"year", "month", "week"}:
        since = k > 1 and tokens[k - 2].word == "since"  # "numb since last year" still is
        return Moment(k, float(unit), ago=not since)
    follow = tokens[k + 1].word if k + 1 < len(tokens) else ""
    if follow in {"old", "olds", "of"} and tokens[k].word[:2] in {"ye", "yr"}:
        return None  # "im 38 years old and cant pee": an age says nothing of the sign's
    if _is_an_age(tokens, k, follow):
        return None
    count = _count(before) or (_count(tokens[k - 2].word) if k > 1 else 0.0)
    if not count and follow not in {"ago", "back"}:
        return None
    near = [t.word for t in tokens[k + 1 : k + 3] if t.brk == 0]
    ago = follow in {"ago", "back", "earlier"} or "ago" in near
    return Moment(k, unit * max(count, 1.0), ago)


def _is_an_age(tokens: Sequence[Token], k: int, follow: str) -> bool:
    """Whether years are a person's, without "old": "my mother 66 yrs", "male 45 years"."""
    if tokens[k].word[:2] not in {"ye", "yr"} or follow in {"ago", "back", "now"}:
        return False
    if not _YOUNGEST <= _count(tokens[k - 1].word) <= _OLDEST:
        return False
    first = tokens[k - 2].word if k > 1 else ""
    return first in _AGED_PERSON or (follow in _AGED_BEHIND and first not in _LASTED)


def _count(word: str) -> float:
    if word.isdigit():
        return float(word)
    return float(_NUMBER_WORDS.get(word, 0))
