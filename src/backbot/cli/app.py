"""The command tree, and what turns errors into sentences and exit statuses."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Annotated

import typer

from backbot.errors import BackbotError

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
INTERRUPTED = 130


def _version(value: bool) -> None:
    if not value:
        return
    from backbot import __version__
    from backbot.settings import load_settings
    from backbot.wiring import Program

    generation, model = "none", "unknown"
    try:
        program = Program(load_settings())
        model = program.settings.model
        generation = program.store.current_id() or "none"
    except BackbotError:
        logging.getLogger(__name__).debug("no settings or index to name", exc_info=True)
    typer.echo(f"backbot {__version__}, index generation {generation}, model {model}")
    raise typer.Exit


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001 - handled by its callback
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
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.ERROR,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


def main() -> None:
    """Run the command; errors become one or two sentences on stderr."""
    console_encoding()
    debug = "--debug" in sys.argv
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BackbotError as error:
        if debug:
            raise
        _say(str(error))
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # Whoever read us has gone (`backbot ... | head`): that is no fault of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        _say(
            f"Something unexpected went wrong ({type(error).__name__}). "
            "Run it again with `backbot --debug ...` to see where."
        )
        sys.exit(1)


def console_encoding() -> None:
    """Print and read UTF-8 whatever the locale says; undecodable input becomes marks."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _say(text: str) -> None:
    sys.stderr.write(f"backbot: {text}\n")
