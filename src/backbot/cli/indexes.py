"""Commands for the index: build, list, verify, rollback, prune."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from backbot.cli.output import emit, emit_json, warn
from backbot.cli.progress import shown_progress
from backbot.cli.running import program
from backbot.cli.tree import app, with_json
from backbot.errors import BackbotError

if TYPE_CHECKING:
    from backbot.model import ContentTest
    from backbot.rebuild import AnswerChange, RebuildReport

_USUAL_WIDTH = 100  # where the output is no terminal
_NARROW = 60
_GAP = "  | "
_SHOWN_WHOLE = 8
_NAMED = 40
_LINE_END = re.compile(r"(?<=[.!?:])\s+|\n|\s*\[\d+\]\s*")


@app.group("index")
def index_app() -> None:
    """The index: build, list, verify, roll back, prune."""


@index_app.command()
@click.option("--full", is_flag=True, help="Embed everything again.")
@click.option("--if-missing", is_flag=True, help="Do nothing where there is an index.")
@click.option(
    "--strict/--no-strict",
    default=False,
    show_default=True,
    help="Do not publish where a sample question that found its article no longer does, or where "
    "the escalation rules fail their examples.",
)
@click.option(
    "--answers",
    metavar="N",
    type=click.IntRange(min=0),
    default=_SHOWN_WHOLE,
    show_default=True,
    help="How many changed answers are shown whole.",
)
@with_json
def build(full: bool, if_missing: bool, strict: bool, answers: int, as_json: bool) -> None:
    """Articles → a new index generation, published at one stroke."""
    from backbot.wiring import describe_rebuild

    running = program()
    if if_missing and running.store.current_id() is not None:
        return
    # What cannot be reused, and why, is of interest to whoever waits for the build.
    for name in ("backbot.rebuild", "backbot.index.reuse"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with shown_progress() as progress:
        report = running.rebuild(full=full, strict=strict, progress=progress)
    if as_json:
        emit_json(_report_json(report))
    else:
        told = describe_rebuild(report, unread=running.unread())
        emit("\n".join((told, *_answers(report.answers, answers))))
    if report.objections:
        raise click.exceptions.Exit(1)


def _answers(changes: Sequence[AnswerChange], most: int) -> Iterator[str]:
    """Old and new answers, those that changed most first; of the others the questions alone.

    Side by side, or one below the other where the window is narrow.
    """
    width = shutil.get_terminal_size((_USUAL_WIDTH, 24)).columns
    ordered = sorted(changes, key=_likeness)
    for change in ordered[:most]:
        yield f"\n{change.article}: {change.question}"
        old, new = change.old or "(not known)", change.new
        if width < _NARROW:
            yield f"before:\n{old}\nafter:\n{new}"
        else:
            yield from _columns(("before", old), ("after", new), (width - len(_GAP)) // 2)
    if rest := ordered[most:]:
        told = f"{len(rest)} more changed less" if most else f"Answers that changed: {len(rest)}"
        yield f"\n{told}; `backbot ask` shows what is answered now:"
        yield from (f"- {change.article}: {change.question}" for change in rest[:_NAMED])
        if len(rest) > _NAMED:
            yield f"and {len(rest) - _NAMED} others."


def _likeness(change: AnswerChange) -> float:
    """How much of the old answer's lines stands in the new one, in any order: 0 to 1."""
    old, new = (set(_LINE_END.split(text)) for text in (change.old, change.new))
    return len(old & new) / max(len(old | new), 1)


def _columns(left: tuple[str, str], right: tuple[str, str], width: int) -> Iterator[str]:
    """Two texts with their headings, side by side."""
    columns = [
        [name, *(part for line in text.splitlines() for part in wrap(line, width) or [""])]
        for name, text in (left, right)
    ]
    for one, other in zip_longest(*columns, fillvalue=""):
        yield f"{one:<{width}}{_GAP}{other}".rstrip()


def _report_json(report: RebuildReport) -> dict[str, Any]:
    from backbot.wiring import newly_failing

    return {
        "generation": report.generation,
        "published": report.published,
        "staged": report.staged,
        "objections": list(report.objections),
        "counts": asdict(report.counts),
        "embedded": report.embedded,
        "reused": report.reused,
        "added": list(report.added),
        "changed": list(report.changed),
        "removed": list(report.removed),
        "texts": [asdict(text) for text in report.texts],
        "overdue": list(report.overdue),
        "tests": {
            "passed": len(report.tests) - len(report.failing),
            "failing": _tests_json(report.failing),
            "newly_failing": _tests_json(newly_failing(report)),
            "newly_passing": _tests_json(report.newly_passing),
        },
        "answers": [asdict(change) for change in report.answers],
        "escalation_faults": list(report.escalation_faults),
        "seconds": round(report.seconds, 2),
    }


def _tests_json(tests: Sequence[ContentTest]) -> list[dict[str, str]]:
    return [{"article": test.article, "question": test.question} for test in tests]


@index_app.command("list")
@with_json
def list_generations(as_json: bool) -> None:
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
    staged = store.staged_id()
    if as_json:
        emit_json({"generations": rows, "staged": staged})
    else:
        for row in rows:
            mark = "*" if row["current"] else " "
            what = row["problem"] or (
                f"{row['articles']} articles, {row['passages']} passages, model {row['model']}, "
                f"made {str(row['created'])[:19]} UTC"
            )
            emit(f"{mark} {row['id']}: {what}")
        if staged:
            emit(f"  {staged}: kept aside, not served; `backbot index build` publishes it.")
    if not rows:
        warn(f"There is no index in {store.folder} yet. Build one with `backbot index build`.")
        return
    try:
        store.current_id()
    except BackbotError as error:
        warn(str(error))


@index_app.command()
@click.argument("generation", required=False, help="Default: the one in service.")
def verify(generation: str | None) -> None:
    """Check every checksum of a generation."""
    manifest = program().store.verify(generation)
    emit(f"{manifest.id} is whole: {len(manifest.files)} files match.")


@index_app.command()
@click.argument("generation", required=False, help="Default: the one before.")
def rollback(generation: str | None) -> None:
    """Put an earlier generation back in service."""
    emit(f"{program().store.rollback(generation)} is in service.")


@index_app.command()
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many to keep.",
)
def prune(keep: int) -> None:
    """Drop old generations; never the one in service, nor the one before it."""
    dropped = program().store.prune(keep)
    emit(f"Dropped {len(dropped)}: {', '.join(dropped)}." if dropped else "Nothing to drop.")
