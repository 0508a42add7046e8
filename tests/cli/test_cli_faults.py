"""What is said when something is wrong: sentences, statuses, and never a traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backbot.wiring import Program

DATABASE = {"alembic", "cryptography", "sqlalchemy"}
HEAVY = DATABASE | {
    "faiss",
    "httpx",
    "lxml",
    "numpy",
    "onnxruntime",
    "pydantic_settings",
    "sentence_transformers",
    "telegram",
    "tokenizers",
    "torch",
}
TREE = """
import sys
from backbot.cli import main
try:
    main(sys.argv[1:])
finally:
    loaded = {name.partition(".")[0] for name in sys.modules}
    print("LOADED", *sorted(loaded), file=sys.stderr)
"""


# --------------------------------------------------------------------------- usage


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nonsense"], "No such command 'nonsense'. `backbot --help` shows how it is used."),
        (["ask", "--nonsense"], "No such option '--nonsense'. `backbot ask --help` shows"),
        (["index", "nonsense"], "`backbot index --help` shows how it is used."),
        (["ask", "--jsn", "why"], "Did you mean '--json'? `backbot ask --help` shows"),
        (["corpus", "approve", "x.md"], "Missing option '--by'."),
        (["corpus", "import"], "Missing argument"),
        (["index", "prune", "--keep", "0"], "Invalid value for '--keep'"),
    ],
)
def test_wrong_usage_is_one_sentence(cli, words, told):
    """What is wrong and where to look; status 2, nothing on stdout."""
    result = cli(*words)
    assert result.status == 2
    assert result.out == ""
    assert result.err.startswith("backbot: ")
    assert told in result.err
    assert len(result.err.splitlines()) == 1


def test_bare_command_shows_its_help(process):
    """Who types only the name wants to see what there is."""
    result = process()
    assert "Commands:" in result.out + result.err


@pytest.mark.parametrize(
    "command",
    [
        "start run chat ask triage eval doctor init",
        "model compile",
        "corpus import approve check list",
        "index build list verify rollback prune",
    ],
)
def test_every_command_of_the_interface_exists(cli, command):
    """By its help, which needs no index and no settings."""
    first, *names = command.split()
    paths = [[first, name] for name in names] if first in {"model", "corpus", "index"} else []
    for path in paths or [[name] for name in command.split()]:
        result = cli(*path, "--help")
        assert result.status == 0, path
        assert f"backbot {' '.join(path)}" in result.out


# --------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "command",
    [["ask", "x"], ["index", "list"], ["corpus", "check"], ["chat"], ["run"], ["doctor"]],
)
def test_unknown_setting_is_named_with_the_nearest(cli, monkeypatch, command):
    """Status 2 in every command that reads settings."""
    monkeypatch.setenv("BACKBOT_TELEGRAM_TOKE", "x")
    result = cli(*command)
    assert result.status == 2
    assert "BACKBOT_TELEGRAM_TOKEN" in result.err + result.out


def test_several_wrong_settings_are_all_told(cli, monkeypatch):
    """One run tells everything there is to mend."""
    monkeypatch.setenv("BACKBOT_HTTP_PORT", "many")
    monkeypatch.setenv("BACKBOT_LOG_LEVEL", "LOUD")
    monkeypatch.setenv("BACKBOT_NONSENSE", "1")
    result = cli("ask", "x")
    assert result.status == 2
    for name in ("HTTP_PORT", "LOG_LEVEL", "NONSENSE"):
        assert f"BACKBOT_{name}" in result.err


def test_wrong_setting_in_the_env_file_names_the_file(cli, apart):
    """Where it stands is half the remedy."""
    (apart / ".env").write_text("BACKBOT_COUNTRY=Britain\n")
    result = cli("ask", "x")
    assert result.status == 2
    assert ".env" in result.err


def test_rules_file_that_is_wrong_disarms_nothing(cli, clinic, monkeypatch):
    """The packaged rules go on; doctor says what to mend."""
    rules = clinic / "own.toml"
    rules.write_text("[[nonsense]]\n")
    monkeypatch.setenv("BACKBOT_RULES_FILE", str(rules))
    assert "🚨" in cli("ask", "i cannot pee").out
    result = cli("doctor")
    assert result.status == 1
    assert "nonsense" in result.out


def test_clinics_own_number_is_given(cli, clinic, monkeypatch):
    """A rules file that is right is in force."""
    rules = clinic / "own.toml"
    rules.write_text(
        'number = [{ country = "GB", name = "Britain", number = "555", other = "", '
        'confidence = "A", checked = "2026-01-01" }]\n'
    )
    monkeypatch.setenv("BACKBOT_RULES_FILE", str(rules))
    monkeypatch.setenv("BACKBOT_COUNTRY", "GB")
    assert "555" in cli("ask", "I can't pee and my groin is numb").out


# --------------------------------------------------------------------------- version, debug


def test_version_names_program_generation_and_model(cli, clinic):
    """All three on one line."""
    generation = (clinic / "index" / "CURRENT").read_text().strip()
    result = cli("--version")
    assert result.status == 0
    assert f"index generation {generation}, model all-MiniLM-L6-v2" in result.out


def test_version_is_told_with_wrong_settings(cli, monkeypatch):
    """It is asked for when something is wrong."""
    monkeypatch.setenv("BACKBOT_NONSENSE", "1")
    result = cli("--version")
    assert result.status == 0
    assert result.out.startswith("backbot ")


@pytest.mark.parametrize("place", [0, 2])
def test_debug_shows_the_traceback_wherever_it_stands(process, place):
    """Before the command or after it; the status stays."""
    words = ["corpus", "list"]
    words.insert(place, "--debug")
    result = process(*words, BACKBOT_CORPUS_DIR="missing")
    assert result.status == 1
    assert "Traceback" in result.err


def test_unexpected_fault_is_one_sentence(cli, clinic, monkeypatch):
    """A bug is told without its traceback, and how to see it."""

    def broken(_self):
        raise ZeroDivisionError

    monkeypatch.setattr(Program, "without_effect", broken)
    result = cli("doctor")
    assert result.status == 1
    assert "ZeroDivisionError" in result.err
    assert "--debug" in result.err


def test_engine_failure_gives_the_failsafe_text_and_fails(cli, clinic, monkeypatch):
    """The person gets the safety net; the shell learns that something is broken."""

    def broken(*_arguments, **_options):
        raise RuntimeError("what the person typed")

    monkeypatch.setattr("backbot.triage.engine.assess", broken)
    result = cli("ask", "my back is stiff")
    assert result.status == 1
    assert "Something went wrong" in result.out
    assert "RuntimeError" in result.err
    assert "what the person typed" not in result.err


# --------------------------------------------------------------------------- the outside world


def test_reader_that_goes_away_is_no_fault(clinic):
    """`backbot ... | head -1`: quiet, and done."""
    command = f"{sys.executable} -m backbot corpus check --json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1; {command}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "0\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_behind_standard_output_is_told(clinic):
    """One sentence and status 1, not Python's complaint at exit."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "backbot", "triage", "hello"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "backbot: Standard output cannot be written: No space left on device.\n"


def test_full_disk_while_building_leaves_the_index_in_service(cli, clinic, monkeypatch):
    """The error names the folder; the old generation answers on."""
    before = (clinic / "index" / "CURRENT").read_text()

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "vectors.npy")

    monkeypatch.setattr("backbot.rebuild.write_generation", full)
    result = cli("index", "build", "--full")
    assert result.status == 1
    assert "No space left on device" in result.err
    assert (clinic / "index" / "CURRENT").read_text() == before
    monkeypatch.undo()


def test_interrupt_is_quiet_and_130(clinic):
    """Ctrl-C during a build."""
    with subprocess.Popen(
        [sys.executable, "-m", "backbot", "ask", "--batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a test run in the background of a script is born deaf to Ctrl-C, and so are its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write('{"id": 1, "question": "hello"}\n')
        running.stdin.flush()
        assert running.stdout.readline()  # it is at work, waiting for the next line
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "")


def test_output_is_utf8_whatever_the_locale(process, clinic):
    """A bare container has no UTF-8 locale."""
    result = process("ask", "my foot has gone numb", LC_ALL="C", PYTHONUTF8="0")
    assert result.out.startswith("⚠️")


# --------------------------------------------------------------------------- help


def test_help_lists_commands_in_the_order_of_work(cli):
    """Not by the alphabet; in groups as well."""
    root, index = (cli(*words, "--help").out for words in ((), ("index",)))

    def named(page):
        return " ".join(line.split()[0] for line in page.partition("Commands:\n")[2].splitlines())

    assert named(root) == "start run chat ask triage eval doctor init model database corpus index"
    assert named(index) == "build list verify rollback prune"


def test_help_shows_defaults(cli):
    """Where a command does something by default that is a figure or a choice."""
    shown = " ".join(cli("index", "build", "--help").out.split())
    assert "[default: no-strict]" in shown
    assert "[default: 8; x>=0]" in shown


# --------------------------------------------------------------------------- light commands


@pytest.mark.parametrize(
    "words",
    [["--help"], ["triage", "my foot is numb"], ["triage", "--json", "--explain", "hello"]],
)
def test_light_commands_load_nothing_heavy(apart, words):
    """Help and the escalation engine start quickly, and with half the packages broken."""
    done = subprocess.run(
        [sys.executable, "-c", TREE, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert ("click" in loaded) is (words == ["--help"])  # one text needs no command tree
    assert loaded.isdisjoint({*HEAVY, "pydantic", "tqdm"})


@pytest.mark.parametrize("words", [["ask", "why is my back stiff?"], ["corpus", "list"]])
def test_commands_without_memory_load_no_database(clinic, words):
    """They keep nothing, and answer sooner for it."""
    done = subprocess.run(
        [sys.executable, "-c", TREE, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stderr.splitlines()[-1].split()).isdisjoint(DATABASE)
    assert not (clinic / "var" / "backbot.db").exists()
