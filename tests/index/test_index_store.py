"""The index folder: publishing, crashes, rollback, pruning and the lock."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import backbot
from backbot.errors import (
    BuildInProgressError,
    CorruptGenerationError,
    IndexStoreError,
    NoGenerationError,
)
from backbot.index.generation import write_generation, write_tests
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta, ContentTest
from index.generations import FORMAT, parts, publish, word_of, write

STEPS = ("verify", "flush", "move", "draft pointer", "replace pointer", "flush pointer")


# ----------------------------------------------------------------------------- reading


def test_what_was_published_is_read_back(tmp_path: Path):
    """Articles, passages, vectors, tests and further files, exactly as they went in."""
    store = IndexStore(tmp_path / "index")
    made = parts()
    with store.stage() as folder:
        manifest = write(store, folder)
        write_tests(folder, manifest, [ContentTest("a", "Why?", found=True, rank=1)])
        store.publish(folder)
    generation = store.open(FORMAT)
    assert generation.id == store.current_id()
    assert generation.articles == made.articles
    assert generation.digests == made.digests
    assert generation.passages == made.passages
    assert generation.question_keys == (("a", "Why?"),)
    assert generation.tests == (ContentTest("a", "Why?", found=True, rank=1),)
    assert generation.extra == {"terms.bin": b"\x00\x01"}
    assert generation.unit_offsets.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(generation.passage_vectors, made.passage_vectors)
    np.testing.assert_array_equal(generation.vectors_of_units(1), made.unit_vectors[2:])
    np.testing.assert_array_equal(generation.row_digests, made.row_digests)
    rows, _ = generation.dense.search(made.passage_vectors[0], 1)
    assert rows.tolist() == [0]
    assert store.verify().counts == made.counts()


def test_vectors_are_mapped_and_read_only(tmp_path: Path):
    """Nothing that serves can change what it serves."""
    store = IndexStore(tmp_path)
    publish(store)
    generation = store.open(FORMAT)
    assert isinstance(generation.passage_vectors.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        generation.unit_vectors[0, 0] = 1


def test_a_generation_without_sample_questions_opens(tmp_path: Path):
    """Arrays without rows are written and mapped like others."""
    store = IndexStore(tmp_path)
    made = parts()
    bare = replace(
        made,
        articles={"a": ArticleMeta("a", "A")},
        question_vectors=made.question_vectors[:0],
        row_digests=made.row_digests[:-1],
        extra={},
    )
    with store.stage() as folder:
        template = write(store, folder)
        for path in folder.rglob("*"):
            if path.is_file():
                path.unlink()
        write_generation(folder, bare, template, FORMAT)
        store.publish(folder)
    generation = store.open(FORMAT)
    assert generation.question_vectors.shape == (0, 32)
    assert generation.extra == {}


def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path):
    """A row too few would shift every citation."""
    made = parts()
    store = IndexStore(tmp_path)
    with store.stage() as folder:
        template = write(store, folder)
        for wrong in (
            {"unit_vectors": made.unit_vectors[1:]},
            {"passage_vectors": made.passage_vectors[:, 1:]},
            {"question_vectors": made.question_vectors[:0]},
            {"extra": {"../up": b""}},
        ):
            with pytest.raises(ValueError):
                write_generation(folder, replace(made, **wrong), template, FORMAT)


def test_an_empty_folder_has_no_generation(tmp_path: Path):
    """Reading creates nothing, whether or not the folder exists."""
    store = IndexStore(tmp_path / "none")
    assert store.current_id() is None
    assert store.list() == ()
    for read in (lambda: store.open(FORMAT), store.verify, store.manifest):
        with pytest.raises(NoGenerationError, match="backbot index build"):
            read()
    assert not (tmp_path / "none").exists()


def test_an_unknown_generation_is_named(tmp_path: Path):
    """Also where the name would lead out of the folder."""
    store = IndexStore(tmp_path)
    publish(store)
    for name in ("20000101T000000000Z-00000000", "../generations", ""):
        with pytest.raises(NoGenerationError, match="index list"):
            store.verify(name)


@pytest.mark.parametrize("content", ["", "nonsense\n", "../../etc\n", "\xff"])
def test_a_damaged_pointer_is_told_from_a_missing_one(tmp_path: Path, content: str):
    """Nobody is told that there is no index while there is one."""
    store = IndexStore(tmp_path)
    good = publish(store)
    store.current_file.write_bytes(content.encode("latin-1"))
    with pytest.raises(CorruptGenerationError, match="rollback"):
        store.current_id()
    assert [entry.is_current for entry in store.list()] == [False]
    assert store.rollback() == good


def test_a_pointer_that_is_gone_does_not_hide_what_is_kept(tmp_path: Path):
    """Who restored the generations alone puts one into service, and need not build."""
    store = IndexStore(tmp_path)
    with pytest.raises(NoGenerationError, match=r"no index .* yet"):
        store.open(FORMAT)
    good = publish(store)
    store.current_file.unlink()
    with pytest.raises(NoGenerationError, match=f"but 1 are in .* rollback {good}`"):
        store.open(FORMAT)


def test_a_pointer_to_nothing_is_told(tmp_path: Path):
    """Somebody has removed the generation by hand."""
    store = IndexStore(tmp_path)
    publish(store)
    store.current_file.write_text("20000101T000000000Z-00000000\n")
    with pytest.raises(CorruptGenerationError, match="is missing"):
        store.open(FORMAT)


# ----------------------------------------------------------------------------- damage


def damaged(store: IndexStore, name: str, change: Callable[[Path], object]) -> None:
    """Damage a file of the generation in service."""
    change(store.folder / "generations" / str(store.current_id()) / name)


ALL_FILES = sorted([
    "articles.json", "passages.jsonl", "passage_vectors.npy", "unit_vectors.npy",
    "question_vectors.npy", "row_digests.npy", "dense.faiss", "tests.json", "extra/terms.bin",
])  # fmt: skip


def test_every_file_has_its_checksum(tmp_path: Path):
    """But for the manifest, which holds them."""
    store = IndexStore(tmp_path)
    publish(store)
    folder = tmp_path / "generations" / str(store.current_id())
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(store.manifest().files) == set(ALL_FILES) == there - {"manifest.json"}


@pytest.mark.parametrize("name", [*ALL_FILES, "manifest.json"])
def test_a_missing_file_is_found_at_opening(tmp_path: Path, name: str):
    """The cheap check is made at every opening."""
    store = IndexStore(tmp_path)
    publish(store)
    damaged(store, name, Path.unlink)
    with pytest.raises(CorruptGenerationError, match=name):
        store.open(FORMAT)
    assert name in store.list()[0].problem


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_changed_file_is_found_by_verify(tmp_path: Path, name: str):
    """One bit of the same length is enough, and the file is named."""
    store = IndexStore(tmp_path)
    publish(store)

    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)

    damaged(store, name, flip)
    with pytest.raises(CorruptGenerationError, match=f"{name} does not have its checksum"):
        store.verify()


@pytest.mark.parametrize("name", ["articles.json", "passages.jsonl", "unit_vectors.npy"])
def test_content_that_does_not_parse_is_found_at_opening(tmp_path: Path, name: str):
    """Even where the size is right."""
    store = IndexStore(tmp_path)
    publish(store)
    damaged(store, name, lambda path: path.write_bytes(b"x" * path.stat().st_size))
    with pytest.raises(CorruptGenerationError, match="cannot be read"):
        store.open(FORMAT)


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path):
    """A generation is its folder."""
    store = IndexStore(tmp_path)
    publish(store)

    def add(path: Path) -> None:
        values = json.loads(path.read_text())
        values["files"]["../../CURRENT"] = {"sha256": "0", "size_bytes": 1}
        path.write_text(json.dumps(values))

    damaged(store, "manifest.json", add)
    with pytest.raises(CorruptGenerationError, match="outside"):
        store.open(FORMAT)


def test_a_renamed_generation_is_refused(tmp_path: Path):
    """The folder's name and the manifest must agree."""
    store = IndexStore(tmp_path)
    publish(store)
    folder = tmp_path / "generations" / str(store.current_id())
    other = "20000101T000000000Z-00000000"
    folder.rename(folder.with_name(other))
    with pytest.raises(CorruptGenerationError, match="Rename"):
        store.open(FORMAT, other)


# ----------------------------------------------------------------------------- crashes


class StopError(Exception):
    """Thrown in the middle of publishing."""


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_one_sound_generation_in_service(tmp_path: Path, step: str):
    """The old one until the pointer is replaced, the new one from then on; then all is cleaned."""
    publish(IndexStore(tmp_path), "old")

    def stop(name: str) -> None:
        if name == step:
            raise StopError

    with pytest.raises(StopError):
        publish(IndexStore(tmp_path, on_step=stop), "new")
    store = IndexStore(tmp_path)
    store.verify()
    assert word_of(store) == ("new" if step == "flush pointer" else "old")
    assert publish(store, "next") == store.list()[0].id
    assert word_of(store) == "next"
    assert not (tmp_path / ".CURRENT.tmp").exists()
    assert list((tmp_path / "staging").iterdir()) == []


CHILD = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    from index.generations import publish
    from backbot.index.store import IndexStore

    folder, wanted, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

    def stop(name):
        if name == wanted:
            if how == "exit":
                os._exit(9)
            print("here", flush=True)
            time.sleep(60)

    publish(IndexStore(folder, on_step=stop), "new")
    """
)


def child(folder: Path, step: str, how: str) -> subprocess.Popen[str]:
    """A process that publishes and stops before a step."""
    roots = [
        Path(__file__).parent,
        Path(__file__).parent.parent,
        Path(backbot.__file__).parents[1],
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))}
    command = [sys.executable, "-c", CHILD, str(folder), step, how]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("step", ["flush", "draft pointer", "replace pointer", "flush pointer"])
def test_a_process_that_dies_leaves_one_sound_generation_in_service(tmp_path: Path, step: str):
    """No `finally` runs in it: what it staged stays, and the next build removes it."""
    publish(IndexStore(tmp_path), "old")
    with child(tmp_path, step, "exit") as process:
        assert process.wait(30) == 9
    store = IndexStore(tmp_path)
    store.verify()
    assert word_of(store) == ("new" if step == "flush pointer" else "old")
    assert bool(list((tmp_path / "staging").iterdir())) == (step == "flush")
    publish(store, "next")
    assert word_of(store) == "next"
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_killed_build_frees_its_lock_and_names_itself_before(tmp_path: Path):
    """While it runs others are told who it is; after SIGKILL the next build just goes on."""
    publish(IndexStore(tmp_path), "old")
    store = IndexStore(tmp_path)
    with child(tmp_path, "move", "wait") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        for change in (lambda: publish(store, "next"), store.rollback, store.prune):
            with pytest.raises(
                BuildInProgressError, match=f"process {process.pid} of user .+, since 20"
            ):
                change()
        assert word_of(store) == "old"
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    assert word_of(store) == "old"
    publish(store, "next")
    assert word_of(store) == "next"


def test_readers_never_see_a_half_written_generation(tmp_path: Path):
    """Whoever opens at any moment of many publications gets a sound one."""
    store = IndexStore(tmp_path)
    publish(store, "old")
    seen = set()

    def look(_step: str) -> None:
        reader = IndexStore(tmp_path)
        reader.verify()
        seen.add(word_of(reader))

    watched = IndexStore(tmp_path, on_step=look)
    for n in range(3):
        publish(watched, f"new{n}")
    assert seen == {"old", "new0", "new1", "new2"}


# ----------------------------------------------------------------------------- changing


def test_a_staging_folder_is_removed_unless_published(tmp_path: Path):
    """Giving up costs nothing, whatever the reason."""
    store = IndexStore(tmp_path)
    with store.stage() as folder:
        write(store, folder)
    assert not folder.exists()
    assert store.current_id() is None
    with pytest.raises(StopError), store.stage() as folder:
        raise StopError
    assert list((tmp_path / "staging").iterdir()) == []


def test_what_does_not_read_back_is_not_published(tmp_path: Path):
    """A disk that lies, a file changed behind our back."""
    store = IndexStore(tmp_path)
    old = publish(store, "old")
    with store.stage() as folder:
        write(store, folder, "new")
        (folder / "unit_vectors.npy").write_bytes(b"short")
        with pytest.raises(CorruptGenerationError, match="unit_vectors"):
            store.publish(folder)
    assert store.current_id() == old
    assert [entry.id for entry in store.list()] == [old]


def test_an_id_is_published_once(tmp_path: Path):
    """Generations are immutable."""
    store = IndexStore(tmp_path)
    old = publish(store)
    with store.stage() as folder:
        manifest = write(store, folder)
        for wrong in (old, "no-id"):
            (folder / "manifest.json").write_text(replace(manifest, id=wrong).to_json())
            with pytest.raises(IndexStoreError, match="no new generation"):
                store.publish(folder)


def test_ids_sort_by_time_even_where_the_clock_stands_or_goes_back(tmp_path: Path):
    """The newest id is always the greatest, and no two are the same."""
    start = datetime(2026, 1, 2, 23, 59, 59, 999_600, tzinfo=UTC)
    moments = iter([start + timedelta(seconds=s) for s in (0, 0, 0, -3600, -3600, 5, 5)] * 9)
    store = IndexStore(tmp_path, now=lambda: next(moments))
    ids = [publish(store) for _ in range(4)]
    assert ids == sorted(set(ids))
    assert ids[0] == "20260102T235959999Z-0123abcd"
    assert ids[1] == "20260103T000000000Z-0123abcd"


def test_rollback_goes_to_what_was_in_service_before(tmp_path: Path):
    """Not to a generation that was withdrawn, nor to one that was never served."""
    store = IndexStore(tmp_path)
    first, second = publish(store, "one"), publish(store, "two")
    assert store.rollback() == first
    assert word_of(store) == "one"
    third = publish(store, "three")
    assert store.manifest().previous == first
    assert store.rollback() == first
    assert store.rollback(second) == second
    assert store.rollback(third) == third
    assert [entry.id for entry in store.list() if entry.is_current] == [third]


def test_rollback_needs_somewhere_to_go(tmp_path: Path):
    """Nothing before, nothing of that name, nothing sound: nothing changes."""
    store = IndexStore(tmp_path)
    with pytest.raises(NoGenerationError, match=r"no earlier.* index build"):
        store.rollback()
    only = publish(store)
    with pytest.raises(NoGenerationError, match=r"no earlier.* index list"):
        store.rollback()
    with pytest.raises(NoGenerationError, match="index list"):
        store.rollback("20000101T000000000Z-00000000")
    assert store.current_id() == only


def test_rollback_never_serves_a_damaged_generation(tmp_path: Path):
    """Asked for, it is refused; by default the one before it is taken."""
    store = IndexStore(tmp_path)
    first, second, third = (publish(store, word) for word in ("one", "two", "three"))
    path = tmp_path / "generations" / second / "passages.jsonl"
    path.write_bytes(path.read_bytes().replace(b"two", b"owt"))
    with pytest.raises(CorruptGenerationError):
        store.rollback(second)
    assert store.current_id() == third
    assert store.rollback() == first


def test_rollback_works_where_the_current_one_is_damaged(tmp_path: Path):
    """That is when it is needed."""
    store = IndexStore(tmp_path)
    first, second = publish(store, "one"), publish(store, "two")
    (tmp_path / "generations" / second / "manifest.json").write_text("{")
    assert store.list()[0].manifest is None
    assert store.rollback() == first


def test_prune_keeps_the_newest_the_current_and_the_one_before(tmp_path: Path):
    """Rolling back must stay possible."""
    store = IndexStore(tmp_path)
    ids = [publish(store, f"n{n}") for n in range(7)]
    assert store.prune() == tuple(ids[:2])
    store.rollback(ids[4])
    assert store.prune(keep=1) == (ids[2], ids[5])
    assert [entry.id for entry in store.list()] == [ids[6], ids[4], ids[3]]
    assert word_of(store) == "n4"
    assert list((tmp_path / "staging").iterdir()) == []
    with pytest.raises(ValueError, match="at least 1"):
        store.prune(keep=0)


def test_prune_removes_nothing_where_the_pointer_is_damaged(tmp_path: Path):
    """Which one is in service is not known."""
    store = IndexStore(tmp_path)
    publish(store)
    publish(store)
    store.current_file.write_text("?")
    with pytest.raises(CorruptGenerationError):
        store.prune(keep=1)
    assert len(store.list()) == 2


def test_an_open_generation_outlives_its_files(tmp_path: Path):
    """A server may still read what another process prunes."""
    store = IndexStore(tmp_path)
    publish(store, "old")
    held = store.open(FORMAT)
    for _ in range(3):
        publish(store)
    assert held.id in store.prune(keep=1)
    np.testing.assert_array_equal(held.unit_vectors, parts("old").unit_vectors)


def test_two_builds_in_one_process_exclude_each_other(tmp_path: Path):
    """An admin's /rebuild while another one runs."""
    store = IndexStore(tmp_path)
    with store.stage(), pytest.raises(BuildInProgressError, match="Wait"):
        publish(IndexStore(tmp_path))
    publish(store)


def test_a_lock_without_a_name_is_still_a_lock(tmp_path: Path):
    """Its holder may not have written it yet."""
    store = IndexStore(tmp_path)
    with store.stage():
        (tmp_path / "LOCK").write_text("")
        with pytest.raises(BuildInProgressError, match="not said its name"):
            publish(IndexStore(tmp_path))


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path):
    """A sentence, not a traceback."""
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "index"):
        store = IndexStore(folder)
        assert store.current_id() is None
        with pytest.raises(IndexStoreError, match="cannot be used"):
            publish(store)


@pytest.mark.parametrize("step", ["flush", "move", "draft pointer", "replace pointer"])
def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path, step: str):
    """The system's own words, the folder, and what to check."""
    old = publish(IndexStore(tmp_path), "old")

    def fail(name: str) -> None:
        if name == step:
            raise OSError(28, "No space left on device")

    with pytest.raises(IndexStoreError, match=r"No space left on device.*free space"):
        publish(IndexStore(tmp_path, on_step=fail), "new")
    assert IndexStore(tmp_path).current_id() == old


def test_every_change_tells_what_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Staging, writing, rolling back, pruning, listing, locking: a sentence each time."""
    store = IndexStore(tmp_path)
    first = publish(store)
    for _ in range(3):
        publish(store)

    def full(name: str) -> None:
        raise OSError(28, f"no space for {name}")

    with pytest.raises(IndexStoreError, match="no space for draft pointer"):
        IndexStore(tmp_path, on_step=full).rollback(first)
    with store.stage() as folder:
        manifest = write(store, folder)
        shutil.rmtree(folder)
        with pytest.raises(IndexStoreError, match="cannot be written"):
            write_generation(folder, parts(), manifest, FORMAT)
        with pytest.raises(IndexStoreError, match="cannot be written"):
            write_tests(folder, manifest, [])
    shutil.rmtree(tmp_path / "staging")
    (tmp_path / "staging").write_text("in the way")
    for change in (lambda: publish(store), lambda: store.prune(keep=1)):
        with pytest.raises(IndexStoreError, match="cannot be used"):
            change()
    shutil.rmtree(tmp_path / "generations")
    (tmp_path / "generations").symlink_to("generations")
    with pytest.raises(IndexStoreError, match="cannot be used"):
        store.list()

    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(IndexStoreError, match="No locks available"):
        store.rollback()


def test_a_user_without_a_name_can_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Containers run under numbers that no password file knows."""

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    with IndexStore(tmp_path).stage():
        assert json.loads((tmp_path / "LOCK").read_text())["user"] == str(os.getuid())


def test_the_lock_names_its_holder(tmp_path: Path):
    """Process, user and start are in the file while it is held, and gone after."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    store = IndexStore(tmp_path, now=lambda: moment)
    with store.stage():
        holder = json.loads((tmp_path / "LOCK").read_text())
        assert holder["pid"] == os.getpid()
        assert holder["user"]
        assert holder["started"] == moment.isoformat()
    assert (tmp_path / "LOCK").read_text() == ""
