"""Files are read in a process of their own, with a limit on time and on memory.

A file that is sent to the bot may be made to hold up whoever reads it: a few kilobytes that
unpack to gigabytes, mark-up that costs minutes. The process that reads it has no token and no key
in its environment, cannot write files, and is ended when it takes too long; the bot goes on.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from typing import Any

from backbot.errors import ImportRefusedError

logger = logging.getLogger(__name__)

LIMIT_S = 30.0
MEMORY_MEGABYTES = 1024
_AT_ONCE = threading.BoundedSemaphore(2)
_WAIT_S = 120.0
_ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
)
_NO_MEMORY = 77  # what the child exits with
PACKAGES = ("backbot",)
"""Whose functions may be called."""


def run_apart(
    job: str,
    argument: dict[str, Any],
    *,
    shown: str,
    limit_s: float | None = None,
    memory_megabytes: int | None = None,
) -> Any:  # noqa: ANN401 JSON
    """Call a function in a process of its own.

    Args:
        job: "module:function" of this package; it takes one dict and returns what JSON can say.
        argument: For the function.
        shown: The file's name, for people.
        limit_s: Seconds until it is ended, `LIMIT_S` where it is None.
        memory_megabytes: Most memory, `MEMORY_MEGABYTES` where it is None.

    Returns:
        What the function returned.

    Raises:
        ImportRefusedError: The function raised it, took too long or too much, or failed.
    """
    if job.partition(":")[0].partition(".")[0] not in PACKAGES:
        raise ImportRefusedError(f"{shown} was not imported: {job} is no function of backbot.")
    limit_s = LIMIT_S if limit_s is None else limit_s
    memory = MEMORY_MEGABYTES if memory_megabytes is None else memory_megabytes
    if not _AT_ONCE.acquire(timeout=_WAIT_S):
        raise ImportRefusedError(
            f"{shown} was not imported: other files are being read. Try again in a minute."
        )
    try:
        status, answer = _run(job, argument, limit_s, memory)
    finally:
        _AT_ONCE.release()
    if status is None:
        raise ImportRefusedError(
            f"{shown} was not imported: reading it took longer than {limit_s:.0f} seconds and was "
            "stopped. Copy its text into a txt file, or split it."
        )
    if status == _NO_MEMORY:
        raise ImportRefusedError(
            f"{shown} was not imported: it needs more than {memory} MB of memory to be read. "
            "Copy its text into a txt file, or split it."
        )
    try:
        outcome = json.loads(answer) if status == 0 else None
    except ValueError:
        outcome = None
    if not isinstance(outcome, dict):
        logger.warning("reading a file failed with status %s", status)
        raise ImportRefusedError(
            f"{shown} was not imported: it is damaged in a way that its reader does not survive. "
            "Save it anew, or copy its text into a txt file."
        )
    if "refused" in outcome:
        raise ImportRefusedError(str(outcome["refused"]))
    return outcome["value"]


def _run(
    job: str, argument: dict[str, Any], limit_s: float, memory: int
) -> tuple[int | None, bytes]:
    """Exit status and output; status None where it was ended for the time it took."""
    # -P: no module is taken from the folder in which the program happens to run
    command = [
        sys.executable,
        "-P",
        "-m",
        "backbot.importing.child",
        job,
        str(limit_s),
        str(memory),
    ]
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    with subprocess.Popen(  # noqa: S603 nothing of it comes from outside
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=kept | {"PYTHONUTF8": "1"},
        start_new_session=True,
    ) as child:
        try:
            answer, _ = child.communicate(json.dumps(argument).encode(), timeout=limit_s)
        except subprocess.TimeoutExpired:
            return None, b""
        finally:
            with contextlib.suppress(OSError):
                child.kill()
    if child.returncode < 0 and -child.returncode in _CPU_SIGNALS:
        return None, b""
    return child.returncode, answer


# What a process gets that has used up its time: SIGXCPU, and SIGKILL a second later.
_CPU_SIGNALS = (24, 9)
