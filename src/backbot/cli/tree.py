"""The command tree's root."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from backbot.cli.output import emit
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
