"""The index folder: stage, verify, keep, publish by one rename, open, list, roll back, prune.

    index/
    ├── CURRENT              one line: the id of the generation in service
    ├── LOCK                 held (flock) while something is changed; who and since when
    ├── generations/<id>/    complete and immutable; manifest.json names and sums its files
    ├── staged/<id>/         complete and tested, but not to be served: awaits its publication
    └── staging/<name>/      being written; nobody reads it

Publishing is: checksums, flush files and folders, rename the folder into `generations/`, write
`.CURRENT.tmp`, rename it over `CURRENT`, flushing after each. Keeping a generation for later is
the same with `staged/` instead, and without the pointer. It can be published only while what it
was compared with is in service, so publishing or keeping another one removes it.
A crash leaves one of these states:

| state found | what we do |
|---|---|
| something in `staging/` | nobody reads it; the next build or pruning removes it |
| a generation newer than `CURRENT` | complete, but never served: the old one stays in service, the next build publishes a new one; rollback goes there only when its id is given |
| several in `staged/` | none is served; the newest counts, the next one published or kept removes all |
| `.CURRENT.tmp` | nobody reads it; the next build removes it |
| `CURRENT` with the old id | the old one is in service |
| `CURRENT` with the new id | the new one is in service |
| `LOCK` whose holder is dead | the kernel has freed it; the next build takes it |
| no `CURRENT` | nothing was published yet: `NoGenerationError` |
| `CURRENT` is no id, or names what is missing or damaged | `CorruptGenerationError`; rollback finds the newest sound generation, a build publishes a new one |

A generation records what was in service when it was built (`previous`), so rollback goes
to what people saw before, not to something that was built but withdrawn.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backbot.errors import (
    BuildInProgressError,
    CorruptGenerationError,
    IndexStoreError,
    NoGenerationError,
)
from backbot.frozen import dataclass
from backbot.index.generation import (
    Generation,
    Record,
    check_files,
    read_generation,
    read_manifest,
    read_record,
)
from backbot.index.lock import BuildLock
from backbot.index.manifest import Manifest
from backbot.index.pointer import GENERATION_ID, pointer_file, read_pointer
from backbot.ports import VectorIndexFormat

_BUILD = "Build one with `backbot index build`."


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _no_step(_name: str) -> None:
    """Nothing happens between two steps, outside tests."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One generation in the folder.

    Attributes:
        id: Its id; ids sort by time.
        is_current: Whether it is in service.
        manifest: What it was made from; None where that cannot be read.
        problem: Why it cannot be opened, "" where nothing is known against it.
    """

    id: str
    is_current: bool
    manifest: Manifest | None
    problem: str


class IndexStore:
    """An index folder. Reading never writes, so the folder may be read-only for a server."""

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], datetime] = _utc_now,
        on_step: Callable[[str], None] = _no_step,
    ) -> None:
        """Take a folder, which need not exist yet.

        Args:
            folder: Where the index is.
            now: The time, with a time zone.
            on_step: Called with the name of each step of publishing before it is taken, so
                that tests can stop it there.
        """
        self.folder = folder
        self._now = now
        self._on_step = on_step
        self._lock = BuildLock(folder / "LOCK", now)

    @property
    def current_file(self) -> Path:
        """The pointer to the generation in service."""
        return pointer_file(self.folder)

    @property
    def _generations(self) -> Path:
        return self.folder / "generations"

    @property
    def _staging(self) -> Path:
        return self.folder / "staging"

    @property
    def _staged(self) -> Path:
        return self.folder / "staged"

    @property
    def _pointer_draft(self) -> Path:
        return self.folder / ".CURRENT.tmp"

    # ------------------------------------------------------------------- reading

    def current_id(self) -> str | None:
        """The id of the generation in service, None before the first is published.

        Raises:
            CorruptGenerationError: `CURRENT` cannot be read or holds no id.
        """
        return read_pointer(self.folder)

    def manifest(self, generation_id: str | None = None) -> Manifest:
        """The manifest of a generation; by default of the one in service.

        Raises:
            NoGenerationError: There is no such generation.
            CorruptGenerationError: It cannot be read.
        """
        folder = self._folder_of(generation_id)
        manifest = read_manifest(folder)
        if manifest.id != folder.name:
            raise CorruptGenerationError(
                f"The folder {folder.name} holds generation {manifest.id}. Rename the folder back."
            )
        return manifest

    def open(
        self,
        vector_format: VectorIndexFormat,
        generation_id: str | None = None,
        *,
        whole: bool = False,
    ) -> Generation:
        """Open a generation, by default the one in service; sizes are checked, sums are not.

        Args:
            vector_format: Reads the vector index.
            generation_id: Which one.
            whole: For whoever serves it for long: see `read_generation`. Sums are checked, too.

        Raises:
            NoGenerationError: There is no such generation.
            CorruptGenerationError: It is damaged.
        """
        self.manifest(generation_id)
        return read_generation(self._folder_of(generation_id), vector_format, whole=whole)

    def record(self, generation_id: str | None = None) -> Record:
        """What a generation was made of and answered, even where it cannot be opened.

        Raises:
            NoGenerationError: There is no such generation.
            CorruptGenerationError: It does not tell.
        """
        return read_record(self._folder_of(generation_id))

    def verify(self, generation_id: str | None = None) -> Manifest:
        """Check the checksum of every file of a generation, by default the one in service.

        Raises:
            NoGenerationError: There is no such generation.
            CorruptGenerationError: It is damaged; the message names the file.
        """
        manifest = self.manifest(generation_id)
        check_files(self._folder_of(manifest.id), manifest, checksums=True)
        return manifest

    def list(self) -> tuple[Entry, ...]:
        """Every generation in the folder, newest first. Damaged ones are listed as such."""
        try:
            current = self.current_id()
        except CorruptGenerationError:
            current = None
        return tuple(self._entry(name, current) for name in reversed(self._ids()))

    def _entry(self, generation_id: str, current: str | None) -> Entry:
        manifest: Manifest | None = None
        problem = ""
        try:
            manifest = self.manifest(generation_id)
            check_files(self._folder_of(generation_id), manifest, checksums=False)
        except IndexStoreError as error:
            problem = str(error)
        return Entry(generation_id, generation_id == current, manifest, problem)

    def _ids(self) -> tuple[str, ...]:
        """Ids of the generations in the folder, oldest first."""
        return self._ids_in(self._generations)

    def _ids_in(self, folder: Path) -> tuple[str, ...]:
        try:
            names = [path.name for path in folder.iterdir()]
            return tuple(sorted(name for name in names if GENERATION_ID.fullmatch(name)))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise self._unusable(error) from error

    def _why_none(self) -> str:
        """What to do where no generation is in service."""
        if not (ids := self._ids()):
            return f"There is no index in {self.folder} yet. {_BUILD}"
        return (
            f"No index generation is in service, but {len(ids)} are in {self.folder}. Put the "
            f"newest into service with `backbot index rollback {ids[-1]}`, or build again with "
            "`backbot index build`."
        )

    def _folder_of(self, generation_id: str | None) -> Path:
        if generation_id is None:
            generation_id = self.current_id()
            if generation_id is None:
                raise NoGenerationError(self._why_none())
            if generation_id not in self._ids():
                raise CorruptGenerationError(
                    f"{self.current_file} names generation {generation_id}, which is missing. "
                    "Go back with `backbot index rollback`, or build again with "
                    "`backbot index build`."
                )
        elif generation_id not in self._ids():
            raise NoGenerationError(
                f"There is no index generation {generation_id!r} in {self.folder}. "
                "`backbot index list` shows those there are."
            )
        return self._generations / generation_id

    # ------------------------------------------------------------------- changing

    def require_free(self) -> None:
        """Refuse where another build is under way. Reads only: nothing is written or locked.

        Raises:
            BuildInProgressError: Another process holds the lock.
        """
        self._lock.require_free()

    def tidy(self) -> None:
        """Remove what an earlier crash has left; where nothing is left, nothing is written.

        A build that is under way is left alone: what is there is its own.

        Raises:
            IndexStoreError: It cannot be removed.
        """
        in_staging = self._staging.is_dir() and any(self._staging.iterdir())
        if not in_staging and not self._pointer_draft.exists() and not self._stale():
            return
        with contextlib.suppress(BuildInProgressError), self._locked():
            try:
                self._remove_leftovers()
                for name in self._stale():
                    self._remove(self._staged / name)
            except OSError as error:
                raise self._unusable(error) from error

    def new_id(self, digest: str) -> str:
        """An id that sorts after every other: the time, and the digest's first 8 digits.

        Args:
            digest: Of the corpus, in hexadecimal.
        """
        stamp = _stamp(self._now())
        ids = sorted((*self._ids(), *self._ids_in(self._staged)))
        if ids and stamp <= ids[-1].partition("-")[0]:
            # Two builds in one millisecond, or a clock that went back.
            newest = datetime.strptime(f"{ids[-1][:18]}000Z", "%Y%m%dT%H%M%S%f%z")
            stamp = _stamp(newest + timedelta(milliseconds=1))
        return f"{stamp}-{digest[:8]}"

    @contextlib.contextmanager
    def stage(self, *, by: str = "") -> Iterator[Path]:
        """Hold the build lock and give an empty folder to write a generation into.

        The folder is removed at the end unless it was published or kept. What earlier crashes
        left is removed at the beginning.

        Args:
            by: On whose behalf, such as "Telegram user 42", for whoever is refused meanwhile.

        Raises:
            BuildInProgressError: Another process holds the lock.
            IndexStoreError: The index folder cannot be written.
        """
        import tempfile  # noqa: PLC0415 - takes 3 ms of an answer's start

        with self._locked(by):
            try:
                self._remove_leftovers()
                self._staging.mkdir()
                folder = Path(tempfile.mkdtemp(prefix="build-", dir=self._staging))
                # mkdtemp allows the owner alone, but another user's bot may serve the index.
                folder.chmod(self._staging.stat().st_mode & 0o777)
            except OSError as error:
                raise self._unusable(error) from error
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def publish(self, folder: Path) -> str:
        """Verify a staged generation and put it into service.

        Args:
            folder: What `stage` gave, complete; it is gone afterwards. The caller holds the
                lock, as one does within `stage`.

        Returns:
            The generation's id, now in `CURRENT`.

        Raises:
            CorruptGenerationError: What was written does not read back as it should.
            IndexStoreError: The index folder cannot be written; the old one is in service.
        """
        manifest = self._settle(folder, self._generations)
        try:
            self._point_to(manifest.id)
            self._remove_staged()
        except OSError as error:
            raise self._unusable(error) from error
        return manifest.id

    def _settle(self, folder: Path, home: Path) -> Manifest:
        """Verify a complete generation, see it onto the disk and move it to where it belongs."""
        self._on_step("verify")
        manifest = read_manifest(folder)
        check_files(folder, manifest, checksums=True)
        if not GENERATION_ID.fullmatch(manifest.id) or manifest.id in self._ids():
            raise IndexStoreError(f"{manifest.id!r} is no new generation's id. Build again.")
        try:
            self._on_step("flush")
            for path in sorted(folder.rglob("*")):
                _flush(path)
            _flush(folder)
            self._on_step("move")
            home.mkdir(exist_ok=True)
            folder.rename(home / manifest.id)
            _flush(home)
            _flush(self.folder)
        except OSError as error:
            raise self._unusable(error) from error
        return manifest

    def rollback(self, generation_id: str | None = None, *, by: str = "") -> str:
        """Put an earlier generation back into service, verified first.

        Args:
            generation_id: Which one; by default what was in service before the current one,
                or the newest sound one where that is unknown or damaged.
            by: On whose behalf, for whoever is refused meanwhile.

        Returns:
            The id now in service.

        Raises:
            NoGenerationError: There is no such generation, or none to go back to.
            CorruptGenerationError: The one asked for is damaged; nothing was changed.
            BuildInProgressError: Another process holds the lock.
        """
        with self._locked(by):
            target = generation_id or self._rollback_target()
            self.verify(target)
            try:
                self._point_to(target)
            except OSError as error:
                raise self._unusable(error) from error
            return target

    def prune(self, keep: int = 5) -> tuple[str, ...]:
        """Remove all but the newest generations, and what can no longer be published.

        Args:
            keep: How many of the newest stay, at least 1. The one in service and the one
                before it stay in any case, and so does one that still may be published.

        Returns:
            Ids removed, oldest first.

        Raises:
            ValueError: `keep` is below 1.
            CorruptGenerationError: `CURRENT` cannot be read, so nothing is safe to remove.
            BuildInProgressError: Another process holds the lock.
        """
        if keep < 1:
            raise ValueError("keep must be at least 1")
        with self._locked():
            current = self.current_id()
            kept = {*self._ids()[-keep:], current, self._previous(current)}
            removed = tuple(name for name in self._ids() if name not in kept)
            stale = self._stale()
            try:
                self._remove_leftovers()
                for name in removed:
                    self._remove(self._generations / name)
                for name in stale:
                    self._remove(self._staged / name)
            except OSError as error:
                raise self._unusable(error) from error
            return (*removed, *stale)

    # ------------------------------------------------------------------- kept for later

    def staged_id(self) -> str | None:
        """The id of the generation that awaits its publication, None where there is none."""
        ids = self._ids_in(self._staged)
        return ids[-1] if ids else None

    def staged_folder(self, generation_id: str) -> Path:
        """Where a generation that awaits its publication is.

        Raises:
            IndexStoreError: It is not there, or not any more.
        """
        if generation_id not in self._ids_in(self._staged):
            raise IndexStoreError(
                f"Generation {generation_id} does not wait to be published: another build has "
                "taken its place, or it has been discarded. Build again."
            )
        return self._staged / generation_id

    def keep(self, folder: Path) -> str:
        """Verify a staged generation and keep it for later; it is not served.

        Args:
            folder: What `stage` gave, complete; it is gone afterwards.

        Returns:
            The generation's id, for `publish_staged`.

        Raises:
            CorruptGenerationError: What was written does not read back as it should.
            IndexStoreError: The index folder cannot be written.
        """
        manifest = self._settle(folder, self._staged)
        try:
            self._remove_staged(but=manifest.id)
        except OSError as error:
            raise self._unusable(error) from error
        return manifest.id

    def publish_staged(self, generation_id: str, corpus_digest: str, *, by: str = "") -> str:
        """Put a generation into service that `keep` has kept.

        Args:
            generation_id: What `keep` gave. If it is in service already, nothing is done.
            corpus_digest: Of the articles as they are now.
            by: On whose behalf, for whoever is refused meanwhile.

        Returns:
            The generation's id, now in `CURRENT`.

        Raises:
            IndexStoreError: It is not kept any more, the articles have changed since it was
                built, or another generation is in service than the one it was compared with.
            CorruptGenerationError: It is damaged.
            BuildInProgressError: Another process holds the lock.
        """
        with self._locked(by):
            current = self.current_id()
            if generation_id == current:
                return generation_id
            folder = self.staged_folder(generation_id)
            manifest = read_manifest(folder)
            if manifest.previous != (current or ""):
                raise IndexStoreError(
                    f"Generation {generation_id} is not published: since it was built, {current} "
                    "has come into service, and nobody has seen what would change against that. "
                    "Build again."
                )
            if manifest.corpus_digest != corpus_digest:
                raise IndexStoreError(
                    f"Generation {generation_id} is not published: the articles have changed "
                    "since it was built. Build again."
                )
            return self.publish(folder)

    def discard_staged(self, generation_id: str, *, by: str = "") -> None:
        """Remove a generation that awaits its publication.

        Raises:
            IndexStoreError: It is not there, or cannot be removed.
            BuildInProgressError: Another process holds the lock.
        """
        with self._locked(by):
            folder = self.staged_folder(generation_id)
            try:
                self._remove(folder)
            except OSError as error:
                raise self._unusable(error) from error

    # ------------------------------------------------------------------- inside

    def _remove(self, folder: Path) -> None:
        """Take a generation out of sight first: half removed, it must not look damaged."""
        self._staging.mkdir(exist_ok=True)
        doomed = self._staging / f"removed-{folder.name}"
        folder.rename(doomed)
        shutil.rmtree(doomed)

    def _remove_staged(self, but: str = "") -> None:
        """Remove what waited to be published: something newer has taken its place."""
        for name in self._ids_in(self._staged):
            if name != but:
                self._remove(self._staged / name)

    def _stale(self) -> tuple[str, ...]:
        """Ids in `staged` that cannot be published: what they were compared with is not served."""
        newest, current = self.staged_id(), self.current_id() or ""
        return tuple(
            name
            for name in self._ids_in(self._staged)
            if name != newest or self._compared_with(name) != current
        )

    def _compared_with(self, staged_id: str) -> str | None:
        try:
            return read_manifest(self._staged / staged_id).previous
        except IndexStoreError:
            return None

    def _rollback_target(self) -> str:
        try:
            current = self.current_id()
        except CorruptGenerationError:
            current = None
        previous = self._previous(current)
        older = [name for name in self._ids() if current is None or name < current]
        for candidate in filter(None, [previous, *reversed(older)]):
            with contextlib.suppress(IndexStoreError):
                self.verify(candidate)
                return candidate
        raise NoGenerationError(
            f"There is no earlier index generation in {self.folder} to go back to. "
            + (_BUILD if current is None else "`backbot index list` shows what is kept.")
        )

    def _previous(self, generation_id: str | None) -> str | None:
        """What was in service before; None where that is unknown."""
        if generation_id is None:
            return None
        try:
            return self.manifest(generation_id).previous or None
        except IndexStoreError:
            return None

    def _point_to(self, generation_id: str) -> None:
        self._on_step("draft pointer")
        self._pointer_draft.write_text(generation_id + "\n", encoding="utf-8")
        _flush(self._pointer_draft)
        self._on_step("replace pointer")
        self._pointer_draft.replace(self.current_file)
        self._on_step("flush pointer")
        _flush(self.folder)

    def _remove_leftovers(self) -> None:
        self._pointer_draft.unlink(missing_ok=True)
        if self._staging.exists():
            shutil.rmtree(self._staging)

    @contextlib.contextmanager
    def _locked(self, by: str = "") -> Iterator[None]:
        """Hold the build lock; the folder is made where it is missing."""
        with contextlib.ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(self._lock.held(by))
            except OSError as error:
                raise self._unusable(error) from error
            yield

    def _unusable(self, error: OSError) -> IndexStoreError:
        return IndexStoreError(
            f"The index folder {self.folder} cannot be used ({error.strerror or error}). "
            "Check the free space and that this user may read and write there."
        )


def _stamp(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"


def _flush(path: Path) -> None:
    """Wait until a file's content or a folder's entries are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
