"""The settings of the machine are kept out, and the command can be run in two ways.

`cli` runs it in this process, `process` in its own; `clinic` is a folder with three short articles
and their index, built once by the real encoder. `postgresql` is a server to keep state in.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import postgresql_server
from backbot.adapters import onnx_embedder
from backbot.adapters.onnx_embedder import OnnxEmbedder
from backbot.cli import main
from backbot.settings import Settings
from backbot.wiring import Program
from postgresql_server import MISSING, PostgresqlServer, running
from small_corpus import write_corpus


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, cache_home: str) -> None:
    """BACKBOT_ variables of whoever runs the tests are taken away, and so is their cache."""
    for name in list(os.environ):
        if name.upper().startswith("BACKBOT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", cache_home)


@pytest.fixture(scope="session")
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache that all tests share: the weights are hashed once, not in every process."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder without `.env`, and no user folders but temporary ones."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return here


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of the tests' own, where one is installed."""
    with running() as server:
        yield server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Tests that miss the server are told in one line together, not in one for each."""
    report = yield
    if report.skipped and MISSING in str(report.longrepr):
        report.longrepr = (postgresql_server.__file__, 1, MISSING)
    return report


# --------------------------------------------------------------------------- the command


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        """Standard output as the one JSON object that it must be."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Result]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, cache_home: str) -> Path:
    """A clinic's folder with `corpus` and `index`, built once by the real encoder."""
    folder = tmp_path_factory.mktemp("clinic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", cache_home)
        for name in [name for name in os.environ if name.startswith("BACKBOT_")]:
            patch.delenv(name)
        settings = Settings(corpus_dir=write_corpus(folder / "corpus"), index_dir=folder / "index")
        Program(settings).rebuild()
    return folder


@pytest.fixture
def clinic(apart: Path, built: Path) -> Path:
    """The current folder, with articles and index of its own to damage."""
    shutil.copytree(built, apart, dirs_exist_ok=True)
    return apart


@pytest.fixture
def one_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands in this process share one real encoder, which takes a while to open."""
    load, weights = onnx_embedder.load_embedder, onnx_embedder.WEIGHTS_PACKAGE

    def shared(
        model: str, *, threads: int = 1, cores: int = 1, for_one: bool = False, cache_dir: Path
    ) -> OnnxEmbedder:
        del for_one  # it is for all of them
        if model not in onnx_embedder.DEFAULT_NAMES or weights != onnx_embedder.WEIGHTS_PACKAGE:
            return load(model, threads=threads, cores=cores, cache_dir=cache_dir)
        if not _OPENED:
            _OPENED.append(load(model, threads=threads, cores=cores, cache_dir=cache_dir))
        return _OPENED[0]

    monkeypatch.setattr(onnx_embedder, "load_embedder", shared)


_OPENED: list[OnnxEmbedder] = []


@pytest.fixture
def cli(apart: Path, one_encoder: None) -> Iterator[Run]:
    """Run `backbot` in this process, through the same `main` as the installed command."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    kept = sys.stdin, sys.stdout, sys.stderr

    def run(*words: object, stdin: bytes = b"") -> Result:
        sys.stdin, sys.stdout, sys.stderr = (
            io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")
        )
        try:
            with pytest.raises(SystemExit) as left:
                main([str(word) for word in words])
            out, err = (_written(stream) for stream in (sys.stdout, sys.stderr))
        finally:
            sys.stdin, sys.stdout, sys.stderr = kept
        assert isinstance(left.value.code, int)
        assert "Traceback" not in err
        return Result(left.value.code, out, err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("backbot.rebuild", "httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode("utf-8")


@pytest.fixture
def process(apart: Path) -> Run:
    """Run `backbot` in a process of its own."""

    def run(*words: object, stdin: bytes = b"", **settings: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "backbot", *map(str, words)],
            input=stdin,
            env=os.environ | settings,
            cwd=Path.cwd(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
