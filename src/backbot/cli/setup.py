"""Commands that are given once: init, model compile, database carry-over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backbot.cli.output import emit
from backbot.cli.running import program
from backbot.cli.tree import app

model_app = typer.Typer(no_args_is_help=True, help="The encoder.")
app.add_typer(model_app, name="model")
database_app = typer.Typer(no_args_is_help=True, help="What the bot remembers.")
app.add_typer(database_app, name="database")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
) -> None:
    """A clinic's own folder: articles to start from, .env and a README."""
    from backbot.scaffold import init_folder

    for path in init_folder(folder):
        emit(str(path))


@model_app.command("compile")
def compile_(
    model: Annotated[str, typer.Argument(help="A sentence-transformers folder or name.")] = "",
) -> None:
    """A sentence-transformers model → what serving runs. Needs the extra `models`."""
    from backbot.adapters.compile_model import compile_model

    compiled = compile_model(model, program().folders.cache / "models")
    emit(
        f"Compiled {compiled.identity.name}: {compiled.graph} "
        f"({compiled.graph_bytes / 1000:.0f} kB), agreement with sentence-transformers: "
        f"cosine {compiled.least_cosine:.7f} or better.\n"
        f"Use it with BACKBOT_MODEL={compiled.model}, then `backbot index build`."
    )


@database_app.command("carry-over")
def carry_over(
    source: Annotated[
        str, typer.Argument(help="Address of the old database, such as sqlite:///var/backbot.db.")
    ],
) -> None:
    """Copy everything from another database into the one that is set, while no bot runs.

    All or nothing; the one in BACKBOT_DATABASE_URL must be empty, and the key stays the same.
    """
    rows = program().carry_over(source)
    emit(
        f"{rows} rows were copied. Once the bot runs with them, move the old database away: it "
        "holds what people may ask you to delete."
    )
