"""How fast an answer comes: from a cold start, warm, and the escalation engine alone.

Builds the index first where there is none. Under a minute.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from machine import ROOT, machine, percentile, show

from backbot.model import Conversation, TriageState
from backbot.settings import load_settings
from backbot.triage.engine import assess
from backbot.wiring import Program

COLD_RUNS = 5
QUESTION = "why do tight hamstrings hurt my back?"
NOW = 1_800_000_000.0


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    what = machine()
    program = Program(load_settings())
    if program.store.current_id() is None:
        program.rebuild()
    cold, cold_mb = cold_starts()
    questions = texts(ROOT / "evaluation" / "answers" / "questions.jsonl", "question")
    messages = texts(ROOT / "evaluation" / "escalation" / "dev.jsonl", "text")
    assistant = program.assistant
    for question in questions[:5]:
        assistant.reply(question, Conversation(), NOW)
    replies = [
        timed(lambda q=question: assistant.reply(q, Conversation(), NOW)) for question in questions
    ]
    triages = [timed(lambda t=text: assess(t, TriageState(), NOW)) for text in messages]
    show(
        what,
        [
            (
                f"`backbot ask`, cold start to answer, median of {COLD_RUNS}",
                f"{statistics.median(cold):.2f} s (fastest {min(cold):.2f} s)",
            ),
            ("`backbot ask`, peak memory", f"{cold_mb:.0f} MB"),
            (f"whole reply, warm, {len(questions)} questions", both(replies)),
            (f"escalation engine alone, {len(messages)} messages", both(triages)),
            ("peak memory after all of these", f"{peak_mb(resource.RUSAGE_SELF):.0f} MB"),
        ],
    )


def cold_starts() -> tuple[list[float], float]:
    """Seconds of each run of `backbot ask` as a program of its own, and their peak memory in MB.

    A run that gives no answer ends the benchmark: it would be quick for the wrong reason.
    """
    seconds = []
    for _ in range(COLD_RUNS):
        started = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "-m", "backbot", "ask", "--json", QUESTION],
            capture_output=True,
            text=True,
            check=False,
        )
        seconds.append(time.perf_counter() - started)
        if result.returncode or not json.loads(result.stdout)["answered"]:
            sys.exit(f"`backbot ask` gave no answer: {result.stderr or result.stdout}")
    return seconds, peak_mb(resource.RUSAGE_CHILDREN)


def texts(path: Path, field: str) -> list[str]:
    """One field of every row of a JSON lines file."""
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line)[field] for line in lines if line.strip()]


def timed(call: object) -> float:
    """Milliseconds of one call."""
    assert callable(call)
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def both(values: list[float]) -> str:
    """Median and 99th percentile."""
    return f"p50 {percentile(values, 0.5):.1f} ms, p99 {percentile(values, 0.99):.1f} ms"


def peak_mb(who: int) -> float:
    """The most memory held at once, in MB: of this program, or of its largest child."""
    kilobytes = resource.getrusage(who).ru_maxrss
    return kilobytes / 1000 if sys.platform != "darwin" else kilobytes / 1_000_000


if __name__ == "__main__":
    main()
