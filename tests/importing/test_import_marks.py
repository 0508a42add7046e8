"""Marks of notes, by-lines, numbers that stand apart: nothing else is taken for one of them."""

import io

import docx
import pytest

from backbot.importing.textfix import raised, without_note_marks
from importing import makers
from importing.makers import TEXT, draft_of, page


def sheet(lines):
    """A PDF of a title, two paragraphs and these lines."""
    head = makers.column(["Sitting and the back"], size=20, top=750)
    return makers.pdf([[*head, *makers.column(list(TEXT)), *lines]])


def notes(body):
    """A Markdown file of a title, `body` and two paragraphs."""
    return f"# Sitting and the back\n\n{body}\n\n{TEXT[0]}\n\n{TEXT[1]}\n".encode()


# --------------------------------------------------------------------------- raised digits


def test_digits_are_raised_in_their_own_line_only(tmp_path):
    """The same figures elsewhere on the page keep their value."""
    lines = [
        ("Walk 10 20 times and 102 times, then rest for 10 22 minute spells.", 11, 60, 640),
        ("The number of small joints in a back is not far from", 11, 60, 600),
        ("10", 11, 330, 600),
        ("2", 7, 343, 604),
        ("in all people.", 11, 352, 600),
    ]
    body = draft_of(tmp_path, "a.pdf", sheet(lines)).body
    assert "Walk 10 20 times and 102 times, then rest for 10 22 minute spells." in body
    assert "not far from 10² in all people." in body


def test_several_marks_of_notes_never_join_a_number(tmp_path):
    """40 with the notes 1 and 2 is not 401,2."""
    assert (raised("1,2"), raised("1–3"), raised("1,5 kg")) == ("[1,2]", "[1–3]", "1,5 kg")
    body = "<p>Keep the pack at 40<sup>1,2</sup> degrees for 10<sup>1-3</sup> minutes at most.</p>"
    wanted = "at 40 degrees for 10 minutes at most."
    assert wanted in draft_of(tmp_path, "a.html", page(body)).body
    document = docx.Document()
    for line in TEXT:
        document.add_paragraph(line)
    paragraph = document.add_paragraph("Keep the pack at 40")
    paragraph.add_run("1, 2").font.superscript = True
    paragraph.add_run(" degrees for 10 minutes at most.")
    out = io.BytesIO()
    document.save(out)
    assert wanted in draft_of(tmp_path, "a.docx", out.getvalue()).body
    lines = [("Keep the pack at 40", 11, 60, 640), ("1,2", 7, 166, 644)]
    lines += [("degrees for 10 minutes at most.", 11, 180, 640)]
    assert wanted in draft_of(tmp_path, "a.pdf", sheet(lines)).body


def test_a_raised_mark_within_another_is_read(tmp_path):
    """Some editors nest them; the page is no damaged one."""
    draft = draft_of(
        tmp_path, "a.html", page("<p>Rest for 10<sup><sup>2</sup></sup> breaths.</p>")
    )
    assert "Rest for 10² breaths." in draft.body


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("weight by (height in m)² and age", "weight by (height in m)² and age"),
        ("Get up often.[^smith] Walk.", "Get up often. Walk."),
        ("about sitting[3](https://example.org)", "about sitting[3](https://example.org)"),
        ("Write `x[1]` down.[1]", "Write `x[1]` down."),
    ],
)
def test_only_marks_of_notes_go(text, left):
    """A unit, a link and code look like marks and are none."""
    assert without_note_marks(text) == (left, 0 if left == text else 1)


# --------------------------------------------------------------------------- tables, lists


def test_a_table_with_numbers_in_front_is_a_table(tmp_path):
    """Week 1, 2, 4 and 8 are no steps 1 to 4."""
    rows = [("Week", "Minutes a day"), *((str(n), f"{5 * n} minutes") for n in (1, 2, 4, 8))]
    lines = [
        (cell, 11, 60 + 150 * n, 600 - 20 * m)
        for m, row in enumerate(rows)
        for n, cell in enumerate(row)
    ]
    draft = draft_of(tmp_path, "a.pdf", sheet(lines))
    wanted = "- Week: 1; Minutes a day: 5 minutes\n- Week: 2; Minutes a day: 10 minutes\n- Week: 4"
    assert wanted in draft.body
    assert any("a table became a list" in warning for warning in draft.warnings)


def test_a_bullet_far_from_its_text_is_one(tmp_path):
    """No table has a column of bullets."""
    items = ["Stand up slowly.", "Hold for 3 seconds.", "Sit down."]
    lines = [("•", 11, 60, 600 - 18 * n) for n in range(3)]
    lines += [(item, 11, 120, 600 - 18 * n) for n, item in enumerate(items)]
    lines.sort(key=lambda line: (-line[3], line[2]))
    body = draft_of(tmp_path, "a.pdf", sheet(lines)).body
    assert "- Stand up slowly.\n- Hold for 3 seconds.\n- Sit down.\n" in body


def test_numbers_within_a_sentence_are_no_list(tmp_path):
    """Programs that draw each word or figure apart do not tear a sentence."""
    lines = [
        (
            "Most people can go on with their work after a rest that takes no more than",
            11,
            60,
            640,
        ),
        ("1", 11, 60, 626),
        ("minute, and they need a longer one of about the same kind after a good", 11, 69, 626),
        ("2", 11, 60, 612),
        ("hours at a desk or in a car.", 11, 69, 612),
    ]
    body = draft_of(tmp_path, "a.pdf", sheet(lines)).body
    assert "no more than 1 minute, and" in body
    assert "a good 2 hours at a desk" in body


def test_a_table_within_a_box_keeps_its_rows(tmp_path):
    """Both distances of the weeks come through, beside their weeks."""
    document = docx.Document()
    for line in TEXT:
        document.add_paragraph(line)
    box = document.add_table(1, 1).cell(0, 0)
    box.text = "How far you walk in the first two weeks after a bad spell:"
    inner = box.add_table(2, 2)
    for row, texts in zip(inner.rows, (("Week 1", "200 m"), ("Week 2", "400 m")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    draft = draft_of(tmp_path, "a.docx", out.getvalue())
    assert "- Week 1: 200 m\n- Week 2: 400 m\n" in draft.body


# --------------------------------------------------------------------------- Markdown


@pytest.mark.parametrize(
    ("body", "author"),
    [
        ("*By Ann Smith*", "Ann Smith"),
        ("By Ann Smith, 3 May 2024", "Ann Smith"),
        ("By Dr Ann Smith", "Dr Ann Smith"),
        ("*By Lena Brook*\n\nAuthor: Ann Smith", "Ann Smith"),
    ],
)
def test_a_by_line_names_the_author(tmp_path, body, author):
    """An explicit one wins."""
    assert draft_of(tmp_path, "a.md", notes(body)).meta.sources[0].author == author


@pytest.mark.parametrize(
    "body",
    ["By Land And Sea", "By Monday Morning", "## Plans\n\n*By Monday Morning*\n\n## Rest"],
)
def test_a_line_that_only_begins_with_by_stays(tmp_path, body):
    """It is text, and nobody's name."""
    draft = draft_of(tmp_path, "a.md", notes(body))
    assert body.strip("*") in draft.body
    assert draft.meta.sources[0].author == ""


def test_a_footnote_with_advice_stays(tmp_path):
    """Only notes that name a source are a list of references."""
    body = (
        "Rest at times.[^1] Then go on.[^smith]\n\n[^1]: Stop at once and call 112 when both\n"
        "    legs go weak.\n[^smith]: Smith J et al. Chairs. 2015."
    )
    draft = draft_of(tmp_path, "a.md", notes(body))
    assert "Rest at times. Then go on.\n" in draft.body
    assert "\nStop at once and call 112 when both\nlegs go weak.\n" in draft.body
    assert [block.text[:8] for block in draft.dropped] == ["[^smith]"]


def test_code_keeps_its_brackets(tmp_path):
    """A mark of a note is a mark in text only."""
    draft = draft_of(tmp_path, "a.md", notes("```\nx[1] = 2\n```"))
    assert "x[1] = 2" in draft.body


def test_a_paragraph_bold_by_its_style_is_a_heading(tmp_path):
    """Site builders write bold as a style, not as an element."""
    body = f'<p><span style="font-weight:bold">Sitting well</span></p><p>{TEXT[1]} It helps.</p>'
    assert "\n## Sitting well\n" in draft_of(tmp_path, "a.html", page(body)).body


@pytest.mark.parametrize(
    ("lead", "stays"), [("Causes of such pain are:", True), ("Read more about the back:", False)]
)
def test_items_that_are_links_stay_with_their_list(tmp_path, lead, stays):
    """What a list names is often linked; a list of articles is another thing."""
    items = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("stenosis", "arthritis"))
    body = draft_of(
        tmp_path, "a.html", page(f"<p>{lead}</p><ul>{items}</ul><p>{TEXT[1]} Yes.</p>")
    )
    assert ("- stenosis\n- arthritis" in body.body) is stays


def test_one_linked_item_among_others_stays(tmp_path):
    """A link is no reason to take one item out of a list."""
    items = "<li>a fall</li><li><a href='/o'>osteoporosis</a></li><li>a cough</li>"
    draft = draft_of(tmp_path, "a.html", page(f"<ul>{items}</ul><p>{TEXT[1]} Yes.</p>"))
    assert "- a fall\n- osteoporosis\n- a cough" in draft.body


def test_bold_lines_between_breaks_are_headings(tmp_path):
    """Old blogs write whole articles into one element, with breaks for paragraphs."""
    text = "Sit so that both feet rest on the floor and the weight is on both sides alike."
    lines = f"<b>Sitting well</b><br>{text}<br><br>Try one of these:<br>- a cushion<br>- a stool<br><br>"
    body = draft_of(tmp_path, "a.html", page(f"<div>{lines}It all <b>helps</b> a bit.</div>")).body
    wanted = f"## Sitting well\n\n{text}\n\nTry one of these:\n\n- a cushion\n- a stool\n\nIt all helps a bit.\n"
    assert body.endswith(wanted)


def test_praise_of_patients_goes(tmp_path):
    """It is said by its class name."""
    body = (
        "<div class='testimonial'><p>They listened to me, and I walk without pain now.</p></div>"
    )
    assert (
        "listened" not in draft_of(tmp_path, "a.html", page(f"{body}<p>{TEXT[1]} Yes.</p>")).body
    )
