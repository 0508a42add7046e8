"""`init_folder`: a clinic's own folder from the packaged articles."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from backbot import packaged
from backbot.errors import BackbotError, UsageError
from backbot.scaffold import init_folder
from backbot.settings import folders, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """No test sees the settings of the machine it runs on."""
    for name in list(os.environ):
        if name.upper().startswith("BACKBOT_"):
            monkeypatch.delenv(name)


def test_new_folder_holds_corpus_settings_and_readme(tmp_path: Path) -> None:
    """All three are there, and the corpus is the packaged one, byte for byte."""
    target = tmp_path / "clinics" / "ours"
    made = init_folder(target)
    assert made == (target / "corpus", target / ".env", target / "README.md")
    assert sorted(path.name for path in target.iterdir()) == [".env", "README.md", "corpus"]
    original = packaged.corpus_folder()
    names = {path.relative_to(original) for path in original.rglob("*") if path.is_file()}
    assert names
    for name in names:
        assert (target / "corpus" / name).read_bytes() == (original / name).read_bytes()


def test_new_settings_file_changes_nothing_and_is_private(tmp_path, monkeypatch) -> None:
    """A fresh .env is all comments, so that it loads as the defaults; only its owner reads it."""
    monkeypatch.chdir(tmp_path)
    env = init_folder(tmp_path / "ours")[1]
    assert load_settings(env) == load_settings(tmp_path / "none")
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_new_folder_is_used_from_inside(tmp_path, monkeypatch) -> None:
    """In the new folder, articles, index and drafts are the folder's own."""
    target = tmp_path / "ours"
    init_folder(target)
    monkeypatch.chdir(target)
    ours = folders(load_settings())
    assert ours.corpus == target / "corpus"
    assert ours.index == target / "index"
    assert ours.drafts == target / "drafts"


def test_readme_names_the_next_steps(tmp_path: Path) -> None:
    """Three numbered steps, and the warning that a clinician must review first."""
    text = init_folder(tmp_path / "ours")[2].read_text(encoding="utf-8")
    for words in ("1. ", "2. ", "3. ", "backbot index build", "backbot start", "clinician"):
        assert words in text


def test_empty_folder_is_accepted(tmp_path: Path) -> None:
    """A folder that exists and is empty is filled."""
    assert init_folder(tmp_path)[0].is_dir()


def test_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing is written beside or over other people's files."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        init_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_file_is_refused(tmp_path: Path) -> None:
    """A file of that name is left alone."""
    file = tmp_path / "ours"
    file.write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        init_folder(file)
    assert file.read_text() == "mine"


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A parent that is a file is a sentence, no OSError."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BackbotError, match="cannot be written"):
        init_folder(tmp_path / "file" / "ours")


def test_half_a_folder_is_taken_away_again(tmp_path, monkeypatch) -> None:
    """On a full disk nothing is left that would be refused as not empty next time."""

    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", target)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(BackbotError, match=r"No space left on device.*Check the free space"):
        init_folder(tmp_path / "ours")
    assert not os.path.lexists(tmp_path / "ours")


def test_missing_packaged_corpus_is_told(tmp_path, monkeypatch) -> None:
    """A broken install is a sentence, and nothing is written."""
    monkeypatch.setattr(packaged, "corpus_folder", lambda: tmp_path / "gone")
    with pytest.raises(BackbotError, match="Install backbot again"):
        init_folder(tmp_path / "ours")
    assert not os.path.lexists(tmp_path / "ours")
