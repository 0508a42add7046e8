"""The escalation engine beside what else there is: same messages, one run, one table.

    python evaluation/compare_escalation.py [--medspacy-python PYTHON] [--markdown]

Systems: (a) the engine; (b) the engine with the second pair of eyes; (c) keyword stems of the
articles' signs; (d) the rules' `examples_yes` as a literal phrase lexicon; (e) medspaCy with
ConText and that lexicon; (f) logistic regression on the encoder's vectors, no rules.

(e) runs in a virtual environment of its own: `python -m venv DIR && DIR/bin/pip install medspacy`.
(b) and (f) need the encoder's weights, (f) scikit-learn besides. What is missing is skipped and
said. Parts kept aside are opened only where they are named with `--sets`.
"""

# ruff: noqa: T201, INP001, PLC0415

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backbot.errors import BackbotError
from backbot.evaluation.metrics import Rate, percentile
from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules

HERE = Path(__file__).parent
SETS = ("dev", "own_tune")
SCRIPTS = HERE.parent / "scripts"

# (c) What the articles list as signs, as anybody would put it into a keyword filter.
STEMS = {
    Tier.EMERGENCY: r"bladder|bowel|incontinen|groin|genital|saddle|both legs|chest pain|suicid",
    Tier.URGENT: r"weak|fever|weight loss|cancer|trauma|balance|coordinat|unsteady",
    Tier.NERVE: r"numb|tingl|pins and needles|shoot|radiat|electric|burning|sciatic|pinched nerve"
    r"|trapped nerve|trouble walking|difficulty walking",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A labelled message that is scored."""

    text: str
    gold: Tier
    accepted: frozenset[Tier]
    informational: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a system makes of a message.

    Attributes:
        tier: The full message it brings.
        note: Whether it brings a soft note.
        elapsed_ms: Wall time, None where it is not comparable.
    """

    tier: Tier
    note: bool
    elapsed_ms: float | None


System = Callable[[Sequence[str]], list[Verdict]]


def read_messages(names: Sequence[str] = SETS) -> list[Message]:
    """The scored messages of the sets (arguable ones are left out)."""
    messages = []
    for name in names:
        for line in (HERE / "escalation" / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.get("confidence") == "low":
                continue
            gold = Tier.parse(row["tier"])
            accepted = {gold, *map(Tier.parse, row.get("accept") or ())}
            messages.append(
                Message(row["text"], gold, frozenset(accepted), bool(row["informational"]))
            )
    return messages


def one_by_one(decide: Callable[[str], tuple[Tier, bool]]) -> System:
    """A system that takes one message at a time, timed."""

    def run(texts: Sequence[str]) -> list[Verdict]:
        decide(texts[0])  # what is loaded at the first call is not what is measured
        verdicts = []
        for text in texts:
            start = time.perf_counter()
            tier, note = decide(text)
            verdicts.append(Verdict(tier, note, (time.perf_counter() - start) * 1000))
        return verdicts

    return run


# ------------------------------------------------------------------ the systems


def engine(text: str) -> tuple[Tier, bool]:
    """(a) The rules."""
    assessment = assess(text, TriageState(), 0.0)
    return assessment.tier, assessment.note is not None


def engine_with_net(cache: Path) -> Callable[[str], tuple[Tier, bool]]:
    """(b) The rules; where they are silent, the net may add a soft note."""
    from backbot.adapters.net import Net, may_ask
    from backbot.adapters.onnx_embedder import load_embedder

    embedder = load_embedder("", cache_dir=cache)
    net = Net.load(embedder.identity)
    if net is None:
        raise BackbotError("There is no net for this encoder.")

    def decide(text: str) -> tuple[Tier, bool]:
        assessment = assess(text, TriageState(), 0.0)
        note = assessment.note is not None
        if may_ask(text, assessment):
            note = bool(net.question(text, embedder.encode([text])[0]))
        return assessment.tier, note

    return decide


def keywords() -> Callable[[str], tuple[Tier, bool]]:
    """(c) Word stems."""
    compiled = {
        tier: re.compile(rf"\b(?:{stems})", re.IGNORECASE) for tier, stems in STEMS.items()
    }

    def decide(text: str) -> tuple[Tier, bool]:
        return max((t for t, p in compiled.items() if p.search(text)), default=Tier.NONE), False

    return decide


def lexicon() -> dict[str, Tier]:
    """The rules' `examples_yes` as phrases, each with its rule's tier."""
    phrases: dict[str, Tier] = {}
    for rule in load_rules().all_rules():
        for phrase in rule.examples_yes:
            key = plain(phrase)
            phrases[key] = max(rule.tier, phrases.get(key, Tier.NONE))
    return {phrase: tier for phrase, tier in phrases.items() if tier}


def plain(text: str) -> str:
    """Lower case, no apostrophes, words one space apart."""
    return " ".join(re.findall(r"\w+", text.lower().replace("'", "").replace("’", "")))


def literal() -> Callable[[str], tuple[Tier, bool]]:
    """(d) The phrases, word for word."""
    phrases = [(f" {phrase} ", tier) for phrase, tier in lexicon().items()]

    def decide(text: str) -> tuple[Tier, bool]:
        padded = f" {plain(text)} "
        return max((t for phrase, t in phrases if phrase in padded), default=Tier.NONE), False

    return decide


_MEDSPACY = """
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore")
import medspacy
from medspacy.ner import TargetRule
try:
    from loguru import logger; logger.remove()
except ImportError:
    pass
given = json.load(sys.stdin)
nlp = medspacy.load()
nlp.get_pipe("medspacy_target_matcher").add(
    [TargetRule(p, str(tier)) for p, tier in given["lexicon"].items()])
out = []
nlp(given["texts"][0])
for raw, text in zip(given["raw"], given["texts"]):
    start = time.perf_counter()
    tier, note = 0, False
    for e in nlp(raw).ents + (nlp(text).ents if text != raw else ()):
        if e._.is_negated:
            continue
        if e._.is_hypothetical or e._.is_historical:
            note = True
        else:
            tier = max(tier, int(e.label_))
    out.append([tier, note and not tier, (time.perf_counter() - start) * 1000])
print(json.dumps(out))
"""


def medspacy(python: Path) -> System:
    """(e) medspaCy's target matcher and ConText, in its own interpreter.

    It gets each message as typed and, because its lexicon has no apostrophes, once more without
    them; the higher reading counts. A sign of someone else counts, as the specification asks.
    """

    def run(texts: Sequence[str]) -> list[Verdict]:
        given = {
            "lexicon": {phrase: int(tier) for phrase, tier in lexicon().items()},
            "raw": list(texts),
            "texts": [re.sub(r"['’]", "", text).lower() for text in texts],
        }
        done = subprocess.run(  # noqa: S603 - the interpreter was named by whoever runs this
            [str(python), "-c", _MEDSPACY],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
        )
        rows = json.loads(done.stdout.splitlines()[-1])
        return [Verdict(Tier(tier), note, ms) for tier, note, ms in rows]

    return run


def tier_classifier(cache: Path) -> Callable[[str], tuple[Tier, bool]]:
    """(f) Four tiers from the encoder's vectors, taught what the net was taught."""
    sys.path.insert(0, str(SCRIPTS))
    import train_net
    from sklearn.linear_model import LogisticRegression

    from backbot.adapters.onnx_embedder import load_embedder

    cache.mkdir(parents=True, exist_ok=True)
    samples = train_net.make_samples()
    vectors = train_net.embed([s.text for s in samples], cache / "net_vectors.npz")
    model = LogisticRegression(C=10, max_iter=2000, class_weight="balanced")
    model.fit(vectors, [int(s.tier) for s in samples])
    embedder = load_embedder("", cache_dir=cache)

    def decide(text: str) -> tuple[Tier, bool]:
        return Tier(int(model.predict(embedder.encode([text]))[0])), False

    return decide


# ------------------------------------------------------------------ the table


def columns(messages: Sequence[Message], verdicts: Sequence[Verdict]) -> dict[str, Rate]:
    """What issue tables ask for; soft notes are no escalation and are counted apart."""
    pairs = list(zip(messages, verdicts, strict=True))

    def over(counted: Callable[[Message], bool], good: Callable[[Message, Verdict], bool]) -> Rate:
        kept = [(m, v) for m, v in pairs if counted(m)]
        return Rate(sum(good(m, v) for m, v in kept), len(kept))

    def emergency(m: Message) -> bool:
        return m.gold is Tier.EMERGENCY

    def ordinary(m: Message) -> bool:
        return m.accepted == {Tier.NONE} and not m.informational

    def informational(m: Message) -> bool:
        return m.accepted == {Tier.NONE} and m.informational

    return {
        "emergency found": over(emergency, lambda m, v: v.tier in m.accepted),
        "emergency given nothing": over(emergency, lambda _, v: not v.tier and not v.note),
        "emergency given a soft note": over(emergency, lambda _, v: not v.tier and v.note),
        "any escalation when due": over(
            lambda m: Tier.NONE not in m.accepted, lambda _, v: v.tier > Tier.NONE
        ),
        "specificity": over(ordinary, lambda _, v: v.tier is Tier.NONE),
        "ordinary with a soft note": over(ordinary, lambda _, v: not v.tier and v.note),
        "false emergency": over(
            lambda m: m.accepted == {Tier.NONE}, lambda _, v: v.tier is Tier.EMERGENCY
        ),
        "informational: soft note": over(informational, lambda _, v: not v.tier and v.note),
        "informational: full message": over(informational, lambda _, v: v.tier > Tier.NONE),
    }


def cell(rate: Rate) -> str:
    """A rate with its interval in per cent: `93.1 % (88.0 to 96.1)`."""
    if rate.interval is None:
        return "no such row"
    low, high = rate.interval
    return f"{100 * rate.ok / rate.n:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def table(results: Mapping[str, tuple[dict[str, Rate], Sequence[Verdict]]]) -> str:
    """The table in Markdown: one row a measure, one column a system."""
    names = list(results)
    lines = ["| measure | n | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    first = results[names[0]][0]
    for measure in first:
        cells = [cell(results[name][0][measure]) for name in names]
        lines.append(f"| {measure} | {first[measure].n} | " + " | ".join(cells) + " |")
    cells = []
    for name in names:
        times = [v.elapsed_ms for v in results[name][1] if v.elapsed_ms is not None]
        cells.append(f"{percentile(times, 0.5) or 0:.2f} / {percentile(times, 0.99) or 0:.2f}")
    lines.append("| latency p50 / p99, ms | | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def questions() -> list[str]:
    """Ordinary article questions (those that carry `escalates` are left out)."""
    texts = []
    for name in ("questions", "own_questions_tune"):
        for line in (HERE / "answers" / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            if not row.get("escalates"):
                texts.append(row["question"])
    return texts


def misses(messages: Iterable[Message], verdicts: Iterable[Verdict]) -> list[str]:
    """Every emergency that got less than is accepted, by text."""
    return [
        f"- got {v.tier.label}{' with a soft note' if v.note else ''}: {m.text}"
        for m, v in zip(messages, verdicts, strict=True)
        if m.gold is Tier.EMERGENCY and v.tier not in m.accepted
    ]


def systems(
    options: argparse.Namespace,
) -> Iterable[tuple[str, Callable[[], System]]]:
    """The systems, each made only when its turn comes."""
    cache = options.cache
    yield "(a) engine", lambda: one_by_one(engine)
    yield "(b) engine + net", lambda: one_by_one(engine_with_net(cache))
    yield "(c) keyword stems", lambda: one_by_one(keywords())
    yield "(d) literal phrases", lambda: one_by_one(literal())
    if options.medspacy_python is None or not options.medspacy_python.exists():
        print("(e) skipped: --medspacy-python names no interpreter.", file=sys.stderr)
    else:
        yield "(e) medspaCy + ConText", lambda: medspacy(options.medspacy_python)
    yield "(f) MiniLM, four tiers", lambda: one_by_one(tier_classifier(cache))


def main() -> None:
    """Run every system on the same messages and print the table and our misses."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--medspacy-python", type=Path, help="of a virtual environment with it")
    parser.add_argument("--cache", type=Path, default=HERE.parent / "var" / "cache")
    parser.add_argument("--sets", nargs="+", default=list(SETS), help="names in escalation/")
    options = parser.parse_args()

    messages = read_messages(options.sets)
    texts = [message.text for message in messages]
    asked = questions()
    results: dict[str, tuple[dict[str, Rate], Sequence[Verdict]]] = {}
    for name, make in systems(options):
        try:
            system = make()
            verdicts = system(texts)
            on_questions = system(asked)
        except (BackbotError, ImportError, OSError, subprocess.CalledProcessError) as error:
            print(f"{name} skipped: {error}", file=sys.stderr)
            continue
        figures = columns(messages, verdicts)
        figures["article question: full message"] = Rate(
            sum(v.tier > Tier.NONE for v in on_questions), len(asked)
        )
        figures["article question: soft note"] = Rate(
            sum(v.note and not v.tier for v in on_questions), len(asked)
        )
        results[name] = figures, verdicts
        print(f"{name} done", file=sys.stderr)

    print(f"{len(messages)} messages of {', '.join(options.sets)}; 95 % Wilson intervals\n")
    print(table(results))
    for name in [name for name in results if name.startswith(("(a)", "(b)"))]:
        found = misses(messages, results[name][1])
        print(f"\n{name}: {len(found)} emergencies given less than is accepted")
        print("\n".join(found))


if __name__ == "__main__":
    main()
