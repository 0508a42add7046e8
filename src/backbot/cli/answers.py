"""Commands that answer one text or a batch: ask, triage."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backbot.cli.app import FAILED, app, program
from backbot.cli.batch import read_batch
from backbot.cli.output import emit, emit_json, warn
from backbot.cli.shapes import assessment_as_json, reply_as_json
from backbot.cli.show import presentable, render_reply, render_why
from backbot.errors import SettingsError, UsageError
from backbot.model import Assessment, Reply, TriageState

if TYPE_CHECKING:
    from backbot.wiring import Program

_EXPLAIN = "Which rules, passages and scores."
_BATCH = "JSON lines in, JSON lines out, in order; - is standard input."
_TURN_S = 60.0
_ABOUT_RULES = ("BACKBOT_RULES_FILE", "BACKBOT_CORPUS_DIR")


@app.command()
def ask(
    question: Annotated[list[str] | None, typer.Argument(help="Words are joined.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help=_BATCH)] = None,
    explain: Annotated[bool, typer.Option("--explain", help=_EXPLAIN)] = False,
) -> None:
    """One answer, or one for each line of a batch."""
    text = _one_text(question, batch, 'question. Try: backbot ask "why is my back stiff"')
    if batch is not None:
        _ask_batch(batch)
        return
    from backbot.wiring import converse

    reply = converse(program().assistant, [text], time.time())
    if as_json:
        emit_json(reply_as_json(reply))
    else:
        emit(presentable(render_reply(reply)))
        if explain:
            emit("\n" + presentable(render_why(reply, program())))
    if why := _unanswered(reply):
        warn(f"{why} Warning signs were checked all the same.")
        raise typer.Exit(FAILED)


def _one_text(words: list[str] | None, batch: str | None, what: str) -> str:
    """The words joined; "" where a batch is given instead.

    Raises:
        UsageError: There is neither, or both.
    """
    text = " ".join(words or ())
    if batch is not None:
        if words:
            raise UsageError(f"Give either a {what.partition('.')[0]} or --batch, not both.")
        return ""
    if not text.strip():
        raise UsageError(f"There is no {what}")
    return text


def _unanswered(reply: Reply) -> str:
    """Why there could be no answer at all: no index or encoder, or a fault; "" where all is well.

    An emergency, small talk and an honest "I have nothing on that" are answers.
    """
    if reply.kind != "declined" or reply.generation:
        return ""
    return f"{reply.answer.reason[:1].upper()}{reply.answer.reason[1:].rstrip('.')}."


def _ask_batch(source: str) -> None:
    rows = read_batch(source, "question")
    from backbot.wiring import converse

    assistant = program().assistant
    failed = ""
    for row in rows:
        reply = converse(assistant, list(row.turns), time.time())
        emit_json({"id": row.row_id, **reply_as_json(reply)})
        failed = failed or _unanswered(reply)
    if failed:
        warn(f"{failed} Warning signs were checked all the same.")
        raise typer.Exit(FAILED)


@app.command()
def triage(
    text: Annotated[list[str] | None, typer.Argument(help="Words are joined.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help=_EXPLAIN)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help=_BATCH)] = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", help="The rules as pages to sign: md, html; toml: who signed."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only rules changed since REV.")
    ] = None,
) -> None:
    """The escalation engine alone: no model, no index, no network."""
    if sheet is not None:
        _sheet(sheet, since)
        return
    if since is not None:
        raise UsageError("--since goes with --sheet.")
    said = _one_text(text, batch, 'text. Try: backbot triage "my foot has gone numb"')
    running = _configured()
    if batch is not None:
        _triage_batch(batch, running)
        return
    from backbot.triage.engine import explain as explained

    assessment = _assess(said, TriageState(), time.time(), running)
    lines: list[str] = []
    if explain:
        own = (running.clinic_file.rules(), running.reviewed()) if running else ()
        lines = explained(assessment, *own)
    if as_json:
        more = {"explanation": lines} if explain else {}
        emit_json({**assessment_as_json(assessment), **more})
    elif explain:
        emit("\n".join(lines))
    else:
        emit(_assessment_text(assessment))


def _configured() -> Program | None:
    """The clinic's settings where they can matter here; None where there are none to read.

    The engine needs no setting and starts quickly: they are read only where the environment,
    `.env` or a signature file says something about the rules. Wrong ones are told and ignored.
    """
    names = [name.upper() for name in os.environ]
    with suppress(OSError, UnicodeDecodeError):
        names += Path(".env").read_text("utf-8-sig").upper().split()
    if not Path("signatures.toml").exists() and not any(
        name.startswith(_ABOUT_RULES) for name in names
    ):
        return None
    try:
        return program()
    except SettingsError as error:
        warn(f"{error} The packaged rules are used.")
        return None


def _assess(text: str, state: TriageState, now: float, running: Program | None) -> Assessment:
    """The engine with what the clinic's file puts in place."""
    from backbot.triage.engine import assess

    if running is None:
        return assess(text, state, now)
    clinic = running.clinic_file
    return assess(text, state, now, clinic.windows(), clinic.rules())


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


def _assessment_text(assessment: Assessment) -> str:
    lines = [assessment.tier.label]
    lines += [f'- {f.concept}: "{f.span}" ({f.status})' for f in assessment.findings]
    return "\n".join(lines)


def _triage_batch(source: str, running: Program | None) -> None:
    rows = read_batch(source, "text")
    now = time.time()
    for row in rows:
        if not row.is_conversation:
            single = _assess(row.turns[0], TriageState(), now, running)
            emit_json({"id": row.row_id, **assessment_as_json(single)})
            continue
        state, tiers = TriageState(), []
        for k, said in enumerate(row.turns):
            assessment = _assess(said, state, now + _TURN_S * k, running)
            state = assessment.state
            tiers.append(assessment.open_tier.label)
        emit_json({"id": row.row_id, "tiers": tiers})
