"""Two real processes: one reads, the other publishes."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import backbot
from backbot.index.store import IndexStore
from index.generations import publish

SOON_S = 5.0

READER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from backbot.index.live import LiveIndex
    from backbot.index.store import IndexStore
    from fakes import NumpyFormat, identity

    live, last = LiveIndex(IndexStore(Path(sys.argv[1])), NumpyFormat(), identity()), ""
    while True:
        generation = live.current()
        if generation.id != last:
            last = generation.id
            print(last, generation.passages[0].text.split()[0], flush=True)
        time.sleep(0.02)
    """
)
WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from backbot.index.store import IndexStore
    from index.generations import publish

    publish(IndexStore(Path(sys.argv[1])), sys.argv[2])
    """
)


def start(program: str, *words: str) -> subprocess.Popen[str]:
    """A Python process that can import what the tests can."""
    roots = [Path(__file__).parents[1], Path(backbot.__file__).parents[1]]
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_reader_notices_what_another_process_publishes_within_seconds(tmp_path: Path):
    """And what it rolls back; it is never told."""
    store = IndexStore(tmp_path)
    first = publish(store, "old")
    seen: queue.Queue[str] = queue.Queue()
    with start(READER, str(tmp_path)) as reader:

        def listen() -> None:
            assert reader.stdout is not None
            for line in reader.stdout:
                seen.put(line.strip())

        threading.Thread(target=listen, daemon=True).start()
        try:
            assert seen.get(timeout=30) == f"{first} old"
            with start(WRITER, str(tmp_path), "new") as writer:
                assert writer.wait(30) == 0
            published = time.monotonic()
            assert seen.get(timeout=SOON_S) == f"{store.current_id()} new"
            assert time.monotonic() - published < SOON_S
            store.rollback()
            assert seen.get(timeout=SOON_S) == f"{first} old"
        finally:
            reader.kill()
