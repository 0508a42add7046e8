"""Fit the decision to answer (src/backbot/answer/scope.py) on the labelled questions.

    python scripts/fit_scope.py [INDEX_DIR ...] [--asked INDEX_DIR ANSWERS_DIR]

Needs scikit-learn and an index in service. Further index folders may be named, and then every
question of evaluation/answers is asked of each of them; `--asked`, as often as wanted, names an
index whose articles have questions of their own, `questions.jsonl` and `out_of_scope.jsonl`
(`evaluation/pages/*_tune/answers`). Every question counts by the root of how many its corpus has,
so that the many of evaluation/answers do not drown the others. The weights in use were fitted over
the shipped articles and four raw pages; fitted anew over those and both folders of pages, they
were no better (docs/evaluation.md).

Reads no question that is kept, nor any that is decided elsewhere: small talk, other languages,
requests with a fixed answer, named medicines. Each out-of-scope question counts a fifth as if its
off-topic words stood on no list: the lists were made with some of these questions in view, and
nobody's list is complete. The outside questions themselves (retrieval/outside.toml) are learnt
from too, each compared with the others of the list only, but nothing is measured on them. Prints
how each corpus and each source fares when it was left out of the fitting, with calibration, then
the weights to put in.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from backbot.adapters.faiss_index import FaissFormat
from backbot.answer.requests import request_in
from backbot.answer.scope import (
    FEATURES,
    FITTED,
    FITTED_WITHOUT_OUTSIDE,
    Model,
    features,
    listed_words,
    missing_words,
    off_topic_words,
)
from backbot.assistant import _about, _holds_beside
from backbot.evaluation.metrics import calibration
from backbot.index.generation import Generation
from backbot.index.store import IndexStore
from backbot.model import Retrieval, Signals
from backbot.ports import Embedder
from backbot.retrieval.outside import outside_questions
from backbot.retrieval.retriever import Retriever, _prepared, _provided, holds
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
ASKED_ALONE = "own pages"  # of what the questions of a corpus of its own are a source
OF_ITS_OWN = ("questions", "out_of_scope")
ELSEWHERE = {"chitchat", "lang"}
OUTSIDE, OUTSIDE_WEIGHT = "outside", 0.1
FOLDS = 5
LISTED = FEATURES.index("off_topic_share")
UNLISTED_WEIGHT = 0.2  # of an out-of-scope question as if its words stood on no list
Array = NDArray[Any]


class Corpus(NamedTuple):
    """An index, and where its questions are; None for every question of evaluation/answers."""

    name: str
    generation: Generation
    answers: Path | None


class Rows(NamedTuple):
    """What is fitted: shapes (n, features), (n,), (n,) and (n,)."""

    x: Array
    y: Array
    source: Array
    corpus: Array

    def where(self, chosen: Array) -> Rows:
        """Some of them."""
        return Rows(*(column[chosen] for column in self))


def read(name: str, folder: Path) -> list[dict[str, Any]]:
    """Rows of a set; none of one that there is not."""
    if not name:
        return []
    return [json.loads(line) for line in (folder / f"{name}.jsonl").open(encoding="utf-8")]


def values_of(
    found: Retrieval, signals: Signals, generation: Generation
) -> tuple[float, ...] | None:
    """What the decision weighs, as in service; None where it is decided without the weights."""
    spoken = _about(generation, frozenset()).words
    off = missing_words(
        found.query,
        partial(holds, found),
        spoken=spoken,
        beside=partial(_holds_beside, found),
    )
    if not signals.words or any(word.named for word in off):
        return None
    about = any(word.word in spoken for word in off_topic_words(found.query))
    return features(found.query, signals, off, spoken=about)


def asked_of(finder: Retriever, corpus: Corpus) -> Iterator[tuple[tuple[float, ...], int, str]]:
    """Features, label and source of every question that is asked of a corpus."""
    own = corpus.answers is not None
    sources = {ASKED_ALONE: OF_ITS_OWN} if own else SOURCES
    for source, (inside, outside) in sources.items():
        for label, name in ((1, inside), (0, outside)):
            for row in read(name, corpus.answers or SETS):
                text = row["question"]
                if row.get("escalates") or row.get("type") in ELSEWHERE or request_in(text):
                    continue
                found = finder.retrieve(text, corpus.generation)
                values = values_of(found, found.signals, corpus.generation)
                if values is not None:
                    yield values, label, source


def table(embedder: Embedder, corpora: list[Corpus]) -> Rows:
    """Every question over every index that it is asked of, and the outside questions."""
    rows: list[tuple[tuple[float, ...], int, str, str]] = []
    for corpus in corpora:
        finder = Retriever(embedder, names=listed_words())
        rows += [(*row, corpus.name) for row in asked_of(finder, corpus)]
        rows += [
            (values, 0, OUTSIDE, corpus.name)
            for values in outside_rows(finder, embedder, corpus.generation)
        ]
    return Rows(*(np.array(column) for column in zip(*rows, strict=True)))


def outside_rows(
    finder: Retriever, embedder: Embedder, generation: Generation
) -> Iterator[tuple[float, ...]]:
    """Features of the outside questions that these articles are not about.

    Each as if it stood on no list: the regression is fitted without a fifth of them at a time.
    """
    asked = finder._unanswered(generation)  # noqa: SLF001
    questions = np.array([question.text for question in outside_questions()])[asked].tolist()
    vectors = embedder.encode(questions)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1.0)
    reader, prepared = finder._reader(generation), _prepared(generation)  # noqa: SLF001
    views = (prepared.owner, prepared.bound, prepared.share)
    for fold in range(FOLDS):
        others = np.arange(len(questions)) % FOLDS != fold
        sections = sections_of(
            generation, *views, provided=_provided(generation), outside=vectors[others]
        )
        unseen = replace(reader, sections=sections)
        finder._reader = lambda _, unseen=unseen: unseen  # type: ignore[assignment]  # noqa: SLF001
        for at in np.flatnonzero(~others).tolist():
            text, nearest = questions[at], float(cosines[at].max())
            found = finder.retrieve(text, generation)
            values = values_of(found, replace(found.signals, outside=nearest), generation)
            if not request_in(text) and values is not None:
                yield values


def weights_of(rows: Rows) -> Array:
    """How much each row counts: a corpus with few questions by the root of their number."""
    counts = np.where(rows.source == OUTSIDE, OUTSIDE_WEIGHT, 1.0)
    asked = rows.source != OUTSIDE
    for corpus in np.unique(rows.corpus):
        its = asked & (rows.corpus == corpus)
        counts[its] *= (asked.sum() / len(np.unique(rows.corpus)) / max(1, its.sum())) ** 0.5
    return counts


def fit(rows: Rows) -> tuple[Array, float]:
    """Weights and bias of the log-odds.

    Standardised logistic regression, out-of-scope rows once more without their listed words; then
    scaled (after Platt) so that the probabilities fit the questions as they are, without the
    outside ones, of which there are as many as somebody thought of.
    """
    x, y, counts = rows.x, rows.y, weights_of(rows)
    unlisted = x[y == 0].copy()
    unlisted[:, LISTED] = 0
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
    asked = rows.source != OUTSIDE
    platt = LogisticRegression(C=1e6).fit(
        (x[asked] @ weights + bias)[:, None], y[asked], sample_weight=counts[asked]
    )
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return weights * slope, bias * slope + shift


def probabilities(x: Array, weights: Array, bias: float) -> Array:
    """That the corpus answers, before the rules that are set."""
    return np.asarray(1 / (1 + np.exp(-(x @ weights + bias))))


def left_out(rows: Rows, by: Array) -> Array:
    """Each question's probability by a model that has not seen its source, or its corpus."""
    out = np.zeros(len(rows.y))
    for part in np.unique(by[rows.source != OUTSIDE]):
        its = by == part
        out[its] = probabilities(rows.x[its], *fit(rows.where(~its)))
    return out


def shares(out: Array, y: Array, by: Array) -> None:
    """Print wrongly declined and out of scope declined, by threshold and part."""
    for threshold in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        cells = []
        for part in np.unique(by):
            told = [out[(y == label) & (by == part)] < threshold for label in (1, 0)]
            cells.append(f"{part} {' / '.join(f'{t.sum()} of {len(t)}' for t in told)}")
        print(f"  threshold {threshold}: {', '.join(cells)}")


def report(rows: Rows, model: Model) -> None:
    """Print how it fares on what it has not seen, beside a model in use, and the weights."""
    weights, bias = fit(rows)
    asked = rows.source != OUTSIDE
    by_source, by_corpus = left_out(rows, rows.source)[asked], left_out(rows, rows.corpus)[asked]
    in_use = probabilities(rows.x, np.array(model.weights), model.bias)[asked]
    _, y, source, corpus = rows.where(asked)
    fit_of = calibration(list(zip(by_source.tolist(), (y == 1).tolist(), strict=True)))
    print(
        f"AUC {roc_auc_score(y, by_source):.3f}, Brier score {fit_of.brier:.3f}, "
        f"expected calibration error {fit_of.ece:.3f}"
    )
    for what, out, by in (
        ("left out of the fitting, by source", by_source, source),
        ("left out of the fitting by source, by corpus", by_source, corpus),
        ("left out of the fitting, by corpus", by_corpus, corpus),
        ("the weights in use, by corpus", in_use, corpus),
    ):
        print(f"{what}: wrongly declined / out of scope declined")
        shares(out, y, by)
    edges = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    for low, high in itertools.pairwise(edges):
        band = (by_source >= low) & (by_source < high)
        print(f"  {low} to {high}: {band.sum()} questions, {y[band].sum()} of them in scope")
    print(f"bias: {bias:.2f}")
    print("weights:", dict(zip(FEATURES, np.round(weights, 2).tolist(), strict=True)))


def main() -> None:
    """Fit and print, with the list of outside questions and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("indexes", nargs="*", type=Path, metavar="INDEX_DIR")
    parser.add_argument(
        "--asked", nargs=2, type=Path, action="append", default=[], metavar=("INDEX", "ANSWERS")
    )
    told = parser.parse_args()
    program = Program(load_settings())
    corpora = [Corpus("in service", program.live.current(), None)]
    for folder, answers in [*((folder, None) for folder in told.indexes), *told.asked]:
        generation = IndexStore(folder).open(FaissFormat())
        corpora.append(Corpus(f"corpus {len(corpora) + 1}", generation, answers))
    rows = table(program.embedder, corpora)
    asked = rows.source != OUTSIDE
    print(
        f"{asked.sum()} questions over {len(corpora)} indexes, {rows.y.sum()} in scope; "
        f"{(~asked).sum()} outside questions"
    )
    report(rows, FITTED)
    print("\nwithout the list of outside questions")
    rows.x[:, FEATURES.index("outside")] = 0.0
    report(rows, FITTED_WITHOUT_OUTSIDE)


if __name__ == "__main__":
    main()
