"""Word files (docx): paragraphs with their styles, lists and tables."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from backbot.errors import ImportRefusedError
from backbot.importing.blocks import RawBlock, shape_of
from backbot.importing.pdf import worthy
from backbot.importing.plain import block_of, filled, labelled, table_row, untabbed
from backbot.importing.textfix import CITES, raised, repair_text

CLINIC_NOTES = "For the clinic only: not shown to patients"
"""The heading, in a Word file that the bot gave out, below which nothing is the article's."""
MAX_UNPACKED_MEGABYTES = 200
_MAX_MEMBERS = 5000
_MOST_OF_CELL = 100  # paragraphs
_MANY_TEXTS = 3


_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_AROUND_BLOCKS = frozenset(
    (*map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag")),)
)
_NOT_SHOWN = frozenset(
    (
        *map(qn, ("w:del", "w:moveFrom", "w:txbxContent", "w:pPr", "w:rPr", "w:instrText")),
        _FALLBACK,
    )
)
_SPACES = frozenset(map(qn, ("w:br", "w:cr")))
_NOTES = (qn("w:footnoteReference"), qn("w:endnoteReference"))
_MIN_ROWS = 3


@dataclass(frozen=True, slots=True)
class WordData:
    """What a Word file holds; `line` of a block is its paragraph's number."""

    blocks: tuple[RawBlock, ...]
    title: str
    author: str
    pictures: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Styles:
    """What a document says about its lists and headings.

    Attributes:
        formats: Number format by list and depth.
        headings: Whether it has a style on its headings, so that what has none is none.
    """

    formats: dict[tuple[str, str], str]
    headings: bool


def without_notes(blocks: Sequence[RawBlock]) -> tuple[RawBlock, ...]:
    """The blocks, those that are for the clinic only outside the article.

    Staff take a file that the bot gave out for an article as it stands.
    """
    noted = CLINIC_NOTES.casefold()
    at = next((n for n, b in enumerate(blocks) if b.text.casefold() == noted), len(blocks))
    notes = (replace(block, outside="for the clinic only") for block in blocks[at:])
    return (*blocks[:at], *notes)


def read_word(data: bytes) -> WordData:
    """Cut a Word file into blocks.

    Raises:
        ImportRefusedError: It is damaged, no Word file, or unpacks to too much.
    """
    _check_archive(data)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = tuple(_with_rows(_blocks(document)))
        warnings = tuple(_warnings(document))
        properties = document.core_properties
        title, author = properties.title or "", properties.author or ""
        pictures = len(document.inline_shapes)
    except (
        OpcError,
        etree.LxmlError,
        zipfile.BadZipFile,
        ValueError,
        KeyError,
        AttributeError,
        NotImplementedError,
        OSError,
    ) as error:
        raise ImportRefusedError(
            "it is damaged and cannot be read as a Word file; open it in Word and save it anew"
        ) from error
    author = "" if author.lower() in ("python-docx", "") else worthy(author)
    return WordData(blocks, worthy(title), author, pictures, warnings)


def _check_archive(data: bytes) -> None:
    """Look at the archive's table of contents before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            encrypted = any(member.flag_bits & 1 for member in members)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise ImportRefusedError(
            "it is damaged: its archive cannot be opened; open it in Word and save it anew"
        ) from error
    names = {member.filename for member in members}
    if encrypted:
        raise ImportRefusedError("it is protected by a password; save a copy without one")
    if "word/document.xml" not in names:
        raise ImportRefusedError(
            "it is an archive but no Word file; save it as docx in its own program"
        )
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_MEGABYTES * 2**20 or len(members) > _MAX_MEMBERS:
        raise ImportRefusedError(
            f"it would unpack to {unpacked / 2**20:.0f} MB in {len(members)} parts; "
            f"the limit is {MAX_UNPACKED_MEGABYTES} MB; copy its text into a .txt file"
        )


def _blocks(document: Document) -> Iterator[RawBlock]:
    seen: set[str] = set()
    for section in document.sections:
        for part in (section.header, section.footer):
            for paragraph in part.paragraphs:
                text = repair_text(paragraph.text).strip()
                if text and text not in seen:
                    seen.add(text)
                    yield RawBlock(text, 0, outside="page header or footer")
    styles = _Styles(_number_formats(document), _has_headings(document))
    counts: dict[str, int] = {}
    notes = _notes(document)
    held: list[RawBlock] = []  # notes on a list or table, up to its end
    for number, child in enumerate(_block_elements(document.element.body), 1):
        blocks = list(_element(child, document, number, styles, counts))
        if blocks and not (blocks[0].mark or blocks[0].kind == "table"):
            yield from held
            held = []
        yield from blocks
        for mark in child.iter(*_NOTES):
            held += notes.pop((mark.tag, mark.get(qn("w:id"))), [])
    yield from held
    yield from itertools.chain.from_iterable(notes.values())


def _with_rows(blocks: Iterable[RawBlock]) -> Iterator[RawBlock]:
    """Paragraphs with as many tabs in each are the rows of a table; other tabs are blanks."""
    for tabs, group in itertools.groupby(blocks, key=lambda block: block.text.count("\t")):
        run = list(group)
        if not tabs or len(run) < _MIN_ROWS:
            yield from (replace(block, text=block.text.replace("\t", " ")) for block in run)
            continue
        told = labelled([block.text.split("\t") for block in run])
        for block, cells in zip(run[len(run) - len(told) :], told, strict=True):
            yield RawBlock(table_row(filled(cells)), block.line, "table")


def _element(
    child: Any,  # noqa: ANN401 lxml
    parent: Any,  # noqa: ANN401 a document or table
    number: int,
    styles: _Styles,
    counts: dict[str, int],
) -> Iterator[RawBlock]:
    """A paragraph with the text boxes that are anchored in it, or a table's rows."""
    if child.tag == qn("w:p"):
        for one in (child, *_text_boxes(child)):
            yield from _paragraph(Paragraph(one, parent), number, styles, counts)
    else:
        yield from _rows(Table(child, parent), number, styles)


def _rows(table: Table, number: int, styles: _Styles) -> Iterator[RawBlock]:
    """A line for each row; cells that hold whole texts give their paragraphs, as boxes do."""
    held: list[list[str]] = []
    headed = False
    for row in table.rows:
        # a cell that reaches over several columns or rows comes several times
        own = list({id(cell._tc): cell._tc for cell in row.cells}.values())  # noqa: SLF001
        if len(own) == 1 or any(_is_text(cell, table, styles) for cell in own):
            yield from _told(held, number, headed=headed)
            held = []
            for cell in own:
                counts: dict[str, int] = {}
                for child in _block_elements(cell):
                    yield from _element(child, table, number, styles, counts)
            continue
        inner = [list(cell.iter(qn("w:p"))) for cell in own]
        cells = [
            " ".join(repair_text(" ".join(map(_text_of, paragraphs))).split())
            for paragraphs in inner
        ]
        if any(cells):
            headed = headed if held else _is_header(row, own, table)
            held.append(cells)
    yield from _told(held, number, headed=headed)


def _told(rows: list[list[str]], number: int, *, headed: bool = False) -> Iterator[RawBlock]:
    for cells in labelled(rows, headed=headed):
        yield RawBlock(table_row(filled(cells)), number, "table")


def _is_text(cell: Any, table: Table, styles: _Styles) -> bool:  # noqa: ANN401 lxml
    """Whether a cell holds a text with headings or a list: the table only puts it in its place."""
    counts: dict[str, int] = {}
    own = [p for p in cell.iterchildren(qn("w:p")) if _text_of(p).strip()]
    blocks = [
        block
        for paragraph in own[:_MOST_OF_CELL]
        for block in _paragraph(Paragraph(paragraph, table), 0, styles, counts)
    ]
    text = sum(shape_of(block.text).prose for block in blocks)
    return text > 0 and (text >= _MANY_TEXTS or any(block.kind == "heading" for block in blocks))


def _is_header(row: Any, cells: Sequence[Any], table: Table) -> bool:  # noqa: ANN401 lxml
    """Whether a table's first row is marked as its header, or is bold throughout."""
    if row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None:  # noqa: SLF001
        return True
    paragraphs = [p for cell in cells for p in cell.iter(qn("w:p")) if _text_of(p).strip()]
    styled = (Paragraph(p, table).style for p in paragraphs)
    named = all("heading" in (style.name or "").lower() for style in styled if style is not None)
    return bool(paragraphs) and (named or all(map(_is_bold, paragraphs)))


def _block_elements(parent: Any) -> Iterator[Any]:  # noqa: ANN401 lxml
    """Paragraphs and tables, those within content controls and tracked changes too."""
    for child in parent.iterchildren():
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in _AROUND_BLOCKS:
            yield from _block_elements(child)


def _text_of(paragraph: Any) -> str:  # noqa: ANN401 lxml
    """A paragraph's text as it reads with all changes accepted; text boxes are not part of it."""
    parts: list[str] = []

    def walk(node: Any) -> None:  # noqa: ANN401
        for child in node.iterchildren():
            if child.tag in _NOT_SHOWN:
                continue
            if child.tag == qn("w:t"):
                text = child.text or ""
                parts.append(raised(text) if _is_raised(child) else text)
            elif child.tag == qn("w:tab"):
                parts.append("\t")
            elif child.tag in _SPACES:
                parts.append(" ")
            elif child.tag == qn("w:noBreakHyphen"):
                parts.append("-")
            else:
                walk(child)

    walk(paragraph)
    return "".join(parts)


def _is_raised(text: Any) -> bool:  # noqa: ANN401 lxml
    """Whether a run's text stands above the line."""
    run = text.getparent()
    found = run.find(f"{qn('w:rPr')}/{qn('w:vertAlign')}")
    return found is not None and found.get(qn("w:val")) == "superscript"


def _text_boxes(paragraph: Any) -> Iterator[Any]:  # noqa: ANN401
    """The paragraphs of text boxes that are anchored in a paragraph."""
    for box in paragraph.iter(qn("w:txbxContent")):
        # Word writes each box a second time for programs that are older.
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            yield from box.iter(qn("w:p"))


def _notes(document: Document) -> dict[tuple[str, str], list[RawBlock]]:
    """Foot- and endnotes by their marks; those that only name a source are handed on as such."""
    notes: dict[tuple[str, str], list[RawBlock]] = {}
    for relation in document.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        root = parse_xml(relation.target_part.blob)
        tag = _NOTES[relation.reltype.endswith("/endnotes")]
        for note in root.iterchildren():
            for paragraph in note.iter(qn("w:p")):
                text = " ".join(repair_text(_text_of(paragraph)).split())
                reason = "list of references" if CITES.search(text) else ""
                if text:
                    block = RawBlock(text, 0, "paragraph", outside=reason)
                    notes.setdefault((tag, note.get(qn("w:id"))), []).append(block)
    return notes


def _warnings(document: Document) -> Iterator[str]:
    body = document.element.body
    changed = next(body.iter(qn("w:ins"), qn("w:del"), qn("w:moveFrom")), None)
    if changed is not None:
        yield "it holds tracked changes; the draft reads as if all of them were accepted"
    if any(rel.reltype.endswith("/comments") for rel in document.part.rels.values()):
        yield "comments in the margin were left out"


def _paragraph(
    paragraph: Paragraph, number: int, styles: _Styles, counts: dict[str, int]
) -> Iterator[RawBlock]:
    text = repair_text(_text_of(paragraph._p)).strip()  # noqa: SLF001
    text = re.sub(r"[^\S\t]+", " ", re.sub(r"\s*\t\s*", "\t", untabbed(text)))
    if not text:
        return
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    level = re.match(r"heading (\d)", style)
    listed = _list_format(paragraph, styles.formats)
    if style.startswith("toc "):
        yield RawBlock(text.split("\t")[0], number, outside="table of contents")
        return
    if style == "title" or level or listed or style.startswith("list"):
        text = text.replace("\t", " ")
    if style == "title":
        yield RawBlock(text, number, "heading", 1)
    elif level:
        yield RawBlock(text, number, "heading", int(level[1]) + 1)
    elif listed or style.startswith("list"):
        key, kind = listed or (style, "decimal" if "number" in style else "bullet")
        counts[key] = counts.get(key, 0) + 1
        step = kind != "bullet"
        yield RawBlock(
            text, number, "step" if step else "item", mark=f"{counts[key]}." if step else "-"
        )
    else:
        counts.clear()
        # block_of would make a row of a single line with tabs
        block = RawBlock(text, number) if "\t" in text else block_of(text, number)
        plain = (
            styles.headings
            and block.kind is None
            and not block.mark
            and not _is_bold(paragraph._p)  # noqa: SLF001
        )
        yield replace(block, kind="paragraph") if plain else block


def _has_headings(document: Document) -> bool:
    names = (p.style.name or "" for p in document.paragraphs if p.style is not None)
    return any(name.lower().startswith("heading ") for name in names)


def _is_bold(paragraph: Any) -> bool:  # noqa: ANN401 lxml
    """Whether all of its text is bold, inserted text too: a heading where no style says so."""
    runs = [
        run
        for run in paragraph.iter(qn("w:r"))
        if any((text.text or "").strip() for text in run.iterchildren(qn("w:t")))
    ]
    marks = [run.find(f"{qn('w:rPr')}/{qn('w:b')}") for run in runs]
    return bool(runs) and all(
        mark is not None and mark.get(qn("w:val")) not in ("0", "false") for mark in marks
    )


def _list_format(
    paragraph: Paragraph, formats: dict[tuple[str, str], str]
) -> tuple[str, str] | None:
    """The list a paragraph belongs to and its number format, None where it is in none."""
    properties = paragraph._p.pPr  # noqa: SLF001 - python-docx has no public access to lists
    numbering: Any = properties.numPr if properties is not None else None
    if numbering is None or numbering.numId is None or numbering.numId.val == 0:
        return None
    ident = str(numbering.numId.val)
    depth = str(numbering.ilvl.val) if numbering.ilvl is not None else "0"
    return ident, formats.get((ident, depth), "bullet")


def _number_formats(document: Document) -> dict[tuple[str, str], str]:
    """Number format by list and depth."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):
        return {}
    abstract: dict[str, dict[str, str]] = {}
    for node in root.findall(qn("w:abstractNum")):
        abstract[node.get(qn("w:abstractNumId"))] = {
            level.get(qn("w:ilvl")): form.get(qn("w:val"))
            for level in node.findall(qn("w:lvl"))
            if (form := level.find(qn("w:numFmt"))) is not None
        }
    formats = {}
    for node in root.findall(qn("w:num")):
        link = node.find(qn("w:abstractNumId"))
        for depth, form in abstract.get(
            link.get(qn("w:val")) if link is not None else "", {}
        ).items():
            formats[node.get(qn("w:numId")), depth] = form
    return formats
