"""backbot: back-pain questions answered from reviewed articles, warning signs first."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "open_chat"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """`open_chat` hangs on everything else, so it is looked up when it is asked for."""
    if name == "open_chat":
        return import_module("backbot.wiring").open_chat
    raise AttributeError(f"module 'backbot' has no attribute {name!r}")
