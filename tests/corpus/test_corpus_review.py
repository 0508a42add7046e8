"""From draft to expired: where an article stands on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backbot.corpus.review import DUE_WITHIN, ReviewState, state_of
from backbot.model import ArticleMeta

TODAY = date(2026, 6, 1)
BEFORE = date(2026, 1, 1)


def meta(by: str, on: date | None, due: date | None) -> ArticleMeta:
    """Front matter with that review."""
    return ArticleMeta(slug="a", title="A", reviewed_by=by, reviewed_on=on, review_due=due)


@pytest.mark.parametrize(
    ("by", "on", "due", "state"),
    [
        ("", None, None, "draft"),
        ("Dr A", None, None, "draft"),
        ("", BEFORE, date(2027, 1, 1), "draft"),
        ("", None, date(2020, 1, 1), "draft"),
        ("Dr A", BEFORE, None, "reviewed"),
        ("Dr A", BEFORE, date(2027, 1, 1), "reviewed"),
        ("Dr A", BEFORE, TODAY + DUE_WITHIN + timedelta(days=1), "reviewed"),
        ("Dr A", BEFORE, TODAY + DUE_WITHIN, "due"),
        ("Dr A", BEFORE, TODAY, "due"),
        ("Dr A", BEFORE, TODAY - timedelta(days=1), "expired"),
    ],
)
def test_the_front_matter_alone_decides_the_state(by, on, due, state):
    """And on its last day a review still counts."""
    assert state_of(meta(by, on, due), TODAY) == state


def test_states_only_move_forward_with_time():
    """A reviewed article becomes due, then expired, and never goes back by itself."""
    order = list(ReviewState)
    article = meta("Dr A", BEFORE, date(2026, 9, 1))
    states = [state_of(article, BEFORE + timedelta(days=n)) for n in range(400)]
    steps = [order.index(state) for state in states]
    assert steps == sorted(steps)
    assert set(states) == {ReviewState.REVIEWED, ReviewState.DUE, ReviewState.EXPIRED}
