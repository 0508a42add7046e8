"""Articles that are withdrawn, or overdue and withheld, are nowhere in a reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backbot.answer import wording
from backbot.assistant import Assistant
from backbot.model import Conversation
from real import NOW, TODAY, VALUES, real_clinic

__all__ = ["real_clinic"]
pytestmark = pytest.mark.model
ASKED = "How do I stretch my hamstrings?"


def assistant(clinic, *slugs: str, generation=None, **more) -> Assistant:
    """The real one, with those articles withdrawn."""
    given = {"today": lambda: TODAY, "withdrawn": lambda: frozenset(slugs)} | more
    return Assistant(
        lambda: generation or clinic.generation, clinic.finder, lambda: VALUES, **given
    )


def ask(assistant: Assistant, text: str):
    """The reply to one text."""
    return assistant.reply(text, Conversation(), NOW)[0]


@pytest.mark.parametrize("text", [ASKED, "hamstring stretch with a towel", "what is a lawyer"])
def test_a_withdrawn_article_is_in_no_hit_citation_or_suggestion(real_clinic, text):
    """Answered or declined; there are as many hits as before, none of them from it."""
    reply = ask(assistant(real_clinic, "hamstrings"), text)
    before = ask(assistant(real_clinic), text)
    assert "hamstrings" not in {hit.passage.article for hit in reply.answer.hits}
    assert "hamstrings" not in {citation.article for citation in reply.answer.citations}
    theirs = set(real_clinic.generation.articles["hamstrings"].questions)
    assert not theirs & set(reply.answer.suggestions)
    assert len(reply.answer.hits) == len(before.answer.hits)
    title = real_clinic.generation.articles["hamstrings"].title
    assert title not in reply.answer.text


def test_what_is_left_ranks_as_it_did(real_clinic):
    """Leaving an article out changes no score of the others."""
    whole = real_clinic.finder.retrieve(ASKED, real_clinic.generation, 200)
    part = real_clinic.finder.retrieve(
        ASKED, real_clinic.generation, 200, without=frozenset({"hamstrings"})
    )
    others = [hit for hit in whole.hits if hit.passage.article != "hamstrings"]
    scores = [(hit.passage.passage_id, hit.score) for hit in others]
    assert [(hit.passage.passage_id, hit.score) for hit in part.hits] == scores


def test_with_everything_withdrawn_it_declines_and_lists_nothing(real_clinic):
    """A warning still goes out."""
    nobody = assistant(real_clinic, *real_clinic.generation.articles)
    reply = ask(nobody, ASKED)
    assert reply.kind == "declined"
    assert reply.answer.text == wording.DECLINED
    assert (reply.answer.hits, reply.answer.suggestions) == ((), ())
    assert (nobody.topics(), nobody.sources()) == ((), "")
    assert ask(nobody, "i cannot pee and my back hurts").escalation is not None


def test_overdue_articles_are_marked_or_withheld_as_set(real_clinic):
    """On the day after the review was due; on the day itself it still counts."""
    meta = real_clinic.generation.articles["hamstrings"]
    late = replace(
        meta, reviewed_by="Dr A", reviewed_on=date(2024, 6, 1), review_due=date(2026, 5, 31)
    )
    articles = {**real_clinic.generation.articles, "hamstrings": late}
    generation = replace(real_clinic.generation, articles=articles)
    marked = ask(assistant(real_clinic, generation=generation), ASKED)
    assert {c.review for c in marked.answer.citations if c.article == "hamstrings"} == {
        "review overdue since 2026-05-31"
    }
    withholding = assistant(real_clinic, generation=generation, withhold_overdue=True)
    assert withholding.left_out(generation) == {"hamstrings"}
    withheld = ask(withholding, ASKED)
    assert "hamstrings" not in {hit.passage.article for hit in withheld.answer.hits}
    due_today = replace(late, review_due=TODAY)
    generation = replace(generation, articles={**articles, "hamstrings": due_today})
    assert not withholding.left_out(generation)
