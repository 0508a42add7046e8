"""The command tree's root, and what several commands' options share."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from backbot.cli.output import emit
from backbot.errors import BackbotError

FILE = click.Path(path_type=Path)
with_json = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output."
)


class Commands(click.Group):
    """Commands that `--help` lists in the order in which they are written."""

    group_class = type  # and so are those of its groups

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as Click has it
        """Their names."""
        return list(self.commands)


def _version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
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
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Version, index generation and model.",
)
@click.option(
    "--debug", is_flag=True, expose_value=False, help="Show tracebacks and debug logs."
)  # taken out by entry.py, wherever it stands
def app() -> None:
    """Answers back-pain questions in the sentences of a clinic's articles, warning signs first.

    Try: backbot ask why do tight hamstrings hurt my back
    """
