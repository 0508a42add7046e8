"""Where the files that travel with the package are: the articles and the settings example.

A wheel carries both inside the package; in a source checkout they stand beside `src`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def corpus_folder() -> Path:
    """The articles that came with backbot. The folder may be missing in a broken install."""
    return _first(_PACKAGE / "_corpus", _CHECKOUT / "corpus")


def env_example() -> Path:
    """The list of all settings with a comment each, ready to be copied to `.env`."""
    return _first(_PACKAGE / "_env.example", _CHECKOUT / ".env.example")


def _first(packaged: Path, in_checkout: Path) -> Path:
    return in_checkout if in_checkout.exists() and not packaged.exists() else packaged
