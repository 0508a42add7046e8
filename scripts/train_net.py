"""Train the second pair of eyes: logistic regression on the encoder's vectors → a small file.

    python scripts/train_net.py [--out FILE] [--vectors FILE.npz]

Texts come from `net_texts.toml` (patterns spelled out at random, framed and misspelt), the
examples of the rules and the articles' sample questions. The labelled messages under
`evaluation/` are never read here: they measure, they do not teach. Needs scikit-learn.

Whole patterns are held aside, in five folds. On those the threshold is chosen, so that at most
`--budget` of the ordinary texts would get a note; then the weights are fitted on everything.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backbot.adapters import net
from backbot.adapters.onnx_embedder import load_embedder
from backbot.corpus.reader import read_corpus
from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules

ROOT = Path(__file__).parents[1]
TEXTS = Path(__file__).with_name("net_texts.toml")
SEED = 20240611
FOLDS = 5
DIRECTIONS, PRODUCT_SCALE = 64, 3.0
ORDINARY = frozenset({"ordinary", "smalltalk"})
POSITIVE_DRAWS, NEGATIVE_DRAWS, EXAMPLE_DRAWS = 16, 22, 2
TYPO_SHARE, CAPITAL_SHARE = 0.25, 0.2
THREADS = 2
_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_NEIGHBOURS = {
    letter: row[max(0, k - 1) : k] + row[k + 1 : k + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for k, letter in enumerate(row)
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to learn from.

    Attributes:
        text: As a person would type it.
        tier: What the sign in it stands for; none for an ordinary text.
        kind: The sign, or `ordinary`, `smalltalk`, `hard`.
        pattern: What it was spelled out from; held aside as a whole.
    """

    text: str
    tier: Tier
    kind: str
    pattern: str


def spell_out(pattern: str, slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """One text of a pattern: slots filled, choices made, spaces tidied."""
    text = pattern
    while found := (_SLOT.search(text) or _CHOICE.search(text)):
        options = slots[found[1]] if found[0].startswith("{") else found[1].split("|")
        text = text[: found.start()] + rng.choice(options) + text[found.end() :]
    return re.sub(r"\s+([,?])", r"\1", " ".join(text.split()))


def misspell(text: str, rng: random.Random) -> str:
    """One or two slips of the finger."""
    letters = list(text)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(letters))
        if not letters[at].isalpha():
            continue
        slip = rng.randrange(4)
        if slip == 0:
            letters[at] = rng.choice(_NEIGHBOURS.get(letters[at].lower(), letters[at]))
        elif slip == 1 and len(letters) > 3:
            del letters[at]
        elif slip == 2 and at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters.insert(at, letters[at])
    return "".join(letters)


def make_samples(seed: int = SEED) -> list[Sample]:
    """Everything that is learnt from, without repetitions, in a fixed order."""
    rng = random.Random(seed)
    data = tomllib.loads(TEXTS.read_text("utf-8"))
    frames: Mapping[str, Sequence[str]] = data["frames"]

    def framed(text: str) -> str:
        text = rng.choice(frames["opener"]) + text + rng.choice(frames["closer"])
        if rng.random() < TYPO_SHARE:
            text = misspell(text, rng)
        return text[:1].upper() + text[1:] if rng.random() < CAPITAL_SHARE else text

    samples: list[Sample] = []
    for tier, kind, pattern, draws in (*_patterns(data), *_examples()):
        for _ in range(draws):
            text = framed(spell_out(pattern, data["slots"], rng))
            samples.append(Sample(text, tier, kind, pattern))
    for text in ordinary_questions():
        samples.append(Sample(text, Tier.NONE, "ordinary", text))
        samples.append(Sample(misspell(text, rng), Tier.NONE, "ordinary", text))
    return list({sample.text: sample for sample in samples}.values())


def _patterns(data: Mapping[str, Any]) -> Iterator[tuple[Tier, str, str, int]]:
    for block in data["positive"]:
        for pattern in block["patterns"]:
            yield Tier.parse(block["tier"]), block["sign"], pattern, POSITIVE_DRAWS
    for block in data["negative"]:
        for pattern in block["patterns"]:
            yield Tier.NONE, block["sign"], pattern, NEGATIVE_DRAWS


def _examples() -> Iterator[tuple[Tier, str, str, int]]:
    for rule in load_rules().all_rules():
        for text in rule.examples_yes if rule.tier else ():
            yield rule.tier, rule.concept, text, EXAMPLE_DRAWS
        for text in rule.examples_no:
            yield Tier.NONE, "hard", text, EXAMPLE_DRAWS


def ordinary_questions() -> list[str]:
    """The articles' sample questions that the rules have nothing to say about."""
    questions = [q for article in read_corpus(ROOT / "corpus") for q in article.meta.questions]
    return [q for q in questions if is_silent(q)]


def is_silent(text: str) -> bool:
    """Whether the rules give the text neither message nor note."""
    assessment = assess(text, TriageState(), 0.0)
    return assessment.template is None and assessment.note is None


def embed(texts: Sequence[str], cache: Path | None = None) -> NDArray[np.float32]:
    """Vectors of the default encoder, shape (n, d); kept in `cache` for the next run."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    if cache and cache.exists():
        with np.load(cache) as kept:
            if str(kept["digest"]) == digest:
                return np.asarray(kept["vectors"])
    embedder = load_embedder("", threads=THREADS, cache_dir=_cache_folder(cache))
    vectors = embedder.encode(texts)
    if cache:
        np.savez(cache, vectors=vectors, digest=digest)
    return vectors


def _weights(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """Every pattern counts alike within its class, and both classes alike."""
    per_pattern: dict[str, int] = {}
    for sample in samples:
        per_pattern[sample.pattern] = per_pattern.get(sample.pattern, 0) + 1
    weight = np.array([per_pattern[s.pattern] ** -0.5 for s in samples])
    positive = np.array([s.tier > Tier.NONE for s in samples])
    weight[positive] /= weight[positive].sum()
    weight[~positive] /= weight[~positive].sum()
    return weight * len(samples) / 2


def _share(scores: NDArray[np.float64], threshold: float) -> str:
    hits = int((scores >= threshold).sum())
    return f"{hits:5d} of {len(scores):5d}  {hits / max(1, len(scores)):6.1%}"


def _by_kind(samples: Iterable[Sample]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, sample in enumerate(samples):
        rows.setdefault(f"{sample.tier.label:9s} {sample.kind}", []).append(row)
    return dict(sorted(rows.items()))


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights as they will be stored: rounded first, so that figures are those of the file."""

    mean: NDArray[np.float16]
    directions: NDArray[np.float16]
    weights: NDArray[np.float16]
    bias: float

    def concern(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """As `Net.concern`, for rows."""
        features = net.products(vectors, self.mean, self.directions)
        return 1 / (1 + np.exp(-features @ self.weights.astype(np.float64) - self.bias))


def fit(samples: Sequence[Sample], vectors: NDArray[np.float32], strength: float) -> Fit:
    """Principal directions, then logistic regression on the products."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only for training

    rows = vectors.astype(np.float64)
    mean = rows.mean(axis=0).astype(np.float16)
    _, _, axes = np.linalg.svd(rows - mean, full_matrices=False)
    directions = axes[:DIRECTIONS].astype(np.float16)
    features = net.products(vectors, mean, directions)
    scale = np.where(np.arange(features.shape[1]) < rows.shape[1], 1.0, PRODUCT_SCALE)
    model = LogisticRegression(C=strength, max_iter=1000)
    model.fit(features * scale, [s.tier > Tier.NONE for s in samples], _weights(samples))
    weights = (model.coef_[0] * scale).astype(np.float16)
    return Fit(mean, directions, weights, round(float(model.intercept_[0]), 5))


def main() -> None:
    """Train, print the figures on patterns held aside, write the weights."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=net.DEFAULT_FILE)
    parser.add_argument("--vectors", type=Path, help="keep the vectors here between runs (.npz)")
    parser.add_argument("--budget", type=float, default=0.03)
    parser.add_argument("--strength", type=float, default=3.0, help="1 / regularisation")
    options = parser.parse_args()

    samples = make_samples()
    vectors = embed([s.text for s in samples], options.vectors)
    fold = np.array([_fold(s.pattern) for s in samples])
    scores = np.empty(len(samples))
    for k in range(FOLDS):
        rest = np.flatnonzero(fold != k)
        model = fit([samples[row] for row in rest], vectors[rest], options.strength)
        scores[fold == k] = model.concern(vectors[fold == k])

    signs = np.array([s.tier > Tier.NONE for s in samples])
    emergencies = np.array([s.tier is Tier.EMERGENCY for s in samples])
    plain = np.array([s.kind in ORDINARY for s in samples])
    # The lowest threshold that lets no more than the budget of ordinary texts through.
    ranked = np.sort(scores[plain])[::-1]
    threshold = round(float(ranked[int(options.budget * len(ranked))]) + 1e-4, 4)

    print(f"{len(samples)} texts of {len({s.pattern for s in samples})} patterns, seed {SEED}")
    print(f"threshold {threshold} for at most {options.budget:.0%} of ordinary texts")
    print("asked about, on patterns held aside:")
    for kind, rows in _by_kind(samples).items():
        print(f"  {kind:42s} {_share(scores[rows], threshold)}")
    for name, of in (
        ("all emergencies", emergencies),
        ("all signs", signs),
        ("all ordinary", plain),
        ("all others without a sign", ~signs & ~plain),
    ):
        print(f"  {name:42s} {_share(scores[of], threshold)}")

    final = fit(samples, vectors, options.strength)
    identity = load_embedder("", cache_dir=_cache_folder(options.vectors)).identity
    about = {
        "encoder": {
            "name": identity.name,
            "sha256": identity.sha256,
            "dimensions": identity.dimensions,
            "pooling": identity.pooling,
            "precision": identity.precision,
        },
        "texts": len(samples),
        "seed": SEED,
        "patterns_sha256": hashlib.sha256(TEXTS.read_bytes()).hexdigest(),
        "rules": load_rules().digest,
        "threshold": threshold,
        "bias": final.bias,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.out,
        mean=final.mean,
        directions=final.directions,
        weights=final.weights,
        about=json.dumps(about),
    )
    print(f"wrote {options.out.name}, {options.out.stat().st_size} bytes")


def _fold(pattern: str) -> int:
    return int(hashlib.sha256(pattern.encode()).hexdigest(), 16) % FOLDS


def _cache_folder(vectors: Path | None) -> Path:
    return vectors.parent if vectors else ROOT / "var" / "cache"


if __name__ == "__main__":
    main()
