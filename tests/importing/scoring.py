"""Hand-marked pages: what the article is, how the page looks as pasted text, and the score.

In `data/pages/*.html` the elements of the article bear the attribute `data-a`; it is taken out
before the importer sees the page. The title is the first of them that is a first-level heading, else the first; no part of the body.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html

PAGES = sorted((Path(__file__).parent / "data" / "pages").glob("*.html"))
COPIED = sorted((Path(__file__).parent / "data" / "pasted").glob("*.txt"))
_BLOCKS_NAMES = """
html body div p h1 h2 h3 h4 h5 h6 ul ol li table tr section article main header footer nav
aside form figure figcaption blockquote dl dt dd pre hr address details summary center
"""
_BLOCKS = frozenset(_BLOCKS_NAMES.split())
_SILENT_NAMES = """
script style title noscript textarea
"""
_SILENT = frozenset(_SILENT_NAMES.split())
_LIST_MARK = r"^ *(?:[•*]|\d+\))\s*"


@dataclass(frozen=True)
class MarkedPage:
    """A page, its title and its article's text as a person marked them.

    `labelled` is the same text with each row of a table told with the words of its header.
    """

    source: str
    title: str
    article: str
    labelled: str = ""


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
    at = next((at for at, (tag, _) in enumerate(texts) if tag == "h1"), 0)
    article = "\n".join(text for _, text in texts[:at] + texts[at + 1 :])
    labelled = article
    for table in root.iter("table"):
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.iterchildren("td", "th")]
            for row in table.iter("tr")
            if row.get("data-a") is not None
        ]
        labelled = _with_labels(labelled, rows)
    return MarkedPage(
        source=re.sub(r" data-a(?=[ >])", "", marked),
        title=texts[at][1],
        article=article,
        labelled=labelled,
    )


def _with_labels(article: str, rows: list[list[str]]) -> str:
    """The article with the words of a table's first row before the cells of the others."""
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return article
    plain = "\n".join(" ".join(row) for row in rows)
    pairs = (zip(rows[0], row, strict=True) for row in rows[1:])
    told = "\n".join(" ".join(f"{name} {cell}" for name, cell in pair) for pair in pairs)
    return article.replace(plain, told)


def read_marked_text(path: Path) -> MarkedPage:
    """A text as somebody copied it; a bar before a line marks the article, "#|" its title."""
    marked = path.read_text("utf-8")
    lines = [line.strip() for line in marked.splitlines()]
    article = "\n".join(line.removeprefix("|") for line in lines if line.startswith("|"))
    article = re.sub(r"([a-z])-\n(?=[a-z])", r"\1", article)  # words cut at a line's end
    labelled = article
    for table in re.findall(r"(?:^[^\n]*\t[^\n]*(?:\n|\Z)){3,}", article, re.MULTILINE):
        rows = [line.split("\t") for line in table.strip().split("\n")]
        plain = "\n".join(" ".join(row) for row in rows)
        labelled = _with_labels(labelled.replace(table.strip(), plain), rows)
    return MarkedPage(
        source=re.sub(r"^(\s*)#?\|", r"\1", marked, flags=re.MULTILINE),
        title=next(line.removeprefix("#|") for line in lines if line.startswith("#|")),
        article=re.sub(_LIST_MARK, "", article, flags=re.MULTILINE),
        labelled=re.sub(_LIST_MARK, "", labelled, flags=re.MULTILINE),
    )


def pasted(source: str) -> str:
    """The whole page as a browser copies it: one line per block, menus and all."""
    root = html.document_fromstring(source)
    etree.strip_elements(root, *_SILENT, with_tail=False)
    text = ""
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        edge = "\n" if node.tag in _BLOCKS or node.tag == "br" else ""
        if event == "start":
            cell = "\t" if node.tag in ("td", "th") else ""
            text += edge + cell + re.sub(r"\s+", " ", node.text or "")
        else:
            text += edge + re.sub(r"\s+", " ", node.tail or "")
    lines = (re.sub(r"\s*\t\s*", "\t", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def score_of(found: str, page: MarkedPage) -> float:
    """F1 of a draft against the marked article, its tables with or without their labels."""
    return max(four_gram_f1(found, page.article), four_gram_f1(found, page.labelled))


def four_gram_f1(found: str, wanted: str) -> float:
    """F1 over runs of four words, each counted as often as it comes; list numbers are no words."""
    ours, theirs = _grams(found), _grams(wanted)
    common = (ours & theirs).total()
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


def _grams(text: str) -> Counter[tuple[str, ...]]:
    plain = re.sub(r"^(?:#+ )?(?:\d+\. )?", "", text, flags=re.MULTILINE)
    words = re.findall(r"\w+", plain.lower())
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
