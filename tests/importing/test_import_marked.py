"""Markdown made of a web page is read as a page; what a person wrote as Markdown is kept."""

from __future__ import annotations

import pytest

from backbot.importing.marked import is_marked, is_page, read_marked
from importing.makers import TEXT, draft_of

PAGE = f"""[Skip to content](#main)

[![Logo](logo.png)](/)

* [Home](/)
* [Conditions](/conditions)
* [Contact](/contact)

# Sitting and the back

By [Jo Bloggs](/jo), March 3, 2022

In this article

* [How long?](#how)

{TEXT[0]}

## How long?

Sit for half an **hour**, not more. Then [get up](/up) and:

* walk about
* drink a
  glass of water

{TEXT[1]}

| Hour | Walk |
|---|---|
| 1 | two minutes |
| 2 | four minutes |

## Share this:

* [Click to share](https://share.example)

## Related posts

* [Desks that rise](/desks)

## 2 comments

I never sit, and I feel as well as anybody else of my age whom I know.

© 2022 Some Clinic
"""
BODY = f"""{TEXT[0]}

## How long?

Sit for half an hour, not more. Then get up and:

- walk about
- drink a glass of water

{TEXT[1]}

- Hour: 1; Walk: two minutes
- Hour: 2; Walk: four minutes
"""


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_page_saved_as_markdown(tmp_path, name):
    """Menus, boxes and comments go; headings, lists and tables are found by their marks."""
    draft = draft_of(tmp_path, name, PAGE.encode())
    assert (draft.meta.title, draft.body) == ("Sitting and the back", BODY)
    assert any("saved as Markdown" in warning for warning in draft.warnings)


def test_page_without_blank_lines(tmp_path):
    """Where lines are too long to have been wrapped, each stands for itself."""
    text = "\n".join(line for line in PAGE.replace("a\n  glass", "a glass").split("\n") if line)
    text = text.replace(TEXT[0], f"{TEXT[0]} {TEXT[1]}")
    body = draft_of(tmp_path, "a.txt", text.encode()).body
    assert "\n\n## How long?\n\nSit for half an hour, not more. Then get up and:\n" in body
    assert "Logo" not in body


def test_a_written_article_is_no_page(tmp_path):
    """Fewer than three kinds of clutter, or a front matter that names no page."""
    article = f"# Sitting\n\n{TEXT[0]}\n\n## Related posts\n\n- [Desks](/desks)\n"
    assert not is_page(article)
    assert is_page(PAGE)
    assert is_page(article, clipped=True)
    front = "---\ntitle: Sitting at work\n---\n"
    assert "Desks that rise" in draft_of(tmp_path, "a.md", f"{front}{PAGE}".encode()).body


def test_text_with_one_hash_is_no_markdown():
    """It takes two headings."""
    assert not is_marked("# 1 cause of pain\nSome text.")
    assert is_marked("Sitting\n=======\n\nText.\n\nHow long\n--------\n\nText.")


def test_marks_become_words_and_links_are_counted():
    """Emphasis, links and pictures go; what leads within the page is its contents."""
    blocks = read_marked("- [How long?](#how)\n\n**Bold** and [a link](/x) ![](y.png) 2\\*3 a_b_c")
    assert [block.text for block in blocks] == ["How long?", "Bold and a link 2*3 a_b_c"]
    assert (blocks[0].outside, blocks[1].kind) == ("table of contents", "paragraph")
    assert 0 < blocks[1].links < 0.5


def test_contents_and_links_away_leave_a_written_article(tmp_path):
    """Its table of contents with the heading, and lines that only lead away."""
    text = (
        "---\ntitle: Sitting\n---\n[Home](/) | [Archive](/a) | [Feed](/f)\n\n## Contents\n\n"
        f"- [How long?](#how)\n- [Why?](#why)\n\n## How long?\n\n{TEXT[0]} See [why](#why).\n\n"
        "- **Walk** as [here](#how) said\n\n**Read next:** [Desks that rise](/desks)\n"
    )
    body = draft_of(tmp_path, "a.md", text.encode()).body
    wanted = f"## How long?\n\n{TEXT[0]} See [why](#why).\n\n- **Walk** as [here](#how) said\n"
    assert body == wanted


def test_a_table_may_have_strokes_between_its_cells_only():
    """As many as its second line has; a menu has no second line."""
    blocks = read_marked(
        "Home | About\n\nStroke | Good for\n-------|---------\nCrawl | Hips\n\nText."
    )
    assert [(block.kind, block.text) for block in blocks[1:]] == [
        ("table", "Stroke: Crawl; Good for: Hips"),
        ("paragraph", "Text."),
    ]
    assert blocks[0].kind == "paragraph"
