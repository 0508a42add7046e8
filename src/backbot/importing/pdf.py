"""PDF files: lines with their font size and place, put together to paragraphs and headings."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdf
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import ContentStream, DictionaryObject, NameObject, NumberObject

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
_FAR_HEAD = 3.0  # the same between a table's header and its first row, whose cells may be higher
_SAME_ROW = 2.0  # points
_COLUMN_WIDTH = 120  # points
_COLUMN_CHARS = 12
_COLUMN_ROWS = 5
_GOES_ON = 0.4
_COLUMN_INSET = 30  # points
_ALIGNED = 0.7
_MAX_GAP = 60  # points; a larger step is no line spacing
_SMALL = 0.85  # of the size of type before it
_BULLET = "•"
_MARK_ROOM = 4  # sizes of type between a list's mark and its text; cells stand farther off
_WORD_SPACE = 0.5  # of the size of type; no more stands between the words of a sentence
_DIGIT_WIDTH = 0.56  # of the size of type
_BARE_MARK = re.compile(r"[–•◦▪▫●○■□‣⁃\uf0b7\uf0a7\uf0d8]|\d{1,2}[.)]?")
_CELL_GRID = 4.0  # points
_MIN_CELL_WIDTH = 30.0  # points
_CHAR_WIDTH = 0.4  # of the size of type, for a narrow letter
_MAX_CELL_CHARS = 300
_BOLD_FONT = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_NARROW_SIGNS = frozenset(" iljtfI.,;:'!|()-")
_WIDE_SIGNS = frozenset("mwABCDEGHKMNOPQRSUVWXYZ%—")
_PAINTS = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"n"))
_MAX_PATH = 1000
_MAX_DOTS = 2000
_DOT_SIDES = range(1, 8)  # points
_DOT_HEIGHT = 0.3  # of the size of type: where the middle of a mark stands above the base line
_NEAR_LINES = 4  # so many above and below tell where lines end
_SAME_EDGE = 3.0  # points
_SLACK = 0.05  # of a column's width: how far a width may be wrong
_SET_APART = 1.25  # usual steps; so far off a sentence begins a paragraph
_FAR_APART = 0.6  # of the size of type
_FIRST_BLOCKS = 12
_SITE = re.compile(r"\s+[|–—·»-]\s+\S")
_HALF_EMPTY = 0.45
_LIKE_SIZE = 0.15  # of the size of type
_INDENT = 0.8  # of the size of type
_SHORT_CELL = 25  # characters; a line of a column of text is longer
_FEW_BOLD = 0.4
_SAID = re.compile(r"[.!,;:]\W*$")  # bold type that ends so is no heading
_CELL_LINES = 5  # of type: how far above a cell's first line the next one's may stand


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Text as it is drawn at once: its size and its place in points from the lower left."""

    text: str
    size: float
    x: float
    y: float
    bold: bool = False

    @property
    def end(self) -> float:
        """About where it ends."""
        return self.x + _width(self.text, self.size)


@dataclass(slots=True)
class _Line:
    """One line as it stands on its page; places in points, `size` 0 where they are unknown.

    Attributes:
        text: With its list mark.
        page: From 1.
        size: Of its type.
        y: Of its base line.
        x: Where it begins.
        end: About where it ends.
        bold: All of it.
        edge: Why it is none of the text, or "".
        row: It is a whole row of a table.
        pieces: What it is drawn with.
    """

    text: str
    page: int
    size: float = 0.0
    y: float = 0.0
    x: float = 0.0
    end: float = 0.0
    bold: bool = False
    edge: str = ""
    row: bool = False
    pieces: list[_Piece] = field(default_factory=list)


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
    blocks = tuple(_blocks(lines))
    return PdfData(blocks, _shown(worthy(title), blocks), worthy(author), sum(shown), silent)


def _shown(title: str, blocks: Sequence[RawBlock]) -> str:
    """The title as the text begins with it: a page that was printed has its site's name behind."""
    for block in blocks[:_FIRST_BLOCKS]:
        behind = title.removeprefix(block.text)
        if behind != title and _SITE.match(behind):
            return block.text
    return title


def _letters(lines: list[_Line], page: int) -> int:
    return sum(char.isalpha() for line in lines if line.page == page for char in line.text)


def _lines(page: pypdf.PageObject, number: int) -> list[_Line]:
    """The lines of a page in the order in which they are drawn."""
    chunks: list[tuple[str, _Piece | None]] = []
    dots = _Dots()

    def note(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:  # noqa: ANN401 pypdf
        piece = None
        text = text.replace("\t", " ")  # as which Qt writes its blanks; none has another meaning
        if text.strip():
            scale = (abs(tm[3]) or abs(tm[1]) or 1.0) * (abs(cm[3]) or abs(cm[1]) or 1.0)
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            bold = bool(_BOLD_FONT.search(str((font or {}).get("/BaseFont", ""))))
            piece = _Piece(text.strip(), size * scale, x, y, bold)
        chunks.append((text, piece))

    # what pypdf forgives in a broken page is left to it
    with contextlib.suppress(
        PyPdfError, ValueError, TypeError, IndexError, KeyError, AttributeError
    ):
        _split_far(page)
    page.extract_text(visitor_text=note, visitor_operand_before=dots.note)
    placed = [piece for _, piece in chunks if piece is not None]
    if boundary := _boundary(placed):
        return [_line([p], p.text, number) for p in _by_column(placed, boundary)]
    lines = [line for line in _cut(chunks, number) if line.text]
    _dot_numbers(lines, placed)
    _raise_digits(lines, placed)
    lines = _with_rows(lines, _tables(placed))
    return _with_marks(_with_far_marks(lines, dots.found))


def _split_far(page: pypdf.PageObject) -> None:
    """Have pypdf hand on what stands far apart on one line as several pieces of text.

    It ends a piece where the page is turned or moved, so a move by nothing is put in where the
    next text is drawn well behind the last: the cells of a table, the lines of two columns.
    """
    if "/Contents" not in page or "/Resources" not in page:
        return
    content = ContentStream(page["/Contents"], page.pdf, "bytes")
    resources: Any = page["/Resources"]
    fonts = resources.get_object().get("/Font", DictionaryObject()).get_object()
    result: list[tuple[Any, bytes]] = []
    size, drawn, widths = 0.0, 0.0, _Widths()
    matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    for operands, operator in content.operations:
        result.append((operands, operator))
        gap = 0.0
        if operator == b"Tf":
            widths = _widths_of(fonts[operands[0]]) if operands[0] in fonts else _Widths()
            size = float(operands[1])
        elif operator in (b"Td", b"TD"):
            # pypdf takes for one line what stands up to a line higher or lower, as in a table
            level = abs(float(operands[1])) < size
            gap, drawn = float(operands[0]) - drawn if level else 0.0, 0.0
        elif operator == b"Tm":
            before, matrix = matrix, [float(value) for value in operands]
            step = abs(before[5] - matrix[5])
            level = before[:4] == matrix[:4] and step < abs(size * matrix[3])
            gap = (matrix[4] - before[4]) / (matrix[0] or 1.0) - drawn if level else 0.0
            drawn = 0.0
        elif operator in (b"Tj", b"TJ"):
            drawn += size / 1000 * widths.drawn(operands[0] if operator == b"TJ" else operands)
        if gap > _FAR_APART * size > 0:
            result.append(([NumberObject(n) for n in (1, 0, 0, 1, 0, 0)], b"cm"))
    content.operations = result
    page[NameObject("/Contents")] = content


@dataclass(slots=True)
class _Widths:
    """How wide the letters of a font are, in thousandths of its size.

    Attributes:
        of: By code.
        other: Of all others.
        count: Bytes of a code.
    """

    of: dict[int, float] = field(default_factory=dict)
    other: float = 500.0
    count: int = 1

    def drawn(self, parts: Sequence[Any]) -> float:
        """The width of strings, and of the room between them."""
        total = 0.0
        for part in parts:
            if not isinstance(part, (bytes, str)):
                total -= float(part)
                continue
            codes = part if isinstance(part, bytes) else part.encode("latin-1", "replace")
            for at in range(0, len(codes), self.count):
                total += self.of.get(int.from_bytes(codes[at : at + self.count]), self.other)
        return total


def _widths_of(font: Any) -> _Widths:  # noqa: ANN401 pypdf
    font = font.get_object()
    if font.get("/Subtype") != "/Type0":
        first = int(font.get("/FirstChar", 0))
        listed = font.get("/Widths", []).get_object() if "/Widths" in font else []
        return _Widths({first + n: float(width) for n, width in enumerate(listed)})
    inner = font["/DescendantFonts"].get_object()[0].get_object()
    widths = _Widths(other=float(inner.get("/DW", 1000)), count=2)
    values = [value.get_object() for value in inner.get("/W", [])]
    at = 0
    while at + 1 < len(values):
        start = int(values[at])
        if isinstance(values[at + 1], list):  # a code, and the widths from it on
            widths.of.update({start + n: float(w) for n, w in enumerate(values[at + 1])})
            at += 2
        elif at + 2 < len(values):  # the first code, the last, and their width
            last = min(int(values[at + 1]), 0xFFFF)
            widths.of.update(dict.fromkeys(range(start, last + 1), float(values[at + 2])))
            at += 3
        else:
            break
    return widths


def _cut(chunks: list[tuple[str, _Piece | None]], number: int) -> Iterator[_Line]:
    """What was drawn, cut where a line ends."""
    text, pieces = "", list[_Piece]()
    for chunk, piece in [*chunks, ("\n", None)]:
        for n, part in enumerate(chunk.split("\n")):
            if n:
                yield _line(pieces, text, number)
                text, pieces = "", []
            if piece is not None and part.strip():
                if pieces and piece.x < pieces[-1].x - piece.size:
                    # what is drawn back on the left stands over the line, as a bar of a page does
                    yield _line(pieces, text, number)
                    text, pieces = "", []
                pieces.append(piece)
            text += part


def _line(pieces: list[_Piece], text: str, number: int) -> _Line:
    if not pieces:
        return _Line(_repaired(text), number)
    main = max(pieces, key=lambda piece: len(piece.text))
    start = min(piece.x for piece in pieces)
    return _Line(
        _repaired(text),
        number,
        main.size,
        main.y,
        start,
        # pieces behind each other may all bear the place of the first
        max(start + _width(text, main.size), *(piece.end for piece in pieces)),
        bold=all(piece.bold for piece in pieces),
        pieces=pieces,
    )


def _width(text: str, size: float) -> float:
    """About how wide a text is, by the letters of a common sans-serif type."""
    return size * sum(
        0.28 if char in _NARROW_SIGNS else 0.7 if char in _WIDE_SIGNS else 0.53 for char in text
    )


class _Dots:
    """Small shapes, filled or hollow, as browsers draw the marks of a list."""

    def __init__(self) -> None:
        self.found: list[tuple[float, float]] = []
        self._path: list[tuple[float, float]] = []

    def note(self, operator: bytes, operands: list[Any], cm: list[float], _tm: object) -> None:
        """Follow the drawing of a path."""
        if operator in (b"m", b"l", b"c", b"re") and len(self._path) < _MAX_PATH:
            values = [float(value) for value in operands if isinstance(value, (int, float))]
            if operator == b"re" and len(values) == 4:  # noqa: PLR2004
                x, y, width, height = values
                values = [x, y, x + width, y + height]
            points = zip(values[::2], values[1::2], strict=False)
            self._path += [(x * cm[0] + cm[4], y * cm[3] + cm[5]) for x, y in points]
        elif operator in _PAINTS:
            if self._path and operator != b"n" and len(self.found) < _MAX_DOTS:
                across, up = ([*values] for values in zip(*self._path, strict=True))
                width, height = max(across) - min(across), max(up) - min(up)
                if all(side in _DOT_SIDES for side in (int(width), int(height))) and (
                    abs(width - height) < 1
                ):
                    self.found.append((min(across), (max(up) + min(up)) / 2))
            self._path = []


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


def _with_far_marks(lines: list[_Line], dots: list[tuple[float, float]]) -> list[_Line]:
    """Marks that are drawn long before or after their lines stand beside them all the same."""
    marks = [line for line in lines if line.size and _BARE_MARK.fullmatch(line.text)]
    taken: set[int] = set()
    for x, y, mark in [
        *((mark.x, mark.y + _DOT_HEIGHT * mark.size, mark) for mark in marks),
        *((x, y, None) for x, y in dots),
    ]:
        beside = [
            line
            for line in lines
            if line.size
            and line.text
            and line not in marks
            and not line.row
            and abs(line.y + _DOT_HEIGHT * line.size - y) < _DOT_HEIGHT * line.size
            and 0 < line.x - x <= _MARK_ROOM * line.size
        ]
        if not beside:
            continue
        line = min(beside, key=lambda line: line.x)
        number = mark.text.rstrip(".)") if mark is not None else ""
        if id(line) in taken or block_of(line.text, 0).mark:
            continue
        taken.add(id(line))
        line.text = f"{number}. {line.text}" if number.isdigit() else f"{_BULLET} {line.text}"
        if mark is not None:
            mark.text = ""
    return [line for line in lines if line.text]


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
        own = {id(piece) for row in table for cell in row for piece in cell}
        places = [
            at
            for at, line in enumerate(lines)
            if line.pieces and all(id(piece) in own for piece in line.pieces)
        ]
        if not places or sum(len(lines[at].pieces) for at in places) < len(own):
            continue
        cells = [
            [join_lines([repair_text(p.text) for p in cell]) for cell in row] for row in table
        ]
        told = labelled(cells, headed=_is_head(table))
        first = lines[places[0]]
        rows = [
            _Line(table_row(texts), first.page, row[0][0].size, row[0][0].y, row=True)
            for row, texts in zip(table[len(table) - len(told) :], told, strict=True)
        ]
        gone = set(places)
        lines = [
            one
            for at, line in enumerate(lines)
            for one in (rows if at == places[0] else [] if at in gone else [line])
        ]
    return lines


def _is_head(table: list[_Row]) -> bool:
    """Whether the first row of a table is bold, and no other."""
    bold = [all(piece.bold for cell in row for piece in cell) for row in table]
    return bold[0] and not any(bold[1:])


_Row = list[list[_Piece]]  # cells, each of one or more lines


def _tables(pieces: list[_Piece]) -> list[list[_Row]]:
    """Tables: rows of cells that begin at the same places across, drawn one after another."""
    rows: list[_Row] = []
    for piece in pieces:
        if rows and _goes_on_below(rows[-1][-1], piece):
            rows[-1][-1].append(piece)
        elif rows and _stands_beside(rows[-1], piece):
            rows[-1].append([piece])
        elif rows and len(rows[-1]) == 1 and _stands_beside([rows[-1][0][-1:]], piece):
            # a wide line of text right above a table is none of its first cell
            rows.append([[rows[-1][0].pop()], [piece]])
        else:
            rows.append([[piece]])
    tables = []
    start = 0
    for places, group in itertools.groupby(rows, key=_places):
        run = list(group)
        start += len(run)
        if len(places) > 1 and _is_table(run):
            head = rows[start - len(run) - 1] if start > len(run) else []
            tables.append([head, *run] if _heads(head, run[0]) else run)
    return tables


def _heads(head: _Row, row: _Row) -> bool:
    """Whether a row above a table is its header: as many bold cells, but centred, say."""
    if len(head) != len(row) or not all(piece.bold for cell in head for piece in cell):
        return False
    step = head[-1][-1].y - row[0][0].y
    apart = all(
        left[0].x <= above[0].x and (n + 1 == len(row) or above[0].end <= row[n + 1][0].x)
        for n, (above, left) in enumerate(zip(head, row, strict=True))
    )
    return apart and 0 < step < _FAR_HEAD * row[0][0].size and not row[0][0].bold


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
    if cell[-1].bold != piece.bold or abs(cell[-1].size - piece.size) > 1:
        return False
    return abs(piece.x - cell[0].x) < _CELL_GRID and 0 < step < _FAR_LINES * cell[-1].size


def _stands_beside(row: _Row, piece: _Piece) -> bool:
    end = max(line.x + _CHAR_WIDTH * line.size * len(line.text) for line in row[-1])
    # cells stand level with their first line or with their last
    low = min(cell[-1].y for cell in row) - _SAME_ROW
    high = row[0][0].y + _CELL_LINES * piece.size
    level = low <= piece.y <= high
    return level and piece.x > end + piece.size / 2 and piece.x - row[-1][0].x > _MIN_CELL_WIDTH


def _is_table(run: list[_Row]) -> bool:
    """Whether rows are a table's: enough of them, and no lines of two columns of text."""
    if len(run) < (2 if len(run[0]) > 2 else 3):  # noqa: PLR2004
        return False
    cells = [cell for row in run for cell in row]
    if statistics.median(len(cell[0].text) for cell in cells) < _SHORT_CELL:
        return True
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
    edge = statistics.median(right.x for _, right in pairs)
    # pieces of one line, cut at a bold word, begin anywhere
    aligned = sum(abs(right.x - edge) < _COLUMN_INSET for _, right in pairs)
    return edge - 1 if goes_on and aligned >= _ALIGNED * len(pairs) else 0.0


def _by_column(pieces: list[_Piece], boundary: float) -> list[_Piece]:
    """What stands above both columns, the left one, the right one, what stands below both."""
    right = [piece for piece in pieces if piece.x >= boundary]
    top, bottom = max(piece.y for piece in right), min(piece.y for piece in right)
    above = [p for p in pieces if p.x < boundary and p.y > top + _SAME_ROW]
    below = [p for p in pieces if p.x < boundary and p.y < bottom - _MAX_GAP]
    left = [p for p in pieces if p.x < boundary and p not in above and p not in below]
    columns = (sorted(column, key=lambda piece: -piece.y) for column in (left, right))
    return [*above, *itertools.chain.from_iterable(columns), *below]


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
    outer = {number: _outermost(page) for number, page in by_page.items()}
    edges = Counter(
        key for page in outer.values() for key in {re.sub(r"\d+", "#", line.text) for line in page}
    )
    for page in outer.values():
        for line in page:
            if _PAGE_NUMBER.fullmatch(line.text):
                line.edge = "page number"
            elif pages > 1 and edges[re.sub(r"\d+", "#", line.text)] >= max(2, 0.5 * pages):
                line.edge = "page header or footer"


def _outermost(page: list[_Line]) -> list[_Line]:
    """The lines at the top and at the bottom: those drawn first and last, or standing there."""
    placed = sorted((line for line in page if line.size), key=lambda line: line.y)
    both = [*page[:3], *page[-3:], *placed[:3], *placed[-3:]]
    return list({id(line): line for line in both}.values())


def _blocks(lines: list[_Line]) -> list[RawBlock]:
    type_ = _type_of(lines)
    text = [line for line in lines if not line.edge and not line.row]
    ends = dict(zip(map(id, text), _right_edges(text), strict=True))
    blocks: list[RawBlock] = []
    held: list[_Line] = []
    for line in lines:
        if line.edge or line.row:
            if held and line.row:  # a paragraph may go on behind a page's foot
                blocks.append(_block(held, type_))
                held = []
            kind: BlockKind | None = "table" if line.row else None
            blocks.append(RawBlock(line.text, line.page, kind, outside=line.edge))
            continue
        if held and _starts_anew(held, line, type_, ends[id(held[-1])]):
            blocks.append(_block(held, type_))
            held = []
        held.append(line)
    if held:
        blocks.append(_block(held, type_))
    return blocks


@dataclass(frozen=True, slots=True)
class _Type:
    """How a file is set.

    Attributes:
        body: The size of most of its text.
        width: The characters of a long line.
        gap: The usual step from line to line.
        levels: The sizes of headings, the largest first.
        bold: Whether bold type stands out.
    """

    body: float
    width: float
    gap: float
    levels: list[float]
    bold: bool


def _type_of(lines: list[_Line]) -> _Type:
    sizes = [line.size for line in lines for _ in range(len(line.text) // 10) if line.size]
    body = statistics.median(sizes) if sizes else 0.0
    width = (
        statistics.quantiles([len(line.text) for line in lines], n=10)[-1]
        if len(lines) > 1
        else 80
    )
    levels = {round(line.size, 1) for line in lines if _is_large(line, body)}
    bold = sum(len(line.text) for line in lines if line.bold)
    few = 0 < bold < _FEW_BOLD * sum(len(line.text) for line in lines)
    return _Type(body, width, _usual_gap(lines), sorted(levels, reverse=True), few)


def _right_edges(lines: list[_Line]) -> list[float]:
    """How far the lines reach among which each stands."""
    edges = []
    for at, line in enumerate(lines):
        near = lines[max(at - _NEAR_LINES, 0) : at + _NEAR_LINES + 1]
        beside = [
            one.end
            for one in near
            if one.page == line.page
            and abs(one.size - line.size) < _LIKE_SIZE * line.size
            and abs(one.x - line.x) < _COLUMN_WIDTH / 2
        ]
        edges.append(max(beside, default=line.end))
    return edges


def _usual_gap(lines: list[_Line]) -> float:
    pairs = [
        (above.y - below.y, below.text[0].islower())
        for above, below in itertools.pairwise(lines)
        if above.page == below.page
        and 0 < above.y - below.y < _MAX_GAP
        and not above.edge
        and not below.edge
    ]
    within = [step for step, goes_on in pairs if goes_on]
    # where most paragraphs have one line, the usual step is that between them
    steps = within or [step for step, _ in pairs]
    return statistics.median_low(steps) if steps else 0.0


def _is_large(line: _Line, body: float) -> bool:
    return bool(body) and line.size >= _HEADING_SCALE * body and not line.edge


def _starts_anew(held: Sequence[_Line], line: _Line, type_: _Type, edge: float) -> bool:
    """Whether a line begins a new block."""
    above = held[-1]
    if _is_large(above, type_.body) != _is_large(line, type_.body) or block_of(line.text, 0).mark:
        return True
    if _is_large(line, type_.body):
        return abs(above.size - line.size) > 0.5 or above.y - line.y > 2 * line.size  # noqa: PLR2004
    ended = above.text.endswith((".", "!", "?", ":"))
    step = above.y - line.y
    if above.page != line.page or (step < 0 and above.size):  # the next page or column
        return (ended or above.bold != line.bold) and not line.text[0].islower()
    if not type_.gap or step == 0:
        far = _is_set_apart(above, line, type_.gap)
        back = bool(above.size) and line.x < above.x  # over the line, not in it
        if above.size and abs(line.x - above.end) < line.size:
            return False  # the line goes on, in other type
        return far or back or (ended and len(above.text) < 0.8 * type_.width)
    return (
        _is_set_apart(above, line, type_.gap)
        or (ended and step > _SET_APART * type_.gap)
        or (ended and len(above.text) < 0.75 * type_.width)
        or above.text.endswith(":")
        or _has_room(above, line, edge, ended=ended)
        or _is_moved(held, line, ended=ended)
    )


def _has_room(above: _Line, line: _Line, edge: float, *, ended: bool) -> bool:
    """Whether a line's first word would have found room in the one above, had that gone on."""
    room, column = edge - above.end, edge - above.x
    word = _width(line.text.split(" ", maxsplit=1)[0] + " ", line.size)
    other = above.bold != line.bold
    # widths are a guess, so that a sentence is not torn for little
    slack = _SLACK if ended or other else 3 * _SLACK
    if column <= 0 or room <= word + slack * column:
        return False
    return ended or other or line.text[0].isupper() or room > _HALF_EMPTY * column


def _is_moved(held: Sequence[_Line], line: _Line, *, ended: bool) -> bool:
    """Whether a line begins so much farther left or right that it is another paragraph."""
    first, above = held[0], held[-1]
    room = _INDENT * line.size
    if block_of(first.text, 0).mark:  # what goes on with an item stands at its mark or its text
        return line.x < min(one.x for one in held) - room
    if line.x > above.x + room:
        return ended
    return line.x < above.x - room and (ended or len(held) > 1)


def _is_set_apart(above: _Line, line: _Line, gap: float) -> bool:
    """Whether a line stands farther off than lines of a paragraph do, or is of another size."""
    step = above.y - line.y
    far = bool(above.size) and step > _FAR_LINES * above.size
    other = bool(above.size and line.size) and abs(above.size - line.size) > 1
    return far or other or (bool(gap) and step > 1.4 * gap)


def _block(held: list[_Line], type_: _Type) -> RawBlock:
    text = join_lines([line.text for line in held])
    first = held[0]
    plain = block_of(text, first.page)
    if len(text.split()) > _MAX_HEADING_WORDS:
        return plain
    if _is_large(first, type_.body):
        level = 1 + type_.levels.index(round(first.size, 1))
        return RawBlock(text, first.page, "heading", min(level, 6))
    if type_.bold and all(line.bold for line in held) and not (plain.mark or _SAID.search(text)):
        return RawBlock(text, first.page, "heading", min(len(type_.levels) + 1, 6))
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
