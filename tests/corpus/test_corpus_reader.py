"""Files to articles and back."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backbot.corpus.check import check_corpus
from backbot.corpus.reader import (
    parse_front_matter,
    read_article,
    read_corpus,
    serialise_article,
)
from backbot.errors import CorpusError
from backbot.model import ArticleMeta, Source

FULL = """---
title: "Heat or cold?"
slug: heat
language: en
summary: Which to use when.
sources:
  - title: A page
    publisher: A house
    url: https://example.org/a
  - file: leaflet.pdf
tags: [heat, cold]
reviewed_by: Dr. A. Example
reviewed_on: 2026-01-02
review_due: "2027-01-02"
questions:
  - Should I use heat?
---

# Heat or cold?

Warmth helps.
"""


def write(folder: Path, text: str | bytes, name: str = "heat.md") -> Path:
    """Write one file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def front(fields: str, body: str = "Text.\n") -> str:
    """A file with that front matter."""
    return f"---\n{fields}\n---\n\n{body}"


def test_every_field_is_read(tmp_path: Path):
    """Front matter becomes a value, dates with or without quotes."""
    article = read_article(write(tmp_path, FULL))
    assert article.meta == ArticleMeta(
        slug="heat",
        title="Heat or cold?",
        language="en",
        summary="Which to use when.",
        sources=(
            Source(title="A page", publisher="A house", url="https://example.org/a"),
            Source(file="leaflet.pdf"),
        ),
        tags=("heat", "cold"),
        reviewed_by="Dr. A. Example",
        reviewed_on=date(2026, 1, 2),
        review_due=date(2027, 1, 2),
        questions=("Should I use heat?",),
    )
    assert article.body == "# Heat or cold?\n\nWarmth helps.\n"


def test_only_the_title_is_needed(tmp_path: Path):
    """Empty fields count as absent; the slug is the file's name."""
    meta = read_article(write(tmp_path, front("title: Heat\nsummary:\nreviewed_on: ''"))).meta
    assert meta == ArticleMeta(slug="heat", title="Heat")


def test_byte_order_mark_and_line_ends_are_tolerated(tmp_path: Path):
    """A file saved on Windows gives the same article."""
    plain = read_article(write(tmp_path, FULL))
    windows = b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode()
    assert read_article(write(tmp_path, windows)) == plain
    assert read_article(write(tmp_path, FULL.replace("\n", "\r"))) == plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("No front matter.", "no front matter"),
        ("---\ntitle: Heat\n", "no front matter"),
        (front("title: Heat", "  \n\n"), "no text"),
        (front("- a\n- b"), "must be fields"),
        (front("title"), "must be fields"),
        (front("title: a: b"), "in line 2"),
        (front("title: Heat\nsummary: 'open"), "cannot be read"),
        (front("reviewed_on: 2025-02-30\ntitle: Heat"), "impossible value"),
        (front("title: " + "[" * 3000), "cannot be read"),
        (front("title: Heat\ntitle: Cold"), "'title' 2 times"),
        (front("slug: heat"), "no title"),
        (front("title: Heat\ntagz: [a]"), "unknown field 'tagz'; the nearest valid one is 'tags'"),
        (front("title: Heat\nreviewed: 2025-01-01"), "'reviewed_"),
        (front("title: Heat\n1: x"), "unknown field '1'"),
        (front("title: 7"), "'title' must be text (put it in quotes), not a number '7'"),
        (front("title: Heat\nlanguage: no"), "'language' must be text (put it in quotes), not yes or no"),
        (front("title: Heat\nlanguage: english!"), "a language code"),
        (front("title: Heat\ntags: a"), "'tags' must be a list"),
        (front("title: Heat\ntags: [a, '']"), "'tags' has an empty entry"),
        (front("title: Heat\nquestions:\n  - Is it: yes?"), "'questions[1]' must be text"),
        (front("title: Heat\nreviewed_on: soon"), "'reviewed_on' must be a date such as"),
        (front("title: Heat\nreviewed_on: 2025-01-01 10:00:00"), "not a date with a time"),
        (front("title: Heat\nsources: [a]"), "'sources[1]' must be fields of a source"),
        (front("title: Heat\nsources:\n  - titel: a"), "unknown field of sources[1] 'titel'; the nearest valid one is 'title'"),
        (front("title: Heat\nsources:\n  - url: 5"), "'sources[1].url' must be text"),
        (front("title: Heat\nsources:\n  - url:"), "sources[1] is empty"),
        (front("title: Heat\nslug: cold"), "the slug is 'cold' but the file's name says 'heat'"),
        (front("title: Heat\nslug: Heat or cold"), "is no slug"),
        (b"---\ntitle: caf\xe9\n---\nText.", "not UTF-8"),
        ("---\ntitle: Heat\n---\n\nText.".encode("utf-16"), "not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str | bytes, said: str):
    """One sentence with file and field, another with the remedy."""
    with pytest.raises(CorpusError) as caught:
        read_article(write(tmp_path, text))
    message = str(caught.value)
    assert "heat.md" in message
    assert said in message
    assert message.count(".") >= 2


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", None)])
def test_both_yaml_readers_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: type | None
):
    """Some builds of PyYAML come without libyaml."""
    if loader is None:
        pytest.skip("this PyYAML has no libyaml")
    monkeypatch.setattr("backbot.corpus.reader._LOADER", loader)
    assert read_article(write(tmp_path, FULL)).meta.review_due == date(2027, 1, 2)
    for fields in ("title: a: b", "title: 'open", "title: a\ntitle: b", "title: " + "[" * 3000):
        with pytest.raises(CorpusError, match=r"heat\.md"):
            read_article(write(tmp_path, front(fields)))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    """What the system says is told in a sentence, not tracebacks."""
    with pytest.raises(CorpusError, match=r"gone\.md cannot be read \(No such file"):
        read_article(tmp_path / "gone.md")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(CorpusError, match=r"folder\.md cannot be read \(Is a directory"):
        read_article(tmp_path / "folder.md")


def test_what_would_never_end_is_not_read(tmp_path: Path):
    """A pipe is waited for by nobody, and a book in one file is no article."""
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(CorpusError, match=r"pipe\.md is no ordinary file"):
        read_corpus(tmp_path)
    (issue, *_) = check_corpus(tmp_path, date(2026, 1, 1))
    assert "pipe.md is no ordinary file" in issue.message
    write(tmp_path, front("title: Book") + "Walk. " * 300_000, "book.md")
    with pytest.raises(CorpusError, match=r"book\.md has 1\.7 MB, .* Make several articles"):
        read_article(tmp_path / "book.md")


def test_a_corpus_is_sorted_and_leaves_out_what_is_no_article(tmp_path: Path):
    """README, LICENSE, hidden files, pictures and subfolders are left alone."""
    for slug in ("warm", "cold", "heat"):
        write(tmp_path, front(f"title: {slug}"), f"{slug}.md")
    for name in ("README.md", "README.de.md", "LICENSE", ".hidden.md", "a.png"):
        write(tmp_path, "x", name)
    (tmp_path / "folder.md").mkdir()
    assert [article.meta.slug for article in read_corpus(tmp_path)] == ["cold", "heat", "warm"]


def test_an_empty_or_missing_corpus_names_the_remedy(tmp_path: Path):
    """An index of nothing is never what somebody wanted."""
    with pytest.raises(CorpusError, match=r"no corpus folder .*BACKBOT_CORPUS_DIR"):
        read_corpus(tmp_path / "none")
    write(tmp_path, "x", "README.md")
    with pytest.raises(CorpusError, match=r"no article in .*corpus import"):
        read_corpus(tmp_path)
    with pytest.raises(CorpusError, match="no corpus folder"):
        read_corpus(write(tmp_path, "x"))


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Rights cannot be taken from the superuser, so the refusal is put in place."""

    def refuse(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(CorpusError, match=r"cannot be listed \(Permission denied"):
        read_corpus(tmp_path)


def test_the_first_fault_is_told_and_the_others_counted(tmp_path: Path):
    """One bad file must not hide the next."""
    for name in ("a.md", "b.md", "c.md"):
        write(tmp_path, "nothing", name)
    with pytest.raises(CorpusError, match=r"^a\.md .*\(2 more: see `backbot corpus check`"):
        read_corpus(tmp_path)


def test_two_files_cannot_share_a_slug(tmp_path: Path):
    """Where file names differ only in their ending."""
    write(tmp_path, FULL)
    write(tmp_path, FULL, "heat.MD")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system ignores case")
    with pytest.raises(CorpusError, match="same slug, 'heat'"):
        read_corpus(tmp_path)


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30).map(str.strip)
FILLED = TEXT.filter(bool)
DATES = st.none() | st.dates(min_value=date(1000, 1, 1))
METAS = st.builds(
    ArticleMeta,
    slug=st.just("heat"),
    title=FILLED,
    language=st.sampled_from(["en", "no", "pt-BR"]),
    summary=TEXT,
    sources=st.lists(st.builds(Source, title=FILLED, url=TEXT), max_size=2).map(tuple),
    tags=st.lists(FILLED, max_size=3).map(tuple),
    reviewed_by=TEXT,
    reviewed_on=DATES,
    review_due=DATES,
    questions=st.lists(FILLED, max_size=3).map(tuple),
)
BODY = st.text(st.characters(exclude_categories=("Cs",)), max_size=60).filter(
    lambda text: bool(text.strip())
)


@settings(deadline=None)
@example(ArticleMeta("heat", "Heat", summary="a\x85b\u2028c\nd"), "Text.")
@given(METAS, BODY)
def test_an_article_survives_writing_and_reading(meta: ArticleMeta, body: str):
    """Whatever the words are: quotes, colons, dashes, other scripts."""
    text = serialise_article(meta, body)
    assert text.endswith("\n")
    again = parse_front_matter(text.encode().decode(), Path("heat.md"))
    assert again[0] == meta
    assert again[1].strip("\n") == body.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    assert serialise_article(*again) == text


def test_writing_leaves_out_empty_fields():
    """A file shows what is known, in the order of the documentation."""
    text = serialise_article(ArticleMeta("heat", "Heat: or cold?", questions=("Is it?",)), "Text.")
    assert text == (
        "---\ntitle: 'Heat: or cold?'\nslug: heat\nlanguage: en\nquestions:\n- Is it?\n---\n\nText.\n"
    )
