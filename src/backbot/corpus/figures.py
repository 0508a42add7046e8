"""The figures of a sentence: how much of what, as numbers that can be compared; pure.

Understood: times, amounts, rates ("twice a day", "every two hours", "3 x per week", "daily"),
shares ("20 %", "one in five"), ratios ("twice as often"), ages, years, money and counted things
("12 vertebrae"), each as a number, a range or a limit ("at least", "up to", "or more"). English
only. What has no number ("several times") is no figure, and nor is a name ("week 2", "L5").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from backbot.corpus.numbers import Amount, Tokens, read_amount
from backbot.corpus.units import ADVERBS, UNITS, per_day, time_unit
from backbot.corpus.words import topic_words
from backbot.frozen import dataclass
from backbot.kept import compiled

Bound = Literal["exact", "about", "least", "most"]

_MONEY = frozenset("£$€")
_YEARS = range(1900, 2100)
_MOST_THINGS = 3
_DAILY_OBJECTS = ("life", "lives", "living", "routine", "routines", "activity", "activities")
_NAMES = ("l", "c", "t", "s", "step", "stage", "phase", "level", "week", "day", "month")

_COMPARED = "longer|more|older|greater|heavier|higher"
_LEAST = compiled(
    rf"(?:at least|no less than|not less than|no fewer than|minimum|minimum of|over|above"
    rf"|(?:{_COMPARED}) than|exceeds?|exceeding|[>≥])$"
)
_MOST = compiled(
    rf"(?:up to|at most|(?:no|not|never) (?:\w+ ){{0,2}}(?:{_COMPARED}) than|under|below|within"
    r"|(?:less|fewer|shorter|younger) than|maximum|maximum of|not exceed|not over|[<≤])$"
)
_ABOUT = compiled(r"(?:about|around|roughly|approximately|approx|approx \.|nearly|almost|some|~)$")
_LEAST_AFTER = compiled(
    r"or (?:more|longer|over|older|above)\b|and (?:over|older|more)\b|at least"
)
_MOST_AFTER = compiled(
    r"or (?:less|fewer|under|younger|shorter)\b|at (?:the )?most|max(?:imum)?\b"
)
_OF_AGE = compiled(r"\b(?:aged?|ages|age of|aged? (?:over|under)|(?:older|younger) than)$")
_OF_PEOPLE = compiled(r"\b(?:people|adults|men|women|anyone|those|patients) (?:over|under)$")
_OR_OLDER = compiled(r"(?:or|and) (?:older|younger|over|under)\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it stands in a sentence.

    Attributes:
        family: What is measured: "time", "rate", "volume", "share", "age", "count", …
        low: The smallest value, in the family's base unit (seconds, times a day, grams, …).
        high: The largest; equal to `low` where it is no range.
        bound: Whether the number is a limit.
        text: As written, with its period.
        start: First character of the number in the sentence.
        end: One past the last character of its unit.
        unit: The unit's name, for telling whether two figures use the same.
        per: The period that an amount is for ("day"), "" for none.
        things: Of a count: stems of the words for what is counted; else empty.
    """

    family: str
    low: float
    high: float
    bound: Bound
    text: str
    start: int
    end: int
    unit: str = ""
    per: str = ""
    things: frozenset[str] = frozenset()


_Found = tuple[Figure, int]
"""A figure, and the token after it."""


def figures_of(sentence: str) -> tuple[Figure, ...]:
    """Every figure of a sentence, in order.

    Args:
        sentence: Without markup.
    """
    return tuple(_Reader(sentence).figures())


class _Reader:
    """Reads one sentence from left to right."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._tokens = Tokens(sentence)

    def figures(self) -> Iterator[Figure]:
        at = 0
        while at < len(self._tokens):
            found = self._figure(at)
            if found:
                yield found[0]
            at = max(found[1], at + 1) if found else at + 1

    def _figure(self, at: int) -> _Found | None:
        return (
            self._adverb(at)
            or self._every(at)
            or self._often(at)
            or self._weeks(at)
            or self._money(at)
            or self._amount(at)
        )

    # ------------------------------------------------------------------ how often

    def _adverb(self, at: int) -> _Found | None:
        """A word such as "daily", but not in "daily life"."""
        period = ADVERBS.get(self._tokens[at])
        if not period or self._tokens[at + 1] in _DAILY_OBJECTS:
            return None
        return self._rate(at, at + 1, per_day(period))

    def _every(self, at: int) -> _Found | None:
        """An interval: "every day", "every other day", "each night", "every two hours"."""
        tokens = self._tokens
        if tokens[at] not in ("every", "each"):
            return None
        other = tokens[at + 1] in ("other", "second")
        place = at + 1 + (other or tokens[at + 1] == "single")
        unit = time_unit(tokens[place])
        if unit and not tokens[place].endswith("s"):
            return self._rate(at, place + 1, per_day(unit) / (2 if other else 1))
        amount = read_amount(tokens, place)
        if tokens[at] == "each" or amount is None or amount.low <= 0:
            return None
        behind = tokens.after_dash(amount.end)
        unit = time_unit(amount.unit or tokens[behind])
        if not unit:
            return None
        end = amount.end if amount.unit else behind + 1
        return self._rate(at, end, per_day(unit) / amount.high, per_day(unit) / amount.low)

    def _often(self, at: int) -> _Found | None:
        """Words for times: "once a day", "twice weekly", "once or twice a week"."""
        tokens, times = self._tokens, {"once": 1.0, "twice": 2.0, "thrice": 3.0}
        if tokens[at] not in times:
            return None
        low = high = times[tokens[at]]
        end = at + 1
        if tokens[end] == "as":  # "twice as often"
            return self._made(at, end, "ratio", low), end
        if tokens[end] == "or" and tokens[end + 1] in times:
            high, end = times[tokens[end + 1]], end + 2
        elif tokens[end] in ("or", "to") and (more := read_amount(tokens, end + 1)):
            high, end = more.high, more.end + (tokens[more.end] == "times")
        period, after = self._period(end)
        if not period:
            return None
        return self._rate(at, after, low * per_day(period), high * per_day(period))

    def _rate(self, at: int, end: int, low: float, high: float | None = None) -> _Found:
        return self._made(at, end, "rate", low, high), end

    # ------------------------------------------------------------------ amounts

    def _weeks(self, at: int) -> _Found | None:
        """A range behind its unit: "weeks 4-6"."""
        unit = time_unit(self._tokens[at])
        if not unit or not self._tokens[at].endswith("s"):
            return None
        amount = read_amount(self._tokens, at + 1)
        if amount is None or amount.low == amount.high or not amount.digits or amount.unit:
            return None
        factor = UNITS[unit].factor
        figure = self._made(at, amount.end, "time", amount.low * factor, amount.high * factor)
        return replace(figure, unit=unit), amount.end

    def _money(self, at: int) -> _Found | None:
        sign = self._tokens[at]
        amount = read_amount(self._tokens, at + 1) if sign in _MONEY else None
        if amount is None or not amount.digits:
            return None
        return self._made(at, amount.end, f"money {sign}", amount.low, amount.high), amount.end

    def _amount(self, at: int) -> _Found | None:
        """A number and what it counts or measures."""
        amount = read_amount(self._tokens, at)
        if amount is None:
            return None
        if self._tokens[amount.end] == "s" and int(amount.high) in _YEARS:
            return None  # "the 1990s"
        return (
            self._age(at, amount)
            or self._one_in(at, amount)
            or self._share(at, amount)
            or self._measure(at, amount)
            or self._year(at, amount)
            or self._count(at, amount)
        )

    def _age(self, at: int, amount: Amount) -> _Found | None:
        """An age: "aged 65", "65 or older", "20-year-old", "people over 50"."""
        tokens, before = self._tokens, self._tokens.before(at)
        place = tokens.after_dash(amount.end)
        years = tokens[place] in ("year", "years")
        if not years and tokens.unit(place):
            return None
        end = tokens.after_dash(place + 1) if years else amount.end
        if years and tokens[end] == "old":
            end += 1
        elif years and tokens.some(end, 2) == ["of", "age"]:
            end += 2
        elif not (
            _OR_OLDER.match(tokens.rest(end))
            or _OF_AGE.search(before)
            or _OF_PEOPLE.search(before)
        ):
            return None
        return self._made(at, end, "age", amount.low, amount.high), end

    def _one_in(self, at: int, amount: Amount) -> _Found | None:
        """A share as two numbers: "one in five", "8 out of 10"."""
        tokens, end = self._tokens, amount.end
        if tokens.some(end, 2) == ["out", "of"]:
            end += 1
        elif tokens[end] != "in":
            return None
        whole = read_amount(tokens, end + 1)
        if whole is None or whole.unit or whole.article or tokens.unit(whole.end):
            return None
        if amount.low != amount.high or not 0 < amount.low < whole.low:
            return None
        low, high = 100 * amount.low / whole.high, 100 * amount.low / whole.low
        if whole.digits and int(whole.low) in _YEARS:
            return None  # "577 million in 2017"
        return self._made(at, whole.end, "share", low, high), whole.end

    def _share(self, at: int, amount: Amount) -> _Found | None:
        """A share in words: "20 per cent", "half of", "two thirds of"."""
        tokens, end = self._tokens, amount.end
        low, high = amount.low, amount.high
        if tokens.some(end, 2) == ["per", "cent"]:
            end += 2
        elif high < 1 and not amount.digits and tokens[end] == "of" and not tokens.unit(end + 2):
            low, high = 100 * low, 100 * high
        else:
            return None
        return replace(self._made(at, end, "share", low, high), unit="%"), end

    def _measure(self, at: int, amount: Amount) -> _Found | None:
        """A number with a unit, and the period it is for."""
        tokens = self._tokens
        place = tokens.after_dash(amount.end)
        spelling = amount.unit or tokens[place]
        if not self._measures(spelling, amount, place):
            return None
        unit = UNITS[spelling]
        end = amount.end if amount.unit else place + 1
        family, low, high = unit.family, amount.low, amount.high
        if tokens.some(end, 3) == ["and", "a", "half"]:  # "an hour and a half"
            low, high, end = low + 0.5, high + 0.5, end + 3
        low, high = low * unit.factor, high * unit.factor
        if family == "angle" and tokens[end] in ("c", "celsius", "f", "fahrenheit"):
            family, end = "temperature", end + 1
            if tokens[end - 1].startswith("f"):
                low, high = (low - 32) * 5 / 9, (high - 32) * 5 / 9
        figure = replace(self._made(at, end, family, low, high), unit=unit.name)
        return self._with_period(figure, at, end)

    def _measures(self, spelling: str, amount: Amount, place: int) -> bool:
        """Whether a word is a unit here: "5 m", but not "two feet"."""
        unit = UNITS.get(spelling)
        if unit is None:
            return False
        if unit.family == "times" and amount.high <= 1:
            return bool(self._period(place + 1)[0])  # "one time" measures nothing
        if (len(spelling) == 1 and spelling.isalpha()) or spelling in ("feet", "ft", "stone"):
            return amount.digits
        return True

    def _with_period(self, figure: Figure, at: int, end: int) -> _Found:
        """The figure with its period: "three times a day", "2 litres of water a day"."""
        if figure.family == "times" and self._tokens[end] in ("as", "more", "less", "higher"):
            return replace(figure, family="ratio"), end  # "three times as likely"
        period, after = self._period(end)
        for skipped in (2, 3, 4):
            if not period and self._tokens[end] == "of":
                period, after = self._period(end + skipped)
        if not period:
            return figure, end
        text = self._sentence[figure.start : self._tokens.span(after - 1, after)[1]]
        figure = replace(figure, text=text, bound=self._bound(at, after))
        if figure.family == "times" or (figure.unit == "day" and period in ("week", "month")):
            rate = per_day(period) / (1.0 if figure.family == "times" else UNITS["day"].factor)
            low, high = figure.low * rate, figure.high * rate
            return replace(figure, family="rate", low=low, high=high, unit=""), after
        # "seven hours a night" is how long one sleeps.
        return replace(figure, per="" if period == "night" else period), after

    def _year(self, at: int, amount: Amount) -> _Found | None:
        if not re.fullmatch(r"\d{4}", self._tokens[at]) or int(amount.low) not in _YEARS:
            return None
        return self._made(at, amount.end, "year", amount.low, amount.high), amount.end

    def _count(self, at: int, amount: Amount) -> _Found | None:
        """A number and the things that it counts: up to three words that carry a topic."""
        single = amount.high < 2 or amount.low < 1  # noqa: PLR2004 - "one of the muscles"
        if single or amount.article or amount.unit or self._tokens[at - 1] in _NAMES:
            return None
        things: list[str] = []
        place = self._tokens.after_dash(amount.end)
        while len(things) < _MOST_THINGS and (stems := topic_words(self._tokens[place])):
            things.extend(stems)
            place += 1
        if not things:
            return None
        period, after = self._period(place)
        figure = self._made(at, after if period else amount.end, "count", amount.low, amount.high)
        return replace(
            figure, per=period, things=frozenset(things)
        ), after if period else amount.end

    # ------------------------------------------------------------------ helpers

    def _period(self, at: int) -> tuple[str, int]:
        """The period at a token ("a day", "per week", "daily"), and the token after it."""
        tokens = self._tokens
        if tokens[at] in ADVERBS:
            return ADVERBS[tokens[at]], at + 1
        if tokens[at] in ("on", "over", "in", "during"):
            at += 1
            if tokens[at + 1] in ADVERBS:  # "on a daily basis"
                return ADVERBS[tokens[at + 1]], at + 3
        if tokens[at] in ("a", "an", "per", "each", "every", "/", "any", "one"):
            return time_unit(tokens[at + 1]), at + 2
        return "", at

    def _made(
        self, at: int, end: int, family: str, low: float, high: float | None = None
    ) -> Figure:
        """A figure over some tokens."""
        start, stop = self._tokens.span(at, end)
        text = self._sentence[start:stop]
        high = low if high is None else high
        return Figure(family, low, high, self._bound(at, end), text, start, stop)

    def _bound(self, at: int, end: int) -> Bound:
        """What the words before and after some tokens make of their number."""
        before, rest = self._tokens.before(at), self._tokens.rest(end)
        if _MOST.search(before) or _MOST_AFTER.match(rest):
            return "most"
        plus = "+" in self._tokens.some(at, end - at + 1)
        if plus or _LEAST.search(before) or _LEAST_AFTER.match(rest):
            return "least"
        return "about" if _ABOUT.search(before) else "exact"
