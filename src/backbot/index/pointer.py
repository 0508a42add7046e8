"""`CURRENT`, the one line that names the generation in service. Needs no numpy."""

from __future__ import annotations

import re
from pathlib import Path

from backbot.errors import CorruptGenerationError

GENERATION_ID = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")
"""How the id of a generation looks."""


def pointer_file(folder: Path) -> Path:
    """The pointer to the generation in service, in an index folder."""
    return folder / "CURRENT"


def read_pointer(folder: Path) -> str | None:
    """The id of the generation in service, None before the first is published.

    Args:
        folder: Where the index is; it need not exist.

    Raises:
        CorruptGenerationError: `CURRENT` cannot be read or holds no id.
    """
    file = pointer_file(folder)
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or error
        raise CorruptGenerationError(
            f"{file} cannot be read ({reason}). Mend its permissions, go back "
            "with `backbot index rollback`, or build again with `backbot index build`."
        ) from error
    if not GENERATION_ID.fullmatch(text):
        raise CorruptGenerationError(
            f"{file} does not hold a generation's id. "
            "Go back with `backbot index rollback` or build again with `backbot index build`."
        )
    return text
