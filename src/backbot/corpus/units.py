"""Units of measure, as articles write them, and periods of time."""

from __future__ import annotations

from collections.abc import Mapping

from backbot.frozen import dataclass

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit.

    Attributes:
        family: What is measured: "time", "volume", "mass", …
        factor: How many base units one of it is: seconds, millilitres, grams, metres, …
        name: The same for all spellings: "minute" for "mins".
    """

    family: str
    factor: float
    name: str


# Family, factor, name, other spellings.
_TABLE = """
time 1 second seconds sec secs s
time 60 minute minutes min mins
time 3600 hour hours hr hrs h
time 86400 day days
time 86400 night nights
time 604800 week weeks wk wks
time 1209600 fortnight fortnights
time 2630016 month months
time 31557600 year years yr yrs
volume 1 ml millilitre millilitres milliliter milliliters
volume 10 cl centilitre centilitres
volume 1000 litre litres liter liters l
volume 568 pint pints
mass 0.001 mg milligram milligrams
mass 0.000001 mcg µg microgram micrograms
mass 1 gram grams gramme grammes g
mass 1000 kg kilo kilos kilogram kilograms kilogramme
mass 453.6 lb lbs pound pounds
mass 28.35 oz ounce ounces
mass 6350 stone
length 0.001 mm millimetre millimetres millimeter millimeters
length 0.01 cm centimetre centimetres centimeter centimeters
length 1 metre metres meter meters m
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


def _units() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for line in _TABLE.strip().splitlines():
        family, factor, *names = line.split()
        units |= dict.fromkeys(names, Unit(family, float(factor), names[0]))
    return units


UNITS: Mapping[str, Unit] = _units()
"""Every spelling, in small letters."""

ADVERBS: Mapping[str, str] = {
    "hourly": "hour",
    "daily": "day",
    "nightly": "night",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
}
"""Words that name how often, and their period."""


def time_unit(word: str) -> str:
    """The unit of time that a word names ("weeks" gives "week"), "" for none.

    Single letters are none: only a number before it makes an "h" an hour.
    """
    unit = UNITS.get(word)
    return unit.name if unit and unit.family == "time" and len(word) > 1 else ""


def per_day(period: str) -> float:
    """How many of a period make a day: 1/7 for "week"."""
    return DAY_S / UNITS[period].factor
