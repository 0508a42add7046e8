"""`backbot index build`: what it refuses, what it shows, and real processes at once."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backbot.index.store import IndexStore
from small_corpus import HEAT

ASKED = "Should I use heat or ice on my back?"
QUESTION = "how do I stretch my hamstrings?"
SOON_S = 5.0


@pytest.fixture
def store(clinic: Path) -> IndexStore:
    """The clinic's index."""
    return IndexStore(clinic / "index")


def break_question(clinic: Path) -> None:
    """The article no longer holds what its sample question asks for, and three others do."""
    front, body = HEAT[: HEAT.index("# Heat and cold\n")], HEAT[HEAT.index("# Heat and cold\n") :]
    (clinic / "corpus" / "heat-and-cold.md").write_text(f"{front}Carrots are orange.\n")
    for slug in ("warmth", "ice", "packs"):
        others = front.replace("slug: heat-and-cold", f"slug: {slug}")
        (clinic / "corpus" / f"{slug}.md").write_text(
            others + body.replace("A warm pack", "A heat pack")
        )


def add_words(clinic: Path, words: str) -> None:
    """One more sentence about stretching."""
    article = clinic / "corpus" / "tight-hamstrings.md"
    article.write_text(f"{article.read_text()}\n{words}\n")


# --------------------------------------------------------------------------- strict


def test_strict_refuses_a_broken_question_and_says_how_to_publish(cli, clinic, store):
    """Status 1, the question named, the old index in service; then `--no-strict` takes what is."""
    before = store.current_id()
    break_question(clinic)
    result = cli("index", "build", "--strict")
    assert result.status == 1
    assert f"“{ASKED}” found its article (heat-and-cold) and no longer does." in result.out
    assert "`backbot index build --no-strict`" in result.out
    assert store.current_id() == before
    staged = store.staged_id()
    assert f"{staged}: kept aside, not served" in cli("index", "list").out
    assert cli("index", "list", "--json").json["staged"] == staged
    result = cli("index", "build", "--no-strict", "--json")
    assert result.status == 0
    assert result.json["generation"] == staged == store.current_id()
    assert (result.json["published"], result.json["embedded"]) == (True, 0)
    assert result.json["tests"]["newly_failing"] == [
        {"article": "heat-and-cold", "question": ASKED}
    ]


def test_without_strict_a_broken_question_is_told_and_published(cli, clinic, store):
    """The command line's default: whoever types it reads what it says."""
    before = store.current_id()
    break_question(clinic)
    result = cli("index", "build")
    assert result.status == 0
    assert f"Newly failing:\n- heat-and-cold: {ASKED}" in result.out
    assert store.current_id() != before
    for slug in ("warmth", "ice", "packs"):
        (clinic / "corpus" / f"{slug}.md").unlink()
    (clinic / "corpus" / "heat-and-cold.md").write_text(HEAT)
    assert f"Newly passing:\n- heat-and-cold: {ASKED}" in cli("index", "build").out


def test_strict_as_json_holds_the_reasons_and_both_answers(cli, clinic):
    """One object on standard output, whatever the status."""
    break_question(clinic)
    result = cli("index", "build", "--strict", "--json")
    assert result.status == 1
    assert (result.json["published"], result.json["staged"]) == (False, True)
    assert len(result.json["objections"]) == 1
    assert result.json["escalation_faults"] == []
    (change,) = (c for c in result.json["answers"] if c["article"] == "warmth")
    assert change["question"] == ASKED
    assert "A warm pack relaxes" in change["old"]
    assert "A heat pack relaxes" in change["new"]


def test_strict_publishes_what_breaks_nothing(cli, clinic):
    """It is no obstacle to a good change."""
    add_words(clinic, "Stretch in the morning as well.")
    result = cli("index", "build", "--strict")
    assert result.status == 0
    assert result.out.startswith("Published")


def test_the_answers_that_changed_most_are_shown_and_all_are_named(cli, clinic):
    """Staff read the ones that changed most; one new sentence may change dozens a little."""
    break_question(clinic)
    result = cli("index", "build", "--answers", "0")
    assert "before  " not in result.out
    assert "changed less" not in result.out
    assert re.search(r"^Answers that changed: \d+; `backbot ask` shows", result.out, re.MULTILINE)
    assert f"\n- heat-and-cold: {ASKED}\n" in result.out.partition("Answers that changed")[2]


# --------------------------------------------------------------------------- answers


def test_changed_answers_are_shown_side_by_side(cli, clinic, monkeypatch):
    """Old to the left, new to the right, each under its question."""
    monkeypatch.setenv("COLUMNS", "120")
    heat = clinic / "corpus" / "heat-and-cold.md"
    heat.write_text(HEAT.replace("15 to 20 minutes", "10 to 12 minutes"))
    out = cli("index", "build").out
    assert "Sample questions that get another answer: 1." in out
    shown = out.partition(f"\n\nheat-and-cold: {ASKED}\n")[2].splitlines()
    assert re.fullmatch(r"before +\| after", shown[0])
    rows = [line.partition(" | ") for line in shown[1:]]
    old, new = (" ".join(" ".join(row[k] for row in rows).split()) for k in (0, 2))
    assert "15 to 20 minutes" in old
    assert "10 to 12 minutes" in new
    assert "10 to 12" not in old
    assert all(len(line) <= 120 for line in shown)


def test_changed_answers_are_shown_one_below_the_other_in_a_narrow_window(
    cli, clinic, monkeypatch
):
    """Two columns of a phone's terminal could not be read."""
    monkeypatch.setenv("COLUMNS", "50")
    heat = clinic / "corpus" / "heat-and-cold.md"
    heat.write_text(HEAT.replace("15 to 20 minutes", "10 to 12 minutes"))
    shown = cli("index", "build").out.partition(f"heat-and-cold: {ASKED}\n")[2]
    before, _, after = shown.partition("\nafter:\n")
    assert before.startswith("before:\n")
    assert "15 to 20 minutes" in before
    assert "10 to 12 minutes" in after


# --------------------------------------------------------------------------- processes


@contextmanager
def running(*words: str, **streams: object) -> Iterator[subprocess.Popen[bytes]]:
    """`backbot` as a process of its own, killed at the end."""
    command = [sys.executable, "-m", "backbot", *words]
    with subprocess.Popen(command, **streams) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def test_a_running_process_notices_what_another_one_publishes(clinic, process):
    """Asked again and again, it answers from the new articles within seconds of the build."""
    with running(
        "ask", "--batch", "-", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asker:

        def ask() -> dict:
            line = json.dumps({"id": 1, "question": QUESTION}) + "\n"
            asker.stdin.write(line.encode())
            asker.stdin.flush()
            return json.loads(asker.stdout.readline())

        before = ask()
        assert "Breathe" not in before["answer"]
        steps = clinic / "corpus" / "tight-hamstrings.md"
        steps.write_text(steps.read_text().replace("Hold for 30", "Breathe and hold for 30"))
        built = process("index", "build", "--json").json
        published = time.monotonic()
        while (now := ask())["generation"] == before["generation"]:
            assert time.monotonic() - published < SOON_S
            time.sleep(0.1)
        assert now["generation"] == built["generation"]
        assert "Breathe" in now["answer"]
        asker.stdin.close()
        assert asker.wait(30) == 0


def test_a_killed_build_changes_nothing_and_the_next_one_ends(cli, clinic, store):
    """The real command, killed at several moments between its start and its end."""
    before = store.current_id()
    add_words(clinic, "Stretch in the morning as well.")
    started = time.perf_counter()
    with running("index", "build", "--strict", "--json", stderr=subprocess.PIPE) as whole:
        for line in whole.stderr:
            if line.startswith(b"embedding"):
                break
        to_embedding_s = time.perf_counter() - started
        whole.send_signal(signal.SIGKILL)
    for share in (0.5, 0.9, 1.0):
        with running("index", "build", stderr=subprocess.DEVNULL) as build:
            time.sleep(share * to_embedding_s)
            build.send_signal(signal.SIGKILL)
            assert build.wait(30) in {-signal.SIGKILL, 0}
        store.verify()
    assert cli("ask", QUESTION).status == 0
    result = cli("index", "build", "--json")
    assert result.status == 0
    assert result.json["generation"] == store.current_id() != before
    staging = store.folder / "staging"
    assert not staging.exists() or list(staging.iterdir()) == []


def test_a_terminal_gets_bars_with_rates_and_times(clinic):
    """On a real pseudo-terminal: every stage, how many of how many, how quickly."""
    add_words(clinic, " ".join(f"Stretch number {n} helps." for n in range(150)))
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    with running(
        "index", "build", stdout=subprocess.DEVNULL, stderr=follower, env=environment
    ) as build:
        os.close(follower)
        shown = b""
        while True:
            try:
                data = os.read(leader, 65536)
            except OSError:  # the other end was closed
                break
            if not data:
                break
            shown += data
        assert build.wait(30) == 0
    os.close(leader)
    text = shown.decode()
    for stage in ("reading", "cutting", "embedding", "writing", "testing", "publishing"):
        assert stage in text
    assert re.search(r"\rembedding +\d+/\d+ +█*.? +\d+\.\d\d/s +\d\d:\d\d left", text)
    assert re.search(r"\rembedding +(\d+)/\1 +█+ +\d+\.\d s *\r?\n", text)
    assert re.search(r"\rtesting +4/4 +█+", text)
    assert {len(line) for line in re.split(r"[\r\n]+", text) if line} == {100}
