"""Hand-marked pages: what the article is, how the page looks as pasted text, and the score.

In `data/pages/*.html` the elements of the article bear the attribute `data-a`; it is taken out
before the importer sees the page. The first-level heading is the title and no part of the body.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html

PAGES = sorted((Path(__file__).parent / "data" / "pages").glob("*.html"))
_BLOCKS = frozenset(
    [
        "html",
        "body",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "form",
        "figure",
        "figcaption",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "pre",
        "hr",
        "address",
        "details",
        "summary",
        "center",
    ]
)
_SILENT = frozenset(["script", "style", "title", "noscript", "textarea"])


@dataclass(frozen=True)
class MarkedPage:
    """A page, its title and its article's text as a person marked them."""

    source: str
    title: str
    article: str


def read_marked(path: Path) -> MarkedPage:
    """The page without the marks, and what they say."""
    marked = path.read_text("utf-8")
    root = html.document_fromstring(marked)
    texts = [
        (node.tag, " ".join("".join(node.itertext()).split()))
        if node.tag != "tr"
        else (node.tag, " ".join(" ".join(cell.itertext()) for cell in node))
        for node in root.iter()
        if isinstance(node.tag, str) and node.get("data-a") is not None
    ]
    return MarkedPage(
        source=re.sub(r" data-a(?=[ >])", "", marked),
        title=next(text for tag, text in texts if tag == "h1"),
        article="\n".join(text for tag, text in texts if tag != "h1"),
    )


def pasted(source: str) -> str:
    """The whole page as a browser copies it: one line per block, menus and all."""
    lines = [""]

    def end_line() -> None:
        if lines[-1].strip():
            lines.append("")

    for event, node in etree.iterwalk(html.document_fromstring(source), events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        silent = any(above.tag in _SILENT for above in [node, *node.iterancestors()])
        if event == "start" and not silent:
            if node.tag in _BLOCKS or node.tag == "br":
                end_line()
            if node.tag in ("td", "th") and lines[-1].strip():
                lines[-1] += "\t"
            lines[-1] += re.sub(r"\s+", " ", node.text or "")
        elif event == "end":
            if node.tag in _BLOCKS:
                end_line()
            if not silent or node.tag in _SILENT:
                lines[-1] += re.sub(r"\s+", " ", node.tail or "")
    return "\n".join(line.strip() for line in lines if line.strip())


def four_gram_f1(found: str, wanted: str) -> float:
    """F1 over runs of four words, each counted as often as it comes."""
    ours, theirs = _grams(found), _grams(wanted)
    common = (ours & theirs).total()
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
