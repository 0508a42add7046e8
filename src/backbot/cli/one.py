"""One question or one text: ask, triage. Loads no more than the answer needs."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from backbot.cli.output import emit, emit_json, warn
from backbot.cli.running import DONE, FAILED, program_for_a_question
from backbot.errors import SettingsError
from backbot.model import Assessment, Reply, TriageState

if TYPE_CHECKING:
    from backbot.wiring import Program

_ABOUT_RULES = ("BACKBOT_RULES_FILE", "BACKBOT_CORPUS_DIR")


def ask(text: str, *, as_json: bool, explain: bool) -> int:
    """Answer one question on standard output; the exit status."""
    running = program_for_a_question()
    running.load_early()
    from backbot.cli.shapes import reply_as_json
    from backbot.cli.show import presentable, render_reply, render_why
    from backbot.wiring import converse

    reply = converse(running.assistant, [text], time.time())
    if as_json:
        emit_json(reply_as_json(reply))
    else:
        emit(presentable(render_reply(reply)))
        if explain:
            emit("\n" + presentable(render_why(reply, running)))
    if why := unanswered(reply):
        warn(f"{why} Warning signs were checked all the same.")
        return FAILED
    return DONE


def triage(text: str, *, as_json: bool, explain: bool) -> int:
    """Assess one text on standard output; the exit status."""
    from backbot.cli.shapes import assessment_as_json

    running = configured()
    assessment = assess(text, TriageState(), time.time(), running)
    lines: list[str] = []
    if explain:
        from backbot.triage.engine import explain as explained

        own = (running.clinic_file.rules(), running.reviewed()) if running else ()
        lines = explained(assessment, *own)
    if as_json:
        more = {"explanation": lines} if explain else {}
        emit_json({**assessment_as_json(assessment), **more})
    elif explain:
        emit("\n".join(lines))
    else:
        emit(_assessment_text(assessment))
    return DONE


def unanswered(reply: Reply) -> str:
    """Why there could be no answer at all: no index or encoder, or a fault; "" where all is well.

    An emergency, small talk and an honest "I have nothing on that" are answers.
    """
    if reply.kind != "declined" or reply.generation:
        return ""
    return f"{reply.answer.reason[:1].upper()}{reply.answer.reason[1:].rstrip('.')}."


def configured() -> Program | None:
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
        return program_for_a_question()
    except SettingsError as error:
        warn(f"{error} The packaged rules are used.")
        return None


def assess(text: str, state: TriageState, now: float, running: Program | None) -> Assessment:
    """The engine with what the clinic's file puts in place."""
    from backbot.triage.engine import assess

    if running is None:
        return assess(text, state, now)
    clinic = running.clinic_file
    return assess(text, state, now, clinic.windows(), clinic.rules())


def _assessment_text(assessment: Assessment) -> str:
    lines = [assessment.tier.label]
    lines += [f'- {f.concept}: "{f.span}" ({f.status})' for f in assessment.findings]
    return "\n".join(lines)
