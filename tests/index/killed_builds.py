"""A program: kills real processes in the middle of changing an index, and says what is left.

    python killed_builds.py FOLDER build|keep|publish_staged|rollback|prune steps
    python killed_builds.py FOLDER build|… times COUNT SEED

`steps` kills a process before the first change it makes in the file system, another one before
its second, and so on until one lives to the end: every locking, and every making, opening for
writing, renaming and removing of a file or folder, is such a step. `times` kills after random
delays. After each the index is looked at, the same is done again undisturbed, and the index is
looked at again: a JSON line each.

The processes are forked from this one, which has loaded everything, so that each takes
milliseconds. Nothing in the program under test knows of this: the interpreter's audit events are
the steps.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from backbot.corpus.reader import serialise_article
from backbot.errors import BackbotError
from backbot.index.store import IndexStore
from backbot.model import ArticleMeta, ContentTest
from backbot.rebuild import publish_staged, rebuild
from fakes import HashEmbedder, NumpyFormat

FORMAT = NumpyFormat()
TODAY = date(2026, 6, 1)
STEPS = frozenset({"os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "fcntl.flock"})
WRITING = os.O_WRONLY | os.O_RDWR
NOTHING = "nothing"


class Bench:
    """An index with an old generation in service, and articles that have changed since."""

    def __init__(self, folder: Path, operation: str) -> None:
        self.corpus = folder / "corpus"
        self.store = IndexStore(folder / "index")
        self.operation = operation

    def prepare(self) -> None:
        """What the operation needs."""
        self.corpus.mkdir(parents=True)
        if self.operation == "prune":
            for word in ("one", "two", "three"):
                self._write(word)
                self._build()
        if self.operation == "rollback":
            self._write("new")  # to go back to
            self._build()
        self._write("old")
        self._build()
        if self.operation == "build":
            self._write("never")
            self._build(publish=False)  # in the way of the new one
        self._write("new")
        if self.operation == "publish_staged":
            self._build(publish=False)

    def run(self) -> None:
        """The operation itself."""
        match self.operation:
            case "build":
                self._build()
            case "keep":
                self._build(publish=False)
            case "publish_staged":
                if staged := self.store.staged_id():
                    publish_staged(self.corpus, self.store, staged)
                elif self.serving() == "old":
                    self._build()  # killed between the two renames: staff build again
            case "rollback":
                if self.serving() == "old":
                    self.store.rollback()
            case "prune":
                self.store.prune(keep=1)

    def serving(self) -> str:
        """The word of the articles in service; whatever is in service must be whole."""
        self.store.verify()
        generation = self.store.open(FORMAT)
        assert len(generation.tests) == len(generation.question_keys) == 1
        return generation.passages[0].text.split()[0].lower()

    def leftovers(self) -> list[str]:
        """What nobody needs."""
        staging = self.store.folder / "staging"
        found = [path.name for path in staging.iterdir()] if staging.exists() else []
        return found + [path.name for path in self.store.folder.glob(".CURRENT.tmp")]

    def _write(self, word: str) -> None:
        meta = ArticleMeta("a", "A", questions=("Why?",))
        text = serialise_article(meta, f"{word.title()} words of this article.\n")
        (self.corpus / "a.md").write_text(text, encoding="utf-8")

    def _build(self, *, publish: bool = True) -> None:
        rebuild(
            self.corpus,
            self.store,
            HashEmbedder(),
            FORMAT,
            today=TODAY,
            publish=publish,
            test_questions=lambda generation, questions: tuple(
                ContentTest(slug, question, True, 1, generation.passages[0].text)  # noqa: FBT003
                for slug, question in questions
            ),
            extras=lambda _passages, _articles: {"terms.bin": b"terms"},
        )


def killed(action: Callable[[], None], prepare: Callable[[], None], delay_s: float | None) -> str:
    """Do it in another process and kill that one; the step it was killed before, "" if it ended.

    Args:
        action: What to do.
        prepare: Called in that process first; it may arrange for its own death.
        delay_s: When to kill it from outside.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write_end, 3)
        prepare()
        try:
            action()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the parent must hear of it
            os.write(3, f"failed: {error!r}".encode())
            os._exit(1)
    os.close(write_end)
    if delay_s is not None:
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return said or "a moment"
    assert os.WEXITSTATUS(status) == 0, said
    return ""


def die_before(number: int) -> Callable[[], None]:
    """Arranges that this process kills itself before its step of that number, from 0."""

    def prepare() -> None:
        count = 0

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            writes = event == "open" and int(str(arguments[2])) & WRITING
            if event not in STEPS and not writes:
                return
            if count == number:
                place = str(arguments[0]).rpartition("/")[2] if arguments else ""
                os.write(3, f"{event} {place}".encode())
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

        sys.addaudithook(watch)

    return prepare


def report(bench: Bench, step: str) -> None:
    """What is left after a death, and after doing it again."""
    after = bench.serving()
    try:
        bench.run()
        again = bench.serving()
    except BackbotError as error:
        again = f"{type(error).__name__}: {error}"
    row = {
        "step": step,
        "after": after,
        "again": again,
        "leftovers": bench.leftovers(),
        "staged": bench.store.staged_id() is not None,
    }
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def main(folder: Path, operation: str, how: str, count: int = 10_000, seed: int = 0) -> None:
    """Kill until one lives to the end, or that many times."""
    # A killed process loses nothing that it has written, only a machine without power does.
    os.fsync = lambda _file: None  # type: ignore[assignment]
    Bench(folder / "prepared", operation).prepare()
    chance = random.Random(seed)
    longest = 0.0
    for number in range(count):
        place = folder / f"{number}"
        shutil.copytree(folder / "prepared", place)
        bench = Bench(place, operation)
        if how == "steps":
            step = killed(bench.run, die_before(number), None)
        else:
            if number == 0:
                started = time.perf_counter()
                assert not killed(bench.run, lambda: None, None)
                longest = time.perf_counter() - started
                bench = Bench(folder / f"{number}-again", operation)
                shutil.copytree(folder / "prepared", folder / f"{number}-again")
            step = killed(bench.run, lambda: None, chance.uniform(0, longest))
            if not step:
                longest *= 0.8  # on a busy machine the first one may have taken its time
        report(bench, step or NOTHING)
        shutil.rmtree(place)
        if how == "steps" and not step:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4], *map(int, sys.argv[4:6]))
