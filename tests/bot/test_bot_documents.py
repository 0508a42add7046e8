"""What staff see of a draft, and which words are taken for a name. No chat, no disk."""

from __future__ import annotations

from datetime import date

import pytest

from backbot.bot.documents import _buttons, looks_like_a_name, preview_text, safe_name
from backbot.bot.render import split
from backbot.corpus.issue import Issue
from backbot.editorial import Dropped, Preview, Twin
from backbot.model import ArticleMeta, ContentTest
from bot.bot_api_server import parse_html


def preview(title="Pillows", **changes) -> Preview:
    """A draft's preview."""
    given = {
        "draft_id": "0123456789abcdef",
        "meta": ArticleMeta("pillows", title, questions=("Which pillow?",)),
        "sections": ("Which pillow?",),
        "words": 80,
        "dropped": (),
        "warnings": (),
        "issues": (),
        "reading": None,
        "twin": None,
        "pictures": (),
        "review_due": date(2028, 11, 22),
        "by": "7",
    }
    return Preview(**(given | changes))


@pytest.mark.parametrize(
    "name",
    ["Dr Ann Smith", "Dr. B. Example", "Ludwig van der Berg", "A. Nurse", "Élodie O’Brien-Müller",
     "Ann Smith, physiotherapist"],
)  # fmt: skip
def test_a_name_is_a_name(name):
    """Titles, initials, particles, and what somebody is."""
    assert looks_like_a_name(name)


@pytest.mark.parametrize(
    "text",
    ["Massage", "Does heat help my back", "does Heat help", "Back pain", "Is It Me?", "nobody yet",
     "", "Dr Ann Smith 07700 900123", "Ann Smith, call 07700 900123", "A " * 60, ("Numb Legs Today Now"
     " And Then Some"), "<b>Ann</b> Smith"],
)  # fmt: skip
def test_anything_else_is_not_taken_for_a_reviewer(text):
    """Patients would read it under answers as who has reviewed them."""
    assert not looks_like_a_name(text)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\page.html", "page.html"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("two\nlines.txt", "twolines.txt"),
        ("", "document"),
        ("/", "document"),
        ("x" * 300 + ".pdf", "x" * 75 + "….pdf"),
    ],
)
def test_a_sender_s_file_name_is_one_harmless_line(sent, shown):
    """Whatever is in it; its ending stays."""
    assert safe_name(sent) == shown


def test_titles_and_lines_with_markup_are_shown_as_they_are():
    """HTML and `**` of a page are words, never our mark-up."""
    title = "<b>Pillows</b> & **backs** </blockquote>"
    issue = Issue("error", "pillows.md", "the section '<i>x' is empty & so on")
    dropped = (Dropped(1, "<script>", "navigation"),)
    shown = preview_text(preview(title, issues=(issue,), dropped=dropped))
    text = parse_html(shown.html())
    assert text.startswith(title)
    assert "<i>x" in text
    assert "Left out: 1 line (navigation 1)" in text


def test_sample_questions_that_fail_come_first():
    """Each is marked; how to mend them is said once."""
    questions = ("Which pillow?", "Which side?")
    meta = ArticleMeta("pillows", "Pillows", questions=questions)
    tests = tuple(
        ContentTest("pillows", question, found=question == "Which pillow?", rank=None)
        for question in questions
    )
    text = parse_html(preview_text(preview(meta=meta, tests=tests)).html())
    assert "Sample questions: 1 of 2 find this article." in text
    assert text.index("✗ Which side?") < text.index("✓ Which pillow?")
    assert "Say the answer more plainly" in text
    fine = parse_html(preview_text(preview(meta=meta, tests=tests[:1] * 2)).html())
    assert "all 2 find this article" in fine
    assert "✗" not in fine
    one = preview(tests=(ContentTest("pillows", "Which pillow?", found=True, rank=1),))
    assert "the only one finds this article" in parse_html(preview_text(one).html())


def test_sample_questions_that_could_not_be_tried_are_shown_with_the_reason():
    """An index that cannot be read does not hide the draft."""
    text = parse_html(preview_text(preview(untested="The index is damaged.")).html())
    assert "They could not be tried: The index is damaged." in text
    assert "• Which pillow?" in text


@pytest.mark.parametrize(
    ("twin", "words"),
    [
        (Twin("pillows", "Pillows", same_name=True), "It has its name."),
        (Twin("pillow", "Pillows", same_name=False), "The text is nearly the same."),
        (Twin("p", "P", same_name=True, same_text=True), "The text is the same, word for word."),
    ],
)
def test_why_it_may_be_a_new_version_is_said(twin, words):
    """So that nobody replaces an article by itself without knowing."""
    assert words in parse_html(preview_text(preview(twin=twin)).html())


def test_another_draft_of_the_same_title_is_named():
    """Who sends a mended file under another name has two drafts, and is told so."""
    text = parse_html(preview_text(preview(others=("pillows",))).html())
    assert "Of the same title there waits already: pillows." in text
    assert "same title" not in parse_html(preview_text(preview()).html())


def test_a_preview_of_a_huge_draft_is_one_message():
    """Lists are cut, with how many more there are; a button shows all."""
    big = preview(
        "T" * 300,
        sections=tuple(f"Section {n} " + "s" * 200 for n in range(60)),
        warnings=tuple("w" * 900 for _ in range(30)),
        pictures=tuple("p" * 200 for _ in range(20)),
        dropped=tuple(Dropped(n, "x", f"reason {n}") for n in range(500)),
    )
    assert len(split(preview_text(big))) == 1
    assert "All to mend (30)" in [b.text for row in _buttons(big) for b in row]


def test_a_line_that_is_cut_can_be_read_whole():
    """What is to mend ends with what to do: behind a button where it does not fit."""
    labels = [
        [button.text for row in _buttons(preview(warnings=(text,))) for button in row]
        for text in ("w" * 200, "w" * 201)
    ]
    assert ["All to mend (1)" in each for each in labels] == [False, True]


@pytest.mark.parametrize("twin", [None, Twin("a" * 60, "T" * 200, same_name=False)])
def test_buttons_fit_into_telegram_s_limit(twin):
    """64 bytes of data, whatever the slug."""
    rows = _buttons(preview(twin=twin, dropped=(Dropped(1, "x", "y"),), warnings=("w",) * 9))
    assert all(len(button.data.encode()) <= 64 for row in rows for button in row)
    labels = [button.text for row in rows for button in row]
    assert ("Approve" in labels) == (twin is None)
