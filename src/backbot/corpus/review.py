"""Where an article stands in its life: draft → reviewed → due → expired, from the front matter.

| state | what the front matter says |
|---|---|
| draft | nobody has reviewed it: no `reviewed_by` or no `reviewed_on` |
| reviewed | reviewed, and `review_due` is further off than 30 days, or missing |
| due | `review_due` lies within the next 30 days: time to ask for the next review |
| expired | `review_due` has passed |
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from backbot.corpus.issue import Issue, issue_at
from backbot.corpus.prose import Prose
from backbot.model import ArticleMeta

DUE_WITHIN = timedelta(days=30)


class ReviewState(enum.StrEnum):
    """Where an article stands in its life."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    DUE = "due"
    EXPIRED = "expired"


def state_of(meta: ArticleMeta, today: date) -> ReviewState:
    """Where an article stands on a day; on its last day a review still counts."""
    if not meta.reviewed_by or meta.reviewed_on is None:
        return ReviewState.DRAFT
    if meta.review_due is None:
        return ReviewState.REVIEWED
    if meta.review_due < today:
        return ReviewState.EXPIRED
    return ReviewState.DUE if meta.review_due <= today + DUE_WITHIN else ReviewState.REVIEWED


def review_issues(proses: Iterable[Prose], today: date) -> Iterator[Issue]:
    """Warnings about reviews that are missing, due or over, and about impossible dates."""
    for prose in proses:
        for field, text in _review(prose.article.meta, today):
            yield issue_at("warning", "review", prose.field(field), text)


def _review(meta: ArticleMeta, today: date) -> Iterator[tuple[str, str]]:
    """The field to mend, and what to say."""
    state = state_of(meta, today)
    if state is ReviewState.DRAFT:
        yield (
            "reviewed_by" if not meta.reviewed_by else "reviewed_on",
            (
                "not yet reviewed by a clinician. When one has read it, fill in reviewed_by, "
                "reviewed_on and review_due."
            ),
        )
    elif meta.review_due is None:
        yield "reviewed_on", "there is no review_due: nobody will be reminded. Add a date."
    if meta.reviewed_on is not None and meta.reviewed_on > today:
        yield (
            "reviewed_on",
            f"reviewed_on is in the future ({meta.reviewed_on}). Correct the date.",
        )
    if meta.reviewed_on and meta.review_due and meta.review_due < meta.reviewed_on:
        yield (
            "review_due",
            (
                f"review_due ({meta.review_due}) lies before reviewed_on ({meta.reviewed_on}). "
                "Correct whichever is wrong."
            ),
        )
    elif state is ReviewState.EXPIRED:
        yield "review_due", f"review overdue since {meta.review_due}. Have it reviewed again."
    elif state is ReviewState.DUE:
        yield "review_due", f"review due on {meta.review_due}. Ask a clinician for it now."
