"""Markdown bodies as blocks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.corpus.markdown import parse_blocks, plain_text


def kinds(body: str) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, body[block.start : block.end]) for block in parse_blocks(body)]


@pytest.mark.parametrize(
    ("body", "level", "title"),
    [
        ("# One", 1, "One"),
        ("###### Six ##", 6, "Six"),
        ("##\tTab", 2, "Tab"),
        ("## C# and F#", 2, "C# and F#"),
        ("Under\n=====", 1, "Under"),
        ("Under\n--", 2, "Under"),
        ("## A **bold** [link](x.md) and `code`", 2, "A bold link and code"),
        ("##", 2, ""),
    ],
)
def test_headings_are_found_with_their_level(body: str, level: int, title: str):
    """Both kinds of heading, without their marks."""
    (block,) = parse_blocks(body)
    assert (block.kind, block.level, block.title) == ("heading", level, title)


@pytest.mark.parametrize("body", ["#hashtag is text", "####### seven", "    indented text"])
def test_what_only_looks_like_markup_is_text(body: str):
    """No space after the mark, too many marks, a stray indent."""
    assert kinds(body) == [("paragraph", body.strip())]


@pytest.mark.parametrize(
    "body", ["---", "* * *", "<!-- a\nnote -->", "[x]: http://a.example", "<br>"]
)
def test_markup_without_text_is_a_break(body: str):
    """Rules, comments, link definitions and bare tags hold nothing to quote."""
    assert kinds(f"Before.\n\n{body}\n\nAfter.") == [
        ("paragraph", "Before."),
        ("break", body),
        ("paragraph", "After."),
    ]


def test_an_unclosed_comment_hides_nothing():
    """A forgotten `-->` must not take the rest of the article away."""
    assert [kind for kind, _ in kinds("<!-- oops\n\nText.")] == ["paragraph", "paragraph"]


def test_a_dashed_line_below_a_paragraph_of_several_lines_is_a_rule():
    """A paragraph is not mistaken for a heading and lost."""
    assert kinds("One line\nand another.\n---\nMore.") == [
        ("paragraph", "One line\nand another."),
        ("break", "---"),
        ("paragraph", "More."),
    ]


def test_items_have_no_marks_and_keep_their_later_lines():
    """Wrapped lines, later paragraphs of an item, nested items, both kinds of mark."""
    body = (
        "- one\n  wrapped\n- two:\n  1. nested\n\n     with more\n- [x] done\n\n\n- far\n\n"
        "1) first\n2) second\nlazy\n\nAfter."
    )
    first, second, after = parse_blocks(body)
    assert [(body[i.start : i.end], i.ordered) for i in first.items] == [
        ("one\n  wrapped", False),
        ("two:", False),
        ("nested\n\n     with more", True),
        ("done", False),
        ("far", False),
    ]
    assert [body[i.start : i.end] for i in second.items] == ["first", "second\nlazy"]
    assert after.kind == "paragraph"


def test_a_wrapped_line_that_begins_with_a_number_is_no_list():
    """Only "1." may interrupt a paragraph."""
    assert kinds("It was in\n2019. A good year.") == [
        ("paragraph", "It was in\n2019. A good year.")
    ]
    assert [kind for kind, _ in kinds("Do this:\n1. Rest.")] == ["paragraph", "list"]


def test_tables_code_and_pictures_are_told_from_text():
    """Each is a block of its own."""
    body = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n\n# no heading\n```\n\n![alt](a.png)"
    assert kinds(body) == [
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("code", "x = 1\n\n# no heading"),
        ("image", "![alt](a.png)"),
    ]


def test_a_quotation_is_read_like_the_rest():
    """Its marks are outside, but for those within a wrapped paragraph."""
    assert kinds("> ## Head\n> Text\n> wraps.\n>\n> - item\n\nAfter.") == [
        ("heading", "## Head"),
        ("paragraph", "Text\n> wraps."),
        ("list", "item"),
        ("paragraph", "After."),
    ]


def test_plain_text_keeps_the_words():
    """Links, emphasis and code give their words; what is no markup stays."""
    assert (
        plain_text("**a** *b* `c` [d](e) 2 * 3 * 4 snake_case") == "a b c d 2 * 3 * 4 snake_case"
    )


MARKUP = st.lists(
    st.sampled_from(
        ["# h", "text.", "more text", "- item", "  - deep", "1. step", "> quote", "", "", "---", "===",
         "```", "| a | b |", "|---|---|", "![x](y)", "<!-- c", "-->", "    code", "[a]: b", "<br>", "*"]
    ),
    max_size=20,
).map("\n".join)  # fmt: skip


@settings(deadline=None)
@given(MARKUP | st.text(max_size=60))
def test_blocks_never_overlap(body: str):
    """In reading order, none empty, items inside their list."""
    position = 0
    for block in parse_blocks(body):
        assert position <= block.start < block.end <= len(body)
        inside = block.start
        for item in block.items:
            assert inside <= item.start < item.end <= block.end
            inside = item.end
        position = block.end
