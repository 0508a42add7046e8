"""Plain text, as pasted from a page or typed: lines to blocks. Pure."""

from __future__ import annotations

import itertools
import re
import statistics
from dataclasses import replace

from backbot.importing.blocks import RawBlock
from backbot.importing.drawn import (
    HEAD,
    ROW,
    Drawing,
    headed_box,
    taken_out,
    unquoted,
    with_headings,
    with_leaders,
)

_MARK = re.compile(
    r"^(?!\(c\) .*\b(?:19|20)\d\d\b)"
    r"(?P<mark>[•◦▪▫●○■□◆◇❖★☐☑✗→⇒➔‣⁃∙·–—*+»›✓✔➢➤►▶\uf0b7\uf0a7\uf0d8-]|o(?=\s{2})"
    r"|\(?\d{1,2}[.)](?=\s)|\(?(?:[a-h]|[ivx]{1,4})[.)](?=\s))\s*(?=\S)"
)
_BARE_O = re.compile(r"^[ \t]*o[ \t]+(?=\w)", re.MULTILINE)  # a hollow bullet, as Word copies it
# A list's mark with a tab behind it, as office programs copy it; more tabs make a row of a table.
_TABBED = re.compile(
    r"^(?P<mark>[ \t]*(?:[•◦▪▫●○■□‣⁃·–—*✓✔➢\uf0b7\uf0a7\uf0d8-]|\(?(?:\d{1,2}|[a-h])[.)]))"
    r"[ ]*\t[ \t]*(?=[^\t\n]+$)",
    re.MULTILINE,
)
# A mark on a line of its own, as some programs copy it out of a PDF.
_LONE_MARK = re.compile(r"^([ \t]*[•◦▪●○■‣⁃\uf0b7\uf0a7])[ \t]*\n(?=[ \t]*\w)", re.MULTILINE)
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
_COLUMNS = re.compile(r"[^\s.!?:;,] {2,}(?=\S)|[.!?:;,] {3,}(?=\S)")
_LEFT_WORDS = 4
_INSET = 6  # blanks: so much further in stands what goes on with a cell of a later column
_FULL_ROWS = 0.6
_GUTTER = 3
_PART = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?\s+[A-Z]|[QA][.:)]\s+[A-Z]")
_SLACK = 12
_BOX_SLACK = 3
_MOSTLY_FULL = 0.75
_NARROW = range(22, 45)
_NARROW_LINES = 8
# "anti-inflammatory", "long-lasting": a hyphen at a line's end that is the word's own.
_OWN_HYPHEN = re.compile(
    r"\b(?:anti|non|self|long|short|low|medium|high|well|full|half|mid|two|three|four|five|six)-$",
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
    text = _LONE_MARK.sub(r"\1 ", untabbed(text))
    lines, numbers = _single_spaced(unquoted(text.split("\n")))
    rest, drawings = taken_out(lines)
    blocks = _read_open(rest)
    for drawing in drawings:
        blocks.extend(_read_drawing(drawing))
    blocks.sort(key=lambda block: block.line)
    blocks = [replace(block, line=numbers[block.line - 1]) for block in blocks]
    return _with_items(blocks)


def untabbed(text: str) -> str:
    """A text with blanks in place of the tabs behind its list marks."""
    return _TABBED.sub(r"\g<mark> ", text)


def _read_open(lines: list[str]) -> list[RawBlock]:
    """The blocks of lines that stand in no box."""
    lines = with_headings(_with_columns(with_leaders(lines)))
    starts = _indented(lines)
    sizes = [len(line.rstrip()) for line in lines]
    lines = [re.sub(r"[ \t]+", _space, line).strip() for line in lines]
    lines = _with_headers(_with_tables(lines))
    split = _is_split(lines)
    width, slack = (0, 0) if split else _wrapped_at(lines, sizes)
    if width:
        return _join_wrapped(lines, sizes, width, starts, slack=slack)
    lines = _join_split(lines) if split else _join_parts(lines)
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
    return [block for block in blocks if block.text]


def _read_drawing(drawing: Drawing) -> list[RawBlock]:
    """The blocks of a box or a table."""
    if drawing.kind == "grid":
        rows = [line.split("\t") for line in drawing.lines]
        told = labelled(rows, headed=drawing.headed)
        numbers = drawing.numbers[len(rows) - len(told) :]
        blocks = [
            RawBlock(table_row(filled(row)), number, "table")
            for row, number in zip(told, numbers, strict=True)
            if any(row)
        ]
    else:
        lines = with_headings(headed_box(drawing.lines))
        bare = [re.sub(r"\s+", " ", line).strip() for line in lines]
        if drawing.kind == "box" and any(_goes_on(*pair) for pair in itertools.pairwise(bare)):
            lines = bare
            width = max(map(len, lines))
            sizes = list(map(len, lines))
            blocks = _join_wrapped(lines, sizes, width, frozenset(), slack=_BOX_SLACK)
        else:
            blocks = _read_open(lines)
        blocks = [replace(block, line=drawing.numbers[block.line - 1]) for block in blocks]
    return [replace(block, gap=block.gap or n == 0) for n, block in enumerate(blocks)]


def _single_spaced(lines: list[str]) -> tuple[list[str], list[int]]:
    """The lines of a text that was wrapped and then double-spaced, without the blank ones between.

    Returns:
        The lines, and where each stood, from 1.
    """
    numbers = list(range(1, len(lines) + 1))
    full = [at for at, line in enumerate(lines) if line.strip()]
    apart = [low - high for high, low in itertools.pairwise(full)]
    goes_on = sum(
        low - high == 2  # noqa: PLR2004
        and len(lines[high].strip()) >= _LONG_LINE
        and not lines[high].rstrip().endswith((".", "!", "?", ":"))
        and lines[low].lstrip()[0].islower()
        for high, low in itertools.pairwise(full)
    )
    if goes_on < _MIN_ROWS or 1 in apart or not any(step > 2 for step in apart):  # noqa: PLR2004
        return lines, numbers
    kept = [
        at
        for at, line in enumerate(lines)
        if line.strip() or at == 0 or not (lines[at - 1].strip() and _full_below(lines, at))
    ]
    return [lines[at] for at in kept], [numbers[at] for at in kept]


def _full_below(lines: list[str], at: int) -> bool:
    return at + 1 < len(lines) and bool(lines[at + 1].strip())


def _indented(lines: list[str]) -> frozenset[int]:
    """The lines, from 0, that begin a paragraph by standing further in than those around."""
    inset = [len(line) - len(line.lstrip()) if line.strip() else -1 for line in lines]
    found = set()
    listed = False
    for at in range(1, len(lines) - 1):
        listed = inset[at] >= 0 and (listed or bool(_MARK.match(lines[at].strip())))
        deeper = inset[at] > inset[at - 1] + 1 and inset[at] > inset[at + 1] + 1
        if deeper and not listed and inset[at - 1] >= 0 and inset[at + 1] >= 0:
            found.add(at)
    return frozenset(found)


def _join_parts(lines: list[str]) -> list[str]:
    """Single paragraphs that were wrapped, in a text that was not, on one line again."""
    result = list(lines)
    at = 0
    while at < len(lines):
        stop = at + 1
        while stop < len(lines) and lines[stop] and not _stands_alone(lines[stop]):
            stop += 1
        if (
            lines[at]
            and not lines[at].startswith((HEAD, ROW))
            and _is_wrapped_part(lines[at:stop])
        ):
            result[at:stop] = [join_lines(lines[at:stop]), *[_JOINED] * (stop - at - 1)]
        at = stop
    return result


def _stands_alone(line: str) -> bool:
    return line.startswith((HEAD, ROW)) or "\t" in line or bool(_MARK.match(line))


def _is_wrapped_part(lines: list[str]) -> bool:
    """Whether each line of a paragraph was full, and most go on in the next."""
    width = max(map(len, lines))
    if (
        len(lines) < _MIN_ROWS
        or width not in _HARD_WRAP
        or not lines[-1].endswith((".", "!", "?", ":"))
    ):
        return False
    pairs = list(itertools.pairwise(lines))
    full = all(len(line) + 1 + len(after.split(" ")[0]) > width for line, after in pairs)
    return full and 2 * sum(_goes_on(*pair) for pair in pairs) >= len(pairs)


def _goes_on(line: str, after: str) -> bool:
    return not line.endswith((".", "!", "?", ":")) and after[:1].islower()


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
    if line.startswith(HEAD):
        return RawBlock(_TAG.sub("", line[2:]).strip(), number, "heading", int(line[1]), gap=gap)
    if line.startswith(ROW):
        return RawBlock(line[1:], number, "table", gap=gap)
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
    figures = [
        sum(n < len(row) and bool(re.search(r"\d", row[n])) for row in body)
        for n in range(len(head))
    ]
    # with capitals in each cell, most rows are enough: "as long as you like" may stand in one
    capitals = len(body) > 2 and all(cell[0].isupper() for cell in head)  # noqa: PLR2004
    return any(2 * n > len(body) if capitals else n == len(body) for n in figures)


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
        cells = [[cell.strip() for cell in lines[at].strip("| ").split("|")] for at in rows]
        rules = [not any(cell.strip("-:=+ ") for cell in row) for row in cells]
        told = [row for row, rule in zip(cells, rules, strict=True) if not rule]
        if len(told) > 1 and rules[1]:  # a rule below the first row makes it the header
            told = labelled(told, headed=True)
        at_row = [at for at, rule in zip(rows, rules, strict=True) if not rule][-len(told) :]
        for at in rows:
            result[at] = ""
        for at, row in zip(at_row, told, strict=True):
            result[at] = f"{ROW}{table_row(filled(row))}" if rules[1] else "\t".join(row)
    return result


def _with_columns(lines: list[str]) -> list[str]:
    """Cells that blanks put under each other as rows of a table."""
    result = list(lines)
    at = 0
    while at < len(lines):
        stop = at
        while stop < len(lines) and _in_columns(lines, at, stop):
            stop += 1
        rows = _rows_of(lines[at:stop]) if stop - at >= _MIN_ROWS else []
        if rows:
            result[at:stop] = [""] * (stop - at)
        for n, cells in rows:
            result[at + n] = f"{ROW}{table_row(filled(cells))}"
        at = max(stop, at + 1)
    return result


def _in_columns(lines: list[str], start: int, at: int) -> bool:
    """Whether a line goes on with the columns that begin at `start`."""
    line = lines[at].rstrip()
    mark = _MARK.match(line.lstrip())
    inset = len(line) - len(line.lstrip())
    if line.startswith(HEAD) or not line.strip() or "\t" in line:
        return False
    if _COLUMNS.search(line.lstrip()[mark.end() if mark else 0 :]):
        return True
    if at == start:
        return False
    first = lines[start]
    deeper = inset > len(first) - len(first.lstrip()) + _INSET
    gap = _COLUMNS.search(first.rstrip(), len(first) - len(first.lstrip()))
    # the end of a first cell that was wrapped
    left = line.lstrip()[0].islower() and gap is not None and len(line) < gap.end()
    return deeper or left or bool(re.fullmatch(r"[\s=─-]+", line))


def _rows_of(lines: list[str]) -> list[tuple[int, list[str]]]:
    """The cells of each row with the line on which it begins; none where they form no columns."""
    rules = [bool(re.fullmatch(r"[\s=─-]+", line)) for line in lines]
    texts = [line for line, rule in zip(lines, rules, strict=True) if not rule]
    if len(texts) < _MIN_ROWS:
        return []
    width = max(map(len, texts))
    clear = "".join(
        " " if all(n >= len(line) or line[n] == " " for line in texts) else "x"
        for n in range(width)
    )
    places = [(found.start(), found.end()) for found in re.finditer(r"x+(?: x+)*", clear)]
    gutters = [low[0] - high[1] for high, low in itertools.pairwise(places)]
    if min(gutters, default=0) < _GUTTER and len(texts) == _MIN_ROWS and not any(rules):
        return []  # in three lines, two blanks may stand under each other by chance
    rows: list[tuple[int, list[str]]] = []
    for n, line in enumerate(lines):
        cells = [line[start:end].strip() for start, end in places]
        if rules[n]:
            continue
        alone = sum(map(bool, cells)) == 1 and cells[0][:1].islower()
        if rows and (not cells[0] or alone):
            above = rows[-1][1]
            rows[-1] = (
                rows[-1][0],
                [f"{a} {b}".strip() for a, b in zip(above, cells, strict=True)],
            )
        else:
            rows.append((n, cells))
    left = [cells[0] for _, cells in rows]
    most = _LEFT_WORDS if len(places) == 2 else 2 * _LEFT_WORDS  # noqa: PLR2004
    first = slice(*places[0]) if places else slice(0)
    short = all(len(line[first].split()) <= most for line in texts)
    full = sum(sum(map(bool, cells)) > 1 for _, cells in rows) >= _FULL_ROWS * len(rows)
    marks = all(_MARK.match(f"{cell} x") for cell in left)
    if len(places) < 2 or len(rows) < _MIN_ROWS or not short or not full or marks:  # noqa: PLR2004
        return []
    told = labelled([cells for _, cells in rows], headed=rules[1] if len(rules) > 1 else False)
    return [(n, cells) for (n, _), cells in zip(rows[len(rows) - len(told) :], told, strict=True)]


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
        if not line or at == home or not above or above.startswith((HEAD, ROW)):
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


def _wrapped_at(lines: list[str], sizes: list[int]) -> tuple[int, int]:
    """The width at which most long lines end in the middle of a sentence, and how ragged they are.

    Args:
        lines: Without blanks around them.
        sizes: The length of each with the blanks before it.

    Returns:
        The width, 0 where none was found, and how much room a full line may leave.
    """
    long = [
        (line, after)
        for line, after in itertools.pairwise(lines)
        if line and after and len(line) >= _HARD_WRAP.start
    ]
    widths = [len(line) for line, _ in long]
    if len(widths) < 2 or max(map(len, lines)) > 1.6 * _HARD_WRAP.stop:  # noqa: PLR2004
        return _narrow_width(lines, sizes)
    middle = statistics.median(widths)
    broken = sum(_goes_on(*pair) for pair in long)
    # Two or three such lines may be chance; then nearly all must be broken.
    enough = 0.4 if len(long) > 3 else 0.6  # noqa: PLR2004
    if middle not in _HARD_WRAP or broken <= enough * len(long):
        return _narrow_width(lines, sizes)
    width = max(len(line) for line in lines if len(line) <= _HARD_WRAP.stop)
    return width, _slack(lines, sizes, width)


def _slack(lines: list[str], sizes: list[int], width: int) -> int:
    """How much room was left at most where the next word would have fitted."""
    rooms = [
        width - sizes[at] - 1 - len(after.split(" ")[0])
        for at, (line, after) in enumerate(itertools.pairwise(lines))
        if line and after and _goes_on(line, after)
    ]
    return min(max(*rooms, 0) + 2, _SLACK) if len(rooms) > _MIN_ROWS else _SLACK


def _narrow_width(lines: list[str], sizes: list[int]) -> tuple[int, int]:
    """The same for the width of a telephone: there, hardly any line had room for one more word."""
    pairs = [
        at
        for at, (line, after) in enumerate(itertools.pairwise(lines))
        if line and after and not _MARK.match(after)
    ]
    broken = [at for at in pairs if _goes_on(lines[at], lines[at + 1])]
    if len(broken) < max(_NARROW_LINES, 0.5 * len(pairs)):
        return 0, 0
    width = max(sizes[at] for at in broken)
    full = sum(sizes[at] + 1 + len(lines[at + 1].split(" ")[0]) > width for at in broken)
    if width not in _NARROW or full < _MOSTLY_FULL * len(broken):
        return 0, 0
    return width, _BOX_SLACK


def _join_wrapped(
    lines: list[str], sizes: list[int], width: int, starts: frozenset[int], *, slack: int
) -> list[RawBlock]:
    """Join lines up to a blank line, a list mark, or a line too short to have been wrapped.

    Args:
        lines: Without blanks around them.
        sizes: The length of each with the blanks before it.
        width: At which they were wrapped.
        starts: The lines, from 0, that begin something.
        slack: How much room a line may leave.
    """
    blocks: list[RawBlock] = []
    parts: list[str] = []
    start = 0
    gap = gap_before = False
    for number, line in enumerate([*lines, ""], 1):
        row = "\t" in line or bool(parts and "\t" in parts[-1])
        made = line.startswith((HEAD, ROW)) or bool(parts and parts[-1].startswith((HEAD, ROW)))
        fresh = not line or row or made or _MARK.match(line) or not parts or number - 1 in starts
        fresh = fresh or _breaks(width - sizes[number - 2], line, slack) or _begins(line)
        if parts and line and parts[-1].isupper() and not made:
            # Capitals go on in capitals: a heading of two lines.
            fresh = not (line.isupper() and len(parts[-1].split()) > _PHRASE_WORDS)
        if fresh and parts:
            blocks.append(block_of(join_lines(parts), start, gap=gap_before))
            parts = []
        if line:
            if not parts:
                start, gap_before = number, gap
            parts.append(line)
        gap = not line
    return [block for block in blocks if block.text]


def _begins(line: str) -> bool:
    """Whether it bears the number of a part, such as 1.2, or the mark of a question or answer."""
    return bool(_PART.match(line))


def _breaks(room: int, line: str, slack: int) -> bool:
    """Whether a line starts something new: its first word had room at the end of the one above."""
    letter = next((char for char in line if char.isalpha()), "A")
    return room > len(line.split(" ", maxsplit=1)[0]) + slack and not letter.islower()


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
