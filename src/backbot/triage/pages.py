"""Pages of text as values, and how they are written: Markdown and HTML from one structure.

Fixed replies keep their `**bold**` marks; everything else is plain text and is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")
_DEEPEST = 6

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 48rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.7em; line-height: 1.2; }
h2 { font-size: 1.4em; border-bottom: 2px solid #333; }
h3 { font-size: 1.15em; margin-bottom: .3em; }
h4 { font-size: 1.05em; margin: 1em 0 .3em; }
h2, h3, h4 { break-after: avoid; }
p { margin: .4em 0; }
ul { margin: .3em 0; padding-left: 1.3em; columns: 19em; column-gap: 1.6em; }
li { break-inside: avoid; }
.small { color: #555; font-size: .85em; }
.warning { border: 3px solid #b00020; padding: .6em .8em; }
blockquote { margin: .5em 0; padding: .6em .9em; background: #f3f5f7;
  border-left: 4px solid #5b7083; break-inside: avoid; }
.item { border: 1px solid #c9cfd4; border-radius: 6px; padding: .6em .9em; margin: .8em 0;
  break-inside: avoid; }
.item > :first-child { margin-top: 0; }
.ticks { display: flex; flex-wrap: wrap; gap: .3em 1.2em; align-items: baseline;
  margin-top: .6em; }
.ticks label { white-space: nowrap; }
.ticks input { width: 1.1em; height: 1.1em; vertical-align: -.15em; }
.line { flex: 1 1 10em; border-bottom: 1px solid #333; min-height: 1.4em; }
table { border-collapse: collapse; width: 100%; break-inside: avoid; }
th, td { border: 1px solid #777; padding: .3em .4em; text-align: left; height: 2.4em; }
@media (max-width: 30rem) { th, td { font-size: .8em; padding: .2em; } }
@media print {
  body { max-width: none; padding: 0 1px; font-size: 8.8pt; line-height: 1.35; }
  .page { break-before: page; }
  .item { padding: .4em .7em; margin: .5em 0; }
}
@page { margin: 12mm; }
"""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of plain text. style: "", "small" or "warning"."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class FixedReply:
    """A text exactly as people read it, with `**bold**` marks and line ends."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ticks:
    """Boxes to tick, and a line to write on."""

    labels: tuple[str, ...] = ("agree", "change:")


@dataclass(frozen=True, slots=True)
class Blanks:
    """A table to fill in by hand."""

    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        title: Of the section.
        blocks: In reading order; sections among them are one level deeper.
        new_page: Whether it begins a page when printed.
        keep: Whether it is kept on one page where it fits.
    """

    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False
    keep: bool = False


Block = Paragraph | FixedReply | Items | Ticks | Blanks | Section


def to_markdown(page: Section) -> str:
    """The page as CommonMark with tables."""
    return "\n".join(_markdown(page, 1)).strip() + "\n"


def _markdown(block: Block, level: int) -> Iterator[str]:
    match block:
        case Section():
            yield from ("", f"{'#' * min(level, _DEEPEST)} {_escaped(block.title)}")
            for inner in block.blocks:
                yield from _markdown(inner, level + 1)
        case Paragraph():
            text = _escaped(block.text)
            yield from ("", f"> **{text}**" if block.style == "warning" else text)
        case FixedReply():
            yield ""
            for line in block.text.split("\n"):
                parts = enumerate(_BOLD.split(line))
                said = (f"**{_escaped(text)}**" if n % 2 else _escaped(text) for n, text in parts)
                yield f"> {''.join(said)}  "
        case Items():
            yield ""
            yield from (f"- {_escaped(item)}" for item in block.items)
        case Ticks():
            yield from ("", "   ".join(f"☐ {label}" for label in block.labels) + " ____________")
        case Blanks():
            yield from ("", f"| {' | '.join(block.columns)} |")
            yield f"|{' --- |' * len(block.columns)}"
            yield from [f"|{'   |' * len(block.columns)}"] * block.rows


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def to_html(page: Section) -> str:
    """The page as one HTML file that needs nothing else: for a phone, a screen and paper."""
    body = "\n".join(_html(page, 1))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(page.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _html(block: Block, level: int) -> Iterator[str]:
    match block:
        case Section():
            names = [name for name, on in (("page", block.new_page), ("item", block.keep)) if on]
            css = f' class="{" ".join(names)}"' if names else ""
            tag = f"h{min(level, _DEEPEST)}"
            yield f"<section{css}>"
            yield f"<{tag}>{html.escape(block.title)}</{tag}>"
            for inner in block.blocks:
                yield from _html(inner, level + 1)
            yield "</section>"
        case Paragraph():
            css = f' class="{block.style}"' if block.style else ""
            yield f"<p{css}>{html.escape(block.text)}</p>"
        case FixedReply():
            text = _BOLD.sub(r"<strong>\1</strong>", html.escape(block.text))
            lang = f' lang="{html.escape(block.language)}" dir="auto"' if block.language else ""
            yield f"<blockquote{lang}>{text.replace(chr(10), '<br>')}</blockquote>"
        case Items():
            yield "<ul>"
            yield from (f'<li dir="auto">{html.escape(item)}</li>' for item in block.items)
            yield "</ul>"
        case Ticks():
            boxes = "".join(
                f'<label><input type="checkbox"> {html.escape(label)}</label>'
                for label in block.labels
            )
            yield f'<div class="ticks">{boxes}<span class="line"></span></div>'
        case Blanks():
            head = "".join(f"<th>{html.escape(column)}</th>" for column in block.columns)
            row = f"<tr>{'<td></td>' * len(block.columns)}</tr>"
            yield f"<table><thead><tr>{head}</tr></thead><tbody>{row * block.rows}</tbody></table>"
