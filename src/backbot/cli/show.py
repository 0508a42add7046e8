"""How replies look in a terminal and in a pipe."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING

from backbot.cli.output import output_is_terminal
from backbot.kept import compiled
from backbot.model import Reply

if TYPE_CHECKING:
    from backbot.wiring import Program

_BOLD = compiled(r"\*\*(.+?)\*\*", re.DOTALL)
_MARK = compiled(r"\s*(?:[-•]|\d+[.)]|\[\d+\])\s+")
_LEAST_WIDTH = 20
_SHOWN_HITS = 5


def presentable(text: str) -> str:
    """Text with `**bold**` marks as standard output can show it.

    On a terminal lines are wrapped to its width and bold is bold; in a pipe the marks are left
    out and nothing else is changed.
    """
    if not output_is_terminal():
        return plain(text)
    import shutil  # brings archives' libraries, and a pipe has no width

    return for_terminal(
        text,
        width=shutil.get_terminal_size().columns,
        bold=os.environ.get("TERM", "dumb") != "dumb",
    )


def plain(text: str) -> str:
    """Text without `**bold**` marks."""
    return _BOLD.sub(r"\1", text)


def for_terminal(text: str, *, width: int, bold: bool) -> str:
    """Lines no longer than a terminal is wide, list items indented under their mark.

    Args:
        text: With `**bold**` marks.
        width: Of the terminal, in columns.
        bold: Whether it can show bold; otherwise the marks are left out.
    """
    marked = text if bold else plain(text)
    wrapped = "\n".join(_wrap(line, max(width, _LEAST_WIDTH)) for line in marked.split("\n"))
    return _BOLD.sub("\033[1m\\1\033[0m", wrapped) if bold else wrapped


def _wrap(line: str, width: int) -> str:
    if len(line) < width:
        return line
    mark = _MARK.match(line)
    return textwrap.fill(
        line,
        width - 1,
        subsequent_indent=" " * len(mark[0]) if mark else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def render_reply(reply: Reply) -> str:
    """A reply as a person reads it: warning, answer, sources; with `**bold**` marks."""
    parts: list[str] = []
    if reply.escalation:
        parts.append(reply.escalation.text)
    if reply.answer.text:
        parts.append(reply.answer.text)
    if reply.answer.citations:
        parts.append(
            "\n".join(
                f"[{c.n}] {c.title}{' > ' + c.section if c.section else ''} ({c.review})"
                for c in reply.answer.citations
            )
        )
    if reply.note:
        parts.append(reply.note)
    return "\n\n".join(parts)


def render_why(reply: Reply, running: Program) -> str:
    """Which rule, which passage, which score."""
    lines = ["Escalation:"]
    if reply.assessment is None:
        lines.append("  the engine failed; the failsafe text was sent")
    else:
        from backbot.triage.engine import explain

        told = explain(reply.assessment, running.clinic_file.rules(), running.reviewed())
        lines += [f"  {line}" for line in told]
    lines.append("Answer:")
    lines.append(f"  {reply.kind}" + (f": {reply.answer.reason}" if reply.answer.reason else ""))
    numbers: dict[tuple[str, str], list[int]] = {}
    for c in reply.answer.citations:
        numbers.setdefault((c.article, c.section), []).append(c.n)
    for hit in reply.answer.hits[:_SHOWN_HITS]:
        cited = numbers.get((hit.passage.article, hit.passage.section), [])
        parts = ", ".join(f"{name} {value:.2f}" for name, value in hit.parts.items())
        section = f' "{hit.passage.section}"' if hit.passage.section else ""
        lines.append(
            f"  {hit.rank}. {hit.passage.passage_id}{section} score {hit.score:.3f} ({parts})"
            + (f", quoted as {' '.join(f'[{n}]' for n in cited)}" if cited else "")
        )
    lines.append(f"Index generation {reply.generation or 'none'}; {reply.elapsed_ms:.1f} ms")
    return "\n".join(lines)
