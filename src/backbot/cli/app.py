"""The command tree's root, and what turns errors into sentences and exit statuses."""

from __future__ import annotations

import gc
import logging
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbot.cli.logs import console_logs
from backbot.cli.output import close_output, emit, use_utf8, warn
from backbot.errors import BackbotError

if TYPE_CHECKING:
    from backbot.wiring import Program

DONE, FAILED, INTERRUPTED = 0, 1, 130
# Starting makes a few hundred thousand objects that stay; looking through them again and again
# for garbage took a sixth of the time to the first answer.
_OBJECTS_BEFORE_A_LOOK = 100_000

app = typer.Typer(
    name="backbot",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Answers back-pain questions in the sentences of reviewed articles, warning signs first. "
        "Try: backbot ask why do tight hamstrings hurt my back"
    ),
)


def program() -> Program:
    """The settings, read and checked, and what hangs on them."""
    from backbot.settings import load_settings
    from backbot.wiring import Program

    return Program(load_settings())


def _version(value: bool) -> None:
    if not value:
        return
    from backbot import __version__
    from backbot.index.pointer import read_pointer
    from backbot.settings import folders, load_settings

    generation, model = "none", "unknown"
    try:
        settings = load_settings()
        model = settings.model
        generation = read_pointer(folders(settings).index) or "none"
    except BackbotError:
        # The version is asked for when something is wrong: that must not keep it back.
        logging.getLogger(__name__).debug("no settings or index to name", exc_info=True)
    emit(f"backbot {__version__}, index generation {generation}, model {model}")
    raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Version, index generation and model.",
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and debug logs.")
    ] = False,
) -> None:
    """Options that stand before the command."""


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
        status = app(args=words, prog_name="backbot", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a sentence
        if _is_usage(error):
            return _wrong_usage(error)
        if debug:
            traceback.print_exception(error)
        warn(_sentence(error))
        return error.exit_status if isinstance(error, BackbotError) else FAILED
    return status if isinstance(status, int) else DONE


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


def _is_usage(error: Any) -> bool:  # noqa: ANN401 - any exception
    # Typer brings its own copy of Click, in older versions it uses Click itself: the errors of
    # both say what they have to say by this method.
    return callable(getattr(error, "format_message", None)) and hasattr(error, "exit_code")


def _wrong_usage(error: Any) -> int:  # noqa: ANN401 - of Click, or of Typer's copy of it
    """One sentence instead of Click's four lines; a bare command shows its help."""
    status = int(error.exit_code)
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return status
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "backbot"
    said = " ".join(str(error.format_message()).split())
    warn(f"{said.rstrip('.')}. `{command} --help` shows how it is used.")
    return status
