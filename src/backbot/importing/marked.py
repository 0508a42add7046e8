"""Markdown that a program made of a web page: its lines as the blocks of a page. Pure.

What a person wrote as Markdown is kept as written (`notes`). A page that was turned into Markdown
brings its menus, boxes and comments along, and is read as a page is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backbot.importing.blocks import RawBlock, shape_of
from backbot.importing.cues import cue_of
from backbot.importing.plain import filled, table_row

_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+#+)?$")
_ITEM = re.compile(r"[-*+•]\s+(?=\S)|(?P<number>\d{1,3})[.)]\s+(?=\S)")
_FENCE = re.compile(r"(?:```|~~~)")
_RULE = re.compile(r"(?:[-*_]\s*){3,}$|[=-]{3,}$")
_CELLS = re.compile(r"\|.*\|$")
_CELL_RULE = re.compile(r"[|:\s-]+$")
_PICTURE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,1000}\)")
_LINK = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,500})\]\((?P<to>[^()\s]{0,900})"
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
_LONG_LINE = 160
_ENOUGH_SIGNS = 3
_ENOUGH_HEADINGS = 2
_MENU_ENTRIES = 3


def is_marked(text: str) -> bool:
    """Whether a plain text is Markdown: several headings with their marks."""
    heads = re.findall(r"^#{1,6} +\S", text, re.MULTILINE)
    under = re.findall(r"^\S[^\n]{2,100}\n(?:={3,}|-{3,})$", text, re.MULTILINE)
    return len(heads) + len(under) >= _ENOUGH_HEADINGS


def is_page(text: str) -> bool:
    """Whether Markdown was made of a whole web page: signs of at least three kinds of clutter."""
    if text.startswith(("---\n", "+++\n")):
        return False  # a front matter is written by a person
    signs: set[str] = set()
    row = 0
    for block in read_marked(text):
        cue = cue_of(block.text, shape_of(block.text))
        if cue is not None and cue.reason in _WEB_SIGNS:
            signs.add(cue.reason)
        row = row + 1 if block.kind == "item" and block.links == 1 and not block.outside else 0
        if row == _MENU_ENTRIES:
            signs.add("menu")
    return len(signs) >= _ENOUGH_SIGNS


def read_marked(text: str) -> list[RawBlock]:
    """Cut Markdown into blocks as `read_page` cuts a page; links and emphasis become words."""
    return [block for block in _blocks(text) if block.text]


def _blocks(text: str) -> Iterator[RawBlock]:
    held: list[str] = []
    start = 0
    fenced = gap = False
    lines = text.split("\n")
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
            yield _block(" ".join(held), start)
            held = []
        gap = not bare
        if bare and not _FENCE.match(plain) and not _RULE.match(bare):
            start = start if held else number
            held.append(bare)
            if _HEADING.fullmatch(bare) or _CELLS.match(bare):
                yield _block(" ".join(held), start)
                held = []


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
        cells = [] if _CELL_RULE.match(line) else line.strip("|").split("|")
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
    words, links, _ = link_share(line)
    bold = _ALL_BOLD.match(line)
    return RawBlock(words, number, None if bold else "paragraph", links=links)


def link_share(line: str) -> tuple[str, float, bool]:
    """The words of a line, the share of them that leads elsewhere, whether all lead within it."""
    line = _PICTURE.sub("", line)
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
