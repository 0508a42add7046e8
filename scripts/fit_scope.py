"""Fit the decision to answer (src/backbot/answer/scope.py) on the labelled questions.

    python scripts/fit_scope.py

Needs an index in service and scikit-learn. Reads every question of evaluation/answers that is not
kept, without small talk, other languages and named medicines, which are decided elsewhere. Prints
how each source fares when it was left out of the fitting, then the weights to put into `Model`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from backbot.answer.scope import FEATURES, features, off_topic_words
from backbot.retrieval.terms import stem
from backbot.settings import load_settings
from backbot.wiring import Program

SETS = Path(__file__).parents[1] / "evaluation" / "answers"
SOURCES = {
    "dev": ("questions", "out_of_scope"),
    "own": ("own_questions_tune", "own_out_of_scope_tune"),
    "more": ("more_questions", "more_out_of_scope"),
}
ELSEWHERE = {"chitchat", "lang"}


def read(name: str) -> list[dict[str, Any]]:
    """Rows of a set."""
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").open(encoding="utf-8")]


def model() -> Any:  # noqa: ANN401 - scikit-learn has no types
    """Standardised logistic regression; both classes weigh the same."""
    return make_pipeline(
        StandardScaler(), LogisticRegression(C=0.5, class_weight="balanced", max_iter=1000)
    )


def main() -> None:
    """Fit and print."""
    program = Program(load_settings())
    finder, generation = program._finder, program.live.current()  # noqa: SLF001
    rows, labels, sources = [], [], []
    for source, (inside, outside) in SOURCES.items():
        for label, name in ((1, inside), (0, outside)):
            for row in read(name):
                if row.get("escalates") or row.get("type") in ELSEWHERE:
                    continue
                text = row["question"]
                found = finder.retrieve(text, generation)
                off = [
                    word
                    for word in off_topic_words(text)
                    if not all(stem(part) in found.held for part in word.word.split())
                ]
                if any(word.named for word in off):
                    continue
                rows.append(features(text, found.signals, off))
                labels.append(label)
                sources.append(source)
    x, y, s = np.array(rows), np.array(labels), np.array(sources)
    out = np.zeros(len(y))
    for source in SOURCES:
        out[s == source] = (
            model().fit(x[s != source], y[s != source]).predict_proba(x[s == source])[:, 1]
        )
    print("left out of the fitting, by source: wrongly declined / out of scope declined")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6):
        cells = [
            f"{source} {(out[(y == 1) & (s == source)] < threshold).mean():.1%} / "
            f"{(out[(y == 0) & (s == source)] < threshold).mean():.1%}"
            for source in SOURCES
        ]
        print(f"  threshold {threshold}: {', '.join(cells)}")
    fitted = model().fit(x, y)
    scale, regression = fitted[0], fitted[-1]
    weights = regression.coef_[0] / scale.scale_
    bias = float(regression.intercept_[0] - (weights * scale.mean_).sum())
    print(f"bias: {bias:.2f}")
    print("weights:", dict(zip(FEATURES, np.round(weights, 2).tolist(), strict=True)))


if __name__ == "__main__":
    main()
