"""Markdown bodies as blocks with offsets: as much of the grammar as articles use.

Understood: headings (`#` and underlined), paragraphs (hard-wrapped too), lists (nested,
several lines an item), quotations, tables, fenced code, pictures, rules, comments.
Left as paragraphs: indented code, which in articles is nearly always a stray indent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "code", "image", "break"]

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"([ \t]*)([-*+•▪◦]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_TABLE_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_PICTURES = re.compile(
    r"(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?\s*|<img\b[^>]*>\s*)+$", re.IGNORECASE
)
_TAGS = re.compile(r"(?:</?[A-Za-z][^>]*>\s*)+$")
_LINK_DEFINITION = re.compile(r" {0,3}\[[^\]^][^\]]*\]:[ \t]*\S+")
_COMMENT_START = re.compile(r" {0,3}<!--")
_INLINE_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class Item:
    """One list item, without its mark.

    Attributes:
        start: First character after the mark, in the body.
        end: One past the last character.
        ordered: Whether its mark is a number.
        indent: Columns before the mark.
    """

    start: int
    end: int
    ordered: bool
    indent: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a body.

    Attributes:
        kind: What it is; "break" is a rule, a comment or markup without text.
        start: First character in the body.
        end: One past the last character.
        level: Of a heading, 1 to 6; else 0.
        title: Of a heading, without inline marks; else "".
        items: Of a list; else empty.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    title: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One line without its quotation marks; `start` is where `text` stands in the body."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text.rstrip())

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def first(self) -> int:
        """Where the first character stands that is not white space."""
        return self.start + len(self.text) - len(self.text.lstrip())


def parse_blocks(body: str) -> tuple[Block, ...]:
    """Return the blocks of an article's body in reading order.

    Args:
        body: Markdown whose lines end with a line feed alone.

    Returns:
        Blocks that do not overlap. Text outside them is white space, quotation marks,
        list marks, fences and the lines that underline headings.
    """
    lines: list[_Line] = []
    position = 0
    for text in body.split("\n"):
        lines.append(_Line(position, text))
        position += len(text) + 1
    return tuple(_parse(lines))


def plain_text(text: str) -> str:
    """The text without inline marks: links as their words, emphasis and code unmarked."""
    text = _INLINE_LINK.sub(r"\1", text)
    return " ".join(_EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)).split())


def is_picture(text: str) -> bool:
    """Whether the text is nothing but pictures."""
    return _PICTURES.match(text.strip()) is not None


def _parse(lines: Sequence[_Line]) -> list[Block]:
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        if lines[at].blank:
            at += 1
            continue
        found, at = _next_blocks(lines, at)
        blocks.extend(found)
    return blocks


def _next_blocks(  # noqa: PLR0911 - one kind of block, one return
    lines: Sequence[_Line], at: int
) -> tuple[list[Block], int]:
    """The block that begins at line `at` (a quotation may hold several), and the line after."""
    line = lines[at]
    if _FENCE.match(line.text):
        return _code(lines, at)
    comment_end = _comment_end(lines, at)
    if comment_end is not None:
        return [Block("break", line.first, lines[comment_end - 1].end)], comment_end
    if heading := _HEADING.match(line.text):
        title = plain_text(heading[2] or "")
        return [Block("heading", line.first, line.end, len(heading[1]), title)], at + 1
    if _RULE.match(line.text) or _LINK_DEFINITION.match(line.text):
        return [Block("break", line.first, line.end)], at + 1
    if _QUOTE.match(line.text):
        return _quotation(lines, at)
    if _starts_table(lines, at):
        return _table(lines, at)
    if _ITEM.match(line.text):
        return _list(lines, at)
    return _paragraph(lines, at)


def _code(lines: Sequence[_Line], at: int) -> tuple[list[Block], int]:
    opening = _FENCE.match(lines[at].text)
    fence = opening[1] if opening else "```"
    after = at + 1
    while after < len(lines) and not lines[after].text.strip().startswith(fence):
        after += 1
    inside = [line for line in lines[at + 1 : after] if not line.blank]
    found = [Block("code", inside[0].first, inside[-1].end)] if inside else []
    return found, after + 1


def _comment_end(lines: Sequence[_Line], at: int) -> int | None:
    """The line after a comment that stands alone; None where text follows or it never ends."""
    if not _COMMENT_START.match(lines[at].text):
        return None
    for n in range(at, len(lines)):
        if "-->" in lines[n].text:
            return n + 1 if lines[n].text.rstrip().endswith("-->") else None
    return None


def _quotation(lines: Sequence[_Line], at: int) -> tuple[list[Block], int]:
    inner: list[_Line] = []
    while at < len(lines) and (mark := _QUOTE.match(lines[at].text)):
        inner.append(_Line(lines[at].start + mark.end(), lines[at].text[mark.end() :]))
        at += 1
    return _parse(inner), at


def _starts_table(lines: Sequence[_Line], at: int) -> bool:
    return (
        "|" in lines[at].text
        and at + 1 < len(lines)
        and "|" in lines[at + 1].text
        and _TABLE_RULE.match(lines[at + 1].text) is not None
    )


def _table(lines: Sequence[_Line], at: int) -> tuple[list[Block], int]:
    after = at + 2
    while after < len(lines) and "|" in lines[after].text:
        after += 1
    return [Block("table", lines[at].first, lines[after - 1].end)], after


def _interrupts(lines: Sequence[_Line], at: int) -> bool:
    """Whether a new block begins at a line right below text, without a blank line between."""
    text = lines[at].text
    return (
        _FENCE.match(text) is not None
        or _HEADING.match(text) is not None
        or _RULE.match(text) is not None
        or _QUOTE.match(text) is not None
        or _comment_end(lines, at) is not None
        or _starts_table(lines, at)
    )


def _interrupting_item(text: str) -> bool:
    """Whether a list begins here: a wrapped line may begin with a number other than one."""
    mark = _ITEM.match(text)
    return mark is not None and (not mark[2][0].isdigit() or mark[2][:-1] == "1")


def _list(lines: Sequence[_Line], at: int) -> tuple[list[Block], int]:
    items: list[Item] = []
    outer = _ITEM.match(lines[at].text)
    base, ordered = _columns(outer[1] if outer else ""), _ordered(outer)
    after_blank = False
    while at < len(lines):
        line = lines[at]
        if line.blank:
            after_blank = True
            at += 1
            continue
        indent = _columns(line.text)
        mark = None if _RULE.match(line.text) else _ITEM.match(line.text)
        if mark:
            if items and indent <= base and _ordered(mark) != ordered:
                break
            items.append(Item(line.start + mark.end(), line.end, _ordered(mark), indent))
        elif indent <= base and (after_blank or _interrupts(lines, at)):
            break
        else:
            last = items[-1]
            items[-1] = Item(last.start, line.end, last.ordered, last.indent)
        after_blank = False
        at += 1
    return [Block("list", items[0].start, items[-1].end, items=tuple(items))], at


def _ordered(mark: re.Match[str] | None) -> bool:
    return mark is not None and mark[2][0].isdigit()


def _columns(text: str) -> int:
    """Columns of white space that the text begins with."""
    expanded = text.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _paragraph(lines: Sequence[_Line], at: int) -> tuple[list[Block], int]:
    start = at
    at += 1
    while at < len(lines) and not lines[at].blank:
        underline = _UNDERLINE.match(lines[at].text)
        # A dashed line below several lines is a rule: a whole paragraph is no heading.
        if underline and (at == start + 1 or underline[1][0] == "="):
            title = plain_text(" ".join(line.text for line in lines[start:at]))
            level = 1 if underline[1][0] == "=" else 2
            return [Block("heading", lines[start].first, lines[at].end, level, title)], at + 1
        if _interrupts(lines, at) or _interrupting_item(lines[at].text):
            break
        at += 1
    text = "\n".join(line.text for line in lines[start:at]).strip()
    kind: BlockKind = "paragraph"
    if is_picture(text):
        kind = "image"
    elif _TAGS.match(text):
        kind = "break"
    return [Block(kind, lines[start].first, lines[at - 1].end)], at
