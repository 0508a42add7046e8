"""Pictures in a file that staff send which may show steps: what they are and where they stand.

An import keeps words only. A picture of an exercise may hold what the words do not, so people are
told which to look at. Whether it really shows steps only a person can see.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import docx
import pypdf
from docx.oxml.ns import qn
from lxml import etree, html

from backbot.errors import ImportRefusedError
from backbot.importing.rawfile import decode, read_raw
from backbot.importing.word import read_word

logger = logging.getLogger(__name__)

_MOST = 20
_MAX_CHARS = 80
_MOST_PAGES = 100
_LEAST_PIXELS = 120  # smaller ones are logos and marks
_STEPS = re.compile(
    r"step|stretch|exercis|position|pose|how[ _-]?to|diagram|figure|fig[ ._-]?\d|infographic|chart"
    r"|instruction|technique|lying|standing|sitting|kneel|repetition|hold",
    re.IGNORECASE,
)
_CLUTTER = re.compile(
    r"logo|icon|avatar|banner|sprite|pixel|badge|button|share|advert|author|portrait|headshot",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(r"!\[(?P<alt>[^\]\n]*)\]\((?P<name>[^)\s]*)[^)\n]*\)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)


def pictures_in(path: Path) -> Iterator[str]:
    """A line for each picture that may show steps, at most 20. Never raises.

    A picture counts where its name, its description or what stands just before it speaks of
    steps or exercises. Those of a PDF carry neither and are named by their page, where that
    speaks of them.
    """
    try:
        raw = read_raw(path)
        if raw.kind == "word":
            found = _of_word(raw.data)
        elif raw.kind == "pdf":
            found = _of_pdf(raw.data)
        else:
            text, kind, _ = decode(raw)
            found = _of_page(text) if kind == "page" else _of_markdown(text)
        told = dict.fromkeys(_line(*each) for each in found if _may_show_steps(*each))
    except (ImportRefusedError, etree.LxmlError, ValueError, KeyError, AttributeError):
        return
    yield from list(told)[:_MOST]


def _may_show_steps(name: str, alt: str, near: str) -> bool:
    if _CLUTTER.search(f"{name} {alt}"):
        return False
    return _STEPS.search(f"{name} {alt} {near}") is not None


def _line(name: str, alt: str, near: str) -> str:
    shown = PurePosixPath(name.partition("?")[0]).name or "a picture"
    if name.startswith("data:"):
        shown = "a picture"
    line = _short(shown)
    if alt:
        line += f" (“{_short(alt)}”)"
    return f"{line}, after “{_short(near)}”" if near else line


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1].rstrip()}…"


def _of_markdown(text: str) -> Iterator[tuple[str, str, str]]:
    for found in _MARKDOWN.finditer(text):
        above = _HEADING.findall(text, 0, found.start())
        yield found["name"], found["alt"], above[-1] if above else ""


def _of_page(text: str) -> Iterator[tuple[str, str, str]]:
    root: Any = html.document_fromstring(text.encode("utf-8"), parser=_parser())
    near = ""
    for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6", "img"):
        if element.tag != "img":
            near = element.text_content()
        else:
            yield element.get("src") or "", element.get("alt") or "", near


def _parser() -> Any:  # noqa: ANN401 lxml
    return html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)


def _of_pdf(data: bytes) -> Iterator[tuple[str, str, str]]:
    try:
        for number, page in enumerate(pypdf.PdfReader(io.BytesIO(data)).pages[:_MOST_PAGES], 1):
            resources = _entries(page.get("/Resources"))
            drawn = _entries(resources.get("/XObject"))
            large = sum(_is_large_picture(each.get_object()) for each in drawn.values())
            if large:
                lines = (line.strip() for line in page.extract_text().splitlines())
                near = next((line for line in lines if _STEPS.search(line)), "")
                what = "a picture" if large == 1 else f"{large} pictures"
                yield f"page {number}: {what}", "", near
    except Exception as error:  # noqa: BLE001 pypdf raises what it likes, and the draft is made
        logger.info("pictures of a PDF were not looked at: %s", type(error).__name__)


def _entries(found: Any) -> Any:  # noqa: ANN401 pypdf
    return {} if found is None else found.get_object()


def _is_large_picture(drawn: Any) -> bool:  # noqa: ANN401 pypdf
    size = drawn.get("/Width", 0), drawn.get("/Height", 0)
    return bool(drawn.get("/Subtype") == "/Image" and min(size) >= _LEAST_PIXELS)


def _of_word(data: bytes) -> Iterator[tuple[str, str, str]]:
    read_word(data)  # refuses what would unpack to too much
    near = ""
    for paragraph in docx.Document(io.BytesIO(data)).paragraphs:
        for drawn in paragraph._p.iter(qn("wp:docPr")):  # noqa: SLF001 not in its API
            yield drawn.get("name") or "", drawn.get("descr") or "", near
        near = paragraph.text.strip() or near
