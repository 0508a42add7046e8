"""What the figures were measured on, and how busy it was. Run alone, it prints that."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("onnxruntime", "tokenizers", "faiss-cpu", "numpy")
# What a figure can depend on; a change elsewhere does not make a commit's figures untrue.
MEASURED = ("src", "corpus", "evaluation", "benchmarks/*.py", "constraints.txt")


def machine() -> dict[str, object]:
    """Processor, versions, date and commit; `load` is the share of the cores in use before."""
    cores = os.cpu_count() or 1
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "processor": _processor(),
        "cores": cores,
        "load": round(os.getloadavg()[0] / cores, 2),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def commit() -> str:
    """The commit's short id, and whether what is measured differs from it; "unknown" outside."""
    short = _git("rev-parse", "--short", "HEAD")
    if not short:
        return "unknown"
    return f"{short} with changes" if _git("status", "--porcelain", "--", *MEASURED) else short


def describe(what: dict[str, object]) -> str:
    """The machine in one sentence."""
    libraries = what["libraries"]
    assert isinstance(libraries, dict)
    versions = ", ".join(f"{name} {number}" for name, number in libraries.items())
    return (
        f"{what['date']}, commit {what['commit']}, {what['processor']}, {what['cores']} cores, "
        f"load {what['load']:.0%} of them before the run, Python {what['python']}, {versions}"
    )


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile of at least one value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(what: dict[str, object], rows: list[tuple[str, str]]) -> None:
    """A Markdown table on standard output; with `--json` one object instead."""
    if "--json" in sys.argv[1:]:
        print(json.dumps({"machine": what, "rows": rows}, ensure_ascii=False))
        return
    print(f"{describe(what)}\n\n| | |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


def _git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    print(describe(machine()))
