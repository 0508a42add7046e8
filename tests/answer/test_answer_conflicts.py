"""Where two articles differ, both are shown; where they only look alike, nothing is."""

from __future__ import annotations

from datetime import date

import pytest

from answer.cut import META, hits, passage
from backbot.answer import wording
from backbot.answer.compose import compose_answer
from backbot.answer.conflicts import conflicting
from backbot.answer.extract import MOST_WORDS, choose

TWO_DAYS = "Rest for a pulled muscle should last two days."


def pair(one, other, *, section="Part", article="strain"):
    """Two passages of two articles, ranked one after the other."""
    return hits(passage(one), passage(other, article=article, section=section, number=1))


def shown(found, **options):
    """The units shown for what was found."""
    excerpts = conflicting(choose(found), found, **options)
    return [unit.text for excerpt in excerpts for unit in excerpt.units]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TWO_DAYS, "Rest a pulled muscle for one week."),
        ("Hold the hamstring stretch for 30 seconds.", "Hold a hamstring stretch for a minute."),
        ("Stretch the hip flexors twice a day.", "Hip flexors are stretched five times a day."),
        (
            "About 20 % of people have low back pain.",
            "Low back pain is had by one in two people.",
        ),
        ("Ice packs stay on for 20 minutes.", "Leave an ice pack on for ten minutes at most."),
        ("A pulled muscle heals in 3-4 weeks.", "Pulled muscles need three months to heal."),
    ],
)
def test_different_figures_for_one_thing_are_both_shown(one, other):
    """Times, rates and shares, in words or digits, as number, range or limit."""
    assert shown(pair(one, other)) == [one, other]
    assert set(shown(pair(other, one))) == {one, other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TWO_DAYS, "Rest a pulled muscle for a day or two."),  # one holds the other
        (TWO_DAYS, "Rest a pulled muscle for at most three days."),
        ("A pulled muscle heals in 12 weeks.", "Pulled muscles need three months to heal."),
        (TWO_DAYS, "Sitting for two hours tightens the hip flexors."),  # another thing
        ("Ice packs stay on for 20 minutes.", "Heat packs stay on for ten minutes."),  # told apart
        ("Hold a stretch for 30 seconds.", "Hold a stretch for two days."),  # never the same
        ("Stretch three times a week.", "Stretch for three minutes."),  # how often, how long
        ("A study of 2009 looked at stretching.", "A study of 2015 looked at stretching."),
        (TWO_DAYS, "Rest eases a pulled muscle."),  # no figure
        (
            TWO_DAYS,
            "Rest a pulled muscle for two days, and a torn muscle for three weeks.",
        ),  # it gives both
    ],
)
def test_figures_that_may_both_be_right_are_no_conflict(one, other):
    """Then the answer stays as it was chosen."""
    assert shown(pair(one, other)) == []


def test_one_article_does_not_differ_with_itself():
    """Its second figure is a stage, or another case."""
    assert shown(pair(TWO_DAYS, "Rest a pulled muscle for one week.", article="heat")) == []


def test_the_heading_tells_what_a_short_sentence_is_about():
    """The words "Hold for 30 seconds" say little by themselves."""
    found = hits(
        passage("Hold for 30 seconds.", section="Hamstring stretch"),
        passage(
            "Hold for two minutes.", article="strain", section="The hamstring stretch", number=1
        ),
    )
    assert len(shown(found)) == 2
    other = hits(
        passage("Hold for 30 seconds.", section="Hamstring stretch"),
        passage("Hold for two minutes.", article="strain", section="Plank", number=1),
    )
    assert shown(other) == []


def test_what_must_not_be_shown_is_not_shown_for_a_conflict():
    """Nor does a passage that is far from the question bring one in."""
    one, other = TWO_DAYS, "Rest a pulled muscle for one week."
    assert shown(pair(one, other), allowed=lambda text: "week" not in text) == []
    far = hits(passage(one), passage(other, article="strain", number=1), scores=[0.8, 0.4])
    assert shown(far) == []


def test_both_figures_fit_into_the_length_of_an_answer():
    """What else was chosen makes room; a list too long to stand beside the other is not shown."""
    filler = [f"Word{k} {' '.join(['muscles'] * 25)} number{k}." for k in range(3)]
    found = pair("\n".join((TWO_DAYS, *filler)), "Rest a pulled muscle for one week.")
    excerpts = conflicting(choose(found), found)
    assert sum(e.words for e in excerpts) + 2 <= MOST_WORDS
    assert [u.text for e in excerpts for u in e.units][-1] == "Rest a pulled muscle for one week."
    assert shown(found, most_words=10) == []


def test_the_answer_says_that_the_articles_differ_and_cites_both():
    """A fixed sentence first, then each article's own words with its source."""
    found = pair(TWO_DAYS, "Rest a pulled muscle for one week.")
    answer = compose_answer(
        conflicting(choose(found), found),
        found,
        articles={"heat": META, "strain": META},
        today=date(2026, 1, 1),
        preface=wording.DIFFERENT_FIGURES,
    )
    assert answer.text.split("\n\n") == [
        "My articles give different figures:",
        f"{TWO_DAYS} [1]",
        "Rest a pulled muscle for one week. [2]",
    ]
    assert [citation.article for citation in answer.citations] == ["heat", "strain"]
