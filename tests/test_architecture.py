"""Who may import whom, and what must never be loaded by whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import backbot

ROOT = Path(__file__).resolve().parents[1]
SOURCES = Path(backbot.__file__).resolve().parents[1]
HEAVY = ("telegram", "faiss", "torch", "onnxruntime", "sentence_transformers", "tokenizers")

LOADED_BY_IMPORT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
importlib.import_module(sys.argv[2])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded_by(module: str) -> set[str]:
    """Top-level packages in a fresh interpreter after importing the module."""
    command = [sys.executable, "-c", LOADED_BY_IMPORT, str(SOURCES), module]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_import_contracts_hold() -> None:
    """Every contract in pyproject.toml: layers, the lone engine, libraries at the edge."""
    run = "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(SOURCES)!r}); {run}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    "module", ["backbot.triage.engine", "backbot.assistant", "backbot.rebuild"]
)
def test_core_loads_no_heavy_library(module: str) -> None:
    """Escalation, read path and write path know ports; which library is behind is not theirs."""
    assert loaded_by(module).isdisjoint(HEAVY)


def test_engine_needs_the_standard_library_only() -> None:
    """The escalation engine starts with every installed package broken."""
    ours = loaded_by("backbot.triage.engine")
    bare = loaded_by("backbot")
    foreign = {name for name in ours - bare if name not in sys.stdlib_module_names}
    assert foreign == set()


def test_package_itself_is_light() -> None:
    """`import backbot` gives the version and nothing heavier."""
    assert loaded_by("backbot").isdisjoint({*HEAVY, "numpy", "pydantic", "click", "tqdm"})
