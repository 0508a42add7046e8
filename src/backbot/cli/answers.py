"""Commands that answer one text or a batch: ask, triage."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from backbot.cli import one
from backbot.cli.batch import read_batch
from backbot.cli.output import emit, emit_json, warn
from backbot.cli.running import FAILED, program
from backbot.cli.shapes import assessment_as_json, reply_as_json
from backbot.cli.tree import app, with_json
from backbot.errors import UsageError
from backbot.model import TriageState

_TURN_S = 60.0

_with_batch = click.option(
    "--batch", metavar="FILE", help="JSON lines in, JSON lines out, in order; - is standard input."
)
_with_explain = click.option("--explain", is_flag=True, help="Which rules, passages and scores.")


@app.command()
@click.argument("question", nargs=-1, help="Words are joined.")
@with_json
@_with_batch
@_with_explain
def ask(question: tuple[str, ...], as_json: bool, batch: str | None, explain: bool) -> None:
    """One answer, or one for each line of a batch."""
    text = _one_text(question, batch, 'question. Try: backbot ask "why is my back stiff"')
    if batch is not None:
        _ask_batch(batch)
        return
    if status := one.ask(text, as_json=as_json, explain=explain):
        raise click.exceptions.Exit(status)


def _one_text(words: Sequence[str], batch: str | None, what: str) -> str:
    """The words joined; "" where a batch is given instead.

    Raises:
        UsageError: There is neither, or both.
    """
    text = " ".join(words)
    if batch is not None:
        if words:
            raise UsageError(f"Give either a {what.partition('.')[0]} or --batch, not both.")
        return ""
    if not text.strip():
        raise UsageError(f"There is no {what}")
    return text


def _ask_batch(source: str) -> None:
    rows = read_batch(source, "question")
    from backbot.wiring import converse

    assistant = program().assistant
    failed = ""
    for row in rows:
        reply = converse(assistant, list(row.turns), time.time())
        emit_json({"id": row.row_id, **reply_as_json(reply)})
        failed = failed or one.unanswered(reply)
    if failed:
        warn(f"{failed} Warning signs were checked all the same.")
        raise click.exceptions.Exit(FAILED)


@app.command()
@click.argument("text", nargs=-1, help="Words are joined.")
@_with_explain
@with_json
@_with_batch
@click.option(
    "--sheet", metavar="FORM", help="The rules as pages to sign: md, html; toml: who signed."
)
@click.option("--since", metavar="REV", help="Only rules changed since REV.")
def triage(
    text: tuple[str, ...],
    explain: bool,
    as_json: bool,
    batch: str | None,
    sheet: str | None,
    since: str | None,
) -> None:
    """The escalation engine alone: no model, no index, no network."""
    if sheet is not None:
        _sheet(sheet, since)
        return
    if since is not None:
        raise UsageError("--since goes with --sheet.")
    said = _one_text(text, batch, 'text. Try: backbot triage "my foot has gone numb"')
    if batch is not None:
        _triage_batch(batch)
        return
    one.triage(said, as_json=as_json, explain=explain)


def _sheet(form: str, since: str | None) -> None:
    """The rules as pages, with the clinic's own texts, numbers and rules where it has some."""
    from backbot.triage.sheet import render_sheet

    running = program()
    page = render_sheet(
        form,
        since=since,
        values=running.values(),
        wording=running.clinic_file.wording(),
        book=running.rule_book,
        in_force=running.clinic_file.rules(),
        reviewed=running.reviewed(),
    )
    emit(page.rstrip("\n"))


def _triage_batch(source: str) -> None:
    rows = read_batch(source, "text")
    running = one.configured()
    now = time.time()
    for row in rows:
        if not row.is_conversation:
            single = one.assess(row.turns[0], TriageState(), now, running)
            emit_json({"id": row.row_id, **assessment_as_json(single)})
            continue
        state, tiers = TriageState(), []
        for k, said in enumerate(row.turns):
            assessment = one.assess(said, state, now + _TURN_S * k, running)
            state = assessment.state
            tiers.append(assessment.open_tier.label)
        emit_json({"id": row.row_id, "tiers": tiers})
