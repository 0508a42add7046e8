"""Word files (docx): paragraphs with their styles, lists and tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from backbot.errors import ImportRefusedError
from backbot.importing.blocks import RawBlock
from backbot.importing.pdf import worthy
from backbot.importing.plain import block_of, table_row
from backbot.importing.textfix import repair_text

MAX_UNPACKED_MEGABYTES = 200
_MAX_MEMBERS = 5000


@dataclass(frozen=True, slots=True)
class WordData:
    """What a Word file holds; `line` of a block is its paragraph's number."""

    blocks: tuple[RawBlock, ...]
    title: str
    author: str
    pictures: int


def read_word(data: bytes) -> WordData:
    """Cut a Word file into blocks.

    Raises:
        ImportRefusedError: It is damaged, no Word file, or unpacks to too much.
    """
    _check_archive(data)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = tuple(_blocks(document))
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
        raise ImportRefusedError("it is damaged and cannot be read as a Word file") from error
    author = "" if author.lower() in ("python-docx", "") else worthy(author)
    return WordData(blocks, worthy(title), author, pictures)


def _check_archive(data: bytes) -> None:
    """Look at the archive's table of contents before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            encrypted = any(member.flag_bits & 1 for member in members)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise ImportRefusedError("it is damaged: its archive cannot be opened") from error
    names = {member.filename for member in members}
    if encrypted:
        raise ImportRefusedError("it is protected by a password; save a copy without one")
    if "word/document.xml" not in names:
        raise ImportRefusedError("it is an archive but no Word file (docx)")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_MEGABYTES * 2**20 or len(members) > _MAX_MEMBERS:
        raise ImportRefusedError(
            f"it would unpack to {unpacked / 2**20:.0f} MB in {len(members)} parts; "
            f"the limit is {MAX_UNPACKED_MEGABYTES} MB"
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
    formats = _number_formats(document)
    counts: dict[str, int] = {}
    number = 0
    for child in document.element.body.iterchildren():
        if child.tag == qn("w:p"):
            number += 1
            yield from _paragraph(Paragraph(child, document), number, formats, counts)
        elif child.tag == qn("w:tbl"):
            number += 1
            for row in Table(child, document).rows:
                cells = list(
                    dict.fromkeys(
                        repair_text(cell.text).replace("\n", " ").strip() for cell in row.cells
                    )
                )
                cells = [cell for cell in cells if cell]
                if cells:
                    yield RawBlock(table_row(cells), number, "table")


def _paragraph(
    paragraph: Paragraph, number: int, formats: dict[tuple[str, str], str], counts: dict[str, int]
) -> Iterator[RawBlock]:
    text = re.sub(r"\s+", " ", repair_text(paragraph.text)).strip()
    if not text:
        return
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    level = re.match(r"heading (\d)", style)
    listed = _list_format(paragraph, formats)
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
        yield block_of(text, number)


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
