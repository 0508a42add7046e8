"""What a clinic's own files hold comes through whole: lists, tables, boxes, figures, notes."""

import io
import zipfile

import docx
import pytest

from backbot.editorial.wordfile import to_word
from backbot.errors import ImportRefusedError
from backbot.importing.importer import prepare
from backbot.importing.textfix import raised, without_note_marks
from backbot.model import ArticleMeta
from importing import makers
from importing.makers import TEXT, draft_of, page


def saved(document):
    """A Word document's bytes."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def archive(members):
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def word():
    """A Word document with a title, a heading and text."""
    document = docx.Document()
    document.add_heading("Sitting and the back", 0)
    document.add_heading("How long?", 1)
    for line in TEXT:
        document.add_paragraph(line)
    return document


# --------------------------------------------------------------------------- raised digits


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Walk a little.[1] Rest.", "Walk a little. Rest."),
        ("Walk a little.[2, 3][^4]", "Walk a little."),
        ("Walk a little.¹ Rest.", "Walk a little. Rest."),
        ("A mat of 2 m² is enough.", "A mat of 2 m² is enough."),
        ("See list [1] of the leaflet.", "See list [1] of the leaflet."),
    ],
)
def test_marks_of_notes_go_and_units_stay(text, left):
    """[1] would be taken for a citation of the answer's own."""
    assert without_note_marks(text)[0] == left


def test_only_digits_are_raised():
    """The letters of 1st stay letters."""
    assert (raised("12"), raised("st")) == ("¹²", "st")


def test_a_raised_digit_never_joins_a_number_of_a_page(tmp_path):
    """40 with the mark of note 1 is not 401."""
    body = (
        '<p>Keep the pack at 40<sup><a href="#n1">1</a></sup> degrees, on 2 m<sup>2</sup>'
        " of skin, for 10 minutes.<sup>3</sup></p>"
    )
    draft = draft_of(tmp_path, "a.html", page(body))
    assert "at 40 degrees, on 2 m² of skin, for 10 minutes.\n" in draft.body
    assert any("2 marks of notes" in warning for warning in draft.warnings)


def test_a_raised_digit_never_joins_a_number_of_a_word_file(tmp_path):
    """The same in Word."""
    document = word()
    paragraph = document.add_paragraph("Rest for 10 minutes.")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(" The mat has 2 m")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(".")
    body = draft_of(tmp_path, "a.docx", saved(document)).body
    assert "Rest for 10 minutes. The mat has 2 m²." in body


def test_a_raised_digit_never_joins_a_number_of_a_pdf(tmp_path):
    """The same in a PDF, where it is only smaller."""
    lines = [
        *makers.column(["Sitting and the back"], size=20, top=750),
        *makers.column(list(TEXT)),
        ("Rest for 10 minutes.", 11, 60, 640),
        ("2", 7, 160, 644),
    ]
    body = draft_of(tmp_path, "a.pdf", makers.pdf([lines])).body
    assert "Rest for 10 minutes." in body
    assert "minutes.2" not in body


# --------------------------------------------------------------------------- lists and tables


def test_marks_drawn_apart_keep_a_pdf_list_a_list(tmp_path):
    """Many programs draw the bullet or number as a text of its own."""
    lines = makers.column(["Sitting and the back"], size=20, top=750)
    lines += makers.column([*TEXT, "", "Check these points before you start:"])
    for n, item in enumerate(["the backrest is high", "the elbows are bent", "feet are flat"]):
        lines += [("\x7f", 12, 60, 600 - 18 * n), (item, 11, 80, 602 - 18 * n)]
    for n, step in enumerate(["Stand up slowly.", "Hold for 3 seconds."]):
        lines += [(str(n + 1), 12, 60, 520 - 18 * n), (step, 11, 80, 522 - 18 * n)]
    body = draft_of(tmp_path, "a.pdf", makers.pdf([lines])).body
    assert "- the backrest is high\n- the elbows are bent\n- feet are flat\n" in body
    assert "1. Stand up slowly.\n2. Hold for 3 seconds." in body


def test_a_table_of_a_pdf_comes_row_by_row(tmp_path):
    """Its cells do not run together, and none is lost."""
    rows = [("Week", "Distance", "How often"), ("1", "500 m", "2 a day"), ("2", "1.5 km", "daily")]
    lines = makers.column(["Sitting and the back"], size=20, top=750)
    lines += makers.column([*TEXT, "", "How far you walk in the first weeks:"])
    lines += [
        (cell, 11, 60 + 150 * n, 600 - 20 * m)
        for m, row in enumerate(rows)
        for n, cell in enumerate(row)
    ]
    draft = draft_of(tmp_path, "a.pdf", makers.pdf([lines]))
    assert "- Week: 1; Distance: 500 m; How often: 2 a day\n- Week: 2" in draft.body
    assert any("a table became a list" in warning for warning in draft.warnings)


def test_equal_and_empty_cells_keep_their_columns(tmp_path):
    """5 on Monday and 5 on Tuesday are two figures; an empty cell is no reason to move up."""
    rows = [["Day", "Noon", "Evening"], ["Monday", "5 min", "5 min"], ["Friday", "", "10 min"]]
    document = word()
    table = document.add_table(3, 3)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    wanted = (
        "- Day: Monday; Noon: 5 min; Evening: 5 min\n- Day: Friday; Noon: –; Evening: 10 min\n"
    )
    assert wanted in draft_of(tmp_path, "a.docx", saved(document)).body
    cells = ("".join(f"<td>{text}</td>" for text in row) for row in rows)
    html = page(f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>")
    assert wanted in draft_of(tmp_path, "a.html", html).body


def test_a_box_of_a_word_file_keeps_its_paragraphs_and_list(tmp_path):
    """Warning signs often stand in a table of one cell."""
    document = word()
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "Call 999 straight away if you have:"
    cell.add_paragraph("numbness between your legs", style="List Bullet")
    cell.add_paragraph("weakness in both legs", style="List Bullet")
    body = draft_of(tmp_path, "a.docx", saved(document)).body
    wanted = (
        "Call 999 straight away if you have:\n\n"
        "- numbness between your legs\n- weakness in both legs\n"
    )
    assert wanted in body


def test_a_plain_line_of_a_word_file_with_headings_is_no_heading(tmp_path):
    """Who uses heading styles has said which lines are headings."""
    document = word()
    document.add_paragraph("Lift boxes so:")
    document.add_paragraph("Stand close.", style="List Number")
    body = draft_of(tmp_path, "a.docx", saved(document)).body
    assert "\nLift boxes so:\n\n1. Stand close." in body


# --------------------------------------------------------------------------- notes, sources


def test_references_of_a_markdown_file_are_left_out_and_told(tmp_path):
    """An answer must not quote a list of sources, nor show [^1]."""
    text = (
        "# Sitting and the back\n\n*By Nina Okafor, 3 May 2024*\n\n"
        f"{TEXT[0]}[^1] {TEXT[1]}\n\n[^1]: Harbour survey, 2019.\n\n"
        "## References\n\n1. Lind P. Chairs. 2015.\n\n## Standing\n\nStand on both feet.\n"
    )
    draft = draft_of(tmp_path, "a.md", text.encode())
    assert draft.meta.sources[0].author == "Nina Okafor"
    assert draft.sections == ("Standing",)
    assert "[^1]" not in draft.body
    assert "Lind" not in draft.body
    assert {block.reason for block in draft.dropped} == {"by-line", "list of references"}


def test_a_line_with_a_capital_by_names_the_author(tmp_path):
    """As nearly everybody writes it."""
    document = word()
    document.paragraphs[1].insert_paragraph_before("By Nina Okafor")
    assert draft_of(tmp_path, "a.docx", saved(document)).meta.sources[0].author == "Nina Okafor"


def test_a_placeholder_is_no_title_and_no_author(tmp_path):
    """Some programs write "(anonymous)" into a PDF's properties."""
    lines = makers.column(["Sitting and the back"], size=20, top=750) + makers.column(list(TEXT))
    draft = draft_of(tmp_path, "a.pdf", makers.pdf([lines], title="(anonymous)"))
    assert draft.meta.title == "Sitting and the back"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.txt", b""),
        ("empty.docx", b""),
        ("broken.docx", b"no archive"),
        ("broken.pdf", b"no pdf"),
        ("few.txt", b"Three words only."),
        ("menu.html", b"<html><body><nav>Home</nav></body></html>"),
        ("sheet.docx", archive({"content.xml": b"<a/>"})),
        ("scan.pdf", makers.pdf([[]])),
        ("data.txt", b"\x01\x02\x03" * 50),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path, name, data):
    """Staff are no programmers: the file, the fault, the remedy."""
    with pytest.raises(ImportRefusedError) as refused:
        draft_of(tmp_path, name, data)
    said = str(refused.value)
    assert said.startswith(f"{name} was not imported: ")
    assert any(word in said for word in ("open it", "save ", "Run ", "write "))


def test_what_is_for_the_clinic_only_is_left_out(tmp_path):
    """A Word file that the bot gave out, imported as if it were an article."""
    meta = ArticleMeta(slug="heat", title="Heat", questions=("how hot may it be",))
    given = to_word(meta, f"{TEXT}\n\n## How long\n\nUse it for 20 minutes.\n")
    (tmp_path / "heat.docx").write_bytes(given)
    draft = prepare(tmp_path / "heat.docx")
    assert "20 minutes" in draft.body
    assert "clinic only" not in draft.body
    assert "how hot may it be" not in draft.body
    assert any(block.reason == "for the clinic only" for block in draft.blocks)
