"""What is learnt of each passage: the regression that is meant, and nothing that is not known."""

from __future__ import annotations

import numpy as np
import pytest

from backbot.retrieval import retriever
from backbot.retrieval.retriever import Retriever, prepare
from backbot.retrieval.sections import Sections, fit
from fakes import HashEmbedder
from retrieval.built import build  # noqa: F401 - a fixture

ARTICLES = {
    "heat": (
        "Heat relaxes stiff muscles.\n\n## How long\n\nUse heat for twenty minutes. Then rest.\n",
        ("how long should I use heat?", "is warmth any good"),
    ),
    "cold": ("Cold packs bring swelling down.\n", ("does ice help?",)),
    "chair": "A chair with armrests supports the spine.\n",
}


@pytest.fixture
def embedder():
    """An encoder without weights."""
    return HashEmbedder()


@pytest.fixture
def generation(build, embedder):  # noqa: F811
    """Three articles."""
    return build(ARTICLES, embedder)


def learnt(generation, outside=None, provided=None):
    """Fitted as the retriever fits it, where there are sample questions enough."""
    prepared = prepare(generation)
    provided = np.ones(len(generation.passages)) if provided is None else provided
    rows = prepared.owner, prepared.bound, prepared.share
    return fit(generation, *rows, provided=provided, outside=outside)


def rows_of(generation, outside):
    """The rows, targets and weights of the regression, written out."""
    prepared, n = prepare(generation), len(generation.passages)
    rows, targets, weights = [], [], []
    for at, vector in enumerate(generation.passage_vectors):
        rows.append(vector)
        targets.append(np.eye(n)[at])
        weights.append(1.0)
    for at, vector in zip(prepared.owner, generation.unit_vectors, strict=True):
        rows.append(vector)
        targets.append(np.eye(n)[at])
        weights.append(1.0)
    for (one, two), (_, share), vector in zip(
        prepared.bound, prepared.share, generation.question_vectors, strict=True
    ):
        second = 0.0 if one == two else 0.5 * share
        rows.append(vector)
        targets.append((np.eye(n)[one] + second * np.eye(n)[two]) / (1 + second))
        weights.append(3.0)
    for vector in outside:
        rows.append(vector)
        targets.append(np.zeros(n))
        weights.append(0.3)
    return np.array(rows, dtype=float), np.array(targets), np.array(weights)


def test_it_is_the_weighted_ridge_regression(generation, embedder):
    """Against the textbook's way: augmented rows, solved as least squares."""
    outside = embedder.encode(["which mattress is best", "vitamin d for backs"])
    rows, targets, weights = rows_of(generation, outside)
    mean = weights @ rows / weights.sum()
    means = weights @ targets / weights.sum()
    root = np.sqrt(weights)[:, None]
    d = rows.shape[1]
    left = np.vstack([root * (rows - mean), np.sqrt(5.0) * np.eye(d)])
    right = np.vstack([root * (targets - means), np.zeros((d, targets.shape[1]))])
    slope = np.linalg.lstsq(left, right, rcond=None)[0]
    found = learnt(generation, outside)
    query = embedder.encode(["how long do I warm it"])[0]
    expected = (query - mean) @ slope
    assert found.weights @ query + found.bias == pytest.approx(expected, abs=1e-5)


def test_an_outside_question_is_of_no_passage(generation, embedder):
    """What stands on the list counts less for every passage than where it does not."""
    outside = embedder.encode(["does warmth help in bed"] * 40)
    query = outside[0]
    with_list, without = learnt(generation, outside), learnt(generation)
    assert (with_list.weights @ query + with_list.bias).max() < (
        without.weights @ query + without.bias
    ).max()


def test_what_is_kept_is_what_was_fitted(generation):
    """To the last bit."""
    found = learnt(generation)
    again = Sections.of(*found.plain())
    assert np.array_equal(again.weights, found.weights)
    assert np.array_equal(again.bias, found.bias)


def test_a_corpus_too_large_for_it_is_ranked_without(generation, embedder, monkeypatch):
    """The other views stand alone; nothing else changes."""
    monkeypatch.setattr(retriever, "MOST_PASSAGES", 1)
    found = Retriever(embedder).retrieve("how long should I use heat?", generation)
    assert {hit.parts["learnt"] for hit in found.hits} == {0.0}
    assert found.hits[0].passage.section == "How long"


def test_the_few_questions_of_an_article_that_lacks_them_count_less(generation, embedder):
    """Or the one section that brings a question would draw what is asked of the others."""
    row = next(k for k, p in enumerate(generation.passages) if p.article == "cold")
    asked = embedder.encode(["does ice help?"])[0]
    drawn = []
    for provided in (1.0, 0.1):
        each = np.full(len(generation.passages), provided)
        found = learnt(generation, provided=each)
        drawn.append(float((found.weights @ asked + found.bias)[row]))
    assert drawn[0] > drawn[1]
