"""Figures checked against sums done by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.evaluation.metrics import (
    AnswerResult,
    DeclineResult,
    EscalationResult,
    Fact,
    Mean,
    Rate,
    answer_figures,
    calibration,
    decline_figures,
    escalation_figures,
    first_hit,
    first_words,
    lost_turns,
    normalise,
    percentile,
    wilson,
)
from backbot.model import Tier

N, V, U, E = Tier.NONE, Tier.NERVE, Tier.URGENT, Tier.EMERGENCY


def asked(*, correct=True, rank=1, answered=True, words=50, group="plain", offered=False):
    """An in-scope question that went as told."""
    return AnswerResult(
        "q",
        "why?",
        group,
        ("because",),
        answered,
        correct,
        rank,
        words,
        "",
        "answer",
        1.0,
        offered=offered,
    )


def triaged(gold, predicted, *, accept=(), informational=False, noted=None, row="e", conv=""):
    """A message that should be `gold` and was called `predicted`."""
    accepted = frozenset({gold, *accept})
    return EscalationResult(
        row, conv, "text", gold, accepted, informational, predicted, noted, 1.0
    )


def test_wilson_interval_is_the_one_done_by_hand():
    """8 of 10: middle 0.99208 / 1.38416, half 1.96 * sqrt(0.025604) / 1.38416."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_wilson_interval_is_not_a_point_at_the_ends():
    """None of 20 still leaves room up to z² / (n + z²), and all of 20 down to its mirror."""
    assert wilson(0, 20) == pytest.approx((0.0, 3.8416 / 23.8416))
    assert wilson(20, 20) == pytest.approx((20 / 23.8416, 1.0))


@pytest.mark.parametrize(("ok", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_proportion(ok, n):
    """An interval over no rows would be an invention."""
    with pytest.raises(ValueError, match="no proportion"):
        wilson(ok, n)


def test_a_rate_over_no_rows_has_no_value():
    """It is neither 0 % nor 100 %."""
    assert Rate(0, 0).value is None
    assert Rate(0, 0).interval is None


def test_mean_has_the_interval_of_its_standard_error():
    """1, 0, 1, 0: mean 0.5, variance 1/3, half 1.96 * sqrt(1/12) = 0.5658, clipped."""
    mean = Mean.of_shares([1.0, 0.0, 1.0, 0.0])
    assert (mean.value, mean.low, mean.high) == (0.5, 0.0, 1.0)
    tight = Mean.of_shares([0.5, 0.25] * 8)
    assert tight.low == pytest.approx(0.375 - 1.96 * (0.25 / 15) ** 0.5 / 4)
    assert Mean.of_shares([]).value is None
    assert Mean.of_shares([0.5]).low is None


def test_percentile_takes_the_nearest_rank():
    """Of 1 … 20 the 95th is 19 and the middle is 10."""
    values = [float(n) for n in range(20, 0, -1)]
    assert percentile(values, 0.95) == 19
    assert percentile(values, 0.5) == 10
    assert percentile([], 0.5) is None


def test_normalising_makes_quotes_dashes_and_space_plain():
    """Articles are typeset; patterns are typed."""
    assert normalise("the  body’s\n“own”\u00a030–60") == 'the body\'s "own" 30-60'


def test_first_words_cuts_after_the_limit_and_zero_cuts_nowhere():
    """The limit counts words, however they are spaced."""
    assert first_words("one  two\nthree", 2) == "one two"
    assert first_words("one  two\nthree", 0) == "one two three"


def test_a_fact_needs_every_group_in_any_order_and_case():
    """Groups may stand anywhere, across lines too."""
    fact = Fact.parse("f", "", ["ice.{0,20}heat", r"20 min"])
    assert fact.stated_in("Each for 20\u00a0minutes:\nICE, then\nheat.")
    assert not fact.stated_in("Ice, then heat.")


@pytest.mark.parametrize("groups", [[], ["(open"]])
def test_a_fact_that_cannot_be_looked_for_is_refused(groups):
    """No group would be in every text."""
    with pytest.raises(ValueError, match="fact f"):
        Fact.parse("f", "", groups)


def test_a_hit_needs_the_whole_fact_in_one_passage():
    """Two halves in two passages are no hit; the rank counts from 1."""
    fact = Fact.parse("f", "", ["ice", "20"])
    assert first_hit([fact], ["ice", "20", "20 minutes of ice"]) == 3
    assert first_hit([fact], ["ice", "20"]) is None


def test_a_passage_counts_with_its_first_300_words_only():
    """The 300th word counts, the 301st does not."""
    fact = Fact.parse("f", "", ["needle"])
    assert first_hit([fact], ["hay " * 299 + "needle"]) == 1
    assert first_hit([fact], ["hay " * 300 + "needle"]) is None


def test_answer_figures_add_up():
    """Ranks 1, 2, 4, none: hits 1, 2, 3 of 4 and a mean reciprocal rank of 1.75 / 4."""
    figures = answer_figures(
        [
            asked(rank=1, words=100),
            asked(rank=2, words=140, group="slang"),
            asked(rank=4, correct=False, words=60, group="slang"),
            asked(rank=None, correct=False, answered=False, words=0),
        ],
        120,
    )
    assert figures.correct == Rate(2, 4)
    assert {k: rate.ok for k, rate in figures.hits.items()} == {1: 1, 3: 2, 5: 3}
    assert figures.mrr.value == pytest.approx(1.75 / 4)
    assert figures.false_declines == Rate(1, 4)
    assert figures.mean_words == 100
    assert figures.longest == 140
    assert figures.over_limit == Rate(1, 3)
    assert figures.groups == {"plain": Rate(1, 2), "slang": Rate(1, 2)}
    assert figures.declined_groups == {"plain": Rate(1, 2), "slang": Rate(0, 2)}


def test_what_declines_offer_is_counted_among_the_declines():
    """Of an answer nothing is counted."""
    figures = answer_figures(
        [
            asked(answered=False, words=0, offered=True),
            asked(answered=False, words=0),
            asked(words=10, offered=False),
        ],
        120,
    )
    assert figures.offered == Rate(1, 2)
    rows = [(True, True), (True, False), (True, False), (False, False)]
    declines = decline_figures(
        [DeclineResult("o", "?", "junk", ok, "", 1.0, 0.4, near) for ok, near in rows]
    )
    assert declines.offered == Rate(1, 3)


def test_calibration_is_the_one_done_by_hand():
    """Two at 0.9 of which one is true, one at 0.2 that is not, one sure and right."""
    fit = calibration([(0.9, True), (0.9, False), (0.2, False), (1.0, True)])
    assert fit.n == 4
    assert fit.brier == pytest.approx((0.01 + 0.81 + 0.04 + 0.0) / 4)
    # 0.9 and 1.0 share the last bin: forecast 2.8 of 3, true 2 of 3.
    assert fit.ece == pytest.approx((0.8 + 0.2) / 4)
    last = fit.bins[9]
    assert (last.low, last.high, last.observed) == (0.9, 1.0, Rate(2, 3))
    assert last.forecast == pytest.approx(2.8 / 3)
    assert fit.bins[2].observed == Rate(0, 1)
    assert fit.bins[5].forecast is None


def test_calibration_of_the_perfect_the_unsure_and_of_nothing():
    """0, 0.25, and no figure."""
    perfect = calibration([(1.0, True), (0.0, False)])
    assert (perfect.brier, perfect.ece) == (0, 0)
    unsure = calibration([(0.5, True), (0.5, False)])
    assert (unsure.brier, unsure.ece) == (0.25, 0)
    nothing = calibration([])
    assert (nothing.brier, nothing.ece, nothing.n) == (None, None, 0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_every_forecast_lies_in_one_bin(forecasts):
    """None is lost at the edges, and both figures are shares."""
    fit = calibration(forecasts)
    assert sum(part.observed.n for part in fit.bins) == fit.n == len(forecasts)
    assert sum(part.observed.ok for part in fit.bins) == sum(true for _, true in forecasts)
    assert 0 <= fit.brier <= 1
    assert 0 <= fit.ece <= 1


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(wrong):
    """A log-odds handed in by mistake would look like a bad fit."""
    with pytest.raises(ValueError, match="probability"):
        calibration([(wrong, True)])


def test_decline_figures_count_by_type_and_the_hard_ones_together():
    """Near-miss and drug questions make the hard rate, small talk does not."""
    rows = [("near_miss", True), ("near_miss", False), ("drug_dosing", True), ("chitchat", False)]
    figures = decline_figures([DeclineResult("o", "?", kind, ok, "", 1.0) for kind, ok in rows])
    assert figures.declined == Rate(2, 4)
    assert figures.hard == Rate(2, 3)
    assert figures.types["near_miss"] == Rate(1, 2)


def test_escalation_figures_add_up():
    """Every rate over its own rows, as evaluation/README.md says."""
    figures = escalation_figures(
        [
            triaged(E, E),
            triaged(E, U, accept=[U]),
            triaged(E, N),
            triaged(E, V),
            triaged(U, N),
            triaged(U, N, accept=[N]),
            triaged(V, U),
            triaged(N, N),
            triaged(N, V, accept=[V]),
            triaged(N, E),
            triaged(N, N, informational=True, noted=True),
            triaged(N, N, informational=True, noted=False),
            triaged(N, E, informational=True, noted=False),
        ]
    )
    assert figures.emergency == Rate(1, 4)
    assert figures.emergency_accept == Rate(2, 4)
    assert figures.emergency_none == Rate(1, 4)
    assert figures.any_escalation == Rate(4, 6)
    assert figures.specificity == Rate(1, 2)
    assert figures.false_emergency == Rate(2, 5)
    assert figures.note_given == Rate(1, 3)
    assert figures.over_call == Rate(1, 3)
    assert figures.exact == Rate(4, 13)
    assert figures.exact_accept == Rate(7, 13)
    assert figures.matrix[E] == {N: 1, V: 1, U: 1, E: 1}
    assert figures.matrix[N] == {N: 3, V: 1, U: 0, E: 2}


def test_an_open_emergency_that_is_dropped_is_named():
    """Only turns after it was seen in the same conversation are lost ones."""
    turns = [
        triaged(E, N, row="a#1", conv="a"),
        triaged(E, E, row="a#2", conv="a"),
        triaged(E, N, row="a#3", conv="a"),
        triaged(E, N, row="b#1", conv="b"),
        triaged(E, N, row="single"),
    ]
    assert lost_turns(turns) == ("a#3",)
