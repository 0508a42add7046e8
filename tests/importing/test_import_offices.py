"""Word files and texts as office programs, browsers and mail programs write them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from importing import makers
from importing.makers import TEXT, draft_of


def word(build: Callable[[Document], object]) -> bytes:
    """A Word file with a title, two paragraphs and what `build` adds."""
    document = docx.Document()
    document.add_heading("Sitting and the back", 0)
    for text in TEXT:
        document.add_paragraph(text)
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def body_of(folder: Path, build: Callable[[Document], object]) -> str:
    """The draft's text."""
    return draft_of(folder, "a.docx", word(build)).body


def text_of(folder: Path, text: str) -> str:
    """The draft's text of a plain text."""
    begin = "Sitting and the back\n\n" + "\n\n".join(TEXT) + "\n\n"
    return draft_of(folder, "a.txt", (begin + text).encode()).body


# ------------------------------------------------------------------------- Word


def test_a_table_that_only_sets_columns_gives_its_texts(tmp_path: Path) -> None:
    """Leaflets are set in the cells of a table, headings, lists and all."""

    def build(document: Document) -> None:
        table = document.add_table(1, 2)
        for cell, name in zip(table.rows[0].cells, ("Chairs", "Desks"), strict=True):
            cell.add_paragraph(name, style="Heading 1")
            cell.add_paragraph(f"{name} should be as high as your body needs them to be.")
            cell.add_paragraph(f"Try three {name.lower()} first.", style="List Bullet")

    body = body_of(tmp_path, build)
    for name in ("Chairs", "Desks"):
        said = f"## {name}\n\n{name} should be as high as your body needs them to be.\n\n"
        assert f"{said}- Try three {name.lower()} first." in body


@pytest.mark.parametrize("how", ["bold", "marked"])
def test_a_header_without_figures_below_it_is_known_by_its_type(tmp_path: Path, how: str) -> None:
    """A bold first row, or one that comes again on each page."""

    def build(document: Document) -> None:
        table = document.add_table(3, 2)
        rows = [("Place", "Help"), ("car", "a cushion"), ("desk", "a foot rest")]
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.paragraphs[0].add_run(text).bold = (how == "bold" and text in rows[0]) or None
        if how == "marked":
            head = table.rows[0]._tr
            head.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))

    assert "- Place: car; Help: a cushion\n- Place: desk; Help" in body_of(tmp_path, build)


def test_a_bold_line_that_was_typed_with_changes_tracked_is_a_heading(tmp_path: Path) -> None:
    """Inserted text is bold like any other."""

    def build(document: Document) -> None:
        document.add_heading("At work", 1)
        document.add_paragraph("Stand up when the telephone rings, and walk while you talk.")
        document.add_paragraph()._p.append(
            parse_xml(
                f'<w:ins {nsdecls("w")} w:id="1" w:author="A"><w:r><w:rPr><w:b/></w:rPr>'
                "<w:t>Chairs</w:t></w:r></w:ins>"
            )
        )
        document.add_paragraph("Set your chair so that both feet stand flat on the floor.")

    assert "# Chairs\n\nSet your chair" in body_of(tmp_path, build)


def test_columns_that_were_made_with_tabs_are_a_table(tmp_path: Path) -> None:
    """Each paragraph is a row; a single tab in a paragraph is a blank."""

    def build(document: Document) -> None:
        for row in ("Week\tSitting", "1\t20 minutes", "2\t30 minutes", "3\t40 minutes"):
            document.add_paragraph(row)
        document.add_heading("Later", 1)
        document.add_paragraph("Then sit as long as\tyou like, if your back lets you.")

    body = body_of(tmp_path, build)
    assert "- Week: 1; Sitting: 20 minutes\n- Week: 2; Sitting: 30 minutes\n" in body
    assert "\n\nThen sit as long as you like, if your back lets you." in body


def test_typed_marks_with_tabs_make_a_list(tmp_path: Path) -> None:
    """A dash and a tab are no row of two cells."""

    def build(document: Document) -> None:
        for item in ("sit on a ball", "kneel on a stool", "stand at a high desk"):
            document.add_paragraph(f"–\t{item}")

    listed = "- sit on a ball\n- kneel on a stool\n- stand at a high desk\n"
    assert listed in body_of(tmp_path, build)


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    """Word's own styles name it."""

    def build(document: Document) -> None:
        document.styles.add_style("toc 1", 1)
        for name in ("Chairs", "Desks", "Cars"):
            document.add_paragraph(f"{name}\t2", style="toc 1")

    assert "Desks" not in body_of(tmp_path, build)


def test_a_footnote_stands_behind_its_list_and_above_the_sources(tmp_path: Path) -> None:
    """What is left out below the sources does not take it along."""

    def build(document: Document) -> None:
        document.add_paragraph("Two things help most people whose back is stiff in the morning.")
        first = document.add_paragraph("sit less", style="List Bullet")
        mark = f'<w:r {nsdecls("w")}><w:footnoteReference w:id="2"/></w:r>'
        first._p.append(parse_xml(mark))
        document.add_paragraph("walk more", style="List Bullet")
        document.add_heading("References", 1)
        document.add_paragraph("Reed A et al. Sitting. J Back. 2019;4:1-9.")

    notes = (
        f'<?xml version="1.0"?><w:footnotes {nsdecls("w")}><w:footnote w:id="2"><w:p><w:r>'
        "<w:t>The figures are for adults only.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    body = draft_of(tmp_path, "a.docx", with_notes(word(build), notes)).body
    assert body.endswith("- sit less\n- walk more\n\nThe figures are for adults only.\n")


def with_notes(plain: bytes, notes: str) -> bytes:
    """The Word file with these footnotes."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    for name, old, new in (
        (
            "[Content_Types].xml",
            "</Types>",
            f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>',
        ),
        (
            "word/_rels/document.xml.rels",
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/></Relationships>',
        ),
    ):
        plain = makers.word_changed(plain, name, old, new)
    return makers.word_with(plain, "word/footnotes.xml", notes.encode())


# ------------------------------------------------------------------------- text


def test_a_tab_behind_a_list_mark_makes_no_table(tmp_path: Path) -> None:
    """Office programs copy their lists so."""
    body = text_of(
        tmp_path, "•\tSit less.\n\t•\tin the car\n•\tWalk more.\n\n1.\tStand up.\n2.\tSit.\n"
    )
    assert "- Sit less.\n- in the car\n- Walk more.\n" in body
    assert "1. Stand up.\n2. Sit.\n" in body


def test_a_row_of_a_table_may_begin_with_a_mark(tmp_path: Path) -> None:
    """More tabs than one make it a row."""
    rows = ["Week\tSitting\tWalking", *(f"{n}.\t{n}0 minutes\t{n} km" for n in (1, 2, 3))]
    assert "- Week: 2.; Sitting: 20 minutes; Walking: 2 km" in text_of(tmp_path, "\n".join(rows))


def test_a_mark_on_a_line_of_its_own_belongs_to_the_next(tmp_path: Path) -> None:
    """Lists that were copied out of a PDF look so."""
    body = text_of(tmp_path, "•\nSit on a firm chair.\n•\nStand up each half hour.\n")
    assert "- Sit on a firm chair.\n- Stand up each half hour.\n" in body


def test_a_table_keeps_its_header_where_one_cell_has_no_figure(tmp_path: Path) -> None:
    """Most have one below the same word."""
    rows = ["Place\tHow long\tTip", "Car\t30 minutes\ta cushion", "Desk\t45 minutes\ta ball"]
    rows += ["Sofa\tas long as you like\ta pillow"]
    body = text_of(tmp_path, "\n".join(rows))
    assert "- Place: Sofa; How long: as long as you like; Tip: a pillow" in body


def test_a_wrapped_line_that_goes_on_with_a_figure_stays_in_its_paragraph(tmp_path: Path) -> None:
    """What does not break at a blank, such as "313 adults", leaves room on the line above."""
    wrapped = (
        "A chair with arms is right for most of us. In a study with\n"
        "313\u00a0volunteers those with arms sat up more easily. The arms\n"
        "carry a part of the weight while a person stands up. A\n"
        "“rocking” chair lets the hips move, and the arms swing with\n"
        "them, which keeps the muscles of the back awake for longer.\n"
    )
    body = text_of(tmp_path, "\n".join([wrapped, wrapped.replace("arms", "backs")]))
    assert "In a study with 313 volunteers those" in body
    assert 'stands up. A "rocking" chair' in body


def test_the_mark_before_a_note_goes(tmp_path: Path) -> None:
    """It numbers the page's notes; an answer has numbers of its own."""
    note = "<hr><p><a href='#ref1'>[1]</a> These figures are for adults who sit all day long.</p>"
    page = makers.page(f"<p>Half an hour of sitting is enough at first.</p>{note}")
    body = draft_of(tmp_path, "a.html", page).body
    assert "\n\nThese figures are for adults" in body


def test_the_last_short_lines_above_the_sources_stay(tmp_path: Path) -> None:
    """A list of sources ends the article, so that nothing above it is the page's."""
    terms = "<h2>Words</h2><p>Disc</p><p>A cushion with a soft core between two bones of it.</p>"
    last = "<p>Canal</p><p>The tunnel of the nerves.</p><h2>Sources</h2><p>Reed A. 2019.</p>"
    body = draft_of(tmp_path, "a.html", makers.page(terms + last)).body
    assert "The tunnel of the nerves." in body
    assert "Reed" not in body


def test_a_statement_with_a_colon_above_a_list_is_no_heading(tmp_path: Path) -> None:
    """It has no small word such as "the", but a verb."""
    body = text_of(tmp_path, "What helps\n\nGood habits come first:\n\n- sit less\n- walk more\n")
    assert "## What helps\n\nGood habits come first:\n\n- sit less" in body
