"""Articles as their checks read them: sentences and the lines they stand in."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from backbot.corpus.issue import Place
from backbot.corpus.prose import front_matter_lines, read_prose
from backbot.corpus.reader import read_article
from corpus.proses import prose

FILE = """---
title: Heat
reviewed_on: 2026-01-01
sources:
  - title: A page
    url: https://a.example
questions:
  - Does heat help?
  - "Is it: safe?"
---

Warm the back. Do it
gently.

## How

Do this:

- warm it **well**
- ![p](p.png)

| what | how long |
|---|---|
| heat | 20 minutes |
"""


def test_lines_are_those_of_the_file(tmp_path: Path):
    """Sentences, fields and entries stand where an editor shows them."""
    path = tmp_path / "heat.md"
    path.write_text(FILE, encoding="utf-8")
    read = read_prose(read_article(path), FILE)
    lines = FILE.split("\n")
    for sentence in read.sentences:
        assert sentence.text.split()[0] in lines[sentence.place.line - 1]
    assert read.field("questions", 1) == Place("heat.md", 9)
    assert read.field("sources", 0) == Place("heat.md", 5)
    assert read.field("reviewed_on") == Place("heat.md", 3)
    assert read.field("tags") == Place("heat.md", 1)


def test_windows_line_ends_and_a_byte_order_mark_change_no_line(tmp_path: Path):
    """As saved by an editor on Windows."""
    path = tmp_path / "heat.md"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())
    read = read_prose(read_article(path), path.read_bytes().decode("utf-8"))
    assert read.sentences[0].place.line == 12
    assert read.field("questions", 0).line == 8


def test_sentences_know_kind_section_and_lead_in(tmp_path: Path):
    """Items take the line before their list along, rows lose their bars, pictures are left out."""
    path = tmp_path / "heat.md"
    path.write_text(FILE, encoding="utf-8")
    found = [
        (s.text, s.kind, s.section, s.lead_in)
        for s in read_prose(read_article(path), FILE).sentences
    ]
    assert found == [
        ("Warm the back.", "sentence", "", ""),
        ("Do it gently.", "sentence", "", ""),
        ("Do this:", "sentence", "How", ""),
        ("warm it well", "item", "How", "Do this:"),
        ("what how long", "row", "How", ""),
        ("heat 20 minutes", "row", "How", ""),
    ]


def test_a_title_as_first_heading_is_no_section():
    """It stands above every sentence anyway."""
    read = prose("# An article\n\nOne.\n\n## Part\n\n### Piece\n\nTwo.")
    assert [s.section for s in read.sentences] == ["", "Part > Piece"]


@given(st.text(alphabet="ab. \n-#|*:>`", max_size=60))
def test_every_sentence_stands_in_the_body_on_its_line(body: str):
    """Whatever the body: no line beyond its end, none empty."""
    lines = body.split("\n")
    for sentence in prose(body).sentences:
        assert sentence.text.strip()
        assert lines[sentence.place.line - 1].strip()


def test_front_matter_that_is_no_yaml_has_no_lines():
    """Broken files are told of by the reader."""
    assert front_matter_lines("---\na: [\n---\n") == {}
    assert front_matter_lines("---\n- a\n---\n") == {}
    assert front_matter_lines("no front matter") == {}
