"""Commands that answer: start, run, chat, ask, triage."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from backbot.cli.app import app
from backbot.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from backbot.wiring import Program

_PROMPT = "you> "
_EXPLAIN = "Which rules, passages and scores."
_BATCH = "JSON lines in, JSON lines out, in order; - is standard input."


def program() -> Program:
    """The settings, read and checked, and what hangs on them."""
    from backbot.settings import load_settings
    from backbot.wiring import Program

    return Program(load_settings())


@app.command()
def start() -> None:
    """The bot on Telegram where a token is set, otherwise a chat in the terminal."""
    running = program()
    if running.settings.telegram_token:
        _run(running)
        return
    sys.stderr.write(
        "No BACKBOT_TELEGRAM_TOKEN is set, so this is the same assistant as a terminal chat.\n"
    )
    _chat(running)


@app.command()
def run() -> None:
    """The Telegram bot. Stops cleanly on SIGINT and SIGTERM."""
    _run(program())


def _run(running: Program) -> None:
    import logging

    from backbot.bot.app import BotOptions, main_loop
    from backbot.bot.log import install_redaction

    settings = running.settings
    if settings.telegram_token is None:
        raise SettingsError(
            "BACKBOT_TELEGRAM_TOKEN is not set, so there is nothing to run on Telegram. "
            "Set it in .env, or use `backbot chat` for the terminal."
        )
    if settings.webhook_url:
        raise SettingsError(
            "BACKBOT_WEBHOOK_URL is set, but this version only polls. Unset it to run."
        )
    token = settings.telegram_token.get_secret_value()
    _set_up_logs(settings.log_level, settings.log_format)
    install_redaction((token,))
    logger = logging.getLogger(__name__)
    _warm(running)
    logger.info("starting on %s", settings.telegram_api_url)
    main_loop(running.handler(), BotOptions(token=token, api_url=settings.telegram_api_url))


def _set_up_logs(level: str, form: str) -> None:
    import logging

    from backbot.cli.logs import JsonFormatter

    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    if form == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "telegram"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _warm(running: Program) -> None:
    """Open what the first question needs; a missing index is told, never fatal."""
    import logging

    from backbot.errors import BackbotError

    assistant = running.assistant
    assistant.message("failsafe")
    try:
        running.live.current()
    except BackbotError as error:
        logging.getLogger(__name__).warning("no answers yet: %s", error)


@app.command()
def chat() -> None:
    """The same assistant in a terminal. Keeps nothing. /why, /reset, /help, /quit."""
    _chat(program())


def _chat(running: Program) -> None:
    from backbot.cli.show import plain, render_reply, render_why
    from backbot.model import Conversation, Reply

    typed = sys.stdin.isatty()
    assistant = running.assistant
    if typed:
        sys.stdout.write(plain(assistant.message("start")) + "\n")
        sys.stdout.write("/why explains the last reply, /reset starts anew, /quit leaves.\n")
    conversation, last = Conversation(), None
    for line in _lines(prompt=_PROMPT if typed else ""):
        text = line.strip()
        if not text:
            continue
        if not typed:
            sys.stdout.write(f"{_PROMPT}{text}\n")
        if text in {"/quit", "/exit", "/bye"}:
            break
        if text == "/reset":
            conversation, last = Conversation(), None
            said = "Forgotten. We start anew."
        elif text == "/why":
            said = render_why(last) if last else "There is no reply to explain yet."
        elif text.startswith("/"):
            said = _chat_command(running, text)
        else:
            reply: Reply
            reply, conversation = assistant.reply(text, conversation, time.time())
            last, said = reply, render_reply(reply)
        sys.stdout.write(f"{plain(said)}\n\n")
        sys.stdout.flush()


def _chat_command(running: Program, text: str) -> str:
    assistant = running.assistant
    name = text[1:].split(maxsplit=1)[0] if text[1:].split() else ""
    keys = {"start": "start", "help": "help", "privacy": "privacy", "emergency": "emergency_info"}
    if name in keys:
        return assistant.message(keys[name])
    if name == "topics":
        topics = assistant.topics()
        intro = assistant.message("topics_intro" if topics else "nothing_yet")
        return "\n".join([intro, *(f"- {title}: {question}" for title, question in topics)])
    if name == "sources":
        return assistant.sources()
    return f"I don't know /{name}. There are /why, /reset, /topics, /sources and /quit."


def _lines(*, prompt: str) -> Iterator[str]:
    """Lines of standard input, with a prompt and line editing where a person types."""
    if not prompt:
        yield from sys.stdin
        return
    with suppress(ImportError):
        import readline  # noqa: F401 - gives input() its line editing
    while True:
        try:
            yield input(prompt)
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            return


@app.command()
def ask(
    question: Annotated[list[str] | None, typer.Argument(help="Words are joined.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help=_BATCH)] = None,
    explain: Annotated[bool, typer.Option("--explain", help=_EXPLAIN)] = False,
) -> None:
    """One answer, or one for each line of a batch."""
    if batch is not None:
        if question:
            raise UsageError("Give either a question or --batch, not both.")
        _ask_batch(batch)
        return
    if not question:
        raise UsageError('There is no question. Try: backbot ask "why is my back stiff"')
    from backbot.cli.show import print_json, render_reply, render_why
    from backbot.wiring import converse, reply_as_json

    running = program()
    _require_index(running)
    reply = converse(running.assistant, [" ".join(question)], time.time())
    if as_json:
        print_json(reply_as_json(reply))
    else:
        sys.stdout.write(render_reply(reply) + "\n")
        if explain:
            sys.stdout.write("\n" + render_why(reply) + "\n")


def _ask_batch(source: str) -> None:
    from backbot.cli.show import print_json
    from backbot.wiring import converse, reply_as_json

    rows = batch_rows(source, "question")
    running = program()
    _require_index(running)
    for row_id, turns in rows:
        reply = converse(running.assistant, turns, time.time())
        print_json({"id": row_id, **reply_as_json(reply)})


def _require_index(running: Program) -> None:
    """Say on stderr what is missing; the warning signs are checked all the same."""
    from backbot.errors import BackbotError

    try:
        running.live.current()
    except BackbotError as error:
        sys.stderr.write(f"backbot: {error} Warning signs are still checked.\n")


def batch_rows(source: str, key: str) -> Iterator[tuple[Any, list[str]]]:
    """Id and turns of each line of a batch file.

    Args:
        source: A path, or "-" for standard input.
        key: The field of a single text: "question" or "text".

    Raises:
        UsageError: The file or a line cannot be read; the line is named.
    """
    for number, row in _json_lines(source):
        where = f"Line {number} of {source}"
        turns = row.get("turns")
        if turns is None:
            if not isinstance(row.get(key), str):
                raise UsageError(f'{where} has neither "{key}" nor "turns". Give it one of them.')
            yield row.get("id"), [row[key]]
            continue
        texts = [t.get("text") if isinstance(t, dict) else t for t in turns or ()]
        if not isinstance(turns, list) or not texts or not all(isinstance(t, str) for t in texts):
            raise UsageError(f'{where}: "turns" must be a list of texts, at least one.')
        yield row.get("id"), [str(t) for t in texts]


def _opened(source: str) -> AbstractContextManager[TextIO]:
    return nullcontext(sys.stdin) if source == "-" else Path(source).open(encoding="utf-8")


def _json_lines(source: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with _opened(source) as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise UsageError(f"Line {number} of {source} is not a JSON object.")
                yield number, row
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise UsageError(f"Line {number} of {source} is not valid JSON: {error.msg}.") from error


@app.command()
def triage(
    text: Annotated[list[str] | None, typer.Argument(help="Words are joined.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help=_EXPLAIN)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help=_BATCH)] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="The rules as pages: md, html.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only rules changed since REV.")
    ] = None,
) -> None:
    """The escalation engine alone: no model, no index, no network."""
    if sheet is not None:
        from backbot.triage.sheet import render_sheet

        sys.stdout.write(render_sheet(sheet, since=since))
        return
    if since is not None:
        raise UsageError("--since goes with --sheet.")
    if batch is not None:
        _triage_batch(batch)
        return
    if not text:
        raise UsageError('There is no text. Try: backbot triage "my foot has gone numb"')
    from backbot.cli.show import print_json
    from backbot.model import TriageState
    from backbot.triage.engine import assess
    from backbot.triage.engine import explain as explained

    assessment = assess(" ".join(text), TriageState(), time.time())
    if as_json:
        print_json(_assessment_json(assessment))
        return
    if explain:
        sys.stdout.write("\n".join(explained(assessment)) + "\n")
        return
    sys.stdout.write(f"{assessment.tier.label}\n")
    for finding in assessment.findings:
        sys.stdout.write(f'- {finding.concept}: "{finding.span}" ({finding.status})\n')


def _assessment_json(assessment: Any) -> dict[str, Any]:  # noqa: ANN401 - imported where used
    return {
        "tier": assessment.tier.label,
        "template": assessment.template,
        "note": assessment.note,
        "findings": [
            {
                "concept": f.concept,
                "span": f.span,
                "start": f.start,
                "end": f.end,
                "status": str(f.status),
            }
            for f in assessment.findings
        ],
        "language": assessment.language,
    }


def _triage_batch(source: str) -> None:
    from backbot.cli.show import print_json
    from backbot.model import TriageState
    from backbot.triage.engine import assess

    now = time.time()
    for number, row in _json_lines(source):
        if "turns" not in row:
            if not isinstance(row.get("text"), str):
                raise UsageError(f'Line {number} of {source} has neither "text" nor "turns".')
            single = assess(row["text"], TriageState(), now)
            print_json({"id": row.get("id"), **_assessment_json(single)})
            continue
        state, tiers = TriageState(), []
        for k, turn in enumerate(row["turns"]):
            said = turn.get("text") if isinstance(turn, dict) else turn
            if not isinstance(said, str):
                raise UsageError(f"Line {number} of {source}: turn {k + 1} has no text.")
            assessment = assess(said, state, now + 60.0 * k)
            state = assessment.state
            tiers.append(assessment.open_tier.label)
        print_json({"id": row.get("id"), "tiers": tiers})
