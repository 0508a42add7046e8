"""`backbot chat` and `backbot start`: piped, typed at a terminal, and left."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

QUESTION = "why do tight hamstrings hurt my back?"
COLUMNS = 60


def piped(cli, *typed: str, command: str = "chat"):
    """A chat over a pipe."""
    return cli(command, stdin="".join(f"{line}\n" for line in typed).encode())


# --------------------------------------------------------------------------- piped


def test_piped_chat_reads_as_a_transcript(cli, clinic):
    """Each question stands before its answer."""
    result = piped(cli, QUESTION, "", "thanks")
    assert result.status == 0
    said = result.out.split("you> ")
    assert said[0] == ""
    assert said[1].startswith(f"{QUESTION}\nTight hamstrings pull")
    assert said[2].startswith("thanks\nYou're welcome")
    assert "**" not in result.out
    assert result.err == ""


def test_why_names_rule_passage_and_score(cli, clinic):
    """/why explains the last reply: both halves of it."""
    out = piped(cli, "my foot has gone numb, are my hamstrings to blame?", "/why").out
    assert "N-NUM-01" in out
    assert "tight-hamstrings#0" in out
    assert re.search(r"score 0\.\d{3}", out)


def test_why_needs_a_reply(cli, clinic):
    """Nothing was said yet, or it was forgotten."""
    out = piped(cli, "/why", QUESTION, "/reset", "/WHY").out
    assert out.count("There is no reply to explain yet.") == 2


def test_reset_closes_an_open_warning(cli, clinic):
    """What was said before is forgotten, the open tier too."""
    out = piped(cli, "my foot has gone numb", "/reset", "how do I stretch my hamstrings?").out
    assert out.count("⚠️") == 1


def test_open_warning_is_repeated_in_the_next_turn(cli, clinic):
    """The chat is a conversation."""
    out = piped(cli, "my foot has gone numb", "how do I stretch my hamstrings?").out
    assert out.count("⚠️") == 2


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/topics", "- Tight hamstrings: Why do tight hamstrings hurt my back?"),
        ("/sources", "Muscles and the back, Example Press (A. Writer)"),
        ("/emergency", "emergency number"),
        ("/help", "/why explains the last reply"),
        ("/privacy", "Nothing is kept"),
        ("/mydata", "your last 0 messages"),
        ("/start", "Hello"),
        ("/nonsense", "I don't know /nonsense"),
        ("/", "I don't know /"),
    ],
)
def test_command_answers(cli, clinic, command, told):
    """Every command of the chat says what it promises."""
    result = piped(cli, command)
    assert result.status == 0
    assert told in result.out


def test_text_after_an_unknown_command_is_triaged(cli, clinic):
    """A slash by mistake must not hide a sign."""
    assert "⚠️" in piped(cli, "/hi my foot has gone numb").out


@pytest.mark.parametrize("word", ["/quit", "/exit", "/bye"])
def test_quit_leaves_at_once(cli, clinic, word):
    """What follows is not read."""
    result = piped(cli, word, QUESTION)
    assert result.status == 0
    assert "hamstrings" not in result.out


def test_empty_input_is_no_fault(cli, clinic):
    """End of file at once."""
    result = piped(cli)
    assert (result.status, result.out, result.err) == (0, "", "")


def test_closed_standard_input_is_no_fault(clinic, process):
    """`backbot chat <&-`."""
    command = f"exec {sys.executable} -m backbot chat <&-"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_binary_on_standard_input_is_refused(process, clinic):
    """A picture piped in by mistake: one sentence, status 2, no replies to noise."""
    result = process("chat", stdin=bytes(range(256)) * 40)
    assert result.status == 2
    assert result.err == (
        "backbot: Line 1 of standard input is not text. Pipe in questions as UTF-8 text, "
        "one on each line.\n"
    )


def test_line_without_end_is_refused(cli, clinic):
    """More than a megabyte in one line is no question."""
    assert cli("chat", stdin=b"a" * 1_500_000).status == 2


def test_stray_byte_of_another_encoding_is_answered(cli, clinic):
    """Somebody may ask for help in Latin-1."""
    result = cli("chat", stdin="my foot has gone numb, señor\n".encode("latin-1"))
    assert result.status == 0
    assert "⚠️" in result.out


def test_families_of_emoji_are_text(cli, clinic):
    """Joined pictures hold invisible characters, but are no binary."""
    assert cli("chat", stdin="👨‍👩‍👧‍👦👩‍⚕️\n".encode()).status == 0


def test_chat_without_an_index_says_so_and_still_warns(cli, clinic):
    """Once on stderr; the warning signs work."""
    shutil.rmtree(clinic / "index")
    result = piped(cli, QUESTION, "my foot has gone numb")
    assert result.status == 0
    assert result.err.count("backbot index build") == 1
    assert "⚠️" in result.out


# --------------------------------------------------------------------------- start, run


def test_start_without_a_token_is_the_chat_and_says_so(cli, clinic):
    """One line on stderr, the transcript on stdout."""
    result = piped(cli, QUESTION, command="start")
    assert result.status == 0
    assert "terminal chat" in result.err
    assert len(result.err.splitlines()) == 1
    assert result.out.startswith(f"you> {QUESTION}")


def test_run_without_a_token_names_the_chat(cli, clinic):
    """Wrong configuration: status 2."""
    result = cli("run")
    assert result.status == 2
    assert "backbot chat" in result.err


def test_run_stops_on_a_signal_and_logs_no_secret(clinic):
    """A server that cannot be reached is tried again until SIGTERM; status 0."""
    secret = "123456:AAF-secret-letters-of-the-token-12345"
    settings = {
        "BACKBOT_TELEGRAM_TOKEN": secret,
        "BACKBOT_TELEGRAM_API_URL": "http://user:pass@127.0.0.1:9",
        "BACKBOT_LOG_FORMAT": "json",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "backbot", "run"],
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as bot:
        assert bot.stderr is not None
        logged = ""
        while "trying again" not in logged:
            line = bot.stderr.readline()
            assert line, logged
            logged += line
        bot.send_signal(signal.SIGTERM)
        out, err = bot.communicate(timeout=30)
    logged += err
    assert bot.returncode == 0
    assert out == ""
    assert all(json.loads(line)["level"] for line in logged.splitlines())
    assert "index generation" in logged
    assert "user:pass" not in logged
    assert secret not in logged
    assert "Traceback" not in logged


# --------------------------------------------------------------------------- at a terminal


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *words: str, **settings: str) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        self._screen = ours
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backbot", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
            | {"TERM": "xterm"}
            | settings,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(theirs)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._screen, text.encode())

    def wait_for(self, what: str, seconds: float = 30) -> str:
        """Everything shown until a text appears; also returned."""
        end = time.monotonic() + seconds
        start = len(self.text)
        while what not in self.text[start:]:
            if not self._read(max(0, end - time.monotonic())):
                raise AssertionError(f"{what!r} is not in {self.text!r}")
        return self.text[start:]

    def leave(self) -> int:
        """Read to the end; the exit status."""
        while self._read(20):
            pass
        os.close(self._screen)
        return self.process.wait(20)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._screen], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


def test_typed_chat_wraps_is_bold_and_leaves_at_end_of_file(clinic):
    """Lines fit the terminal; **bold** is bold; Ctrl-D leaves cleanly."""
    terminal = Terminal("chat")
    greeting = terminal.wait_for("you> ")
    assert "\033[1mHello." in greeting
    assert "/quit leaves" in greeting
    terminal.type(f"{QUESTION}\n")
    answer = terminal.wait_for("you> ")
    assert "**" not in answer
    longest = max(len(re.sub(r"\033\[[?\d;]*[a-z]", "", line)) for line in answer.splitlines()[1:])
    assert longest < COLUMNS
    terminal.type("\x04")
    assert terminal.leave() == 0
    assert "Traceback" not in terminal.text


def test_typed_chat_leaves_cleanly_on_ctrl_c(clinic):
    """No traceback, no status that a shell would complain about."""
    terminal = Terminal("chat")
    terminal.wait_for("you> ")
    for _ in range(5):  # Python misses a signal between readline's prompt and its waiting for keys
        time.sleep(1)
        if terminal.process.poll() is not None:
            break
        terminal.type("\x03")
    assert terminal.leave() == 0
    assert "Traceback" not in terminal.text


def test_build_shows_bars_with_rate_on_a_terminal(clinic):
    """A bar for each stage."""
    terminal = Terminal("index", "build", "--full", COLUMNS="100")
    assert terminal.leave() == 0
    assert "embed" in terminal.text
    assert "/s" in terminal.text
    assert "Published generation" in terminal.text
