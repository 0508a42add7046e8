"""Questions that such articles do not answer: the list, its vectors, what a corpus takes off it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from backbot.retrieval import outside
from backbot.retrieval.outside import (
    not_answered,
    not_covered,
    outside_questions,
    outside_vectors,
    pack,
)
from backbot.retrieval.retriever import Retriever
from backbot.retrieval.terms import terms_of
from fakes import HashEmbedder, identity
from real import EVALUATION, real_clinic  # noqa: F401 - a fixture
from retrieval.built import build  # noqa: F401 - a fixture


def test_every_question_says_what_it_is_about():
    """In brackets, which are not part of the question; and none stands there twice."""
    texts = [question.text for question in outside_questions()]
    assert len(texts) == len(set(texts)) > 300
    assert all(question.about for question in outside_questions())
    assert all(all(question.either) for question in outside_questions())
    assert not any(mark in text for text in texts for mark in "[]{}")


def test_no_labelled_question_stands_in_the_list():
    """Else its figures would say nothing. Texts are compared, not shown."""

    def plain(text):
        return " ".join(terms_of(text))

    listed = {plain(question.text) for question in outside_questions()}
    for path in (EVALUATION / "answers").glob("*.jsonl"):
        lines = path.read_text("utf-8").splitlines()
        asked = {plain(json.loads(line).get("question", "")) for line in lines} - {""}
        shared = len(asked & listed)
        assert shared == 0, path.name


@pytest.mark.model
def test_the_packaged_vectors_are_those_of_the_list(real_clinic):  # noqa: F811
    """Else `scripts/embed_outside.py` was forgotten."""
    vectors = outside_vectors(real_clinic.embedder.identity)
    assert vectors is not None
    made = real_clinic.embedder.encode([question.text for question in outside_questions()])
    assert vectors.shape == made.shape
    assert float((vectors * made).sum(axis=1).min()) > 0.9995


def test_another_encoder_has_no_vectors():
    """Numbers of one encoder mean nothing to another."""
    assert outside_vectors(identity("another")) is None


def test_vectors_of_another_list_are_not_used(monkeypatch, tmp_path):
    """The list has grown since they were made."""
    count = len(outside_questions())
    for rows, usable in ((count, True), (count - 1, False)):
        data = pack(np.eye(rows, 8, dtype=np.float32) + 0.1, identity())
        (tmp_path / outside.FILE).write_bytes(data)
        monkeypatch.setattr(outside, "FOLDER", tmp_path)
        assert (outside_vectors(identity()) is not None) is usable


def test_without_the_file_there_are_none(monkeypatch, tmp_path):
    """An encoder of one's own, or a package cut down."""
    monkeypatch.setattr(outside, "FOLDER", tmp_path)
    assert outside_vectors(identity()) is None


def test_what_the_corpus_has_a_heading_on_is_taken_off_the_list():
    """A clinic that writes about mattresses is asked about them rightly."""
    before = not_covered([])
    after = not_covered([frozenset(terms_of("Which mattress for a bad back?"))])
    gone = [q for q, was, now in zip(outside_questions(), before, after, strict=True) if was > now]
    assert before.all()
    assert gone
    assert all("mattress" in question.text for question in gone)


def test_what_a_passage_answers_is_taken_off_the_list(build):  # noqa: F811
    """It holds what the question is about, one alternative of it at least, and says nearly that."""
    embedder = HashEmbedder()
    body = "Sleeping on your stomach is bad for your back.\n\nSnow falls on the mattress.\n"
    generation = build({"nights": body}, embedder)
    questions = outside_questions()
    vectors = embedder.encode([question.text for question in questions])
    asked = np.ones(len(questions), dtype=np.bool_)
    stems = set(terms_of(body))

    def holding(term):
        return np.array([0] if term in stems else [], dtype=np.int32)

    left = not_answered(asked, vectors, generation, holding)
    gone = {question.text for question, stays in zip(questions, left, strict=True) if not stays}
    assert "Is sleeping on your side or stomach bad for your back?" in gone
    assert not any("mattress" in text for text in gone)
    assert not not_answered(~asked, vectors, generation, holding).any()


def test_a_question_is_told_how_near_it_is_to_an_outside_one(build, monkeypatch):  # noqa: F811
    """The nearest of them all; None where there are no vectors."""
    embedder = HashEmbedder()
    generation = build({"heat": "Heat relaxes stiff muscles.\n"}, embedder)
    assert Retriever(embedder).retrieve("which mattress", generation).signals.outside is None
    texts = [question.text for question in outside_questions()]
    monkeypatch.setattr(
        "backbot.retrieval.retriever.outside_vectors", lambda *_given: embedder.encode(texts)
    )
    finder = Retriever(embedder)
    same = finder.retrieve(texts[0], generation).signals
    assert same.outside == pytest.approx(1.0, abs=1e-5)
    other = finder.retrieve("heat relaxes", generation).signals
    assert other.outside is not None
    assert other.outside < same.outside
    assert replace(other, outside=None) == replace(
        Retriever(embedder).retrieve("heat relaxes", generation).signals, outside=None
    )


def test_a_question_with_a_gap_is_asked_about_each_word():
    """What is about the word goes with the word, not with the question's other words."""
    listed = {question.text: question.about for question in outside_questions()}
    for word in ("wrist", "ankle"):
        assert listed[f"What causes pain in the {word}?"] == frozenset(terms_of(word))
