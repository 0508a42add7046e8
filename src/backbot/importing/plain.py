"""Plain text, as pasted from a page or typed: lines to blocks. Pure."""

from __future__ import annotations

import itertools
import re
import statistics
from dataclasses import replace

from backbot.importing.blocks import RawBlock

_MARK = re.compile(
    r"^(?P<mark>[•◦▪▫●○■□‣⁃∙·–—*+»›✓✔➢➤►▶\uf0b7\uf0a7\uf0d8-]|o(?=\s{2})|\(?\d{1,2}[.)](?=\s)|\(?[a-h]\)(?=\s))\s*(?=\S)"
)
_BARE_O = re.compile(r"^[ \t]*o[ \t]+(?=\w)", re.MULTILINE)  # a hollow bullet, as Word copies it
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")
_HARD_WRAP = range(45, 121)
_PHRASE_WORDS = 3
_JOINED = "\0"  # a line that has gone into the one above it; no gap
_TAIL = re.compile(r"[,.;:!?)](?:\s|$|[.,)])")
# Words that no sentence and no heading in small letters ends with.
_OPEN_END = re.compile(
    r"(?:(?<![^\s(])(?:an?|the|of|and|or|with|by|as|from|your|their|his|its|that|which|such|than|"
    r"called|into|between|like|to|in|on|for|at|if|is|are|about)|,|\()$"
)
_FEW_CUTS = 2
_MIN_ROWS = 3
_HEAD_WORDS = 6
_COLUMNS = re.compile(r"\S(?P<gap> {3,}|\t+)(?=\S)")
_LEFT_WORDS = 4
# "anti-inflammatory", "long-lasting": a hyphen at a line's end that is the word's own.
_OWN_HYPHEN = re.compile(
    r"\b(?:anti|non|self|long|short|low|high|well|full|half|mid|two|three|four|five|six)-$",
    re.IGNORECASE,
)
_WHOLE_WORD = re.compile(r"(?!ness|ened|ening)[a-z]{4}")
_LONG_LINE = 48  # characters; shorter ones are headings and items more often than cut sentences


def read_lines(text: str) -> list[RawBlock]:
    """Cut text into blocks: a line each, lines that were wrapped at a width joined again.

    Args:
        text: With its characters already put right (`repair_text`).
    """
    if len(_BARE_O.findall(text)) > 1:
        text = _BARE_O.sub("• ", text)
    lines = _with_columns(text.split("\n"))
    lines = [re.sub(r"[ \t]+", _space, line).strip() for line in lines]
    lines = _with_headers(_with_tables(lines))
    split = _is_split(lines)
    if not split and _is_wrapped(lines):
        return _join_wrapped(lines)
    if split:
        lines = _join_split(lines)
    blocks = []
    gap = False
    held, start = "", 0
    for number, line in enumerate([*lines, ""], 1):
        if line == _JOINED:
            continue
        if held and line and _is_cut(held) and line[0].islower() and not _MARK.match(line):
            held = join_lines([held, line])
            continue
        if held:
            blocks.append(block_of(held, start, gap=gap))
        gap = not held
        held, start = line, number
    return _with_items([block for block in blocks if block.text])


def _with_items(blocks: list[RawBlock]) -> list[RawBlock]:
    """Phrases in a row that begin with a small letter are a list: copying loses its marks."""
    result = list(blocks)
    start = 0
    for at in range(len(blocks) + 1):
        if at < len(blocks) and _is_phrase(blocks[at]):
            continue
        row = range(start, at)
        start = at + 1
        led = bool(row) and row.start > 0 and blocks[row.start - 1].text.endswith(":")
        long = sum(len(blocks[n].text.split()) >= _PHRASE_WORDS for n in row)
        if len(row) > 1 - led and 2 * long > len(row):
            for n in row:
                result[n] = replace(blocks[n], mark="-")
    return result


def _is_phrase(block: RawBlock) -> bool:
    return not block.mark and block.kind is None and block.text[0].islower()


def _is_cut(line: str) -> bool:
    """Whether a line that begins a sentence is long and does not end: the next may go on."""
    begins = line[:1].isupper() or _MARK.match(line)
    return bool(begins) and len(line) >= _LONG_LINE and not line.endswith((".", "!", "?", ":"))


def block_of(line: str, number: int, *, gap: bool = False) -> RawBlock:
    """One line with its list mark taken off, tags removed, a row of a table recognised."""
    line = _TAG.sub("", line).strip()
    if "\t" in line:
        cells = [cell.strip() for cell in line.split("\t") if cell.strip()]
        if len(cells) > 1:
            return RawBlock(table_row(cells), number, "table", gap=gap)
        line = " ".join(cells)
    mark = _MARK.match(line)
    if mark is None or line.startswith(("**", "--")):
        return RawBlock(line, number, gap=gap)
    rest = line[mark.end() :].strip()
    sign = mark["mark"].strip("().") if mark["mark"][-1] in ".)" else "-"
    end = "." if sign.isdigit() else ")" if sign.isalpha() else ""
    return RawBlock(rest, number, mark=f"{sign}{end}", gap=gap)


def filled(cells: list[str]) -> list[str]:
    """A row's cells; an empty one before others becomes a dash: none changes its column."""
    last = max((n for n, cell in enumerate(cells) if cell), default=-1)
    return [cell or "–" for cell in cells[: last + 1]]


def labelled(rows: list[list[str]], *, headed: bool = False) -> list[list[str]]:
    """The rows of a table with the words of its header before each cell, the header taken out.

    A row may be quoted alone, and "25-45 degrees: Moderate" does not say of what.

    Args:
        rows: The cells of each; an empty one before others becomes a dash.
        headed: The first row is marked as a header; else it must look like one: short words
            without a figure above a column that has one in every row.
    """
    head, body = (rows[0], rows[1:]) if rows else ([], [])
    words = [cell.rstrip(" :*") for cell in head]
    fits = len(head) > 1 and body and all(len(row) <= len(head) for row in body)
    short = all(len(cell.split()) <= _HEAD_WORDS for cell in words)
    if not (fits and short and any(words) and (headed or _looks_headed(words, body))):
        return rows
    return [
        [
            f"{name}: {cell}" if name and cell else cell
            for name, cell in zip(words, row, strict=False)
        ]
        for row in map(filled, body)
    ]


def _looks_headed(head: list[str], body: list[list[str]]) -> bool:
    if len(body) < 2 or not all(head) or any(re.search(r"[\d.]", cell) for cell in head):  # noqa: PLR2004
        return False
    columns = range(len(head))
    return any(all(n < len(row) and re.search(r"\d", row[n]) for row in body) for n in columns)


def table_row(cells: list[str]) -> str:
    """One line for a row of a table: the first cell, a colon, the others."""
    if ": " in cells[0]:
        return "; ".join(cells)
    return f"{cells[0].rstrip(':')}: {'; '.join(cells[1:])}" if len(cells) > 1 else cells[0]


def _space(found: re.Match[str]) -> str:
    return "\t" if "\t" in found[0] else " "


def _with_tables(lines: list[str]) -> list[str]:
    """Cells between upright strokes as cells between tabs, where three rows have as many."""
    result = list(lines)
    full = [at for at, line in enumerate(lines) if line]
    for _, group in itertools.groupby(full, key=lambda at: lines[at].strip("| ").count("|")):
        rows = list(group)
        if len(rows) < _MIN_ROWS or "|" not in lines[rows[0]].strip("| "):
            continue
        for at in rows:
            bare = lines[at].strip("| ")
            cells = [cell.strip() for cell in bare.split("|")]
            result[at] = "" if re.fullmatch(r"[-:=+| ]+", bare) else "\t".join(cells)
    return result


def _with_columns(lines: list[str]) -> list[str]:
    """Cells that blanks put under each other as cells between tabs: three rows of two cells."""
    result = list(lines)
    places = [
        gaps[0].end() if len(gaps := list(_COLUMNS.finditer(line.rstrip()))) == 1 else 0
        for line in lines
    ]
    at = 0
    for place, group in itertools.groupby(places):
        rows = range(at, at + len(list(group)))
        at = rows.stop
        left = [lines[n][:place].split() for n in rows]
        if place and len(rows) >= _MIN_ROWS and all(len(words) <= _LEFT_WORDS for words in left):
            for n in rows:
                result[n] = f"{lines[n][:place].strip()}\t{lines[n][place:].strip()}"
    return result


def _with_headers(lines: list[str]) -> list[str]:
    """Rows of cells between tabs, each with the words of the row that looks like their header."""
    result = list(lines)
    full = [at for at, line in enumerate(lines) if line]
    for tabs, group in itertools.groupby(full, key=lambda at: lines[at].count("\t")):
        rows = list(group)
        if not tabs or len(rows) < _MIN_ROWS:
            continue
        cells = [[cell.strip() for cell in lines[at].split("\t")] for at in rows]
        told = labelled(cells)
        if len(told) < len(cells):
            result[rows[0]] = ""
            for at, row in zip(rows[1:], told, strict=True):
                result[at] = "\t".join(row)
    return result


def _is_split(lines: list[str]) -> bool:
    """Whether sentences were cut wherever a link or a bold word stood: short pieces amid them.

    Some programs write each such piece of a page on a line of its own.
    """
    cuts = tails = 0
    for above, piece, below in zip(lines, lines[1:], lines[2:], strict=False):
        short = 0 < len(piece) < _LONG_LINE and not piece.endswith((".", "!", "?", ":"))
        if not short or not above or not below or _MARK.match(piece):
            continue
        tail = bool(_TAIL.match(below))
        cut = _OPEN_END.search(above) and (below[0].islower() or tail)
        tails += tail
        cuts += bool(cut)
    return tails >= _FEW_CUTS and cuts + tails >= 2 * _FEW_CUTS


def _join_split(lines: list[str]) -> list[str]:
    """The pieces of a sentence on one line again; those that were joined leave an empty text.

    A piece goes on where it begins with a full stop or a small letter, or where the words above
    it cannot end a sentence.
    """
    result = list(lines)
    home = 0  # the line that takes the pieces
    joined = False
    for at, line in enumerate(lines):
        above = result[home]
        if not line or at == home or not above:
            home, joined = at, False
            continue
        begun = joined or above[0].isupper() or bool(_MARK.match(above))
        whole = above.endswith((".", "!", "?", ":"))
        goes_on = not whole and begun and (line[0].islower() or line[0] in "(&")
        piece = len(line) < _LONG_LINE and not _MARK.match(line)
        named = piece and _OPEN_END.search(above) and not line.endswith((":", "?"))
        if _TAIL.match(line) or goes_on or named:
            glue = "" if _TAIL.match(line) or above.endswith("(") else " "
            result[home], result[at], joined = f"{above}{glue}{line}", _JOINED, True
        else:
            home, joined = at, False
    return result


def _is_wrapped(lines: list[str]) -> bool:
    """Whether most long lines end at much the same width in the middle of a sentence."""
    long = [
        (line, after)
        for line, after in itertools.pairwise(lines)
        if line and after and len(line) >= _HARD_WRAP.start
    ]
    widths = [len(line) for line, _ in long]
    if len(widths) < 2 or max(map(len, lines)) > 1.6 * _HARD_WRAP.stop:  # noqa: PLR2004
        return False
    middle = statistics.median(widths)
    broken = sum(
        not line.endswith((".", "!", "?", ":")) and after[0].islower() for line, after in long
    )
    # Two or three such lines may be chance; then nearly all must be broken.
    enough = 0.4 if len(long) > 3 else 0.6  # noqa: PLR2004
    return middle in _HARD_WRAP and broken > enough * len(long)


def _join_wrapped(lines: list[str]) -> list[RawBlock]:
    """Join lines up to a blank line, a list mark, or a line too short to have been wrapped."""
    width = max(len(line) for line in lines if len(line) <= _HARD_WRAP.stop)
    blocks: list[RawBlock] = []
    parts: list[str] = []
    start = 0
    gap = gap_before = False
    for number, line in enumerate([*lines, ""], 1):
        row = "\t" in line or bool(parts and "\t" in parts[-1])
        fresh = not line or row or _MARK.match(line) or not parts
        fresh = fresh or _breaks(parts[-1], line, width)
        if fresh and parts:
            blocks.append(block_of(join_lines(parts), start, gap=gap_before))
            parts = []
        if line:
            if not parts:
                start, gap_before = number, gap
            parts.append(line)
        gap = not line
    return [block for block in blocks if block.text]


def _breaks(above: str, line: str, width: int) -> bool:
    """Whether a line starts something new although no blank line stands above it."""
    room = width - len(above)
    return room > len(line.split(" ", maxsplit=1)[0]) + 12 and (not line[0].islower())


def join_lines(parts: list[str]) -> str:
    """Lines of one paragraph as one line; a word that was cut at a line's end is made whole."""
    joined = parts[0]
    for part in parts[1:]:
        if re.search(r"[a-z]-$", joined) and part[:1].islower():
            own = _OWN_HYPHEN.search(joined) and _WHOLE_WORD.match(part)
            joined = joined + part if own else joined[:-1] + part
        else:
            joined = f"{joined} {part}"
    return joined
