"""The process that reads a file for `apart`: `python -m backbot.importing.child`.

Limits come first, then the job. Its answer is one JSON object on standard output, where nothing
else may write.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys

_NO_MEMORY = 77


def main() -> int:
    """Do the job that the arguments name; the exit status."""
    job, limit_s, memory = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    answer_to = os.dup(1)
    os.dup2(2, 1)
    _limit(limit_s, memory)
    argument = json.load(sys.stdin)
    module, _, name = job.partition(":")
    from backbot.errors import ImportRefusedError  # noqa: PLC0415 after the limits

    try:
        try:
            outcome = {"value": getattr(importlib.import_module(module), name)(argument)}
        except ImportRefusedError as error:
            outcome = {"refused": str(error)}
        answer = json.dumps(outcome).encode()
    except MemoryError:
        return _NO_MEMORY
    with os.fdopen(answer_to, "wb") as out:
        out.write(answer)
    return 0


def _limit(limit_s: float, memory: int) -> None:
    """No more time, memory or files than a file may need; where the system knows such limits."""
    try:
        import resource  # noqa: PLC0415 not on Windows
    except ImportError:
        return
    for which, most in (
        (resource.RLIMIT_CPU, int(limit_s) + 1),
        (resource.RLIMIT_AS, memory * 2**20),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    sys.exit(main())
