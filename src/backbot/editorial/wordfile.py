"""A draft as a Word file that staff edit and send back, and the way back.

The title, headings, paragraphs and lists are the draft's. Below a heading of fixed words stand
the draft's name and its sample questions: they are read back and never become part of the text.
Nothing of a file that comes back is judged or left out, but for page headers and footers.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import docx
from docx.oxml.ns import qn

from backbot.corpus.markdown import Block as Markdown
from backbot.corpus.markdown import parse_blocks
from backbot.errors import ImportRefusedError
from backbot.importing.blocks import Block, BlockKind, RawBlock
from backbot.importing.draft import body_of
from backbot.importing.word import CLINIC_NOTES, read_word
from backbot.model import ArticleMeta

_DRAFT = "Draft: "
_QUESTIONS = "Sample questions, one a line:"
_NAMED = re.compile(r"draft:\s*([a-z0-9]+(?:[-_][a-z0-9]+)*)\s*$", re.IGNORECASE)
_HEADINGS = (1, 4)
_KINDS: tuple[BlockKind, ...] = ("heading", "item", "step", "table")


@dataclass(frozen=True, slots=True)
class Returned:
    """A Word file that came back.

    Attributes:
        slug: Of the draft.
        title: "" where it was deleted.
        body: Markdown.
        questions: The sample questions as they are now.
    """

    slug: str
    title: str
    body: str
    questions: tuple[str, ...]


def to_word(meta: ArticleMeta, body: str) -> bytes:
    """A draft as a Word file (docx)."""
    document = docx.Document()
    document.add_paragraph(meta.title, style="Title")
    for block in parse_blocks(body):
        _add(document, body, block)
    document.add_heading(CLINIC_NOTES, 1)
    document.add_paragraph(f"{_DRAFT}{meta.slug}")
    document.add_paragraph(_QUESTIONS)
    for question in meta.questions:
        document.add_paragraph(question, style="List Bullet")
    document.core_properties.title = meta.title
    document.core_properties.author = ""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def from_word(data: bytes) -> Returned | None:
    """What staff have made of a draft; None where the file is not one of ours.

    Raises:
        ImportRefusedError: It is damaged, or nothing is left of the text.
    """
    blocks = [block for block in read_word(data).blocks if not block.outside]
    at = next(
        (n for n, b in enumerate(blocks) if b.text.casefold() == CLINIC_NOTES.casefold()), None
    )
    if at is None:
        return None
    notes = blocks[at + 1 :]
    slug = next((found[1] for note in notes if (found := _NAMED.match(note.text))), "")
    if not slug:
        return None
    text, title = blocks[:at], ""
    if text and text[0].kind == "heading" and text[0].level == 1:
        title, text = text[0].text, text[1:]
    body = body_of(_numbered(text))
    if not body.strip():
        raise ImportRefusedError("no text of the draft is left in it")
    asked = (n.text for n in notes if not _NAMED.match(n.text) and n.text != _QUESTIONS)
    return Returned(slug.lower(), title, body, tuple(dict.fromkeys(asked)))


def _add(document: Any, body: str, block: Markdown) -> None:  # noqa: ANN401 python-docx
    if block.kind == "heading":
        level = min(max(block.level - 1, _HEADINGS[0]), _HEADINGS[1])
        document.add_heading(block.title, level)
    elif block.kind == "list":
        number: int | None = None
        for item in block.items:
            text = " ".join(body[item.start : item.end].split())
            style = "List Number" if item.ordered else "List Bullet"
            paragraph = document.add_paragraph(text, style=style)
            if item.ordered:
                number = _new_list(document) if number is None else number
                properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 not in its API
                properties.get_or_add_numPr().get_or_add_numId().val = number
    elif block.kind == "table":
        for row in body[block.start : block.end].splitlines():
            if row.strip():
                document.add_paragraph(" ".join(row.split()))
    elif block.kind != "break":
        document.add_paragraph(" ".join(body[block.start : block.end].split()))


def _new_list(document: Any) -> int:  # noqa: ANN401 python-docx
    """The number of a list that counts from 1: Word's style alone would count on for ever."""
    style = document.styles["List Number"].element
    numbering = document.part.numbering_part.element
    own = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}").get(qn("w:val"))
    abstract = next(
        int(num.find(qn("w:abstractNumId")).get(qn("w:val")))
        for num in numbering.findall(qn("w:num"))
        if num.get(qn("w:numId")) == own
    )
    num = numbering.add_num(abstract)
    num.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(num.numId)


def _numbered(raw: Sequence[RawBlock]) -> list[Block]:
    """The blocks as they stand, steps counted from 1 in each list."""
    blocks: list[Block] = []
    step = 0
    for block in raw:
        kind: BlockKind = next((known for known in _KINDS if block.kind == known), "paragraph")
        step = step + 1 if kind == "step" else 0
        made = Block(block.text, kind, block.line, max(block.level, 2) if block.level else 0)
        blocks.append(replace(made, mark=f"{step}.") if step else made)
    return blocks
