"""How far long work is: a bar on a terminal, plain lines otherwise; always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TextIO

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done, and how much there is."""

_EVERY_S = 5.0


@contextmanager
def shown_progress(out: TextIO | None = None) -> Iterator[Progress]:
    """A bar with rate and remaining time on a terminal, plain lines otherwise.

    Args:
        out: Where to; standard error by default.
    """
    out = out or sys.stderr
    if out is None:
        yield lambda _stage, _done, _total: None
    elif out.isatty():
        yield from _bars(out)
    else:
        yield _lines(out)


def _bars(out: TextIO) -> Iterator[Progress]:
    from rich import progress
    from rich.console import Console
    from rich.text import Text

    class Rate(progress.ProgressColumn):
        """Steps in a second, where there is more than one step."""

        def render(self, task: progress.Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.0f}/s" if speed and (task.total or 0) > 1 else "")

    class Time(progress.ProgressColumn):
        """How long it will take yet, or has taken."""

        def render(self, task: progress.Task) -> Text:
            if task.finished:
                return Text(f"{task.finished_time or 0:.1f} s")
            left = task.time_remaining
            return Text("" if left is None else f"{timedelta(seconds=round(left))} left")

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        Rate(),
        Time(),
    )
    with progress.Progress(*columns, console=Console(file=out)) as bars:
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
        if stage not in said or (now - said[stage] >= _EVERY_S and done < total):
            said[stage] = now
            # "read 0 of 1" tells nobody anything
            out.write(f"{stage}\n" if total <= 1 else f"{stage} {done} of {total}\n")
            out.flush()

    return update
