"""PDF files: lines with their font size and place, put together to paragraphs and headings."""

from __future__ import annotations

import io
import itertools
import re
import statistics
from collections import Counter
from dataclasses import dataclass

import pypdf
from pypdf.errors import DependencyError, PyPdfError

from backbot.errors import ImportRefusedError
from backbot.importing.blocks import BlockKind, RawBlock
from backbot.importing.plain import block_of, join_lines, labelled, table_row
from backbot.importing.textfix import raised, repair_text

MAX_PAGES = 300
_MIN_LETTERS_A_PAGE = 40
_PAGE_NUMBER = re.compile(
    r"(?:page )?[-–—|\s]*\d{1,4}(?: ?(?:of|/) ?\d{1,4})?[-–—|\s]*", re.IGNORECASE
)
_HEADING_SCALE = 1.12
_MAX_HEADING_WORDS = 16
_FAR_LINES = 2.2  # sizes of type; lines of one paragraph stand closer, even with double spacing
_SAME_ROW = 2.0  # points
_COLUMN_WIDTH = 120  # points
_COLUMN_CHARS = 12
_COLUMN_ROWS = 5
_GOES_ON = 0.4
_MAX_GAP = 60  # points; a larger step is no line spacing
_SMALL = 0.85  # of the size of type before it
_BULLET = "•"
_MARK_ROOM = 4  # sizes of type between a list's mark and its text; cells stand farther off
_WORD_SPACE = 0.5  # of the size of type; no more stands between the words of a sentence
_DIGIT_WIDTH = 0.56  # of the size of type
_BARE_MARK = re.compile(r"[•◦▪▫●○■□‣⁃\uf0b7\uf0a7\uf0d8]|\d{1,2}[.)]?")
_CELL_GRID = 4.0  # points
_MIN_CELL_WIDTH = 30.0  # points
_CHAR_WIDTH = 0.4  # of the size of type, for a narrow letter
_MAX_CELL_CHARS = 300
_CELL_LINES = 5  # of type: how far above a cell's first line the next one's may stand


@dataclass(slots=True)
class _Line:
    """One line as it stands on its page; `size` and `y` in points, 0 where unknown.

    `row`: it is a whole row of a table.
    """

    text: str
    page: int
    size: float = 0.0
    y: float = 0.0
    edge: str = ""
    row: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Text as it is drawn at once: its size and its place in points from the lower left."""

    text: str
    size: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PdfData:
    """What a PDF holds.

    Attributes:
        blocks: In reading order; `line` is the page.
        title: From its properties, "" where it has none worth having.
        author: The same.
        pictures: How many pictures its pages show.
        silent: Numbers of the pages that show a picture and hold hardly any text.
    """

    blocks: tuple[RawBlock, ...]
    title: str
    author: str
    pictures: int
    silent: tuple[int, ...] = ()


def read_pdf(data: bytes) -> PdfData:
    """Cut a PDF into blocks.

    Raises:
        ImportRefusedError: It is damaged, has a password, has too many pages or no text.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ImportRefusedError("it is protected by a password; save a copy without one")
        pages = len(reader.pages)
        if pages > MAX_PAGES:
            raise ImportRefusedError(f"it has {pages} pages, the limit is {MAX_PAGES}; split it")
        lines = [
            line for number, page in enumerate(reader.pages, 1) for line in _lines(page, number)
        ]
        shown = [_pictures(page) for page in reader.pages]
        info = reader.metadata
        title, author = (str(info.title or ""), str(info.author or "")) if info else ("", "")
    except DependencyError as error:
        raise ImportRefusedError("it is encrypted; save a copy without a password") from error
    except (
        PyPdfError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        AssertionError,
    ) as error:
        # pypdf lets through whatever a broken file makes its own code trip over.
        raise ImportRefusedError(
            "it is damaged and cannot be read as a PDF; open it in its own program and save it "
            "anew"
        ) from error
    letters = sum(char.isalpha() for line in lines for char in line.text)
    if letters < _MIN_LETTERS_A_PAGE * min(pages, 3):
        raise ImportRefusedError(
            "it holds hardly any text: it seems to be scanned. "
            "Run text recognition (OCR) on it first"
        )
    silent = tuple(
        number
        for number, count in enumerate(shown, 1)
        if count and _letters(lines, number) < _MIN_LETTERS_A_PAGE
    )
    _mark_edges(lines, pages)
    return PdfData(tuple(_blocks(lines)), worthy(title), worthy(author), sum(shown), silent)


def _letters(lines: list[_Line], page: int) -> int:
    return sum(char.isalpha() for line in lines if line.page == page for char in line.text)


def _lines(page: pypdf.PageObject, number: int) -> list[_Line]:
    """The lines of a page in pypdf's order, with size and height found again by their text."""
    pieces: list[tuple[str, float, float]] = []
    placed: list[_Piece] = []

    def note(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            scale = (abs(tm[3]) or abs(tm[1]) or 1.0) * (abs(cm[3]) or abs(cm[1]) or 1.0)
            y = tm[5] * cm[3] + cm[5]
            pieces.append((_plain(text), size * scale, y))
            placed.append(_Piece(text.strip(), size * scale, tm[4] * cm[0] + cm[4], y))

    text = page.extract_text(visitor_text=note)
    if boundary := _boundary(placed):
        ordered = _by_column(placed, boundary)
        return [_Line(repair_text(p.text).strip(), number, p.size, p.y) for p in ordered]
    lines = [_Line(_repaired(line), number) for line in text.splitlines()]
    lines = [line for line in lines if line.text]
    _dot_numbers(lines, placed)
    at = 0
    for piece, size, y in pieces:
        for place in range(at, min(at + 4, len(lines))):
            if piece[:20] in _plain(lines[place].text):
                if not lines[place].size:
                    lines[place].size, lines[place].y = size, y
                at = place
                break
    _raise_digits(lines, placed)
    return _with_rows(_with_marks(lines), _tables(placed))


def _raise_digits(lines: list[_Line], pieces: list[_Piece]) -> None:
    """Small digits behind a full stop or a number are a note's mark or an exponent."""
    for piece, small in itertools.pairwise(pieces):
        behind = piece.text[-1:] in ".,;:!?)" or piece.text[-1:].isdigit()
        smaller = small.size < _SMALL * piece.size and abs(piece.y - small.y) < piece.size
        mark = raised(small.text)
        if not (behind and smaller and mark != small.text) or re.search(r"\d{3}", small.text):
            continue
        before = repair_text(piece.text)[-20:]
        drawn = re.compile(rf"(?<!\d){re.escape(before)} ?{re.escape(small.text)}(?!\d)")
        # the same figures may stand elsewhere on the page, where they are none of a note
        level = [one for one in lines if one.size and abs(one.y - piece.y) < piece.size / 2]
        for line in level or [one for one in lines if not one.size]:
            if found := drawn.search(line.text):
                line.text = f"{line.text[: found.start()]}{before}{mark}{line.text[found.end() :]}"
                break


def _dot_numbers(lines: list[_Line], pieces: list[_Piece]) -> None:
    """Give the numbers of a list their dot: 1 and 2, each drawn apart before a text."""
    numbered = [
        (number.text, f"{number.text} {repair_text(piece.text)[:20]}")
        for number, piece in itertools.pairwise(pieces)
        if number.text.isdecimal()
        and len(number.text) < 3  # noqa: PLR2004
        and _marks(number, piece)
        and abs(piece.y - number.y) < piece.size
    ]
    if not {"1", "2"} <= {number for number, _ in numbered}:
        return
    for number, start in numbered:
        for line in lines:
            if line.text.startswith(start):
                line.text = f"{number}.{line.text[len(number) :]}"
                break


def _marks(mark: _Piece, piece: _Piece) -> bool:
    """Whether a number stands before a text as a list's mark does: no cell, no word of it."""
    room = piece.x - mark.x
    goes_on = piece.text[0].islower() and room < piece.size * (
        _DIGIT_WIDTH * len(mark.text) + _WORD_SPACE
    )
    return 0 < room <= _MARK_ROOM * piece.size and not goes_on


def _repaired(line: str) -> str:
    """A line's text. A code that shows a bullet in the standard fonts is one."""
    return repair_text(re.sub(r"^\s*\x7f(?=\s|$)", _BULLET, line)).strip()


def _with_marks(lines: list[_Line]) -> list[_Line]:
    """A list's mark that is drawn apart belongs to the line beside it."""
    result: list[_Line] = []
    held: _Line | None = None
    for line in lines:
        if held is not None:
            number = held.text.rstrip(".)")
            beside = abs(held.y - line.y) < line.size and held.size and line.size
            if number.isdigit() and not beside:
                result.append(held)
            else:
                mark = f"{number}." if number.isdigit() else _BULLET
                line.text = f"{mark} {line.text}"
            held = None
        if _BARE_MARK.fullmatch(line.text):
            held = line
        else:
            result.append(line)
    return [*result, held] if held is not None else result


def _with_rows(lines: list[_Line], tables: list[list[_Row]]) -> list[_Line]:
    """The lines with those of each table put together to its rows."""
    for table in tables:
        wanted = "".join(_plain(piece.text) for row in table for cell in row for piece in cell)
        place = _place_of([_plain(line.text) for line in lines], wanted)
        if place is None:
            continue
        cells = [
            [join_lines([repair_text(p.text) for p in cell]) for cell in row] for row in table
        ]
        told = labelled(cells)
        rows = [
            _Line(
                table_row(texts),
                lines[place.start].page,
                row[0][0].size,
                row[0][0].y,
                row=True,
            )
            for row, texts in zip(table[len(table) - len(told) :], told, strict=True)
        ]
        lines = [*lines[: place.start], *rows, *lines[place.stop :]]
    return lines


def _place_of(keys: list[str], wanted: str) -> range | None:
    """Which lines in a row make up a text, None where none do."""
    for start, key in enumerate(keys):
        if not key or not wanted.startswith(key):
            continue
        stop, found = start, ""
        while stop < len(keys) and len(found) < len(wanted):
            found += keys[stop]
            stop += 1
        if found == wanted:
            return range(start, stop)
    return None


_Row = list[list[_Piece]]  # cells, each of one or more lines


def _tables(pieces: list[_Piece]) -> list[list[_Row]]:
    """Tables: rows of cells that begin at the same places across, drawn one after another."""
    rows: list[_Row] = []
    for piece in pieces:
        if rows and _goes_on_below(rows[-1][-1], piece):
            rows[-1][-1].append(piece)
        elif rows and _stands_beside(rows[-1], piece):
            rows[-1].append([piece])
        else:
            rows.append([[piece]])
    runs = (list(run) for places, run in itertools.groupby(rows, key=_places) if len(places) > 1)
    return [run for run in runs if _is_table(run)]


def _places(row: _Row) -> tuple[int, ...]:
    """Where the cells of a row begin, coarsely; () for a row of one, or one with a list's mark."""
    if len(row) == 1:
        return ()
    mark = _repaired(row[0][0].text)
    if len(row) == 2 and _BARE_MARK.fullmatch(mark):  # noqa: PLR2004
        near = row[1][0].x - row[0][0].x <= _MARK_ROOM * row[1][0].size
        if near or not mark[0].isdigit():
            return ()
    return tuple(round(cell[0].x / _CELL_GRID) for cell in row)


def _goes_on_below(cell: list[_Piece], piece: _Piece) -> bool:
    step = cell[-1].y - piece.y
    return abs(piece.x - cell[0].x) < _CELL_GRID and 0 < step < _FAR_LINES * cell[-1].size


def _stands_beside(row: _Row, piece: _Piece) -> bool:
    end = max(line.x + _CHAR_WIDTH * line.size * len(line.text) for line in row[-1])
    # cells stand level with their first line or with their last
    low, high = row[-1][-1].y - _SAME_ROW, row[0][0].y + _CELL_LINES * piece.size
    level = low <= piece.y <= high
    return level and piece.x > end + piece.size and piece.x - row[-1][0].x > _MIN_CELL_WIDTH


def _is_table(run: list[_Row]) -> bool:
    """Whether rows are a table's: enough of them, and no lines of two columns of text."""
    if len(run) < (2 if len(run[0]) > 2 else 3):  # noqa: PLR2004
        return False
    cells = [cell for row in run for cell in row]
    goes_on = sum(cell[0].text[:1].islower() for cell in cells) >= _GOES_ON * len(cells)
    longest = max(sum(len(line.text) for line in cell) for cell in cells)
    return not goes_on and longest <= _MAX_CELL_CHARS


def _boundary(pieces: list[_Piece]) -> float:
    """Where the right column begins, where two columns are written line by line across; else 0.

    Rows of a table look like that too; but there what stands below a cell does not go on with a
    small letter.
    """
    pairs = [
        (left, right)
        for left, right in itertools.pairwise(pieces)
        if abs(left.y - right.y) < _SAME_ROW
        and right.x - left.x > _COLUMN_WIDTH
        and min(len(left.text), len(right.text)) >= _COLUMN_CHARS
    ]
    if len(pairs) < _COLUMN_ROWS:
        return 0.0
    starts = [piece.text[0] for pair in pairs[1:] for piece in pair]
    goes_on = sum(start.islower() for start in starts) >= _GOES_ON * len(starts)
    return statistics.median(right.x for _, right in pairs) - 1 if goes_on else 0.0


def _by_column(pieces: list[_Piece], boundary: float) -> list[_Piece]:
    """What stands above both columns, the left one, the right one, what stands below both."""
    right = [piece for piece in pieces if piece.x >= boundary]
    top, bottom = max(piece.y for piece in right), min(piece.y for piece in right)
    above = [p for p in pieces if p.x < boundary and p.y > top + _SAME_ROW]
    below = [p for p in pieces if p.x < boundary and p.y < bottom - _MAX_GAP]
    left = [p for p in pieces if p.x < boundary and p not in above and p not in below]
    columns = (sorted(column, key=lambda piece: -piece.y) for column in (left, right))
    return [*above, *itertools.chain.from_iterable(columns), *below]


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", repair_text(text))


def _pictures(page: pypdf.PageObject) -> int:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return 0
    return sum(
        1
        for thing in objects.get_object().values()
        if thing.get_object().get("/Subtype") == "/Image"
    )


def _mark_edges(lines: list[_Line], pages: int) -> None:
    """Running heads, feet and page numbers: lines that come again at the edges of pages."""
    by_page: dict[int, list[_Line]] = {}
    for line in lines:
        by_page.setdefault(line.page, []).append(line)
    edges = Counter(
        key
        for page in by_page.values()
        for key in {re.sub(r"\d+", "#", line.text) for line in [*page[:3], *page[-3:]]}
    )
    for page in by_page.values():
        for line in {id(line): line for line in [*page[:3], *page[-3:]]}.values():
            if _PAGE_NUMBER.fullmatch(line.text):
                line.edge = "page number"
            elif pages > 1 and edges[re.sub(r"\d+", "#", line.text)] >= max(2, 0.5 * pages):
                line.edge = "page header or footer"


def _blocks(lines: list[_Line]) -> list[RawBlock]:
    sizes = [line.size for line in lines for _ in range(len(line.text) // 10) if line.size]
    body = statistics.median(sizes) if sizes else 0.0
    width = (
        statistics.quantiles([len(line.text) for line in lines], n=10)[-1]
        if len(lines) > 1
        else 80
    )
    gap = _usual_gap(lines)
    levels = sorted({round(line.size, 1) for line in lines if _is_large(line, body)}, reverse=True)
    blocks: list[RawBlock] = []
    held: list[_Line] = []
    for line in lines:
        if line.edge or line.row:
            if held and line.row:  # a paragraph may go on behind a page's foot
                blocks.append(_block(held, body, levels))
                held = []
            kind: BlockKind | None = "table" if line.row else None
            blocks.append(RawBlock(line.text, line.page, kind, outside=line.edge))
            continue
        if held and _starts_anew(held[-1], line, body, width, gap):
            blocks.append(_block(held, body, levels))
            held = []
        held.append(line)
    if held:
        blocks.append(_block(held, body, levels))
    return blocks


def _usual_gap(lines: list[_Line]) -> float:
    steps = [
        above.y - below.y
        for above, below in itertools.pairwise(lines)
        if above.page == below.page
        and 0 < above.y - below.y < _MAX_GAP
        and not above.edge
        and not below.edge
    ]
    return statistics.median_low(steps) if steps else 0.0


def _is_large(line: _Line, body: float) -> bool:
    return bool(body) and line.size >= _HEADING_SCALE * body and not line.edge


def _starts_anew(above: _Line, line: _Line, body: float, width: float, gap: float) -> bool:
    """Whether a line begins a new block."""
    if _is_large(above, body) != _is_large(line, body) or block_of(line.text, 0).mark:
        return True
    if _is_large(line, body):
        return abs(above.size - line.size) > 0.5 or above.y - line.y > 2 * line.size  # noqa: PLR2004
    ended = above.text.endswith((".", "!", "?", ":"))
    if above.page != line.page:
        return ended and not line.text[0].islower()
    step = above.y - line.y
    if _is_set_apart(above, line, gap):
        return True
    if not gap or step <= 0:
        return ended and len(above.text) < 0.8 * width
    return (ended and len(above.text) < 0.75 * width) or above.text.endswith(":")


def _is_set_apart(above: _Line, line: _Line, gap: float) -> bool:
    """Whether a line stands farther off than lines of a paragraph do, or is of another size."""
    step = above.y - line.y
    far = bool(above.size) and step > _FAR_LINES * above.size
    other = bool(above.size and line.size) and abs(above.size - line.size) > 1
    return far or other or (bool(gap) and step > 1.4 * gap)


def _block(held: list[_Line], body: float, levels: list[float]) -> RawBlock:
    text = join_lines([line.text for line in held])
    first = held[0]
    plain = block_of(text, first.page)
    if _is_large(first, body) and len(text.split()) <= _MAX_HEADING_WORDS:
        level = 1 + levels.index(round(first.size, 1))
        return RawBlock(text, first.page, "heading", min(level, 6))
    return plain


def worthy(value: str) -> str:
    """Properties that programs fill in by themselves say nothing."""
    value = repair_text(value).strip()
    dull = re.search(
        r"^\(.*\)$|^(?:microsoft|untitled|document\d*|anonymous|\(?unspecified|admin|user|author|owner)|\.(?:docx?|pdf|indd|qxd)$|^\W*$",
        value,
        re.IGNORECASE,
    )
    return "" if dull or len(value) > 150 else value  # noqa: PLR2004
