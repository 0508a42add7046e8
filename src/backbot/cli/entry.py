"""Where the `backbot` command begins: errors become sentences and exit statuses.

A single question or a single text is answered without the command tree (`one.py`): building that
takes longer than some answers.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from backbot.cli.logs import console_logs
from backbot.cli.output import close_output, use_utf8, warn
from backbot.cli.running import DONE, FAILED, INTERRUPTED
from backbot.errors import BackbotError
from backbot.kept import keep_patterns

if TYPE_CHECKING:
    from click import ClickException

# Starting makes a few hundred thousand objects that stay; looking through them again and again
# for garbage took a sixth of the time to the first answer.
_OBJECTS_BEFORE_A_LOOK = 100_000
_LAST_S = 5.0
"""So long a stop waits for what is still being computed, such as a build."""
_QUICK_OPTIONS = frozenset({"--json", "--explain"})


def console() -> None:
    """The command as a program of its own.

    What answers and keeps nothing ends as soon as its answer is out: to take apart what was
    loaded for it would take a fifth of the time that it took.

    Raises:
        SystemExit: Always, with the exit status.
    """
    serves = sys.argv[1:2] in (["run"], ["start"])
    if serves:
        # until the bot itself listens to signals, which takes a second of loading; in a
        # container, where it is process 1, it would not even hear of the stop before that
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(DONE))
    answers = sys.argv[1:2] in (["ask"], ["triage"])
    if answers and "--batch" not in sys.argv:
        _for_one_answer()
    try:
        main()
    except SystemExit as ended:
        if answers and isinstance(ended.code, int):
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.flush()
            keep_patterns()
            os._exit(ended.code)
        if serves and isinstance(ended.code, int) and _something_hangs():
            warn("Something still hangs; it is not waited for.")
            keep_patterns()
            os._exit(ended.code)
        raise


def _something_hangs() -> bool:
    """Whether a thread does not end: a process waits for all of them, for ever if need be."""
    until = time.monotonic() + _LAST_S
    others = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and not thread.daemon
    ]
    for thread in others:
        thread.join(max(0.0, until - time.monotonic()))
    return any(thread.is_alive() for thread in others)


def _for_one_answer() -> None:
    """Spare the start what only pays off later: looking for garbage, and helpers for matrices.

    OpenBLAS's helper threads wait for work by spinning, which took a core from what was loading.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; errors become one or two sentences on stderr.

    Args:
        arguments: What follows the program's name; by default those of this process.

    Raises:
        SystemExit: Always, with the exit status.
    """
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK, *gc.get_threshold()[1:])
    use_utf8()
    words, debug = _without_debug(sys.argv[1:] if arguments is None else arguments)
    console_logs(debug=debug)
    status = _run(words, debug=debug)
    try:
        close_output()
    except BackbotError as error:
        warn(str(error))
        status = status or FAILED
    sys.exit(status)


def _without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """The arguments without `--debug`, which may stand anywhere before a `--`."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    options = [word for word in words[:end] if word != "--debug"]
    return [*options, *words[end:]], len(options) < end


def _run(words: list[str], *, debug: bool) -> int:
    try:
        status = _quickly(words)
        if status is None:
            status = _by_tree(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a sentence
        if debug:
            import traceback

            traceback.print_exception(error)
        warn(_sentence(error))
        return error.exit_status if isinstance(error, BackbotError) else FAILED
    return status


def _quickly(words: list[str]) -> int | None:
    """Do `ask` or `triage` with one text, or `run`; None for all else, the command tree's work."""
    if words == ["run"]:
        from backbot.cli.running import program_to_serve
        from backbot.cli.serve import serve

        serve(program_to_serve())
        return DONE
    name, *rest = words or [""]
    options = {word for word in rest if word.startswith("-")}
    text = " ".join(word for word in rest if word not in options)
    if name not in {"ask", "triage"} or not options <= _QUICK_OPTIONS or not text.strip():
        return None
    from backbot.cli import one

    run = one.ask if name == "ask" else one.triage
    return run(text, as_json="--json" in options, explain="--explain" in options)


def _by_tree(words: list[str]) -> int:
    """Whatever the command tree makes of it."""
    import click

    from backbot.cli.commands import app

    try:
        with app.make_context("backbot", words) as context:
            app.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        return _wrong_usage(error)
    except BrokenPipeError:  # whoever read has gone
        return FAILED
    return DONE


def _sentence(error: Exception) -> str:
    if isinstance(error, BackbotError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return (
            f"{where}{error.strerror}. Check the free space and that this user may read and "
            "write there."
        )
    return (
        f"Something unexpected went wrong ({type(error).__name__}). "
        "Run it again with --debug to see where."
    )


def _wrong_usage(error: ClickException) -> int:
    """One sentence instead of Click's four lines; a bare command shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return error.exit_code
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "backbot"
    said = " ".join(error.format_message().split())
    end = "" if said.endswith((".", "?")) else "."
    warn(f"{said}{end} `{command} --help` shows how it is used.")
    return error.exit_code
