"""Word files (docx): paragraphs with their styles, lists and tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
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
from backbot.importing.blocks import RawBlock
from backbot.importing.pdf import worthy
from backbot.importing.plain import block_of, filled, labelled, table_row
from backbot.importing.textfix import CITES, raised, repair_text

CLINIC_NOTES = "For the clinic only: not shown to patients"
"""The heading, in a Word file that the bot gave out, below which nothing is the article's."""
MAX_UNPACKED_MEGABYTES = 200
_MAX_MEMBERS = 5000


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
_SPACES = frozenset(map(qn, ("w:tab", "w:br", "w:cr")))


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
        blocks = (*_blocks(document), *_footnotes(document))
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
    for number, child in enumerate(_block_elements(document.element.body), 1):
        yield from _element(child, document, number, styles, counts)


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
    """A line for each row; a row that is one box gives its paragraphs, as boxes of text do."""
    held: list[list[str]] = []
    for row in table.rows:
        # a cell that reaches over several columns or rows comes several times
        own = list({id(cell._tc): cell._tc for cell in row.cells}.values())  # noqa: SLF001
        if len(own) == 1:
            yield from _told(held, number)
            held = []
            counts: dict[str, int] = {}
            for child in _block_elements(own[0]):
                yield from _element(child, table, number, styles, counts)
            continue
        inner = [list(cell.iter(qn("w:p"))) for cell in own]
        cells = [
            " ".join(repair_text(" ".join(map(_text_of, paragraphs))).split())
            for paragraphs in inner
        ]
        if any(cells):
            held.append(cells)
    yield from _told(held, number)


def _told(rows: list[list[str]], number: int) -> Iterator[RawBlock]:
    for cells in labelled(rows):
        yield RawBlock(table_row(filled(cells)), number, "table")


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


def _footnotes(document: Document) -> Iterator[RawBlock]:
    """Foot- and endnotes; those that only name a source are handed on as such."""
    for relation in document.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        root = parse_xml(relation.target_part.blob)
        for paragraph in root.iter(qn("w:p")):
            text = " ".join(repair_text(_text_of(paragraph)).split())
            reason = "list of references" if CITES.search(text) else ""
            if text:
                yield RawBlock(text, 0, "paragraph", outside=reason)


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
    text = re.sub(r"\s+", " ", repair_text(_text_of(paragraph._p))).strip()  # noqa: SLF001
    if not text:
        return
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    level = re.match(r"heading (\d)", style)
    listed = _list_format(paragraph, styles.formats)
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
        block = block_of(text, number)
        plain = (
            styles.headings and block.kind is None and not block.mark and not _is_bold(paragraph)
        )
        yield replace(block, kind="paragraph") if plain else block


def _has_headings(document: Document) -> bool:
    names = (p.style.name or "" for p in document.paragraphs if p.style is not None)
    return any(name.lower().startswith("heading ") for name in names)


def _is_bold(paragraph: Paragraph) -> bool:
    """Whether all of its text is bold, as headings are where no style says so."""
    runs = [run for run in paragraph.runs if run.text.strip()]
    return bool(runs) and all(run.bold for run in runs)


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
