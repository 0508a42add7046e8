"""Pages of other builders: clippings, leaflets, tables, questions in bold, boxes amid the text."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest

from backbot.importing.draft import summary_of
from backbot.importing.front import front_matter, page_address, without_site
from backbot.importing.importer import clean_text
from backbot.importing.plain import join_lines, labelled
from importing.makers import TEXT, draft_of, page
from importing.scoring import four_gram_f1

UGLY = Path(__file__).parent / "data" / "ugly"
_MARKED = re.compile(r"\s*(?:[\w ]+\t)?\|")
_TABLE_LINE = re.compile(r"\|\||Table\t|.*\S {5,}\S")
_TOLD_ROW = re.compile(r"^- [\w ]+: .*; .*\n", re.MULTILINE)
LONG = (
    (
        "Sitting for a whole morning makes many lower backs stiff, and a short walk helps nearly "
        "everybody who tries it for a week or two."
    ),
    (
        "Chairs matter less than people think, because even a good chair becomes a bad one when the "
        "person in it never gets up to walk about."
    ),
    (
        "Get up every half hour, walk to the window and stretch both arms towards the ceiling before "
        "you go back to your desk and your work."
    ),
)


def _word(marked: str) -> bytes:
    """A Word file of lines "style, tab, text"; "**" stands around bold words."""
    document = docx.Document()
    rows: list[list[str]] = []
    for line in [*marked.splitlines(), "\t"]:
        style, text = line.split("\t")
        text = re.sub(r"^#?\|", "", text)
        if style == "Table":
            rows.append(text.split(";"))
            continue
        if rows:
            table = document.add_table(len(rows), len(rows[0]))
            for row, cells in zip(table.rows, rows, strict=True):
                for cell, words in zip(row.cells, cells, strict=True):
                    cell.text = words
            rows = []
        if style == "Bold":
            document.add_paragraph().add_run(text).bold = True
        elif style:
            paragraph = document.add_paragraph(style=style)
            for at, part in enumerate(text.split("**")):
                paragraph.add_run(part).bold = bool(at % 2) or None
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _plain(text: str) -> str:
    text = re.sub(r"!?\[([^\]\n]*)\]\([^)\n]*\)", r"\1", text)
    marks = r"\*\*|==|^\s*(?:[-*o]|\d+\.)\s+|^#+ |^[QA]\. "
    return re.sub(marks, "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("file", sorted(UGLY.iterdir()), ids=lambda file: file.name)
def test_ugly_page_gives_its_article(file: Path, tmp_path: Path) -> None:
    """What a bar marks is the article: all of it, nothing else, its table with its labels."""
    marked = file.read_text("utf-8")
    if file.suffix == ".tsv":
        draft = draft_of(tmp_path, "a.docx", _word(marked))
    else:
        source = re.sub(r"^(\s*)#?\|", r"\1", marked, flags=re.MULTILINE).replace("#|", "")
        draft = draft_of(tmp_path, file.name, source.encode())
    lines = [line for line in marked.splitlines() if _MARKED.match(line)]
    lines = [line for line in lines if not _TABLE_LINE.match(line)]
    article = _plain("\n".join(_MARKED.sub("", line, count=1) for line in lines))
    assert len(_TOLD_ROW.findall(draft.body)) == 3
    assert four_gram_f1(_TOLD_ROW.sub("", draft.body), article) > 0.97
    title = next(line for line in marked.splitlines() if "#|" in line).partition("#|")[2]
    assert draft.meta.title in title
    assert len(draft.meta.title) > 20


# --------------------------------------------------------------------------- boxes amid the text


def test_a_section_below_links_to_other_articles_stays(tmp_path: Path) -> None:
    """A heading of the article's own level with text below it ends the box above it."""
    text = (
        f"[Skip to content](#m)\n\n# Sitting and the back\n\n{LONG[0]}\n\n## Chairs\n\n{LONG[1]}"
        "\n\n---\n\n**Read next**\n- [Desks that rise](/d)\n- [Lamps](/l)\n\n---\n\n"
        "## When you walk\n\n1. Walk before your back is stiff, not when it is.\n"
        "2. Take the stairs of the house.\n"
        "3. Leave the car two streets away from your desk and the chair.\n\n"
        "Nobody needs more than this.\n\n[Log in](/in)\n\n© 2022 Some Clinic\n"
    )
    draft = draft_of(tmp_path, "a.md", text.encode())
    assert draft.sections == ("Chairs", "When you walk")
    assert "1. Walk before your back is stiff" in draft.body
    assert "Desks" not in draft.body


def test_openings_of_other_articles_are_no_sections(tmp_path: Path) -> None:
    """A heading with one short text below it, below "read next", is a teaser."""
    text = (
        f"[Skip to content](#m)\n\n# Sitting and the back\n\n{LONG[0]}\n\n## Chairs\n\n{LONG[1]}"
        f"\n\n{LONG[2]}\n\n**Read next**\n\n## Desks that rise\n\nOur test of nine desks for your "
        "back.\n\n## Lamps\n\nHow bright is bright enough for reading?\n\n© 2022 Some Clinic\n"
    )
    draft = draft_of(tmp_path, "a.md", text.encode())
    assert draft.sections == ("Chairs",)


def test_a_copied_section_below_links_stays_with_its_heading() -> None:
    """Without markup: blank lines around its heading, text and words that lead to a list."""
    lines = [
        *("Sitting and the back at work", "", LONG[0], "", LONG[1], "", "YOU MIGHT ALSO LIKE"),
        *("> Nine desks that rise", "> Crossword of the month", "", "Moving safely", ""),
        *(
            "Backs get stronger when they carry a little weight, and sitting carries none of it.",
            "",
        ),
        *("A sensible plan for the week:", "", "* walk on most days", "* climb the stairs", ""),
        LONG[2],
    ]
    kept = [(block.kind, block.text) for block in clean_text("\n".join(lines)) if block.kept]
    assert ("heading", "Moving safely") in kept
    assert ("item", "climb the stairs") in kept
    assert not any("Crossword" in text for _, text in kept)


def test_a_short_opening_below_links_stays_with_its_heading() -> None:
    """Copied without blank lines: a title, a short text, a title and a long text."""
    long = f"{LONG[1]} {LONG[2]}"
    lines = [
        *("Sitting and the back at work", LONG[0], LONG[1], LONG[2], "Related articles"),
        *("Nine desks that rise", "Lamps for dark corners", "Treatment without chairs"),
        "Few people with a stiff back ever need a new chair. A walk helps most of them every day.",
        *(
            "Exercise",
            long.replace("Chairs", "Steps"),
            "Rest",
            LONG[0].replace("Sitting", "Lying"),
        ),
    ]
    kept = [(block.kind, block.text) for block in clean_text("\n".join(lines)) if block.kept]
    assert ("heading", "Treatment without chairs") in kept
    assert not any("Lamps" in text for _, text in kept)


def test_an_entry_of_the_contents_in_other_words_goes_with_them() -> None:
    """The first entry that comes again ends the list."""
    heads = ["How long to sit", "Which chair", "When to walk"]
    lines = ["Sitting and the Back", LONG[0], "Table of Contents", "Toggle", *heads, "FAQ"]
    for head, text in zip(heads, LONG, strict=True):
        lines += [head, f"First of all: {text}"]
    lines += ["Frequently asked questions", "May I sit?", "Yes, but not for long at a time."]
    kept = [block.text for block in clean_text("\n".join(lines)) if block.kept]
    assert "FAQ" not in kept
    assert [kept.count(head) for head in heads] == [1, 1, 1]


def test_a_words_own_hyphen_stays_at_a_lines_end() -> None:
    """Others were put there to cut a word."""
    assert join_lines(["an anti-", "inflammatory gel"]) == "an anti-inflammatory gel"
    assert join_lines(["an exer-", "cise for short-", "ness of breath"]) == (
        "an exercise for shortness of breath"
    )


def test_contents_within_the_article_do_not_cut_it(tmp_path: Path) -> None:
    """The title and the opening above "In this article" belong to what stands below it."""
    heads = ["How long to sit", "Which chair", "When to walk"]
    lines = ["Sitting and the Back: A Guide for Work", "", LONG[0], "", "In this article"]
    lines += [f"• {head}" for head in [*heads, "Get help"]]
    for head, text in zip(heads, LONG, strict=True):
        lines += ["", head, "", f"First of all: {text}"]
    lines += ["", "Get help", "", "See a doctor if your leg is numb."]
    draft = draft_of(tmp_path, "a.txt", "\n".join(lines).encode())
    assert draft.meta.title == "Sitting and the Back: A Guide for Work"
    assert draft.body.startswith(LONG[0])


# --------------------------------------------------------------------------- questions


def test_bold_questions_become_headings(tmp_path: Path) -> None:
    """In a page, in Markdown of a page and in written Markdown, with the answer below them."""
    html = page(
        "<h2>FAQ</h2><p><b>May I sit?</b> Yes, but not for long.</p>"
        "<p><strong>Must I walk?</strong><br>It helps more than a new chair.</p>"
    )
    marked = (
        f"[Skip to content](#m)\n\n# Sitting\n\n{LONG[0]}\n\n## FAQ\n\n**May I sit?** Yes, but "
        "not for long.\n\n**Must I walk?**\nIt helps more than a new chair.\n\n"
        "## Related posts\n\n- [Desks](/d)\n\n© 2022 Some Clinic\n"
    )
    wanted = (
        "## FAQ\n\n### May I sit?\n\nYes, but not for long.\n\n### Must I walk?\n\n"
        "It helps more than a new chair.\n"
    )
    assert wanted in draft_of(tmp_path, "a.html", html).body
    assert wanted in draft_of(tmp_path, "a.md", marked.encode()).body
    written = marked.split("\n\n", 1)[1].split("## Related", maxsplit=1)[0]
    assert wanted in draft_of(tmp_path, "b.md", written.encode()).body


def test_hidden_words_amid_a_heading_leave_it_one(tmp_path: Path) -> None:
    """Words for screen readers stand before the heading's own."""
    html = page(
        '<h2><span role="text"><span class="visually-hidden">Non-urgent advice: </span>'
        "See a GP if:</span></h2><ul><li>it is no better</li><li>you cannot sleep</li></ul>"
    )
    assert "## See a GP if:\n\n- it is no better\n" in draft_of(tmp_path, "a.html", html).body


def test_bold_words_at_a_beginning_stay_in_their_paragraph(tmp_path: Path) -> None:
    """Only a question stands apart."""
    html = page("<p><b>Choose a wedge.</b> It keeps the weight off the bone.</p>")
    wanted = "Choose a wedge. It keeps the weight off the bone."
    assert wanted in draft_of(tmp_path, "a.html", html).body


def test_marks_of_questions_and_answers_go() -> None:
    """Both must come more than once: an A alone may be an initial."""
    lines = [LONG[0], "", "Q. May I sit?", "A. Yes, but not for long.", "", "Q. Must I walk?"]
    blocks = clean_text("\n".join([*lines, "A. It helps more than a chair.", "", LONG[1]]))
    texts = [block.text for block in blocks if block.kept]
    assert "May I sit?" in texts
    assert "It helps more than a chair." in texts
    assert clean_text(f"A. Bloggs wrote this about backs for us.\n\n{LONG[0]}")[0].text[0] == "A"


@pytest.mark.parametrize("name", ["a.html", "a.md", "a.txt"])
def test_a_last_short_part_stays(name: str, tmp_path: Path) -> None:
    """A heading and a sentence of four words end many articles."""
    parts = [
        LONG[0],
        LONG[1],
        "Chairs at work",
        LONG[2],
        "When to stop",
        "Stop if it hurts.",
        "Rest.",
    ]
    heads = ("Chairs at work", "When to stop")
    if name == "a.html":
        rows = (f"<h2>{part}</h2>" if part in heads else f"<p>{part}</p>" for part in parts)
        text = f"<h1>Sitting</h1>{''.join(rows)}<footer>© 2022 Some Clinic</footer>"
    else:
        head = "## " if name == "a.md" else ""
        rows = (f"{head}{part}" if part in heads else part for part in parts)
        text = "\n\n".join(["Sitting and the back", *rows, "© 2022 Some Clinic"])
    assert "## When to stop\n\nStop if it hurts." in draft_of(tmp_path, name, text.encode()).body


def test_boxes_that_tell_something_stay(tmp_path: Path) -> None:
    """A fact in an aside and whom to call; not what is sold or leads elsewhere."""
    fact = "Your back has thirty-three bones, and nine of them grow together."
    html = page(
        f"<aside><p>{fact}</p></aside><aside><p>Read how <a href='/x'>nine bones</a> grow together "
        "as we get older.</p></aside><div><h2>Who helps</h2><p>Call us at once if your legs go "
        f"numb.</p><p>Call us today for a free first visit.</p></div><p>{LONG[0]}</p>"
    )
    body = draft_of(tmp_path, "a.html", html).body
    assert fact in body
    assert "Call us at once if your legs go numb." in body
    assert "older" not in body
    assert "free" not in body


def test_names_of_items_and_shouted_headings(tmp_path: Path) -> None:
    """A line in capitals is a heading; a name above an item's text is told with it."""
    html = page(
        f"<p>HOW TO START</p><p>{LONG[0]}</p><ul><li><b>Warm up</b><br>Walk for ten minutes.</li>"
        f"<li><p>Stretch.</p><p>Hold for a breath.</p></li></ul><p>{LONG[1]}</p>"
    )
    body = draft_of(tmp_path, "a.html", html).body
    assert "## HOW TO START\n\n" in body
    assert "- Warm up: Walk for ten minutes.\n- Stretch. Hold for a breath.\n" in body


def test_a_last_short_answer_stays_with_its_question() -> None:
    """An article may end in "Whichever feels better."."""
    lines = [
        *LONG,
        "Ice or heat?",
        "Whichever feels better. Try both.",
        "References",
        "1. A book.",
    ]
    kept = [block.text for block in clean_text("\n\n".join(lines)) if block.kept]
    assert kept[-2:] == ["Ice or heat?", "Whichever feels better. Try both."]


def test_questions_that_lost_their_bold_type_become_headings() -> None:
    """Three in a row, or two below their title; a single paragraph may begin with a question."""
    asked = ["May I sit? Yes, but not for long.", "Must I walk? It helps more than a new chair."]
    lines = [*LONG, "Your questions", *asked]
    kept = [block.text for block in clean_text("\n\n".join(lines)) if block.kept]
    assert kept[-5:] == [
        "Your questions",
        *" ".join(asked).replace("? ", "?|").replace(". ", ".|").split("|"),
    ]
    alone = [block.text for block in clean_text("\n\n".join([*LONG, asked[0], LONG[0]]))]
    assert asked[0] in alone


# --------------------------------------------------------------------------- tables


def test_rows_say_what_their_cells_are() -> None:
    """A row may be quoted alone; without a header nothing is made up."""
    rows = [["Seat", "How long*"], ["Sofa", "10 minutes"], ["Car", "30 minutes"]]
    told = [["Seat: Sofa", "How long: 10 minutes"], ["Seat: Car", "How long: 30 minutes"]]
    assert labelled(rows) == labelled(rows, headed=True) == told
    words = [["Sofa", "short"], ["Car", "longer"], ["Bed", "long"]]
    assert labelled(words) == words
    assert labelled(words, headed=True)[0] == ["Sofa: Car", "short: longer"]
    figures = [["1", "10 minutes"], ["2", "20 minutes"], ["3", "40 minutes"]]
    assert labelled(figures) == figures
    assert labelled([]) == []


def test_columns_of_blanks_are_a_table() -> None:
    """A leaflet's text puts cells under each other."""
    rows = ["Week     Load", "1        2 kg", "2 to 3   5 kg", "4        10 kg"]
    found = clean_text("\n".join([LONG[0], "", *rows, "", LONG[1]]))
    assert [block.text for block in found if block.kind == "table"] == [
        "Week: 1; Load: 2 kg",
        "Week: 2 to 3; Load: 5 kg",
        "Week: 4; Load: 10 kg",
    ]


# --------------------------------------------------------------------------- clippings

CLIP = f"""---
title: "Sitting and the back | Some Site"
source: https://www.somesite.example/sitting
author:
  - "[[Jo Bloggs]]"
---
![A desk](https://www.somesite.example/desk.jpg?w=1200)

[Save](/s) | [Share](/t) | 14 comments

{LONG[0]}

## Chairs

{LONG[1]} ==Get up often.==[^1]

[![Advertisement](https://a.example/b.png)](https://a.example/click?id=1)

---

[^1]: Bloggs J et al. Chairs. *Some Journal*, 1999. [↩](#f)

**Jo Bloggs** is an editor who walks. [More from Jo](/jo)

### Read next

- [Desks that rise](/d)
"""


def test_a_clipping_is_read_as_the_page_it_was(tmp_path: Path) -> None:
    """Its front matter names the page, the author and the title with the site's name behind it."""
    draft = draft_of(tmp_path, "a.md", CLIP.encode())
    assert draft.body == f"{LONG[0]}\n\n## Chairs\n\n{LONG[1]} Get up often.\n"
    (source,) = draft.meta.sources
    assert (draft.meta.title, source.author) == ("Sitting and the back", "Jo Bloggs")
    assert (source.publisher, source.url) == ("Some Site", "https://www.somesite.example/sitting")


def test_a_page_from_a_reader_program_has_its_title_from_the_head(tmp_path: Path) -> None:
    """Lines of title and address above the Markdown are about the page, not of it."""
    head = (
        "Title: Sitting and the back - Some Site Library\n\n"
        "URL Source: https://library.some-site.example/x\n\n"
        "Published Time: 2022-05-30\n\nMarkdown Content:\n"
    )
    text = (
        f"{head}Text size: A A A\n\nSitting and the back\n====\n\n{LONG[0]}\n\n{LONG[1]}\n\n"
        "© 2022 Some Site\n"
    )
    draft = draft_of(tmp_path, "a.md", text.encode())
    assert (draft.meta.title, draft.body) == ("Sitting and the back", f"{LONG[0]}\n\n{LONG[1]}\n")


def test_pictures_of_written_markdown_are_left_out_and_told(tmp_path: Path) -> None:
    """An import keeps words only: a path that leads nowhere would hold up the approval."""
    text = f"# Sitting\n\n![Desk](img/desk.png)\n\n{LONG[0]}\n\n{LONG[1]} ![](b.png)\n"
    draft = draft_of(tmp_path, "a.md", text.encode())
    assert draft.body.split("\n\n") == [LONG[0], f"{LONG[1]}\n"]
    assert any("2 pictures were left out" in warning for warning in draft.warnings)


def test_the_sites_name_behind_a_title_is_found_by_the_address() -> None:
    """Or by a stroke; another last part belongs to the title."""
    address = "https://www.somesite.example/a"
    assert without_site("Sitting well - Some Site", address) == ("Sitting well", "Some Site")
    assert without_site("Sitting well | The Other", address) == ("Sitting well", "The Other")
    assert without_site("Sitting well - what helps", address) == ("Sitting well - what helps", "")
    assert page_address({"source": ["https://a.example/b"]}) == "https://a.example/b"
    assert page_address({"source": "a book", "url": 3}) == ""
    assert front_matter("No front matter.") == ({}, 0, [])


# --------------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    "line",
    [
        "By Jo Bloggs · Fact-checked by Dr. Sam Bloggs, physiotherapist · Updated January 9, 2025",
        "Save story | Share | 14 comments",
        "3 readers found this helpful Report a problem with this page",
    ],
)
def test_lines_of_several_small_parts_are_left_out(line: str) -> None:
    """Each part alone bears a sign."""
    blocks = clean_text(f"{LONG[0]}\n\n{line}\n\n{LONG[1]}\n\n{LONG[2]}")
    assert [block.text for block in blocks if block.kept] == list(LONG)


def test_what_a_reader_says_is_no_heading() -> None:
    """Though it has the length of one."""
    said = '"I used to sit all day, just in case." - Ines, 14'
    blocks = clean_text(f"{LONG[0]}\n\n{said}\n\n{LONG[1]}\n\n{LONG[2]}")
    assert [block.kind for block in blocks] == ["paragraph"] * 4


def test_a_summary_is_a_whole_sentence() -> None:
    """One word with a full stop says nothing; words that lead to a list are no summary."""
    blocks = clean_text(f"Two things help:\n\nWalks. {LONG[0]}\n\n{LONG[1]}")
    assert summary_of(blocks) == LONG[0]
    assert summary_of(clean_text("\n\n".join(TEXT))) == TEXT[0]
