"""Commands that are given once: init, model compile, database carry-over."""

from __future__ import annotations

from pathlib import Path

import click

from backbot.cli.output import emit
from backbot.cli.running import program
from backbot.cli.tree import FILE, app


@app.command()
@click.argument("folder", type=FILE, help="A new or empty folder.")
def init(folder: Path) -> None:
    """A clinic's own folder: articles to start from, .env and a README."""
    from backbot.scaffold import init_folder

    for path in init_folder(folder):
        emit(str(path))


@app.group("model")
def model_app() -> None:
    """The encoder."""


@model_app.command("compile")
@click.argument("model", default="", help="A sentence-transformers folder or name.")
def compile_(model: str) -> None:
    """A sentence-transformers model → what serving runs. Needs the extra `models`."""
    from backbot.adapters.compile_model import compile_model

    compiled = compile_model(model, program().folders.cache / "models")
    emit(
        f"Compiled {compiled.identity.name}: {compiled.graph} "
        f"({compiled.graph_bytes / 1000:.0f} kB), agreement with sentence-transformers: "
        f"cosine {compiled.least_cosine:.7f} or better.\n"
        f"Use it with BACKBOT_MODEL={compiled.model}, then `backbot index build`."
    )


@app.group("database")
def database_app() -> None:
    """What the bot remembers."""


@database_app.command()
@click.argument("source", help="Address of the old database, such as sqlite:///var/backbot.db.")
def carry_over(source: str) -> None:
    """Copy everything from another database into the one that is set, while no bot runs.

    All or nothing; the one in BACKBOT_DATABASE_URL must be empty, and the key stays the same.
    """
    rows = program().carry_over(source)
    emit(
        f"{rows} rows were copied. Once the bot runs with them, move the old database away: it "
        "holds what people may ask you to delete."
    )
