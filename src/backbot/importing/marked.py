"""Markdown that a program made of a web page: its lines as the blocks of a page. Pure.

What a person wrote as Markdown is kept as written (`notes`). A page that was turned into Markdown
brings its menus, boxes and comments along, and is read as a page is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backbot.importing.blocks import RawBlock, shape_of
from backbot.importing.cues import cue_of
from backbot.importing.drawn import is_drawn
from backbot.importing.plain import filled, labelled, table_row
from backbot.importing.textfix import CITES

_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+#+)?$")
_ITEM = re.compile(r"[-*+•]\s+(?=\S)|(?P<number>\d{1,3})[.)]\s+(?=\S)")
_FENCE = re.compile(r"(?:```|~~~)")
_RULE = re.compile(r"(?:[-*_]\s*){3,}$|[=-]{3,}$")
_CELLS = re.compile(r"\|.*\|$")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
_INNER_RULE = re.compile(r":?-+:?(?:\s*\|\s*:?-+:?)+$")
_CELL_RULE = re.compile(r"[|:\s-]+$")
_TARGET = r"\((?:[^()\n]|\([^()\n]{0,300}\)){0,1000}\)"
_PICTURE = re.compile(rf"!\[[^\]\n]{{0,300}}\]{_TARGET}|!\[\[[^\]\n]{{0,300}}\]\]")
_LINKED_PICTURE = re.compile(rf"\[\s*(?:{_PICTURE.pattern})\s*\]{_TARGET}")
_HIGHLIGHT = re.compile(r"==(?=\S)([^=\n]{1,500}?)(?<=\S)==")
_ASKED = re.compile(
    r"(\*\*|__)(?P<question>[^*_\n]{8,160}\?)\1[ \t]*:?(?:\s+(?P<answer>\S.*))?$", re.DOTALL
)
_LINK = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,500})\]\((?P<to>(?:[^()\s]|\([^()\s]{0,200}\)){0,900})"
    r"(?:\s+[\"'][^\n\"']{0,300}[\"'])?\)"
)
_MARKS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(?P<words>[^*_\n]{1,500}?)(?<=\S)\1(?!\w)")
_ALL_BOLD = re.compile(r"(\*\*|__)[^*_]{1,200}\1:?$")
_ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_WEB_SIGNS = frozenset(
    (
        "skip link",
        "cookie notice",
        "share bar",
        "newsletter box",
        "log-in box",
        "comments",
        "related articles",
        "about the author",
        "copyright line",
        "search box",
        "breadcrumb",
        "legal links",
        "page numbers",
    )
)
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\]:\s+")
_LONG_LINE = 160
_ENOUGH_SIGNS = 3
_ENOUGH_HEADINGS = 2
_MENU_ENTRIES = 3


def is_marked(text: str) -> bool:
    """Whether a plain text is Markdown: several headings with their marks.

    Underlined headings are drawn by others too: with boxes in characters it is none.
    """
    heads = re.findall(r"^#{1,6} +\S", text, re.MULTILINE)
    under = re.findall(r"^\S[^\n]{2,100}\n(?:={3,}|-{3,})$", text, re.MULTILINE)
    if len(heads) >= _ENOUGH_HEADINGS:
        return True
    return len(heads) + len(under) >= _ENOUGH_HEADINGS and not is_drawn(text)


def is_page(text: str, *, clipped: bool = False) -> bool:
    """Whether Markdown was made of a whole web page: signs of at least three kinds of clutter.

    Args:
        text: Without its front matter.
        clipped: Its front matter names the page that it was taken from; then one kind is enough.
    """
    signs: set[str] = set()
    row = 0
    for block in read_marked(text):
        cue = cue_of(block.text, shape_of(block.text))
        if cue is not None and cue.reason in _WEB_SIGNS:
            signs.add(cue.reason)
        row = row + 1 if block.kind == "item" and block.links == 1 and not block.outside else 0
        if row == _MENU_ENTRIES:
            signs.add("menu")
    return len(signs) >= (1 if clipped else _ENOUGH_SIGNS)


def read_marked(text: str) -> list[RawBlock]:
    """Cut Markdown into blocks as `read_page` cuts a page; links and emphasis become words."""
    return [block for block in _blocks(text) if block.text]


def _blocks(text: str) -> Iterator[RawBlock]:
    held: list[str] = []
    start = 0
    fenced = gap = False
    lines = _with_headers(_with_sides(text.split("\n")))
    # Lines so long were not wrapped: each is a paragraph, with or without a blank line.
    apart = max(map(len, lines)) > _LONG_LINE
    for number, line in enumerate([*lines, ""], 1):
        plain = line.strip()
        if _FENCE.match(plain):
            fenced = not fenced
        bare = re.sub(r"^(?:>\s*)+", "", plain)
        fresh = not bare or fenced or apart or _begins(bare)
        if held and _RULE.match(bare) and bare[0] in "=-" and len(held) == 1 and not gap:
            held = [f"{'#' if bare[0] == '=' else '##'} {held[0]}"]
            bare, fresh = "", True
        if held and fresh:
            yield from _asked(" ".join(held), start)
            held = []
        gap = not bare
        if bare and not _FENCE.match(plain) and not _RULE.match(bare):
            start = start if held else number
            held.append(bare)
            if _HEADING.fullmatch(bare) or _CELLS.match(bare):
                yield _block(" ".join(held), start)
                held = []


def _asked(line: str, number: int) -> Iterator[RawBlock]:
    """A block; a bold question at its beginning stands apart, as a heading does."""
    asked = asked_in(line)
    if asked is None or not asked[1]:
        yield _block(line, number)
        return
    yield _block(f"**{asked[0]}**", number)
    yield _block(asked[1], number)


def _begins(line: str) -> bool:
    """Whether a line begins a block although no blank line stands above it."""
    return bool(
        _ITEM.match(line) or _HEADING.fullmatch(line) or _CELLS.match(line) or _RULE.match(line)
    )


def _block(line: str, number: int) -> RawBlock:
    heading = _HEADING.fullmatch(line)
    if heading:
        words, links, _ = link_share(heading[2])
        return RawBlock(words, number, "heading", len(heading[1]), links=links)
    if _CELLS.match(line):
        cells = [] if _CELL_RULE.match(line) else _cells(line)
        row = [link_share(cell)[0] for cell in cells]
        return RawBlock(table_row(filled(row)) if any(row) else "", number, "table")
    item = _ITEM.match(line)
    if item:
        words, links, inner = link_share(line[item.end() :])
        outside = "table of contents" if inner else ""
        figure = item["number"]
        return RawBlock(
            words,
            number,
            "step" if figure else "item",
            mark=f"{figure}." if figure else "-",
            links=links,
            outside=outside,
        )
    note = _FOOTNOTE.match(line)
    if note and CITES.search(line):
        return RawBlock(link_share(line)[0], number, outside="list of references")
    words, links, _ = link_share(line[note.end() :] if note else line)
    bold = _ALL_BOLD.match(line)
    return RawBlock(words, number, None if bold else "paragraph", links=links)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _BETWEEN_CELLS.split(line.strip().strip("|"))]


def _with_sides(lines: list[str]) -> list[str]:
    """The rows of tables that have strokes only between their cells with strokes around them."""
    result = list(lines)
    for at, line in enumerate(lines[:-1]):
        bare, rule = line.strip(), lines[at + 1].strip()
        cells = len(_BETWEEN_CELLS.findall(bare))
        drawn = _INNER_RULE.match(rule) and rule.count("|") == cells
        if _CELLS.match(bare) or not cells or not drawn:
            continue
        stop = at + 2
        while stop < len(lines) and len(_BETWEEN_CELLS.findall(lines[stop])) == cells:
            stop += 1
        result[at:stop] = [f"| {row.strip()} |" for row in lines[at:stop]]
    return result


def _with_headers(lines: list[str]) -> list[str]:
    """The rows of tables with the words of their header before each cell."""
    result = list(lines)
    for at, line in enumerate(lines[:-1]):
        bare = line.strip()
        if not _CELLS.match(bare) or not _CELL_RULE.match(lines[at + 1].strip() or "x"):
            continue
        stop = at + 2
        while stop < len(lines) and _CELLS.match(lines[stop].strip()):
            stop += 1
        rows = [_cells(lines[n]) for n in (at, *range(at + 2, stop))]
        told = labelled(rows, headed=True)
        if len(told) == len(rows):
            continue
        result[at] = result[at + 1] = ""
        for n, row in zip(range(at + 2, stop), told, strict=True):
            result[n] = f"| {' | '.join(row)} |"
    return result


def without_pictures(text: str) -> tuple[str, int]:
    """Markdown without its pictures, and how many there were: an import keeps words only."""
    text, linked = _LINKED_PICTURE.subn("", text)
    text, plain = _PICTURE.subn("", text)
    return text, linked + plain


def asked_in(text: str) -> tuple[str, str] | None:
    """A question in bold and the answer behind it or "", None where the text does not begin so."""
    found = _ASKED.match(text.strip())
    return (found["question"].strip(), (found["answer"] or "").strip()) if found else None


def link_share(line: str) -> tuple[str, float, bool]:
    """The words of a line, the share of them that leads elsewhere, whether all lead within it."""
    line = _HIGHLIGHT.sub(r"\1", without_pictures(line)[0])
    away = inner = 0

    def text_of(found: re.Match[str]) -> str:
        nonlocal away, inner
        size = len(found["text"])
        away += 0 if found["to"].startswith("#") else size
        inner += size if found["to"].startswith("#") else 0
        return found["text"]

    line = _LINK.sub(text_of, line)
    for _ in range(2):
        line = _MARKS.sub(lambda found: found["words"], line)
    line = " ".join(_ESCAPED.sub("", line).split())
    whole = max(len(line), 1)
    share = away / whole
    return line, 1.0 if share > 0.9 else share, inner > 0.9 * whole  # noqa: PLR2004
