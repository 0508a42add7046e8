"""Markdown files: kept as written but for broken characters, raw HTML and web clutter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from backbot.importing.blocks import Block, shape_of
from backbot.importing.cues import cue_of
from backbot.importing.front import front_matter
from backbot.importing.marked import asked_in, link_share, without_pictures
from backbot.importing.textfix import CITES, repair_text

_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+#+)?$")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|iframe|object)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")
_CODES = re.compile(
    r"\{\{[<%].{0,300}?[>%]\}\}|\{%.{0,300}?%\}|%%.{0,2000}?%%|!\[\[[^\]\n]{0,200}\]\]|"
    r"^\{:[^}\n]{0,200}\}$",
    re.DOTALL | re.MULTILINE,
)
_WIKI_LINK = re.compile(r"\[\[([^\]|\n]{1,200})(?:\|([^\]\n]{1,200}))?\]\]")
_CALLOUT = re.compile(r"^(> ?)\[!\w{1,20}\][+-]?[ \t]*(.*)$", re.MULTILINE)
_SETEXT = re.compile(r"(?<=\n\n)([^\s#>|*+-][^\n]{0,200})\n(={3,}|-{3,})[ \t]*(?=\n|\Z)")
_LEVEL = {"=": "#", "-": "##"}
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\]:\s")
_NEXT_FOOTNOTE = re.compile(rf"\n(?={_FOOTNOTE.pattern})")
_EMPHASIS = re.compile(r"([*_]{1,3})(?P<words>[^*_]{1,200})\1")
BY_LINE = re.compile(
    r"(?i:by|written by|(?P<explicit>author)):? "
    r"(?P<name>(?:(?:Dr|Prof)\.? )?[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]*){1,3})(?:\s*[,|·•–-].{0,60})?"
)
# What stands beside a name and hardly beside another phrase with "by": a title, a date.
_TITLE_OR_DATE = re.compile(r"\b(?:Dr|Prof)\b|[,|·•–-].*\d")
_REFERENCES = re.compile(
    r"(?:list of )?(?:references|sources|bibliography|literature|footnotes|citations)\W*",
    re.IGNORECASE,
)
# A Markdown file was written as an article: only plain web clutter is taken out.
_CLUTTER = frozenset(
    (
        "skip link",
        "cookie notice",
        "pop-up",
        "share bar",
        "newsletter box",
        "copyright line",
        "advert",
        "comment",
        "browser notice",
        "log-in box",
    )
)


# Where most of such a line is a link, it leads away from the article.
_LINKED_CLUTTER = frozenset(
    ("related articles", "menu", "breadcrumb", "page numbers", "button", "legal links")
)
_SOME_LINKS = 0.3
_ENTRY = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+")
_CONTENTS = re.compile(
    r"(?:table of )?contents\W*|(?:in|on) this (?:article|page|post|guide)\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Notes:
    """A Markdown file's front matter (as loaded, unchecked) and blocks; texts are Markdown."""

    front: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()
    pictures: int = 0


def read_notes(text: str) -> Notes:
    """Cut a Markdown file into blocks, separated where blank lines or headings are."""
    text = repair_text(text)
    front, offset, warnings = front_matter(text)
    body = text[offset:]
    if (plain := _without_tools(body)) != body:
        body = plain
        warnings.append("marks of another program (short codes, wiki links) were taken out")
    # Blanks in place of what goes, so that line numbers stay.
    shown = _HIDDEN.sub(lambda found: "\n" * found[0].count("\n"), body)
    if shown != body:
        warnings.append("raw HTML (comments or scripts) was left out")
    shown, pictures = without_pictures(shown)
    blocks: list[Block] = []
    title = ""
    opening = True
    level = 1
    for number, part in _parts(shown, text[:offset].count("\n") + 1):
        heading = _HEADING.fullmatch(part)
        if heading and len(heading[1]) == 1 and not title and not any(b.kept for b in blocks):
            title = heading[2].strip()
            blocks.append(Block(title, "title", number))
        elif heading:
            opening = False
            level = max(len(heading[1]), 2)
            blocks.append(Block(_TAG.sub("", heading[2]), "heading", number, level))
        elif asked := asked_in(part):
            # A bold question with its answer behind it or below it is a heading in bold.
            question, answer = asked
            blocks.append(Block(question, "heading", number, min(level + 1, 6)))
            if answer:
                blocks.append(_part(answer, number, opening=False))
        else:
            blocks.append(_part(part, number, opening=opening))
    found = _without_contents(list(_without_references(blocks)))
    return Notes(front, title, tuple(found), tuple(warnings), pictures)


def _without_contents(blocks: list[Block]) -> Iterator[Block]:
    """The heading of a table of contents goes with it."""
    for at, block in enumerate(blocks):
        below = blocks[at + 1] if at + 1 < len(blocks) else None
        listed = below is not None and below.reason == "table of contents"
        named = block.kept and block.kind != "title" and _CONTENTS.fullmatch(block.text)
        yield replace(block, reason="table of contents") if listed and named else block


def _without_references(blocks: list[Block]) -> Iterator[Block]:
    """What names sources is left out: it is no advice, and answers quote single sentences."""
    level = 0
    for block in blocks:
        if block.kind == "heading":
            if level and block.level <= level:
                level = 0
            if _REFERENCES.fullmatch(block.text):
                level = block.level
        if level:
            yield replace(block, reason="list of references") if block.kept else block
        elif block.kept and _FOOTNOTE.match(block.text):
            yield from _footnotes(block)
        else:
            yield block


def _footnotes(block: Block) -> Iterator[Block]:
    """Notes that stand together, one by one; what names no source may be advice and stays."""
    number = block.line
    for note in _NEXT_FOOTNOTE.split(block.text):
        cites = CITES.search(note)
        yield replace(
            block,
            text=note if cites else re.sub(r"\n[ \t]+", "\n", _FOOTNOTE.sub("", note, count=1)),
            line=number,
            reason="list of references" if cites else "",
        )
        number += note.count("\n") + 1


def _without_tools(body: str) -> str:
    """Take out what Hugo, Jekyll and Obsidian alone understand; the words of a link stay."""
    body = _CODES.sub(lambda found: "\n" * found[0].count("\n"), body)
    body = _WIKI_LINK.sub(lambda found: found[2] or found[1], body)
    body = _CALLOUT.sub(r"\1\2", body)
    return _SETEXT.sub(lambda found: f"{_LEVEL[found[2][0]]} {found[1]}\n", body)


def _part(part: str, number: int, *, opening: bool) -> Block:
    if _FENCE.match(part):
        return Block(part, "code", number)
    plain = _TAG.sub("", part).rstrip()
    if "\n" not in plain:
        whole = _EMPHASIS.fullmatch(plain.strip())
        line = whole["words"].strip() if whole else plain.strip()
        if _is_by_line(line, emphasised=whole is not None, opening=opening):
            return Block(line, "paragraph", number, reason="by-line")
        bare, links, _ = link_share(plain.strip())
        cue = cue_of(bare, shape_of(bare))
        linked = cue is not None and cue.reason in _LINKED_CLUTTER and links > _SOME_LINKS
        if cue is not None and (cue.reason in _CLUTTER or linked):
            return Block(plain.strip(), "paragraph", number, reason=cue.reason)
    if all(
        _ENTRY.match(line) and link_share(_ENTRY.sub("", line))[2] for line in plain.split("\n")
    ):
        return Block(plain, "paragraph", number, reason="table of contents")
    return Block(plain, "paragraph", number, reason="" if plain.strip() else "raw HTML")


def _is_by_line(line: str, *, emphasised: bool, opening: bool) -> bool:
    """Whether a line names the author: "By Monday Morning" may be a line of the text."""
    if not BY_LINE.fullmatch(line):
        return False
    plain = line[:2].lower() == "by"
    return not plain or (opening and (emphasised or bool(_TITLE_OR_DATE.search(line))))


def _parts(body: str, first: int) -> list[tuple[int, str]]:
    """Stretches without a blank line, with the number of their first line; fences stay whole."""
    parts: list[tuple[int, str]] = []
    held: list[str] = []
    start = first
    fence = ""

    def close() -> None:
        if held:
            parts.append((start, "\n".join(held)))
            held.clear()

    for number, line in enumerate(body.split("\n"), first):
        mark = _FENCE.match(line)
        if fence:
            held.append(line)
            fence = "" if mark and mark[1].startswith(fence) else fence
            continue
        if mark:
            close()
            fence = mark[1]
        if not line.strip():
            close()
        elif _HEADING.fullmatch(line.strip()) and line[0] == "#":
            close()
            parts.append((number, line.strip()))
        else:
            if not held:
                start = number
            held.append(line.rstrip())
    close()
    return parts
