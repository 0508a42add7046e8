"""Commands for those who keep the articles and the index: init, model, corpus, index."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from backbot.cli.answers import program
from backbot.cli.app import app
from backbot.errors import BackbotError, CorpusError, UsageError

corpus_app = typer.Typer(no_args_is_help=True, help="The articles: import, approve, check, list.")
index_app = typer.Typer(no_args_is_help=True, help="The index: build, list, verify, roll back.")
model_app = typer.Typer(no_args_is_help=True, help="The encoder.")
app.add_typer(corpus_app, name="corpus")
app.add_typer(index_app, name="index")
app.add_typer(model_app, name="model")

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
) -> None:
    """A clinic's own folder: articles to start from, .env and a README."""
    from backbot.scaffold import init_folder

    for path in init_folder(folder):
        sys.stdout.write(f"{path}\n")


@model_app.command("compile")
def compile_(
    model: Annotated[str, typer.Argument(help="A sentence-transformers folder or name.")] = "",
) -> None:
    """A sentence-transformers model → what serving runs. Needs the extra `models`."""
    from backbot.adapters.compile_model import compile_model

    compiled = compile_model(model, program().folders.cache / "models")
    sys.stdout.write(
        f"Compiled {compiled.identity.name}: {compiled.graph} "
        f"({compiled.graph_bytes / 1000:.0f} kB), agreement with sentence-transformers: "
        f"cosine {compiled.least_cosine:.7f} or better.\n"
        f"Use it with BACKBOT_MODEL={compiled.model}, then `backbot index build`.\n"
    )


# --------------------------------------------------------------------------- corpus


@corpus_app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="txt, html, md, pdf or docx files.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder for the drafts.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="Words of a left-out line to bring back.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over an unreviewed draft.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Raw articles → cleaned drafts, and a report of every line left out and why."""
    from backbot.cli.show import print_json
    from backbot.importing.importer import import_files
    from backbot.importing.report import render_report

    out_dir = to or program().folders.drafts
    report = import_files(paths, out_dir, keep=tuple(keep or ()), force=force)
    if as_json:
        print_json(report.as_dict())
    else:
        sys.stdout.write(render_report(report))
    for refused in report.refused:
        sys.stderr.write(f"backbot: {refused.refusal}\n")
    if report.refused:
        raise typer.Exit(1)


@corpus_app.command()
def approve(
    file: Annotated[Path, typer.Argument(help="A draft.")],
    by: Annotated[str, typer.Option("--by", help="Who approves it.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of the article of that name.")
    ] = False,
) -> None:
    """A draft becomes an article. That is no clinical review: the reviewer is named apart."""
    from backbot.corpus.reader import read_article

    if not by.strip():
        raise UsageError("--by needs a name.")
    if not file.is_file():
        raise UsageError(f"There is no draft {file}.")
    article = read_article(file)
    running = program()
    target = running.folders.corpus / f"{article.meta.slug}.md"
    data = file.read_bytes()
    if target.exists() and target.read_bytes() != data and not replace:
        raise CorpusError(
            f"There is an article {target.name} already, and it says something else. "
            "Use --replace to put the draft in its place."
        )
    _write_whole(target, data)
    _note_approval(running.folders.var, article.meta.slug, by.strip(), str(file))
    file.unlink()
    sys.stdout.write(
        f"{target} is an article now, approved by {by.strip()}. It goes live with "
        "`backbot index build`. It counts as not yet reviewed by a clinician until its front "
        "matter says reviewed_by and reviewed_on.\n"
    )


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".part")
        draft.write_bytes(data)
        draft.replace(target)
    except OSError as error:
        raise CorpusError(f"{target} cannot be written: {error.strerror}.") from error


def _note_approval(var: Path, slug: str, by: str, draft: str) -> None:
    """Add a line to the audit log; lines are only ever added."""
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "what": "approved",
        "article": slug,
        "by": by,
        "draft": draft,
    }
    try:
        var.mkdir(parents=True, exist_ok=True)
        with (var / "audit.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise BackbotError(
            f"The audit log in {var} cannot be written: {error.strerror}."
        ) from error


@corpus_app.command()
def check(*, as_json: Json = False) -> None:
    """What is wrong with the articles. Exit status 1 where there are errors."""
    from backbot.cli.show import print_json
    from backbot.corpus.check import Issue, check_corpus

    running = program()
    issues = [*check_corpus(running.folders.corpus, date.today()), *_failing_questions()]  # noqa: DTZ011
    errors = [i for i in issues if i.severity == "error"]
    if as_json:
        print_json({"ok": not errors, "issues": [asdict(i) for i in issues]})
    else:
        for issue in sorted(issues, key=lambda i: i.severity):
            sys.stdout.write(f"{issue.severity}: {issue.message}\n")
        sys.stdout.write(f"{len(errors)} errors, {len(issues) - len(errors)} warnings.\n")
    _: type[Issue] = Issue
    if errors:
        raise typer.Exit(1)


def _failing_questions() -> list[Any]:
    """Sample questions that did not find their article when the index was built."""
    from backbot.adapters.faiss_index import FaissFormat
    from backbot.corpus.check import Issue

    running = program()
    try:
        generation = running.store.open(FaissFormat())
    except BackbotError:
        return []
    return [
        Issue(
            "warning",
            f"{test.article}.md",
            f'{test.article}.md: its sample question "{test.question}" does not find it. '
            "Say it more plainly, or write the answer more plainly.",
        )
        for test in generation.tests
        if not test.found
    ]


@corpus_app.command("list")
def list_articles(*, as_json: Json = False) -> None:
    """The articles with sections, passages, review and due date."""
    from backbot.adapters.faiss_index import FaissFormat
    from backbot.cli.show import print_json
    from backbot.corpus.reader import read_corpus

    running = program()
    articles = read_corpus(running.folders.corpus)
    passages: dict[str, list[str]] = {}
    try:
        for passage in running.store.open(FaissFormat()).passages:
            passages.setdefault(passage.article, []).append(passage.section)
    except BackbotError as error:
        sys.stderr.write(f"backbot: passages are not counted: {error}\n")
    today = date.today()  # noqa: DTZ011 - the clinic's local day
    rows = [
        {
            "slug": a.meta.slug,
            "title": a.meta.title,
            "sections": len(dict.fromkeys(passages.get(a.meta.slug, ()))),
            "passages": len(passages.get(a.meta.slug, ())),
            "review": a.meta.review_state(today),
            "due": a.meta.review_due.isoformat() if a.meta.review_due else None,
        }
        for a in articles
    ]
    if as_json:
        print_json({"articles": rows})
        return
    for row in rows:
        due = f", due {row['due']}" if row["due"] else ""
        sys.stdout.write(
            f"{row['slug']}: {row['title']}, {row['sections']} sections, "
            f"{row['passages']} passages, {row['review']}{due}\n"
        )


# --------------------------------------------------------------------------- index


@index_app.command()
def build(
    full: Annotated[bool, typer.Option("--full", help="Embed everything again.")] = False,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Do nothing where there is an index.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Articles → a new index generation, published at one stroke."""
    from backbot.cli.show import print_json, progress_bar
    from backbot.wiring import describe_rebuild

    running = program()
    if if_missing and running.store.current_id() is not None:
        return
    with progress_bar() as progress:
        report = running.rebuild(full=full, progress=progress)
    if as_json:
        print_json(
            {
                "generation": report.generation,
                "published": report.published,
                "counts": asdict(report.counts),
                "embedded": report.embedded,
                "reused": report.reused,
                "added": list(report.added),
                "changed": list(report.changed),
                "removed": list(report.removed),
                "tests": {
                    "passed": len(report.tests) - len(report.failing),
                    "failing": [[t.article, t.question] for t in report.failing],
                    "newly_failing": [[t.article, t.question] for t in report.newly_failing],
                },
                "seconds": round(report.seconds, 2),
            }
        )
    else:
        sys.stdout.write(describe_rebuild(report) + "\n")


@index_app.command("list")
def list_generations(*, as_json: Json = False) -> None:
    """Generations that are kept, newest first; * is in service."""
    from backbot.cli.show import print_json

    entries = program().store.list()
    rows = [
        {
            "id": e.id,
            "current": e.is_current,
            "created": e.manifest.created if e.manifest else None,
            "articles": e.manifest.counts.articles if e.manifest else None,
            "passages": e.manifest.counts.passages if e.manifest else None,
            "model": e.manifest.encoder.name if e.manifest else None,
            "problem": e.problem,
        }
        for e in entries
    ]
    if as_json:
        print_json({"generations": rows})
        return
    for row in rows:
        mark = "*" if row["current"] else " "
        what = row["problem"] or f"{row['articles']} articles, {row['passages']} passages"
        sys.stdout.write(f"{mark} {row['id']}: {what}\n")
    if not rows:
        sys.stdout.write("There is no index yet. Make one with `backbot index build`.\n")


@index_app.command()
def verify(
    generation: Annotated[str | None, typer.Argument(help="Default: the one in service.")] = None,
) -> None:
    """Check every checksum of a generation."""
    manifest = program().store.verify(generation)
    sys.stdout.write(f"{manifest.id} is whole: {len(manifest.files)} files match.\n")


@index_app.command()
def rollback(
    generation: Annotated[str | None, typer.Argument(help="Default: the one before.")] = None,
) -> None:
    """Put an earlier generation back in service."""
    sys.stdout.write(f"{program().store.rollback(generation)} is in service.\n")


@index_app.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many to keep.")] = 5,
) -> None:
    """Drop old generations; never the one in service."""
    dropped = program().store.prune(keep)
    sys.stdout.write(f"Dropped {len(dropped)}: {', '.join(dropped) or 'nothing'}.\n")
