"""Standard output for data, standard error for people, standard input for questions."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

from backbot.errors import BackbotError


def use_utf8() -> None:
    """Read and print UTF-8 whatever the locale says; what cannot be printed becomes a mark."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def emit(text: str) -> None:
    """Write to standard output, at once: whoever reads sees each reply when it is made.

    Raises:
        BackbotError: It cannot be written, such as to a full disk, or is closed.
        SystemExit: Whoever read it has gone (`backbot ... | head`), which is no fault.
    """
    if sys.stdout is None:  # closed by the caller, as by `>&-`
        raise BackbotError("Standard output is closed, so there is nowhere to write to.")
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def emit_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line of standard output."""
    emit(json.dumps(value, ensure_ascii=False))


def warn(text: str) -> None:
    """A sentence for people, on standard error."""
    if sys.stderr is None:
        return
    with suppress(OSError):
        sys.stderr.write(f"backbot: {text}\n")
        sys.stderr.flush()


def close_output() -> None:
    """Flush standard output now: at exit Python would print a traceback about it.

    Raises:
        BackbotError: It cannot be written.
        SystemExit: Whoever read it has gone.
    """
    if sys.stdout is None or sys.stdout.closed:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        _give_up(error)


def _give_up(error: OSError) -> None:
    # What is still in the buffer would fail again at exit.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        raise SystemExit(0) from error
    raise BackbotError(f"Standard output cannot be written: {error.strerror}.") from error


def input_is_terminal() -> bool:
    """Whether somebody types."""
    return sys.stdin is not None and sys.stdin.isatty()


def output_is_terminal() -> bool:
    """Whether somebody watches."""
    return sys.stdout is not None and sys.stdout.isatty()


def input_bytes() -> BinaryIO:
    """Standard input as bytes; empty where it is closed."""
    return io.BytesIO() if sys.stdin is None else sys.stdin.buffer
