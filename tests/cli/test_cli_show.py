"""How text is shown: wrapping, bold, progress, log lines."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from backbot.cli import progress
from backbot.cli.logs import JsonFormatter, SentenceFormatter, service_logs
from backbot.cli.show import for_terminal, plain
from backbot.errors import RuleError


def test_long_lines_are_wrapped_between_words():
    """Nothing is lost but where the lines end."""
    text = "word " * 40 + "\n\nsecond **paragraph**"
    shown = for_terminal(text, width=30, bold=False)
    assert max(map(len, shown.splitlines())) < 30
    assert shown.split() == plain(text).split()
    assert "\n\nsecond paragraph" in shown


def test_list_items_are_indented_under_their_mark():
    """So that a list still reads as one."""
    shown = for_terminal("1. " + "step " * 10, width=24, bold=False).splitlines()
    assert shown[0].startswith("1. step")
    assert all(line.startswith("   step") for line in shown[1:])


def test_bold_spans_lines_and_is_closed():
    """A bold sentence that is wrapped stays bold."""
    shown = for_terminal("**" + "loud " * 10 + "end** quiet", width=24, bold=True)
    assert shown.startswith("\033[1mloud")
    assert shown.endswith("end\033[0m quiet")


def test_long_words_are_kept_whole():
    """A link that is broken cannot be followed."""
    link = "https://example.org/" + "a" * 60
    assert link in for_terminal(f"see {link} there", width=30, bold=False)


def test_lone_asterisks_are_no_marks():
    """Only pairs are bold."""
    assert plain("2 ** 3") == "2 ** 3"
    assert plain("**one** and **two**") == "one and two"


# --------------------------------------------------------------------------- progress


def test_progress_lines_every_few_seconds(monkeypatch):
    """Every stage once, then as time passes; never the last step."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    out = io.StringIO()
    with progress.shown_progress(out) as update:
        for done in range(0, 1001, 100):
            update("embed", done, 1000)
            now[0] += 2
        update("write", 0, 1)
        update("write", 1, 1)
    assert out.getvalue().splitlines() == [
        "embed 0 of 1000",
        "embed 300 of 1000",
        "embed 600 of 1000",
        "embed 900 of 1000",
        "write",
    ]


def test_progress_without_standard_error_is_silent(monkeypatch):
    """`2>&-`."""
    monkeypatch.setattr(sys, "stderr", None)
    with progress.shown_progress() as update:
        update("embed", 0, 1)


# --------------------------------------------------------------------------- logs


def record(error: Exception | None = None) -> logging.LogRecord:
    """A log record, with an exception where one is given."""
    info = (type(error), error, None) if error else None
    return logging.LogRecord("backbot.x", logging.ERROR, "x.py", 1, "%s failed", ("it",), info)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (None, "backbot: it failed"),
        (RuleError("Rule X is wrong."), "backbot: it failed (Rule X is wrong.)"),
        (ValueError("my foot is numb"), "backbot: it failed (ValueError)"),
    ],
)
def test_log_line_is_a_sentence_without_typed_words(error, line):
    """Our own errors say what is wrong; others may quote a person."""
    assert SentenceFormatter().format(record(error)) == line


def test_libraries_that_tell_much_are_not_in_the_bot_s_log(monkeypatch):
    """How faiss looks for a faster form of itself reads like a fault, and is none."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    for name in ("faiss", "faiss.loader", "httpx"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    service_logs("INFO", "text")
    assert not logging.getLogger("faiss.loader").isEnabledFor(logging.INFO)
    assert logging.getLogger("faiss.loader").isEnabledFor(logging.WARNING)
    assert logging.getLogger("backbot.bot").isEnabledFor(logging.INFO)


def test_json_log_line_holds_time_level_logger_and_exception():
    """One object, whatever the message holds."""
    line = json.loads(JsonFormatter().format(record(ValueError("x"))))
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "backbot.x", "it failed")
    assert line["time"].endswith("+00:00")
    assert "ValueError" in line["exception"]
