"""What is in a file that staff send, read in a process of its own: see `importing.apart`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backbot.errors import ImportRefusedError
from backbot.importing.apart import run_apart
from backbot.importing.draft import Draft, draft_of
from backbot.importing.rawfile import read_raw

if TYPE_CHECKING:
    from backbot.editorial.wordfile import Returned


@dataclass(frozen=True, slots=True)
class Intake:
    """A file that was read.

    Attributes:
        draft: What it may become; None where it is a draft that comes back.
        returned: Slug, title, body and questions of a draft that comes back.
        pictures: Pictures that may show steps, a line each.
    """

    draft: Draft | None
    returned: Mapping[str, Any] | None
    pictures: tuple[str, ...] = ()


def read_apart(path: Path, name: str) -> Intake:
    """Read a file.

    Args:
        path: The file.
        name: What the sender calls it.

    Raises:
        ImportRefusedError: It cannot become a draft, or took too long to read.
    """
    argument = {"path": str(path.absolute()), "name": name}
    told = run_apart(f"{__name__}:read_job", argument, shown=name)
    return Intake(
        draft_of(told["draft"]) if told["draft"] else None,
        told["returned"],
        tuple(told["pictures"]),
    )


def read_job(argument: Mapping[str, str]) -> dict[str, Any]:
    """What `read_apart` has done for it, as JSON can say it."""
    from backbot.editorial.pictures import pictures_in  # noqa: PLC0415 the child alone needs it
    from backbot.importing.importer import prepare  # noqa: PLC0415

    path, name = Path(argument["path"]), argument["name"]
    returned = _returned(path, name)
    if returned is not None:
        return {"draft": None, "returned": asdict(returned), "pictures": []}
    draft = asdict(prepare(path, name=name))
    return {"draft": draft, "returned": None, "pictures": list(pictures_in(path))}


def _returned(path: Path, name: str) -> Returned | None:
    try:
        raw = read_raw(path)
        if raw.kind != "word":
            return None
        from backbot.editorial.wordfile import from_word  # noqa: PLC0415

        return from_word(raw.data)
    except ImportRefusedError as error:
        raise ImportRefusedError(f"{name} was not imported: {error}.") from error
