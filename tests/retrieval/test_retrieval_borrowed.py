"""Questions that articles without enough of their own borrow: from whom, for what, how much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backbot.retrieval import borrowed, outside
from backbot.retrieval.borrowed import Borrowed, bind, pack, packaged
from backbot.retrieval.retriever import Retriever
from fakes import HashEmbedder, identity
from real import real_clinic  # noqa: F401 - a fixture
from retrieval.built import build  # noqa: F401 - a fixture

SAYS = "Ice brings the swelling down in the first two days."
ASKS = "which pack after a fresh injury"
ARTICLES = {"cold": f"{SAYS}\n", "chair": "A chair with armrests supports the spine.\n"}


def lent_by(embedder, asks=(ASKS,), says=(SAYS,)):
    """What is packaged where other articles say one thing and are asked another."""
    answer_of = np.zeros(len(asks), dtype=np.int64)
    return Borrowed(embedder.encode(asks), embedder.encode(says), answer_of)


@pytest.fixture
def embedder():
    """An encoder without weights: texts are near where they share words."""
    return HashEmbedder()


@pytest.fixture
def lend(monkeypatch):
    """Package these for whatever encoder."""
    return lambda lent: monkeypatch.setattr(borrowed, "packaged", lambda _identity: lent)


@pytest.mark.model
def test_the_packaged_vectors_are_of_the_bundled_encoder(real_clinic):  # noqa: F811
    """Each question with a passage, all of unit length, most as the articles ask them now."""
    lent = packaged(real_clinic.embedder.identity)
    assert lent is not None
    assert len(lent.questions) == len(lent.answer_of) > 1000
    assert set(lent.answer_of.tolist()) == set(range(len(lent.answers)))
    for vectors in (lent.questions, lent.answers):
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    nearest = (real_clinic.generation.question_vectors @ lent.questions.T).max(axis=1)
    assert np.mean(nearest > 0.999) > 0.5


def test_what_is_packed_is_read_again_by_its_encoder_alone(embedder, monkeypatch, tmp_path):
    """Numbers of one encoder mean nothing to another."""
    lent = lent_by(embedder)
    (tmp_path / borrowed.FILE).write_bytes(pack(lent, embedder.identity))
    monkeypatch.setattr(outside, "FOLDER", tmp_path)
    read = packaged(embedder.identity)
    assert read is not None
    assert float((read.questions * lent.questions).sum(axis=1).min()) > 0.999
    assert read.answer_of.tolist() == [0]
    assert packaged(replace(identity(), sha256="f" * 64)) is None


def test_without_the_file_there_are_none(embedder, monkeypatch, tmp_path):
    """An encoder of one's own, or a package cut down."""
    monkeypatch.setattr(outside, "FOLDER", tmp_path)
    assert packaged(embedder.identity) is None


def test_a_question_is_bound_to_what_says_the_same_as_its_answer():
    """And to nothing where nothing here does; the only passage stands there twice."""
    one, other, far = np.eye(3, dtype=np.float32)
    lent = Borrowed(np.array([far]), np.array([one]), np.array([0]))
    rows, share = bind(lent, np.array([other, one]), np.array([4, 7]))
    assert rows[0, 0] == 7
    assert share[0, 0] == pytest.approx(0.8)
    assert share[0, 1] == 0
    rows, share = bind(lent, np.array([other]), np.array([4]))
    assert rows.tolist() == [[4, 4]]
    assert not share.any()


def test_a_bare_article_is_found_by_what_is_asked_of_others(build, embedder, lend):  # noqa: F811
    """Though it shares no word with the question; the chair's score stays what it was."""
    generation = build(ARTICLES, embedder)
    lend(None)
    before = Retriever(embedder).retrieve(ASKS, generation)
    lend(lent_by(embedder))
    after = Retriever(embedder).retrieve(ASKS, generation)
    assert after.hits[0].passage.article == "cold"
    gained = {hit.passage.article: hit.score for hit in after.hits}
    for hit in before.hits:
        gained[hit.passage.article] -= hit.score
    assert gained["cold"] > 0.05
    assert gained["chair"] == pytest.approx(0, abs=1e-6)


def test_the_decision_to_answer_does_not_hear_of_it(build, embedder, lend):  # noqa: F811
    """Its weights were fitted without: a borrowed question is no reason to answer."""
    generation = build(ARTICLES, embedder)
    lend(None)
    before = Retriever(embedder).retrieve(ASKS, generation).signals
    lend(lent_by(embedder))
    after = Retriever(embedder).retrieve(ASKS, generation).signals
    assert after.score == pytest.approx(before.score)
    assert (after.question, after.unit, after.sampled) == (
        before.question,
        before.unit,
        before.sampled,
    )


def test_articles_with_questions_of_their_own_borrow_none(build, embedder, lend):  # noqa: F811
    """Staff have written what is asked of these."""
    asked = ("does ice help", "is cold any good", "ice on the first day?")
    generation = build({"cold": (f"{SAYS}\n", asked)}, embedder)
    lend(None)
    before = Retriever(embedder).retrieve(ASKS, generation)
    lend(lent_by(embedder))
    after = Retriever(embedder).retrieve(ASKS, generation)
    assert [hit.score for hit in after.hits] == [hit.score for hit in before.hits]


def test_a_withdrawn_article_borrows_for_nobody(build, embedder, lend):  # noqa: F811
    """It is not shown, whoever asks what."""
    generation = build(ARTICLES, embedder)
    lend(lent_by(embedder))
    found = Retriever(embedder).retrieve(ASKS, generation, without=frozenset({"cold"}))
    assert {hit.passage.article for hit in found.hits} == {"chair"}
