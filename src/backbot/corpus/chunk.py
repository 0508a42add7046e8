"""Article → Passages with exact character spans; pure.

A passage is a run of whole blocks under one heading, small enough for the encoder.

| what stands there | what becomes of it |
|---|---|
| a section within 1.5 × `target_words` and the limit | one passage |
| a longer section | cut between paragraphs, as near to `target_words` as possible |
| a paragraph that ends with a colon, and its list | stay together while they fit |
| a block over the limit | cut between sentences, items or rows |
| a sentence over the limit | cut between words, rather at a comma: the one case where a unit is less than a sentence. The rest of it would be beyond what the encoder reads, so nobody could find it; `corpus check` warns |
| a picture | no unit; inside a passage its markup stays in the passage's text |
| a rule, a comment, bare tags | never in a passage: passages end before and begin after |
| a table, a code block | one unit each |

The limit is `max_tokens`, or less where title and section need more than their share of
the encoder's window.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from backbot.corpus.markdown import Block, is_picture, parse_blocks
from backbot.corpus.sentences import split_sentences
from backbot.model import Article, Passage, Unit, UnitKind

CountTokens = Callable[[str], int]
_Units = tuple[Unit, ...]

_SMALL_SECTION = 1.5
_LEAST_LIMIT = 16
_GOOD_CUT = re.compile(r"[,;:)–—]$")


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """How passages are cut.

    Attributes:
        max_tokens: Of a passage's own text, special tokens included.
        target_words: How long a passage of a long section should be.
        window_tokens: What the encoder reads at most, title and section included.
    """

    max_tokens: int = 200
    target_words: int = 90
    window_tokens: int = 256

    def __post_init__(self) -> None:
        """Refuse settings that cannot work."""
        if min(self.max_tokens, self.target_words, self.window_tokens) < _LEAST_LIMIT:
            raise ValueError(f"chunk options must be at least {_LEAST_LIMIT}: {self}")


def contextual_text(title: str, section: str, text: str) -> str:
    """What a passage is ranked by: "title > section", then its text on a new line."""
    return f"{title} > {section}\n{text}" if section else f"{title}\n{text}"


def chunk_article(
    article: Article, count_tokens: CountTokens, options: ChunkOptions
) -> tuple[Passage, ...]:
    """Cut an article into passages.

    Args:
        article: Its body as `read_article` gives it.
        count_tokens: Tokens of a text as the encoder counts them, special ones included.
        options: Sizes.

    Returns:
        Passages in reading order; none where the article has headings only. Spans point
        into `article.body`; passages do not overlap.
    """
    passages: list[Passage] = []
    for section, blocks in _sections(article):
        limit = _limit(article.meta.title, section, count_tokens, options)
        cutter = _Cutter(article.body, count_tokens, limit, options.target_words)
        for units in cutter.cut(blocks):
            start, end = _with_mark(article.body, units[0].start, units[0].kind), units[-1].end
            first_block = units[0].block
            passages.append(
                Passage(
                    passage_id=f"{article.meta.slug}#{len(passages)}",
                    article=article.meta.slug,
                    section=section,
                    text=article.body[start:end],
                    start=start,
                    end=end,
                    units=tuple(replace(unit, block=unit.block - first_block) for unit in units),
                )
            )
    return tuple(passages)


def _with_mark(body: str, start: int, kind: UnitKind) -> int:
    """Where a passage begins whose first unit begins at `start`: a list mark is part of it."""
    if kind == "sentence":
        return start
    line = body.rfind("\n", 0, start) + 1
    mark = re.search(r"\S+[ \t]+(?:\[[ xX]\][ \t]+)?$", body[line:start])
    return line + mark.start() if mark else start


def _limit(title: str, section: str, count_tokens: CountTokens, options: ChunkOptions) -> int:
    prefix = count_tokens(contextual_text(title, section, ""))
    return max(_LEAST_LIMIT, min(options.max_tokens, options.window_tokens - prefix))


def _sections(article: Article) -> Iterator[tuple[str, list[Block]]]:
    """The heading path below the title and the blocks under it, section by section."""
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    for block in parse_blocks(article.body):
        if block.kind != "heading":
            blocks.append(block)
            continue
        if blocks:
            yield " > ".join(title for _, title in path), blocks
        blocks = []
        path = [entry for entry in path if entry[0] < block.level]
        is_title = block.level == 1 and block.title.casefold() == article.meta.title.casefold()
        if block.title and not is_title:
            path.append((block.level, block.title))
    if blocks:
        yield " > ".join(title for _, title in path), blocks


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts the blocks of one section."""

    body: str
    count_tokens: CountTokens
    limit: int
    target_words: int

    def cut(self, blocks: Sequence[Block]) -> Iterator[_Units]:
        """The units of each passage."""
        for run in _runs(blocks):
            units = self._units(run)
            if not units:
                continue
            words = self._words(units)
            if words <= _SMALL_SECTION * self.target_words and self._fits(units):
                yield units
            else:
                yield from self._pack(self._atoms(self._units(run, cut=True)))

    def _fits(self, units: _Units) -> bool:
        return self._span_fits(_with_mark(self.body, units[0].start, units[0].kind), units[-1].end)

    def _span_fits(self, start: int, end: int) -> bool:
        return self.count_tokens(self.body[start:end]) <= self.limit

    def _words(self, units: _Units) -> int:
        return len(self.body[units[0].start : units[-1].end].split())

    def _units(self, blocks: Sequence[Block], *, cut: bool = False) -> _Units:
        """The units of some blocks; with `cut`, none of them over the limit."""
        found: list[Unit] = []
        for number, block in enumerate(blocks):
            before_list = number + 1 < len(blocks) and blocks[number + 1].kind == "list"
            found.extend(self._units_of(block, number, before_list=before_list, cut=cut))
        return tuple(found)

    def _units_of(
        self, block: Block, number: int, *, before_list: bool, cut: bool
    ) -> Iterator[Unit]:
        spans: list[tuple[int, int, UnitKind, bool]] = []
        if block.kind == "list":
            spans = self._item_spans(block)
        elif block.kind == "paragraph":
            spans = [
                (block.start + start, block.start + end, "sentence", False)
                for start, end in split_sentences(self.body[block.start : block.end])
            ]
            start, end, kind, _ = spans[-1]
            spans[-1] = (start, end, kind, before_list and self._ends_with_colon(start, end))
        elif block.kind in ("table", "code"):
            spans = [(block.start, block.end, "sentence", False)]
        if cut:
            spans = [piece for span in spans for piece in self._within_limit(*span, block)]
        for start, end, kind, lead_in in spans:
            yield Unit(self.body[start:end], start, end, kind, number, lead_in)

    def _item_spans(self, block: Block) -> list[tuple[int, int, UnitKind, bool]]:
        items = [item for item in block.items if not is_picture(self.body[item.start : item.end])]
        deeper = [later.indent > item.indent for item, later in pairwise(items)] + [False]
        return [
            (
                item.start,
                item.end,
                "step" if item.ordered else "item",
                nested and self._ends_with_colon(item.start, item.end),
            )
            for item, nested in zip(items, deeper, strict=True)
        ]

    def _ends_with_colon(self, start: int, end: int) -> bool:
        return self.body[start:end].rstrip("*_\"'”’) ").endswith((":", "："))

    def _within_limit(
        self,
        start: int,
        end: int,
        kind: UnitKind,
        lead_in: bool,  # noqa: FBT001 - one field of the span that is passed on
        block: Block,
    ) -> Iterator[tuple[int, int, UnitKind, bool]]:
        """The span, or its rows, sentences or words where it is over the limit."""
        shown = _with_mark(self.body, start, kind)
        if self._span_fits(shown, end):
            yield start, end, kind, lead_in
            return
        text = self.body[start:end]
        parts = _line_spans(text) if block.kind in ("table", "code") else split_sentences(text)
        pieces = [
            piece
            for part_start, part_end in parts
            for piece in self._cut_words(
                start + part_start, start + part_end, shown if part_start == 0 else None
            )
        ]
        for n, (piece_start, piece_end) in enumerate(pieces):
            last = n == len(pieces) - 1
            yield piece_start, piece_end, kind if n == 0 else "sentence", lead_in and last

    def _cut_words(self, start: int, end: int, shown: int | None) -> Iterator[tuple[int, int]]:
        """The span in pieces within the limit; `shown` is where the first one's mark begins."""
        begin = start if shown is None else shown
        while not self._span_fits(begin, end):
            cut = self._cut_point(begin, start, end)
            yield start, cut
            rest = self.body[cut:end]
            begin = start = cut + len(rest) - len(rest.lstrip())
        yield start, end

    def _cut_point(self, begin: int, start: int, end: int) -> int:
        """Where the first piece ends: after a word, rather at a comma; in it if need be."""
        ends = [start + word.end() for word in re.finditer(r"\S+", self.body[start:end])]
        if not self._span_fits(begin, ends[0]):
            ends = list(range(start + 1, ends[0] + 1))
        over = bisect_left(ends, 1, key=lambda e: 0 if self._span_fits(begin, e) else 1)
        fitting = max(over, 1)
        good = [e for e in ends[fitting // 2 : fitting] if _GOOD_CUT.search(self.body[e - 1 : e])]
        return good[-1] if good else ends[fitting - 1]

    def _atoms(self, units: _Units) -> list[_Units]:
        """Runs of units that stay together: paragraphs, and lists with their lead-in."""
        runs: list[list[Unit]] = []
        for unit in units:
            previous = runs[-1][-1] if runs else None
            if previous and (unit.block == previous.block or previous.lead_in):
                runs[-1].append(unit)
            else:
                runs.append([unit])
        return [atom for run in runs for atom in self._small_enough(tuple(run))]

    def _small_enough(self, units: _Units) -> Iterator[_Units]:
        if len(units) == 1 or self._fits(units):
            yield units
            return
        for finer in _finer(units):
            yield from self._small_enough(finer)

    def _pack(self, atoms: Sequence[_Units]) -> list[_Units]:
        """Join neighbouring atoms so that all passages are as near to the target as can be.

        The classical line-breaking recurrence: `best[n]` is the least sum of squared
        deviations over the first n atoms, and where the last passage among them begins.
        """
        best: list[tuple[float, int]] = [(0.0, 0)]
        for n in range(1, len(atoms) + 1):
            choices: list[tuple[float, int]] = []
            for first in range(n - 1, -1, -1):
                units = tuple(unit for atom in atoms[first:n] for unit in atom)
                if choices and not self._fits(units):
                    break
                deviation = self._words(units) - self.target_words
                choices.append((best[first][0] + deviation * deviation, first))
            best.append(min(choices))
        passages: list[_Units] = []
        n = len(atoms)
        while n:
            first = best[n][1]
            passages.append(tuple(unit for atom in atoms[first:n] for unit in atom))
            n = first
        return passages[::-1]


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks between rules and comments."""
    run: list[Block] = []
    for block in blocks:
        if block.kind == "break":
            yield run
            run = []
        else:
            run.append(block)
    yield run


def _finer(units: _Units) -> list[_Units]:
    """One step finer: first the sentences before a lead-in, then its list's items."""
    lead = next((n for n, u in enumerate(units) if u.lead_in and u.kind == "sentence"), None)
    if lead:
        return [*((unit,) for unit in units[:lead]), units[lead:]]
    if lead == 0 and len(units) > 2:  # noqa: PLR2004 - the lead-in and its first item
        return [units[:2], *((unit,) for unit in units[2:])]
    return [(unit,) for unit in units]


def _line_spans(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((line.start(), line.end()) for line in re.finditer(r"\S[^\n]*", text))
