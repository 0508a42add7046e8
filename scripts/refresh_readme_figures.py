"""Measure, and put the figures into the README and the page on speed.

    python scripts/refresh_readme_figures.py             quality: `backbot eval --json`
    python scripts/refresh_readme_figures.py --speed     speed too: every program in benchmarks/
    python scripts/refresh_readme_figures.py --kept      also the sets kept aside: rarely
    python scripts/refresh_readme_figures.py --from FILE an `eval --json` of this very commit

Only what stands between `<!-- figures:start -->` and `<!-- figures:end -->` in README.md, and
between `<!-- speed:start -->` and `<!-- speed:end -->` in benchmarks/README.md, is written anew.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backbot.evaluation.metrics import Rate

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SPEED_PAGE = ROOT / "benchmarks" / "README.md"
BENCHMARKS = ("ask", "build")
# What the figures depend on: a change of these makes the commit's id alone a wrong label.
MEASURED = ("src", "corpus", "evaluation", "constraints.txt")

# Sets whose writers have not widened the articles' sample questions.
OTHER_HANDS = ("own", "fresh", "fresh2", "fresh4", "fresh5", "fresh6", "own6")

# Column: name, and which sets stand in it, taken together, by the kind of row.
COLUMNS: tuple[tuple[str, Mapping[str, Sequence[str]]], ...] = (
    (
        "development sets",
        {
            "questions": ["answers/questions"],
            "followups": ["answers/followups"],
            "declines": ["answers/out_of_scope"],
            "messages": ["escalation/dev"],
            "conversations": ["escalation/dev_conversations"],
        },
    ),
    (
        "own sets, kept aside",
        {
            "questions": [f"answers/{s}_questions_kept" for s in OTHER_HANDS],
            "followups": ["answers/own_followups_kept"],
            # own6 asks nothing that is out of scope
            "declines": [f"answers/{s}_out_of_scope_kept" for s in OTHER_HANDS if s != "own6"],
            "messages": ["escalation/own_typical_kept"],
            "conversations": ["escalation/own_conversations_kept"],
        },
    ),
    (
        "told in a roundabout way, kept aside",
        {
            "messages": [
                f"escalation/own_{s}_kept"
                for s in (
                    "phone",
                    "hints",
                    "harmless",
                    "bladder_bowel_saddle",
                    "limbs",
                    "chest_injury_crisis",
                )
            ],
        },
    ),
)
# Row: what it says, kind of set, name of the rate. (↓) is better when small.
ROWS = (
    ("questions: the fact is in one of the first 3 passages", "questions", "hit@3"),
    ("questions: the fact is in the answer, in 120 words or fewer", "questions", "correct"),
    ("questions: wrongly declined (↓)", "questions", "false_declines"),
    ("follow-up questions: the fact is in the answer", "followups", "correct"),
    ("questions out of scope: declined", "declines", "declined"),
    ("of these near-miss and about drugs: declined", "declines", "declined_hard"),
    ("emergencies: given the emergency message", "messages", "emergency"),
    ("emergencies: given no message (↓)", "messages", "emergency_none"),
    ("emergency turns of conversations: emergency open", "conversations", "emergency"),
    ("any warning sign: given a message", "messages", "any_escalation"),
    ("ordinary messages: given none", "messages", "specificity"),
    ("messages without a sign: called emergency (↓)", "messages", "false_emergency"),
)


def rate(values: Sequence[Mapping[str, Any]]) -> str:
    """The rate over these sets together, with its counts and its 95 % interval."""
    together = Rate(sum(value["ok"] for value in values), sum(value["n"] for value in values))
    if together.value is None or together.interval is None:
        return "–"
    low, high = (100 * bound for bound in together.interval)
    return f"{100 * together.value:.0f} % ({together.ok}/{together.n}; {low:.0f}–{high:.0f})"


def figures(result: Mapping[str, Any], label: str) -> str:
    """The block for the README: a sentence on what was measured, and the table.

    Args:
        result: What `backbot eval --json` printed.
        label: Date and commit.

    Raises:
        ValueError: The result lacks the development questions, or a rate of a set it has.
    """
    blocks = result["blocks"]
    columns = [
        (name, sets)
        for name, sets in COLUMNS
        if any(s in blocks for group in sets.values() for s in group)
    ]
    if not columns or "answers/questions" not in blocks:
        raise ValueError("This evaluation lacks the development questions.")
    aside = len(columns) > 1
    but = ", but for those kept aside" if aside else ""
    said = (
        f"`backbot eval`, {label}. Share (count; 95 % interval). **These are small sets that the "
        f"program was tuned on{but}**: expect worse on messages that nobody has seen. No "
        "clinician has reviewed their labels."
    )
    return "\n".join(
        [
            said,
            "",
            "| | " + " | ".join(name for name, _ in columns) + " |",
            "|---|" + "---|" * len(columns),
            *_rows(blocks, columns),
        ]
    )


def _rows(
    blocks: Mapping[str, Any], columns: Sequence[tuple[str, Mapping[str, Sequence[str]]]]
) -> Iterator[str]:
    for what, kind, name in ROWS:
        cells = []
        for _, sets in columns:
            there = [blocks[s]["rates"] for s in sets.get(kind, ()) if s in blocks]
            if not all(name in rates for rates in there):
                raise ValueError(f"A set of {sets[kind]} has no rate {name!r}.")
            cells.append(rate([rates[name] for rates in there]))
        yield f"| {what} | " + " | ".join(cells) + " |"


def with_block(text: str, name: str, block: str) -> str:
    """A page with what stands between two marks replaced.

    Raises:
        ValueError: The page lacks the marks.
    """
    start, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    found = re.search(f"{re.escape(start)}.*?{re.escape(end)}", text, re.DOTALL)
    if found is None:
        raise ValueError(f"There is no {start} … {end}.")
    return f"{text[: found.start()]}{start}\n{block}\n{end}{text[found.end() :]}"


def label() -> str:
    """Today's date and the commit, with a remark where what is measured differs from it."""
    short = _output("git", "rev-parse", "--short", "HEAD")
    changed = _output("git", "status", "--porcelain", "--", *MEASURED)
    today = datetime.now(UTC).date().isoformat()
    return f"{today}, commit {short}{' with later changes' if changed else ''}"


def evaluation(*, kept: bool) -> Mapping[str, Any]:
    """What `backbot eval --json` gives; figures under its gate are figures too.

    Raises:
        RuntimeError: It gave none.
    """
    command = [sys.executable, "-m", "backbot", "eval", "--json", *(["--kept"] if kept else [])]
    result = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if not result.stdout:
        raise RuntimeError("backbot eval gave no figures; what it said stands above.")
    data: Mapping[str, Any] = json.loads(result.stdout)
    return data


def speed() -> str:
    """The block for the page on speed: the tables of all programs."""
    tables = [
        _output(sys.executable, str(ROOT / "benchmarks" / f"{name}.py")) for name in BENCHMARKS
    ]
    return "\n\n".join(
        f"`benchmarks/{name}.py`: {table}" for name, table in zip(BENCHMARKS, tables, strict=True)
    )


def _output(*command: str) -> str:
    result = subprocess.run(  # noqa: S603 - git, and our own programs
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return result.stdout.strip()


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="source", type=Path, help="an `eval --json` at hand")
    parser.add_argument("--kept", action="store_true", help="also the sets kept aside")
    parser.add_argument("--speed", action="store_true", help="run benchmarks/ too")
    options = parser.parse_args()
    if options.source:
        result = json.loads(options.source.read_text("utf-8"))
    else:
        result = evaluation(kept=options.kept)
    block = figures(result, label())
    README.write_text(with_block(README.read_text("utf-8"), "figures", block), "utf-8")
    if options.speed:
        page = with_block(SPEED_PAGE.read_text("utf-8"), "speed", speed())
        SPEED_PAGE.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
