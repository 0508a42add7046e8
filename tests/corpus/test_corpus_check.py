"""What `corpus check` finds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from backbot.corpus.check import check_corpus

TODAY = date(2026, 6, 1)
GOOD = """---
title: {title}
sources:
  - title: A page
reviewed_by: A. Example
reviewed_on: {on}
review_due: {due}
questions:
  - {question}
---

"""


def put(
    folder: Path,
    body: str,
    *,
    name: str = "heat.md",
    title: str = "Heat",
    on: str = "2026-01-01",
    due: str = "2027-01-01",
    question: str = "Does heat help?",
) -> None:
    """Write an article that is sound but for what is given."""
    text = GOOD.format(title=title, on=on, due=due, question=question) + body
    (folder / name).write_text(text, encoding="utf-8")


def found(folder: Path) -> list[tuple[str, str, str]]:
    """All issues as severity, file and message."""
    return [(i.severity, i.file, i.message) for i in check_corpus(folder, TODAY)]


def only(folder: Path) -> tuple[str, str]:
    """The single issue, which must name its file."""
    ((severity, file, message),) = found(folder)
    assert file == "heat.md"
    assert message.startswith("heat.md")
    return severity, message


def test_a_good_article_has_no_issue(tmp_path: Path):
    """Nothing is made up, and links that work are not mentioned."""
    (tmp_path / "a b.png").write_bytes(b"")
    put(
        tmp_path,
        "# Heat\n\n## Why\n\nText with [this](#why), [that](https://x.example/a_(b)), "
        "![p](a%20b.png 'Title'), [other](<a b.png>), [self](heat.md#why), `[code](gone)` and "
        "[mail](mailto:a@b.example).\n\n```\n[code](gone.png)\n```\n\n<!-- [note](gone.png) -->\n",
    )
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Text.\n\n## Empty\n\n## Full\n\nText.", "the section 'Empty' is empty"),
        ("Text.\n\n### Last", "the section 'Last' is empty"),
        ("Text.\n\n## Note\n\n<!-- to do -->\n", "the section 'Note' is empty"),
        ("# Heat\n\n## Only", "there is no text, only headings"),
        ("Text.\n\n##\n\nMore.", "a heading has no words"),
        ("Text ![p](gone.png).", "'gone.png' does not exist"),
        ("Text [p](sub/gone.md#x).", "'sub/gone.md#x' does not exist"),
        ("Text [p][x].\n\n[x]: gone.md", "'gone.md' does not exist"),
        ('Text <img alt="x" src="gone.png">.', "'gone.png' does not exist"),
        ("Text ![p](/abs.png).", "'/abs.png' is an absolute path"),
        ("Text [p]().", "leads nowhere"),
        ("Text [p](a%00b).", "does not exist"),
        (f"Text [p]({'long' * 99}).", "does not exist"),
    ],
)
def test_what_a_reader_would_meet_is_an_error(tmp_path: Path, body: str, said: str):
    """Empty sections and broken links, each named."""
    put(tmp_path, body)
    severity, message = only(tmp_path)
    assert severity == "error"
    assert said in message


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"on": ""}, "not yet reviewed"),
        ({"due": ""}, "no review_due"),
        ({"due": "2026-05-31"}, "review overdue since 2026-05-31"),
        ({"on": "2026-06-02"}, "in the future"),
        ({"due": "2025-12-31"}, "lies before"),
    ],
)
def test_reviews_are_warnings(tmp_path: Path, dates: dict[str, str], said: str):
    """Never an error: a corpus without reviews is served, and says so."""
    put(tmp_path, "Text.", **dates)
    severity, message = only(tmp_path)
    assert severity == "warning"
    assert said in message


def test_a_review_due_today_is_not_overdue(tmp_path: Path):
    """The day itself still counts."""
    put(tmp_path, "Text.", due=TODAY.isoformat())
    assert found(tmp_path) == []


def test_missing_questions_and_sources_are_warnings(tmp_path: Path):
    """Without sample questions nothing tests the article."""
    (tmp_path / "heat.md").write_text("---\ntitle: Heat\n---\nText.", encoding="utf-8")
    assert [severity for severity, _, _ in found(tmp_path)] == ["warning"] * 3
    said = " ".join(message for _, _, message in found(tmp_path))
    assert "no sample questions" in said
    assert "no source" in said


def test_a_sentence_that_no_encoder_reads_is_a_warning(tmp_path: Path):
    """It would be cut between words."""
    put(tmp_path, "word " * 130)
    assert only(tmp_path)[0] == "warning"
    assert "130 words" in only(tmp_path)[1]


def test_duplicates_across_articles_are_warnings(tmp_path: Path):
    """Paragraphs, titles and questions; short paragraphs may be alike."""
    long = "This very paragraph stands in both of the articles, word for word."
    put(tmp_path, f"{long}\n\nSee a doctor.")
    put(tmp_path, f"Other.\n\n- {long.upper()}\n\nSee a doctor.", name="warm.md")
    issues = found(tmp_path)
    assert {(severity, file) for severity, file, _ in issues} == {("warning", "warm.md")}
    assert len(issues) == 3
    assert all("heat.md" in message for _, _, message in issues)


def test_a_paragraph_twice_in_one_article_is_left_alone(tmp_path: Path):
    """Repetition within an article is its author's choice."""
    long = "This very paragraph stands twice in the article, word for word."
    put(tmp_path, f"{long}\n\n{long}")
    assert found(tmp_path) == []


def test_unreadable_articles_are_issues_and_the_others_are_checked(tmp_path: Path):
    """One bad file does not hide the rest."""
    (tmp_path / "bad.md").write_bytes(b"\xff")
    put(tmp_path, "## Empty")
    assert [(severity, file) for severity, file, _ in found(tmp_path)] == [
        ("error", "bad.md"),
        ("error", "heat.md"),
    ]


def test_two_endings_of_one_slug_are_an_error(tmp_path: Path):
    """The index could hold only one of them."""
    put(tmp_path, "Text.")
    put(tmp_path, "Other.", name="heat.MD", title="Warm", question="Is it warm?")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system ignores case")
    assert [s for s, _, m in found(tmp_path) if "same slug" in m] == ["error"]


def test_a_missing_or_empty_folder_is_an_issue(tmp_path: Path):
    """The check tells it in the same way as everything else."""
    assert [severity for severity, _, _ in found(tmp_path)] == ["error"]
    assert "no corpus folder" in found(tmp_path / "none")[0][2]
