"""Numbers and ranges in a sentence, in digits and in words; pure.

"20", "3,000", "2.5", "2,5", "1½", "1/2", "twenty-five", "one and a half", "two million", "half
an", "a quarter of an", "two thirds"; "4-6", "4 to 6", "between four and six", "4 weeks to 3
months", "a day or two".
"""

from __future__ import annotations

import re

from backbot.corpus.units import UNITS, Unit
from backbot.frozen import dataclass
from backbot.kept import compiled

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENTHS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBER = {word: float(n) for n, word in enumerate(_ONES.split())}
_TENS = {word: 10.0 * n for n, word in enumerate(_TENTHS.split()) if n > 1}
_SCALE = {"dozen": 12.0, "hundred": 100.0, "thousand": 1000.0, "million": 1e6, "billion": 1e9}
_PART = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5}
_GLYPH = {"½": 1 / 2, "¼": 1 / 4, "¾": 3 / 4, "⅓": 1 / 3, "⅔": 2 / 3}
_DIGITS = tuple("0123456789")
_MOST_DIGITS = 15
_AND_A_HALF = ["and", "a", "half"]
_DASHES = frozenset("-–—‑−")
_JOINTS = ("to", "or", "through", "until")

_TOKEN = compiled(
    r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+[.,][0-9]{1,2}(?![0-9])|[0-9]+|[½¼¾⅓⅔]"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*|\S"
)
# What stands before an "a" that means one: "for a week", and not "in a day bed".
_COUNTING = compiled(
    r"(?:for|after|within|than|least|most|up to|in|about|around|lasts?|takes?|every|only|once)$"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number or a range.

    Attributes:
        low: The smallest value.
        high: The largest; equal to `low` where it is one number.
        end: The token after it.
        digits: Whether it is written in digits.
        article: Whether it is an "a" or "an" that may mean one.
        unit: The unit's spelling where it stands inside, as in "a day or two"; else "".
    """

    low: float
    high: float
    end: int
    digits: bool = False
    article: bool = False
    unit: str = ""


class Tokens:
    """The words, numbers and marks of a sentence, in small letters; "" beyond either end.

    Args:
        sentence: Without markup.
    """

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        found = list(_TOKEN.finditer(sentence))
        self._words = [match.group().casefold().replace("’", "'") for match in found]
        self._spans = [match.span() for match in found]

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def some(self, at: int, count: int) -> list[str]:
        """That many tokens from one on."""
        return [self[at + n] for n in range(count)]

    def before(self, at: int) -> str:
        """The four tokens before one."""
        return " ".join(self.some(max(0, at - 4), min(at, 4)))

    def rest(self, at: int) -> str:
        """Four tokens from one on."""
        return " ".join(self.some(at, 4)).strip()

    def after_dash(self, at: int) -> int:
        """The token, or the one after it where it is a dash."""
        return at + 1 if self[at] in _DASHES else at

    def is_dash(self, at: int) -> bool:
        """Whether a token is a hyphen or a dash."""
        return self[at] in _DASHES

    def span(self, at: int, end: int) -> tuple[int, int]:
        """Where the tokens from `at` up to `end` stand in the sentence."""
        return self._spans[at][0], self._spans[min(end, len(self)) - 1][1]

    def unit(self, at: int) -> Unit | None:
        """The unit that a token names."""
        return UNITS.get(self[at])


def read_amount(tokens: Tokens, at: int) -> Amount | None:
    """The number or range that begins at a token; None where there is none.

    An "a" is a number only where it counts, as in "for a week".
    """
    if tokens[at] in ("between", "from"):
        first = _number(tokens, at + 1)
        joints = ("and",) if tokens[at] == "between" else ("to",)
        return _range(tokens, first, joints) if first else None
    first = _number(tokens, at)
    if first is None:
        return None
    both = _range(tokens, first, _JOINTS)
    if both is None and first.article and not _article_counts(tokens, at, first):
        return None
    return both or first


def _range(tokens: Tokens, first: Amount, joints: tuple[str, ...]) -> Amount | None:
    """The range that begins with `first`; None where it is no range."""
    place = first.end
    between = tokens.unit(place)
    if between and (tokens[place + 1] in joints or tokens.is_dash(place + 1)):
        place += 1
    else:
        between = None
    if tokens[place] not in joints and not tokens.is_dash(place):
        return None
    last = _number(tokens, place + 1)
    if last is None or (between is None and (first.article or last.article)):
        return None
    low, unit = first.low, tokens[first.end] if between else ""
    if between and (behind := tokens.unit(tokens.after_dash(last.end))):
        if behind.family != between.family:
            return None
        low *= between.factor / behind.factor
        unit = ""  # the one behind is read as usual
    low, high = sorted((low, last.high))
    return Amount(low, high, last.end, first.digits and last.digits, unit=unit)


def _number(tokens: Tokens, at: int) -> Amount | None:
    """One number: digits, words or a fraction."""
    word = tokens[at]
    if word[:1] in _DIGITS:
        return _digits(tokens, at)
    if word in _GLYPH:
        return Amount(_GLYPH[word], _GLYPH[word], at + 1, digits=True)
    if part := _part(tokens, at):
        return part
    if word in ("a", "an"):
        if tokens[at + 1] in _SCALE:
            value = _SCALE[tokens[at + 1]]
            return Amount(value, value, at + 2)
        return Amount(1.0, 1.0, at + 1, article=True)
    return _number_words(tokens, at)


def _digits(tokens: Tokens, at: int) -> Amount | None:
    text = tokens[at]
    if len(text) > _MOST_DIGITS or re.fullmatch(r"0[0-9]+", text) or _goes_before(tokens, at):
        return None  # a telephone number, a time of day
    if re.fullmatch(r"[0-9]+,[0-9]{1,2}", text):
        text = text.replace(",", ".")
    value, end = float(text.replace(",", "")), at + 1
    if tokens[end] in _GLYPH:
        value, end = value + _GLYPH[tokens[end]], end + 1
    elif tokens[end] == "/" and re.fullmatch("[0-9]{1,2}", tokens[end + 1]):
        value, end = value / max(1.0, float(tokens[end + 1])), end + 2
    elif tokens[end] in _SCALE:
        value, end = value * _SCALE[tokens[end]], end + 1
    if tokens.some(end, 3) == _AND_A_HALF:
        value, end = value + 0.5, end + 3
    if tokens[end] == "+" and tokens.unit(end + 1):
        end += 1  # "6+ weeks"
    return Amount(value, value, end, digits=True)


def _goes_before(tokens: Tokens, at: int) -> bool:
    """Whether the token is the end of "8:30" or "+44"."""
    mark = tokens[at - 1]
    return mark == "+" or (mark in (":", ".") and tokens[at - 2][:1] in _DIGITS)


def _part(tokens: Tokens, at: int) -> Amount | None:
    """A part: "half an hour", "a quarter of an hour", "half of", "one third of"."""
    begun = tokens[at] in ("a", "an", "one")
    place = at + begun
    half = tokens[place] == "half"
    part = _PART.get(tokens[place])
    # "The third week" and "one half" say something else.
    if part is None or (half and tokens[at] == "one") or not (half or begun):
        return None
    place += 1
    if tokens.some(place, 2) in (["of", "a"], ["of", "an"]):
        place += 2
    elif tokens[place] in ("a", "an"):
        place += 1
    elif tokens[place] != "of" and not tokens.unit(tokens.after_dash(place)):
        return None
    return Amount(part, part, place)


def _number_words(tokens: Tokens, at: int) -> Amount | None:
    word, end = tokens[at], at + 1
    if word in _TENS:
        value = _TENS[word]
        place = tokens.after_dash(end)
        ones = _NUMBER.get(tokens[place], 0.0)
        if 0 < ones < 10:  # noqa: PLR2004
            value, end = value + ones, place + 1
    elif word in _NUMBER:
        value = _NUMBER[word]
    else:
        return None
    while tokens[end] in _SCALE:
        value, end = value * _SCALE[tokens[end]], end + 1
    place = tokens.after_dash(end)
    part = _PART.get(tokens[place].removesuffix("s"))
    if part and tokens[place].endswith("s"):  # "two thirds"
        return Amount(value * part, value * part, place + 1)
    if tokens.some(end, 3) == _AND_A_HALF:
        value, end = value + 0.5, end + 3
    return Amount(value, value, end)


def _article_counts(tokens: Tokens, at: int, amount: Amount) -> bool:
    unit = tokens.unit(amount.end)
    if unit is None or unit.family not in ("time", "volume") or unit.name == "second":
        return False
    half = tokens.some(amount.end + 1, 3) == _AND_A_HALF
    return half or _COUNTING.search(tokens.before(at)) is not None
