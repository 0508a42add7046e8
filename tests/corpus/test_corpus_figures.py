"""Figures in sentences, as numbers that can be compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.corpus.figures import figures_of

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WEEK, MONTH = 7 * DAY, 2630016.0


def only(sentence: str) -> tuple[str, float, float, str]:
    """The one figure of a sentence."""
    (figure,) = figures_of(sentence)
    assert sentence[figure.start : figure.end]
    return figure.family, round(figure.low, 4), round(figure.high, 4), figure.bound


@pytest.mark.parametrize(
    ("sentence", "family", "low", "high", "bound"),
    [
        # numbers
        ("Ice for 20 minutes.", "time", 20 * MINUTE, 20 * MINUTE, "exact"),
        ("Ice for ten minutes at a time.", "time", 10 * MINUTE, 10 * MINUTE, "exact"),
        ("Hold for twenty-five seconds.", "time", 25, 25, "exact"),
        ("Walk for half an hour.", "time", HOUR / 2, HOUR / 2, "exact"),
        ("Walk for a quarter of an hour.", "time", HOUR / 4, HOUR / 4, "exact"),
        ("Walk for an hour and a half.", "time", 1.5 * HOUR, 1.5 * HOUR, "exact"),
        ("Walk for one and a half hours.", "time", 1.5 * HOUR, 1.5 * HOUR, "exact"),
        ("Use a 2½ kg weight.", "mass", 2500, 2500, "exact"),
        ("Drink 1/2 litre.", "volume", 500, 500, "exact"),
        ("Drink 1,5 litres.", "volume", 1500, 1500, "exact"),
        ("Walk 3,000 metres.", "length", 3000, 3000, "exact"),
        ("A 20-minute walk.", "time", 20 * MINUTE, 20 * MINUTE, "exact"),
        ("Rest 15min.", "time", 15 * MINUTE, 15 * MINUTE, "exact"),
        # ranges
        ("It takes 4-6 weeks.", "time", 4 * WEEK, 6 * WEEK, "exact"),
        ("It takes 4–6 weeks.", "time", 4 * WEEK, 6 * WEEK, "exact"),
        ("Run in weeks 4-6.", "time", 4 * WEEK, 6 * WEEK, "exact"),
        ("Run in weeks 6 to 12.", "time", 6 * WEEK, 12 * WEEK, "exact"),
        ("It takes between four and six weeks.", "time", 4 * WEEK, 6 * WEEK, "exact"),
        ("It takes from 4 weeks to 3 months.", "time", 4 * WEEK, 3 * MONTH, "exact"),
        ("Rest for a day or two.", "time", DAY, 2 * DAY, "exact"),
        ("Rest for three or four days.", "time", 3 * DAY, 4 * DAY, "exact"),
        # limits
        ("Rest for at least two days.", "time", 2 * DAY, 2 * DAY, "least"),
        ("Rest for two days or more.", "time", 2 * DAY, 2 * DAY, "least"),
        ("6+ weeks of pain.", "time", 6 * WEEK, 6 * WEEK, "least"),
        ("Pain for longer than six weeks.", "time", 6 * WEEK, 6 * WEEK, "least"),
        ("Rest for up to two days.", "time", 2 * DAY, 2 * DAY, "most"),
        ("Rest for no more than two days.", "time", 2 * DAY, 2 * DAY, "most"),
        ("Rest for no longer than a day or two.", "time", DAY, 2 * DAY, "most"),
        ("Rest for two days at most.", "time", 2 * DAY, 2 * DAY, "most"),
        ("Nothing heavier than 5 kg.", "mass", 5000, 5000, "least"),
        ("Lift about 5 kg.", "mass", 5000, 5000, "about"),
        # rates
        ("Stretch twice a day.", "rate", 2, 2, "exact"),
        ("Stretch once or twice a day.", "rate", 1, 2, "exact"),
        ("Stretch three times weekly.", "rate", 0.4286, 0.4286, "exact"),
        ("Stretch five times a day or more.", "rate", 5, 5, "least"),
        ("Heat, 3x/day.", "rate", 3, 3, "exact"),
        ("Swim three days a week.", "rate", 0.4286, 0.4286, "exact"),
        ("Stretch daily.", "rate", 1, 1, "exact"),
        ("Stretch every day.", "rate", 1, 1, "exact"),
        ("Stretch every other day.", "rate", 0.5, 0.5, "exact"),
        ("Stand up every 30–60 minutes.", "rate", 24, 48, "exact"),
        ("Stand up every two hours.", "rate", 12, 12, "exact"),
        ("Stand up every half hour.", "rate", 48, 48, "exact"),
        # shares, ratios, ages, years, money, temperatures, counts
        ("About 80% of adults.", "share", 80, 80, "about"),
        ("80 per cent of adults.", "share", 80, 80, "exact"),
        ("One in five adults.", "share", 20, 20, "exact"),
        ("8 out of 10 adults.", "share", 80, 80, "exact"),
        ("Two thirds of all adults.", "share", 66.6667, 66.6667, "exact"),
        ("Half of the adults.", "share", 50, 50, "exact"),
        ("Smokers get it twice as often.", "ratio", 2, 2, "exact"),
        ("It is three times as likely.", "ratio", 3, 3, "exact"),
        ("Adults aged 65 or older.", "age", 65, 65, "least"),
        ("People over 50.", "age", 50, 50, "least"),
        ("A 20-year-old.", "age", 20, 20, "exact"),
        ("Children under 12 years old.", "age", 12, 12, "most"),
        ("A study of 2009.", "year", 2009, 2009, "exact"),
        ("It costs £45.", "money £", 45, 45, "exact"),
        ("Below 40 °C.", "temperature", 40, 40, "most"),
        ("At 104 degrees Fahrenheit.", "temperature", 40, 40, "exact"),
        ("Bend to 90 degrees.", "angle", 90, 90, "exact"),
        ("The spine has 33 vertebrae.", "count", 33, 33, "exact"),
    ],
)  # fmt: skip
def test_one_figure(sentence: str, family: str, low: float, high: float, bound: str):
    """What it measures, how much, and whether it is a limit."""
    assert only(sentence) == (family, pytest.approx(low), pytest.approx(high), bound)


@pytest.mark.parametrize(
    "sentence",
    [
        "Stretch several times.",
        "In daily life, one of the muscles gets tight.",
        "Ask for a second opinion, and wait a second.",
        "Call 020 7946 0000 at 8:30 or +44 20.",
        "Put one foot forward on the third week of a plan.",
        "In week 2 and on day 3.",
        "The nerves L 5 and S 1.",
        "This happened in the 1990s.",
        "A half-hearted stretch, one at a time.",
        "",
    ],
)
def test_what_cannot_be_compared_is_no_figure(sentence: str):
    """Names, idioms, telephone numbers and times of day."""
    assert figures_of(sentence) == ()


def test_a_sentence_gives_all_its_figures_in_order():
    """Each with its own span."""
    sentence = "Use heat for 15 to 20 minutes, up to 3 times a day, for two weeks."
    assert [figure.text for figure in figures_of(sentence)] == [
        "15 to 20 minutes", "3 times a day", "two weeks",
    ]  # fmt: skip


def test_an_amount_keeps_its_period():
    """And nights are when one sleeps."""
    (water,) = figures_of("Drink 2 litres of water a day.")
    assert (water.family, water.per, water.text) == ("volume", "day", "2 litres of water a day")
    (sleep,) = figures_of("Sleep eight hours a night.")
    assert sleep.per == ""


def test_a_count_knows_what_is_counted():
    """By the stems of the words behind the number."""
    (sets,) = figures_of("Do three sets of bridges.")
    assert sets.things == {"set"}


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str):
    """Spans lie in the text, and ranges run upwards."""
    for figure in figures_of(text):
        assert 0 <= figure.start < figure.end <= len(text)
        assert figure.low <= figure.high


PIECES = (
    "20 ten a half an quarter of and one two thirds - – to or between from week weeks day hour "
    "minutes times per every each daily twice % £ ° c in out at least up most + . , / ½ 2009 old"
)


@given(st.lists(st.sampled_from(PIECES.split()), max_size=14))
def test_any_order_of_number_words_is_read_without_an_error(pieces: list[str]):
    """The grammar never runs off the end of a sentence."""
    text = " ".join(pieces)
    for figure in figures_of(text):
        assert text[figure.start : figure.end].strip()
        assert 0 <= figure.low <= figure.high
