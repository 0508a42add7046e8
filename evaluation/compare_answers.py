"""The answers beside what else there is: same articles, same questions, one run, one table.

    python evaluation/compare_answers.py [--langchain-python PYTHON] [--index DIR] [--kept]

Systems: (a) this program; (b) LangChain with FAISS and the same encoder, as its tutorials do it:
pieces of 1,000 characters that overlap by 200, the four nearest; (c) BM25 over this program's
passages; (d) the encoder's cosine over this program's passages.

What (b) to (d) would say is their best passages, cut to 120 words at the end of a sentence.
They decline under a score that is chosen on the tuning sets so that at most one in twenty
questions that the articles answer is declined there.

(b) runs in a virtual environment of its own: `python -m venv DIR && DIR/bin/pip install
langchain-community langchain-huggingface langchain-text-splitters faiss-cpu
sentence-transformers`.
Without it, it is skipped and said. Nothing is printed by text; the sets kept aside are asked only
with `--kept`, and never used to choose a score.
"""

# ruff: noqa: T201, INP001

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backbot.adapters.faiss_index import FaissFormat
from backbot.adapters.onnx_embedder import default_model_folder, load_embedder
from backbot.answer.scope import listed_words
from backbot.assistant import Assistant
from backbot.cli.shapes import reply_as_json
from backbot.corpus.sentences import split_sentences
from backbot.errors import BackbotError
from backbot.evaluation.metrics import (
    HARD_TYPES,
    Fact,
    Rate,
    first_hit,
    first_words,
    percentile,
)
from backbot.index.generation import Generation
from backbot.index.store import IndexStore
from backbot.model import Conversation
from backbot.ports import Embedder
from backbot.retrieval.lexical import FILE, load
from backbot.retrieval.retriever import Retriever
from backbot.retrieval.terms import query_terms
from backbot.settings import folders, load_settings
from backbot.triage.messages import MessageValues

SETS = Path(__file__).parent / "answers"
FRESH = ("fresh", "fresh2", "fresh3", "fresh4", "fresh5", "fresh6")
TUNING = (
    ("questions", "out_of_scope"),
    ("own_questions_tune", "own_out_of_scope_tune"),
    ("more_questions", "more_out_of_scope"),
    *((f"{of}_questions_tune", f"{of}_out_of_scope_tune") for of in FRESH),
    ("own6_questions_tune", ""),  # has none out of scope
)
KEPT = (
    ("own_questions_kept", "own_out_of_scope_kept"),
    *((f"{of}_questions_kept", f"{of}_out_of_scope_kept") for of in FRESH),
    ("own6_questions_kept", ""),
)
FALSE_DECLINES = 0.05
LONGEST = 120
TOP = 4
FIRST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set.

    Attributes:
        text: As typed.
        facts: The acceptable ones; none for an out-of-scope question.
        type: Why it is out of scope, "" where it is not.
        tuning: Whether a system may learn from it.
    """

    text: str
    facts: tuple[Fact, ...]
    type: str
    tuning: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What a system gave.

    Attributes:
        answer: What it would say.
        passages: Best first.
        score: How sure it is; its own unit.
        declines: Whether it declines by itself; None where a score has to be chosen.
        elapsed_ms: Wall time.
    """

    answer: str
    passages: tuple[str, ...]
    score: float
    declines: bool | None
    elapsed_ms: float


System = Callable[[Sequence[str]], list[Given]]


# ------------------------------------------------------------------ the questions


def rows(name: str) -> list[dict[str, Any]]:
    """Rows of a file."""
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").open(encoding="utf-8")]


def read_questions(*, kept: bool) -> list[Asked]:
    """Every question with its label; those that carry `escalates` are left out."""
    facts = {
        row["fact_id"]: Fact.parse(row["fact_id"], row["fact"], row["must_contain"])
        for path in sorted(SETS.glob("*facts.jsonl"))
        for row in rows(path.stem)
    }
    asked = []
    for tuning, pairs in ((True, TUNING), (False, KEPT if kept else ())):
        for inside, outside in pairs:
            asked += [
                Asked(row["question"], tuple(facts[f] for f in row["fact_ids"]), "", tuning)
                for row in rows(inside)
                if not row.get("escalates")
            ]
            declined = rows(outside) if outside else []
            asked += [Asked(row["question"], (), row["type"], tuning) for row in declined]
    return asked


# ------------------------------------------------------------------ the systems


def cut(passages: Sequence[str]) -> str:
    """The first passages' sentences, as many as fit."""
    said: list[str] = []
    words = 0
    for passage in passages:
        for start, end in split_sentences(passage):
            words += len(passage[start:end].split())
            if words > LONGEST:
                return " ".join(said) or first_words(passage, LONGEST)
            said.append(passage[start:end])
    return " ".join(said)


def timed(call: Callable[[str], tuple[Sequence[str], float]]) -> System:
    """A system that ranks passages, one question at a time."""

    def run(texts: Sequence[str]) -> list[Given]:
        call(texts[0])  # what is loaded at the first call is not what is measured
        given = []
        for text in texts:
            start = time.perf_counter()
            passages, score = call(text)
            answer = cut(passages)
            elapsed = (time.perf_counter() - start) * 1000
            given.append(Given(answer, tuple(passages), score, None, elapsed))
        return given

    return run


def program(generation: Generation, embedder: Embedder) -> System:
    """(a) This program, escalation and all."""
    finder = Retriever(embedder, names=listed_words())
    finder.warm(generation)
    assistant = Assistant(lambda: generation, finder, MessageValues)

    def run(texts: Sequence[str]) -> list[Given]:
        assistant.reply(texts[0], Conversation(), 0.0)
        given = []
        for text in texts:
            start = time.perf_counter()
            reply, _ = assistant.reply(text, Conversation(), 0.0)
            elapsed = (time.perf_counter() - start) * 1000
            shown = reply_as_json(reply)
            given.append(
                Given(
                    shown["answer"],
                    tuple(passage["text"] for passage in shown["passages"]),
                    reply.answer.probability or 0.0,
                    not shown["answered"],
                    elapsed,
                )
            )
        return given

    return run


def bm25(generation: Generation) -> System:
    """(c) BM25 with this program's stems and lay words."""
    index = load(generation.extra[FILE])
    texts = [passage.text for passage in generation.passages]

    def call(question: str) -> tuple[Sequence[str], float]:
        scores = index.scores(query_terms(question, index.terms))
        best = np.argsort(-scores, kind="stable")[:TOP]
        return [texts[row] for row in best], float(scores[best[0]])

    return timed(call)


def cosine(generation: Generation, embedder: Embedder) -> System:
    """(d) The nearest passages by cosine."""
    texts = [passage.text for passage in generation.passages]

    def call(question: str) -> tuple[Sequence[str], float]:
        found, scores = generation.dense.search(embedder.encode([question])[0], TOP)
        return [texts[row] for row in found.tolist()], float(scores[0])

    return timed(call)


# Runs in the other environment; reads one JSON object, prints one.
_LANGCHAIN = """
import json, sys, time
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
given = json.load(sys.stdin)
splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
store = FAISS.from_documents(
    splitter.create_documents(given["articles"]),
    HuggingFaceEmbeddings(model_name=given["model"]),
)
def ask(question):
    found = store.similarity_search_with_score(question, k=given["top"])
    # squared distance of unit vectors
    return [document.page_content for document, _ in found], 1 - float(found[0][1]) / 2
ask(given["questions"][0])
out = []
for question in given["questions"]:
    start = time.perf_counter()
    passages, score = ask(question)
    out.append([passages, score, (time.perf_counter() - start) * 1000])
print(json.dumps(out))
"""


def langchain(python: Path, articles: Sequence[str], model: str) -> System:
    """(b) LangChain and FAISS."""

    def run(texts: Sequence[str]) -> list[Given]:
        given = {"articles": articles, "questions": texts, "model": model, "top": TOP}
        done = subprocess.run(  # noqa: S603 - the interpreter was named by whoever runs this
            [str(python), "-c", _LANGCHAIN],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        return [Given(cut(p), tuple(p), score, None, ms) for p, score, ms in found]

    return run


# ------------------------------------------------------------------ counting


def cut_score(asked: Sequence[Asked], given: Sequence[Given]) -> float:
    """The score under which at most one in twenty answerable tuning questions is declined."""
    scores = sorted(g.score for a, g in zip(asked, given, strict=True) if a.tuning and a.facts)
    return scores[int(FALSE_DECLINES * len(scores))]


def decided(asked: Sequence[Asked], given: Sequence[Given]) -> list[bool]:
    """Whether each question is declined."""
    least = cut_score(asked, given)
    return [g.score < least if g.declines is None else g.declines for g in given]


def figures(
    asked: Sequence[Asked], given: Sequence[Given], *, tuning: bool
) -> Iterator[tuple[str, str]]:
    """Measures of one part of the sets, in words."""
    all_of = [
        (a, g, d)
        for a, g, d in zip(asked, given, decided(asked, given), strict=True)
        if a.tuning is tuning
    ]
    inside = [row for row in all_of if row[0].facts]
    outside = [row for row in all_of if not row[0].facts]
    hard = [row for row in outside if row[0].type in HARD_TYPES]
    ranks = [first_hit(a.facts, g.passages) for a, g, _ in inside]
    told = [
        any(fact.stated_in(first_words(g.answer, LONGEST)) for fact in a.facts)
        for a, g, _ in inside
    ]
    measures = {
        "fact in the first passage": Rate(sum(r == 1 for r in ranks), len(ranks)),
        "fact in the first three": Rate(
            sum(r is not None and r <= FIRST for r in ranks), len(ranks)
        ),
        "fact in the answer": Rate(
            sum(t and not a[2] for t, a in zip(told, inside, strict=True)), len(inside)
        ),
        "the same, were nothing declined": Rate(sum(told), len(inside)),
        "wrongly declined": Rate(sum(d for *_, d in inside), len(inside)),
        "out of scope declined": Rate(sum(d for *_, d in outside), len(outside)),
        "near-miss and drugs declined": Rate(sum(d for *_, d in hard), len(hard)),
    }
    for name, rate in measures.items():
        yield f"{name} | {rate.n}", cell(rate)


def cell(rate: Rate) -> str:
    """A rate with its 95 % Wilson interval."""
    if rate.value is None or rate.interval is None:
        return "n/a"
    low, high = rate.interval
    return f"{100 * rate.value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def times(given: Sequence[Given]) -> str:
    """Median and 99th percentile, in milliseconds."""
    elapsed = [g.elapsed_ms for g in given]
    return f"{percentile(elapsed, 0.5) or 0:.1f} / {percentile(elapsed, 0.99) or 0:.1f}"


def table(asked: Sequence[Asked], results: dict[str, list[Given]]) -> str:
    """Markdown, a system a column."""
    lines = [
        f"| measure | n | {' | '.join(results)} |",
        f"|---|---|{'---|' * len(results)}",
    ]
    for tuning, part in ((True, "tuning"), (False, "kept")):
        if not any(a.tuning is tuning for a in asked):
            continue
        columns = [dict(figures(asked, given, tuning=tuning)) for given in results.values()]
        lines += [
            f"| {part}: {name} | {' | '.join(column[name] for column in columns)} |"
            for name in columns[0]
        ]
    shown = " | ".join(times(given) for given in results.values())
    return "\n".join([*lines, f"| time p50 / p99, ms | | {shown} |"])


def main() -> None:
    """Ask every system everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--langchain-python", type=Path, help="Python of its environment")
    parser.add_argument("--index", type=Path, help="index folder; default the one in service")
    parser.add_argument("--kept", action="store_true", help="also the sets kept aside")
    options = parser.parse_args()

    places = folders(load_settings())
    embedder = load_embedder("", cache_dir=places.cache)
    generation = IndexStore(options.index or places.index).open(FaissFormat())
    asked = read_questions(kept=options.kept)
    systems: dict[str, System] = {"(a) backbot": program(generation, embedder)}
    if options.langchain_python:
        systems["(b) LangChain + FAISS"] = langchain(
            options.langchain_python, whole_articles(generation), str(default_model_folder())
        )
    else:
        print("(b) skipped: name its Python with --langchain-python", file=sys.stderr)
    systems["(c) BM25"] = bm25(generation)
    systems["(d) cosine of passages"] = cosine(generation, embedder)

    results: dict[str, list[Given]] = {}
    for name, system in systems.items():
        try:
            results[name] = system([a.text for a in asked])
        except (BackbotError, OSError, subprocess.CalledProcessError) as error:
            print(f"{name} skipped: {error}", file=sys.stderr)
            continue
        print(f"{name} done", file=sys.stderr)
    counts = generation.manifest.counts
    print(
        f"{len(asked)} questions, {counts.articles} articles, {counts.passages} passages; "
        "95 % Wilson intervals\n"
    )
    print(table(asked, results))


def whole_articles(generation: Generation) -> list[str]:
    """Each article as one text: its title, its headings and what stands under them."""
    texts = []
    for slug, meta in generation.articles.items():
        parts = [meta.title]
        section = ""
        for passage in generation.passages:
            if passage.article != slug:
                continue
            if passage.section != section:
                section = passage.section
                parts.append(section)
            parts.append(passage.text)
        texts.append("\n\n".join(parts))
    return texts


if __name__ == "__main__":
    main()
