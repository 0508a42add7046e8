"""Where things are read and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from backbot import home, packaged
from backbot.frozen import dataclass


class Places(Protocol):
    """What was set about folders; None where nothing was."""

    @property
    def corpus_dir(self) -> Path | None:
        """Articles."""

    @property
    def index_dir(self) -> Path | None:
        """Index generations."""

    @property
    def drafts_dir(self) -> Path | None:
        """Drafts."""


class _Secret(Protocol):
    def get_secret_value(self) -> str:
        """The secret itself."""


class Stored(Protocol):
    """What was set about the database."""

    @property
    def database_url(self) -> _Secret | None:
        """Its address; None where nothing was set."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are read and kept. Only `corpus` is sure to exist; who writes makes the rest.

    Attributes:
        corpus: Articles.
        index: Index generations.
        drafts: Imported drafts.
        var: The default database, and what else must outlive a restart.
        cache: What can be made again, such as a compiled model.
    """

    corpus: Path
    index: Path
    drafts: Path
    var: Path
    cache: Path


def folders(settings: Places, here: Path | None = None) -> Folders:
    """Where each folder is: as set, else in the current folder, else the user's own.

    A current folder that holds `corpus` is a clinic's folder (or a clone of the project): the
    index, the drafts and the database belong to these articles and stay beside them, also before
    they are first written.

    Args:
        settings: What was set.
        here: The current folder, for tests; default: where the program was started.
    """
    here = Path.cwd() if here is None else here
    data = home.data_folder()
    is_clinic_folder = (here / "corpus").is_dir()

    def default(name: str) -> Path:
        return here / name if is_clinic_folder or (here / name).is_dir() else data / name

    return Folders(
        corpus=settings.corpus_dir
        or (here / "corpus" if is_clinic_folder else packaged.corpus_folder()),
        index=settings.index_dir or default("index"),
        drafts=settings.drafts_dir or default("drafts"),
        var=default("var"),
        cache=home.cache_folder(),
    )


def database_url(settings: Stored, var: Path) -> str:
    """The database as set, else an SQLite file in `var`. May hold a password: never log it."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{(var / 'backbot.db').resolve()}"
