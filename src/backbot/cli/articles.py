"""Commands for the articles: import, approve, check, list."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbot.cli.app import FAILED, app, program
from backbot.cli.output import emit, emit_json, warn
from backbot.errors import BackbotError, CorpusError, UsageError

if TYPE_CHECKING:
    from backbot.corpus.check import Issue
    from backbot.model import Article
    from backbot.wiring import Program

corpus_app = typer.Typer(no_args_is_help=True, help="The articles: import, approve, check, list.")
app.add_typer(corpus_app, name="corpus")

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


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
    from backbot.importing.importer import import_files
    from backbot.importing.report import render_report

    out_dir = to or program().folders.drafts
    report = import_files(paths, out_dir, keep=tuple(keep or ()), force=force)
    if as_json:
        emit_json(report.as_dict())
    else:
        emit(render_report(report).rstrip("\n"))
    for refused in report.refused:
        warn(str(refused.refusal))
    if report.refused:
        raise typer.Exit(FAILED)


# --------------------------------------------------------------------------- approve


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

    who = " ".join(by.split())
    if not who:
        raise UsageError("--by needs the name of a person.")
    if not file.is_file():
        raise UsageError(f"There is no draft {file}. `backbot corpus import` makes drafts.")
    article = read_article(file)
    running = program()
    target = _own_corpus(running) / f"{article.meta.slug}.md"
    if target.exists() and target.samefile(file):
        raise UsageError(f"{file} is an article already. Name a draft.")
    data = file.read_bytes()
    if target.exists() and target.read_bytes() != data and not replace:
        raise CorpusError(
            f"There is an article {target.name} already, and it says something else. "
            "Use --replace to put the draft in its place."
        )
    _write_whole(target, data)
    _note_approval(running.folders.var, article.meta.slug, who, str(file))
    file.unlink()
    emit(
        f"{target} is an article now, approved by {who}. It goes live with "
        "`backbot index build`. It counts as not yet reviewed by a clinician until its front "
        "matter says reviewed_by and reviewed_on."
    )


def _own_corpus(running: Program) -> Path:
    """The corpus folder, unless it is the one that came with the package."""
    from backbot import packaged

    folder = running.folders.corpus
    here = Path("corpus").is_dir()
    if running.settings.corpus_dir is None and not here and folder == packaged.corpus_folder():
        raise UsageError(
            "There is no folder `corpus` here, and the articles that came with backbot are not "
            "to be changed. Make your own with `backbot init DIR`, or set BACKBOT_CORPUS_DIR."
        )
    return folder


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CorpusError(
            f"{target} cannot be written: {error.strerror}. The draft stays where it is."
        ) from error


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
            f"The audit log in {var} cannot be written: {error.strerror}. Give this user the "
            "right to write there and approve the draft again."
        ) from error


# --------------------------------------------------------------------------- check


@corpus_app.command()
def check(*, as_json: Json = False) -> None:
    """What is wrong with the articles. Exit status 1 where there are errors."""
    from backbot.corpus.check import check_corpus

    running = program()
    today = date.today()  # noqa: DTZ011 - the clinic's local day
    issues = [*check_corpus(running.folders.corpus, today), *_failing_questions(running)]
    issues.sort(key=lambda issue: (issue.severity, issue.file))
    errors = [issue for issue in issues if issue.severity == "error"]
    if as_json:
        emit_json({"ok": not errors, "issues": [asdict(issue) for issue in issues]})
    else:
        for issue in issues:
            emit(f"{issue.severity}: {issue.message}")
        emit(
            f"{_counted(len(errors), 'error')}, {_counted(len(issues) - len(errors), 'warning')}."
        )
    if errors:
        raise typer.Exit(FAILED)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _failing_questions(running: Program) -> list[Issue]:
    """Sample questions that did not find their article when the index was built."""
    from backbot.adapters.faiss_index import FaissFormat
    from backbot.corpus.check import Issue
    from backbot.corpus.reader import read_corpus

    try:
        tests = running.store.open(FaissFormat()).tests
    except BackbotError as error:
        warn(f"Sample questions were not checked: {error}")
        return []
    try:
        articles = read_corpus(running.folders.corpus)
    except BackbotError:
        return []  # told as an error already
    files = {(a.meta.slug, q): a.path.name for a in articles for q in a.meta.questions}
    return [
        Issue(
            "warning",
            file,
            f'{file}: its sample question "{test.question}" does not find it. '
            "Say it more plainly, or write the answer more plainly, and build the index again.",
        )
        for test in tests
        if not test.found and (file := files.get((test.article, test.question)))
    ]


# --------------------------------------------------------------------------- list


@corpus_app.command("list")
def list_articles(*, as_json: Json = False) -> None:
    """The articles with sections, passages, review and due date."""
    from backbot.corpus.reader import read_corpus

    running = program()
    articles = read_corpus(running.folders.corpus)
    passages = _passages(running)
    today = date.today()  # noqa: DTZ011 - the clinic's local day
    rows = [_listed(article, passages, today) for article in articles]
    if as_json:
        emit_json({"articles": rows})
        return
    for row in rows:
        due = f", due {row['due']}" if row["due"] else ""
        held = "not in the index" if row["passages"] is None else f"{row['passages']} passages"
        emit(
            f"{row['slug']}: {row['title']}, {_counted(row['sections'], 'section')}, "
            f"{held}, {row['review']}{due}"
        )


def _passages(running: Program) -> dict[str, int]:
    """How many passages the index in service holds of each article."""
    from backbot.adapters.faiss_index import FaissFormat

    counts: dict[str, int] = {}
    try:
        for passage in running.store.open(FaissFormat()).passages:
            counts[passage.article] = counts.get(passage.article, 0) + 1
    except BackbotError as error:
        warn(f"Passages are not counted: {error}")
    return counts


def _listed(article: Article, passages: dict[str, int], today: date) -> dict[str, Any]:
    from backbot.corpus.markdown import parse_blocks

    meta = article.meta
    headings = [block for block in parse_blocks(article.body) if block.kind == "heading"]
    # The article's own title, as its first heading, begins no section.
    title = meta.title.casefold()
    sections = [h for h in headings if h.level > 1 or h.title.casefold() != title]
    return {
        "slug": meta.slug,
        "title": meta.title,
        "sections": len(sections),
        "passages": passages.get(meta.slug),
        "reviewed": meta.reviewed_on.isoformat() if meta.reviewed_on else None,
        "reviewed_by": meta.reviewed_by or None,
        "review": meta.review_state(today),
        "due": meta.review_due.isoformat() if meta.review_due else None,
    }
