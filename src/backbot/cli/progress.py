"""How far long work is: a bar on a terminal, plain lines otherwise; always on stderr."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any, TextIO

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done, and how much there is."""

_EVERY_S = 5.0
_STEPS = "{desc:<10} {n_fmt:>5}/{total_fmt:<5} {bar} "
_ONE_STEP = _STEPS + " " * 21
_GOING = _STEPS + "{rate_noinv_fmt:>9} {remaining:>6} left"
_ENDED = _STEPS + "{elapsed_s:>19.1f} s"


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
    from tqdm import tqdm

    # One thread writes: no other watches the bars, and no lock is shared with other processes.
    tqdm.monitor_interval = 0
    tqdm.set_lock(RLock())
    bars: dict[str, Any] = {}

    def update(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            end()
            bars[stage] = tqdm(
                desc=stage,
                total=total,
                unit="",
                file=out,
                miniters=1,
                ncols=_columns(out),
                nrows=2,  # one bar at a time, and a terminal of unknown height is none for tqdm
                bar_format=_ONE_STEP if total <= 1 else _GOING,
            )
        bar = bars[stage]
        bar.ncols = _columns(out)
        bar.update(done - bar.n)
        if done >= total:
            bar.bar_format = _ENDED
            bar.close()

    def end() -> None:
        for bar in bars.values():
            bar.close()

    try:
        yield update
    finally:
        end()


def _columns(out: TextIO) -> int:
    """How wide a terminal is; COLUMNS, or else 80, where it does not know itself."""
    with suppress(OSError, ValueError):
        if known := os.get_terminal_size(out.fileno()).columns:
            return known
    return shutil.get_terminal_size().columns


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
