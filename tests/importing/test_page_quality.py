"""How well articles are found in pages of many layouts, marked by hand."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from backbot.importing import prepare
from importing.scoring import (
    COPIED,
    PAGES,
    four_gram_f1,
    pasted,
    read_marked,
    read_marked_text,
    score_of,
)

HTML_EACH, HTML_MEAN = 0.93, 0.98
TEXT_EACH, TEXT_MEAN = 0.90, 0.96


def score(page: Path, folder: Path, *, as_text: bool) -> float:
    """4-gram F1 of the draft's body against the marked article."""
    marked = read_marked(page)
    file = folder / f"{page.stem}{'.txt' if as_text else '.html'}"
    file.write_text(pasted(marked.source) if as_text else marked.source, "utf-8")
    return score_of(prepare(file).body, marked)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_html_page_gives_its_article(page: Path, tmp_path: Path) -> None:
    """Each page as html reaches the floor."""
    assert score(page, tmp_path, as_text=False) >= HTML_EACH


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pasted_page_gives_its_article(page: Path, tmp_path: Path) -> None:
    """Each page as pasted text, menus and all, reaches the floor."""
    assert score(page, tmp_path, as_text=True) >= TEXT_EACH


@pytest.mark.parametrize("page", COPIED, ids=lambda page: page.stem)
def test_text_copied_by_hand_gives_its_article(page: Path, tmp_path: Path) -> None:
    """Odd line breaks, lists without marks, a telephone's screen: the floor holds for each."""
    marked = read_marked_text(page)
    file = tmp_path / page.name
    file.write_text(marked.source, "utf-8")
    draft = prepare(file)
    assert score_of(draft.body, marked) >= TEXT_EACH
    assert draft.meta.title.casefold() == marked.title.casefold()


def test_pages_on_average(tmp_path: Path) -> None:
    """The means reach their floors, and uncleaned text is far below."""
    assert len(PAGES) >= 12
    assert mean(score(page, tmp_path, as_text=False) for page in PAGES) >= HTML_MEAN
    assert mean(score(page, tmp_path, as_text=True) for page in PAGES) >= TEXT_MEAN
    marked = [read_marked(page) for page in PAGES]
    assert mean(four_gram_f1(pasted(page.source), page.article) for page in marked) < 0.85


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_html_title_is_found(page: Path, tmp_path: Path) -> None:
    """The title is the page's first-level heading, not the site's name."""
    marked = read_marked(page)
    file = tmp_path / "page.html"
    file.write_text(marked.source, "utf-8")
    assert prepare(file).meta.title == marked.title
