"""Commands for the articles: import, approve, check, list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backbot.cli.output import emit, emit_json, warn
from backbot.cli.progress import shown_progress
from backbot.cli.running import FAILED, program
from backbot.cli.tree import FILE, app, with_json
from backbot.errors import BackbotError, UsageError

if TYPE_CHECKING:
    from backbot.corpus.issue import Issue, Severity
    from backbot.corpus.prose import Prose
    from backbot.wiring import Program


@app.group("corpus")
def corpus_app() -> None:
    """The articles: import, approve, check, list."""


@corpus_app.command("import")
@click.argument(
    "paths", nargs=-1, required=True, type=FILE, help="txt, html, md, pdf or docx files."
)
@click.option("--to", metavar="DIR", type=FILE, help="Folder for the drafts.")
@click.option(
    "--keep", metavar="WORDS", multiple=True, help="Words of a left-out line to bring back."
)
@click.option("--force", is_flag=True, help="Write over an unreviewed draft.")
@with_json
def import_(
    paths: tuple[Path, ...], to: Path | None, keep: tuple[str, ...], force: bool, as_json: bool
) -> None:
    """Raw articles → cleaned drafts, and a report of every line left out and why."""
    from backbot.importing.importer import import_files
    from backbot.importing.report import render_report

    out_dir = to or program().folders.drafts
    report = import_files(paths, out_dir, keep=keep, force=force)
    if as_json:
        emit_json(report.as_dict())
    else:
        emit(render_report(report).rstrip("\n"))
    for refused in report.refused:
        warn(str(refused.refusal))
    if report.refused:
        raise click.exceptions.Exit(FAILED)


# --------------------------------------------------------------------------- approve


@corpus_app.command()
@click.argument("file", type=FILE, help="A draft.")
@click.option("--by", metavar="NAME", required=True, help="Who approves it.")
@click.option("--replace", is_flag=True, help="Take the place of the article of that name.")
def approve(file: Path, by: str, replace: bool) -> None:
    """A draft becomes an article. That is no clinical review: the reviewer is named apart."""
    from backbot.editorial import approve_draft

    who = " ".join(by.split())
    if not who:
        raise UsageError("--by needs the name of a person.")
    if not file.is_file():
        raise UsageError(f"There is no draft {file}. `backbot corpus import` makes drafts.")
    running = program()
    corpus = running.own_corpus()
    left = _errors_in(file, corpus)
    try:
        done = approve_draft(file, corpus, running.records, who, replacing=replace)
    finally:
        running.close()
    kept = f" The text it replaces is kept as {done.kept}." if done.kept else ""
    review = (
        f"Its front matter names {done.meta.reviewed_by} as its reviewer."
        if done.meta.reviewed_by
        else "It counts as not yet reviewed by a clinician until its front matter says "
        "reviewed_by and reviewed_on."
    )
    emit(
        f"{done.path} is an article now, approved by {who}. It goes live with "
        f"`backbot index build`. {review}{kept}"
    )
    if left:
        told = f"{_counted(len(left), 'error')} {'is' if len(left) == 1 else 'are'} left in it"
        warn(f"{told}, which patients would meet: {left[0].message} See `backbot corpus check`.")


def _errors_in(draft: Path, corpus: Path) -> list[Issue]:
    """What `backbot corpus check` calls an error in a draft; it is told and forbids nothing."""
    from backbot.corpus.check import check_corpus
    from backbot.triage.lint import lint

    issues = check_corpus(corpus, _today(), lint=lint, drafts=(draft,))
    return [issue for issue in issues if issue.severity == "error"]


# --------------------------------------------------------------------------- check


@corpus_app.command()
@click.argument(
    "files",
    nargs=-1,
    type=FILE,
    help="Drafts to check together with the articles; else all articles.",
)
@click.option("--links", is_flag=True, help="Try every web address as well; needs a network.")
@with_json
def check(files: tuple[Path, ...], links: bool, as_json: bool) -> None:
    """What is wrong with the articles. Exit status 1 where there are errors."""
    from backbot.corpus.check import check_corpus
    from backbot.triage.lint import lint

    running, drafts = program(), files
    for path in drafts:
        if not path.is_file():
            raise UsageError(f"There is no file {path}. `backbot corpus import` makes drafts.")
    folder = running.folders.corpus
    issues = list(check_corpus(folder, _today(), lint=lint, drafts=drafts))
    if not drafts:
        issues.extend(_failing_questions(running))
    if links:
        issues.extend(_dead_links(folder, drafts))
    issues.sort(key=lambda issue: (issue.severity, issue.file, issue.line or 0))
    _tell(issues, as_json=as_json)


def _tell(issues: Sequence[Issue], *, as_json: bool) -> None:
    errors = sum(issue.severity == "error" for issue in issues)
    warnings = len(issues) - errors
    if as_json:
        rows = [asdict(issue) | {"article": issue.article} for issue in issues]
        emit_json({"ok": not errors, "errors": errors, "warnings": warnings, "issues": rows})
    else:
        for issue in issues:
            emit(f"{issue.severity}: {issue.message}")
        emit(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}.")
    if errors:
        raise click.exceptions.Exit(FAILED)


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the clinic's local day


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _failing_questions(running: Program) -> list[Issue]:
    """Sample questions that did not find their article when the index was built."""
    from backbot.adapters.faiss_index import FaissFormat
    from backbot.corpus.check import read_proses
    from backbot.corpus.issue import issue_at, shown

    try:
        tests = running.store.open(FaissFormat()).tests
    except BackbotError as error:
        warn(f"Sample questions were not checked: {error}")
        return []
    places = {
        (prose.article.meta.slug, question): prose.field("questions", n)
        for prose in read_proses(running.folders.corpus)[0]
        for n, question in enumerate(prose.article.meta.questions)
    }
    return [
        issue_at(
            "warning",
            "content-test",
            place,
            f"the sample question {shown(test.question)} does not find its article. Say it more "
            "plainly, or write the answer more plainly, and build the index again.",
        )
        for test in tests
        if not test.found and (place := places.get((test.article, test.question)))
    ]


def _dead_links(folder: Path, drafts: Sequence[Path]) -> list[Issue]:
    """Web addresses whose page is gone (errors), and those that could not be tried."""
    from backbot.adapters.link_check import check_addresses
    from backbot.corpus.check import read_proses
    from backbot.corpus.issue import issue_at
    from backbot.corpus.links import web_addresses

    names = {path.name for path in drafts}
    proses, _ = read_proses(folder, drafts)
    addresses = web_addresses(prose for prose in proses if not names or prose.file in names)
    with shown_progress() as progress:
        answers = check_addresses(addresses, progress=progress)
    found = sum(answered.state == "found" for answered in answers)
    warn(f"Web addresses that answered: {found} of {len(answers)}.")
    issues = []
    for answered in answers:
        if answered.state == "found":
            continue
        first, *others = addresses[answered.url]
        gone = answered.state == "gone"
        advice = (
            "Correct the link or remove it."
            if gone
            else "Open it in a browser to see for yourself."
        )
        text = f"{answered.url} {answered.why}. {advice}"
        severity: Severity = "error" if gone else "warning"
        issues.append(issue_at(severity, "link", first, text, tuple(others)))
    return issues


# --------------------------------------------------------------------------- list


@corpus_app.command("list")
@with_json
def list_articles(as_json: bool) -> None:
    """The articles with sections, passages, reading age, review and due date."""
    from backbot.corpus.check import read_proses
    from backbot.corpus.reader import read_corpus

    running = program()
    read_corpus(running.folders.corpus)  # refuses a corpus that cannot be served
    proses, _ = read_proses(running.folders.corpus)
    passages = _passages(running)
    rows = [_listed(prose, passages, _today()) for prose in proses]
    if as_json:
        emit_json({"articles": rows})
        return
    for row in rows:
        emit(_one_line(row))
    states = Counter(row["state"] for row in rows)
    counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    emit(f"{_counted(len(rows), 'article')}: {counted}.")


def _one_line(row: dict[str, Any]) -> str:
    """An article as people read it in a list."""
    held = "not in the index" if row["passages"] is None else _counted(row["passages"], "passage")
    age = f"reading age {row['reading_age']}, " if row["reading_age"] else ""
    due = f", due {row['due']}" if row["due"] else ""
    return (
        f"{row['slug']}: {row['title']}, {_counted(row['sections'], 'section')}, {held}, {age}"
        f"{row['state']}: {row['review']}{due}"
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


def _listed(prose: Prose, passages: dict[str, int], today: date) -> dict[str, Any]:
    from backbot.corpus.readability import reading_of
    from backbot.corpus.review import state_of

    meta = prose.article.meta
    headings = [block for block in prose.blocks if block.kind == "heading"]
    # The article's own title, as its first heading, begins no section.
    title = meta.title.casefold()
    sections = [h for h in headings if h.level > 1 or h.title.casefold() != title]
    reading = reading_of(prose)
    return {
        "slug": meta.slug,
        "title": meta.title,
        "sections": len(sections),
        "passages": passages.get(meta.slug),
        "reading_age": reading.age if reading else None,
        "state": state_of(meta, today).value,
        "reviewed": meta.reviewed_on.isoformat() if meta.reviewed_on else None,
        "reviewed_by": meta.reviewed_by or None,
        "review": meta.review_state(today),
        "due": meta.review_due.isoformat() if meta.review_due else None,
    }
