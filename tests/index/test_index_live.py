"""The generation being served."""

from __future__ import annotations

import os
import threading
from datetime import date
from pathlib import Path

import pytest

from backbot.corpus.reader import serialise_article
from backbot.errors import CorruptGenerationError, ModelMismatchError, NoGenerationError
from backbot.index.live import LiveIndex
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta, EncoderIdentity
from backbot.ports import VectorIndexFormat
from backbot.rebuild import rebuild
from fakes import FixedClock, HashEmbedder, NumpyFormat, NumpyIndex, identity


class CountingFormat(NumpyFormat):
    """Counts how often a generation was opened."""

    def __init__(self) -> None:
        self.opened = 0

    def read(self, path: Path) -> NumpyIndex:
        """Open, and count it."""
        self.opened += 1
        return super().read(path)


class SlowFormat(NumpyFormat):
    """Opens only when told to go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def read(self, path: Path) -> NumpyIndex:
        """Wait, then open."""
        self.reached.set()
        assert self.go_on.wait(10)
        return super().read(path)


def publish(folder: Path, text: str, model: str = "hash") -> str:
    """Build and publish a corpus of one article."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "a.md").write_text(serialise_article(ArticleMeta("a", "A"), text))
    store = IndexStore(folder / "index")
    return rebuild(
        corpus, store, HashEmbedder(model), NumpyFormat(), today=date(2026, 1, 1), full=True
    ).generation


def live(
    folder: Path,
    clock: FixedClock,
    vector_format: VectorIndexFormat | None = None,
    encoder: EncoderIdentity | None = None,
) -> LiveIndex:
    """A live index over what `publish` published."""
    store = IndexStore(folder / "index")
    return LiveIndex(store, vector_format or NumpyFormat(), encoder or identity(), clock=clock)


def test_a_new_generation_is_noticed_within_a_second(tmp_path: Path):
    """And not before: between two looks nothing touches the disk."""
    clock = FixedClock()
    first = publish(tmp_path, "One.")
    index = live(tmp_path, clock)
    assert index.current().id == first
    second = publish(tmp_path, "Two.")
    clock.advance(0.9)
    assert index.current().id == first
    clock.advance(0.2)
    assert index.current().id == second
    assert index.last_error is None


def test_what_was_published_here_is_served_at_once(tmp_path: Path):
    """Whoever asks for the state after a publication or a rollback is not told the old one."""
    clock = FixedClock()
    publish(tmp_path, "One.")
    index = live(tmp_path, clock)
    index.current()
    second = publish(tmp_path, "Two.")
    index.look_again()
    assert index.current().id == second


def test_a_question_keeps_its_generation(tmp_path: Path):
    """What was handed out does not change when another one is published and pruned."""
    clock = FixedClock()
    publish(tmp_path, "One.")
    index = live(tmp_path, clock)
    held = index.current()
    for word in ("Two.", "Three.", "Four."):
        publish(tmp_path, word)
    IndexStore(tmp_path / "index").prune(keep=1)
    clock.advance(2)
    assert index.current().passages[0].text == "Four."
    assert held.passages[0].text == "One."
    assert float(held.passage_vectors[0] @ held.passage_vectors[0]) == pytest.approx(1)


def test_an_unchanged_pointer_opens_nothing(tmp_path: Path):
    """One look a second is a stat, no more."""
    clock, vector_format = FixedClock(), CountingFormat()
    publish(tmp_path, "One.")
    index = live(tmp_path, clock, vector_format)
    for _ in range(50):
        index.current()
        clock.advance(1)
    assert vector_format.opened == 1


def test_nothing_that_happens_to_files_later_reaches_who_is_served(tmp_path: Path):
    """Read whole, files may be cut short under it; mapped vectors would end the program."""
    publish(tmp_path, "One.")
    store = IndexStore(tmp_path / "index")
    index = LiveIndex(store, NumpyFormat(), identity(), whole=True)
    held = index.current()
    for path in (store.folder / "generations" / held.id).iterdir():
        if path.is_file():
            os.truncate(path, 0)
    assert float(held.unit_vectors[0] @ held.unit_vectors[0]) == pytest.approx(1)
    assert float(held.passage_vectors[0] @ held.passage_vectors[0]) == pytest.approx(1)
    with pytest.raises(ValueError, match="read-only"):
        held.unit_vectors[0, 0] = 1


def test_read_whole_a_changed_byte_is_never_served(tmp_path: Path):
    """A sentence that differs in one letter has the right size, and is no sentence of ours."""
    clock = FixedClock()
    first = publish(tmp_path, "One.")
    store = IndexStore(tmp_path / "index")
    index = LiveIndex(store, NumpyFormat(), identity(), clock=clock, whole=True)
    index.current()
    second = publish(tmp_path, "Two.")
    passages = store.folder / "generations" / second / "passages.jsonl"
    passages.write_bytes(passages.read_bytes().replace(b"Two.", b"Too."))
    clock.advance(2)
    assert index.current().id == first
    assert "passages.jsonl does not have its checksum" in str(index.last_error)
    with pytest.raises(CorruptGenerationError, match="checksum"):
        LiveIndex(store, NumpyFormat(), identity(), whole=True).current()


def test_rollback_is_noticed_too(tmp_path: Path):
    """The pointer counts, not which generation is newer."""
    clock = FixedClock()
    first, second = publish(tmp_path, "One."), publish(tmp_path, "Two.")
    index = live(tmp_path, clock)
    assert index.current().id == second
    IndexStore(tmp_path / "index").rollback()
    clock.advance(1)
    assert index.current().id == first


def test_without_a_generation_the_remedy_is_named_until_there_is_one(tmp_path: Path):
    """A bot may be started before the first build."""
    clock = FixedClock()
    index = live(tmp_path, clock)
    for _ in range(2):
        with pytest.raises(NoGenerationError, match="backbot index build"):
            index.current()
        clock.advance(1)
    first = publish(tmp_path, "One.")
    assert index.current().id == first
    assert index.last_error is None


def test_another_encoder_is_refused_with_both_names(tmp_path: Path):
    """Vectors of two models cannot be compared."""
    publish(tmp_path, "One.", model="new")
    with pytest.raises(ModelMismatchError, match=r"model new .* in use is hash .*index build"):
        live(tmp_path, FixedClock()).current()


def test_a_generation_of_another_encoder_leaves_the_old_one_in_service(tmp_path: Path):
    """And says why, until one that fits is published."""
    clock = FixedClock()
    first = publish(tmp_path, "One.")
    index = live(tmp_path, clock)
    index.current()
    publish(tmp_path, "Two.", model="new")
    clock.advance(1)
    assert index.current().id == first
    assert isinstance(index.last_error, ModelMismatchError)
    third = publish(tmp_path, "Three.")
    clock.advance(1)
    assert index.current().id == third
    assert index.last_error is None


def test_a_damaged_generation_leaves_the_old_one_in_service(tmp_path: Path):
    """It is tried again after half a minute, not at every look."""
    clock, vector_format = FixedClock(), CountingFormat()
    first = publish(tmp_path, "One.")
    index = live(tmp_path, clock, vector_format)
    index.current()
    second = publish(tmp_path, "Two.")
    broken = tmp_path / "index" / "generations" / second / "articles.json"
    content = broken.read_bytes()
    broken.write_bytes(b"[" + b" " * (len(content) - 1))
    for _ in range(20):
        clock.advance(1)
        assert index.current().id == first
    assert isinstance(index.last_error, CorruptGenerationError)
    broken.write_bytes(content)
    clock.advance(1)
    assert index.current().id == first
    clock.advance(30)
    assert index.current().id == second
    assert vector_format.opened == 2


def test_a_lost_pointer_leaves_the_old_one_in_service(tmp_path: Path):
    """Somebody emptied the index folder under a running bot."""
    clock = FixedClock()
    first = publish(tmp_path, "One.")
    index = live(tmp_path, clock)
    index.current()
    (tmp_path / "index" / "CURRENT").unlink()
    clock.advance(1)
    assert index.current().id == first
    assert isinstance(index.last_error, NoGenerationError)


def test_the_only_generation_damaged_is_an_error_and_heals(tmp_path: Path):
    """With nothing to fall back on, every look tries again."""
    clock = FixedClock()
    first = publish(tmp_path, "One.")
    path = tmp_path / "index" / "generations" / first / "tests.json"
    content = path.read_bytes()
    path.unlink()
    index = live(tmp_path, clock)
    with pytest.raises(CorruptGenerationError, match=r"tests\.json"):
        index.current()
    path.write_bytes(content)
    clock.advance(1)
    assert index.current().id == first


def test_nobody_waits_while_a_new_generation_is_opened(tmp_path: Path):
    """Opening takes a moment; questions asked meanwhile get the old one at once."""
    clock, vector_format = FixedClock(), SlowFormat()
    first = publish(tmp_path, "One.")
    vector_format.go_on.set()
    index = live(tmp_path, clock, vector_format)
    index.current()
    second = publish(tmp_path, "Two.")
    clock.advance(1)
    vector_format.go_on.clear()
    vector_format.reached.clear()
    opener = threading.Thread(target=index.current)
    opener.start()
    assert vector_format.reached.wait(10)
    assert index.current().id == first
    vector_format.go_on.set()
    opener.join()
    assert index.current().id == second


def test_the_same_pointer_written_again_opens_nothing(tmp_path: Path):
    """Somebody rolled back to what is in service."""
    clock, vector_format = FixedClock(), CountingFormat()
    first = publish(tmp_path, "One.")
    index = live(tmp_path, clock, vector_format)
    index.current()
    IndexStore(tmp_path / "index").rollback(first)
    clock.advance(1)
    assert index.current().id == first
    assert vector_format.opened == 1


def test_many_threads_open_a_generation_once(tmp_path: Path):
    """All get the same one; those without any wait for the first."""
    vector_format = CountingFormat()
    first = publish(tmp_path, "One.")
    index = live(tmp_path, FixedClock(), vector_format)
    gate = threading.Barrier(8)
    seen: list[str] = []

    def ask() -> None:
        gate.wait()
        seen.append(index.current().id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [first] * 8
    assert vector_format.opened == 1
