"""Two articles that differ, from the files to the reply: both figures, both sources."""

from __future__ import annotations

from datetime import date

import pytest

from backbot.answer import wording
from backbot.assistant import Assistant
from backbot.model import Conversation
from backbot.retrieval.retriever import Retriever
from backbot.triage.messages import MessageValues
from real import real_clinic  # noqa: F401 - a fixture
from retrieval.built import build  # noqa: F401 - a fixture

pytestmark = pytest.mark.model

_SHORT = "Rest a pulled back muscle for one or two days."
_LONG = "Rest a pulled back muscle for two weeks."
_QUESTION = "how long should i rest a pulled back muscle?"


def _articles(other):
    return {
        "strain": f"## How long should I rest?\n{_SHORT} Move gently after that.",
        "recovery": f"## How long does rest take?\n{other} Walking is good for you.",
        "heat": "## What does heat do?\nHeat relaxes the muscles. A warm pack soothes stiffness.",
    }


def _reply(real_clinic, generation, question=_QUESTION):  # noqa: F811
    running = Assistant(
        lambda: generation,
        Retriever(real_clinic.embedder),
        MessageValues,
        today=lambda: date(2026, 6, 1),
    )
    return running.reply(question, Conversation(), 0.0)[0]


def test_two_articles_that_differ_are_both_quoted(real_clinic, build):  # noqa: F811
    """A fixed sentence says so, and each figure has its own article as source."""
    answer = _reply(real_clinic, build(_articles(_LONG), real_clinic.embedder)).answer
    assert answer.text.startswith(wording.DIFFERENT_FIGURES)
    assert _SHORT in answer.text
    assert _LONG in answer.text
    assert {citation.article for citation in answer.citations} == {"strain", "recovery"}


def test_two_articles_that_agree_are_not_said_to_differ(real_clinic, build):  # noqa: F811
    """The same figure in other words is no conflict."""
    same = "A pulled back muscle needs rest for one to two days."
    answer = _reply(real_clinic, build(_articles(same), real_clinic.embedder)).answer
    assert wording.DIFFERENT_FIGURES not in answer.text
    assert _SHORT in answer.text or same in answer.text


def test_where_no_article_says_how_long_it_is_said(real_clinic, build):  # noqa: F811
    """Under what the articles say of it; two figures of something else are no conflict either."""
    generation = build(_articles(_LONG), real_clinic.embedder)
    reply = _reply(real_clinic, generation, "how long should I put heat on my back?")
    assert reply.note.startswith(wording.NO_FIGURE)
    assert "Heat relaxes the muscles." in reply.answer.text
    assert wording.DIFFERENT_FIGURES not in reply.answer.text
    assert wording.NO_FIGURE not in _reply(real_clinic, generation).note
