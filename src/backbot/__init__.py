"""backbot: back-pain questions answered from reviewed articles, warning signs first."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__: str
__all__ = ["__version__", "open_chat"]

_NOT_INSTALLED = "0+unknown"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Both names are looked up when they are asked for: they hang on much else."""
    if name == "open_chat":
        return import_module("backbot.wiring").open_chat
    if name == "__version__":
        # What was installed knows its version: it comes from the git tag.
        metadata = import_module("importlib.metadata")
        try:
            return metadata.version("backbot")
        except metadata.PackageNotFoundError:
            return _NOT_INSTALLED
    raise AttributeError(f"module 'backbot' has no attribute {name!r}")
