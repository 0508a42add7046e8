"""A generation that is kept aside: looked at by people, served to nobody, published if it fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from backbot.errors import BuildInProgressError, CorruptGenerationError, IndexStoreError
from backbot.index.live import LiveIndex
from backbot.index.store import IndexStore
from fakes import FixedClock, identity
from index.generations import DIGEST, FORMAT, keep, publish, word_of, write


def test_what_is_kept_is_not_served(tmp_path: Path):
    """Not opened, not listed, not gone back to; a running bot does not notice it."""
    store, clock = IndexStore(tmp_path), FixedClock()
    old = publish(store, "old")
    live = LiveIndex(IndexStore(tmp_path), FORMAT, identity(), clock=clock)
    assert live.current().id == old
    kept = keep(store)
    clock.advance(60)
    assert live.current().id == old
    assert live.last_error is None
    assert store.staged_id() == kept
    assert store.current_id() == old
    assert [entry.id for entry in store.list()] == [old]
    for use in (store.rollback, store.verify, lambda name: store.open(FORMAT, name)):
        with pytest.raises(IndexStoreError, match=kept):
            use(kept)
    assert list((tmp_path / "staging").iterdir()) == []


def test_what_is_kept_can_be_published(tmp_path: Path):
    """By anyone, later, under its own id."""
    publish(IndexStore(tmp_path), "old")
    kept = keep(IndexStore(tmp_path))
    store = IndexStore(tmp_path)
    assert store.publish_staged(kept, DIGEST) == kept == store.current_id()
    assert word_of(store) == "kept"
    assert store.staged_id() is None
    store.verify()


def test_the_first_generation_can_be_kept_too(tmp_path: Path):
    """Nothing is in service until it is published."""
    store = IndexStore(tmp_path)
    kept = keep(store)
    assert store.current_id() is None
    assert store.publish_staged(kept, DIGEST) == store.current_id()


def test_publishing_twice_is_publishing_once(tmp_path: Path):
    """Two admins press the same button."""
    store = IndexStore(tmp_path)
    kept = keep(store)
    store.publish_staged(kept, DIGEST)
    assert store.publish_staged(kept, DIGEST) == kept
    assert len(store.list()) == 1


def test_changed_articles_refuse_what_is_kept(tmp_path: Path):
    """What would be published is not what the articles say now."""
    store = IndexStore(tmp_path)
    old = publish(store, "old")
    kept = keep(store)
    with pytest.raises(IndexStoreError, match=f"{kept} is not published: the articles .* Build"):
        store.publish_staged(kept, "f" * 64)
    assert store.current_id() == old
    assert store.publish_staged(kept, DIGEST) == kept  # the change was taken back


def test_a_newer_generation_refuses_what_is_kept(tmp_path: Path):
    """Nobody has seen what would change against that; it is removed."""
    store = IndexStore(tmp_path)
    publish(store, "old")
    kept = keep(store)
    publish(store, "newer")
    with pytest.raises(IndexStoreError, match="another build has taken its place"):
        store.publish_staged(kept, DIGEST)
    assert word_of(store) == "newer"


def test_a_rollback_refuses_what_is_kept(tmp_path: Path):
    """Another generation is in service than the one it was compared with."""
    store = IndexStore(tmp_path)
    first, second = publish(store, "one"), publish(store, "two")
    kept = keep(store)
    store.rollback()
    with pytest.raises(IndexStoreError, match=f"{kept} is not published: since .* {first} has"):
        store.publish_staged(kept, DIGEST)
    assert store.current_id() == first
    store.rollback(second)
    assert store.publish_staged(kept, DIGEST) == kept


def test_only_the_newest_is_kept(tmp_path: Path):
    """The one before was made of other articles."""
    store = IndexStore(tmp_path)
    publish(store, "old")
    first = keep(store, "first")
    second = keep(store, "second")
    assert second > first
    assert store.staged_id() == second
    assert len(list((tmp_path / "staged").iterdir())) == 1
    with pytest.raises(IndexStoreError, match="another build has taken its place"):
        store.publish_staged(first, DIGEST)


def test_what_is_kept_can_be_discarded(tmp_path: Path):
    """Once; then it is not there any more."""
    store = IndexStore(tmp_path)
    kept = keep(store)
    store.discard_staged(kept)
    assert store.staged_id() is None
    for use in (store.discard_staged, lambda name: store.publish_staged(name, DIGEST)):
        with pytest.raises(IndexStoreError, match="does not wait to be published"):
            use(kept)


def test_damage_to_what_is_kept_is_found_before_it_is_served(tmp_path: Path):
    """Checksums are compared when it is published, not only when it is kept."""
    store = IndexStore(tmp_path)
    old = publish(store, "old")
    kept = keep(store)
    path = tmp_path / "staged" / kept / "unit_vectors.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptGenerationError, match="unit_vectors"):
        store.publish_staged(kept, DIGEST)
    assert store.current_id() == old


def test_pruning_drops_what_can_no_longer_be_published(tmp_path: Path):
    """And keeps what still can."""
    store = IndexStore(tmp_path)
    first, second = publish(store, "one"), publish(store, "two")
    kept = keep(store)
    assert store.prune(keep=1) == ()
    assert store.staged_id() == kept
    store.rollback(first)
    assert store.prune(keep=2) == (kept,)
    assert store.staged_id() is None
    assert {entry.id for entry in store.list()} == {first, second}


def test_an_unreadable_manifest_is_pruned(tmp_path: Path):
    """Nothing can be published of it."""
    store = IndexStore(tmp_path)
    publish(store)
    kept = keep(store)
    (tmp_path / "staged" / kept / "manifest.json").write_text("{")
    assert store.prune() == (kept,)


def test_tidying_removes_what_a_crash_has_left_and_only_that(tmp_path: Path):
    """Where nothing is left it writes nothing, and what a running build writes is left alone."""
    store = IndexStore(tmp_path)
    publish(store, "one")
    publish(store, "two")
    kept = keep(store)
    store.tidy()
    assert store.staged_id() == kept
    (tmp_path / ".CURRENT.tmp").write_text("x")
    (tmp_path / "staging" / "build-x").mkdir()
    with store.stage() as folder:
        (tmp_path / ".CURRENT.tmp").write_text("x")
        IndexStore(tmp_path).tidy()
        assert folder.exists()
        assert (tmp_path / ".CURRENT.tmp").exists()
    store.rollback()
    store.tidy()
    assert not (tmp_path / ".CURRENT.tmp").exists()
    assert list((tmp_path / "staging").iterdir()) == []
    assert store.staged_id() is None


def test_a_running_build_holds_off_publishing_and_discarding(tmp_path: Path):
    """It says on whose behalf it runs."""
    store = IndexStore(tmp_path)
    kept = keep(store)
    with store.stage(by="Telegram user 42"):
        for change in (
            lambda: IndexStore(tmp_path).publish_staged(kept, DIGEST),
            lambda: IndexStore(tmp_path).discard_staged(kept),
        ):
            with pytest.raises(
                BuildInProgressError, match=r"user \S+ for Telegram user 42, since 2\S+ \S+ UTC"
            ):
                change()


def test_keeping_tells_what_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A full disk, a folder that is none."""
    store = IndexStore(tmp_path)
    kept = keep(store)

    def full(name: str) -> None:
        if name == "flush":
            raise OSError(28, "No space left on device")

    with pytest.raises(IndexStoreError, match="No space left"):
        keep(IndexStore(tmp_path, on_step=full))
    with store.stage() as folder:
        write(store, folder)
        (tmp_path / "staging" / f"removed-{kept}" / "in the way").mkdir(parents=True)
        with pytest.raises(IndexStoreError, match="cannot be used"):
            store.keep(folder)

    def refuse(path: Path) -> None:
        raise OSError(30, f"Read-only file system: {path}")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", refuse)
        with pytest.raises(IndexStoreError, match="Read-only file system"):
            store.tidy()
    store.tidy()
    (kept,) = (path.name for path in (tmp_path / "staged").iterdir())
    (tmp_path / "staging").rmdir()
    (tmp_path / "staging").write_text("in the way")
    with pytest.raises(IndexStoreError, match="cannot be used"):
        store.discard_staged(kept)
    with pytest.raises(IndexStoreError, match="cannot be used"):
        store.prune()
