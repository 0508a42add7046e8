"""The Dockerfile read, and its steps carried out in a folder instead of a container.

Not a container: the base image, its users and the layers are not there. What is exercised is every
RUN command, every path that is copied, and every ENV and WORKDIR they depend on.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
# The folders of the image that are given a place of their own.
_PLACES = re.compile(r"(?<![\w./])/(?=(?:opt|srv|src|var)\b)")


@dataclass(frozen=True)
class Step:
    """One instruction: its name and all that follows it."""

    name: str
    words: str

    @property
    def options(self) -> dict[str, str]:
        """`--from=code` and the like."""
        found = re.match(r"((?:--\S+\s+)*)", self.words)
        return dict(re.findall(r"--([\w-]+)=(\S+)", found[1] if found else ""))

    @property
    def arguments(self) -> list[str]:
        """The words behind the options."""
        return re.sub(r"^(?:--\S+\s+)*", "", self.words).split()


@dataclass
class Stage:
    """One FROM and what follows it."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)


def stages(text: str) -> dict[str, Stage]:
    """The stages of a Dockerfile by name, in order."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    found: dict[str, Stage] = {}
    current = Stage("", "")
    for line in joined.splitlines():
        name, _, words = line.strip().partition(" ")
        if name == "FROM":
            base, _, alias = words.partition(" AS ")
            current = found[alias] = Stage(alias, base)
        elif name and current.name:
            current.steps.append(Step(name, " ".join(words.split())))
    return found


def chain(all_stages: dict[str, Stage], name: str) -> list[Stage]:
    """A stage and the stages it stands on, the lowest first."""
    stage = all_stages[name]
    below = chain(all_stages, stage.base) if stage.base in all_stages else []
    return [*below, stage]


def in_context(path: str, ignore: str) -> bool:
    """Whether a path of the project is sent to the builder; `ignore` is `.dockerignore`."""
    kept = True
    parts = PurePosixPath(path).parts
    prefixes = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    for line in ignore.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        keeps, pattern = pattern.startswith("!"), pattern.removeprefix("!").strip("/")
        if any(_fits(prefix, pattern) for prefix in prefixes):
            kept = keeps
    return kept


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        parts = path.split("/")
        tails = ["/".join(parts[n:]) for n in range(len(parts))]
        return any(_fits(tail, pattern[3:]) for tail in tails)
    pairs = list(zip(path.split("/"), pattern.split("/"), strict=False))
    same_depth = path.count("/") == pattern.count("/")
    return same_depth and all(fnmatch.fnmatchcase(one, other) for one, other in pairs)


class Tried:
    """Carries the steps out below a folder, which stands for `/` of every stage."""

    def __init__(self, folder: Path, all_stages: dict[str, Stage]) -> None:
        self.folder = folder
        self.stages = all_stages
        self.ran: list[str] = []

    def here(self, text: str) -> str:
        """The text with absolute paths of the image led into the folder."""
        return _PLACES.sub(f"{self.folder}/", text)

    def environment(self, name: str) -> dict[str, str]:
        """What ENV says, from the lowest stage up."""
        env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
        }
        env |= {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
        env |= {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_"))}
        for stage in chain(self.stages, name):
            for step in stage.steps:
                if step.name == "ENV":
                    for key, value in re.findall(r'(\w+)=("[^"]*"|\S+)', step.words):
                        path = value.strip('"').replace("${PATH}", env["PATH"])
                        env[key] = self.here(path.replace("${VERSION}", ""))
        return env

    def workdir(self, name: str) -> Path:
        """The folder that the last WORKDIR of a stage names."""
        words = [
            step.words
            for stage in chain(self.stages, name)
            for step in stage.steps
            if step.name == "WORKDIR"
        ]
        return Path(self.here(words[-1]))

    def build(self) -> None:
        """Every stage in order: copies from the project, copies from stages, commands."""
        ignore = (ROOT / ".dockerignore").read_text("utf-8")
        for stage in self.stages.values():
            below = stage.base if stage.base in self.stages else ""
            where = self.workdir(below) if below and self._has_workdir(below) else self.folder
            for step in stage.steps:
                if step.name == "WORKDIR":
                    where = Path(self.here(step.words))
                    where.mkdir(parents=True, exist_ok=True)
                elif step.name == "COPY":
                    self._copy(step, where, ignore)
                elif step.name == "RUN":
                    self._run(step.words, where, stage.name)

    def _has_workdir(self, name: str) -> bool:
        return any(s.name == "WORKDIR" for one in chain(self.stages, name) for s in one.steps)

    def _copy(self, step: Step, where: Path, ignore: str) -> None:
        *sources, target = step.arguments
        if "from" in step.options:
            # All stages share one folder, so a copy between them must not move anything.
            assert sources == [target], step.words
            assert Path(self.here(target)).exists(), f"nothing made {target}"
            return
        for source in sources:
            for path in _files(ROOT / source):
                name = path.relative_to(ROOT).as_posix()
                if not in_context(name, ignore):
                    continue
                inner = path.relative_to(ROOT / source)
                goal = where / target / (inner if (ROOT / source).is_dir() else source)
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, goal)

    def _run(self, command: str, where: Path, stage: str) -> None:
        done = subprocess.run(
            ["sh", "-ec", self.here(command)],
            cwd=where,
            env=self.environment(stage),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        self.ran.append(command)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
