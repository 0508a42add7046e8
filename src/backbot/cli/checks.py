"""Commands that measure and check: eval, doctor."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backbot.cli.output import emit, emit_json, warn
from backbot.cli.progress import shown_progress
from backbot.cli.running import FAILED, program
from backbot.cli.shapes import reply_as_json
from backbot.cli.tree import FILE, app, with_json
from backbot.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from backbot.doctor import Finding
    from backbot.wiring import Program


@app.command("eval")
@click.option(
    "--set", "set_dir", metavar="DIR", type=FILE, help="Folder with answers/ and escalation/."
)
@with_json
@click.option("--misses", is_flag=True, help="List every miss by text.")
@click.option("--kept", is_flag=True, help="Also the sets kept aside: look at them rarely.")
@click.option(
    "--max-words",
    metavar="N",
    type=click.IntRange(min=1),
    default=120,
    show_default=True,
    help="Answers are cut there before matching.",
)
@click.option("--compare", metavar="FILE", type=FILE, help="An earlier --json to compare with.")
@click.option("--plot", metavar="FILE", type=FILE, help="PNG: what the probabilities are worth.")
@click.option(
    "--negation", metavar="FILE", type=FILE, help="Score negation on this JSON lines file."
)
def evaluate_(
    set_dir: Path | None,
    as_json: bool,
    misses: bool,
    kept: bool,
    max_words: int,
    compare: Path | None,
    plot: Path | None,
    negation: Path | None,
) -> None:
    """How good: retrieval, answers, refusals and escalation on labelled sets."""
    from backbot.evaluation.gate import failures
    from backbot.evaluation.plot import require_plotting, write_reliability
    from backbot.evaluation.report import compare as compare_reports
    from backbot.evaluation.report import render_text, to_json
    from backbot.evaluation.runner import evaluate

    if negation is not None:
        _negation(negation, as_json=as_json, misses=misses)
        return
    if plot is not None:
        require_plotting()  # rather told now than after a minute
    folder = set_dir or _default_set()
    earlier = _earlier(compare) if compare else None
    running = program()
    if (folder / "answers").is_dir():
        running.warm()  # an evaluation of an index that is missing says nothing
    with shown_progress() as progress:
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
        emit_json(data)
    else:
        emit(render_text(evaluation, misses=misses))
    if plot is not None:
        write_reliability(evaluation.calibration, plot)
        warn(f"The plot is in {plot}.")
    if earlier is not None:
        compared = compare_reports(earlier, data)
        (sys.stderr.write if as_json else emit)(compared + ("\n" if as_json else ""))
    if under := failures(evaluation):
        for line in under:
            warn(f"under the gate: {line}")
        raise click.exceptions.Exit(FAILED)


def _earlier(path: Path) -> dict[str, Any]:
    """An earlier result of `eval --json`."""
    try:
        earlier = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as an earlier `eval --json`.") from error
    if not isinstance(earlier, dict):
        raise UsageError(f"{path} holds no earlier result of `eval --json`.")
    return earlier


def _default_set() -> Path:
    for folder in (Path("evaluation"), Path(__file__).resolve().parents[3] / "evaluation"):
        if (folder / "answers").is_dir():
            return folder
    raise UsageError(
        "There is no folder `evaluation` here. Name one with --set, or run this in a clone."
    )


def _answer(running: Program, turns: Sequence[str]) -> Mapping[str, Any]:
    from backbot.wiring import converse

    reply = converse(running.assistant, list(turns), time.time())
    return {
        **reply_as_json(reply),
        "probability": reply.answer.probability,
        "suggestions": reply.answer.suggestions,
    }


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
    from backbot.evaluation.negation import score_negation
    from backbot.evaluation.report import negation_json, render_negation
    from backbot.evaluation.runner import read_rows
    from backbot.triage.engine import negated

    score = score_negation(read_rows(path), negated)
    if as_json:
        emit_json(negation_json(score))
    else:
        emit(render_negation(score, misses=misses))


@app.command()
@click.option("--go-live", is_flag=True, help="What is missing before patients may use it.")
@click.option("--quick", is_flag=True, help="Only whether it can serve: for health checks.")
@with_json
def doctor(go_live: bool, quick: bool, as_json: bool) -> None:
    """Checks settings, articles, index, model and rules, and says what to mend."""
    from backbot.doctor import Finding, examine, missing_for_patients

    try:
        running = program()
    except SettingsError as error:
        # Without settings nothing else can be checked, but a monitor still gets its JSON.
        _report((Finding("settings", ok=False, message=str(error)),), as_json=as_json)
        raise click.exceptions.Exit(error.exit_status) from error
    findings = examine(running, quick=quick)
    if go_live:
        findings = (*findings, *missing_for_patients(running))
    _report(findings, as_json=as_json)
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(FAILED)


def _report(findings: Sequence[Finding], *, as_json: bool) -> None:
    bad = [finding for finding in findings if not finding.ok]
    if as_json:
        emit_json({"ok": not bad, "checks": [asdict(finding) for finding in findings]})
        return
    told: dict[str, str] = {}
    for finding in findings:
        first = told.setdefault(finding.message, finding.name)
        again = not finding.ok and first != finding.name
        message = f"as {first}, above" if again else finding.message
        emit(f"{'ok  ' if finding.ok else 'MEND'} {finding.name}: {message}")
    different = len({finding.message for finding in bad})
    emit(f"{different} to mend." if bad else "Nothing to mend.")
