"""Fit the decision to answer (src/backbot/answer/scope.py) on the labelled questions.

    python scripts/fit_scope.py [INDEX_DIR ...]

Needs scikit-learn and an index in service; further index folders may be named, and then every
question is asked of each of them. The weights in use were fitted over two: the shipped articles
and four raw web pages, so that they do not lean on how the shipped articles are written.

Reads every question of evaluation/answers that is not kept, without those that are decided
elsewhere: small talk, other languages, requests with a fixed answer, named medicines. Each
out-of-scope question counts a fifth as if its off-topic words stood on no list: the lists were
made with some of these questions in view, and nobody's list is complete. The outside questions
themselves (retrieval/outside.toml) are learnt from too, each compared with the others of the list
only, but nothing is measured on them. Prints how each source fares when it was left out of the
fitting, with calibration, then the weights to put in.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from backbot.adapters.faiss_index import FaissFormat
from backbot.answer.requests import request_in
from backbot.answer.scope import FEATURES, features, listed_words, missing_words
from backbot.evaluation.metrics import calibration
from backbot.index.generation import Generation
from backbot.index.store import IndexStore
from backbot.ports import Embedder
from backbot.retrieval.outside import not_covered, outside_questions
from backbot.retrieval.retriever import Retriever, _prepared, headings, holds
from backbot.retrieval.sections import fit as sections_of
from backbot.settings import load_settings
from backbot.wiring import Program

SETS = Path(__file__).parents[1] / "evaluation" / "answers"
SOURCES = {
    "dev": ("questions", "out_of_scope"),
    "own": ("own_questions_tune", "own_out_of_scope_tune"),
    "more": ("more_questions", "more_out_of_scope"),
    "fresh": ("fresh_questions_tune", "fresh_out_of_scope_tune"),
    "fresh2": ("fresh2_questions_tune", "fresh2_out_of_scope_tune"),
    "fresh3": ("fresh3_questions_tune", "fresh3_out_of_scope_tune"),
    "fresh4": ("fresh4_questions_tune", "fresh4_out_of_scope_tune"),
    "fresh5": ("fresh5_questions_tune", "fresh5_out_of_scope_tune"),
    "fresh6": ("fresh6_questions_tune", "fresh6_out_of_scope_tune"),
    "own6": ("own6_questions_tune", ""),
}
ELSEWHERE = {"chitchat", "lang"}
OUTSIDE, OUTSIDE_WEIGHT = "outside", 0.1
FOLDS = 5
LISTED = FEATURES.index("off_topic_share")
UNLISTED_WEIGHT = 0.2  # of an out-of-scope question as if its words stood on no list
Array = NDArray[Any]


def read(name: str) -> list[dict[str, Any]]:
    """Rows of a set; none of one that there is not."""
    if not name:
        return []
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").open(encoding="utf-8")]


def table(
    finder: Retriever, embedder: Embedder, generations: list[Generation]
) -> tuple[Array, Array, Array]:
    """Features, labels and sources of every question over every index."""
    rows, labels, sources = [], [], []
    for source, (inside, outside) in SOURCES.items():
        for label, name in ((1, inside), (0, outside)):
            for row in read(name):
                text = row["question"]
                if row.get("escalates") or row.get("type") in ELSEWHERE or request_in(text):
                    continue
                for generation in generations:
                    found = finder.retrieve(text, generation)
                    off = missing_words(found.query, partial(holds, found))
                    if found.signals.words and not any(word.named for word in off):
                        rows.append(features(found.query, found.signals, off))
                        labels.append(label)
                        sources.append(source)
    for generation in generations:
        for values in outside_rows(
            Retriever(embedder, names=listed_words()), embedder, generation
        ):
            rows.append(values)
            labels.append(0)
            sources.append(OUTSIDE)
    return np.array(rows), np.array(labels), np.array(sources)


def outside_rows(
    finder: Retriever, embedder: Embedder, generation: Generation
) -> Iterator[tuple[float, ...]]:
    """Features of the outside questions that these articles are not about.

    Each as if it stood on no list: the regression is fitted without a fifth of them at a time.
    """
    asked = not_covered(headings(generation))
    questions = np.array([question.text for question in outside_questions()])[asked].tolist()
    vectors = embedder.encode(questions)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1.0)
    reader, prepared = finder._reader(generation), _prepared(generation)  # noqa: SLF001
    for fold in range(FOLDS):
        others = np.arange(len(questions)) % FOLDS != fold
        views = (prepared.owner, prepared.bound, prepared.share)
        sections = sections_of(generation, *views, vectors[others])
        unseen = replace(reader, sections=sections)
        finder._reader = lambda _, unseen=unseen: unseen  # type: ignore[assignment,misc]  # noqa: SLF001
        for at in np.flatnonzero(~others).tolist():
            text, nearest = questions[at], float(cosines[at].max())
            found = finder.retrieve(text, generation)
            off = missing_words(found.query, partial(holds, found))
            if not request_in(text) and not any(word.named for word in off):
                yield features(found.query, replace(found.signals, outside=nearest), off)


def fit(x: Array, y: Array, s: Array) -> tuple[Array, float]:
    """Weights and bias of the log-odds.

    Standardised logistic regression, out-of-scope rows once more without their listed words; then
    scaled (after Platt) so that the probabilities fit the questions as they are, without the
    outside ones, of which there are as many as somebody thought of.
    """
    unlisted = x[y == 0].copy()
    unlisted[:, LISTED] = 0
    counts = np.where(s == OUTSIDE, OUTSIDE_WEIGHT, 1.0)
    again = UNLISTED_WEIGHT * counts[y == 0]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2000)).fit(
        np.vstack([x, unlisted]),
        np.concatenate([y, np.zeros(len(unlisted), dtype=int)]),
        logisticregression__sample_weight=np.concatenate(
            [np.where(y == 0, (1 - UNLISTED_WEIGHT) * counts, counts), again]
        ),
    )
    scale, regression = model[0], model[-1]
    weights = regression.coef_[0] / np.where(scale.scale_ > 0, scale.scale_, 1.0)
    bias = float(regression.intercept_[0] - (weights * scale.mean_).sum())
    asked = s != OUTSIDE
    platt = LogisticRegression(C=1e6).fit((x[asked] @ weights + bias)[:, None], y[asked])
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return weights * slope, bias * slope + shift


def left_out(x: Array, y: Array, s: Array) -> Array:
    """Each question's probability by a model that has not seen its source."""
    out = np.zeros(len(y))
    for source in SOURCES:
        others = s != source
        weights, bias = fit(x[others], y[others], s[others])
        out[s == source] = 1 / (1 + np.exp(-(x[s == source] @ weights + bias)))
    return out


def report(x: Array, y: Array, s: Array) -> None:
    """Print how it fares on sources it has not seen, and the weights fitted on all."""
    weights, bias = fit(x, y, s)
    asked = s != OUTSIDE
    out, y, s = left_out(x, y, s)[asked], y[asked], s[asked]
    fit_of = calibration(list(zip(out.tolist(), (y == 1).tolist(), strict=True)))
    print(
        f"AUC {roc_auc_score(y, out):.3f}, Brier score {fit_of.brier:.3f}, "
        f"expected calibration error {fit_of.ece:.3f}"
    )
    print("left out of the fitting, by source: wrongly declined / out of scope declined")
    for threshold in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        cells = [
            f"{source} {(out[(y == 1) & (s == source)] < threshold).mean():.1%} / "
            f"{(out[(y == 0) & (s == source)] < threshold).mean():.1%}"
            for source in SOURCES
        ]
        print(f"  threshold {threshold}: {', '.join(cells)}")
    edges = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    for low, high in itertools.pairwise(edges):
        band = (out >= low) & (out < high)
        print(f"  {low} to {high}: {band.sum()} questions, {y[band].sum()} of them in scope")
    print(f"bias: {bias:.2f}")
    print("weights:", dict(zip(FEATURES, np.round(weights, 2).tolist(), strict=True)))


def main() -> None:
    """Fit and print, with the list of outside questions and without."""
    program = Program(load_settings())
    generations = [program.live.current()]
    generations += [IndexStore(Path(folder)).open(FaissFormat()) for folder in sys.argv[1:]]
    finder = Retriever(program.embedder, names=listed_words())
    x, y, s = table(finder, program.embedder, generations)
    print(
        f"{(s != OUTSIDE).sum()} questions over {len(generations)} indexes, {y.sum()} in scope; "
        f"{(s == OUTSIDE).sum()} outside questions"
    )
    report(x, y, s)
    print("\nwithout the list of outside questions")
    x[:, FEATURES.index("outside")] = 0.0
    report(x, y, s)


if __name__ == "__main__":
    main()
