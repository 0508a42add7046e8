"""Less memory for the bot, which runs for months: a third of what it held was never used."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from backbot.places import database_url

if TYPE_CHECKING:
    from backbot.wiring import Program

_M_ARENA_MAX = -8  # of glibc's malloc.h

# What libraries load where it happens to be installed, and what of theirs nobody here calls:
# httpx's own command line (Click alone is installed for ours), and the decryption of Telegram
# Passport.
_OPTIONAL = ("click", "rich", "pygments", "cryptography")


def one_heap() -> None:
    """Let all threads share one heap: each of a dozen would keep what it once needed.

    Nothing is done where the C library has no such setting.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def leave_out_what_is_never_used() -> None:
    """Import httpx and telegram as if what they use only if they must were not installed.

    Whoever needs it afterwards imports it as ever.
    """
    missing = [name for name in _OPTIONAL if name not in sys.modules]
    modules = cast("dict[str, object]", sys.modules)
    modules.update(dict.fromkeys(missing))  # None makes an import fail
    try:
        import httpx  # noqa: F401
        import telegram  # noqa: F401
    finally:
        for name in missing:
            sys.modules.pop(name, None)


def make_database_apart(running: Program) -> None:
    """Have a process of its own make the database where there is none: 9 MB that stay unloaded.

    Call it before any thread is started. What goes wrong in there is told when the bot itself
    opens the database.
    """
    address = database_url(running.settings, running.folders.var)
    kind, _, file = address.partition(":///")
    if not kind.startswith("sqlite") or Path(unquote(file)).expanduser().exists():
        return
    child = os.fork()
    if child == 0:
        try:
            with suppress(Exception):
                running.inbox.look()
                running.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
