"""`backbot ask`: one answer, batches, and what happens without an index."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

KEYS = [
    "question",
    "answered",
    "kind",
    "tier",
    "escalation",
    "answer",
    "citations",
    "passages",
    "generation",
    "elapsed_ms",
]
QUESTION = "why do tight hamstrings hurt my back?"
EMERGENCY = "I can't pee and my groin is numb"
NERVE = "my foot has gone numb"


# --------------------------------------------------------------------------- one answer


def test_answer_is_cited_in_an_article_of_the_clinic(cli, clinic):
    """A question gets an article's words and where they stand."""
    result = cli("ask", QUESTION)
    assert result.status == 0
    assert "Tight hamstrings pull on the pelvis" in result.out
    assert "[1] Tight hamstrings > Why tight hamstrings hurt the back" in result.out
    assert "not yet reviewed by a clinician" in result.out
    assert result.err == ""


def test_closed_standard_output_is_told(clinic, process):
    """`backbot ask ... >&-`: an answer that nobody can read is none."""
    command = f"exec {sys.executable} -m backbot ask '{QUESTION}' >&-"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        b"backbot: Standard output is closed, so there is nowhere to write to.\n"
    )


def test_unquoted_words_are_joined(cli, clinic):
    """Quoting is a matter of taste."""
    assert cli("ask", "--json", *QUESTION.split()).json["question"] == QUESTION


def test_words_after_two_dashes_are_no_options(cli, clinic):
    """A question may begin with what looks like an option."""
    assert cli("ask", "--json", "--", "--debug", "-h").json["question"] == "--debug -h"


def test_json_has_the_promised_shape(cli, clinic):
    """Every key of the interface, in its order, and quotes that stand in the corpus."""
    reply = cli("ask", "--json", QUESTION).json
    assert list(reply) == KEYS
    assert (reply["answered"], reply["kind"], reply["tier"]) == (True, "answer", "none")
    assert len(reply["passages"]) >= 5
    body = (clinic / "corpus" / "tight-hamstrings.md").read_text("utf-8")
    for citation in reply["citations"]:
        assert citation["quote"] in body
    assert set(reply["passages"][0]) == {"text", "article", "section", "score"}
    assert reply["citations"][0]["sources"] == ["Muscles and the back, Example Press (A. Writer)"]


def test_emergency_empties_the_answer_and_is_no_failure(cli, clinic):
    """No self-care advice beside an emergency; the status is 0."""
    result = cli("ask", "--json", EMERGENCY)
    reply = result.json
    assert result.status == 0
    assert (reply["kind"], reply["tier"], reply["answer"]) == ("escalation", "emergency", "")
    assert reply["passages"] == []
    for finding in reply["escalation"]["findings"]:
        assert EMERGENCY[finding["start"] : finding["end"]] == finding["span"]


def test_escalation_comes_first_in_text(cli, clinic):
    """The warning stands above the answer."""
    assert cli("ask", NERVE).out.startswith("⚠️")


def test_explain_names_rule_passage_and_score(cli, clinic):
    """`--explain` adds what a reviewer needs."""
    out = cli("ask", "--explain", QUESTION).out
    assert "tight-hamstrings#0" in out
    assert "score" in out
    assert "quoted as [1]" in out


def test_piped_output_has_no_bold_marks_and_no_escape_codes(cli, clinic):
    """What is piped is plain text."""
    out = cli("ask", NERVE).out
    assert "**" not in out
    assert "\033" not in out


@pytest.mark.parametrize("words", [(), ("",), ("  ", " ")])
def test_no_question_is_wrong_usage(cli, clinic, words):
    """An empty question is told, with an example."""
    result = cli("ask", *words)
    assert result.status == 2
    assert result.out == ""
    assert result.err.startswith("backbot: There is no question.")


def test_emoji_only_gets_a_sentence(cli, clinic):
    """Pictures are no question; the reply says what to do."""
    result = cli("ask", "😀👨‍👩‍👧")
    assert result.status == 0
    assert "in words" in result.out


def test_ten_thousand_characters_are_answered(cli, clinic):
    """A very long question is read like any other."""
    result = cli("ask", "--json", "my hamstrings hurt my back " * 370)
    assert result.status == 0
    assert len(result.json["question"]) > 9_900


def test_sign_at_the_end_of_a_very_long_text_is_seen(cli, clinic):
    """The escalation engine reads to the end."""
    reply = cli("ask", "--json", "my back is stiff today. " * 420 + EMERGENCY).json
    assert reply["tier"] == "emergency"


def test_bytes_that_are_no_text_do_not_stop_an_answer(process, clinic):
    """An argument in another encoding reaches Python as half a surrogate pair."""
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "backbot", "ask", "--json", b"hamstrings \xff\xfe back"],
        env=os.environ,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["kind"] in {"answer", "declined"}


# --------------------------------------------------------------------------- without an index


@pytest.fixture
def no_index(clinic):
    """Articles, but nothing was ever built."""
    shutil.rmtree(clinic / "index")
    return clinic


def test_question_without_an_index_fails_and_names_the_remedy(cli, no_index):
    """Status 1; the person is told honestly, the one at the keyboard what to do."""
    result = cli("ask", QUESTION)
    assert result.status == 1
    assert "I can't reach my articles" in result.out
    assert "backbot index build" in result.err
    assert len(result.err.splitlines()) == 1


def test_emergency_needs_no_index(cli, no_index):
    """It is answered in full, so nothing has failed."""
    result = cli("ask", EMERGENCY)
    assert (result.status, result.err) == (0, "")
    assert "emergency" in result.out


def test_escalation_is_printed_without_an_index(cli, no_index):
    """The warning goes out although the answer cannot."""
    result = cli("ask", NERVE)
    assert result.status == 1
    assert result.out.startswith("⚠️")
    assert "backbot index build" in result.err


def test_json_without_an_index_is_whole(cli, no_index):
    """A program still gets its object: no passages, nothing answered."""
    result = cli("ask", "--json", QUESTION)
    assert result.status == 1
    assert list(result.json) == KEYS
    assert result.json["passages"] == []
    assert result.json["answered"] is False


def test_greeting_needs_no_index(cli, no_index):
    """Small talk has not failed."""
    assert cli("ask", "hello").status == 0


def test_batch_without_an_index_gives_every_line_and_fails(cli, no_index):
    """Every line gets its triage; the status tells that answers are missing."""
    rows = [{"id": 1, "question": EMERGENCY}, {"id": 2, "question": QUESTION}]
    result = cli("ask", "--batch", "-", "--json", stdin=lines(*rows))
    assert result.status == 1
    assert [line["tier"] for line in result.lines] == ["emergency", "none"]
    assert result.err.count("backbot:") == 1


def test_missing_model_is_named_and_the_warning_goes_out(cli, clinic, monkeypatch):
    """A model folder that does not exist leaves the escalation engine at work."""
    monkeypatch.setenv("BACKBOT_MODEL", str(clinic / "no-model"))
    assert cli("ask", EMERGENCY).status == 0
    result = cli("ask", NERVE)
    assert result.status == 1
    assert result.out.startswith("⚠️")
    assert "no-model" in result.err


# --------------------------------------------------------------------------- batches


def lines(*rows) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_batch_keeps_order_and_puts_the_id_first(cli, clinic):
    """One line in, one line out; blank lines and a byte order mark do not count."""
    rows = [{"question": f"hamstrings {n}", "id": f"q{n}", "other": 1} for n in range(3)]
    result = cli("ask", "--batch", "-", "--json", stdin=b"\xef\xbb\xbf\n" + lines(*rows) + b"\n")
    assert result.status == 0
    assert [line["id"] for line in result.lines] == ["q0", "q1", "q2"]
    assert all(list(line) == ["id", *KEYS] for line in result.lines)


def test_batch_reads_a_file(cli, clinic):
    """A path does as well as standard input."""
    (clinic / "in.jsonl").write_bytes(lines({"id": 7, "question": QUESTION}))
    assert cli("ask", "--batch", "in.jsonl", "--json").lines[0]["answered"] is True


def test_conversation_gives_its_last_turn(cli, clinic):
    """`turns` wins over `question`; the tier is what is open after the turn."""
    turns = [NERVE, {"text": "how do I stretch my hamstrings?"}]
    row = {"id": None, "question": "ignored", "turns": turns}
    (reply,) = cli("ask", "--batch", "-", "--json", stdin=lines(row)).lines
    assert reply["id"] is None
    assert reply["question"] == "how do I stretch my hamstrings?"
    assert reply["tier"] == "nerve"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{oops\n", "Line 1 of standard input is not valid JSON"),
        (b'{"question": "hello"}\n[1]\n', "Line 2 of standard input is not a JSON object"),
        (b'{"id": 1}\n', 'Line 1 of standard input has no text in "question" and no "turns"'),
        (b'{"question": 5}\n', 'has no text in "question"'),
        (b'{"turns": []}\n', '"turns" must be a list of texts'),
        (b'{"turns": 5}\n', '"turns" must be a list of texts'),
        (b'{"turns": "abc"}\n', '"turns" must be a list of texts'),
        (b'{"turns": [{"txt": "a"}]}\n', '"turns" must be a list of texts'),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "Line 1 of standard input is not UTF-8 text"),
        (b"[" * 100_000 + b"\n", "Line 1 of standard input is not valid JSON"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["ask", "triage"])
def test_wrong_line_is_named(cli, clinic, command, data, told):
    """Whatever is wrong with a line: its number, one sentence, status 2."""
    if command == "triage":
        data, told = (
            x.replace(q, t)
            for x, q, t in ((data, b"question", b"text"), (told, '"question"', '"text"'))
        )
    result = cli(command, "--batch", "-", stdin=data)
    assert result.status == 2
    assert told in result.err
    assert len(result.err.splitlines()) == 1


def test_lines_before_a_wrong_one_are_answered(cli, clinic):
    """Answers go out as they are made."""
    result = cli("ask", "--batch", "-", stdin=lines({"id": 1, "question": QUESTION}) + b"{\n")
    assert result.status == 2
    assert result.lines[0]["id"] == 1


@pytest.mark.parametrize("name", ["missing.jsonl", "corpus"])
@pytest.mark.parametrize("command", ["ask", "triage"])
def test_batch_file_that_cannot_be_read_is_named(cli, clinic, command, name):
    """No such file, or a folder."""
    result = cli(command, "--batch", name)
    assert result.status == 2
    assert name in result.err
    assert "cannot be read" in result.err


def test_question_and_batch_exclude_each_other(cli, clinic):
    """Which of them was meant cannot be known."""
    assert cli("ask", "--batch", "-", "hello").status == 2


def test_empty_batch_is_done(cli, clinic):
    """Nothing in, nothing out."""
    result = cli("ask", "--batch", "-", "--json")
    assert (result.status, result.out) == (0, "")
