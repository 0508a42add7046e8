"""The checks tried on the project's own articles: quiet on them, not blind to a slip."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from backbot import packaged
from backbot.corpus.check import check_corpus, read_proses
from backbot.corpus.contradictions import differing_figures
from backbot.triage.lint import lint

TODAY = date(2026, 11, 22)

# A figure that stands in several places, and another one for one of them.
SLIPS = [
    ("heat-and-cold", "with 20 minutes for each", "with 10 minutes for each"),
    (
        "pulled-back-muscle",
        "usually needs three to four weeks",
        "usually needs six to eight weeks",
    ),
    ("sitting-and-inactivity", "one every 30–60 minutes", "one every two hours"),
    ("sitting-and-inactivity", "may need rest for a day or two", "may need rest for five days"),
    ("stretching", "five times a day or more", "twice a day"),
    ("stretching", "The 2009 study", "The 2012 study"),
]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The articles, to be changed."""
    for path in packaged.corpus_folder().glob("*.md"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def figures(folder: Path) -> list[str]:
    """What is said about differing figures."""
    proses, faults = read_proses(folder)
    assert faults == []
    return [issue.message for issue in differing_figures(proses)]


def test_the_articles_have_no_differing_figures():
    """Nothing is reported that is not there, and nothing that is."""
    assert figures(packaged.corpus_folder()) == []


def test_the_articles_have_no_empty_section_broken_link_or_impossible_date():
    """What a reader would meet."""
    issues = check_corpus(packaged.corpus_folder(), TODAY, lint=lint)
    assert [issue.message for issue in issues if issue.severity == "error"] == []


@pytest.mark.parametrize(("slug", "right", "wrong"), SLIPS)
def test_a_changed_figure_is_reported_and_nothing_else(copied: Path, slug, right, wrong):
    """One slip, and every report is about it."""
    path = copied / f"{slug}.md"
    text = path.read_text(encoding="utf-8")
    assert right in text, f"{slug} no longer says {right!r}: choose another figure for this test"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    found = figures(copied)
    assert found
    assert all(f"{slug}.md" in message for message in found)


def test_the_whole_check_takes_less_than_two_seconds():
    """Staff run it after every change. Measured as work of this process, best of three."""
    best = 99.0
    for _ in range(3):
        started = time.process_time()
        check_corpus(packaged.corpus_folder(), TODAY)
        best = min(best, time.process_time() - started)
    assert best < 2
