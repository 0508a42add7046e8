"""Reply → messages that Telegram takes: HTML, escaped, cut to size. Pure.

Text and markup are kept apart (`Rich`) until the last step, so that a cut can never fall inside
a tag or an entity: texts are measured and cut as a person reads them, then each piece is marked
up by itself.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from backbot.model import Citation, Passage, Reply

MAX_UNITS = 4096
"""UTF-16 units that one message may have after its markup is parsed."""
MAX_BUTTON_CHARS = 60
"""Telegram sets no limit, but longer ones are cut by phones without a mark."""

Tag = Literal["b", "quote"]
_TAGS: dict[Tag, tuple[str, str]] = {
    "b": ("<b>", "</b>"),
    "quote": ("<blockquote expandable>", "</blockquote>"),
}
_BOLD = re.compile(r"\*\*(?=\S)([^\n]+?)(?<=\S)\*\*")
_BULLET = re.compile(r"^([ \t]*)- ", re.MULTILINE)
# What Telegram or its parsers refuse or swallow: controls but for tab and newline.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SENTENCE_END = re.compile(r"[.!?…][\"')\]”’]*\s")
_ZERO_WIDTH_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Span:
    """Markup over [start, end) of a text; spans do not overlap."""

    start: int
    end: int
    tag: Tag


@dataclass(frozen=True, slots=True)
class Rich:
    """A text as it is read, and the markup over it, in text order."""

    plain: str
    spans: tuple[Span, ...] = ()

    def html(self) -> str:
        """The text as Telegram's HTML: everything escaped, only our own tags."""
        pieces: list[str] = []
        at = 0
        for span in self.spans:
            opening, closing = _TAGS[span.tag]
            pieces.append(_escape(self.plain[at : span.start]))
            pieces.append(f"{opening}{_escape(self.plain[span.start : span.end])}{closing}")
            at = span.end
        pieces.append(_escape(self.plain[at:]))
        return "".join(pieces)

    def slice(self, start: int, end: int) -> Rich:
        """[start, end) without white space at its ends; markup across a border is cut there."""
        piece = self.plain[start:end]
        start += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
        spans = tuple(
            Span(max(span.start, start) - start, min(span.end, end) - start, span.tag)
            for span in self.spans
            if span.start < end and span.end > start
        )
        return Rich(self.plain[start:end] if start < end else "", spans if start < end else ())


def utf16_units(text: str) -> int:
    """The length that Telegram counts: characters outside the basic plane count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text without what cannot be sent: lone surrogates become �, controls go."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub("", whole.replace("\r\n", "\n"))


def literal(text: str) -> Rich:
    """A text in which nothing is markup."""
    return Rich(clean(text))


def marked(text: str) -> Rich:
    """A fixed text or an article's words: `**bold**` and `- ` at the start of a line mean it."""
    source = _BULLET.sub(r"\1• ", clean(text))
    pieces: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for match in _BOLD.finditer(source):
        before, bold = source[at : match.start()], match.group(1)
        pieces += (before, bold)
        length += len(before)
        spans.append(Span(length, length + len(bold), "b"))
        length += len(bold)
        at = match.end()
    pieces.append(source[at:])
    return Rich("".join(pieces), tuple(spans))


def wrapped(text: str, tag: Tag) -> Rich:
    """The whole text under one tag, taken literally."""
    plain = clean(text)
    return Rich(plain, (Span(0, len(plain), tag),) if plain else ())


def joined(texts: Iterable[Rich], separator: str = "\n\n") -> Rich:
    """One text after the other; empty ones are left out."""
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for text in texts:
        if not text.plain.strip():
            continue
        if pieces:
            pieces.append(separator)
            length += len(separator)
        pieces.append(text.plain)
        spans += (Span(length + s.start, length + s.end, s.tag) for s in text.spans)
        length += len(text.plain)
    return Rich("".join(pieces), tuple(spans))


def split(text: Rich, limit: int = MAX_UNITS) -> tuple[Rich, ...]:
    """Cut a text into messages of at most `limit` UTF-16 units, none of them blank.

    A cut falls between paragraphs where there is one within reach, else between lines, else
    between sentences, else between words, else between characters.

    Args:
        text: The whole text.
        limit: UTF-16 units per message, at least 2 (one character may need two).

    Returns:
        The pieces in order; their words are the text's words.
    """
    if utf16_units(text.plain) <= limit:
        whole = text.slice(0, len(text.plain))
        return (whole,) if whole.plain else ()
    pieces: list[Rich] = []
    at = 0
    while at < len(text.plain):
        cut = _cut(text.plain, at, limit)
        piece = text.slice(at, cut)
        if piece.plain:
            pieces.append(piece)
        at = cut
    return tuple(pieces)


def answer(reply: Reply) -> Rich:
    """The answer part of a reply: the words, the soft note, then the sources.

    The note stands before the sources and never inside the quote, which is shown folded.
    """
    return joined((marked(reply.answer.text), marked(reply.note), sources(reply.answer.citations)))


def sources(citations: Sequence[Citation]) -> Rich:
    """Where the quoted sentences stand, as an expandable quote.

    What several in a row are based on is said once, after the last of them.
    """
    lines: list[str] = []
    for citation, after in zip_longest(citations, citations[1:]):
        place = ", ".join(part for part in (citation.title, citation.section) if part)
        lines.append(f"[{citation.n}] Source: {place} ({citation.review})")
        if citation.sources and (after is None or after.sources != citation.sources):
            lines.append(f"Based on: {'; '.join(citation.sources)}")
    return wrapped("\n".join(lines), "quote")


def passage_text(passage: Passage) -> str:
    """A whole passage, for reading: sentences run on, items and steps on their own lines."""
    blocks: dict[int, list[str]] = {}
    last: dict[int, str] = {}
    for unit in passage.units:
        lines = blocks.setdefault(unit.block, [])
        text = " ".join(unit.text.split())
        if unit.kind == "item":
            lines.append(f"• {text}")
        elif unit.kind == "step":
            number = sum(1 for line in lines if line[:1].isdigit()) + 1
            lines.append(f"{number}. {text}")
        elif lines and last.get(unit.block) == "sentence":
            lines[-1] = f"{lines[-1]} {text}"
        else:
            lines.append(text)
        last[unit.block] = unit.kind
    return "\n".join("\n".join(lines) for lines in blocks.values())


def button_text(text: str) -> str:
    """A button's words, on one line and short enough for a phone."""
    line = " ".join(clean(text).split())
    return line if len(line) <= MAX_BUTTON_CHARS else f"{line[: MAX_BUTTON_CHARS - 1].rstrip()}…"


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _cut(plain: str, start: int, limit: int) -> int:
    """Where the message that begins at `start` ends."""
    end = _reach(plain, start, limit)
    if end == len(plain):
        return end
    window = plain[start:end]
    for mark in ("\n\n", "\n"):
        at = window.rfind(mark)
        if window[: max(at, 0)].strip():
            return start + at + len(mark)
    ends = [match.end() for match in _SENTENCE_END.finditer(window)]
    if ends:
        return start + ends[-1]
    space = window.rfind(" ")
    if window[: max(space, 0)].strip():
        return start + space + 1
    while end > start + 1 and _continues(plain, end):
        end -= 1
    # a pile of marks longer than a message is cut anywhere
    return end if end > start + 1 else _reach(plain, start, limit)


def _reach(plain: str, start: int, limit: int) -> int:
    """The furthest end such that [start, end) fits; always at least one character on."""
    units, end = 0, start
    while end < len(plain):
        units += 2 if plain[end] > "\uffff" else 1
        if units > limit and end > start:
            break
        end += 1
    return end


def _continues(plain: str, at: int) -> bool:
    """Whether a cut at `at` would tear one visible character (an accent, a joined emoji)."""
    here, before = plain[at], plain[at - 1]
    return (
        bool(unicodedata.combining(here))
        or unicodedata.category(here) in {"Mn", "Me", "Sk"}
        or _ZERO_WIDTH_JOINER in {here, before}
    )
