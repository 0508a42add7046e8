"""The figures of a sentence: how much of what, as numbers that can be compared; pure.

Understood: digits, number words, fractions ("half an hour", "1½"), ranges ("4-6 weeks", "weeks
4 to 6", "a day or two"), bounds ("at least", "up to", "or more"), rates ("twice a day", "every
two hours", "3 x per week", "daily"), shares ("20 %", "one in five"), ages, years, amounts of
money and counted things ("12 repetitions"). English only. What has no number ("several times")
is no figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from backbot.corpus.words import topic_words

Bound = Literal["exact", "about", "least", "most"]

_DAY = 86_400.0
_TIME: Mapping[str, float] = {
    "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": _DAY, "night": _DAY,
    "week": 7 * _DAY, "fortnight": 14 * _DAY, "month": 30.44 * _DAY, "year": 365.25 * _DAY,
}  # fmt: skip
# Family, factor to its base unit, names. Names of one letter count after digits only.
_UNITS = """
time 1 second seconds sec secs s
time 60 minute minutes min mins
time 3600 hour hours hr hrs h
time 86400 day days night nights
time 604800 week weeks wk wks
time 1209600 fortnight fortnights
time 2630016 month months
time 31557600 year years yr yrs
volume 1 ml millilitre millilitres milliliter milliliters
volume 10 cl centilitre centilitres
volume 1000 l litre litres liter liters
volume 568 pint pints
mass 0.001 mg milligram milligrams
mass 0.000001 mcg µg microgram micrograms
mass 1 g gram grams gramme grammes
mass 1000 kg kilo kilos kilogram kilograms kilogramme
mass 453.6 lb lbs pound pounds
mass 28.35 oz ounce ounces
mass 6350 stone
length 0.001 mm millimetre millimetres millimeter millimeters
length 0.01 cm centimetre centimetres centimeter centimeters
length 1 m metre metres meter meters
length 1000 km kilometre kilometres kilometer kilometers
length 0.0254 inch inches
length 0.3048 feet ft
length 0.9144 yard yards
length 1609 mile miles
energy 1 kcal calorie calories
share 1 % percent
angle 1 degree degrees °
glass 1 glass glasses
cup 1 cup cups
bottle 1 bottle bottles
spoon 1 teaspoon teaspoons tsp
spoon 3 tablespoon tablespoons tbsp
times 1 time times x × repetition repetitions rep reps repeats
"""
_UNIT = {
    name: (family, float(factor), names.split()[0])
    for line in _UNITS.strip().splitlines()
    for family, factor, names in (line.split(" ", 2),)
    for name in names.split()
}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
).split()
_NUMBER = {word: float(n) for n, word in enumerate(_SMALL)}
_TENS = {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0,
         "seventy": 70.0, "eighty": 80.0, "ninety": 90.0}  # fmt: skip
_SCALE = {"hundred": 100.0, "thousand": 1000.0, "million": 1e6, "billion": 1e9, "dozen": 12.0}
_PART = {"half": 0.5, "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25, "quarters": 0.25,
         "fifth": 0.2, "fifths": 0.2}  # fmt: skip
_GLYPH = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_EACH = {"daily": "day", "nightly": "night", "weekly": "week", "hourly": "hour",
         "monthly": "month", "yearly": "year", "annually": "year"}  # fmt: skip
_DASHES = frozenset("-–—‑−")
_MONEY = frozenset("£$€")
_NO_RATE_AFTER = frozenset("life lives living routine routines activity activities task tasks".split())  # noqa: E501

_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d{1,2})?(?![\d])|\d+|[½¼¾⅓⅔]"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*|\S"
)
_LEAST = re.compile(
    r"(?:at least|no less than|not less than|no fewer than|minimum(?: of)?|more than|over|above"
    r"|longer than|older than|greater than|heavier than|higher than|exceed(?:s|ing)?|[>≥])$"
)
_MOST = re.compile(
    r"(?:up to|at most|(?:no|not|never) (?:\w+ ){0,2}(?:more|longer|older|greater|heavier|higher) than|less than|under"
    r"|below|fewer than|shorter than|younger than|maximum(?: of)?|within|not exceed|not over|[<≤])$"
)
_ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|approx|approx \.|circa|nearly|almost|some|~|≈)$"
)
_LEAST_AFTER = re.compile(r"(?:or (?:more|longer|over|older|above)|and (?:over|older|above|more)|at least|plus|\+|minimum)\b|\+")  # noqa: E501
_MOST_AFTER = re.compile(r"(?:or (?:less|fewer|under|younger|shorter)|at (?:the )?most|at a maximum|max(?:imum)?)\b")  # noqa: E501
_BEFORE_ARTICLE = re.compile(
    r"(?:for|after|within|than|least|most|up to|in|about|around|lasts?|takes?|every|only|once)$"
)
_OF_AGE = re.compile(r"(?:age|aged|age of|ages|older than|younger than|age over|aged over|aged under)$")  # noqa: E501
_YEAR_RANGE = range(1900, 2100)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it stands in a sentence.

    Attributes:
        family: What is measured: "time", "rate", "volume", "share", "age", "count", …
        low: The smallest value, in the family's base unit (seconds, times a day, litres, …).
        high: The largest; equal to `low` where it is no range.
        bound: Whether the number is a limit.
        unit: The unit's first name, for telling whether two figures use the same.
        per: The period that an amount is for ("day"), "" for none.
        things: Of a count: stems of the words for what is counted; else empty.
        text: As written, with its period.
        start: First character of the number in the sentence.
        end: One past the last character of its unit.
    """

    family: str
    low: float
    high: float
    bound: Bound
    unit: str
    per: str
    things: frozenset[str]
    text: str
    start: int
    end: int


def figures_of(sentence: str) -> tuple[Figure, ...]:
    """Every figure of a sentence, in order.

    Args:
        sentence: Without markup.
    """
    return tuple(_Reader(sentence).figures())


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number or a range, before its unit: `end` is the token after it."""

    low: float
    high: float
    end: int
    unit: str = ""
    article: bool = False
    digits: bool = False


class _Reader:
    """Reads one sentence from left to right."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._tokens = [
            _Token(m.group().casefold().replace("’", "'"), m.start(), m.end())
            for m in _TOKEN.finditer(sentence)
        ]

    def figures(self) -> Iterator[Figure]:
        at = 0
        while at < len(self._tokens):
            found = self._figure(at)
            if found is None:
                at += 1
            else:
                figure, after = found
                yield figure
                at = max(after, at + 1)

    # ------------------------------------------------------------------ what stands here

    def _figure(self, at: int) -> tuple[Figure, int] | None:
        for reader in (self._every, self._often, self._unit_first, self._money, self._amount):
            if found := reader(at):
                return found
        return None

    def _every(self, at: int) -> tuple[Figure, int] | None:
        """ "every two hours", "every day", "every other day", "each night", "daily"."""
        word = self._word(at)
        if word in _EACH:
            if self._word(at + 1) in _NO_RATE_AFTER:
                return None
            return self._made(at, at + 1, "rate", _DAY / _TIME[_EACH[word]]), at + 1
        if word not in ("every", "each"):
            return None
        after, factor = at + 1, 1.0
        if self._word(after) in ("other", "second"):
            after, factor = after + 1, 2.0
        if self._word(after) == "single":
            after += 1
        if (unit := self._time_unit(after)) and not self._word(after).endswith("s"):
            rate = _DAY / (factor * _TIME[unit])
            return self._made(at, after + 1, "rate", rate), after + 1
        amount = self._range(after)
        if amount is None or word == "each":
            return None
        unit = amount.unit or self._time_unit(self._skip_dash(amount.end))
        if not unit:
            return None
        end = amount.end + (0 if amount.unit else self._skip_dash(amount.end) - amount.end + 1)
        low, high = (_DAY / (value * _TIME[unit]) for value in (amount.high, amount.low) if value)
        return self._made(at, end, "rate", low, high), end

    def _often(self, at: int) -> tuple[Figure, int] | None:
        """ "once a day", "twice weekly"; "three times a day" is read as an amount."""
        times = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
        if self._word(at) not in times:
            return None
        low = high = times[self._word(at)]
        after = at + 1
        if self._word(after) == "or" and self._word(after + 1) in times:
            high = times[self._word(after + 1)]
            after += 2
        elif self._word(after) in ("or", "to") and (more := self._range(after + 1)):
            high = more.high
            after = more.end + (self._word(more.end) == "times")
        if self._word(after) == "as" and low == high:  # "twice as often"
            return self._made(at, after, "ratio", low), after
        period, end = self._period(after)
        if not period:
            return None
        days = _TIME[period] / _DAY
        return self._made(at, end, "rate", low / days, high / days), end

    def _unit_first(self, at: int) -> tuple[Figure, int] | None:
        """ "weeks 4-6": a range of weeks. "Week 4" names a week and is none."""
        unit = self._time_unit(at)
        if not unit or not self._word(at).endswith("s"):
            return None
        amount = self._range(at + 1)
        if amount is None or amount.low == amount.high or not amount.digits or amount.unit:
            return None
        factor = _TIME[unit]
        figure = self._made(at, amount.end, "time", amount.low * factor, amount.high * factor)
        return replace(figure, unit=unit), amount.end

    def _money(self, at: int) -> tuple[Figure, int] | None:
        if self._word(at) not in _MONEY:
            return None
        amount = self._range(at + 1)
        if amount is None or not amount.digits:
            return None
        figure = self._made(at, amount.end, "money" + self._word(at), amount.low, amount.high)
        return figure, amount.end

    def _amount(self, at: int) -> tuple[Figure, int] | None:
        """A number and what it counts or measures."""
        amount = self._range(at)
        if amount is None:
            return None
        for reader in (self._age, self._share, self._measure, self._year, self._count):
            if found := reader(at, amount):
                return found
        return None

    # ------------------------------------------------------------------ kinds of amounts

    def _age(self, at: int, amount: _Amount) -> tuple[Figure, int] | None:
        end = amount.end
        before = self._before(at)
        dashed = self._skip_dash(end)
        years = self._word(dashed) in ("year", "years")
        after = self._skip_dash(dashed + 1) if years else end
        old = years and self._word(after) == "old"
        of_age = years and [self._word(after), self._word(after + 1)] == ["of", "age"]
        rest = self._rest(after)
        older = re.match(r"(?:or|and) (?:older|younger|over|under)\b", rest)
        people = re.search(r"\b(?:people|adults|men|women|anyone|those|patients) (?:over|under)$", before)
        if not (old or of_age or (older and not self._unit_at(dashed)) or (older and years)):
            if not _OF_AGE.search(before) and not people:
                return None
            if self._unit_at(dashed) and not years:
                return None
        stop = after + 1 if old else after + 2 if of_age else after
        return self._made(at, stop, "age", amount.low, amount.high), stop

    def _share(self, at: int, amount: _Amount) -> tuple[Figure, int] | None:
        """ "one in five", "8 out of 10", "half of", "two thirds of", "20 per cent"."""
        words = [self._word(amount.end + n) for n in range(3)]
        if words[0] in ("in", "out") and not amount.unit and amount.low == amount.high:
            start = amount.end + (2 if words[:2] == ["out", "of"] else 1)
            whole = self._range(start) if words[0] == "in" or words[1] == "of" else None
            fits = whole and not whole.unit and whole.low > amount.low and not whole.article
            if whole and fits and not self._unit_at(whole.end):
                shares = sorted(100 * amount.low / n for n in (whole.low, whole.high))
                return self._made(at, whole.end, "share", shares[0], shares[1]), whole.end
        if words[:2] == ["per", "cent"]:
            figure = self._made(at, amount.end + 2, "share", amount.low, amount.high)
            return figure, amount.end + 2
        is_part = amount.high < 1 and not amount.digits
        if is_part and words[0] == "of" and not self._unit_at(amount.end + 2):
            figure = self._made(at, amount.end, "share", 100 * amount.low, 100 * amount.high)
            return figure, amount.end
        return None

    def _measure(self, at: int, amount: _Amount) -> tuple[Figure, int] | None:
        """A number with a unit, and the period it is for."""
        place = amount.end if amount.unit else self._skip_dash(amount.end)
        name = amount.unit or self._word(place)
        if not self._is_unit(name, amount, at):
            return None
        family, factor, unit = _UNIT[name]
        end = place if amount.unit else place + 1
        more = 0.0
        if self._words(end, 3) == ["and", "a", "half"]:  # "an hour and a half"
            more, end = 0.5, end + 3
        low, high = (amount.low + more) * factor, (amount.high + more) * factor
        if family == "angle" and (scale := self._word(end)) in ("c", "celsius", "f", "fahrenheit"):
            family, end = "temperature", end + 1
            if scale.startswith("f"):
                low, high = ((value - 32) * 5 / 9 for value in (low, high))
        figure = replace(self._made(at, end, family, low, high), unit=unit)
        return self._per(figure, at, end)

    def _per(self, figure: Figure, at: int, end: int) -> tuple[Figure, int]:
        """The figure with its period: "times a day", "litres of water a day"."""
        period, after = self._period(end)
        for skipped in (2, 3, 4):
            if not period and self._word(end) == "of":
                period, after = self._period(end + skipped)
        if figure.family == "times" and self._word(end) in ("as", "more", "less", "higher"):
            return replace(figure, family="ratio"), end  # "three times as likely"
        if not period:
            return figure, end
        said = self._sentence[figure.start : self._tokens[after - 1].end]
        figure = replace(figure, text=said)
        if figure.family == "times" or (figure.unit == "day" and period in ("week", "month")):
            amount = 1.0 if figure.family == "times" else _DAY
            days = amount * _TIME[period] / _DAY
            low, high = figure.low / days, figure.high / days
            return replace(figure, family="rate", low=low, high=high, unit="rate"), after
        # "seven hours a night" is how long one sleeps.
        return replace(figure, per="" if period == "night" else period), after

    def _year(self, at: int, amount: _Amount) -> tuple[Figure, int] | None:
        token = self._tokens[at].text
        if not re.fullmatch(r"\d{4}", token) or int(token) not in _YEAR_RANGE:
            return None
        return self._made(at, amount.end, "year", amount.low, amount.high), amount.end

    def _count(self, at: int, amount: _Amount) -> tuple[Figure, int] | None:
        """A number and the things that it counts: up to three words that carry a topic."""
        if amount.article or amount.unit or amount.high < 2 or amount.low < 1:  # noqa: PLR2004
            return None
        if at and self._word(at - 1) in ("l", "c", "t", "s", "step", "stage", "week", "day"):
            return None  # "L 5", "step 3": a name
        things: list[str] = []
        place = self._skip_dash(amount.end)
        while place < len(self._tokens) and len(things) < 3:  # noqa: PLR2004
            stems = topic_words(self._word(place))
            if not stems:
                break
            things.extend(stems)
            place += 1
        if not things:
            return None
        figure = self._made(at, amount.end, "count", amount.low, amount.high)
        period, after = self._period(place)
        if period:
            figure = replace(self._made(at, after, "count", amount.low, amount.high), per=period)
        return replace(figure, things=frozenset(things)), after if period else amount.end

    # ------------------------------------------------------------------ numbers

    def _range(self, at: int) -> _Amount | None:
        """A number, or two that make a range; a unit between them is kept."""
        if self._word(at) in ("between", "from"):
            first = self._number(at + 1)
            joint = ("and",) if self._word(at) == "between" else ("to",)
            return self._second(first, joint) if first else None
        first = self._number(at)
        if first is None:
            return None
        both = self._second(first, ("to", "or", "through", "until"))
        if both:
            return both
        if first.article and not self._article_counts(at, first):
            return None
        return first

    def _second(self, first: _Amount, joints: tuple[str, ...]) -> _Amount | None:
        """The range that begins with `first`; None where it is no range."""
        place, unit = first.end, ""
        if (name := self._word(place)) in _UNIT and self._word(place + 1) in (*joints, *_DASHES):
            place, unit = place + 1, name
        word = self._word(place)
        if word not in joints and word not in _DASHES:
            return None
        last = self._number(place + 1)
        if last is None or (last.article and not unit):
            return None
        if first.article and not unit:
            return None
        low, high = first.low, last.high
        if unit and (other := self._word(self._skip_dash(last.end))) in _UNIT:
            if _UNIT[other][0] != _UNIT[unit][0]:
                return None
            if _UNIT[other] != _UNIT[unit]:
                low *= _UNIT[unit][1] / _UNIT[other][1]
            unit = ""  # the last one is read as usual
        low, high = sorted((low, high))
        return _Amount(low, high, last.end, unit, digits=first.digits and last.digits)

    def _number(self, at: int) -> _Amount | None:
        """One number: digits, words or a fraction."""
        word = self._word(at)
        if word[:1].isdigit():
            return self._digits(at)
        if word in _GLYPH:
            return _Amount(_GLYPH[word], _GLYPH[word], at + 1, digits=True)
        if word in ("a", "an", "half", "one"):
            part = self._part(at)
            if part:
                return part
        if word in ("a", "an"):
            if self._word(at + 1) in _SCALE:
                value = _SCALE[self._word(at + 1)]
                return _Amount(value, value, at + 2)
            return _Amount(1.0, 1.0, at + 1, article=True)
        return self._number_words(at)

    def _digits(self, at: int) -> _Amount | None:
        text = self._word(at)
        if re.fullmatch(r"0\d+", text) or self._follows_number(at):
            return None  # a telephone number, a time of day
        if re.fullmatch(r"\d+,\d{1,2}", text):
            text = text.replace(",", ".")
        value, end = float(text.replace(",", "")), at + 1
        if self._word(end) in _GLYPH:
            value, end = value + _GLYPH[self._word(end)], end + 1
        elif self._word(end) == "/" and self._word(end + 1).isdigit():
            value, end = value / max(1.0, float(self._word(end + 1))), end + 2
        elif self._word(end) in _SCALE:
            value, end = value * _SCALE[self._word(end)], end + 1
        if self._words(end, 3) == ["and", "a", "half"]:
            value, end = value + 0.5, end + 3
        if self._word(end) == "+" and self._unit_at(end + 1):
            end += 1  # "6+ weeks"
        return _Amount(value, value, end, digits=True)

    def _follows_number(self, at: int) -> bool:
        """Whether the token is the end of "8:30" or "+44"."""
        mark = self._word(at - 1)
        return mark == "+" or (mark in (":", ".") and self._word(at - 2)[:1].isdigit())

    def _part(self, at: int) -> _Amount | None:
        """ "half an hour", "a quarter of an hour", "half of", "one third of"."""
        place = at + (self._word(at) in ("a", "an", "one"))
        part = self._word(place)
        if part not in _PART or (part == "half" and self._word(at) == "one"):
            return None
        place += 1
        if self._words(place, 2) in (["of", "a"], ["of", "an"]):
            place += 2
        elif self._word(place) in ("a", "an"):
            place += 1
        elif self._word(place) != "of" and not self._unit_at(self._skip_dash(place)):
            return None
        return _Amount(_PART[part], _PART[part], place)

    def _number_words(self, at: int) -> _Amount | None:
        word = self._word(at)
        if word in _TENS:
            value, end = _TENS[word], at + 1
            place = self._skip_dash(end)
            unit = _NUMBER.get(self._word(place), 0.0)
            if 0 < unit < 10:  # noqa: PLR2004
                value, end = value + unit, place + 1
        elif word in _NUMBER:
            value, end = _NUMBER[word], at + 1
        else:
            return None
        while self._word(end) in _SCALE:
            value, end = value * _SCALE[self._word(end)], end + 1
        place = self._skip_dash(end)
        if self._word(place) in ("thirds", "quarters", "fifths") and value < 5:  # noqa: PLR2004
            return _Amount(value * _PART[self._word(place)], value * _PART[self._word(place)], place + 1)
        if self._words(end, 3) == ["and", "a", "half"]:
            value, end = value + 0.5, end + 3
        return _Amount(value, value, end)

    def _article_counts(self, at: int, amount: _Amount) -> bool:
        """Whether "a" means one: "for a week", "after an hour", and not "in a day bed"."""
        name = self._word(amount.end)
        if name not in _UNIT or _UNIT[name][0] not in ("time", "volume") or name == "second":
            return False
        more = self._rest(amount.end + 1)
        return bool(_BEFORE_ARTICLE.search(self._before(at)) or more.startswith("and a half"))

    # ------------------------------------------------------------------ helpers

    def _is_unit(self, name: str, amount: _Amount, at: int) -> bool:
        if name not in _UNIT:
            return False
        if (len(name) == 1 and name.isalpha()) or name in ("feet", "ft", "stone"):
            # "1990s" is a decade.
            return amount.digits and not (name == "s" and int(amount.high) in _YEAR_RANGE)
        # "two second thoughts", "one time" say nothing that could be compared.
        return not (name in ("time", "times") and amount.high <= 1 and not self._period(at + 2)[0])

    def _unit_at(self, at: int) -> bool:
        return self._word(at) in _UNIT

    def _time_unit(self, at: int) -> str:
        """The unit of time at a token ("weeks" gives "week"), "" for none."""
        family, _, unit = _UNIT.get(self._word(at), ("", 0.0, ""))
        if family != "time" or len(self._word(at)) == 1:
            return ""
        return "night" if self._word(at).startswith("night") else unit

    def _period(self, at: int) -> tuple[str, int]:
        """The period at a token ("a day", "per week", "daily") and the token after it."""
        word, after = self._word(at), at
        if word in _EACH:
            return _EACH[word], at + 1
        if word in ("on", "over", "in", "during") and self._word(at + 1) in ("a", "any", "each", "one"):
            after = at + 1
            word = self._word(after)
            if self._word(after + 1) in _EACH:  # "on a daily basis"
                return _EACH[self._word(after + 1)], after + 3
        if word in ("a", "an", "per", "each", "every", "/", "any", "one") and (
            unit := self._time_unit(after + 1)
        ):
            return unit, after + 2
        return "", at

    def _skip_dash(self, at: int) -> int:
        return at + 1 if self._word(at) in _DASHES else at

    def _word(self, at: int) -> str:
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def _words(self, at: int, count: int) -> list[str]:
        return [self._word(at + n) for n in range(count)]

    def _before(self, at: int) -> str:
        """The four words before a token."""
        return " ".join(self._words(max(0, at - 4), min(at, 4)))

    def _rest(self, at: int) -> str:
        """The four words from a token on."""
        return " ".join(self._words(at, 4)).strip()

    def _made(
        self, at: int, end: int, family: str, low: float, high: float | None = None
    ) -> Figure:
        """A figure over some tokens, with the bound that the words around it give."""
        before, rest = self._before(at), self._rest(end)
        bound: Bound = "exact"
        plus = "+" in self._words(at, end - at)
        if _MOST.search(before) or _MOST_AFTER.match(rest):
            bound = "most"
        elif plus or _LEAST.search(before) or _LEAST_AFTER.match(rest):
            bound = "least"
        elif _ABOUT.search(before):
            bound = "about"
        start, stop = self._tokens[at].start, self._tokens[min(end, len(self._tokens)) - 1].end
        text = self._sentence[start:stop]
        return Figure(
            family, low, low if high is None else high, bound, family, "", frozenset(), text, start, stop
        )
