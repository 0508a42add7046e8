"""Different figures for the same thing, in two places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backbot.corpus.contradictions import differing_figures
from backbot.corpus.issue import Issue, Place
from corpus.proses import prose

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "figure_pairs.jsonl")
    .read_text("utf-8")
    .splitlines()
]


def found(*bodies: str) -> list[Issue]:
    """The issues of some articles, which are a, b, c and so on."""
    return list(differing_figures(prose(body, name="abcd"[n]) for n, body in enumerate(bodies)))


def told(pair: dict) -> bool:
    """Whether the two sentences of a labelled pair are told to differ."""
    articles = []
    for name in ("one", "other"):
        side = pair[name]
        heading = f"## {side['section']}\n\n" if side["section"] else ""
        articles.append(prose(f"{heading}{side['text']}\n", name=name, title=side["title"]))
    return bool(list(differing_figures(articles)))


@pytest.mark.parametrize(
    ("which", "least_found", "most_wrong"), [("tuned", 0.97, 0.10), ("fresh", 0.80, 0.10)]
)
def test_labelled_pairs_are_told_apart(which: str, least_found: float, most_wrong: float):
    """Nearly all that differ are told, and few that do not.

    The pairs that do not differ were written to be hard: the same words, another thing. The
    fresh ones were written after the rules; since then only everyday verbs were added to the
    word list, which changed one verdict in forty.
    """
    pairs = [pair for pair in PAIRS if pair["set"] == which]
    differ = [pair for pair in pairs if pair["differ"]]
    same = [pair for pair in pairs if not pair["differ"]]
    missed = [pair["one"]["text"] for pair in differ if not told(pair)]
    wrong = [pair["one"]["text"] for pair in same if told(pair)]
    assert len(missed) <= (1 - least_found) * len(differ), missed
    assert len(wrong) <= most_wrong * len(same), wrong


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ice for 20 minutes.", "Ice for 10 minutes."),
        ("You may run again in weeks 4-6.", "You may run again in weeks 6-12."),
        ("Drink 2 litres of water a day.", "Drink three litres of water every day."),
        ("Walk for half an hour a day.", "Walk for 45 minutes a day."),
        ("Stretch the hip five times a day.", "Stretch the hip twice daily."),
        ("Use ice for up to ten minutes.", "Use ice for at least 20 minutes."),
        ("Nine in ten slipped discs heal.", "70% of slipped discs heal."),
    ],
)
def test_two_figures_for_one_thing_are_told(one: str, other: str):
    """With both sentences and both places, whichever comes first."""
    for first, second in ((one, other), (other, one)):
        (issue,) = found(first, f"Intro.\n\n{second}")
        assert (issue.severity, issue.kind) == ("warning", "figures")
        assert (issue.file, issue.line, issue.also) == ("b.md", 3, (Place("a.md", 1),))
        assert first in issue.message
        assert second in issue.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ice for 15 to 20 minutes.", "Ice for 20 minutes."),
        ("Ice for up to 20 minutes.", "Ice for 15 minutes."),
        ("Recovery takes three months.", "Recovery takes 12 weeks."),
        ("Drink 2 litres of water a day.", "Drink 2000 ml of water daily."),
        ("Ice for 20 minutes.", "Ice helps for two days."),
        ("Ice for 20 minutes.", "Use heat for 10 minutes."),
        ("Ice for 20 minutes, then heat for 10.", "Heat for 10 minutes, then ice for 20 minutes."),
        ("Walk 30 minutes a day.", "Walk 150 minutes a week."),
        ("In week 1, walk 10 minutes a day.", "In week 2, walk 20 minutes a day."),
        ("Start with walks of ten minutes.", "Build up to walks of 30 minutes."),
        ("Rest for about 30 minutes.", "Rest for 28 minutes."),
    ],
)
def test_what_agrees_or_is_another_thing_is_left_alone(one: str, other: str):
    """Ranges, limits, other units, other things, stages of a plan."""
    assert found(one, other) == []


def test_headings_tell_what_short_steps_are_about():
    """A step without a subject takes it from above."""
    plank = "## Plank\n\n1. Lift your body.\n2. Hold for {} seconds.\n"
    lunge = "## Hip lunge\n\n1. Kneel down.\n2. Hold for 20 seconds.\n"
    assert found(plank.format(60), lunge) == []
    (issue,) = found(plank.format(60), plank.format(30))
    assert issue.line == 4


def test_what_stands_in_one_paragraph_or_list_belongs_together():
    """It is read in one go, and was written so."""
    assert found("Walk:\n\n- walk fast for 10 minutes\n- walk slowly for 20 minutes") == []
    assert (
        found("Walk for ten minutes. Walk longer each day until you walk for half an hour.") == []
    )


def test_two_places_of_one_article_are_compared():
    """An author changes one and forgets the other."""
    (issue,) = found("Ice the back for 20 minutes.\n\n## More\n\nIce the back for 10 minutes.")
    assert (issue.line, issue.also) == (5, (Place("a.md", 1),))


def test_the_same_difference_is_told_once():
    """Three articles say 20, one says 10: one warning that names all four places."""
    (issue,) = found(*["Ice the back for 20 minutes."] * 3, "Ice the back for 10 minutes.")
    assert {issue.file, *(place.file for place in issue.also)} == {"a.md", "b.md", "c.md", "d.md"}


def test_other_languages_are_left_alone():
    """Their words and their numbers are not known."""
    articles = [
        prose("Ice for 20 minutes.", name="a", language="de"),
        prose("Ice for 10 minutes.", name="b", language="de"),
    ]
    assert list(differing_figures(articles)) == []
