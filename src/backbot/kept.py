"""What takes time to compile, kept in the user's cache folder for the next start.

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
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from backbot.home import cache_folder

logger = logging.getLogger(__name__)

_SUM = hashlib.sha256().digest_size
_OTHERS_MAY_WRITE = 0o022
_SRE: Any = import_module("_sre")  # what runs patterns; it has no types


def key_of(made_by: Iterable[Path | bytes], *parts: bytes) -> bytes:
    """What a value is known by: what it was made from, the code that made it, and this Python.

    Args:
        made_by: The sources of the code, hashed themselves: in a checkout, code changes while
            the version stays. Of a library, its name and version.
        parts: The bytes of the tables, in a fixed order.

    Returns:
        32 bytes; b"" where the code cannot be read, which means: keep nothing.
    """
    digest = hashlib.sha256(f"{sys.version} {marshal.version} {_SRE.MAGIC}".encode())
    try:
        code = [by if isinstance(by, bytes) else by.read_bytes() for by in made_by]
    except OSError:  # a zipped package
        return b""
    for part in (*code, *parts):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def read(name: str, key: bytes) -> Any:  # noqa: ANN401 - whatever was written
    """The value that was kept under this name and key; None where there is none to be trusted."""
    if not key:
        return None
    try:
        with (cache_folder() / name).open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_uid not in {0, os.getuid()} or state.st_mode & _OTHERS_MAY_WRITE:
                return None
            data = memoryview(file.read())
        if data[_SUM : 2 * _SUM] != key or hashlib.sha256(data[_SUM:]).digest() != data[:_SUM]:
            return None
        return marshal.loads(data[2 * _SUM :])  # noqa: S302 - summed, own file, no code
    except (OSError, RuntimeError, ValueError, EOFError, TypeError):
        return None


def write(name: str, key: bytes, value: Any) -> None:  # noqa: ANN401 - whatever is plain
    """Keep a value made of plain data. Whole or not at all; where that fails, nothing is kept."""
    if not key:
        return
    import tempfile  # noqa: PLC0415 - takes 3 ms, and most starts write nothing

    try:
        content = key + marshal.dumps(value)
        target = cache_folder() / name
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


def get(name: str, key: bytes, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - plain data
    """What is kept under the name and key; made, and kept for the next start, where it is not."""
    if (value := read(name, key)) is not None:
        return value
    value = make()
    write(name, key, value)
    return value


# --------------------------------------------------------------------------- patterns

# `re` compiles every pattern again in each process: to a list of numbers, which is all that a
# `Pattern` is made of. Both halves are private to Python, so anything unexpected falls back to
# `re.compile`; the key holds the version of Python and of its number codes, and Python checks
# the numbers before it runs them.


def plain_pattern(pattern: str, flags: int = 0) -> tuple[Any, ...]:
    """A compiled pattern as plain data; only its source where this Python is another one."""
    flags = int(flags)
    try:
        parser: Any = import_module("re._parser")
        compiler: Any = import_module("re._compiler")
        parsed = parser.parse(pattern, flags)
        state = parsed.state
        names = dict(state.groupdict)
        in_order: list[str | None] = [None] * state.groups
        for name, number in names.items():
            in_order[number] = name
        code = [int(number) for number in compiler._code(parsed, flags)]  # noqa: SLF001
        whole = flags | state.flags
        plain = (pattern, flags, int(whole), code, state.groups - 1, names, tuple(in_order))
        return plain if pattern_of(plain) == re.compile(pattern, flags) else (pattern, flags)
    except (ImportError, AttributeError, TypeError):
        return (pattern, flags)


def pattern_of(plain: tuple[Any, ...]) -> re.Pattern[str]:
    """The pattern that `plain_pattern` gave the data of, without compiling it again."""
    pattern, flags, *compiled = plain
    if compiled:
        with suppress(TypeError, RuntimeError, ValueError, OverflowError, AttributeError):
            whole, code, groups, names, in_order = compiled
            made: re.Pattern[str] = _SRE.compile(pattern, whole, code, groups, names, in_order)
            return made
    return re.compile(pattern, flags)


# Patterns of this process: (source, flags) → their plain data, where an earlier start has kept it.
_PATTERNS, _MOST_PATTERNS = "patterns.bin", 2000
_made: dict[tuple[str, int], re.Pattern[str]] = {}


@cache
def _kept_patterns() -> dict[tuple[str, int], tuple[Any, ...]]:
    found = read(_PATTERNS, key_of((Path(__file__),)))
    return found if isinstance(found, dict) else {}


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, without compiling what an earlier start has compiled and kept.

    For patterns that a module makes when it is loaded: those of one answer take 25 to 45 ms.

    Args:
        pattern: As there.
        flags: As there.

    Raises:
        re.error: As there.
    """
    wanted = (pattern, int(flags))
    if plain := _kept_patterns().get(wanted):
        return pattern_of(plain)
    _made[wanted] = re.compile(pattern, flags)
    return _made[wanted]


def keep_patterns() -> None:
    """Keep what `compiled` had to compile. Takes time: to be called when the answer is out."""
    if not _made:
        return
    kept = {} if len(_kept_patterns()) > _MOST_PATTERNS else dict(_kept_patterns())
    kept.update({wanted: plain_pattern(*wanted) for wanted in _made})
    write(_PATTERNS, key_of((Path(__file__),)), kept)
