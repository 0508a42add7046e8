"""An article as its checks read it: sentences without markup, and the lines they stand in."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import yaml

from backbot.corpus.issue import Place
from backbot.corpus.markdown import Block, is_picture, parse_blocks, plain_text
from backbot.corpus.sentences import split_sentences
from backbot.model import Article

Kind = Literal["sentence", "item", "row"]

_TABLE_RULE = re.compile(r"[\s|:-]+")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, list item or table row.

    Attributes:
        text: Without markup, on one line.
        place: Where it begins.
        section: The headings above it, joined by " > ", the title left out.
        kind: What it is.
        block: Number of its paragraph, list or table in the article.
        lead_in: Of an item: the sentence before the list, where that ends with a colon.
    """

    text: str
    place: Place
    section: str
    kind: Kind
    block: int
    lead_in: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """One article, ready to be checked.

    Attributes:
        article: The article.
        blocks: Of its body.
        sentences: In reading order.
        first_line: Line of the file in which the body begins.
        field_lines: Field of the front matter → its line, then those of its entries.
    """

    article: Article
    blocks: tuple[Block, ...]
    sentences: tuple[Sentence, ...]
    first_line: int
    field_lines: dict[str, tuple[int, ...]]

    @property
    def file(self) -> str:
        """The article's file name."""
        return self.article.path.name

    @property
    def english(self) -> bool:
        """Whether checks that know English words can read it."""
        return self.article.meta.language.casefold().partition("-")[0] == "en"

    def place(self, offset: int) -> Place:
        """Where a character of the body stands."""
        return Place(self.file, self.first_line + self.article.body.count("\n", 0, offset))

    def field(self, name: str, entry: int | None = None) -> Place:
        """Where a field of the front matter stands, or its entry of that number from 0.

        The first line where the field is missing.
        """
        lines = self.field_lines.get(name, (1,))
        n = 0 if entry is None else entry + 1
        return Place(self.file, lines[n] if n < len(lines) else lines[0])


def read_prose(article: Article, text: str) -> Prose:
    """Prepare an article.

    Args:
        article: As `read_article` or `parse_front_matter` gave it.
        text: The whole file it was made from, for the line numbers; "" where there is none.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front = text[: len(text) - len(article.body)] if text.endswith(article.body) else ""
    blocks = parse_blocks(article.body)
    first_line = front.count("\n") + 1
    sentences = tuple(_sentences(article, blocks, first_line))
    return Prose(article, blocks, sentences, first_line, front_matter_lines(front))


def front_matter_lines(text: str) -> dict[str, tuple[int, ...]]:
    """Each field's line in the file, then the lines of its entries where it is a list.

    Args:
        text: A file that begins with front matter, or the front matter alone.
    """
    fenced = re.match(r"\ufeff?---[ \t]*\n((?:.*\n)*?)---", text)
    try:
        node = yaml.compose(fenced[1], Loader=_LOADER) if fenced else None
    except (yaml.YAMLError, RecursionError):
        return {}
    if not isinstance(node, yaml.MappingNode):
        return {}
    # One more for the opening fence, one because marks count from 0.
    lines: dict[str, tuple[int, ...]] = {}
    for key, value in node.value:
        entries = value.value if isinstance(value, yaml.SequenceNode) else ()
        marks = (key.start_mark, *(entry.start_mark for entry in entries))
        lines[str(key.value)] = tuple(mark.line + 2 for mark in marks)
    return lines


def _sentences(article: Article, blocks: tuple[Block, ...], first_line: int) -> Iterator[Sentence]:
    body, name = article.body, article.path.name
    ends = [n for n, char in enumerate(body) if char == "\n"]
    path: list[tuple[int, str]] = []
    lead_in = ""
    for number, block in enumerate(blocks):
        if block.kind == "heading":
            path = [entry for entry in path if entry[0] < block.level]
            if block.title and block.title.casefold() != article.meta.title.casefold():
                path.append((block.level, block.title))
        last = ""
        for start, end, kind in _spans(body, block):
            last = plain_text(body[start:end])
            if kind == "row":
                last = " ".join(last.replace("|", " ").split())
            place = Place(name, first_line + bisect_left(ends, start))
            section = " > ".join(title for _, title in path)
            before = lead_in if kind == "item" else ""
            if last:
                yield Sentence(last, place, section, kind, number, before)
        lead_in = last if last.endswith(":") and block.kind == "paragraph" else ""


def _spans(body: str, block: Block) -> Iterator[tuple[int, int, Kind]]:
    """Where the sentences, items and rows of a block stand."""
    if block.kind == "paragraph":
        for start, end in split_sentences(body[block.start : block.end]):
            yield block.start + start, block.start + end, "sentence"
    for item in block.items:
        if is_picture(body[item.start : item.end]):
            continue
        for start, end in split_sentences(body[item.start : item.end]):
            yield item.start + start, item.start + end, "item"
    if block.kind == "table":
        for row in re.finditer(r"\S[^\n]*", body[block.start : block.end]):
            if not _TABLE_RULE.fullmatch(row.group()):
                yield block.start + row.start(), block.start + row.end(), "row"
