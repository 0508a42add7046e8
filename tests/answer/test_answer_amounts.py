"""Questions for a figure, and sentences that have one."""

from __future__ import annotations

import pytest

from answer.cut import hits, passage
from backbot.answer.amounts import (
    asked_for,
    families_in,
    is_about_what_lasts,
    is_lacking,
    measure_asked_for,
)
from backbot.answer.extract import choose


@pytest.mark.parametrize(
    ("question", "family"),
    [
        ("How long should I hold it?", "time"),
        ("how many weeks til it heals", "time"),
        ("pulled something, when's it gonna ease up", "time"),
        ("when'll I be right again", "time"),
        ("wen can i lift my toddler again", "time"),
        ("when should I have noticed something", "time"),
        ("after how much time must I stand up", "time"),
        ("how often", "rate"),
        ("how many times a day do i do em", "rate"),
        ("how common is low back pain", "share"),
        ("how many people have it", "count"),
        ("what percentage of adults get this", "share"),
    ],
)
def test_a_question_for_a_figure_says_which(question, family):
    """How long, how often, how many."""
    assert family in asked_for(question)


@pytest.mark.parametrize(
    "question",
    [
        "does heat help?",
        "how do I sit?",
        "how does it work",
        "why so long at a desk",
        "it hurts when I bend",
        "when is it serious",
        "when can I see a doctor",
        "",
    ],
)
def test_other_questions_ask_for_none(question):
    """Not every "how" wants a number."""
    assert asked_for(question) == frozenset()


@pytest.mark.parametrize(
    ("sentence", "family"),
    [
        ("Hold the stretch for about 30 seconds.", "time"),
        ("Rest for a day or two.", "time"),
        ("Get out and walk around for five minutes in every hour.", "rate"),
        ("Stretch the hamstrings five times a day.", "rate"),
        ("Use ice several times a day.", "rate"),
        ("Stand up every hour.", "rate"),
        ("It affects 7.5 % of the population.", "share"),
        ("The review looked at 25 trials.", "count"),
    ],
)
def test_a_sentence_tells_its_figures(sentence, family):
    """Several times a day is an answer to "how often" as well."""
    assert family in families_in(sentence)


def test_the_sentence_with_the_figure_comes_first():
    """Of two that are about equally near, "how often" is answered by the one that says it."""
    near = passage("Stretching the hamstrings eases strain on the lower back.")
    says = passage("Hamstring stretches should be done five times daily.", number=1)
    found = hits(near, says, scores=[0.62, 0.60])
    asked = asked_for("how often")
    assert choose(found)[0].hit.passage is near
    assert choose(found, figures=asked)[0].hit.passage is says


@pytest.mark.parametrize(
    ("question", "family"),
    [
        ("how hot should the pack be", "temperature"),
        ("what temperature is right for the bath?", "temperature"),
        ("what temp should the heat pack be", "temperature"),
        ("How many degrees do I bend the knee?", "angle"),
        ("how heavy should my weights be", "mass"),
        ("how tall should my desk be in cm", "length"),
        ("how high must the screen stand in centimetres?", "length"),
        ("how many reps of bird-dogs", "times"),
        ("what year was that study?", "year"),
    ],
)
def test_a_question_for_a_measure_says_which(question, family):
    """A temperature, a weight, a length, repetitions: articles may not give any."""
    assert family in measure_asked_for(question)


@pytest.mark.parametrize(
    "question",
    [
        "how long should I use heat",
        "how often",
        "how hard should I stretch",
        "is it hot or cold for a stiff back",
        "my thighs feel inches too short",
        "how high should the screen be",
        "",
    ],
)
def test_most_questions_ask_for_no_measure(question):
    """How long and how often are looked for in sentences; a height may be told without a number."""
    assert measure_asked_for(question) == frozenset()


@pytest.mark.parametrize(
    ("question", "section", "sentence", "lacking"),
    [
        ("how long should I hold a stretch", "Stretching", "Hold it for 30 seconds.", False),
        ("how often should I strengthen my core", "Stretching", "Three times a week.", True),
        ("how often should I massage my back", "Massage", "Do it a few times a day.", False),
        ("how often should I get a massage", "Massage", "Massage is one of the plans.", True),
        ("after how much time do I stand up", "Desk", "Take a break every 30 minutes.", False),
        ("how many days rest", "Pulled muscle", "Rest for a day or two.", False),
        ("how much water should I drink a day", "Water", "Drink plenty of fluids.", True),
        ("how much water should I drink", "Water", "Drink two litres a day.", False),
        ("how long does it take", "Anything", "It takes three weeks.", False),
        ("how common is back pain", "Numbers", "Many people have it.", False),
        ("should I stretch", "Stretching", "Stretching helps.", False),
        ("how many massages do I need", "Massage", "Do it a few times a day.", True),
        ("how long does back pain last", "Healing", "A pulled muscle needs three weeks.", True),
        ("I hurt my back, how long till it heals", "Healing", "It needs three weeks.", False),
        ("how long should I rest my sore back", "Rest", "Rest for a day or two.", False),
    ],
)
def test_a_figure_of_something_else_is_lacking(question, section, sentence, lacking):
    """Only a time, a rate or an amount is missed, and one of what is asked about is enough."""
    assert is_lacking(question, asked_for(question), [(section, sentence)]) is lacking


@pytest.mark.parametrize(
    ("question", "told", "about"),
    [
        ("how long does a slipped disk take to heal", "A pulled muscle needs a month.", False),
        ("how long does a slipped disk take to heal", "A herniated disc needs a month.", True),
        ("how many weeks does nerve pain last", "Pulled muscle\nIt needs a month.", False),
        ("how long does a back spasm last", "Pulled muscle\nIt needs a month.", False),
        ("how long does a knot last", "Knots are trigger points.", True),
        ("how long till my pulled neck is better", "A pulled back needs a month.", False),
    ],
)
def test_what_lasts_is_what_the_passage_is_about(question, told, about):
    """How long a pulled muscle needs is no answer on a disc."""
    is_about = is_about_what_lasts(question, asked_for(question))
    assert is_about is not None
    assert is_about(told) is about


@pytest.mark.parametrize(
    "question",
    [
        "how long does a pulled muscle take to heal",
        "it went into spasm when I pulled it, how long till it's better",
        "how long should I hold a hip flexor stretch",
        "how often do I stretch my hamstrings",
        "why does a slipped disc take long to heal",
        "how long is recovery",
    ],
)
def test_any_passage_may_tell_how_long_what_is_not_named_lasts(question):
    """Nor does it hold for what is done, or for what goes with a strain."""
    assert is_about_what_lasts(question, asked_for(question)) is None


@pytest.mark.parametrize(
    "question",
    [
        "how long should i rest between workouts",
        "how many rest days do i need",
        "how many days off the gym between leg days",
    ],
)
def test_rest_between_workouts_is_not_that_of_a_pulled_muscle(question):
    """A day or two is how long to rest a strain."""
    is_about = is_about_what_lasts(question, asked_for(question))
    assert is_about is not None
    assert is_about("Plan enough rest between workouts.")
    assert not is_about("Rest for a pulled back muscle should last a day or two at most.")
