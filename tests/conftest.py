"""No test sees the settings of the machine it runs on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """BACKBOT_ variables of whoever runs the tests are taken away."""
    for name in list(os.environ):
        if name.upper().startswith("BACKBOT_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache that all tests share: the weights are hashed once, not in every process."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_home: str
) -> Path:
    """An empty current folder without `.env`, and no user folders but temporary ones."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", cache_home)
    return here
