"""Negation scoring, with a reader of sentences small enough to check by eye."""

from __future__ import annotations

import pytest

from backbot.errors import UsageError
from backbot.evaluation.metrics import Rate
from backbot.evaluation.negation import locate, score_negation


def says_no_before(sentence, start, end):
    """Negated where "no" is the word before the span."""
    assert 0 <= start < end <= len(sentence)
    return sentence[:start].lower().endswith("no ")


def row(sentence, concept, *, negated, row_id="n"):
    """A row of a negation file."""
    return {"id": row_id, "sentence": sentence, "concept": concept, "negated": negated}


@pytest.mark.parametrize(
    ("sentence", "concept", "words"),
    [
        ("No Fever today", "fever", "Fever"),
        ("the unnumbed arm is numb", "numb", "numb"),
        ("numbness  in\nthe leg", "Numbness in the leg", "numbness  in\nthe leg"),
        ("his fevers came back", "fever", "fever"),
        ("she denies any headachs", "headaches", "headachs"),
        ("c++ and a [tear]", "[tear]", "[tear]"),
    ],
)
def test_a_concept_is_found_whole_first_then_in_part_then_by_likeness(sentence, concept, words):
    """Case, space and a misspelling do not hide it; punctuation is not a pattern."""
    start, end = locate(concept, sentence)
    assert sentence[start:end] == words


@pytest.mark.parametrize("concept", ["chest pain", "", "  "])
def test_what_is_not_there_is_not_found(concept):
    """Nothing alike, or nothing to look for."""
    assert locate(concept, "no fever") is None


def test_precision_recall_and_f1_are_those_done_by_hand():
    """2 hits, 1 false alarm, 1 miss: precision 2/3, recall 2/3, F1 2/3; 1 of 2 affirmed."""
    score = score_negation(
        [
            row("no fever", "fever", negated=True),
            row("no chills", "chills", negated=True),
            row("without fever", "fever", negated=True),
            row("no fever? yes, fever", "fever", negated=False),
            row("has fever", "fever", negated=False),
        ],
        says_no_before,
    )
    assert score.precision == Rate(2, 3)
    assert score.recall == Rate(2, 3)
    assert score.f1 == pytest.approx(2 / 3)
    assert score.affirmed_recall == Rate(1, 2)
    assert score.accuracy == Rate(3, 5)
    assert score.unlocated == ()


def test_a_concept_that_is_not_in_its_sentence_counts_as_wrong():
    """It is named, and never asked about."""
    score = score_negation(
        [row("no fever", "chest pain", negated=False, row_id="x")], says_no_before
    )
    assert score.accuracy == Rate(0, 1)
    assert [result.row_id for result in score.unlocated] == ["x"]


def test_f1_of_nothing_is_zero():
    """No negated rows and none found."""
    assert score_negation([], says_no_before).f1 == 0.0


@pytest.mark.parametrize(
    "broken",
    [
        {"sentence": "a", "concept": "a"},
        row("a", "a", negated="yes"),
        row(None, "a", negated=True),
    ],
)
def test_a_broken_row_is_named(broken):
    """The message says which row and what it needs."""
    with pytest.raises(UsageError, match="Row 2 of the negation file"):
        score_negation([row("no a", "a", negated=True), broken], says_no_before)
