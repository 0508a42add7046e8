"""Commands for the index: build, list, verify, rollback, prune."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbot.cli.app import app, program
from backbot.cli.output import emit, emit_json, warn
from backbot.cli.progress import shown_progress
from backbot.errors import BackbotError

if TYPE_CHECKING:
    from backbot.model import ContentTest
    from backbot.rebuild import RebuildReport

index_app = typer.Typer(
    no_args_is_help=True, help="The index: build, list, verify, roll back, prune."
)
app.add_typer(index_app, name="index")

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@index_app.command()
def build(
    full: Annotated[bool, typer.Option("--full", help="Embed everything again.")] = False,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Do nothing where there is an index.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Articles → a new index generation, published at one stroke."""
    from backbot.wiring import describe_rebuild

    running = program()
    if if_missing and running.store.current_id() is not None:
        return
    # What cannot be reused, and why, is of interest to whoever waits for the build.
    logging.getLogger("backbot.rebuild").setLevel(logging.WARNING)
    with shown_progress() as progress:
        report = running.rebuild(full=full, progress=progress)
    if as_json:
        emit_json(_report_json(report))
    else:
        emit(describe_rebuild(report))


def _report_json(report: RebuildReport) -> dict[str, Any]:
    from backbot.wiring import newly_failing

    return {
        "generation": report.generation,
        "published": report.published,
        "counts": asdict(report.counts),
        "embedded": report.embedded,
        "reused": report.reused,
        "added": list(report.added),
        "changed": list(report.changed),
        "removed": list(report.removed),
        "overdue": list(report.overdue),
        "tests": {
            "passed": len(report.tests) - len(report.failing),
            "failing": _tests_json(report.failing),
            "newly_failing": _tests_json(newly_failing(report)),
        },
        "seconds": round(report.seconds, 2),
    }


def _tests_json(tests: Sequence[ContentTest]) -> list[dict[str, str]]:
    return [{"article": test.article, "question": test.question} for test in tests]


@index_app.command("list")
def list_generations(*, as_json: Json = False) -> None:
    """Generations that are kept, newest first; * is in service."""
    store = program().store
    rows = [
        {
            "id": entry.id,
            "current": entry.is_current,
            "created": entry.manifest.created.isoformat() if entry.manifest else None,
            "articles": entry.manifest.counts.articles if entry.manifest else None,
            "passages": entry.manifest.counts.passages if entry.manifest else None,
            "model": entry.manifest.encoder.name if entry.manifest else None,
            "problem": entry.problem,
        }
        for entry in store.list()
    ]
    if as_json:
        emit_json({"generations": rows})
    else:
        for row in rows:
            mark = "*" if row["current"] else " "
            what = row["problem"] or (
                f"{row['articles']} articles, {row['passages']} passages, model {row['model']}, "
                f"made {str(row['created'])[:19]} UTC"
            )
            emit(f"{mark} {row['id']}: {what}")
    if not rows:
        warn(f"There is no index in {store.folder} yet. Build one with `backbot index build`.")
        return
    try:
        store.current_id()
    except BackbotError as error:
        warn(str(error))


@index_app.command()
def verify(
    generation: Annotated[str | None, typer.Argument(help="Default: the one in service.")] = None,
) -> None:
    """Check every checksum of a generation."""
    manifest = program().store.verify(generation)
    emit(f"{manifest.id} is whole: {len(manifest.files)} files match.")


@index_app.command()
def rollback(
    generation: Annotated[str | None, typer.Argument(help="Default: the one before.")] = None,
) -> None:
    """Put an earlier generation back in service."""
    emit(f"{program().store.rollback(generation)} is in service.")


@index_app.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many to keep.")] = 5,
) -> None:
    """Drop old generations; never the one in service, nor the one before it."""
    dropped = program().store.prune(keep)
    emit(f"Dropped {len(dropped)}: {', '.join(dropped)}." if dropped else "Nothing to drop.")
