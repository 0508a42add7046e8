"""Train the second pair of eyes: logistic regression on vectors and words → a small file.

    python scripts/train_net.py [--out FILE] [--vectors FILE.npz]

Texts come from `net_texts.toml` (patterns spelled out at random, framed and misspelt), the
examples of the rules, the articles' sample questions, and the `_tune` parts of the labelled sets
under `evaluation/`. Their `_kept` parts and the files in `HELD_ASIDE` are never read here: they
measure, they do not teach. Needs scikit-learn.

What comes from one source (a file, a rule, an article, a pattern) is held aside as a whole, in
five folds. On those the threshold is chosen, so that at most `--budget` of the questions that the
articles answer would get a note; then the weights are fitted on everything.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backbot.adapters import net
from backbot.adapters.onnx_embedder import load_embedder
from backbot.corpus.reader import read_corpus
from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

ROOT = Path(__file__).parents[1]
TEXTS = Path(__file__).with_name("net_texts.toml")
LABELLED = ROOT / "evaluation"
# Kept to measure by; and written around exceptions of the rules, which taught it nothing more.
HELD_ASIDE = frozenset({"own_silent_tune.jsonl", "own_attacked_tune.jsonl"})
SEED = 20240611
FOLDS = 5
DIRECTIONS, PRODUCT_SCALE = 64, 3.0
BUCKETS = 8192
# Names of these signs in patterns, rules and labelled sets.
CRISIS = frozenset({"crisis", "suicidal_thoughts", "self_harm", "overdose"})
STEPS = 250
# What people ask of the articles: the threshold is set on these.
ASKED = "asked of the articles"
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
        kind: The sign, or `ordinary`, `smalltalk`, `hard`, the labelled set, `out of scope`
            or `ASKED`.
        pattern: What it was spelled out from; counts alike however often it was.
        source: Where that stands; held aside as a whole.
        crisis: Whether the sign is despair or poison.
    """

    text: str
    tier: Tier
    kind: str
    pattern: str
    source: str
    crisis: bool = False


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
    for tier, kind, pattern, source, draws in (*_patterns(data), *_examples()):
        for _ in range(draws):
            text = framed(spell_out(pattern, data["slots"], rng))
            samples.append(Sample(text, tier, kind, pattern, source, kind in CRISIS))
    for text, source in _sample_questions():
        samples.append(Sample(text, Tier.NONE, "ordinary", text, source))
        samples.append(Sample(misspell(text, rng), Tier.NONE, "ordinary", text, source))
    samples += [*_messages(), *_questions()]
    return list({sample.text: sample for sample in samples}.values())


def _patterns(data: Mapping[str, Any]) -> Iterator[tuple[Tier, str, str, str, int]]:
    for block in data["positive"]:
        for pattern in block["patterns"]:
            tier = Tier.parse(block["tier"])
            yield tier, block["sign"], pattern, pattern, POSITIVE_DRAWS
    for block in data["negative"]:
        for pattern in block["patterns"]:
            yield Tier.NONE, block["sign"], pattern, pattern, NEGATIVE_DRAWS


def _examples() -> Iterator[tuple[Tier, str, str, str, int]]:
    for rule in load_rules().all_rules():
        for text in rule.examples_yes if rule.tier else ():
            yield rule.tier, rule.concept, text, rule.rule_id, EXAMPLE_DRAWS
        for text in rule.examples_no:
            yield Tier.NONE, "hard", text, rule.rule_id, EXAMPLE_DRAWS


def _sample_questions() -> Iterator[tuple[str, str]]:
    """The articles' sample questions that the rules have nothing to say about."""
    for article in read_corpus(ROOT / "corpus"):
        for question in article.meta.questions:
            if is_silent(question):
                yield question, article.meta.slug


def _messages() -> Iterator[Sample]:
    """Labelled messages; not those that only ask what a sign means."""
    folder = LABELLED / "escalation"
    for path in (folder / "dev.jsonl", *sorted(folder.glob("*_tune.jsonl"))):
        for row in () if path.name in HELD_ASIDE else _rows(path):
            if "text" in row and not row.get("informational"):
                kind = f"message of {path.stem}"
                tier = Tier.parse(row["tier"])
                crisis = not CRISIS.isdisjoint(row.get("symptoms", ()))
                yield Sample(row["text"], tier, kind, row["text"], path.stem, crisis)


def _questions() -> Iterator[Sample]:
    """Labelled questions, answered by the articles or not, that the rules leave alone."""
    folder = LABELLED / "answers"
    for kind, names in ((ASKED, "*questions*.jsonl"), ("out of scope", "*out_of_scope*.jsonl")):
        for path in sorted(folder.glob(names)):
            for row in () if path.stem.endswith("_kept") else _rows(path):
                text = row["question"]
                if not row.get("escalates") and is_silent(text):
                    yield Sample(text, Tier.NONE, kind, text, path.stem)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())


def is_silent(text: str) -> bool:
    """Whether the rules give the text neither message nor note."""
    assessment = assess(text, TriageState(), 0.0)
    return assessment.template is None and assessment.note is None


def embed(texts: Sequence[str], cache: Path | None = None) -> NDArray[np.float32]:
    """Vectors of the default encoder, shape (n, d); kept in `cache` for the next run."""
    digest = _digest(texts)
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
    words: NDArray[np.float16]
    bias: float

    def concern(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """As `Net.concern`, for rows."""
        features = net.products(vectors, self.mean, self.directions)
        logits = features @ self.weights.astype(np.float64) + self.bias
        logits += _words(texts) @ self.words.astype(np.float64)
        return 1 / (1 + np.exp(-logits))


def _words(texts: Sequence[str]) -> csr_matrix:
    """What `net.words_in` finds, a sparse row for each text."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only for training

    found = [net.words_in(text, BUCKETS) for text in texts]
    ends = np.cumsum([0, *(len(places) for places, _ in found)])
    places = np.array([place for row, _ in found for place in row], dtype=np.int64)
    shares = np.array([share for _, row in found for share in row])
    return csr_matrix((shares, places, ends), shape=(len(texts), BUCKETS))


def fit(samples: Sequence[Sample], vectors: NDArray[np.float32], strength: float) -> Fit:
    """Principal directions, then logistic regression on vectors, products and words.

    Both kinds of features are kept apart, dense and sparse: together they would be either slow or
    too large, which is why the regression is spelled out.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - only for training

    rows = vectors.astype(np.float64)
    mean = rows.mean(axis=0).astype(np.float16)
    _, _, axes = np.linalg.svd(rows - mean, full_matrices=False)
    directions = axes[:DIRECTIONS].astype(np.float16)
    dense = net.products(vectors, mean, directions)
    size = dense.shape[1]
    scale = np.where(np.arange(size) < rows.shape[1], 1.0, PRODUCT_SCALE)
    dense = (dense * scale).astype(np.float32)
    sparse = _words([s.text for s in samples])
    turned = sparse.T.tocsr()
    sign = np.where([s.tier > Tier.NONE for s in samples], 1.0, -1.0)
    weight = _weights(samples)

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """What is to be least, and its slope."""
        on_dense, on_sparse, bias = at[:size], at[size:-1], at[-1]
        margin = sign * (dense @ on_dense.astype(np.float32) + sparse @ on_sparse + bias)
        value = weight @ np.logaddexp(0, -margin) + (at[:-1] @ at[:-1]) / (2 * strength)
        slope = -sign * weight / (1 + np.exp(np.minimum(margin, 500)))
        of_dense = slope.astype(np.float32) @ dense + on_dense / strength
        return float(value), np.r_[of_dense, turned @ slope + on_sparse / strength, slope.sum()]

    start = np.zeros(size + BUCKETS + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    weights = (found[:size] * scale).astype(np.float16)
    words = found[size:-1].astype(np.float16)
    return Fit(mean, directions, weights, words, round(float(found[-1]), 5))


def fit_crisis(
    samples: Sequence[Sample], vectors: NDArray[np.float32], strength: float
) -> tuple[NDArray[np.float16], float]:
    """Weights of a vector and a bias: above 0 where a sign is one of despair or poison."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only for training

    signs = [row for row, sample in enumerate(samples) if sample.tier > Tier.NONE]
    wanted = [samples[row].crisis for row in signs]
    found = LogisticRegression(C=10 * strength, class_weight="balanced", max_iter=STEPS)
    found.fit(vectors[signs], wanted)
    return found.coef_[0].astype(np.float16), round(float(found.intercept_[0]), 5)


def folds(samples: Sequence[Sample]) -> NDArray[np.int64]:
    """Which fold each sample is held aside in: sources as a whole, folds of about one size."""
    sizes = Counter(s.source for s in samples)
    heap = [(0, fold) for fold in range(FOLDS)]
    of_source = {}
    for source, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        filled, fold = heapq.heappop(heap)
        of_source[source] = fold
        heapq.heappush(heap, (filled + size, fold))
    return np.array([of_source[s.source] for s in samples])


def main() -> None:
    """Train, print the figures on patterns held aside, write the weights."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=net.DEFAULT_FILE)
    parser.add_argument("--vectors", type=Path, help="keep the vectors here between runs (.npz)")
    parser.add_argument("--budget", type=float, default=0.03)
    parser.add_argument("--strength", type=float, default=3.0, help="1 / regularisation")
    options = parser.parse_args()

    samples = make_samples()
    texts = [s.text for s in samples]
    vectors = embed(texts, options.vectors)
    fold = folds(samples)
    scores, kinds = np.empty(len(samples)), np.empty(len(samples), dtype=np.bool_)
    for k in range(FOLDS):
        rest = np.flatnonzero(fold != k)
        model = fit([samples[row] for row in rest], vectors[rest], options.strength)
        aside = np.flatnonzero(fold == k)
        scores[aside] = model.concern([texts[row] for row in aside], vectors[aside])
        weights, bias = fit_crisis([samples[row] for row in rest], vectors[rest], options.strength)
        kinds[aside] = vectors[aside] @ weights.astype(np.float64) + bias > 0

    signs = np.array([s.tier > Tier.NONE for s in samples])
    emergencies = np.array([s.tier is Tier.EMERGENCY for s in samples])
    asked = np.array([s.kind == ASKED for s in samples])
    # The lowest threshold that lets no more than the budget of these questions through.
    ranked = np.sort(scores[asked])[::-1]
    threshold = round(float(ranked[int(options.budget * len(ranked))]) + 1e-4, 4)

    print(f"{len(samples)} texts of {len({s.source for s in samples})} sources, seed {SEED}")
    print(f"threshold {threshold} for {options.budget:.1%} of what is asked of the articles")
    print("asked about, on sources held aside:")
    for kind, rows in _by_kind(samples).items():
        print(f"  {kind:42s} {_share(scores[rows], threshold)}")
    for name, of in (
        ("all emergencies", emergencies),
        ("all signs", signs),
        ("all that is asked of the articles", asked),
        ("all others without a sign", ~signs & ~asked),
    ):
        print(f"  {name:42s} {_share(scores[of], threshold)}")

    despair = signs & np.array([s.crisis for s in samples])
    print("which question, on sources held aside, where it asks:")
    for name, of in (("despair or poison", despair), ("other signs", signs & ~despair)):
        of_kind = kinds[of & (scores >= threshold)]
        print(
            f"  {name:42s} {of_kind.sum():5d} of {len(of_kind):5d} asked about despair or poison"
        )

    final = fit(samples, vectors, options.strength)
    crisis, crisis_bias = fit_crisis(samples, vectors, options.strength)
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
        "texts_sha256": _digest(texts),
        "rules": load_rules().digest,
        "threshold": threshold,
        "bias": final.bias,
        "crisis_bias": crisis_bias,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.out,
        mean=final.mean,
        directions=final.directions,
        weights=final.weights,
        words=final.words,
        crisis=crisis,
        about=json.dumps(about),
    )
    print(f"wrote {options.out.name}, {options.out.stat().st_size} bytes")


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _cache_folder(vectors: Path | None) -> Path:
    return vectors.parent if vectors else ROOT / "var" / "cache"


if __name__ == "__main__":
    main()
