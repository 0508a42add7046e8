"""The user's own folders, by the XDG Base Directory Specification, on a Mac by Apple's customs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NAME = "backbot"


def cache_folder() -> Path:
    """Where is kept what can be made again."""
    return _folder("XDG_CACHE_HOME", ".cache", "Library/Caches")


def data_folder() -> Path:
    """Where is kept what cannot, unless it is set or a clinic's folder has it."""
    return _folder("XDG_DATA_HOME", ".local/share", "Library/Application Support")


def _folder(variable: str, usual: str, on_a_mac: str) -> Path:
    named = Path(os.environ.get(variable, "").strip())
    # The specification: a relative path is to be ignored.
    if sys.platform == "darwin" or not named.is_absolute():
        named = Path.home() / (on_a_mac if sys.platform == "darwin" else usual)
    return named / _NAME
