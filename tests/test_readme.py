"""What the README and docs/ show is what the program does: chat, example, commands, links."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from backbot.cli.commands import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *(ROOT / "docs").rglob("*.md")]
)
# Programs that are not ours; what they are told is theirs to check.
FOREIGN = frozenset(
    [
        "cd",
        "chmod",
        "chown",
        "cp",
        "curl",
        "docker",
        "git",
        "journalctl",
        "pip",
        "sudo",
        "systemctl",
    ]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def load_script(name):
    """A script as a module: scripts/ is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


replay = load_script("replay_transcript")
README = (ROOT / "README.md").read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language; indented ones in lists too."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", page, re.DOTALL | re.MULTILINE)
    return [body for _, body in found]


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    """An index of the repository's own articles."""
    folder = tmp_path_factory.mktemp("readme") / "index"
    replay.backbot("index", "build", env=replay.environment(folder))
    return folder


@pytest.mark.model
def test_transcript_is_what_the_chat_says(index):
    """Typing the README's lines gives the README's replies, but for scores, times and ids."""
    shown = replay.transcript(README)
    now = replay.replay(replay.typed(shown), index)
    assert replay.masked(now) == replay.masked(shown), (
        "`python scripts/replay_transcript.py --write` writes the README anew; read it then."
    )


def test_transcript_shows_what_it_promises():
    """A slip, a refused dose, an emergency beside a negated sign, and why."""
    shown = replay.transcript(README)
    assert replay.typed(shown)[-1] == "/why"
    assert "I can't advise on medicines, doses or prescriptions." in shown
    assert "status=negated" in shown
    assert "status=present tier=emergency" in shown
    assert "[1] " in shown


def test_masks_leave_words_alone():
    """Only scores, shares, times and ids are masked: another word is a difference."""
    line = (
        "1. a#2 score 0.512 (passage 0.40); words covered 80%; 20261122T025040280Z-f26ac6ad 7.5 ms"
    )
    assert replay.masked(line) == (
        "1. a#2 score SCORE (passage SCORE); words covered SHARE; GENERATION N ms"
    )
    assert replay.masked("20-degree angle, 30 seconds") == "20-degree angle, 30 seconds"


@pytest.mark.model
def test_library_example_runs(index, tmp_path):
    """The README's example runs as they stand and prints tier, answer and titles."""
    (example,) = blocks(README, "python")
    assert len(example.strip().splitlines()) == 6
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    (tmp_path / "index").symlink_to(index)
    env = {name: value for name, value in os.environ.items() if not name.startswith("BACKBOT_")}
    result = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    tier, answer, *rest = result.stdout.splitlines()
    assert tier == "none"
    assert "stress" in answer.lower()
    assert rest[-1] == "Stress and back pain"


# --------------------------------------------------------------------------- commands


def commands(page: str) -> list[str]:
    """Every line of the `sh` blocks, comments and line breaks removed."""
    text = "".join(blocks(page, "sh")).replace("\\\n", " ")
    lines = (re.sub(r"(?:^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def help_of(words: tuple[str, ...]) -> str:
    """What `--help` says of a command; "" where there is no such command."""
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    return result.output if result.exit_code == 0 else ""


def fault(command: str) -> str:
    """What is wrong with a command of a page; "" if nothing is."""
    words = command.split()
    program = Path(words[0]).name if words[0].startswith(".venv/bin/") else words[0]
    if program == "backbot":
        return backbot_fault(words[1:])
    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        unknown = [word for word in words[1:] if "=" not in word and word not in targets]
        return f"make has no target {unknown[0]}" if unknown else ""
    if program == "python":
        script = ROOT / words[1]
        if not script.is_file():
            return f"there is no {words[1]}"
        text = script.read_text("utf-8")
        missing = [w for w in words[2:] if w.startswith("-") and f'"{w}"' not in text]
        return f"{words[1]} knows no {missing[0]}" if missing else ""
    return "" if program in FOREIGN else f"nobody knows the program {program}"


def backbot_fault(words: list[str]) -> str:
    """Whether the command and its options stand in `--help`."""
    named: list[str] = []
    for word in words:
        if word.startswith("-") or not help_of((*named, word)) or not is_group(tuple(named)):
            break
        named.append(word)
    if not named and words and not words[0].startswith("-"):
        return f"backbot has no command {words[0]}"
    if (
        is_group(tuple(named))
        and len(words) > len(named)
        and not words[len(named)].startswith("-")
    ):
        return f"backbot {' '.join(named)} has no command {words[len(named)]}"
    text = help_of(tuple(named))
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    missing = [o for o in options if not re.search(rf"(?<![\w-]){re.escape(o)}(?![\w-])", text)]
    return f"backbot {' '.join(named)} has no option {missing[0]}" if missing else ""


def is_group(words: tuple[str, ...]) -> bool:
    """Whether commands stand below it."""
    return "Commands:" in help_of(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_of_pages_exist(page):
    """Every command in an `sh` block exists, and so do its options."""
    faults = [f"{c}: {why}" for c in commands(page.read_text("utf-8")) if (why := fault(c))]
    assert faults == []


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("backbot bild", "backbot has no command bild"),
        ("backbot index bild", "backbot index has no command bild"),
        ("backbot index build --ful", "backbot index build has no option --ful"),
        ("backbot ask --explain why", ""),
        ("make runn", "make has no target runn"),
        ("python scripts/nothing.py", "there is no scripts/nothing.py"),
        (
            "python scripts/refresh_readme_figures.py --fast",
            "scripts/refresh_readme_figures.py knows no --fast",
        ),
        ("rm -rf /", "nobody knows the program rm"),
    ],
)
def test_wrong_commands_are_noticed(command, why):
    """The check above can fail."""
    assert fault(command) == why


def test_readme_names_the_two_commands():
    """Whoever reads no further has seen how to run it and how to test it."""
    assert {"make run", "make test"} <= set(commands(README))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    """Every link to a file of the repository leads to one."""
    targets = [t.partition("#")[0] for t in LINK.findall(page.read_text("utf-8"))]
    own = [target for target in targets if target and "://" not in target]
    assert [target for target in own if not (page.parent / target).exists()] == []


# --------------------------------------------------------------------------- figures

refresh = load_script("refresh_readme_figures")


def rate(ok: int, n: int) -> dict:
    """What is read of a rate as `eval --json` writes it."""
    return {"ok": ok, "n": n}


def result(*names: str) -> dict:
    """An evaluation with these sets."""
    rates = {name: rate(9, 10) for _, _, name in refresh.ROWS}
    return {"blocks": {name: {"rates": rates} for name in names}}


def test_figures_stand_between_their_marks():
    """The README has both marks, in order, and a table between them."""
    start, end = "<!-- figures:start -->", "<!-- figures:end -->"
    between = README.partition(start)[2].partition(end)[0]
    assert "| questions: the fact is in the answer" in between
    assert "commit" in between
    assert README.count(start) == README.count(end) == 1


def test_only_the_block_is_written_anew():
    """What stands around the marks stays, however often it is done."""
    page = "a\n<!-- x:start -->\nold\n<!-- x:end -->\nb\n"
    once = refresh.with_block(page, "x", "new \\1")
    assert once == "a\n<!-- x:start -->\nnew \\1\n<!-- x:end -->\nb\n"
    assert refresh.with_block(once, "x", "new \\1") == once
    with pytest.raises(ValueError, match="x:start"):
        refresh.with_block("no marks", "x", "new")


def test_figures_carry_counts_and_intervals():
    """A figure without its count and interval is no figure."""
    block = refresh.figures(result("answers/questions"), "2026-11-22, commit abc")
    assert "90 % (9/10; 60–98)" in block
    assert "commit abc" in block
    assert "tuned on" in block
    assert "kept aside" not in block


def test_absent_sets_are_dashes_and_absent_columns_go():
    """What was not measured is not claimed."""
    names = ("answers/questions", "answers/own_questions_kept")
    block = refresh.figures(result(*names), "today")
    header = next(line for line in block.splitlines() if line.startswith("| |"))
    assert header == "| | development sets | own sets, kept aside |"
    row = next(line for line in block.splitlines() if line.startswith("| emergencies: given the"))
    assert row.endswith("| – | – |")


def test_sets_of_one_column_are_counted_together():
    """Shares are never averaged over sets of different sizes."""
    rates = {name: rate(9, 10) for _, _, name in refresh.ROWS}
    more = {name: rate(0, 30) for _, _, name in refresh.ROWS}
    blocks = {
        "answers/questions": {"rates": rates},
        "answers/own_questions_kept": {"rates": rates},
        "answers/fresh_questions_kept": {"rates": more},
    }
    assert "| 22 % (9/40; " in refresh.figures({"blocks": blocks}, "today")


def test_an_evaluation_without_the_questions_is_refused():
    """A table of dashes is never written over a real one."""
    with pytest.raises(ValueError, match="lacks the development questions"):
        refresh.figures(result("escalation/dev"), "today")
