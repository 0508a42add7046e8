"""Reading in a process of its own: hostile files are stopped, and nothing is left behind."""

from __future__ import annotations

import os
import re
import time
import zlib
from pathlib import Path
from typing import Any

import pytest

from backbot.errors import ImportRefusedError
from backbot.importing import apart, import_files, prepare, prepare_apart
from importing import makers

TEXT = (
    "Pillows\n\nA firm pillow under the knees takes the load off the lower back. Side sleepers put "
    "it between the knees instead, and change it when it has gone flat.\n"
)
LINE = (
    b"BT /F1 11 Tf 1 0 0 1 60 700 Tm (A stiff back is common and rarely a sign of damage.) Tj ET\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file like any other."""
    path = tmp_path / "pillows.txt"
    path.write_text(TEXT, "utf-8")
    return path


def slow_pdf(folder: Path) -> Path:
    """A hundred kilobytes that unpack to forty megabytes of drawing."""
    path = folder / "slow.pdf"
    path.write_bytes(makers.pdf_of_stream(zlib.compress(LINE * 400_000, 9)))
    return path


def test_a_draft_is_the_same_wherever_it_was_read(file: Path) -> None:
    """Nothing is lost on the way between the processes."""
    assert prepare_apart(file, keep=["pillow"]) == prepare(file, keep=["pillow"])


def test_a_refusal_is_the_same_wherever_it_was_said(tmp_path: Path) -> None:
    """The message names the file."""
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    with pytest.raises(ImportRefusedError, match=r"empty\.txt was not imported: it is empty"):
        prepare_apart(empty)


def test_a_file_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused in plain words soon after the limit, and the next one is read."""
    monkeypatch.setattr(apart, "LIMIT_S", 2.0)
    attributes = tmp_path / "attributes.html"  # the parser looks for doubles in all of them
    attributes.write_text("<p " + " ".join(f'a{n}="x"' for n in range(200_000)) + ">hello</p>")
    started = time.monotonic()
    report = import_files([slow_pdf(tmp_path), attributes], tmp_path / "drafts")
    assert time.monotonic() - started < 15
    for refused in report.refused:
        assert "took longer than 2 seconds and was stopped" in str(refused.refusal)
    assert len(report.refused) == 2
    assert list((tmp_path / "drafts").glob("*")) == []
    monkeypatch.undo()
    good = tmp_path / "good.txt"
    good.write_text(TEXT, "utf-8")
    assert import_files([good], tmp_path / "drafts").written


def test_a_file_that_needs_too_much_memory_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot's own memory is not what pays for it."""
    monkeypatch.setattr(apart, "MEMORY_MEGABYTES", 160)
    page = tmp_path / "big.html"
    page.write_text("<p>Some words of a long text, and so on.</p>" * 600_000, "utf-8")
    with pytest.raises(ImportRefusedError, match=r"big\.html was not imported"):
        prepare_apart(page)


def test_what_reads_a_file_has_no_secret_and_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the process itself: environment, and a file that it tries to write."""
    package = tmp_path / "backbot_probe"
    package.mkdir()
    (package / "__init__.py").write_text(PROBE, "utf-8")
    monkeypatch.setenv("BACKBOT_TELEGRAM_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(apart, "PACKAGES", ("backbot_probe",))
    target = tmp_path / "written.txt"
    told: dict[str, Any] = apart.run_apart(
        "backbot_probe:job", {"path": str(target)}, shown="probe"
    )
    assert not [name for name in told["environment"] if name.startswith("BACKBOT")]
    assert told["error"] == "OSError"
    assert not target.exists() or target.read_bytes() == b""


PROBE = """
import os, signal

def job(argument):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    error = str()
    try:
        with open(argument["path"], "wb", buffering=0) as file:
            file.write(b"x")
    except OSError:
        error = 'OSError'
    return {"environment": list(os.environ), "error": error}
"""


def test_a_reader_that_dies_is_a_refusal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash of a library ends that process and nothing else."""
    monkeypatch.setenv(
        "PYTHONPATH", f"{file.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    )
    (file.parent / "backbot_probe.py").write_text(
        "import os\ndef job(argument):\n    os.abort()\n", "utf-8"
    )
    monkeypatch.setattr(apart, "PACKAGES", ("backbot_probe",))
    with pytest.raises(ImportRefusedError, match="damaged in a way"):
        apart.run_apart("backbot_probe:job", {}, shown="x.pdf")


def test_only_own_functions_are_called(file: Path) -> None:
    """The name of a job from elsewhere is not even imported."""
    with pytest.raises(ImportRefusedError):
        apart.run_apart("os:getcwd", {}, shown=file.name)


HOSTILE = {
    "nested.md": "---\na: " + "[" * 9000 + "\n---\n" + "word " * 50,
    "anchors.md": "---\na: &a [x, x]\nb: &b [*a, *a]\n---\n" + "word " * 50,
    "comments.md": "<!--" * 100_000 + "\n" + "some text of words here " * 30,
    "tags.txt": "\n".join(["<a " * 5000] * 10),
    "spaces.txt": ("a " * 100_000 + "\n") * 2,
    "bars.txt": "\n".join(["Home | " * 40 + "x!"] * 500),
    "tables.html": "<table><tr><td>" * 1000 + "text" + "</td></tr></table>" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_that_was_made_to_cost_time_does_not(name: str, tmp_path: Path) -> None:
    """A draft or a refusal that is not for the time it took."""
    path = tmp_path / name
    path.write_text(HOSTILE[name], "utf-8")
    said = ""
    try:
        prepare_apart(path)
    except ImportRefusedError as error:
        said = str(error)
    assert "took longer" not in said
    assert "damaged in a way" not in said


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("laughs.docx", makers.LAUGHS),
        ("outside.docx", makers.OUTSIDE_ENTITY),
        ("deep.docx", "<w:tbl><w:tr><w:tc>" * 5000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 5000),
    ],
)
def test_hostile_word_files_are_refused(name: str, part: str, tmp_path: Path) -> None:
    """Entities that multiply, that read files of the computer, tables without end."""
    path = tmp_path / name
    path.write_bytes(makers.word_of_xml(part))
    with pytest.raises(ImportRefusedError, match=name) as refused:
        prepare_apart(path)
    assert "root:" not in str(refused.value)


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    """A member named ../../evil.txt is not unpacked."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    path = inner / "slip.docx"
    body = [("Normal", "A stiff back in the morning is common and rarely a sign of damage. " * 3)]
    path.write_bytes(makers.word_with(makers.word(body), "../../evil.txt", b"x"))
    prepare_apart(path)
    assert not list(tmp_path.rglob("evil.txt"))


PAGE = Path(__file__).parents[2] / "docs" / "corpus.md"


def test_the_handbook_speaks_of_refusals_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each phrase that the page prints bold stands in a refusal of a real file."""
    section = PAGE.read_text("utf-8").split("## When a file is refused\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    phrases = [phrase for row in rows for phrase in re.findall(r"\*\*(.+?)\*\*", row)]
    assert len(phrases) >= 15
    said = " ".join(_refusal(tmp_path / name, data) for name, data in REFUSED.items())
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(60 * 2**20)
    said += _refusal(huge) + _refusal(tmp_path) + _refusal(tmp_path / "gone.pdf")
    os.mkfifo(tmp_path / "pipe.txt")
    said += _refusal(tmp_path / "pipe.txt")
    monkeypatch.setattr(apart, "MEMORY_MEGABYTES", 48)
    said += _refusal(tmp_path / "good.txt", TEXT.encode())
    monkeypatch.setattr(apart, "LIMIT_S", 0.01)
    said += _refusal(tmp_path / "good.txt")
    for phrase in phrases:
        pattern = r".{0,40}".join(map(re.escape, phrase.split("…")))
        assert re.search(pattern.replace(r"\ 30\ ", ".{1,6}"), said), phrase


REFUSED = {
    "page.odt": b"PK",
    "a.txt": b" ",
    "b.html": b"<nav><a href='/'>Home</a></nav>",
    "c.txt": b"Just a few words.",
    "d.pdf": makers.pdf([[]]),
    "e.pdf": makers.pdf([[("Secret", 12, 50, 700)]], password="x"),
    "f.pdf": b"%PDF-1.4 nothing",
    "g.txt": bytes(range(256)) * 40,
    "h.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "i.txt": b"{\\rtf1 words}",
    "j.txt": ("Боль в спине бывает у многих людей. " * 8).encode("koi8-r"),
    "k.pdf": makers.pdf([[("One", 12, 50, 700)]] * 301),
    "l.txt": b"a line of words\n" * 10_001,
}


def _refusal(path: Path, data: bytes | None = None) -> str:
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ImportRefusedError) as refused:
        prepare_apart(path)
    return str(refused.value)
