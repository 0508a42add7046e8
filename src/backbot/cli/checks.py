"""Commands that measure and check: eval, doctor."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbot.cli.answers import program
from backbot.cli.app import app
from backbot.errors import UsageError

if TYPE_CHECKING:
    from backbot.wiring import Program


@app.command("eval")
def evaluate_(
    set_dir: Annotated[
        Path | None, typer.Option("--set", help="Folder with answers/ and escalation/.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="List every miss by text.")] = False,
    kept: Annotated[
        bool, typer.Option("--kept", help="Also the sets kept aside: look at them rarely.")
    ] = False,
    max_words: Annotated[
        int, typer.Option("--max-words", min=1, help="Answers are cut there before matching.")
    ] = 120,
    compare: Annotated[
        Path | None, typer.Option("--compare", help="An earlier --json to compare with.")
    ] = None,
    negation: Annotated[
        Path | None, typer.Option("--negation", help="Score negation on this JSON lines file.")
    ] = None,
) -> None:
    """How good: retrieval, answers, refusals and escalation on labelled sets."""
    from backbot.cli.show import print_json, progress_bar
    from backbot.evaluation.gate import failures
    from backbot.evaluation.report import compare as compare_reports
    from backbot.evaluation.report import render_text, to_json
    from backbot.evaluation.runner import evaluate

    if negation is not None:
        _negation(negation, as_json=as_json, misses=misses)
        return
    folder = set_dir or _default_set()
    running = program()
    running.live.current()
    with progress_bar() as progress:
        evaluation = evaluate(
            folder,
            lambda turns: _answer(running, turns),
            _triage,
            kept=kept,
            max_words=max_words,
            progress=progress,
        )
    data = to_json(evaluation)
    if as_json:
        print_json(data)
    else:
        sys.stdout.write(render_text(evaluation, misses=misses) + "\n")
    if compare is not None:
        try:
            sys.stdout.write(compare_reports(json.loads(compare.read_text("utf-8")), data) + "\n")
        except (OSError, ValueError) as error:
            raise UsageError(f"{compare} is no earlier result of `eval --json`.") from error
    if under := failures(evaluation):
        for line in under:
            sys.stderr.write(f"backbot: under the gate: {line}\n")
        raise typer.Exit(1)


def _default_set() -> Path:
    for folder in (Path("evaluation"), Path(__file__).resolve().parents[3] / "evaluation"):
        if (folder / "answers").is_dir():
            return folder
    raise UsageError(
        "There is no folder `evaluation` here. Name one with --set, or run this in a clone."
    )


def _answer(running: Program, turns: Sequence[str]) -> Mapping[str, Any]:
    from backbot.wiring import converse, reply_as_json

    return reply_as_json(converse(running.assistant, list(turns), time.time()))


def _triage(turns: Sequence[str]) -> Mapping[str, Any]:
    from backbot.model import TriageState
    from backbot.triage.engine import assess

    state, tiers, note = TriageState(), [], None
    for k, text in enumerate(turns):
        assessment = assess(text, state, 1_000_000_000.0 + 60.0 * k)
        state, note = assessment.state, assessment.note
        tiers.append(assessment.open_tier.label)
    return {"tiers": tiers, "note": note}


def _negation(path: Path, *, as_json: bool, misses: bool) -> None:
    from backbot.cli.show import print_json
    from backbot.evaluation.negation import score_negation
    from backbot.evaluation.report import negation_json, render_negation
    from backbot.evaluation.runner import read_rows
    from backbot.triage.engine import negated

    score = score_negation(read_rows(path), negated)
    if as_json:
        print_json(negation_json(score))
    else:
        sys.stdout.write(render_negation(score, misses=misses) + "\n")


@app.command()
def doctor(
    go_live: Annotated[
        bool, typer.Option("--go-live", help="What is missing before patients may use it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Checks settings, articles, index, model and rules, and says what to mend."""
    from backbot.cli.show import print_json
    from backbot.doctor import examine, missing_for_patients

    running = program()
    findings = examine(running)
    if go_live:
        findings = (*findings, *missing_for_patients(running))
    bad = [f for f in findings if not f.ok]
    if as_json:
        print_json(
            {
                "ok": not bad,
                "checks": [{"name": f.name, "ok": f.ok, "message": f.message} for f in findings],
            }
        )
    else:
        for finding in findings:
            sys.stdout.write(
                f"{'ok  ' if finding.ok else 'MEND'} {finding.name}: {finding.message}\n"
            )
    if bad:
        raise typer.Exit(1)
