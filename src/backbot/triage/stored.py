"""Compiled tables, kept in the user's cache folder so that the next start need not compile them.

What is kept can always be made again, and a doubt of any kind means that it is: a file that is
missing, cut short, altered, made by another version or from other tables, somebody else's, or
that cannot be read is as good as none. A file that cannot be written is no error either.

    32 bytes   SHA-256 of all that follows
    32 bytes   key: SHA-256 of what the value was made from, and by what
    the rest   the value, as `marshal` writes it: plain data, which runs nothing when it is read
"""

from __future__ import annotations

import hashlib
import logging
import marshal
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_SUM = hashlib.sha256().digest_size
_OTHERS_MAY_WRITE = 0o022
_HERE = Path(__file__).parent
# What turns tables into compiled ones. Hashed themselves: in a checkout, code changes while the
# version stays.
_COMPILERS = (
    "stored.py",
    "rules.py",
    "lexicon.py",
    "text.py",
    "languages.py",
    "lint.py",
    "tables.py",
)


def key_of(*parts: bytes) -> bytes:
    """What a value is known by: what it was made from, the code that made it, and this Python.

    Args:
        parts: The bytes of the tables, in a fixed order.

    Returns:
        32 bytes; b"" where the code cannot be read, which means: keep nothing.
    """
    digest = hashlib.sha256(f"{sys.version} {marshal.version}".encode())
    try:
        made_by = [(_HERE / name).read_bytes() for name in _COMPILERS]
    except OSError:  # a zipped package
        return b""
    for part in (*made_by, *parts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def folder() -> Path:
    """Where compiled tables are kept: `backbot` in the user's cache folder, as elsewhere."""
    own = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    named = Path(os.environ.get("XDG_CACHE_HOME", "").strip())
    return (named if named.is_absolute() and sys.platform != "darwin" else own) / "backbot"


def read(name: str, key: bytes) -> Any:  # noqa: ANN401 - whatever was written
    """The value that was kept under this name and key; None where there is none to be trusted."""
    if not key:
        return None
    try:
        with (folder() / name).open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_uid not in {0, os.getuid()} or state.st_mode & _OTHERS_MAY_WRITE:
                return None
            data = file.read()
        if data[_SUM : 2 * _SUM] != key or hashlib.sha256(data[_SUM:]).digest() != data[:_SUM]:
            return None
        return marshal.loads(memoryview(data)[2 * _SUM :])  # noqa: S302 - summed, own file, no code
    except (OSError, RuntimeError, ValueError, EOFError, TypeError):
        return None


def write(name: str, key: bytes, value: Any) -> None:  # noqa: ANN401 - whatever is plain
    """Keep a value made of plain data. Whole or not at all; where that fails, nothing is kept."""
    if not key:
        return
    try:
        content = key + marshal.dumps(value)
        target = folder() / name
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=f".{name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest())
                file.write(content)
            Path(made).replace(target)
        except OSError:
            with suppress(OSError):
                Path(made).unlink()
            raise
    except (OSError, RuntimeError, ValueError) as error:
        logger.debug("compiled tables are not kept: %s", error)
