"""Rendering is pure: what is escaped, what is marked up, where a long text is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.bot import render
from backbot.model import Citation, Passage, Unit
from bot.bot_api_server import parse_html
from bot.fake_assistant import passage

PIECES = [*"ab &<>*-\n.!", "🚑", "é", "e\u0301", "🦵🏽", "\u200d", "\ud83d", "**", "\n\n", "- "]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=200).map("".join)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Call** 112 & <wait>", "<b>Call</b> 112 &amp; &lt;wait&gt;"),
        ("- one\n  - two\nthree - four", "• one\n  • two\nthree - four"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("**open", "**open"),
        ("**a\nb**", "**a\nb**"),
        ("**a****b**", "<b>a</b><b>b</b>"),
        ("a\r\nb\x00\ud83dc", "a\nb\ufffdc"),
        ("", ""),
    ],
)
def test_marked_text(text, html):
    """Bold and bullets mean it, on one line; everything else is literal."""
    assert render.marked(text).html() == html


def test_literal_text_has_no_markup():
    """What a person wrote stays what they wrote."""
    assert render.literal("**a** <b>\n- c").html() == "**a** &lt;b&gt;\n- c"


@given(TEXTS, st.integers(2, 60))
@settings(max_examples=150, deadline=None)
def test_pieces_fit_hold_up_and_lose_nothing(text, limit):
    """Every piece is a valid message within the limit; together they have all the words."""
    whole = render.marked(text)
    pieces = render.split(whole, limit)
    for piece in pieces:
        assert piece.plain.strip()
        assert render.utf16_units(piece.plain) <= limit
        assert parse_html(piece.html()) == piece.plain
    assert "".join("".join(p.plain for p in pieces).split()) == "".join(whole.plain.split())


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_units_are_those_of_utf16(text):
    """As Telegram counts."""
    clean = render.clean(text)
    assert render.utf16_units(clean) == len(clean.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("One. Two.\n\nThree. Four.", 15, ["One. Two.", "Three. Four."]),
        ("a\nb b b b b", 6, ["a", "b b b", "b b"]),
        ("First one. Second one.", 14, ["First one.", "Second one."]),
        ("aaaa bbbb", 6, ["aaaa", "bbbb"]),
        ("aaaaaaaa", 3, ["aaa", "aaa", "aa"]),
        ("🚑🚑🚑", 3, ["🚑", "🚑", "🚑"]),
        ("abe\u0301c", 3, ["ab", "e\u0301c"]),
    ],
)
def test_cuts_fall_at_the_best_place_within_reach(text, limit, pieces):
    """Paragraph, line, sentence, word; never inside one visible character."""
    assert [piece.plain for piece in render.split(render.literal(text), limit)] == pieces


def test_bold_across_a_cut_is_bold_on_both_sides():
    """No tag is left open."""
    pieces = render.split(render.marked("**aaaa bbbb** c"), 6)
    assert [piece.html() for piece in pieces] == ["<b>aaaa</b>", "<b>bbbb</b> c"]


def test_a_message_of_exactly_the_limit_is_one():
    """4096 units, most of them escaped."""
    assert len(render.split(render.literal("&" * 4096))) == 1
    assert len(render.split(render.literal("&" * 4095 + "🚑"))) == 2


def test_a_passage_is_readable():
    """Sentences run on, items and steps stand on lines of their own, spaces are tidied."""
    kinds = [
        ("Do\n this:", "sentence", 0),
        ("Sit down.", "sentence", 0),
        ("Breathe in.", "step", 1),
        ("Breathe out.", "step", 1),
        ("a towel", "item", 2),
        ("Then rest.", "sentence", 3),
    ]
    units = tuple(Unit(text, 0, len(text), kind, block) for text, kind, block in kinds)
    text = render.passage_text(Passage("a#0", "a", "", "", 0, 0, units))
    assert text == "Do this: Sit down.\n1. Breathe in.\n2. Breathe out.\n• a towel\nThen rest."
    assert render.passage_text(passage(0, "One.", "Two.")) == "One. Two."


def test_button_texts_are_short_and_on_one_line():
    """Phones cut longer ones."""
    assert render.button_text("a\n b") == "a b"
    assert render.button_text("x" * 61) == "x" * 59 + "…"


def test_what_two_quotes_in_a_row_are_based_on_is_said_once():
    """On a phone the same three lines twice hide the third quote."""
    same, other = ("One leaflet", "Another"), ("A third",)
    citations = [
        Citation(n, f"a{n}", f"Article {n}", "", "q", sources, "not reviewed")
        for n, sources in enumerate((same, same, other, ()), start=1)
    ]
    assert render.sources(citations).plain.splitlines() == [
        "[1] Source: Article 1 (not reviewed)",
        "[2] Source: Article 2 (not reviewed)",
        "Based on: One leaflet; Another",
        "[3] Source: Article 3 (not reviewed)",
        "Based on: A third",
        "[4] Source: Article 4 (not reviewed)",
    ]
    assert render.sources(()).plain == ""
