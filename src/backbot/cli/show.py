"""How replies and reports look in a terminal."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from backbot.model import Reply
from backbot.wiring import Progress


def plain(text: str) -> str:
    """Text without `**bold**` marks."""
    return text.replace("**", "")


def render_reply(reply: Reply) -> str:
    """A reply as a person reads it: warning, answer, sources."""
    parts: list[str] = []
    if reply.escalation:
        parts.append(plain(reply.escalation.text))
    if reply.answer.text:
        parts.append(plain(reply.answer.text))
    if reply.answer.citations:
        parts.append(
            "\n".join(
                f"[{c.n}] {c.title}{' > ' + c.section if c.section else ''} ({c.review})"
                for c in reply.answer.citations
            )
        )
    if reply.note:
        parts.append(plain(reply.note))
    return "\n\n".join(parts)


def render_why(reply: Reply) -> str:
    """Which rule, which passage, which score."""
    from backbot.triage.engine import explain

    lines = ["Escalation:"]
    if reply.assessment is None:
        lines.append("  the engine failed; the failsafe text was sent")
    else:
        lines += [f"  {line}" for line in explain(reply.assessment)]
    lines.append("Answer:")
    lines.append(f"  {reply.kind}" + (f": {reply.answer.reason}" if reply.answer.reason else ""))
    lines += [
        f"  {hit.rank}. {hit.passage.passage_id} score {hit.score:.3f} "
        f"({', '.join(f'{name} {value:.2f}' for name, value in hit.parts.items())})"
        for hit in reply.answer.hits[:5]
    ]
    lines.append(f"Index generation {reply.generation or 'none'}; {reply.elapsed_ms:.1f} ms")
    return "\n".join(lines)


def print_json(value: Mapping[str, Any], *, indent: int | None = None) -> None:
    """One JSON object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


@contextmanager
def progress_bar(out: TextIO | None = None) -> Iterator[Progress]:
    """A bar with rate and remaining time on a terminal, plain lines otherwise; on stderr."""
    out = out or sys.stderr
    if not out.isatty():
        yield _lines(out)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=out)) as bars:
        tasks: dict[str, Any] = {}

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield update


def _lines(out: TextIO) -> Progress:
    """A line when a stage starts and every few seconds while it goes on."""
    said: dict[str, float] = {}

    def update(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage not in said or (now - said[stage] >= 5 and done < total):  # noqa: PLR2004
            said[stage] = now
            out.write(f"{stage} {done} of {total}\n")
            out.flush()

    return update
