"""The report of an import as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from backbot.importing.blocks import Block
from backbot.importing.importer import ImportedFile, ImportReport

_MAX_SHOWN_CHARS = 160


def render_report(report: ImportReport) -> str:
    """What became of each file: its draft, what was kept, every block left out and why."""
    done, refused = len(report.written), len(report.refused)
    lines = ["# Import report", "", f"{_count(done, 'draft')}, {_count(refused, 'refusal')}."]
    for file in report.files:
        lines += ["", f"## {_plain(file.path.name)}", "", *_file(file)]
    return "\n".join(lines) + "\n"


def _file(file: ImportedFile) -> Iterable[str]:
    if file.refusal is not None:
        yield f"Refused. {file.refusal}"
        if file.draft is None:
            return
        yield ""
    draft = file.draft
    if draft is None:
        return
    if file.target is not None:
        yield f"- draft: `{file.target}`{' (unchanged)' if file.unchanged else ''}"
    source = draft.meta.sources[0] if draft.meta.sources else None
    yield f"- title: {_plain(draft.meta.title)}"
    yield f"- author: {_plain(source.author) if source and source.author else 'not found'}"
    yield f"- sections: {len(draft.sections)}"
    yield f"- blocks kept: {len(draft.kept)}, left out: {len(draft.dropped)}"
    for warning in draft.warnings:
        yield f"- **warning:** {_plain(warning)}"
    yield from ("", "### Left out", "")
    if not draft.dropped:
        yield "Nothing."
    else:
        yield from ("| line | reason | text |", "|---:|---|---|")
        yield from (_row(block) for block in draft.dropped)
        yield from ("", 'Bring one back with `--keep "words of the line"`.')
    yield from ("", "### Kept", "")
    yield from ("| line | kind | text |", "|---:|---|---|")
    for block in draft.kept:
        yield f"| {block.line} | {block.kind} | {_cell(block.text)} |"


def _row(block: Block) -> str:
    return f"| {block.line} | {_cell(block.reason)} | {_cell(block.text, whole=True)} |"


def _cell(text: str, *, whole: bool = False) -> str:
    text = _plain(text).replace("|", "\\|")
    if whole or len(text) <= _MAX_SHOWN_CHARS:
        return text
    return text[:_MAX_SHOWN_CHARS].rsplit(" ", 1)[0] + " …"


def _plain(text: str) -> str:
    """One line without markup of its own."""
    return " ".join(text.split()).replace("<", "&lt;")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
